//===- TileSources.h - Where the operands of a tile op come from -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTONV_TILESOURCES_H
#define SATTN_LIB_CONVERSION_SATTNTONV_TILESOURCES_H

#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

namespace mlir::sattn_nv {

/// A query tile as the level nest makes it: a slice of the model's query, padded
/// with rows of zeros, converted and multiplied by a factor per column.
struct QuerySource {
  /// The slice of 16-bit numbers, without padding.
  Value slice;
  /// Rows and columns of the padded tile.
  int64_t rows = 0, columns = 0;
  /// One per column; empty if all are 1.
  SmallVector<float> factors;

  Type getElementType() const { return getElementTypeOrSelf(slice.getType()); }
};

/// The query tile that `query`, an operand of a tile op, is or has leading columns
/// of.
Value getQueryRoot(Value query);

/// Reads the ops that made a query tile. Nothing if they are other ones.
std::optional<QuerySource> matchQuerySource(Value root);

/// The slice that was padded with rows of zeros, or the value itself. Fragments are
/// zero where a slice has no rows.
Value stripRowPadding(Value value);

/// An upper bound on the rows of a key or value tile: its static extent or a
/// constant of the minimum that gives its size.
std::optional<int64_t> getMaxRows(Value tile);

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNTONV_TILESOURCES_H
