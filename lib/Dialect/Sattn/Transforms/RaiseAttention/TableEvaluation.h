//===- TableEvaluation.h - Evaluate masks for all positions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_TABLEEVALUATION_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_TABLEEVALUATION_H

#include "ElementReader.h"

namespace mlir::sattn::raising {

/// A value for each pair of a query and a key.
struct PairTable {
  int64_t numQueries, numKeys;
  std::vector<double> values;

  double get(int64_t i, int64_t j) const { return values[i * numKeys + j]; }
};

/// Evaluates `expr`, which may depend on constants and on the positions along
/// the axes `m` and `n`, for every pair. Nothing if it depends on something
/// else, if an extent is dynamic or if there are too many pairs.
std::optional<PairTable> evaluatePairs(const Expr *expr, ArrayRef<Atom> m,
                                       ArrayRef<Atom> n, const Axes &axes);

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_TABLEEVALUATION_H
