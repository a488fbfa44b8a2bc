//===- Barriers.cpp - Barriers of blocks, clusters and warps; fences -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// bar, barrier, barrier.cluster, bar.warp.sync, membar, fence. PTX
// ISA, "Parallel Synchronization and Communication Instructions".
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Order.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

//===----------------------------------------------------------------------===//
// Named barriers
//===----------------------------------------------------------------------===//

namespace {
/// Threads wait for the phase of a barrier that they have arrived in.
class BarrierWait : public WaitCondition {
public:
  BarrierWait(Warp &warp, unsigned number, uint32_t lanes,
              std::shared_ptr<BarrierPhase> phase)
      : phase(std::move(phase)), warp(warp), lanes(lanes), number(number) {}
  bool isReady() override {
    if (!phase->complete)
      return false;
    for (const Instruction *arriver : phase->arrivers)
      warp.machine.markUsed(*arriver);
    warp.machine.races.acquire(warp, phase->knowledge, lanes);
    warp.machine.races.syncLanes(warp, lanes);
    return true;
  }
  void describe(llvm::raw_ostream &os) const override {
    os << "barrier " << number << " (" << phase->arrived << " of "
       << warp.block.getExpected(*phase) << " threads have arrived)";
  }

protected:
  std::shared_ptr<BarrierPhase> phase;
  Warp &warp;
  uint32_t lanes;

private:
  unsigned number;
};

// `Instruction::modifier` of barriers: the reduction, then flags.
enum : uint32_t {
  reduceAnd = 0,
  reduceOr = 1,
  reducePopc = 2,
  reduceMask = 3,
  alignedBit = 4,
  countBit = 8,
  negateBit = 16,
};
} // namespace

uint32_t Block::getExpected(const BarrierPhase &phase) const {
  if (phase.expected)
    return phase.expected;
  uint32_t live = 0;
  for (const auto &warp : warps)
    live += llvm::popcount(warp->getLive());
  return live;
}

void Block::completeBarriers() {
  for (NamedBarrier &barrier : barriers)
    if (barrier.phase && barrier.phase->arrived &&
        barrier.phase->arrived >= getExpected(*barrier.phase)) {
      barrier.phase->complete = true;
      barrier.phase.reset();
    }
}

/// Counts the arrival of `lanes`; false after an error.
static bool arrive(Warp &warp, const Instruction &i, uint32_t lanes,
                   unsigned number) {
  NamedBarrier &barrier = warp.block.barriers[number];
  unsigned first = llvm::countr_zero(lanes);
  uint32_t expected =
      i.modifier & countBit ? warp.read<uint32_t>(i.b)[first] : 0;
  if (i.modifier & countBit && (expected == 0 || expected % warpSize)) {
    warp.fail(i, first,
              "expected a number of threads that is a multiple of 32, got " +
                  llvm::Twine(expected));
    return false;
  }
  if (!barrier.phase) {
    barrier.phase = std::make_shared<BarrierPhase>();
    barrier.phase->expected = expected;
    barrier.phase->knowledge.resize(warp.clock.known.generic.size());
  }
  BarrierPhase &phase = *barrier.phase;
  if (phase.expected != expected) {
    warp.fail(i, first,
              "barrier " + llvm::Twine(number) + " waits for " +
                  llvm::Twine(warp.block.getExpected(phase)) +
                  " threads, this arrives for " + llvm::Twine(expected));
    return false;
  }
  // With a count, a warp counts as a whole.
  if (warp.machine.options.use)
    phase.arrivers.push_back(&i);
  bool wholeWarp = expected && i.modifier & alignedBit;
  phase.arrived += wholeWarp ? warpSize : llvm::popcount(lanes);
  if (phase.arrived > warp.block.getExpected(phase)) {
    warp.fail(i, first,
              "more threads arrive at barrier " + llvm::Twine(number) +
                  " than the " + llvm::Twine(warp.block.getExpected(phase)) +
                  " that it waits for");
    return false;
  }
  warp.machine.races.release(warp, phase.knowledge, lanes);
  return true;
}

/// The barrier that operand a names, if everything is right with the arrival
/// there; null after an error.
static std::shared_ptr<BarrierPhase> enter(Warp &warp, const Instruction &i,
                                           uint32_t lanes, unsigned &number) {
  if (i.modifier & alignedBit && !warp.expectConverged(i, lanes))
    return nullptr;
  unsigned first = llvm::countr_zero(lanes);
  number = warp.read<uint32_t>(i.a)[first];
  if (number >= warp.block.barriers.size()) {
    warp.fail(i, first,
              "expected a barrier from 0 to 15, got " + llvm::Twine(number));
    return nullptr;
  }
  return arrive(warp, i, lanes, number) ? warp.block.barriers[number].phase
                                        : nullptr;
}

static void runArrive(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned number = 0;
  if (enter(warp, i, lanes, number))
    warp.block.completeBarriers();
}

