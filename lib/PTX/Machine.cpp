//===- Machine.cpp - Runs PTX kernels on the host -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A launch: its limits, the blocks in a random order, the warps in a random
// order, and the report where nobody can go on.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

/// Instructions after which another cluster is started beside those that run:
/// they may wait for it.
static constexpr uint64_t admissionInterval = 1 << 21;
/// Rounds of nothing but polling after which asynchronous work is done, and
/// after which the launch is given up.
static constexpr unsigned pollRounds = 4, pollLimit = 100000;

Machine::Machine(const Program &program, const FunctionCode &kernel,
                 const LaunchConfig &config, const LaunchOptions &options)
    : program(program), kernel(kernel), config(config), options(options),
      memory(program.getMemory()), races(*this), random(options.seed),
      launchNumber(program.getMemory().nextLaunch()) {}

Machine::~Machine() = default;

void Machine::fail(const llvm::Twine &text) {
  if (failed)
    return;
  failed = true;
  message = text.str();
}

static std::string format(Dim3 dim) {
  return (llvm::Twine(dim.x) + "x" + llvm::Twine(dim.y) + "x" +
          llvm::Twine(dim.z))
      .str();
}

/// Shared memory that a block may ask for, by target (CUDA programming guide,
/// "Technical Specifications per Compute Capability").
static uint32_t getMaxShared(llvm::StringRef target) {
  target.consume_front("sm_");
  unsigned number = 0;
  target.consumeInteger(10, number);
  switch (number) {
  case 75:
    return 64 << 10;
  case 70:
    return 96 << 10;
  case 80:
  case 87:
    return 163 << 10;
  case 86:
  case 89:
  case 120:
  case 121:
    return 99 << 10;
  default:
    return number >= 90 ? 227 << 10 : 48 << 10;
  }
}

llvm::Error Machine::checkLimits() const {
  const LaunchBounds &bounds = kernel.function->bounds;
  uint64_t threads = config.block.getCount();
  if (threads == 0 || config.grid.getCount() == 0)
    return llvm::createStringError("expected a grid and blocks that are not "
                                   "empty, got grid " +
                                   format(config.grid) + " of blocks " +
                                   format(config.block));
  if (threads > 1024)
    return llvm::createStringError("expected at most 1024 threads per block, "
                                   "got " +
                                   llvm::Twine(threads));
  if (config.block.x > 1024 || config.block.y > 1024 || config.block.z > 64)
    return llvm::createStringError("expected blocks of at most 1024x1024x64, "
                                   "got " +
                                   format(config.block));
  if (config.grid.x > INT32_MAX || config.grid.y > 65535 ||
      config.grid.z > 65535)
    return llvm::createStringError(
        "expected a grid of at most 2147483647x65535x65535, got " +
        format(config.grid));
  if (bounds.requiredThreads && !(*bounds.requiredThreads == config.block))
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' requires blocks of " +
        format(*bounds.requiredThreads) + ", got " + format(config.block));
  if (bounds.maxThreads && threads > bounds.maxThreads->getCount())
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' allows at most " +
        llvm::Twine(bounds.maxThreads->getCount()) +
        " threads per block, got " + llvm::Twine(threads));
  uint32_t shared =
      kernel.dynamicSharedOffset - sharedBase + config.dynamicSharedBytes;
  uint32_t limit =
      options.maxSharedBytes.value_or(getMaxShared(program.getModule().target));
  if (kernel.staticSharedBytes > 48 << 10)
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' uses " +
        llvm::Twine(kernel.staticSharedBytes) +
        " bytes of static shared memory, at most 49152 are possible");
  if (shared > limit)
    return llvm::createStringError("expected at most " + llvm::Twine(limit) +
                                   " bytes of shared memory per block on " +
                                   program.getModule().target + ", got " +
                                   llvm::Twine(shared));
  uint32_t registers = bounds.maxRegisters;
  if (registers && registers * threads > 65536)
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' declares " +
        llvm::Twine(registers) + " registers for each of " +
        llvm::Twine(threads) + " threads, at most 65536 are there");
  return llvm::Error::success();
}

