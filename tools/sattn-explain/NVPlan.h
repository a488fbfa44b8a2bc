//===- NVPlan.h - The kernel of an attention for an NVIDIA chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_EXPLAIN_NVPLAN_H
#define SATTN_TOOLS_SATTN_EXPLAIN_NVPLAN_H

#include "AttentionPlan.h"
#include "sattn/Execution/Ptxas.h"
#include "sattn/Target/NVBudget.h"
#include "sattn/Target/NVChip.h"

namespace sattn_explain {

/// What computes an attention: products by wgmma of tiles from TMA, products by mma.sync
/// of tiles from cp.async, or a query per thread.
enum class KernelPath { Warpgroups, Warps, Scalar };
llvm::StringRef stringify(KernelPath path);

/// The kernel as the compiler plans it, before there is any code.
struct NVPlan {
  KernelPath path = KernelPath::Scalar;
  /// Why there are no tensor cores in it; empty if there are.
  std::string reason;
  /// Of tensor cores: the row of the table with these tiles, if it is one, what the
  /// kernel takes, and what it can have.
  std::optional<mlir::sattn::NVTileRow> row;
  mlir::sattn::NVKernelShape shape;
  mlir::sattn::NVRegisters registers;
  int64_t maxRegisters = 0, sharedBytes = 0;
  /// What is over the budget, if something is.
  std::string overBudget;
  int64_t threads = 0, blocks = 0;
};

NVPlan planKernel(const AttentionPlan &plan, const mlir::sattn::NVTarget &target);

/// Seconds below which no kernel of the nest can stay, resource by resource: whole tiles,
/// with the share of multiprocessors that the blocks reach.
struct NVRoofline {
  double productSeconds = 0, exponentialSeconds = 0, memorySeconds = 0;
  /// FLOPs of whole tiles and exponentials in them.
  double flops = 0, exponentials = 0;
  /// Of the multiprocessors, while the blocks run, on average.
  double busyShare = 1;

  double getSeconds() const {
    return std::max({productSeconds, exponentialSeconds, memorySeconds});
  }
  /// "products", "exponentials" or "memory".
  llvm::StringRef getLimit() const;
};

NVRoofline computeNVRoofline(const AttentionPlan &plan, const NVPlan &kernel,
                             const mlir::sattn::NVChip &chip);

/// A kernel that was emitted: what its launch says, and ptxas where there is one.
struct EmittedKernel {
  std::string name;
  int64_t threads = 0, sharedBytes = 0;
  std::optional<mlir::sattn::KernelResources> resources;
};

/// All kernels of a function, in the order of their launches.
struct EmittedCode {
  std::vector<EmittedKernel> kernels;
  /// Time of the processor.
  double secondsToPTX = 0;
  /// Why there is no code, or no machine code; empty if there is.
  std::string compileError, ptxasError;
};

/// Compiles @`function` of a copy of `module` for `target`, and assembles it with `ptxas`
/// ("": where `findPtxas` finds one). Nothing is diagnosed.
EmittedCode emitKernels(mlir::ModuleOp module, llvm::StringRef function,
                        const mlir::sattn::NVTarget &target, llvm::StringRef ptxas);

} // namespace sattn_explain

#endif // SATTN_TOOLS_SATTN_EXPLAIN_NVPLAN_H
