//===- ScoreRow.cpp - From products to scores, a row at a time -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoreRow.h"
#include "ScoreRegion.h"

using namespace mlir;
using namespace mlir::sattn;

ScoreRow::ScoreRow(TileBuilder &builder, OnlineAttentionOp op)
    : b(builder), op(op) {
  queryOffset = op.getQueryOffset() ? Value(op.getQueryOffset()) : b.index(0);
  keyOffset = op.getKeyOffset() ? Value(op.getKeyOffset()) : b.index(0);
  identity = cast<AttentionLikeOpInterface>(op.getOperation()).hasIdentityScore();
}

bool ScoreRow::isExpensive() {
  return !identity || op.getMask() || op.getQuerySegments();
}

bool ScoreRow::canDropPairs() {
  bool byScore = op.getLink() == Link::Softmax || op.getLink() == Link::Exp;
  return (byScore && !identity) ||
         cast<AttentionLikeOpInterface>(op.getOperation()).canDropPairs();
}

double ScoreRow::getAbsent() {
  bool hasReference = op.getLink() == Link::Softmax || op.getLink() == Link::Argmax;
  return hasReference ? -std::numeric_limits<double>::infinity() : -0.0;
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

Value ScoreRow::getPositions(Value offset, Value row, bool alongLanes) {
  VectorType type = b.getRowType(b.getIndexType());
  Value first = vector::BroadcastOp::create(b, type, b.add(offset, row));
  if (!alongLanes)
    return first;
  return arith::AddIOp::create(b, first, vector::StepOp::create(b, type));
}

Value ScoreRow::getQueryPositions(const PairRow &row) {
  return getPositions(queryOffset, row.query, !row.alongKeys);
}

Value ScoreRow::getKeyPositions(const PairRow &row) {
  return getPositions(keyOffset, row.key, row.alongKeys);
}

/// Lanes whose pair is inside the window, decided on 32-bit lane numbers.
Value ScoreRow::isInWindow(const PairRow &row) {
  WindowAttr window = op.getWindowAttr();
  int64_t lanes = b.getLanes();
  VectorType type = b.getRowType(b.getI32Type());
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value lane = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(numbers)));
  // Lane of the pair with distance 0.
  Value difference = b.sub(b.add(keyOffset, row.key), b.add(queryOffset, row.query));
  if (row.alongKeys)
    difference = b.sub(b.index(0), difference);
  auto compareWith = [&](arith::CmpIPredicate predicate, int64_t shift) -> Value {
    Value bound = b.min(b.max(b.add(difference, shift), b.index(-1)), b.index(lanes));
    bound = arith::IndexCastOp::create(b, b.getI32Type(), bound);
    return b.compare(predicate, lane, vector::BroadcastOp::create(b, type, bound));
  };
  // Keys to the right of the query: lanes of later queries, or of earlier keys.
  constexpr auto atLeast = arith::CmpIPredicate::sge, atMost = arith::CmpIPredicate::sle;
  Value inside;
  if (!window.isRightUnbounded())
    inside = row.alongKeys ? compareWith(atMost, window.getRight())
                           : compareWith(atLeast, -window.getRight());
  if (!window.isLeftUnbounded()) {
    Value left = row.alongKeys ? compareWith(atLeast, -window.getLeft())
                               : compareWith(atMost, window.getLeft());
    inside = inside ? Value(arith::AndIOp::create(b, inside, left)) : left;
  }
  return inside;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Elements of `tensor`, whose axes are those of `map` (d0 query, d1 key).
Value ScoreRow::readPairs(Value tensor, AffineMap map, const PairRow &row) {
  auto type = cast<RankedTensorType>(tensor.getType());
  unsigned laneDim = row.alongKeys ? 1 : 0;
  SmallVector<Value> indices;
  std::optional<unsigned> laneAxis;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    unsigned dim = map.getDimPosition(axis);
    indices.push_back(dim == 0 ? row.query : row.key);
    if (dim == laneDim)
      laneAxis = axis;
  }
  if (!laneAxis)
    return b.broadcast(tensor::ExtractOp::create(b, tensor, indices));
  // In memory an i1 takes a byte, in a vector a bit.
  bool loadable = !type.getElementType().isInteger(1);
  if (loadable && *laneAxis + 1 == type.getRank())
    return b.readRow(tensor, indices, /*inBounds=*/false);
  // Lanes behind the last row repeat it.
  bool whole = !type.isDynamicDim(*laneAxis) && type.getDimSize(*laneAxis) % b.getLanes() == 0;
  Value first = indices[*laneAxis], last = b.add(b.dim(tensor, *laneAxis), -1);
  SmallVector<Value> elements;
  for (int64_t lane = 0; lane < b.getLanes(); ++lane) {
    Value index = b.add(first, lane);
    indices[*laneAxis] = whole ? index : b.min(index, last);
    elements.push_back(tensor::ExtractOp::create(b, tensor, indices));
  }
  return vector::FromElementsOp::create(b, b.getRowType(type.getElementType()), elements);
}

/// Lanes whose query and key belong to the same segment.
Value ScoreRow::isInSegment(const PairRow &row) {
  auto getMap = [&](unsigned dim) {
    return AffineMap::get(2, 0, b.getAffineDimExpr(dim), b.getContext());
  };
  Value query = readPairs(op.getQuerySegments(), getMap(0), row);
  Value key = readPairs(op.getKeySegments(), getMap(1), row);
  return b.compare(arith::CmpIPredicate::eq, query, key);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Value ScoreRow::finish(const PairRow &row, bool masked, Value score) {
  Link link = op.getLink();
  Value keep;
  if (!identity) {
    SmallVector<Value> arguments = {score, getQueryPositions(row), getKeyPositions(row)};
    for (auto [operand, map] : llvm::zip_equal(op.getScoreOperands(), op.getScoreMaps()))
      arguments.push_back(readPairs(operand, cast<AffineMapAttr>(map).getValue(), row));
    SmallVector<Value> yielded = buildRegionOnRow(b, op.getScore().front(), arguments);
    score = yielded.front();
    if (yielded.size() == 2)
      keep = yielded.back();
    if (usesPowersOfTwo(link))
      score = b.mulf(score, b.splat(kLog2e));
  }
  auto require = [&](Value condition) {
    keep = keep ? Value(arith::AndIOp::create(b, keep, condition)) : condition;
  };
  if (masked)
    require(isInWindow(row));
  if (op.getMask())
    require(readPairs(op.getMask(), b.getMultiDimIdentityMap(2), row));
  if (op.getQuerySegments())
    require(isInSegment(row));
  if (op.getKeyLimit()) {
    Value limit = vector::BroadcastOp::create(b, b.getRowType(b.getIndexType()), op.getKeyLimit());
    require(b.compare(arith::CmpIPredicate::slt, getKeyPositions(row), limit));
  }

  if (link == Link::Exp && !identity) {
    Value minusInf = b.splat(-std::numeric_limits<double>::infinity());
    require(b.compare(arith::CmpFPredicate::UNE, score, minusInf));
  }
  if (link == Link::Exp)
    score = b.exp2(score);
  else if (link == Link::Sigmoid)
    score = arith::DivFOp::create(
        b, b.splat(1.0), b.addf(b.splat(1.0), b.exp2(arith::NegFOp::create(b, score))));
  else if (keep && (link == Link::Linear || link == Link::Identity))
    score = b.addf(score, b.splat(0.0)); // a kept -0.0 becomes 0.0
  return keep ? b.select(keep, score, b.splat(getAbsent())) : score;
}