static void runSync(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned number = 0;
  auto phase = enter(warp, i, lanes, number);
  if (!phase)
    return;
  auto condition = std::make_unique<BarrierWait>(warp, number, lanes, phase);
  warp.block.completeBarriers();
  if (!condition->isReady())
    warp.wait(std::move(condition), /*retry=*/false);
}

//===----------------------------------------------------------------------===//
// Reductions over a barrier
//===----------------------------------------------------------------------===//

namespace {
/// As `BarrierWait`; writes the result of `bar.red` when the phase is complete.
class ReductionWait : public BarrierWait {
public:
  ReductionWait(Warp &warp, const Instruction &instruction, unsigned number,
                uint32_t lanes, std::shared_ptr<BarrierPhase> phase)
      : BarrierWait(warp, number, lanes, std::move(phase)), i(instruction),
        frame(warp.getSplit().frame) {}
  bool isReady() override {
    if (!BarrierWait::isReady())
      return false;
    uint8_t *to = frame->bytes.data() + i.d.getOffset();
    if ((i.modifier & reduceMask) == reducePopc) {
      for (unsigned lane = 0; lane < warpSize; ++lane)
        if (lanes >> lane & 1)
          std::memcpy(to + 4 * lane, &phase->count, 4);
      return true;
    }
    bool holds = (i.modifier & reduceMask) == reduceAnd
                     ? phase->count == phase->total
                     : phase->count != 0;
    uint32_t mask;
    std::memcpy(&mask, to, sizeof mask);
    mask = holds ? mask | lanes : mask & ~lanes;
    std::memcpy(to, &mask, sizeof mask);
    return true;
  }

private:
  const Instruction &i;
  std::shared_ptr<Frame> frame;
};
} // namespace

static void runReduction(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned number = 0;
  auto phase = enter(warp, i, lanes, number);
  if (!phase)
    return;
  uint32_t bits = warp.readPredicate(i.c);
  phase->total += llvm::popcount(lanes);
  phase->count +=
      llvm::popcount((i.modifier & negateBit ? ~bits : bits) & lanes);
  auto condition =
      std::make_unique<ReductionWait>(warp, i, number, lanes, phase);
  warp.block.completeBarriers();
  if (!condition->isReady())
    warp.wait(std::move(condition), /*retry=*/false);
}

static bool decodeBarrierOperands(Decoder &decoder, const Statement &statement,
                                  Instruction &i, unsigned results,
                                  unsigned predicates) {
  size_t count = statement.operands.size();
  if (count != 1 + results + predicates && count != 2 + results + predicates)
    return decoder.fail(statement, "expected a barrier and maybe a number of "
                                   "threads");
  if (count == 2 + results + predicates) {
    i.modifier |= countBit;
    if (!decoder.source(statement, statement.operands[results + 1],
                        ScalarType::U32, i.b))
      return false;
  }
  return decoder.source(statement, statement.operands[results], ScalarType::U32,
                        i.a);
}

static bool decodeReduction(Decoder &decoder, const Statement &statement,
                            ModifierReader &modifiers, Instruction &i) {
  if (modifiers.consume("aligned"))
    i.modifier |= alignedBit;
  int reduction = modifiers.consumeAny({"and", "or", "popc"});
  ScalarType type = reduction == 2 ? ScalarType::U32 : ScalarType::Pred;
  if (reduction < 0 || !modifiers.consume(getName(type)) || !modifiers.done())
    return false;
  i.modifier |= reduction;
  i.run = runReduction;
  if (!decodeBarrierOperands(decoder, statement, i, 1, 1))
    return false;
  if (statement.operands.back().negated)
    i.modifier |= negateBit;
  return decoder.destination(statement, statement.operands[0], type, i.d) &&
         decoder.source(statement, statement.operands.back(), ScalarType::Pred,
                        i.c);
}

static bool decodeBarrier(Decoder &decoder, const Statement &statement,
                          Instruction &i) {
  ModifierReader modifiers(statement);
  modifiers.consume("cta");
  // bar is barrier.aligned.
  if (statement.mnemonic == "bar")
    i.modifier = alignedBit;
  int kind = modifiers.consumeAny({"sync", "arrive", "red"});
  if (kind < 0)
    return false;
  if (kind == 2)
    return decodeReduction(decoder, statement, modifiers, i);
  if (modifiers.consume("aligned"))
    i.modifier |= alignedBit;
  if (!modifiers.done())
    return false;
  i.run = kind == 0 ? runSync : runArrive;
  return decodeBarrierOperands(decoder, statement, i, 0, 0) &&
         (kind == 0 || i.modifier & countBit ||
          decoder.fail(statement, "expected a number of threads"));
}

//===----------------------------------------------------------------------===//
// Warps and clusters
//===----------------------------------------------------------------------===//

