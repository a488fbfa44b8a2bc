//===- Passes.td - Passes on the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD
#define SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SattnDecomposeAggregatedPass : Pass<"sattn-decompose-aggregated"> {
  let summary = "Replace every sattn op by its reference lowering";
  let description = [{
    The meaning of the dialect: plain linalg, arith and math on tensors, no
    tiling, no tricks, as close to the formulas as linalg allows. Score tensors
    are materialised.

    **Input**: any IR with sattn ops on tensors.
    **Requires**: nothing beyond the verifiers; masks with a sparse encoding are
    diagnosed.
    **Output**: no op of the dialect is left.
    **Numerics**: accumulation in f32 (f64 for f64 inputs), sums in index order.
    **Example**: test/Dialect/Sattn/Transforms/decompose-aggregated/attention.mlir
  }];
}

#endif // SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD
