//===- Cost.h - Pairs, FLOPs and bytes of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that counts. Whoever needs a number of operations or bytes (the
// cost model, `sattn-explain`, benchmarks) asks here, so that all of them speak
// of the same thing.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_UTILS_COST_H
#define SATTN_DIALECT_SATTN_UTILS_COST_H

#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

/// The positions that an attention relates.
struct PositionExtents {
  int64_t queries = 0, keys = 0;
  /// Row m is at queryOffset + m, row n at keyOffset + n.
  int64_t queryOffset = 0, keyOffset = 0;
  /// Keys at this position and behind do not exist.
  std::optional<int64_t> keyLimit;
};

/// How many pairs exist and how many levels they share. A pair is counted unless
/// window or key limit drop it: masks, segments and score regions depend on data.
struct PairCounts {
  int64_t pairs = 0;
  /// For each level, the pairs for which it is active. One level where there is
  /// no structure.
  SmallVector<int64_t> pairsOfLevel;
  /// For each level, the most keys that one position among the keys' reads there:
  /// the rows that a key cache must hold for the level.
  SmallVector<int64_t> keysOfLevel;

  /// Pairs with exactly `depth` active levels (1 is the coarsest alone).
  int64_t getPairsOfDepth(unsigned depth) const {
    return pairsOfLevel[depth - 1] -
           (depth < pairsOfLevel.size() ? pairsOfLevel[depth] : 0);
  }
};

/// Counts pair by pair of (row, level), exactly. `structure` and `window` may be
/// null. Time: rows x levels.
PairCounts countPairs(PositionStructureAttrInterface structure, WindowAttr window,
                      const PositionExtents &extents);

/// Number of active levels of the pair of positions (i, j); 0 if `window` drops
/// it. `structure` and `window` may be null.
unsigned getDepth(PositionStructureAttrInterface structure, WindowAttr window,
                  int64_t i, int64_t j);

/// Extents of a particular attention.
struct AttentionExtents {
  /// Extent of each dimension of `AttentionMaps`: batch-like ones, m, n, r, e.
  SmallVector<int64_t> dims;
  PositionExtents positions;
};

/// Reads the extents of `op` from its types and constant operands. What they
/// leave open is asked of `getExtent(operand, axis)`; an offset that is no
/// constant is taken as the last rows of the keys, a key limit as absent. None if
/// `getExtent` has no answer either.
std::optional<AttentionExtents>
getAttentionExtents(AttentionOp op,
                    function_ref<std::optional<int64_t>(Value, unsigned)> getExtent);

/// Work and memory of one attention. A multiply-add is two FLOPs. All counts are
/// exact below 2^53.
struct AttentionCost {
  PairCounts counts;
  SmallVector<int64_t> ranks;
  /// Products of query and key columns, and of weights and values.
  double scoreFlops = 0, valueFlops = 0;
  /// Products of the same pairs if each used every column.
  double denseScoreFlops = 0;
  /// Evaluations of exp, one per pair of a link that has one.
  double exponentials = 0;
  /// Operands read once and results written once.
  double inputBytes = 0, outputBytes = 0;
  /// The score matrix that a graph without fusion writes, in the accumulator type.
  double scoreMatrixBytes = 0;
  /// Key and value rows that decoding keeps: with levels, and with every column of
  /// the keys that the window reaches.
  double keyCacheBytes = 0, denseKeyCacheBytes = 0, valueCacheBytes = 0;

  double getFlops() const { return scoreFlops + valueFlops; }
  double getDenseFlops() const { return denseScoreFlops + valueFlops; }
  /// Columns that a pair uses on average, each pair's rounded up to `multiple`.
  double getMeanColumns(int64_t multiple = 1) const;
  double getMeanDepth() const;
};

AttentionCost computeCost(AttentionOp op, const AttentionExtents &extents);

/// Multiply-adds of `part` of a structured matrix of `rows` x `columns` for one
/// token (and head): one for each entry of a factor that is read.
double getMatrixMacs(StructuredMatrixAttrInterface structure, Part part,
                     int64_t rows, int64_t columns);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_UTILS_COST_H
