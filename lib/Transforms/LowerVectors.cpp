//===- LowerVectors.cpp - Vectors to what LLVM selects well -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transposes of square blocks become shuffles, transfers lose unit dimensions
// and permutations.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Dialect/X86Vector/Transforms.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNLOWERVECTORSPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

namespace {
struct LowerVectorsPass
    : sattn::impl::SattnLowerVectorsPassBase<LowerVectorsPass> {
  using SattnLowerVectorsPassBase::SattnLowerVectorsPassBase;

  void runOnOperation() override {
    RewritePatternSet simplify(&getContext());
    vector::populateCastAwayVectorLeadingOneDimPatterns(simplify);
    vector::populateSinkVectorOpsPatterns(simplify);
    RewritePatternSet lower(&getContext());
    vector::populateVectorTransferPermutationMapLoweringPatterns(lower);
    vector::populateVectorTransposeLoweringPatterns(
        lower, vector::VectorTransposeLowering::Shuffle1D);
    if (avx2) {
      auto options = x86vector::avx2::LoweringOptions().setTransposeOptions(
          x86vector::avx2::TransposeLoweringOptions()
              .lower4x8xf32()
              .lower8x8xf32());
      x86vector::avx2::populateSpecializedTransposeLoweringPatterns(
          lower, options, /*benefit=*/10);
    }
    if (failed(applyPatternsGreedily(getOperation(), std::move(simplify))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(lower))))
      signalPassFailure();
  }
};
} // namespace
