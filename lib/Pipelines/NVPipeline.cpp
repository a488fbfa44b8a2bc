//===- NVPipeline.cpp - From attention to NVIDIA kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostCode.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"
#include "sattn/Pipelines/Pipelines.h"
#include "sattn/Target/NVTarget.h"

using namespace mlir;
using namespace mlir::sattn;

static void addCleanUpPasses(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Levels (2) to (3). Not cleaned up: a loop over one query tile would go.
static void addLevelNest(OpPassManager &pm) {
  SattnTileAttentionPassOptions tile;
  // Accumulators are empty where registers are scarce.
  tile.edgesFirst = true;
  pm.addPass(createSattnTileAttentionPass(tile));
  pm.addPass(createSattnPeelKeyLoopsPass());
}

/// Level (3) to what a block or a thread does, still on tensors. Attention on tiles
/// of several queries goes to tensor cores, everything else to threads.
static void addTiles(OpPassManager &pm, const NVTarget *target) {
  pm.addPass(createConvertSattnToThreadsPass());
  ConvertSattnToNVPassOptions fragments;
  fragments.roles = target && target->hasWarpgroups;
  pm.addPass(createConvertSattnToNVPass(fragments));
  pm.addPass(createSattnLowerTokenOpsPass());
  pm.addPass(createSattnDecomposeAggregatedPass());
  addCleanUpPasses(pm);
}

/// To kernels: buffers, shared memory, threads, signature. `isProgram`: says what has
/// no kernel.
static void addKernels(OpPassManager &pm, bool isProgram) {
  addBufferPasses(pm);
  // Each takes the loops that the other leaves.
  pm.addPass(sattn_nv::createSattnNVSpecializePass());
  pm.addPass(sattn_nv::createSattnNVPipelinePass());
  addCleanUpPasses(pm);
  pm.addPass(sattn_nv::createSattnNVMapThreadsPass());
  if (isProgram)
    pm.addNestedPass<func::FuncOp>(sattn_nv::createSattnNVReportHostCodePass());
  pm.addPass(createConvertLinalgToLoopsPass());
  addCleanUpPasses(pm);
  pm.addPass(sattn_nv::createSattnNVOutlinePass());
}

/// Kernels to NVVM. Indices are 32 bits: positions and offsets inside a tile.
static void addNVVM(OpPassManager &pm, const NVTarget *target) {
  auto &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(math::createMathExtendToSupportedTypes());
  kernels.addPass(createConvertSattnNVToNVVMPass());
  // Waits for barriers are loops of assembly.
  kernels.addPass(createConvertNVVMToLLVMPass());
  kernels.addPass(createLowerAffinePass());
  addCleanUpPasses(kernels);
  kernels.addPass(createLoopInvariantCodeMotionPass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(arith::createArithExpandOpsPass());
  GpuNVVMAttachTargetOptions attach;
  if (target) {
    attach.chip = target->name.str();
    attach.features = target->features.str();
  }
  attach.optLevel = 3;
  pm.addPass(createGpuNVVMAttachTarget(attach));
  auto &modules = pm.nest<gpu::GPUModuleOp>();
  ConvertGpuOpsToNVVMOpsOptions convert;
  convert.indexBitwidth = 32;
  modules.addPass(createConvertGpuOpsToNVVMOps(convert));
  addCleanUpPasses(modules);
  modules.addPass(createReconcileUnrealizedCastsPass());
}

/// Kernels to PTX, everything else to code for the host, which runs it and the launches
/// one after the other.
static void addProgram(OpPassManager &pm) {
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = "isa";
  pm.addPass(createGpuModuleToBinaryPass(binary));
  // No loop runs in parallel: a device belongs to one thread.
  pm.addPass(createForallToForLoopPass());
  addDeallocationPasses(pm);
  // Not before: memory of the device is freed where it is allocated.
  pm.addPass(sattn_nv::createSattnNVDeviceBuffersPass());
  LowerToLLVMPipelineOptions options;
  addLoopPasses(pm, options);
  addLLVMPasses(pm, options, /*hasLaunches=*/true);
}

void mlir::sattn::buildNVPipeline(OpPassManager &pm, const NVPipelineOptions &options) {
  pm.addPass(createCanonicalizerPass());
  // Diagnoses a target that does not exist.
  SattnSelectTilingPassOptions tiling;
  tiling.target = options.target;
  pm.addPass(createSattnSelectTilingPass(tiling));
  if (options.stopAfter == NVStage::Tilings)
    return;
  addLevelNest(pm);
  if (options.stopAfter == NVStage::LevelNest)
    return;
  const NVTarget *target = findNVTarget(options.target);
  addTiles(pm, target);
  if (options.stopAfter == NVStage::Fragments)
    return;
  addKernels(pm, options.stopAfter == NVStage::Program);
  if (options.stopAfter == NVStage::Kernels)
    return;
  addNVVM(pm, target);
  if (options.stopAfter == NVStage::NVVM)
    return;
  addProgram(pm);
}