static void runWarpSync(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint32_t members = warp.read<uint32_t>(i.a)[llvm::countr_zero(lanes)];
  if (warp.machine.options.use)
    warp.machine.races.noteWarpSync(warp, i, lanes);
  if (warp.gather(i, members, lanes))
    warp.machine.races.syncLanes(warp, lanes);
}

static bool decodeWarpSync(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  ModifierReader modifiers(statement);
  i.run = runWarpSync;
  return modifiers.consume("warp") && modifiers.consume("sync") &&
         modifiers.done() && decoder.expectOperands(statement, 1) &&
         decoder.source(statement, statement.operands[0], ScalarType::B32, i.a);
}

namespace {
class ClusterWait : public WaitCondition {
public:
  ClusterWait(Warp &warp, uint32_t lanes)
      : warp(warp), lanes(lanes), phase(warp.clusterPhase) {}
  bool isReady() override {
    Cluster &cluster = warp.block.cluster;
    if (cluster.phase == phase)
      return false;
    warp.machine.races.acquire(warp, cluster.released, lanes);
    warp.machine.races.syncLanes(warp, lanes);
    return true;
  }
  void describe(llvm::raw_ostream &os) const override {
    Cluster &cluster = warp.block.cluster;
    os << "the barrier of the cluster (" << cluster.arrived << " of "
       << cluster.liveWarps << " warps have arrived)";
  }

private:
  Warp &warp;
  uint32_t lanes, phase;
};
} // namespace

void Cluster::completeBarrier() {
  if (arrived == 0 || arrived < liveWarps)
    return;
  released = knowledge;
  knowledge.clear();
  arrived = 0;
  ++phase;
}

static void arriveAtCluster(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!warp.expectConverged(i, lanes))
    return;
  Cluster &cluster = warp.block.cluster;
  if (warp.clusterArrived)
    return warp.fail(i, 0,
                     "a second arrival at the barrier of the cluster "
                     "without a wait in between");
  warp.clusterArrived = true;
  warp.clusterPhase = cluster.phase;
  ++cluster.arrived;
  // Relaxed arrivals order nothing.
  if (!i.modifier)
    warp.machine.races.release(warp, cluster.knowledge, lanes);
  cluster.completeBarrier();
}

static void waitForCluster(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!warp.expectConverged(i, lanes))
    return;
  if (!warp.clusterArrived)
    return warp.fail(i, 0,
                     "a wait for the barrier of the cluster without an "
                     "arrival before");
  warp.clusterArrived = false;
  auto condition = std::make_unique<ClusterWait>(warp, lanes);
  if (!condition->isReady())
    warp.wait(std::move(condition), /*retry=*/false);
}

static bool decodeClusterBarrier(Decoder &decoder, const Statement &statement,
                                 Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("cluster"))
    return false;
  int kind = modifiers.consumeAny({"arrive", "wait"});
  int order = modifiers.consumeAny({"release", "acquire", "relaxed"});
  modifiers.consume("aligned");
  if (kind < 0 || !modifiers.done())
    return false;
  i.modifier = order == 2;
  i.run = kind == 0 ? arriveAtCluster : waitForCluster;
  return decoder.expectOperands(statement, 0);
}

//===----------------------------------------------------------------------===//
// Fences
//===----------------------------------------------------------------------===//

static void runFence(Warp &warp, const Instruction &, uint32_t) { fence(warp); }

static void runProxyFence(Warp &warp, const Instruction &, uint32_t lanes) {
  warp.machine.races.fenceProxy(warp, lanes);
  warp.block.showMbarriers(warp);
}

static void runMbarrierInitFence(Warp &warp, const Instruction &, uint32_t) {
  fence(warp);
  warp.block.showMbarriers(warp);
}

static bool decodeFence(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  if (!decoder.expectOperands(statement, 0))
    return false;
  i.run = runFence;
  if (statement.mnemonic == "membar")
    return modifiers.consumeAny({"cta", "gl", "sys"}) >= 0 && modifiers.done();
  if (modifiers.consume("proxy")) {
    i.run = runProxyFence;
    if (modifiers.consume("alias"))
      return modifiers.done();
    return modifiers.consume("async") &&
           (modifiers.done() ||
            (modifiers.consumeAny(
                 {"global", "shared::cta", "shared::cluster"}) >= 0 &&
             modifiers.done()));
  }
  if (modifiers.consume("mbarrier_init")) {
    i.run = runMbarrierInitFence;
    return modifiers.consume("release") && modifiers.consume("cluster") &&
           modifiers.done();
  }
  return modifiers.consumeAny({"sc", "acq_rel", "acquire", "release"}) >= 0 &&
         modifiers.consumeAny({"cta", "cluster", "gpu", "sys"}) >= 0 &&
         modifiers.done();
}

void ptx::registerBarriers(InstructionTable &table) {
  table.add("bar", decodeWarpSync);
  table.add("bar", decodeBarrier);
  table.add("barrier", decodeClusterBarrier);
  table.add("barrier", decodeBarrier);
  table.add("membar", decodeFence);
  table.add("fence", decodeFence);
}
