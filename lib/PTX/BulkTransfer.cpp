//===- BulkTransfer.cpp - Asynchronous copies of blocks of memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BulkTransfer.h"
#include "SharedAccess.h"
#include <cstring>

using namespace mlir::sattn::ptx;
using llvm::Twine;

/// Host memory behind a chunk's bytes inside the tensor, which are all in one
/// allocation or the copy is out of bounds. Also checks for races: the copy may
/// read or write from now on.
static bool checkGlobal(Warp &warp, const Instruction &instruction,
                        unsigned lane, const BoxChunk &chunk, bool write) {
  if (chunk.first == chunk.last)
    return true;
  uint64_t address = chunk.global + chunk.first;
  unsigned bytes = chunk.last - chunk.first;
  GlobalMemory &memory = warp.machine.memory;
  GlobalMemory::Allocation *allocation = memory.find(address, bytes);
  if (!allocation || (write && allocation->readOnly)) {
    warp.fail(instruction, lane,
              Twine(allocation ? "write to read-only memory"
                               : "global memory access out of bounds") +
                  " by an asynchronous copy: " + Twine(bytes) +
                  " bytes at address 0x" + Twine::utohexstr(address));
    return false;
  }
  RaceDetector::Kind kind;
  kind.write = write;
  kind.async = true;
  return !warp.machine.options.checkRaces ||
         warp.machine.races.accessGlobal(warp, instruction, lane, *allocation,
                                         address, bytes, kind);
}

/// Checks all chunks and marks their bytes of shared memory as in use.
static bool begin(Warp &warp, const Instruction &instruction, unsigned lane,
                  Block &block, const TransferPlan &plan, bool load) {
  RaceDetector::Kind kind;
  kind.write = load;
  kind.async = true;
  for (const BoxChunk &chunk : plan.chunks) {
    Block *owner;
    if (!block.access(warp, instruction, lane, chunk.shared, 16, 16, owner) ||
        !checkGlobal(warp, instruction, lane, chunk, !load))
      return false;
    if (warp.machine.options.checkRaces &&
        !warp.machine.races.beginAsync(warp, instruction, lane, block,
                                       chunk.shared, 16, kind))
      return false;
  }
  return true;
}

namespace {
/// What both directions share.
class Transfer : public AsyncOperation {
public:
  Transfer(Block &issuer, const Instruction &instruction, unsigned lane,
           Block &target, TransferPlan plan)
      : AsyncOperation(issuer, instruction), lane(lane), target(target),
        plan(std::move(plan)) {}

protected:
  /// Ends what `begin` began; the time of the copy in the clock of the block's
  /// asynchronous work.
  uint32_t end(bool load) {
    Machine &machine = target.machine;
    uint32_t time = machine.tick();
    RaceDetector::Kind kind;
    kind.write = load;
    kind.async = true;
    if (machine.options.checkRaces)
      for (const BoxChunk &chunk : plan.chunks)
        machine.races.endAsync(instruction, getAsyncPosition(target), time,
                               lane, target, chunk.shared, 16, kind);
    return time;
  }

  unsigned lane;
  /// The block whose shared memory it is.
  Block &target;
  TransferPlan plan;
};

class Load : public Transfer {
public:
  Load(Block &issuer, const Instruction &instruction, unsigned lane,
       Block &target, TransferPlan plan, uint32_t mbarrier)
      : Transfer(issuer, instruction, lane, target, std::move(plan)),
        mbarrier(mbarrier) {}

  bool perform(Machine &, uint32_t) override {
    for (const BoxChunk &chunk : plan.chunks) {
      uint8_t *bytes = target.shared.data() + chunk.shared;
      std::memcpy(bytes, plan.fill, 16);
      if (chunk.first != chunk.last)
        std::memcpy(bytes + chunk.first,
                    reinterpret_cast<const uint8_t *>(chunk.global) +
                        chunk.first,
                    chunk.last - chunk.first);
      std::memset(target.initialized.data() + chunk.shared, 1, 16);
    }
    unsigned position = getAsyncPosition(target);
    Knowledge knowledge;
    knowledge.resize(target.cluster.numClocks);
    knowledge.generic[position] = knowledge.async[position] = end(true);
    return target.completeTransaction(instruction, mbarrier,
                                      plan.transactionBytes, &knowledge);
  }

private:
  uint32_t mbarrier;
};

class Store : public Transfer {
public:
  using Transfer::Transfer;

  bool perform(Machine &, uint32_t) override {
    for (const BoxChunk &chunk : plan.chunks) {
      if (chunk.first == chunk.last)
        continue;
      if (!expectInitialized(instruction, target, chunk.shared + chunk.first,
                             chunk.last - chunk.first))
        return false;
      std::memcpy(reinterpret_cast<uint8_t *>(chunk.global) + chunk.first,
                  target.shared.data() + chunk.shared + chunk.first,
                  chunk.last - chunk.first);
    }
    return true;
  }
  void retire(Warp &warp, uint32_t) override {
    unsigned position = getAsyncPosition(target);
    uint32_t time = end(false);
    warp.clock.known.generic[position] = time;
    warp.clock.known.async[position] = time;
  }
};
} // namespace

bool mlir::sattn::ptx::issueLoad(Warp &warp, const Instruction &instruction,
                                 unsigned lane, Block &target,
                                 TransferPlan plan, uint32_t mbarrier) {
  const Mbarrier *found =
      target.findMbarrier(warp, instruction, lane, mbarrier);
  if (!found)
    return false;
  if (found->hiddenBy != ~0u) {
    warp.fail(instruction, lane,
              "expected a fence.mbarrier_init or fence.proxy.async between the "
              "initialization of the mbarrier and this copy");
    return false;
  }
  if (!begin(warp, instruction, lane, target, plan, /*load=*/true))
    return false;
  return warp.machine.asyncQueue.add(
      warp.machine, std::make_unique<Load>(warp.block, instruction, lane,
                                           target, std::move(plan), mbarrier));
}

bool mlir::sattn::ptx::issueStore(Warp &warp, const Instruction &instruction,
                                  unsigned lane, TransferPlan plan) {
  if (!begin(warp, instruction, lane, warp.block, plan, /*load=*/false))
    return false;
  warp.groups[unsigned(AsyncGroupKind::Bulk)].add(
      warp,
      std::make_unique<Store>(warp.block, instruction, lane, warp.block,
                              std::move(plan)),
      1u << lane);
  return true;
}
