//===- Pipelines.h - Ways to executable code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each pipeline is a function that fills a pass manager, with a struct of
// options where it has any, and a flag of `sattn-opt`.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PIPELINES_PIPELINES_H
#define SATTN_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::sattn {

/// Options of `sattn-lower-to-llvm`.
struct LowerToLLVMPipelineOptions
    : PassPipelineOptions<LowerToLLVMPipelineOptions> {
  Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc("Run scf.forall on several threads, by OpenMP (default: "
                     "one loop after the other)"),
      llvm::cl::init(false)};
  Option<bool> avx2{
      *this, "avx2",
      llvm::cl::desc("Transpose vectors by AVX2 shuffles (default: no)"),
      llvm::cl::init(false)};
  Option<bool> hoistBuffers{
      *this, "hoist-buffers",
      llvm::cl::desc("Move allocations out of loops (default: no)"),
      llvm::cl::init(false)};
  Option<unsigned> stackBytes{
      *this, "stack-bytes",
      llvm::cl::desc("Buffers of a static size up to this many bytes live on "
                     "the stack (default: 0)"),
      llvm::cl::init(0)};
};

/// Adds the passes from linalg, tensor, scf and vector on tensors to the LLVM
/// dialect. No op of sattn may be left.
void buildLowerToLLVMPipeline(OpPassManager &pm,
                              const LowerToLLVMPipelineOptions &options);

/// Adds the passes that replace every sattn op by its reference lowering, and
/// then those of `buildLowerToLLVMPipeline`.
void buildReferencePipeline(OpPassManager &pm);

/// Options of `sattn-to-cpu`.
struct CPUPipelineOptions : PassPipelineOptions<CPUPipelineOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("Row of the target table, name[,key=value...] (default: "
                     "this machine)"),
      llvm::cl::init("native")};
  Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc("Run query tiles on several threads, by OpenMP (default: "
                     "yes)"),
      llvm::cl::init(true)};
  Option<bool> stopAtVectors{
      *this, "stop-at-vectors",
      llvm::cl::desc("End with vector code on tensors (default: no)"),
      llvm::cl::init(false)};
};

/// Adds the passes from the model graph to the LLVM dialect: fused attention as
/// level nests, vector code, one scratch buffer per thread. Stages, in order:
/// attention with tilings, level nest, vector code, `buildLowerToLLVMPipeline`.
void buildCPUPipeline(OpPassManager &pm, const CPUPipelineOptions &options);

/// Registers `sattn-to-cpu`, `sattn-to-reference` and `sattn-lower-to-llvm`.
void registerAllPipelines();

} // namespace mlir::sattn

#endif // SATTN_PIPELINES_PIPELINES_H
