//===- AttentionTile.h - Operands of attention, cut to tiles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONTILE_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONTILE_H

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"

namespace mlir::sattn {

/// A box of attention's iteration space (batch..., m, n, r, e), followed by the
/// part of the key axis where that is split.
struct IterationTile {
  SmallVector<OpFoldResult> offsets, sizes;
};

/// Leading columns that a step contracts, and the factor of its scores.
struct StepDepth {
  OpFoldResult columns;
  Value weight;
};

/// Cuts the operands of one attention op to a query tile and to key tiles.
/// The query tile always has `rows` rows: where the tensor has fewer they are
/// followed by zeros (false, 0), and nobody reads what is computed from them.
class AttentionTile {
public:
  AttentionTile(AttentionOp op, int64_t rows) : op(op), maps(op), rows(rows) {}

  /// Starts a query tile: batch-like axes have size 1, m the rows that exist.
  /// Cuts and scales the query and cuts what else lacks the axis n.
  void begin(OpBuilder &builder, Location loc, const IterationTile &tile,
             OpFoldResult queryOffset, OpFoldResult keyOffset);

  /// Columns and weight that the pairs of a segment use.
  StepDepth getDepth(OpBuilder &builder, Location loc, const Segment &segment);

  /// One `online_attention` on `size` keys from row `offset` on.
  SmallVector<Value> buildStep(OpBuilder &builder, Location loc,
                               const Segment &segment, StepDepth depth,
                               OpFoldResult offset, OpFoldResult size,
                               ValueRange state);

  /// The initial state: acc 0, ref -inf, sum 0, as far as the link has them.
  SmallVector<Value> buildInitialState(OpBuilder &builder, Location loc);

  /// Scalar value of a position operand (null: 0) for the current batch indices.
  OpFoldResult getPosition(OpBuilder &builder, Location loc, Value operand,
                           ArrayRef<OpFoldResult> batch);
  const AttentionMaps &getMaps() const { return maps; }
  /// The query tile, rows x r in the accumulator type: scale and the scales of the
  /// levels are in it.
  Value getQuery() const { return query; }

private:
  Value buildQueryTile(OpBuilder &builder, Location loc);
  Value cutCache(OpBuilder &builder, Location loc, unsigned level, bool padded);
  SmallVector<Value> cutKeys(OpBuilder &builder, Location loc, const Segment &segment);
  Value getPrefix(OpBuilder &builder, Location loc, OpFoldResult columns);
  Value cut(OpBuilder &builder, Location loc, Value tensor, AffineMap map,
            ArrayRef<unsigned> axes);
  AffineMap getSegmentMap(Value segments, unsigned axis);
  SmallVector<std::pair<Value, AffineMap>> getExtraOperands();
  void buildScore(OpBuilder &builder, Location loc, Region &score);

  AttentionOp op;
  AttentionMaps maps;
  int64_t rows;
  IterationTile tile;
  OpFoldResult queryOffset, queryPosition, keyOffset;
  Value query, querySegments;
  /// Score operands without the axis n, cut once; the others are null.
  SmallVector<Value> rowOperands;
};

/// The box of `tensor` that belongs to `tile`, batch-like axes dropped, its other
/// axes in the order of `axes` (those that the tensor has).
Value extractTile(OpBuilder &builder, Location loc, Value tensor, AffineMap map,
                  const IterationTile &tile, ArrayRef<unsigned> axes);

/// `result`, whose axes are those that `extractTile` left (in the tensor's order),
/// as what can be inserted into the tensor: with the dropped axes back where an
/// insertion without them would be ambiguous.
Value restoreAxes(OpBuilder &builder, Location loc, Value result, AffineMap map,
                  const IterationTile &tile, ArrayRef<unsigned> axes);

/// Offsets and sizes of `tile` for the axes of a tensor with map `map`.
IterationTile projectTile(AffineMap map, const IterationTile &tile);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONTILE_H
