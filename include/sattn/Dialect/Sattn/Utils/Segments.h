//===- Segments.h - Key ranges of constant contraction depth -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_UTILS_SEGMENTS_H
#define SATTN_DIALECT_SATTN_UTILS_SEGMENTS_H

#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"

namespace mlir::sattn {

/// A range of key positions that one loop may treat alike. Bounds are affine in
/// d0 = the position of the tile's first row; no bound means unbounded.
struct Segment {
  /// The range is max(lo) <= j < min(hi), empty where that is.
  SmallVector<AffineExpr, 2> lo, hi;
  /// Number of leading levels that are active for every pair of the range.
  unsigned known = 1;
  /// True if finer levels may be active for some pairs; else none is for any.
  bool mixed = false;
  /// True if the window may drop some of the pairs.
  bool masked = false;
};

/// Cuts the key axis for the rows at positions [i0, i0 + rows) into segments in
/// increasing order that cover every pair of the window exactly once:
///
/// ```
///   level 0 only | mixed? | 0 and 1 | mixed? | all | mixed? | 0 and 1 | mixed? | level 0 only
/// ```
///
/// A mixed range lies between the positions that some row shares a level with
/// and those that all rows do; it vanishes where `aligned` (i0 is a multiple of
/// `rows`) makes the rows agree. Everything is clipped by the window, and ranges
/// of constant depth are cut where the window starts to drop pairs. Right for
/// every number of rows and every list of blocks; alignment only makes the mixed
/// ranges small. `structure` and `window` may be null.
///
/// The relation "level l is active for (i, j)" is symmetric, so the same function
/// cuts the query axis for a range of keys, with the window transposed.
SmallVector<Segment> computeSegments(PositionStructureAttrInterface structure,
                                     WindowAttr window, int64_t rows,
                                     bool aligned, MLIRContext *context);

/// The kind of a range in which code for every one of `segments`, which are not
/// empty, is right: the levels that all of them know, without bounds.
Segment getCommonKind(ArrayRef<Segment> segments);

/// The window as seen from the keys: the two extents change places.
WindowAttr getTransposed(WindowAttr window);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_UTILS_SEGMENTS_H
