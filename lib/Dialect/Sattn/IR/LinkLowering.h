//===- LinkLowering.h - Weighted sums of values -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The half of the reference lowerings that comes after the scores: each step is
// one generic. A pair that does not exist is left out by select, never
// multiplied by 0.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_LINKLOWERING_H
#define SATTN_LIB_DIALECT_SATTN_IR_LINKLOWERING_H

#include "ScoreLowering.h"

namespace mlir::sattn {

/// weight(element of scores, element of the row statistic).
using WeightFn =
    function_ref<Value(OpBuilder &, Location, Value score, Value row)>;

/// max(init, max_n scores) over the pairs that exist; NaN wins.
MappedTensor buildRowMax(const PairSpace &space, const ScoredPairs &pairs,
                         MappedTensor init);

/// The weights: `weight` where the pair exists, 0 where it does not. `row` may
/// have a null tensor.
MappedTensor buildWeights(const PairSpace &space, const ScoredPairs &pairs,
                          MappedTensor row, WeightFn weight);

/// init + sum_n weights.
MappedTensor buildRowSum(const PairSpace &space, MappedTensor weights,
                         MappedTensor init);

/// init[m, e] + sum_n weights[m, n] value[n, e] over the pairs that exist.
MappedTensor buildProduct(const PairSpace &space, MappedTensor weights,
                          MappedTensor keep, MappedTensor value,
                          MappedTensor init);

/// The largest score of each row and where it is, over the pairs that exist.
struct RowArgmax {
  /// Starts from a given one; -inf while no pair was seen. A score of -inf
  /// counts as the lowest finite number, so that it is a pair that was seen.
  MappedTensor best;
  /// Index along n, the lowest among equals, or -1 where nothing beats the
  /// given start. NaN beats every number.
  MappedTensor place;
};
RowArgmax buildArgmax(const PairSpace &space, const ScoredPairs &pairs,
                      MappedTensor init);
/// keep: whether n is the place of its row.
MappedTensor buildIsPlace(const PairSpace &space, MappedTensor place);

/// 0 where `value` is -inf, so that exp(score - value) is 0 and not NaN.
Value buildShift(OpBuilder &b, Location loc, Value value);

/// acc / sum, 0 where sum is 0, converted to the element type of the result
/// with map `result`. A null `sum` is 1.
MappedTensor buildOutput(const PairSpace &space, MappedTensor acc,
                         MappedTensor sum, AffineMap result, Type elementType);

/// `weight` of the links that need no row statistic.
Value buildPlainWeight(OpBuilder &b, Location loc, Link link, Value score);

/// `tensor` as a value of `type`, which may know more or fewer extents.
Value castTo(const PairSpace &space, MappedTensor tensor, Type type);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_LINKLOWERING_H
