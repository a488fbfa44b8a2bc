//===- RowTile.h - Tile step for few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The recipe for decoding, where keys and values are read once and the speed of
// memory is the limit: lanes are columns. A few keys are multiplied with one query
// after the other; each product is summed over its lanes, which leaves a vector with
// one score per key. The weights then scale rows of values, for two queries at a time
// where a row has few vectors. Keys and values are used in the type and the place in
// which they are. The rows that come next are prefetched where there is more to do than
// to wait for them, so that memory does not rest in the meantime.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H

#include "RowPrefetch.h"
#include "ScoreRow.h"

namespace mlir::sattn {

/// Emits one tile step in the state's own layout (acc m x e, ref m, sum m).
class RowTile {
public:
  /// True if a tile of so few rows (a query or an accumulator) is better off here
  /// than in a panel.
  static bool isSuitable(Value rows, Link link);

  /// `builder` has the lanes of one vector register.
  RowTile(TileBuilder &builder, OnlineAttentionOp op);

  /// The new state.
  SmallVector<Value> emit();

private:
  using Values = SmallVector<Value>;

  /// Accumulators of a product: enough chains of additions, and registers are left.
  static constexpr int64_t kMaxVectors = 8;

  /// A key tensor: columns [begin, ...) of the query.
  struct KeyColumns {
    Value tensor;
    int64_t begin;
  };

  /// Queries whose values are summed at the same time. The last of a tile with an odd
  /// number is twice in its block, which computes and writes the same twice; one that
  /// is padding may be in a block with one that is not.
  Values getQueries(Value first);
  /// Calls `body` with every block of queries.
  Values forEachBlock(ValueRange inits,
                      function_ref<Values(ValueRange queries, ValueRange carried)> body);
  bool prefetches();
  using PrefetchShare = std::function<void(Value lo, Value query)>;
  PrefetchShare sharePrefetch(Value tile, int64_t size, int64_t numTogether);

  // Scores.
  Value emitProducts(Value scores);
  Value emitProductsOfKeys(Value query, Value key, Value last, Value scores);
  Values contractBlock(Value query, ValueRange keyRows, int64_t begin, std::optional<int64_t> end);
  Values contractKey(Value query, const KeyColumns &key, ValueRange keyRows, int64_t begin,
                     std::optional<int64_t> end, Values sums);
  Value contractLevels(Value query, ValueRange keyRows);
  int64_t getKeyStep();
  Values emitScores(Value query, Value scores);
  Value finishScore(Value query, Value key, Value remaining, Value score);
  Value readColumns(Value tensor, Value row, Value column, bool inBounds);
  Value exchange(Value a, Value b, int64_t stride, bool crossed);
  Value sumLanes(ValueRange rows);

  // Weights and product.
  Values emitWeights(Value query, Value scores, Values state);
  Values emitSoftmax(Value query, Value scores, Value maximum, Values state);
  Value scaleRow(Value acc, Value query, Value factor);
  Value emitSum(Value query, Value scores, Value sum);
  Value emitProduct(Value scores, Value acc);
  Value emitProductRows(Value lo, Value hi, Value scores, ValueRange queries, Value acc);
  Value emitProductBlock(Value lo, Value hi, Value scores, ValueRange queries, Value acc,
                         int64_t column, int64_t numVectors);
  Value allLanes(Value row, function_ref<Value(Value, Value)> combine);
  Value isAbsent(Value weight);

  TileBuilder &b;
  OnlineAttentionOp op;
  ScoreRow scoreRow;
  Link link;
  int64_t lanes, numQueries, valueDepth, blockQueries;
  Value numRows; // queries that are not padding
  bool dropsPairs;
  Value numKeys;
  SmallVector<KeyColumns> keys;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_ROWTILE_H
