//===- Machine.h - Runs PTX kernels on the host -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_MACHINE_H
#define SATTN_PTX_MACHINE_H

#include "sattn/PTX/AsyncWork.h"
#include "sattn/PTX/Block.h"
#include "sattn/PTX/Program.h"
#include "sattn/PTX/RaceDetector.h"
#include "sattn/PTX/Random.h"
#include "sattn/PTX/SynchronizationUse.h"
#include "sattn/PTX/Warp.h"

namespace mlir::sattn::ptx {

struct LaunchOptions {
  /// Decides the order of blocks, warps and splits, and random asynchrony.
  uint64_t seed = 1;
  Asynchrony asynchrony = Asynchrony::Late;
  bool checkRaces = true;
  /// Reads of shared memory that nobody wrote.
  bool checkUninitialized = true;
  /// Copies and mbarriers that a block leaves behind when it exits.
  bool checkOutstanding = true;
  /// Ends a launch that executes more warp instructions.
  uint64_t maxInstructions = uint64_t(1) << 40;
  /// Blocks that are started together; more are started when these run long.
  unsigned residentBlocks = 1;
  /// Learns which synchronisation was good for something.
  SynchronizationUse *use = nullptr;
  /// Limits of the device; by default those of the module's target.
  std::optional<uint32_t> maxSharedBytes;
};

struct LaunchConfig {
  Dim3 grid, block;
  /// Extent of a cluster; the kernel's `.reqnctapercluster` where it has one.
  std::optional<Dim3> cluster;
  uint32_t dynamicSharedBytes = 0;
  /// One pointer per parameter to its value, as for `cuLaunchKernel`.
  llvm::ArrayRef<const void *> parameters;
};

struct LaunchStatistics {
  /// Instructions executed, each counted once per warp.
  uint64_t warpInstructions = 0;
  uint64_t blocks = 0;
};

/// One launch of a kernel.
class Machine {
public:
  /// Runs `kernel` of `program` to its end. Errors of the launch (limits) and
  /// of the execution (with the PTX line) come back.
  static llvm::Expected<LaunchStatistics>
  launch(const Program &program, llvm::StringRef kernel,
         const LaunchConfig &config, const LaunchOptions &options = {});

  Machine(const Program &program, const FunctionCode &kernel,
          const LaunchConfig &config, const LaunchOptions &options);
  ~Machine();

  const Program &program;
  const FunctionCode &kernel;
  const LaunchConfig &config;
  const LaunchOptions &options;
  GlobalMemory &memory;
  RaceDetector races;
  AsyncQueue asyncQueue;
  Random random;
  /// The parameters as the kernel sees them.
  std::vector<uint8_t> parameters;
  size_t parameterBase = 0;
  const uint8_t *getParameters() const {
    return parameters.data() + parameterBase;
  }
  Dim3 clusterDim;
  /// Number of the launch, for what outlives it in `memory`.
  const uint64_t launchNumber;

  /// What releases at addresses have published (Order.cpp).
  llvm::DenseMap<const void *, Publication> publications;

  /// A new time, larger than all before.
  uint32_t tick() { return ++time; }
  uint32_t getTime() const { return time; }

  /// Records the first error.
  void fail(const llvm::Twine &message);
  bool hasFailed() const { return failed; }
  /// `instruction` synchronised something (`LaunchOptions::use`).
  void markUsed(const Instruction &instruction) {
    if (options.use)
      options.use->markUsed(&instruction - program.getCode().data());
  }
  void countInstruction() { ++statistics.warpInstructions; }
  uint64_t getInstructionCount() const { return statistics.warpInstructions; }

private:
  friend class Warp;
  llvm::Error prepare();
  llvm::Error checkLimits() const;
  void run();
  void startCluster();
  bool step();
  void reportDeadlock(llvm::StringRef why);
  void finishWarp(Warp &warp);
  void checkFinished(Block &block);
  void performRandomWork();

  LaunchStatistics statistics;
  uint32_t time = 0;
  bool failed = false;
  std::string message;
  uint64_t nextCluster = 0, admission = 0;
  /// Turns in succession that ended in polling.
  unsigned polls = 0;
  std::vector<uint64_t> clusterOrder;
  std::vector<std::unique_ptr<Cluster>> resident;
  /// Unfinished warps of the resident blocks.
  std::vector<Warp *> warps;
  uint32_t nextWarpId = 0;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MACHINE_H
