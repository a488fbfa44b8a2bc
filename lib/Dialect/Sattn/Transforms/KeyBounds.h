//===- KeyBounds.h - Key rows that a query tile reads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_KEYBOUNDS_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_KEYBOUNDS_H

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"

namespace mlir::sattn {

/// Rows [lo, hi) of the key tensor, and what is known of them.
struct KeyRows {
  OpFoldResult lo, hi;
  /// hi - lo where that is a positive constant.
  std::optional<int64_t> size;
  /// True if hi - lo is a multiple of the key tile.
  bool wholeTiles = false;
};

/// Turns bounds on positions into bounds on rows of the key tensor for the query
/// tile with index `tile` (one of `numTiles`, unless that is null), which starts
/// at row `tile * rows`.
class KeyBounds {
public:
  KeyBounds(MLIRContext *context, OpFoldResult tile,
            std::optional<int64_t> numTiles, int64_t rows,
            OpFoldResult queryOffset, OpFoldResult keyOffset,
            OpFoldResult numKeys);

  /// Keeps rows below `limit - keyOffset` only.
  void clipByPosition(OpFoldResult limit);
  /// Keeps the rows [part * partRows, (part + 1) * partRows) only.
  void clipToPart(OpBuilder &builder, Location loc, OpFoldResult part, OpFoldResult partRows);

  /// True if the tile's first position is a multiple of the tile's rows.
  bool isAligned() const;
  /// Adds the end of a key cache, whose row 0 is at position `base` (affine in d0
  /// = the position of the op's first query) and which has `numRows` rows, all of
  /// them levels finer than those added before.
  void addCache(AffineExpr base, OpFoldResult numRows);
  /// Number of caches that were added.
  unsigned getNumCaches() const { return cacheEnds.size(); }

  /// The rows of a segment, none if it is known to be empty; `keyTile` only serves
  /// `wholeTiles`. Of the rows those are taken that the first `numCaches` caches
  /// have and, with `beyond`, the cache after these lacks.
  std::optional<KeyRows> getRows(OpBuilder &builder, Location loc, const Segment &segment,
                                 int64_t keyTile, unsigned numCaches = 0,
                                 bool beyond = false) const;

private:
  AffineExpr getExpr(OpFoldResult value, std::optional<int64_t> min = {},
                     std::optional<int64_t> max = {});
  /// Smallest or largest value that the dimensions allow, if known.
  std::optional<int64_t> getBound(AffineExpr expr, bool isUpper) const;
  /// True if a <= b whatever the dimensions are.
  bool isAtMost(AffineExpr a, AffineExpr b) const;
  AffineMap getMap(ArrayRef<AffineExpr> exprs) const;

  MLIRContext *context;
  int64_t rows;
  /// The dimensions of all expressions, and what is known of their values.
  SmallVector<OpFoldResult> operands;
  SmallVector<std::optional<int64_t>> minima, maxima;
  AffineExpr queryOffset, position, keyOffset;
  SmallVector<AffineExpr> clipLo, clipHi, cacheEnds;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_KEYBOUNDS_H
