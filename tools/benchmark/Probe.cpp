//===- Probe.cpp - The probes as C functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What tools/benchmark loads (probe.py) to know what the processor can do at
// the moment of a measurement, and how long compilation takes in a process that
// has compiled before. Not for several threads at a time.
//
//===----------------------------------------------------------------------===//

#include "InputProgram.h"
#include "mlir/InitAllPasses.h"
#include "sattn/Execution/BandwidthProbe.h"
#include "sattn/Execution/Kernel.h"
#include "sattn/Execution/PeakProbe.h"
#include "sattn/InitAll.h"
#include <ctime>
#include <optional>

using namespace mlir;
using namespace mlir::sattn;

/// A probe, made when it is first asked for; null, with a message, on failure.
template <typename Probe, typename... Args>
static Probe *getOrCreate(std::optional<Probe> &slot, Args... args) {
  if (!slot) {
    llvm::Expected<Probe> probe = Probe::create(args...);
    if (!probe) {
      llvm::errs() << "error: " << llvm::toString(probe.takeError()) << "\n";
      return nullptr;
    }
    slot.emplace(std::move(*probe));
  }
  return &*slot;
}

/// FLOP/s in f32 of `numThreads` threads together, over about two milliseconds;
/// negative if there is no probe. With a `cpuClock` other than 0 time is that
/// of the processor.
extern "C" double sattn_probe_flops(int32_t numThreads, int32_t cpuClock) {
  static std::optional<PeakProbe> slot;
  PeakProbe *probe = getOrCreate(slot, /*doublePrecision=*/false);
  return probe ? probe->measure(numThreads, cpuClock != 0) : -1;
}

/// Bytes per second that one thread reads from a buffer of `bytes` bytes;
/// negative if there is no probe. One buffer is kept, that of the last size.
extern "C" double sattn_probe_read(uint64_t bytes, int32_t cpuClock) {
  static std::optional<BandwidthProbe> slot;
  static uint64_t size = 0;
  if (size != bytes)
    slot.reset();
  size = bytes;
  BandwidthProbe *probe = getOrCreate(slot, static_cast<size_t>(bytes));
  return probe ? probe->measure(cpuClock != 0) : -1;
}

/// Processor seconds that the passes of sattn-to-cpu, code generation and
/// linking take for the program in the file `path`, which has one public
/// function; negative if it does not compile. Parsing is not counted.
extern "C" double sattn_probe_compile(const char *path) {
  [[maybe_unused]] static bool once = [] {
    mlir::registerAllPasses();
    mlir::sattn::registerAllPasses();
    return true;
  }();
  InputProgram program;
  if (failed(program.read(path)))
    return -1;
  KernelOptions options;
  options.pipeline = "sattn-to-cpu{target=native}";
  std::clock_t start = std::clock();
  FailureOr<Kernel> kernel = Kernel::compile(program.getModule(), options);
  double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return succeeded(kernel) ? seconds : -1;
}
