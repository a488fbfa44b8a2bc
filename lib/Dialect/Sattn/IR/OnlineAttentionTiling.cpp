//===- OnlineAttentionTiling.cpp - Tiling interface of online_attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops: m, n. A loop over tiles of n carries the state from tile to tile,
// which is what the op is for.
//
//===----------------------------------------------------------------------===//

#include "DomainTile.h"

using namespace mlir;
using namespace mlir::sattn;

static constexpr unsigned kM = 0, kN = 1;

/// Dimensions of the operands, in operand order; depths are never cut.
static SmallVector<AxisDims> getTileOperandDims(OnlineAttentionOp op) {
  const AxisDims rows = {kM, std::nullopt}, keys = {kN, std::nullopt};
  SmallVector<AxisDims> dims = {rows};
  dims.append(op.getKeys().size(), keys);
  dims.push_back(keys);
  dims.push_back({}); // scale
  if (op.getMask())
    dims.push_back({kM, kN});
  if (op.getQuerySegments())
    dims.append({AxisDims{kM}, AxisDims{kN}});
  for (Value position :
       {op.getQueryOffset(), op.getKeyOffset(), op.getKeyLimit()})
    if (position)
      dims.push_back({});
  for (AffineMap map : op.getScoreMaps().getAsValueRange<AffineMapAttr>())
    dims.push_back(getAxisDims(map));
  dims.push_back(rows);
  dims.append(op.getState().size() - 1, AxisDims{kM});
  return dims;
}

static IterationSpace getTileSpace(OnlineAttentionOp op) {
  return IterationSpace(2, op->getOperands(), getTileOperandDims(op));
}

SmallVector<utils::IteratorType> OnlineAttentionOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::reduction};
}

SmallVector<Range> OnlineAttentionOp::getIterationDomain(OpBuilder &b) {
  return getTileSpace(*this).getDomain(b, getLoc());
}

FailureOr<TilingResult>
OnlineAttentionOp::getTiledImplementation(OpBuilder &b,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) {
  // The state has static extents.
  if (!getConstantIntValue(sizes[kM])) {
    emitOpError("expected a tile size that divides the number of rows, ")
        << cast<ShapedType>(getAcc().getType()).getDimSize(0);
    return failure();
  }
  TilingResult result =
      cloneForTile(b, *this, getTileOperandDims(*this), {offsets, sizes});
  shiftPositions(b, cast<OnlineAttentionOp>(result.tiledOps.front()),
                 offsets[kM], offsets[kN],
                 /*isCut=*/false);
  return result;
}

LogicalResult OnlineAttentionOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  AxisDims dims = {kM};
  if (resultNumber == 0)
    dims.push_back(std::nullopt);
  DomainTile{offsets, sizes}.getPosition(b, getLoc(), getState()[resultNumber],
                                         dims, resultOffsets, resultSizes);
  return success();
}
