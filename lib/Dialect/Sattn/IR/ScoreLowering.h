//===- ScoreLowering.h - Scores of all pairs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The half of the reference lowerings that all attention-like ops share: what
// a pair scores and whether it exists.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_SCORELOWERING_H
#define SATTN_LIB_DIALECT_SATTN_IR_SCORELOWERING_H

#include "PairSpace.h"

namespace mlir::sattn {

/// Tensors over (batch..., m, n).
struct ScoredPairs {
  /// region(scale * weight(depth) * sum_l scale_l <q_l, k_l>).
  MappedTensor scores;
  /// i1: the pair exists.
  MappedTensor keep;
};

/// Builds the scores of `op`. `scale` has the accumulator's type. With
/// `dropMinusInfinity` a pair whose score is -inf does not exist.
ScoredPairs buildScores(const PairSpace &space, AttentionLikeOpInterface op,
                        const AttentionMaps &maps, Value scale,
                        bool dropMinusInfinity);

/// Emits an error on what has no reference lowering: masks with an encoding.
LogicalResult checkLowerable(AttentionLikeOpInterface op);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_SCORELOWERING_H
