//===- RowPrefetch.h - Rows that will be needed soon -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prefetching of a tile's rows, and of those that the next tiles have.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWPREFETCH_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWPREFETCH_H

#include "TileBuilder.h"

namespace mlir::sattn {

class RowPrefetch {
public:
  /// `tile` (rows x columns): if it is a slice, what lies behind it is prefetched,
  /// too. Columns of unknown number are not. Each row is used by `numQueries`.
  RowPrefetch(TileBuilder &builder, Value tile, Value numQueries);

  /// Prefetches rows that come some time after the rows [lo, hi) of the tile.
  void emit(Value lo, Value hi);

private:
  TileBuilder &b;
  Value buffer, last; // null: nothing is prefetched
  Value distance;
  int64_t columns, columnsPerLine;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWPREFETCH_H
