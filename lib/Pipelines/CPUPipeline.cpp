//===- CPUPipeline.cpp - From attention to fast CPU code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/Passes.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Pipelines/Pipelines.h"
#include "sattn/Target/KnownTargets.h"

using namespace mlir;
using namespace mlir::sattn;

/// Scratch buffers up to this size live on a thread's stack. A tile's packed
/// query, accumulator, scores and 16-bit panels are a few hundred kilobytes;
/// OpenMP's threads have 4 MiB.
static constexpr unsigned kStackBytes = 1 << 20;

/// What only x86 has. Nothing for a target that does not exist: the passes say so.
static void setX86Options(LowerToLLVMPipelineOptions &options, StringRef target) {
  llvm::Expected<TargetInfo> info = parseTarget(target);
  if (!info) {
    llvm::consumeError(info.takeError());
    return;
  }
  if (!StringRef(info->triple).starts_with("x86_64") || info->vectorBits < 256)
    return;
  options.avx2 = true;
  options.streamBytes = info->l2Bytes;
}

/// Levels (1) to (2): one decision per attention.
static void addTilings(OpPassManager &pm, const CPUPipelineOptions &options) {
  pm.addPass(createCanonicalizerPass());
  // The order of the products, before anything depends on the operands.
  if (options.foldNorm) {
    SattnFoldNormPassOptions fold;
    fold.whenCheaper = true;
    pm.addPass(createSattnFoldNormPass(fold));
  }
  if (options.reassociate) {
    SattnReassociatePassOptions forms;
    forms.report = bool(options.report);
    pm.addPass(createSattnReassociatePass(forms));
    SattnLinearizeAttentionPassOptions linear;
    linear.report = bool(options.report);
    pm.addPass(createSattnLinearizeAttentionPass(linear));
  }
  pm.addPass(createSattnStackHeadsPass());
  SattnSelectTilingPassOptions tiling;
  tiling.target = options.target;
  pm.addPass(createSattnSelectTilingPass(tiling));
}

/// Level (4): tiles to vectors; what is not attention takes its reference
/// lowering, which is linalg that upstream handles well.
static void addVectors(OpPassManager &pm, const CPUPipelineOptions &options) {
  // Before canonicalization: offsets are still affine maps that tell whether
  // panels are aligned to blocks.
  ConvertSattnToVectorPassOptions vectors;
  vectors.target = options.target;
  pm.addPass(createConvertSattnToVectorPass(vectors));
  ConvertSattnTokensToVectorPassOptions tokens;
  tokens.target = options.target;
  pm.addPass(createConvertSattnTokensToVectorPass(tokens));
  pm.addPass(createSattnDecomposeAggregatedPass());
  pm.addPass(createCanonicalizerPass());
}

void mlir::sattn::buildCPUPipeline(OpPassManager &pm,
                                   const CPUPipelineOptions &options) {
  addTilings(pm, options);
  if (options.stopAfter == CPUStage::Tilings)
    return;
  pm.addPass(createSattnTileAttentionPass());
  if (options.stopAfter == CPUStage::LevelNest)
    return;
  addVectors(pm, options);
  if (options.stopAfter == CPUStage::Vectors)
    return;
  LowerToLLVMPipelineOptions lower;
  lower.parallel = bool(options.parallel);
  setX86Options(lower, options.target);
  lower.hoistBuffers = true;
  lower.stackBytes = kStackBytes;
  buildLowerToLLVMPipeline(pm, lower);
}
