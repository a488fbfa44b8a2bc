//===- AttentionDecomposition.cpp - Meaning of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `attention` and `score` mean, as plain linalg. Scores are materialised.
//
//===----------------------------------------------------------------------===//

#include "LinkLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::sattn;

/// Tensors with their maps, inputs first: extents are read from the first ones.
/// Of keys per level only the first has all rows; r is the query's.
template <typename OpTy>
static SmallVector<MappedTensor> getMappedTensors(OpTy op,
                                                  const AttentionMaps &maps) {
  SmallVector<MappedTensor> tensors = {{op.getQuery(), maps.getQuery()},
                                       {op.getKeys().front(), maps.getKey()}};
  if constexpr (std::is_same_v<OpTy, AttentionOp>)
    tensors.push_back({op.getValue(), maps.getValue()});
  if (op.getMask())
    tensors.push_back({op.getMask(), maps.getMask()});
  for (auto [operand, map] :
       llvm::zip(op.getScoreOperands(), maps.getScoreOperands()))
    tensors.push_back({operand, map});
  tensors.push_back({op.getOuts().front(), maps.getOutput()});
  return tensors;
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

namespace {
/// Weights of all pairs and what the link keeps per row.
struct LinkedPairs {
  MappedTensor weights, keep;
  /// Row maximum and row sum; null tensors where the link has none.
  MappedTensor max, sum;
};
} // namespace

static LinkedPairs buildSoftmax(const PairSpace &space,
                                const ScoredPairs &pairs, FloatType type) {
  AffineMap rows = space.getMap(space.getRowDims());
  MappedTensor max =
      buildRowMax(space, pairs, space.fill(rows, getMinusInfinity(type)));
  MappedTensor weights = buildWeights(
      space, pairs, max,
      [](OpBuilder &b, Location loc, Value score, Value row) -> Value {
        Value shifted =
            arith::SubFOp::create(b, loc, score, buildShift(b, loc, row));
        return math::ExpOp::create(b, loc, shifted);
      });
  MappedTensor zero =
      space.fill(rows, space.getBuilder().getFloatAttr(type, 0.0));
  return {weights, pairs.keep, max, buildRowSum(space, weights, zero)};
}

static LinkedPairs buildArgmaxLink(const PairSpace &space, ScoredPairs pairs,
                                   FloatType type) {
  AffineMap rows = space.getMap(space.getRowDims());
  RowArgmax argmax =
      buildArgmax(space, pairs, space.fill(rows, getMinusInfinity(type)));
  pairs.keep = buildIsPlace(space, argmax.place);
  MappedTensor weights = buildWeights(
      space, pairs, {}, [&](OpBuilder &b, Location loc, Value, Value) -> Value {
        return buildFloat(b, loc, type, 1.0);
      });
  return {weights, pairs.keep, {}, {}};
}

static LinkedPairs buildLink(const PairSpace &space, const ScoredPairs &pairs,
                             AttentionOp op, const AttentionMaps &maps,
                             FloatType type) {
  Link link = op.getLink();
  if (link == Link::Softmax)
    return buildSoftmax(space, pairs, type);
  if (link == Link::Argmax)
    return buildArgmaxLink(space, pairs, type);
  MappedTensor normalizer;
  if (op.getNormalizer())
    normalizer = {op.getNormalizer(), maps.getRowMap()};
  MappedTensor weights = buildWeights(
      space, pairs, normalizer,
      [&](OpBuilder &b, Location loc, Value score, Value row) -> Value {
        if (row)
          score = arith::SubFOp::create(b, loc, score,
                                        buildFloatCast(b, loc, row, type));
        return buildPlainWeight(b, loc, link, score);
      });
  LinkedPairs result = {weights, pairs.keep, {}, {}};
  if (link == Link::Linear)
    result.sum =
        buildRowSum(space, weights,
                    space.fill(space.getMap(space.getRowDims()),
                               space.getBuilder().getFloatAttr(type, 0.0)));
  return result;
}

/// max + log(sum), -inf where the sum is 0.
static MappedTensor buildLse(const PairSpace &space, const LinkedPairs &rows,
                             AffineMap map, Type elementType) {
  SmallVector<MappedTensor> inputs = {rows.sum};
  if (rows.max.tensor)
    inputs.push_back(rows.max);
  return space.generic(space.getRowDims(), inputs,
                       space.empty(map, elementType),
                       [&](OpBuilder &b, Location loc,
                           ValueRange elements) -> SmallVector<Value> {
                         Value lse = math::LogOp::create(b, loc, elements[0]);
                         if (rows.max.tensor)
                           lse = arith::AddFOp::create(
                               b, loc, buildShift(b, loc, elements[1]), lse);
                         return {buildFloatCast(b, loc, lse, elementType)};
                       });
}

FailureOr<SmallVector<Value>> AttentionOp::decomposeOperation(OpBuilder &b) {
  auto op = cast<AttentionLikeOpInterface>(getOperation());
  if (failed(checkLowerable(op)))
    return failure();
  AttentionMaps maps(*this);
  PairSpace space(b, getLoc(), maps.getNumBatch(),
                  getMappedTensors(*this, maps));
  FloatType type = op.getAccumulatorType();
  Value scale =
      buildFloat(b, getLoc(), type, getScaleAttr().getValueAsDouble());
  bool dropMinusInfinity = getLink() == Link::Softmax || getLink() == Link::Exp;
  ScoredPairs pairs = buildScores(space, op, maps, scale, dropMinusInfinity);
  LinkedPairs linked = buildLink(space, pairs, *this, maps, type);
  MappedTensor zero = space.fill(space.getMap(space.getRowDims(space.getE())),
                                 b.getFloatAttr(type, 0.0));
  MappedTensor acc = buildProduct(space, linked.weights, linked.keep,
                                  {getValue(), maps.getValue()}, zero);
  auto elementType = [](Value value) { return getElementTypeOrSelf(value); };
  MappedTensor output = buildOutput(space, acc, linked.sum, maps.getOutput(),
                                    elementType(getOutput()));
  SmallVector<Value> results = {castTo(space, output, getOutput().getType())};
  if (Value lse = getLse())
    results.push_back(castTo(
        space, buildLse(space, linked, maps.getRowMap(), elementType(lse)),
        lse.getType()));
  return results;
}

//===----------------------------------------------------------------------===//
// score
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>> ScoreOp::decomposeOperation(OpBuilder &b) {
  auto op = cast<AttentionLikeOpInterface>(getOperation());
  if (failed(checkLowerable(op)))
    return failure();
  AttentionMaps maps(*this);
  PairSpace space(b, getLoc(), maps.getNumBatch(),
                  getMappedTensors(*this, maps));
  FloatType type = op.getAccumulatorType();
  Value scale =
      buildFloat(b, getLoc(), type, getScaleAttr().getValueAsDouble());
  ScoredPairs pairs =
      buildScores(space, op, maps, scale, /*dropMinusInfinity=*/false);
  Type result = getResult(0).getType();
  Type elementType = getElementTypeOrSelf(result);
  MappedTensor scores = space.generic(
      space.getRowDims(space.getN()), {pairs.scores, pairs.keep},
      space.empty(maps.getOutput(), elementType),
      [&](OpBuilder &inner, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        TypedAttr value = getZeroAbsent()
                              ? TypedAttr(inner.getFloatAttr(type, 0.0))
                              : getMinusInfinity(type);
        Value absent = arith::ConstantOp::create(inner, loc, value);
        Value score = arith::SelectOp::create(inner, loc, elements[1],
                                              elements[0], absent);
        return {buildFloatCast(inner, loc, score, elementType)};
      });
  return SmallVector<Value>{castTo(space, scores, result)};
}
