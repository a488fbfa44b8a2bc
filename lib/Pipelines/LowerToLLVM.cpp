//===- LowerToLLVM.cpp - From tensors to LLVM -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tail that all CPU pipelines share.
//
//===----------------------------------------------------------------------===//

#include "HostCode.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Pipelines/Pipelines.h"
#include "sattn/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::sattn;

static void addCleanUp(OpPassManager &pm) {
  // Equal subviews become one value before canonicalize folds copies between
  // them.
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
}

void mlir::sattn::addBufferPasses(OpPassManager &pm) {
  // tensor.pad has no buffer form.
  pm.addPass(createConvertTensorToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  // Results are computed where they end up: in the caller's buffer, in the
  // slice of the surrounding tensor. Only possible while there are tensors.
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  // Folds away again below; nothing may fold in between.
  pm.addPass(createSattnGuardPartialWritesPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  // A loop may carry a new buffer in every iteration; deallocation tracks them.
  bufferize.allowReturnAllocsFromLoops = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  addCleanUp(pm);
}

void mlir::sattn::addDeallocationPasses(OpPassManager &pm) {
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
  // Also the copies that deallocation put in.
  pm.addPass(createSattnExpandStridedCopiesPass());
}

static void addBufferization(OpPassManager &pm,
                             const LowerToLLVMPipelineOptions &options) {
  addBufferPasses(pm);
  // One iteration after the other: buffers may leave these loops, too.
  if (!options.parallel)
    pm.addPass(createForallToForLoopPass());
  if (options.hoistBuffers) {
    // Out of loops first: a buffer on the stack inside a loop would grow the
    // stack with every iteration.
    pm.addNestedPass<func::FuncOp>(bufferization::createBufferHoistingPass());
    pm.addNestedPass<func::FuncOp>(
        bufferization::createBufferLoopHoistingPass());
  }
  if (options.stackBytes > 0) {
    bufferization::PromoteBuffersToStackPassOptions promote;
    promote.maxAllocSizeInBytes = options.stackBytes;
    promote.maxRankOfAllocatedMemRef = 0; // Static extents only.
    pm.addNestedPass<func::FuncOp>(
        bufferization::createPromoteBuffersToStackPass(promote));
  }
  // After every pass that moves allocations; only heap buffers are left to
  // free.
  addDeallocationPasses(pm);
}

void mlir::sattn::addLoopPasses(OpPassManager &pm,
                                const LowerToLLVMPipelineOptions &options) {
  pm.addPass(createConvertLinalgToLoopsPass());
  if (options.parallel)
    pm.addPass(createForallToParallelLoopPass());
  addCleanUp(pm);
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createSattnSplitVectorsPass());
  SattnLowerVectorsPassOptions vectors;
  vectors.avx2 = bool(options.avx2);
  pm.addPass(createSattnLowerVectorsPass(vectors));
  // Transfers with masks and of rank > 1 become loops over 1-D transfers; needs
  // scf.
  pm.addPass(createConvertVectorToSCFPass(
      VectorTransferToSCFOptions().enableFullUnroll()));
  addCleanUp(pm);
  if (options.parallel) {
    pm.addPass(createConvertSCFToOpenMPPass());
    // While the bodies are single blocks: the scopes around them must go.
    pm.addPass(createSattnThreadScratchPass());
  }
  SattnStreamStoresPassOptions stream;
  stream.minBytes = options.streamBytes;
  pm.addPass(createSattnStreamStoresPass(stream));
  // Calls of integer powers; contains scf, so before scf goes.
  pm.addPass(createConvertMathToFuncs());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
}

void mlir::sattn::addLLVMPasses(OpPassManager &pm,
                                const LowerToLLVMPipelineOptions &options,
                                bool hasLaunches) {
  ConvertVectorToLLVMPassOptions vectors;
  vectors.vectorContractLowering = vector::VectorContractLowering::OuterProduct;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  // floordivsi, and bf16 without calls into a compiler's run-time library.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  pm.addPass(arith::createArithExpandOpsPass(expand));
  // Subviews become offset arithmetic, written as affine.apply.
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  // What has an intrinsic becomes one, the rest (erf, cbrt, ...) a libm call.
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  // Launches and copies, with every type that they meet.
  if (hasLaunches)
    pm.addPass(createGpuToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  if (options.parallel)
    pm.addPass(createConvertOpenMPToLLVMPass());
  // After libm and memref, which declare functions.
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  // Each conversion left casts where it met another's types.
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createSattnAnnotateLoopsPass());
  addCleanUp(pm);
}

void mlir::sattn::buildLowerToLLVMPipeline(
    OpPassManager &pm, const LowerToLLVMPipelineOptions &options) {
  addBufferization(pm, options);
  addLoopPasses(pm, options);
  addLLVMPasses(pm, options, /*hasLaunches=*/false);
}
