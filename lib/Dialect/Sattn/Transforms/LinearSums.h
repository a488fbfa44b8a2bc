//===- LinearSums.h - Sums of K^T V over blocks -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_LINEARSUMS_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_LINEARSUMS_H

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {

/// What is fixed while an attention is built in its linear form.
struct LinearProblem {
  LinearProblem(OpBuilder &builder, AttentionOp op, const LinearForm &form);

  /// `expr` of `operands`, folded.
  OpFoldResult apply(OpBuilder &builder, AffineExpr expr,
                     ArrayRef<OpFoldResult> operands) const;
  /// The smaller one of two functions of `operands`.
  OpFoldResult getMin(OpBuilder &builder, AffineExpr a, AffineExpr b,
                      ArrayRef<OpFoldResult> operands) const;
  /// e: static.
  int64_t getValueDepth() const;

  AttentionOp op;
  LinearForm form;
  AttentionMaps maps;
  Location loc;
  /// Of sums.
  FloatType type;
  /// Extents of the iteration space (batch..., m, n, r, e).
  SmallVector<OpFoldResult> extents;
  /// The batch-like dimensions that key or value have.
  SmallVector<unsigned> batchDims;
  /// True if queries and keys are known to be equally many and whole chunks.
  bool hasWholeChunks = false;
};

/// The sums of one level. Axes: those of `batchDims`, slots, then columns x e
/// (`products`) or columns (`keys`, the sum of K alone that `linear` divides
/// by; else null). A slot is a block or, causal, a chunk of queries, which has
/// the keys of its block before it.
struct LevelSums {
  LevelColumns columns;
  /// Rows of a block; none if all positions are one.
  std::optional<int64_t> block;
  Value products, keys;
};

/// The sums of `level`: one scf.forall over the batch and the blocks; in it the
/// chunks of a block one after the other.
LevelSums buildLevelSums(OpBuilder &builder, const LinearProblem &problem,
                         unsigned level);

/// `target` += the product of `inputs` over the dimensions that it lacks. Loops
/// run in the order of the dimensions, so that the last one, contiguous in
/// `target`, is the innermost.
Value buildProduct(OpBuilder &builder, Location loc, unsigned numDims,
                   ArrayRef<LabelledTensor> inputs,
                   const LabelledTensor &target);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_LINEARSUMS_H
