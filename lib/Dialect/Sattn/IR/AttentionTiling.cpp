//===- AttentionTiling.cpp - Tiling interface of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops: batch-like dimensions, m, n, r, e. Batch, m and e can be cut freely;
// cut keys give results that must be merged (AttentionPartialReduction.cpp), so
// the plain interface refuses them, as it refuses r, which ends inside of the
// link.
//
//===----------------------------------------------------------------------===//

#include "DomainTile.h"

using namespace mlir;
using namespace mlir::sattn;

IterationSpace mlir::sattn::getIterationSpace(AttentionOp op,
                                              const AttentionMaps &maps) {
  return IterationSpace(maps.getNumDims(), op->getOperands(),
                        getOperandDims(op, maps));
}

static AxisDims getResultDims(const AttentionMaps &maps,
                              unsigned resultNumber) {
  return getAxisDims(resultNumber == 0 ? maps.getOutput() : maps.getRowMap());
}

FailureOr<TilingResult>
mlir::sattn::buildAttentionTile(OpBuilder &b, AttentionOp op, DomainTile tile,
                                ValueRange destinations) {
  AttentionMaps maps(op);
  IterationSpace space = getIterationSpace(op, maps);
  auto isWhole = [&](unsigned dim) {
    return space.isWhole(dim, tile.offsets[dim], tile.sizes[dim]);
  };
  auto like = cast<AttentionLikeOpInterface>(op.getOperation());
  if (!isWhole(maps.getR()) || (!isWhole(maps.getN()) && like.hasBlockCaches()))
    return failure();
  TilingResult result =
      cloneForTile(b, op, getOperandDims(op, maps), tile, destinations);
  shiftPositions(b, cast<AttentionOp>(result.tiledOps.front()),
                 tile.offsets[maps.getM()], tile.offsets[maps.getN()],
                 !isWhole(maps.getM()) || !isWhole(maps.getN()));
  return result;
}

//===----------------------------------------------------------------------===//
// TilingInterface
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> AttentionOp::getLoopIteratorTypes() {
  AttentionMaps maps(*this);
  SmallVector<utils::IteratorType> types(maps.getNumDims(),
                                         utils::IteratorType::parallel);
  types[maps.getN()] = types[maps.getR()] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> AttentionOp::getIterationDomain(OpBuilder &b) {
  return getIterationSpace(*this, AttentionMaps(*this)).getDomain(b, getLoc());
}

FailureOr<TilingResult>
AttentionOp::getTiledImplementation(OpBuilder &b,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  AttentionMaps maps(*this);
  unsigned n = maps.getN();
  if (!getIterationSpace(*this, maps).isWhole(n, offsets[n], sizes[n])) {
    emitOpError("expected all keys in one tile (results of a part of the keys "
                "are normalised; "
                "use partial reduction, or online_attention)");
    return failure();
  }
  return buildAttentionTile(b, *this, {offsets, sizes});
}

LogicalResult AttentionOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  AttentionMaps maps(*this);
  unsigned e = maps.getE();
  if (resultNumber == 1 &&
      !getIterationSpace(*this, maps).isWhole(e, offsets[e], sizes[e]))
    return emitOpError(
        "expected whole value rows with a log-sum-exp (each tile of 'e' would "
        "write all of it)");
  DomainTile{offsets, sizes}.getPosition(b, getLoc(), getOuts()[resultNumber],
                                         getResultDims(maps, resultNumber),
                                         resultOffsets, resultSizes);
  return success();
}

LogicalResult AttentionOp::getIterationDomainTileFromResultTile(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes,
    SmallVectorImpl<OpFoldResult> &iterDomainOffsets,
    SmallVectorImpl<OpFoldResult> &iterDomainSizes) {
  AttentionMaps maps(*this);
  getDomainOfResultTile(b, getLoc(), getIterationSpace(*this, maps),
                        getResultDims(maps, resultNumber), {offsets, sizes},
                        iterDomainOffsets, iterDomainSizes);
  return success();
}

FailureOr<TilingResult>
AttentionOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber,
                                     ArrayRef<OpFoldResult> offsets,
                                     ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          b, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> result =
      buildAttentionTile(b, *this, {domainOffsets, domainSizes});
  if (failed(result))
    return failure();
  result->tiledValues = {result->tiledValues[resultNumber]};
  return result;
}

//===----------------------------------------------------------------------===//
// ReifyRankedShapedTypeOpInterface
//===----------------------------------------------------------------------===//

LogicalResult
AttentionOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &shapes) {
  for (Value out : getOuts())
    shapes.push_back(tensor::getMixedSizes(b, getLoc(), out));
  return success();
}
