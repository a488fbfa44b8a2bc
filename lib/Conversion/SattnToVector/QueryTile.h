//===- QueryTile.h - Where a query tile comes from -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A query tile has a static number of rows; at the end of the queries, or where
// these are few and of unknown number, `tensor.pad` adds rows that nobody reads.
// Vector code works on the rows in front of them.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_QUERYTILE_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_QUERYTILE_H

#include "TileBuilder.h"

namespace mlir::sattn {

/// Side of the square blocks that are transposed in registers.
constexpr int64_t kTransposeBlock = 8;

/// The tensor that a query tile was made from, by padding its rows and by
/// multiplying its columns.
struct QuerySource {
  Value tensor; // m' x r with m' <= m, any element type
  SmallVector<double> factors; // of the columns; empty: 1
};

QuerySource getQuerySource(Value query);

/// The tile whose leading columns `query` has; `query` if it is none's.
Value getWholeQuery(Value query);

/// Rows of the query that are not padding: a constant where that is known.
Value getNumQueries(TileBuilder &builder, Value query);

/// `query` (m x r) times `factor` as panels x r x lanes in the builder's
/// element type. Lanes behind the last row repeat it, panels behind that are
/// left as they are.
Value packQuery(TileBuilder &builder, Value query, double factor);

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_QUERYTILE_H
