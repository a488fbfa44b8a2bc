//===- Report.h - What sattn-run tells about a run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_REPORT_H
#define SATTN_TOOLS_SATTN_RUN_REPORT_H

#include "Benchmark.h"
#include "sattn/Execution/FlopCount.h"
#include "sattn/PTX/MutationStudy.h"
#include "llvm/Support/JSON.h"

namespace mlir::sattn {

/// What happened, for people and as JSON.
struct Report {
  /// `device` is empty where the processor does everything.
  std::string file, pipeline, cpu, device;
  unsigned numThreads = 0;
  const Kernel *kernel = nullptr;
  ArrayRef<TensorRef> inputs, outputs;
  HeapUse heap;
  std::optional<BenchmarkResult> benchmark;
  /// Whether a benchmark was asked for.
  bool isBenchmark = false;
  /// What the device did, kernel by kernel.
  ArrayRef<KernelStatistics> kernels;
  /// With --mutate: what became of their mutations.
  std::optional<ArrayRef<ptx::KernelMutations>> mutations;
  bool cpuClock = false;
  /// Floating-point operations of one run, where a benchmark needs them: from
  /// the command line or counted.
  FlopCount work;
  bool workIsGiven = false;

  void print(llvm::raw_ostream &os) const;
  llvm::json::Value toJSON() const;

private:
  void printHead(llvm::raw_ostream &os) const;
  void printTimes(llvm::raw_ostream &os) const;
  void printKernels(llvm::raw_ostream &os) const;
  void printWork(llvm::raw_ostream &os) const;
  llvm::json::Object describeTimes() const;
  llvm::json::Array describeKernels() const;
  void describeWork(llvm::json::Object &object) const;
};

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_REPORT_H
