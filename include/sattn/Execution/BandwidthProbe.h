//===- BandwidthProbe.h - How fast this processor reads memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_BANDWIDTHPROBE_H
#define SATTN_EXECUTION_BANDWIDTHPROBE_H

#include "sattn/Execution/Jit.h"
#include <cstdlib>

namespace mlir::sattn {

/// A loop that reads a buffer from one end to the other with the widest vectors
/// and adds up what it read, compiled like every kernel. The bound of what
/// reads each byte once, such as attention of one query.
class BandwidthProbe {
public:
  /// The buffer has `bytes` bytes, rounded up to whole steps of the loop: the
  /// size decides which cache answers.
  static llvm::Expected<BandwidthProbe> create(size_t bytes);

  /// Bytes per second of one thread over at least about two milliseconds of
  /// whole passes. With `cpuClock` time is that of the processor.
  double measure(bool cpuClock);

private:
  using Loop = void (*)(int64_t iterations, const void *data, void *sink);
  explicit BandwidthProbe(Jit jit) : jit(std::move(jit)) {}
  Jit jit;
  Loop loop = nullptr;
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  std::unique_ptr<char[], Free> buffer;
  size_t bytesPerIteration = 0;
  int64_t iterations = 0;
  int64_t passes = 0;
};

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_BANDWIDTHPROBE_H
