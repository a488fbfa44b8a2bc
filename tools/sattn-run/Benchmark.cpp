//===- Benchmark.cpp - Timing a kernel -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Warm-up, repetitions, quartiles, and the peak in the same minute.
//
//===----------------------------------------------------------------------===//

#include "Benchmark.h"
#include <algorithm>
#include <ctime>
#include <unistd.h>

using namespace mlir::sattn;

static double now(bool cpuClock) {
  timespec time;
  ::clock_gettime(cpuClock ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         1e-9 * static_cast<double>(time.tv_nsec);
}

Quartiles Quartiles::of(std::vector<double> sample) {
  if (sample.empty())
    return {};
  std::sort(sample.begin(), sample.end());
  auto at = [&](double share) {
    double position = share * static_cast<double>(sample.size() - 1);
    size_t below = static_cast<size_t>(position);
    size_t above = std::min(below + 1, sample.size() - 1);
    return sample[below] + (position - static_cast<double>(below)) *
                               (sample[above] - sample[below]);
  };
  return {at(0.25), at(0.5), at(0.75)};
}

namespace {
/// "12/40" on the last line of a terminal, nothing elsewhere.
class ProgressLine {
public:
  ~ProgressLine() {
    if (isTerminal)
      llvm::errs() << "\r\x1b[K";
  }
  void show(size_t done, size_t total) {
    if (isTerminal)
      llvm::errs() << "\r\x1b[K" << done << "/" << total;
  }

private:
  bool isTerminal = ::isatty(STDERR_FILENO);
};
} // namespace

llvm::Expected<BenchmarkResult>
mlir::sattn::benchmark(const Kernel &kernel, ArrayRef<TensorRef> inputs,
                       ArrayRef<TensorRef> outputs,
                       const BenchmarkOptions &options) {
  llvm::Expected<PeakProbe> probe = PeakProbe::create(
      !outputs.empty() && outputs.front().type == ElementType::F64);
  if (!probe)
    return probe.takeError();
  for (unsigned run = 0; run < options.warmUp; ++run)
    if (llvm::Error error = kernel.run(inputs, outputs))
      return error;

  ProgressLine progress;
  BenchmarkResult result;
  std::vector<double> peaks;
  size_t total = options.repetitions;
  for (size_t run = 0; run == 0 || run < total; ++run) {
    peaks.push_back(probe->measure(options.numThreads, options.cpuClock));
    double start = now(options.cpuClock);
    if (llvm::Error error = kernel.run(inputs, outputs))
      return error;
    result.seconds.push_back(now(options.cpuClock) - start);
    if (total == 0)
      total = static_cast<size_t>(
          std::clamp(1.0 / std::max(result.seconds.front(), 1e-9), 5.0, 200.0));
    progress.show(run + 1, total);
  }
  result.time = Quartiles::of(result.seconds);
  result.peak = Quartiles::of(peaks).median;
  return result;
}
