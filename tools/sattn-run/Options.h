//===- Options.h - Command line of sattn-run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_OPTIONS_H
#define SATTN_TOOLS_SATTN_RUN_OPTIONS_H

#include "CompilerOptions.h"
#include "sattn/PTX/AsyncWork.h"

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

  llvm::cl::opt<uint64_t> seed{
      "seed",
      llvm::cl::desc("Emulated: decides the order of blocks and warps and "
                     "random asynchrony (default: 1)"),
      llvm::cl::value_desc("n"), llvm::cl::init(1), llvm::cl::cat(category)};
  llvm::cl::opt<ptx::Asynchrony> asynchrony{
      "asynchrony",
      llvm::cl::desc("Emulated: when asynchronous copies and products happen"),
      llvm::cl::values(
          clEnumValN(ptx::Asynchrony::Late, "late",
                     "when somebody waits for them (default)"),
          clEnumValN(ptx::Asynchrony::Early, "early", "at once"),
          clEnumValN(ptx::Asynchrony::Random, "random",
                     "at some moment in between, drawn from the seed")),
      llvm::cl::init(ptx::Asynchrony::Late), llvm::cl::cat(category)};
  llvm::cl::opt<bool> checks{
      "checks",
      llvm::cl::desc("Emulated: look for races, reads of shared memory that "
                     "nobody wrote, copies nobody waited for (default: true)"),
      llvm::cl::init(true), llvm::cl::cat(category)};

  llvm::cl::opt<bool> mutate{
      "mutate",
      llvm::cl::desc(
          "Emulated: delete each synchronisation instruction of each "
          "kernel in turn, print the deletions that no run notices"),
      llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> mutateSeeds{
      "mutate-seeds",
      llvm::cl::desc(
          "Runs of each deletion, with seeds 1, 2, ... (default: 5)"),
      llvm::cl::value_desc("n"), llvm::cl::init(5), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> mutateLimit{
      "mutate-limit",
      llvm::cl::desc(
          "Deletions per kernel, spread over its text (default: all)"),
      llvm::cl::value_desc("n"), llvm::cl::init(0), llvm::cl::cat(category)};

  /// True for `emulated-sm_80`, ...
  bool isEmulated() const;
  /// True where kernels run on a device.
  bool hasDevice() const;

  /// An error where an option cannot be right, whatever the program.
  llvm::Error check() const;

private:
  llvm::Error checkForDevice() const;
  llvm::Error checkForMutation() const;
  llvm::Error checkForProcessor() const;
};

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_OPTIONS_H
