//===- Benchmark.h - Timing a kernel -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_BENCHMARK_H
#define SATTN_TOOLS_SATTN_RUN_BENCHMARK_H

#include "sattn/Execution/Kernel.h"
#include "sattn/Execution/PeakProbe.h"

namespace mlir::sattn {

struct BenchmarkOptions {
  unsigned warmUp = 2;
  /// 0: as many as fit into about a second, at least 5.
  unsigned repetitions = 0;
  /// Measure the time of the processor instead of that of the clock on the
  /// wall.
  bool cpuClock = false;
  unsigned numThreads = 1;
};

/// Quartiles of a sample.
struct Quartiles {
  double first = 0, median = 0, third = 0;
  static Quartiles of(std::vector<double> sample);
};

struct BenchmarkResult {
  std::vector<double> seconds;
  Quartiles time;
  /// FLOP/s of fused multiply-adds on as many threads, measured between the
  /// runs.
  double peak = 0;
};

/// Times `kernel`; between the repetitions the processor's peak is measured, so
/// that both see the same machine.
llvm::Expected<BenchmarkResult> benchmark(const Kernel &kernel,
                                          ArrayRef<TensorRef> inputs,
                                          ArrayRef<TensorRef> outputs,
                                          const BenchmarkOptions &options);

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_BENCHMARK_H
