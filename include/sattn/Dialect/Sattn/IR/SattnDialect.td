//===- SattnDialect.td - The sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNDIALECT_TD
#define SATTN_DIALECT_SATTN_IR_SATTNDIALECT_TD

include "mlir/IR/DialectBase.td"

def Sattn_Dialect : Dialect {
  let name = "sattn";
  let cppNamespace = "::mlir::sattn";
  let summary = "Structured attention: fused ops with structured scoring functions";
  let description = [{
    Softmax attention scores a pair of tokens by a low-rank bilinear form. The
    `sattn` dialect lets that form be structured (Kuang et al., "Customizing the
    Inductive Biases of Softmax Attention using Structured Matrices", 2025) and
    compiles the result to kernels that never hold a T x T tensor.

    Four independent questions, never mixed up:

    | question | where it is written |
    |---|---|
    | which matrix scores token features, x_i^T M x_j? | `sattn.project`, an attribute with `StructuredMatrixAttrInterface` |
    | how many leading columns does the pair (i, j) use? | clause `structure`, an attribute with `PositionStructureAttrInterface` |
    | which pairs exist? | clauses `window`, `mask`, `segments`, `key_limit` and the second result of the score region, all ANDed |
    | how does a score become a weight? | clause `link` |

    Levels of IR:

    ```
    (1) model graph   project, norm, score, attention, merge + linalg, tensor, arith
          |
    (2) attention     attention only, decisions attached as #sattn.tiling
          |
    (3) level nest    scf loops over tiles, online_attention on 2-D tiles, finalize
          |           ------------------------------ target independent up to here
    (4) tiles         CPU: vector -> LLVM              NVIDIA: fragments -> PTX
    ```

    Invariants: all ops work on tensors and are gone before bufferization; every
    op has a reference lowering to plain linalg (`decomposeOperation`), which is
    its meaning; nothing below level (2) reads a higher level again.

    Axes carry labels, `m` queries, `n` keys, `r` query/key depth, `e` value
    depth, every other label is batch-like. Positions are explicit: row m of the
    query is at `query_offset + m`, row n of the key at `key_offset + n`; windows,
    structures, key limits and score regions speak of positions only.

    For one pair the order is fixed:
    score = region(scale * weight(depth) * sum_l scale_l <q_l, k_l>), then the
    pair is kept or dropped, then the link. A dropped pair contributes nothing,
    not even 0 * NaN. With links `softmax` and `exp` a pair whose score is -inf
    counts as dropped. A row without pairs gives output 0 and log-sum-exp -inf.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // SATTN_DIALECT_SATTN_IR_SATTNDIALECT_TD
