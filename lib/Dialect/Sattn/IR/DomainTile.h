//===- DomainTile.h - Tiles of attention-like ops -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_DOMAINTILE_H
#define SATTN_LIB_DIALECT_SATTN_IR_DOMAINTILE_H

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

/// The iteration dimension of each axis of an operand; an axis without one is
/// never cut.
using AxisDims = SmallVector<std::optional<unsigned>>;

AxisDims getAxisDims(AffineMap map);

/// Extents of an iteration space, read from the operands.
class IterationSpace {
public:
  /// `operands` and `dims` go together; among several operands that have a
  /// dimension, one with a static extent is preferred, then the first.
  IterationSpace(unsigned numDims, ValueRange operands,
                 ArrayRef<AxisDims> dims);

  SmallVector<Range> getDomain(OpBuilder &b, Location loc) const;
  OpFoldResult getExtent(OpBuilder &b, Location loc, unsigned dim) const;

  /// True if the tile is known to be all of dimension `dim`.
  bool isWhole(unsigned dim, OpFoldResult offset, OpFoldResult size) const;

private:
  SmallVector<std::pair<Value, unsigned>> sources;
};

/// One tile of an iteration space.
struct DomainTile {
  ArrayRef<OpFoldResult> offsets, sizes;

  /// Offsets and sizes of the part of `tensor` that belongs to the tile.
  void getPosition(OpBuilder &b, Location loc, Value tensor,
                   const AxisDims &dims, SmallVector<OpFoldResult> &offsets,
                   SmallVector<OpFoldResult> &sizes) const;
};

/// Clones `op` for `tile`: operand i is cut along `dims[i]`. `destinations`,
/// where given, replace the last operands as they are. The caller shifts the
/// positions.
TilingResult cloneForTile(OpBuilder &b, Operation *op, ArrayRef<AxisDims> dims,
                          DomainTile tile, ValueRange destinations = {});

/// Dimensions of the operands of `attention` and `score`, in operand order.
SmallVector<AxisDims> getOperandDims(AttentionOp op, const AttentionMaps &maps);
SmallVector<AxisDims> getOperandDims(ScoreOp op, const AttentionMaps &maps);

/// `position` + `shift`. `position` is null (0), an index or a tensor of index;
/// null comes back for 0.
Value shiftPosition(OpBuilder &b, Location loc, Value position,
                    OpFoldResult shift);

/// Moves the positions of a tile that starts at row `queryShift` and key
/// `keyShift`, where anything looks at them. With `isCut` a window or a
/// structure gets its offset even if that is 0: the numbers of rows and keys
/// may differ.
template <typename OpTy>
void shiftPositions(OpBuilder &b, OpTy tiled, OpFoldResult queryShift,
                    OpFoldResult keyShift, bool isCut) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(tiled);
  auto op = cast<AttentionLikeOpInterface>(tiled.getOperation());
  bool inClauses = op.hasPositionClauses();
  Block &score = op.getScore().front();
  Location loc = tiled.getLoc();
  if (op.getQueryOffset() || inClauses || !score.getArgument(1).use_empty()) {
    Value offset = shiftPosition(b, loc, op.getQueryOffset(), queryShift);
    if (!offset && inClauses && isCut)
      offset = getValueOrCreateConstantIndexOp(b, loc, b.getIndexAttr(0));
    if (offset)
      tiled.getQueryOffsetMutable().assign(offset);
  }
  if (op.getKeyOffset() || op.getKeyLimit() || inClauses ||
      !score.getArgument(2).use_empty())
    if (Value offset = shiftPosition(b, loc, op.getKeyOffset(), keyShift))
      tiled.getKeyOffsetMutable().assign(offset);
}

/// The tile of the iteration space that computes a tile of a result with the
/// axes `dims`: dimensions that the result lacks are whole.
void getDomainOfResultTile(OpBuilder &b, Location loc,
                           const IterationSpace &space, const AxisDims &dims,
                           DomainTile resultTile,
                           SmallVectorImpl<OpFoldResult> &offsets,
                           SmallVectorImpl<OpFoldResult> &sizes);

/// The tile of `attention` for a tile of its iteration space, without the
/// conditions of the tiling interface: keys may be cut, which gives the weights
/// of these keys alone. Fails if the depth r or a block cache would be cut.
FailureOr<TilingResult> buildAttentionTile(OpBuilder &b, AttentionOp op,
                                           DomainTile tile,
                                           ValueRange destinations = {});

IterationSpace getIterationSpace(AttentionOp op, const AttentionMaps &maps);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_DOMAINTILE_H
