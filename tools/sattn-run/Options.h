//===- Options.h - Command line of sattn-run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_OPTIONS_H
#define SATTN_TOOLS_SATTN_RUN_OPTIONS_H

#include "CompilerOptions.h"

namespace mlir::sattn {

enum class Clock { Wall, Cpu };

/// What `sattn-run` can be asked for beside what every compiler can.
struct RunOptions : CompilerOptions {
  llvm::cl::list<std::string> inputs{
      "input",
      llvm::cl::desc(
          "One per argument: @file.npy, shape and type, or a number"),
      llvm::cl::value_desc("input"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> outputs{
      "output",
      llvm::cl::desc("One per result: @file.npy (default: print the results)"),
      llvm::cl::value_desc("@file.npy"), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> threads{
      "threads", llvm::cl::desc("Number of threads (default: all)"),
      llvm::cl::value_desc("n"), llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<bool> runBenchmark{
      "benchmark", llvm::cl::desc("Time the function and print a report"),
      llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> warmUp{
      "warm-up", llvm::cl::desc("Runs before the timed ones (default: 2)"),
      llvm::cl::value_desc("n"), llvm::cl::init(2), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> repetitions{
      "repetitions",
      llvm::cl::desc("Timed runs (default: about a second, at least 5)"),
      llvm::cl::value_desc("n"), llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<Clock> benchmarkClock{
      "clock", llvm::cl::desc("What to time"),
      llvm::cl::values(
          clEnumValN(Clock::Wall, "wall", "the time that passes (default)"),
          clEnumValN(Clock::Cpu, "cpu",
                     "the time of the processor, steadier on a busy machine; "
                     "needs --threads=1")),
      llvm::cl::init(Clock::Wall), llvm::cl::cat(category)};
  llvm::cl::opt<double> flops{
      "flops",
      llvm::cl::desc("Floating-point operations of one run, for GFLOP/s "
                     "(default: counted)"),
      llvm::cl::value_desc("n"), llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> reportFile{
      "report", llvm::cl::desc("Write a report as JSON"),
      llvm::cl::value_desc("file.json"), llvm::cl::cat(category)};

  /// An error where an option cannot be right, whatever the program.
  llvm::Error check() const;
};

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_OPTIONS_H
