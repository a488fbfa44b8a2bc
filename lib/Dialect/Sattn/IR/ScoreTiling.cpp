//===- ScoreTiling.cpp - Tiling interface of score -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops: batch-like dimensions, m, n, r. Here keys are parallel; only r is
// reduced, and it is not cut: the score region comes behind the whole sum.
//
//===----------------------------------------------------------------------===//

#include "DomainTile.h"

using namespace mlir;
using namespace mlir::sattn;

static IterationSpace getScoreSpace(ScoreOp op, const AttentionMaps &maps) {
  return IterationSpace(maps.getE(), op->getOperands(),
                        getOperandDims(op, maps));
}

SmallVector<utils::IteratorType> ScoreOp::getLoopIteratorTypes() {
  AttentionMaps maps(*this);
  SmallVector<utils::IteratorType> types(maps.getE(),
                                         utils::IteratorType::parallel);
  types[maps.getR()] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> ScoreOp::getIterationDomain(OpBuilder &b) {
  return getScoreSpace(*this, AttentionMaps(*this)).getDomain(b, getLoc());
}

FailureOr<TilingResult>
ScoreOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  AttentionMaps maps(*this);
  IterationSpace space = getScoreSpace(*this, maps);
  auto isWhole = [&](unsigned dim) {
    return space.isWhole(dim, offsets[dim], sizes[dim]);
  };
  auto like = cast<AttentionLikeOpInterface>(getOperation());
  if (!isWhole(maps.getR()) || (!isWhole(maps.getN()) && like.hasBlockCaches()))
    return failure();
  TilingResult result =
      cloneForTile(b, *this, getOperandDims(*this, maps), {offsets, sizes});
  shiftPositions(b, cast<ScoreOp>(result.tiledOps.front()),
                 offsets[maps.getM()], offsets[maps.getN()],
                 !isWhole(maps.getM()) || !isWhole(maps.getN()));
  return result;
}

LogicalResult ScoreOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  DomainTile{offsets, sizes}.getPosition(
      b, getLoc(), getOuts().front(),
      getAxisDims(AttentionMaps(*this).getOutput()), resultOffsets,
      resultSizes);
  return success();
}

LogicalResult ScoreOp::getIterationDomainTileFromResultTile(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes,
    SmallVectorImpl<OpFoldResult> &iterDomainOffsets,
    SmallVectorImpl<OpFoldResult> &iterDomainSizes) {
  AttentionMaps maps(*this);
  getDomainOfResultTile(b, getLoc(), getScoreSpace(*this, maps),
                        getAxisDims(maps.getOutput()), {offsets, sizes},
                        iterDomainOffsets, iterDomainSizes);
  return success();
}

FailureOr<TilingResult>
ScoreOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber,
                                 ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          b, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  return getTiledImplementation(b, domainOffsets, domainSizes);
}

LogicalResult ScoreOp::reifyResultShapes(OpBuilder &b,
                                         ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getOuts().front()));
  return success();
}