llvm::Error Machine::prepare() {
  if (llvm::Error error = checkLimits())
    return error;
  size_t expected = kernel.function->parameters.size();
  if (config.parameters.size() != expected)
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' has " + llvm::Twine(expected) +
        " parameters, got " + llvm::Twine(config.parameters.size()));
  parameters.resize(kernel.parameterBytes + 64);
  // Tensor maps want 64-byte alignment of the buffer itself.
  parameterBase =
      (64 - reinterpret_cast<uintptr_t>(parameters.data()) % 64) % 64;
  for (size_t i = 0; i < expected; ++i)
    std::memcpy(parameters.data() + parameterBase + kernel.parameterOffsets[i],
                config.parameters[i], kernel.function->parameters[i].size);
  clusterDim = config.cluster.value_or(
      kernel.function->bounds.requiredCluster.value_or(Dim3()));
  const auto &required = kernel.function->bounds.requiredCluster;
  if (required && !(clusterDim == *required))
    return llvm::createStringError(
        "kernel '" + kernel.function->name + "' requires clusters of " +
        format(*required) + ", got " + format(clusterDim));
  if (clusterDim.getCount() == 0 || clusterDim.getCount() > 16 ||
      config.grid.x % clusterDim.x || config.grid.y % clusterDim.y ||
      config.grid.z % clusterDim.z)
    return llvm::createStringError(
        "expected clusters of 1 to 16 blocks that divide the grid " +
        format(config.grid) + ", got " + format(clusterDim));
  clusterOrder.resize(config.grid.getCount() / clusterDim.getCount());
  for (size_t i = 0; i < clusterOrder.size(); ++i)
    clusterOrder[i] = i;
  for (size_t i = clusterOrder.size(); i > 1; --i)
    std::swap(clusterOrder[i - 1], clusterOrder[random.below(i)]);
  return llvm::Error::success();
}

void Machine::startCluster() {
  uint64_t index = clusterOrder[nextCluster++];
  resident.push_back(std::make_unique<Cluster>(*this, index));
  Cluster &cluster = *resident.back();
  unsigned warpsPerBlock = (config.block.getCount() + warpSize - 1) / warpSize;
  uint32_t size = clusterDim.getCount();
  cluster.firstWarp = nextWarpId;
  cluster.numWarps = cluster.liveWarps = warpsPerBlock * size;
  cluster.numClocks = cluster.numWarps + size * (1 + warpsPerBlock / 4);
  nextWarpId += cluster.numClocks;
  uint64_t nx = config.grid.x / clusterDim.x, ny = config.grid.y / clusterDim.y;
  Dim3 origin;
  origin.x = index % nx * clusterDim.x;
  origin.y = index / nx % ny * clusterDim.y;
  origin.z = index / nx / ny * clusterDim.z;
  cluster.knowledge.resize(cluster.numClocks);
  cluster.released.resize(cluster.numClocks);
  for (uint32_t rank = 0; rank < size; ++rank) {
    Dim3 position;
    position.x = origin.x + rank % clusterDim.x;
    position.y = origin.y + rank / clusterDim.x % clusterDim.y;
    position.z = origin.z + rank / clusterDim.x / clusterDim.y;
    cluster.blocks.push_back(
        std::make_unique<Block>(*this, cluster, position, rank));
    Block &block = *cluster.blocks.back();
    block.liveWarps = warpsPerBlock;
    for (unsigned i = 0; i < warpsPerBlock; ++i) {
      uint32_t id = cluster.firstWarp + rank * warpsPerBlock + i;
      block.warps.push_back(std::make_unique<Warp>(*this, block, i, id));
      Warp &warp = *block.warps.back();
      warp.clock.self = id - cluster.firstWarp;
      warp.clock.known.resize(cluster.numClocks);
      warp.clock.now = tick();
      warps.push_back(&warp);
    }
    ++statistics.blocks;
  }
}

