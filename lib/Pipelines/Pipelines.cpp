//===- Pipelines.cpp - Pipelines by name -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference pipeline: what every other one is compared with.
//
//===----------------------------------------------------------------------===//

#include "sattn/Pipelines/Pipelines.h"
#include "mlir/Pass/PassRegistry.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::buildReferencePipeline(OpPassManager &pm) {
  pm.addPass(createSattnDecomposeAggregatedPass());
  buildLowerToLLVMPipeline(pm, LowerToLLVMPipelineOptions());
}

void mlir::sattn::registerAllPipelines() {
  PassPipelineRegistration<CPUPipelineOptions>(
      "sattn-to-cpu", "Lower to fast CPU code in the LLVM dialect",
      buildCPUPipeline);
  PassPipelineRegistration<NVPipelineOptions>(
      "sattn-to-nvvm", "Lower to kernels for NVIDIA chips in the NVVM dialect",
      buildNVPipeline);
  PassPipelineRegistration<>("sattn-to-reference",
                             "Lower to the LLVM dialect by the reference "
                             "lowerings: slow, right, for comparison",
                             buildReferencePipeline);
  PassPipelineRegistration<LowerToLLVMPipelineOptions>(
      "sattn-lower-to-llvm",
      "Bufferize and lower linalg, tensor, scf and vector to the LLVM dialect",
      buildLowerToLLVMPipeline);
}
