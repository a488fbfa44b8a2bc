//===- Kernel.h - A compiled entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_KERNEL_H
#define SATTN_EXECUTION_KERNEL_H

#include "sattn/Execution/EntryPoints.h"
#include "sattn/Execution/Jit.h"
#include "sattn/Execution/Lowering.h"
#include "sattn/Runtime/GpuRuntime.h"

namespace mlir::sattn {

struct KernelOptions : LoweringOptions {
  /// Level of LLVM's optimisation passes, 0 (none) to 3.
  unsigned optimizationLevel = 2;
  /// Threads of parallel regions; 0: the OpenMP runtime chooses.
  unsigned numThreads = 0;
  /// What the pipeline's launches run on; needed where it makes any.
  std::shared_ptr<GpuRuntime> gpu;
};

/// Seconds that the steps of compilation took.
struct CompileTimes {
  double passes = 0, codeGeneration = 0, linking = 0;
  double total() const { return passes + codeGeneration + linking; }
};

/// An entry function as machine code for this processor, ready to be called; with
/// kernels, also loaded on the device.
class Kernel {
public:
  /// Compiles the entry of `module`, which is changed. The context needs the
  /// dialects that the pipeline uses and `registerCodeGeneration`. Errors are
  /// emitted as diagnostics.
  static FailureOr<Kernel> compile(ModuleOp module,
                                   const KernelOptions &options);

  const EntrySignature &getSignature() const { return signature; }
  const CompileTimes &getCompileTimes() const { return times; }

  /// The shapes of all results for these inputs; data is read of scalars only.
  llvm::Expected<SmallVector<SmallVector<int64_t>>>
  getResultShapes(ArrayRef<TensorRef> inputs) const;

  /// Computes. Types and extents are checked; the error says what was expected, or
  /// what a kernel on the device did wrong.
  llvm::Error run(ArrayRef<TensorRef> inputs,
                  ArrayRef<TensorRef> outputs) const;

  void setNumThreads(unsigned count) { jit->setNumThreads(count); }
  unsigned getMaxThreads() const { return jit->getNumThreads(); }

private:
  Kernel() = default;
  llvm::Error checkCounts(size_t numInputs, size_t numOutputs) const;
  llvm::Error describe(int32_t status, ArrayRef<TensorRef> inputs,
                       ArrayRef<TensorRef> outputs) const;
  std::string describeExtent(unsigned argument, unsigned axis,
                             ArrayRef<TensorRef> inputs) const;

  LogicalResult link(Location loc, ArrayRef<char> object);

  EntrySignature signature;
  CompileTimes times;
  std::shared_ptr<GpuRuntime> gpu;
  std::unique_ptr<Jit> jit;
  EntryPoint entryPoint = nullptr, shapesEntryPoint = nullptr;
};

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_KERNEL_H