/// Runs one warp for a while. False if every warp waits.
bool Machine::step() {
  // Long turns most of the time, single instructions now and then: both kinds
  // of order find races.
  unsigned quantum = random.below(8) ? 16 + random.below(112) : 1;
  size_t start = random.below(warps.size());
  for (size_t i = 0; i < warps.size(); ++i) {
    size_t at = start + i < warps.size() ? start + i : start + i - warps.size();
    Warp &warp = *warps[at];
    if (!warp.run(quantum))
      continue;
    polls = warp.isPolling() ? polls + 1 : 0;
    if (warp.isFinished()) {
      warps[at] = warps.back();
      warps.pop_back();
      finishWarp(warp);
    }
    return true;
  }
  return false;
}

void Machine::finishWarp(Warp &warp) {
  Block &block = warp.block;
  for (const AsyncGroups &groups : warp.groups)
    if (const AsyncOperation *oldest = groups.getOldest();
        oldest && options.checkOutstanding && !failed)
      warp.fail(oldest->instruction, 0,
                "the thread exits before it has waited for this");
  --block.liveWarps;
  if (--block.cluster.liveWarps) {
    block.cluster.completeBarrier();
    return;
  }
  for (auto &member : block.cluster.blocks)
    checkFinished(*member);
  llvm::erase_if(resident, [&](const std::unique_ptr<Cluster> &cluster) {
    return cluster.get() == &block.cluster;
  });
}

/// What a block must not leave behind.
void Machine::checkFinished(Block &block) {
  if (!options.checkOutstanding || failed)
    return;
  // Arrivals at a barrier that nobody waits for are no error: warp-groups that
  // take turns end with one.
  if (const AsyncOperation *oldest = asyncQueue.getOldest(block))
    fail("ptx line " + llvm::Twine(oldest->instruction.statement->line) +
         ": the block exits before this copy is complete: " +
         oldest->instruction.statement->text);
}

void Machine::reportDeadlock(llvm::StringRef why) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "deadlock: " << why;
  for (const Warp *warp : warps)
    warp->describe(os);
  fail(text);
}

void Machine::run() {
  while (!failed && (!warps.empty() || nextCluster < clusterOrder.size())) {
    bool mayStart = nextCluster < clusterOrder.size();
    uint64_t executed = statistics.warpInstructions;
    if (mayStart && (resident.size() < std::max(1u, options.residentBlocks) ||
                     executed - admission > admissionInterval)) {
      admission = executed;
      startCluster();
    }
    if (executed > options.maxInstructions)
      return reportDeadlock("the launch has executed more than " +
                            std::to_string(options.maxInstructions) +
                            " instructions");
    if (options.asynchrony == Asynchrony::Random && random.below(4) == 0)
      performRandomWork();
    bool ran = step();
    if (failed || (ran && polls < pollRounds * (warps.size() + 2)))
      continue;
    // Nobody can go on by himself.
    if (asyncQueue.performOne(*this, random.next()))
      polls = 0;
    else if (nextCluster < clusterOrder.size() && ran)
      admission = 0, startCluster();
    else if (!ran && !warps.empty())
      reportDeadlock("every warp waits");
    else if (polls > pollLimit)
      reportDeadlock("every warp polls and nothing changes");
  }
}

/// Performs something that is outstanding, or nothing.
void Machine::performRandomWork() {
  if (random.below(2) || warps.empty()) {
    asyncQueue.performOne(*this, random.next());
    return;
  }
  Warp &warp = *warps[random.below(warps.size())];
  warp.groups[random.below(warp.groups.size())].performOne(warp, random.next());
}

llvm::Expected<LaunchStatistics> Machine::launch(const Program &program,
                                                 llvm::StringRef kernel,
                                                 const LaunchConfig &config,
                                                 const LaunchOptions &options) {
  const FunctionCode *code = program.findKernel(kernel);
  if (!code)
    return llvm::createStringError("no kernel '" + kernel +
                                   "' in the PTX module");
  Machine machine(program, *code, config, options);
  if (llvm::Error error = machine.prepare())
    return error;
  uint8_t *parameters = machine.parameters.data() + machine.parameterBase;
  if (code->parameterBytes)
    machine.memory.add(parameters, code->parameterBytes, /*readOnly=*/true);
  machine.run();
  if (code->parameterBytes)
    machine.memory.release(parameters);
  if (machine.failed)
    return llvm::createStringError(machine.message);
  return machine.statistics;
}
