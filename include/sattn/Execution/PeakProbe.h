//===- PeakProbe.h - How fast this processor multiplies and adds -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_PEAKPROBE_H
#define SATTN_EXECUTION_PEAKPROBE_H

#include "sattn/Execution/Jit.h"

namespace mlir::sattn {

/// A loop of nothing but independent fused multiply-adds on the widest vectors,
/// compiled like every kernel.
class PeakProbe {
public:
  static llvm::Expected<PeakProbe> create(bool doublePrecision);

  /// FLOP/s (two per multiply-add and lane) of `numThreads` threads together,
  /// over about two milliseconds. With `cpuClock` time is that of the processor
  /// (meant for one thread).
  double measure(unsigned numThreads, bool cpuClock);

private:
  using Loop = void (*)(int64_t iterations, void *sink);
  explicit PeakProbe(Jit jit) : jit(std::move(jit)) {}
  Jit jit;
  Loop loop = nullptr;
  double flopsPerIteration = 0;
  int64_t iterations = 0;
};

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_PEAKPROBE_H
