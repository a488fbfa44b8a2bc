//===- ScoreRow.h - From products to scores, a row at a time -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What happens between the product of query and key and the weight, on a vector
// of pairs: many queries with one key, or one query with many keys.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREROW_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREROW_H

#include "TileBuilder.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

/// Weights of these links are computed as powers of two: their scores are
/// needed in units of log2.
inline bool usesPowersOfTwo(Link link) {
  return link == Link::Softmax || link == Link::Exp || link == Link::Sigmoid;
}
constexpr double kLog2e = 1.4426950408889634;

/// Pairs of a tile, one per lane: the lanes go along the queries or along the
/// keys, from the given rows on.
struct PairRow {
  Value query, key;
  bool alongKeys = false;
};

/// Scores of one tile op.
class ScoreRow {
public:
  ScoreRow(TileBuilder &builder, OnlineAttentionOp op);

  /// True if a score is the scaled product: no region. Then the factor log2 e is
  /// the caller's business.
  bool isIdentity() const { return identity; }
  /// True if a row takes more than a few operations.
  bool isExpensive();

  /// True if pairs may be dropped: by a clause or, for softmax and exp, by a score
  /// region that returns -inf.
  bool canDropPairs();

  /// Positions as vectors of index.
  Value getQueryPositions(const PairRow &row);
  Value getKeyPositions(const PairRow &row);

  /// Score region, dropped pairs and, for links without statistics, the link
  /// itself. Dropped pairs become `getAbsent`. `masked`: the window may drop
  /// pairs.
  Value finish(const PairRow &row, bool masked, Value score);

  /// What a dropped pair has: -inf (softmax, argmax) or the weight -0.0, which no
  /// kept pair has.
  double getAbsent();

private:
  Value getPositions(Value offset, Value row, bool alongLanes);
  Value readPairs(Value tensor, AffineMap map, const PairRow &row);
  Value isInWindow(const PairRow &row);
  Value isInSegment(const PairRow &row);

  TileBuilder &b;
  OnlineAttentionOp op;
  Value queryOffset, keyOffset;
  bool identity;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREROW_H
