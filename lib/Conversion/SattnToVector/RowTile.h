//===- RowTile.h - Tile step for few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The recipe for decoding, where keys and values are read once and the speed of
// memory is the limit: one query after the other, lanes are columns. A block of
// keys is multiplied with the query, each product summed over its lanes, which
// leaves a vector with one score per key; the weights then scale rows of values.
// Keys and values are used in the type and the place in which they are.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H

#include "ScoreRow.h"

namespace mlir::sattn {

/// Emits one tile step in the state's own layout (acc m x e, ref m, sum m).
class RowTile {
public:
  /// True if so few queries are better off here than in a panel.
  static bool isSuitable(OnlineAttentionOp op);
  static bool isSuitable(FinalizeOp op);

  /// `builder` has the lanes of one vector register.
  RowTile(TileBuilder &builder, OnlineAttentionOp op);

  /// The new state.
  SmallVector<Value> emit();

private:
  using Values = SmallVector<Value>;

  /// A key tensor: columns [begin, ...) of the query.
  struct KeyColumns {
    Value tensor;
    int64_t begin;
  };

  Values emitQuery(Value query, ValueRange state);

  // Scores.
  Values emitScores(Value query, Value scores);
  Values emitScoreBlock(Value query, Value key, Value remaining, ValueRange carried);
  Value contractBlock(Value query, ValueRange keyRows, int64_t begin, std::optional<int64_t> end);
  Values contractKey(Value query, const KeyColumns &key, ValueRange keyRows, int64_t begin,
                     std::optional<int64_t> end, Values sums);
  Value contractLevels(Value query, Value firstKey, ValueRange keyRows);
  Value readColumns(Value tensor, Value row, Value column, bool inBounds);
  Value exchange(Value a, Value b, int64_t stride, bool crossed);
  Value sumLanes(Values rows);
  Value allLanes(Value row, function_ref<Value(Value, Value)> combine);

  // Weights and product.
  Value emitSoftmax(Value query, Value &scores, Value maximum, Value &ref, Value &sum);
  Value emitSum(Value query, Value scores, Value sum);
  Value emitProduct(Value query, Value scores, Value acc, Value correction);
  Value emitProductBlock(Value query, Value scores, Value acc, Value correction,
                         int64_t column, int64_t numVectors);
  Value isAbsent(Value weight);

  TileBuilder &b;
  OnlineAttentionOp op;
  ScoreRow scoreRow;
  Link link;
  int64_t lanes, numQueries, valueDepth;
  bool dropsPairs;
  Value numKeys;
  SmallVector<KeyColumns> keys;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H
