//===- StackHeads.cpp - Heads that share keys as queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Grouped heads with one query each: a change of labels makes them the queries of
// one head, so that a tile reads its keys and values once for all of them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNSTACKHEADSPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// Extent of a dimension that the query has.
static int64_t getQueryExtent(AttentionOp op, const AttentionMaps &maps, unsigned dim) {
  std::optional<unsigned> axis = getAxisOfDim(maps.getQuery(), dim);
  return axis ? cast<RankedTensorType>(op.getQuery().getType()).getDimSize(*axis)
              : ShapedType::kDynamic;
}

/// The batch-like dimension with the most heads that read the same keys and values;
/// one of unknown extent if there is no other.
static std::optional<unsigned> findSharingHeads(AttentionOp op, const AttentionMaps &maps) {
  std::optional<unsigned> best;
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim) {
    int64_t extent = getQueryExtent(op, maps, dim);
    bool isShared = getAxisOfDim(maps.getQuery(), dim) && !getAxisOfDim(maps.getKey(), dim) &&
                    !getAxisOfDim(maps.getValue(), dim);
    if (!isShared || extent == 0 || extent == 1)
      continue;
    // The dynamic extent is the least number.
    if (!best || extent > getQueryExtent(op, maps, *best))
      best = dim;
  }
  return best;
}

/// Why the queries' positions, which heads do not have, are needed; empty if not.
static StringRef getObstacle(AttentionOp op, const AttentionMaps &maps, unsigned heads) {
  auto isTensor = [](Value operand) { return operand && !operand.getType().isIndex(); };
  bool hasTensor = isTensor(op.getQueryOffset()) || isTensor(op.getKeyOffset()) ||
                   isTensor(op.getKeyLimit());
  if (op.getStructureAttr())
    return "its structure depends on the position of the query";
  if (op.getQuerySegments())
    return "its segments belong to queries";
  if (!op.getScore().front().getArgument(1).use_empty())
    return "its score region uses the position of the query";
  if (op.getWindowAttr() && !op.getWindowAttr().isLeftUnbounded())
    return "its window is bounded on the left";
  if (op.getWindowAttr() && hasTensor)
    return "its window differs between batch rows";
  if (hasTensor && maps.getPositionBatchDim() == heads)
    return "its heads have positions";
  return "";
}

/// All keys up to the last one that the window of the only query lets through.
static void replaceWindowByLimit(OpBuilder &builder, AttentionOp op) {
  WindowAttr window = op.getWindowAttr();
  if (!window)
    return;
  op.removeWindowAttr();
  if (window.isRightUnbounded())
    return;
  Location loc = op.getLoc();
  Value limit = arith::ConstantIndexOp::create(builder, loc, window.getRight() + 1);
  if (Value offset = op.getQueryOffset())
    limit = arith::AddIOp::create(builder, loc, offset, limit);
  if (Value given = op.getKeyLimit())
    limit = arith::MinSIOp::create(builder, loc, given, limit);
  op.getKeyLimitMutable().assign(limit);
}

/// Lets the dimensions `heads` and m change places in every map. Batch-like
/// dimensions are numbered in the order of the output.
static void swapWithQueries(AttentionOp op, const AttentionMaps &maps, unsigned heads) {
  SmallVector<unsigned> numbers = llvm::to_vector(llvm::seq(0u, maps.getNumDims()));
  unsigned next = 0;
  for (unsigned axis = 0; axis < maps.getOutput().getNumResults(); ++axis) {
    unsigned dim = maps.getOutput().getDimPosition(axis);
    bool isBatchLike = dim == maps.getM() || (dim < maps.getNumBatch() && dim != heads);
    if (isBatchLike)
      numbers[dim] = next++;
  }
  numbers[heads] = maps.getM();
  SmallVector<AffineExpr> dims = llvm::map_to_vector(
      numbers, [&](unsigned number) { return getAffineDimExpr(number, op.getContext()); });
  SmallVector<AffineMap> swapped;
  for (AffineMap map : op.getIndexingMaps().getAsValueRange<AffineMapAttr>())
    swapped.push_back(map.replaceDimsAndSymbols(dims, {}, maps.getNumDims(), 0));
  op.setIndexingMapsAttr(Builder(op.getContext()).getAffineMapArrayAttr(swapped));
}

namespace {
struct StackHeadsPass : sattn::impl::SattnStackHeadsPassBase<StackHeadsPass> {
  void runOnOperation() override {
    getOperation()->walk([&](AttentionOp op) {
      AttentionMaps maps(op);
      std::optional<unsigned> heads = findSharingHeads(op, maps);
      int64_t numQueries = getQueryExtent(op, maps, maps.getM());
      // Many queries use what they read often enough; an unknown number are many.
      bool areFew = !ShapedType::isDynamic(numQueries) && numQueries <= kFewQueries;
      if (!heads || op.getTiling() || !areFew)
        return;
      StringRef obstacle = numQueries > 1 ? "it has several queries" : getObstacle(op, maps, *heads);
      if (!obstacle.empty()) {
        op.emitRemark("[sattn-stack-heads] keys and values are read once per head (")
            << obstacle << ")";
        return;
      }
      OpBuilder builder(op);
      replaceWindowByLimit(builder, op);
      if (ShapedType::isDynamic(getQueryExtent(op, maps, *heads)))
        op->setDiscardableAttr(kFewQueriesAttrName, builder.getUnitAttr());
      swapWithQueries(op, maps, *heads);
      ++numStacked;
    });
  }
};
} // namespace
