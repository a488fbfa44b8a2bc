//===- Passes.td - Conversions between sattn and other dialects -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_CONVERSION_PASSES_TD
#define SATTN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSattnToVectorPass : Pass<"convert-sattn-to-vector"> {
  let summary = "Lower level nests to loops over vectors (CPU)";
  let description = [{
    Lanes are queries: a panel of queries is packed [r][lane], register tiles are
    `rows` keys by one panel, scores of a tile are kept in a scratch buffer, row
    statistics are vertical vector operations.

    **Input**: `online_attention` and `finalize` on tensors, any loops around them.
    **Requires**: nothing beyond the verifiers. Fast where states start as
    `linalg.fill` and are carried by `scf.for`; otherwise they are packed and
    unpacked around each tile.
    **Output**: scf, tensor and 1-D or 2-D vector operations, ready for one-shot
    bufferization; every scratch tensor has a static shape if the number of keys
    of a tile has a constant bound.
    **Numerics**: sums over the keys of a tile start at 0 and are added to the
    state once; 2^x by a polynomial of relative error 2.1e-7 (f64: 4e-16); no
    reassociation beyond that. A dropped pair never adds 0 * NaN.
    **Example**: test/Conversion/SattnToVector/tile.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "Row of the target table, name[,key=value...] (default: this machine)">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertSattnTokensToVectorPass : Pass<"convert-sattn-tokens-to-vector"> {
  let summary = "Lower project and norm to loops over vectors (CPU)";
  let description = [{
    Lanes are tokens: a panel of tokens is packed [feature][lane], every weight is a
    scalar that a whole vector is multiplied with. A norm that alone reads a
    projection is computed in the same panel.

    **Input**: `project` and `norm` on tensors.
    **Requires**: a known target (diagnosed); an op without a row axis and a norm
    over a dynamic extent stay (`sattn-lower-token-ops` takes them).
    **Output**: `scf.forall` over leading axes, heads and panels; in it scf, tensor
    and vector operations on scratch tensors of static shape.
    **Numerics**: fused multiply-adds, sums in index order in f32 (f64 for f64); a
    projection is not rounded in front of a norm.
    **Example**: test/Conversion/SattnToVector/tokens.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "Row of the target table, name[,key=value...] (default: this machine)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // SATTN_CONVERSION_PASSES_TD
