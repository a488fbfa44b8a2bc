//===- FlopCount.h - Work of one call of an entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_FLOPCOUNT_H
#define SATTN_EXECUTION_FLOPCOUNT_H

#include "sattn/Execution/Signature.h"

namespace mlir::sattn {

/// Floating-point operations of one call. A multiply-add of a product counts
/// two, in attention and `score` (pairs that window, structure and offsets
/// leave), in `project` and in contractions of linalg. Everything else counts zero:
/// exponentials, masks, norms, sums, packing.
struct FlopCount {
  double flops = 0;
  /// Names of ops whose products are missing from `flops`: their extents or the
  /// number of their executions do not follow from the inputs' shapes, or they
  /// lie below the level at which work is counted.
  SmallVector<std::string> uncounted;
  /// Clauses that drop pairs by data, which are counted all the same.
  SmallVector<std::string> ignoredClauses;
};

/// Counts the work of the function `entry` of `module`, which is a program
/// before any lowering and is changed (calls are inlined). `inputs` are as for
/// `Kernel::run`; data is read of integer scalars only.
FlopCount countFlops(ModuleOp module, StringRef entry,
                     ArrayRef<TensorRef> inputs);

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_FLOPCOUNT_H
