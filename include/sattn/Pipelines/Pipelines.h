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
  Option<int64_t> streamBytes{
      *this, "stream-bytes",
      llvm::cl::desc("Write buffers of at least this many bytes around the caches where the "
                     "code asks for it; x86 only (default: 0, never)"),
      llvm::cl::init(0)};
};

/// Adds the passes from linalg, tensor, scf and vector on tensors to the LLVM
/// dialect. No op of sattn may be left.
void buildLowerToLLVMPipeline(OpPassManager &pm,
                              const LowerToLLVMPipelineOptions &options);

/// Adds the passes that replace every sattn op by its reference lowering, and
/// then those of `buildLowerToLLVMPipeline`.
void buildReferencePipeline(OpPassManager &pm);

/// Where `sattn-to-cpu` can stop. The text of each stage runs: the pipeline goes
/// on from there when it gets it as input.
enum class CPUStage {
  /// Level 2: every attention carries its `#sattn.tiling`.
  Tilings,
  /// Level 3: loops over tiles, `online_attention` and `finalize`.
  LevelNest,
  /// Level 4: vector code on tensors, no op of sattn left.
  Vectors,
  /// The LLVM dialect.
  LLVM,
};

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
  Option<bool> reassociate{
      *this, "reassociate",
      llvm::cl::desc("Take the cheapest order of products: a structured matrix "
                     "on keys, queries or both, Q (K^T V) for linear links "
                     "(default: yes)"),
      llvm::cl::init(true)};
  Option<bool> foldNorm{
      *this, "fold-norm",
      llvm::cl::desc("Fold a norm of the keys into the score where that is "
                     "cheaper; loses digits where the mean of a key is much "
                     "larger than its deviation (default: no)"),
      llvm::cl::init(false)};
  Option<bool> report{
      *this, "report",
      llvm::cl::desc("Emit remarks on the order of products (default: no)"),
      llvm::cl::init(false)};
  Option<CPUStage> stopAfter{
      *this, "stop-after", llvm::cl::desc("Last stage (default: llvm)"),
      llvm::cl::init(CPUStage::LLVM),
      llvm::cl::values(
          clEnumValN(CPUStage::Tilings, "tilings",
                     "attention with its tiling decided"),
          clEnumValN(CPUStage::LevelNest, "level-nest",
                     "loops over query and key tiles"),
          clEnumValN(CPUStage::Vectors, "vectors", "vector code on tensors"),
          clEnumValN(CPUStage::LLVM, "llvm", "the LLVM dialect"))};
};

/// Adds the passes from the model graph to the LLVM dialect: fused attention as
/// level nests, vector code, one scratch buffer per thread. Stages are those of
/// `CPUStage`, in order; the last is `buildLowerToLLVMPipeline`.
void buildCPUPipeline(OpPassManager &pm, const CPUPipelineOptions &options);

/// Where `sattn-to-nvvm` can stop. The text of each stage is input that the
/// pipeline goes on from.
enum class NVStage {
  /// Level 2: every attention carries its `#sattn.tiling`.
  Tilings,
  /// Level 3: loops over tiles, `online_attention` and `finalize`.
  LevelNest,
  /// Level 4: fragments on slices of tensors, no op of sattn left.
  Fragments,
  /// Kernels on fragments in `gpu.module`, launches in functions on memrefs.
  Kernels,
  /// Kernels in the LLVM and NVVM dialects.
  NVVM,
  /// A program: kernels as PTX in `gpu.binary`, functions in the LLVM dialect that copy
  /// to the device, launch and copy back. What has no kernel is code for the host.
  Program,
};

/// Options of `sattn-to-nvvm`.
struct NVPipelineOptions : PassPipelineOptions<NVPipelineOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("Row of the table of NVIDIA targets (default: sm_80)"),
      llvm::cl::init("sm_80")};
  Option<NVStage> stopAfter{
      *this, "stop-after", llvm::cl::desc("Last stage (default: nvvm)"),
      llvm::cl::init(NVStage::NVVM),
      llvm::cl::values(
          clEnumValN(NVStage::Tilings, "tilings", "attention with its tiling decided"),
          clEnumValN(NVStage::LevelNest, "level-nest", "loops over query and key tiles"),
          clEnumValN(NVStage::Fragments, "fragments", "fragments on slices of tensors"),
          clEnumValN(NVStage::Kernels, "kernels", "kernels on fragments, and their launches"),
          clEnumValN(NVStage::NVVM, "nvvm", "kernels in the NVVM dialect"),
          clEnumValN(NVStage::Program, "program",
                     "kernels as PTX, and the host's code that launches them"))};
};

/// Adds the passes from attention to kernels for NVIDIA chips: level nests, fragments,
/// tiles in shared memory, kernels. Stages are those of `NVStage`, in order.
/// What follows `NVVM` is upstream's: `gpu-module-to-binary` for PTX, `gpu-to-llvm` for
/// the launches. `Program` does both; it calls the functions of MLIR's CUDA runner.
void buildNVPipeline(OpPassManager &pm, const NVPipelineOptions &options);

/// Registers `sattn-to-nvvm`, `sattn-to-cpu`, `sattn-to-reference` and `sattn-lower-to-llvm`.
void registerAllPipelines();

} // namespace mlir::sattn

#endif // SATTN_PIPELINES_PIPELINES_H
