//===- Harness.h - Runs a few lines of PTX in a test -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TEST_UNIT_PTX_HARNESS_H
#define SATTN_TEST_UNIT_PTX_HARNESS_H

#include "sattn/PTX/Machine.h"
#include "gtest/gtest.h"

namespace mlir::sattn::ptx {

/// A kernel around `body` with parameters `out` and `in` (pointers to global
/// memory) and the registers %p0.., %h0.. (16 bits), %r0.., %d0.. (64 bits),
/// %f0.., %g0.. (f64). %d0 and %d1 hold the addresses `out + 8 * tid.x` and
/// `in + 8 * tid.x`, %r0 holds tid.x.
/// The body starts in line 2 where the declarations have no line breaks.
std::string makeKernel(llvm::StringRef body, llvm::StringRef target = "sm_90a",
                       llvm::StringRef declarations = "");

/// A launch of one kernel over buffers of the test.
struct KernelRun {
  std::string source;
  LaunchConfig config;
  LaunchOptions options;
  std::vector<uint64_t> in, out;

  /// One block of `threads`.
  explicit KernelRun(std::string source, unsigned threads = 32)
      : source(std::move(source)), in(1024), out(1024) {
    config.block.x = threads;
  }
  /// Runs the kernel `k(out, in)`; the error's text, or "".
  std::string go();
  LaunchStatistics statistics;
};

/// The error of running `body`, or "".
std::string getError(llvm::StringRef body, unsigned threads = 32,
                     llvm::StringRef declarations = "");

/// One instruction and what the PTX ISA says about it. `$d` and `$a`, `$b`, ...
/// stand for its result and sources; `classes` gives their sizes, the result
/// first: h (16 bits), r (32), d (64), p (predicate). Values are bit patterns.
struct Case {
  const char *instruction;
  const char *classes;
  std::vector<uint64_t> inputs;
  uint64_t expected;
};

/// Runs each instruction in one thread and compares.
void expectCases(llvm::ArrayRef<Case> cases);

/// The bits of a number.
uint64_t bits(float value);
uint64_t bits(double value);

} // namespace mlir::sattn::ptx

#endif // SATTN_TEST_UNIT_PTX_HARNESS_H
