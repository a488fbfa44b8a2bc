//===- Mbarriers.cpp - Barriers in shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mbarrier.* and cp.async.mbarrier.arrive. PTX ISA, "Parallel Synchronization
// and Communication Instructions: mbarrier". A token is the number of a phase,
// its pending arrivals in the upper half.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "MemoryForm.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

/// Arrivals that a phase can wait for (20 bits).
static constexpr uint32_t maxCount = (1 << 20) - 1;
static constexpr unsigned mbarrierBytes = 8;

//===----------------------------------------------------------------------===//
// The objects
//===----------------------------------------------------------------------===//

static void tryCompletePhase(Mbarrier &mbarrier) {
  if (mbarrier.pending || mbarrier.transactions)
    return;
  mbarrier.pending = mbarrier.count;
  ++mbarrier.phase;
  mbarrier.lastArrivers = std::move(mbarrier.arrivers);
  mbarrier.arrivers.clear();
  mbarrier.released.join(mbarrier.knowledge);
}

Mbarrier *Block::findMbarrier(Warp &warp, const Instruction &instruction,
                              unsigned lane, uint64_t address, bool creates) {
  Block *owner = nullptr;
  uint8_t *memory = access(warp, instruction, lane, address, mbarrierBytes,
                           mbarrierBytes, owner);
  if (!memory)
    return nullptr;
  uint32_t offset = memory - owner->shared.data();
  // Among themselves the operations are atomic; making one is not.
  RaceDetector::Kind kind;
  kind.write = true;
  kind.strong = !creates;
  // The operations order themselves: a bar.warp.sync has no part in that.
  bool hadWritten = warp.clock.hasWritten;
  if (machine.options.checkRaces &&
      !machine.races.accessShared(warp, instruction, lane, *owner, offset,
                                  mbarrierBytes, kind))
    return nullptr;
  if (!creates)
    warp.clock.hasWritten = hadWritten;
  if (creates) {
    std::memset(owner->initialized.data() + offset, 1, mbarrierBytes);
    return &owner->mbarriers[offset];
  }
  auto found = owner->mbarriers.find(offset);
  if (found != owner->mbarriers.end())
    return &found->second;
  warp.fail(instruction, lane,
            "no mbarrier was initialized at shared memory offset " +
                llvm::Twine(offset - sharedBase));
  return nullptr;
}

void Block::showMbarriers(const Warp &warp) {
  for (auto &entry : mbarriers)
    if (entry.second.hiddenBy == warp.id)
      entry.second.hiddenBy = ~0u;
}

bool Block::completeTransaction(const Instruction &instruction,
                                uint64_t address, uint64_t bytes,
                                const Knowledge *knowledge) {
  Block *owner = nullptr;
  uint8_t *memory = accessAsync(instruction, address, mbarrierBytes, owner);
  if (!memory)
    return false;
  uint32_t offset = memory - owner->shared.data();
  auto found = owner->mbarriers.find(offset);
  if (found == owner->mbarriers.end()) {
    machine.fail("ptx line " + llvm::Twine(instruction.statement->line) +
                 ": no mbarrier was initialized at shared memory offset " +
                 llvm::Twine(offset - sharedBase) + ": " +
                 instruction.statement->text);
    return false;
  }
  if (knowledge)
    found->second.knowledge.join(*knowledge);
  found->second.transactions -= bytes;
  tryCompletePhase(found->second);
  return true;
}

namespace {
/// A thread waits for a phase of an mbarrier. The object may move or go away.
class MbarrierWait : public WaitCondition {
public:
  MbarrierWait(Block &block, uint64_t address, const Mbarrier &mbarrier)
      : block(block), address(address), phase(mbarrier.phase) {}
  bool isReady() override {
    const Mbarrier *mbarrier = find();
    return !mbarrier || mbarrier->phase != phase;
  }
  void describe(llvm::raw_ostream &os) const override {
    os << "the mbarrier at shared memory offset "
       << (address & 0xffffff) - sharedBase;
    if (const Mbarrier *mbarrier = find())
      os << ", phase " << phase << " (" << mbarrier->pending << " of "
         << mbarrier->count << " arrivals and " << mbarrier->transactions
         << " bytes of copies are missing)";
  }

private:
  const Mbarrier *find() const {
    auto found = block.mbarriers.find(address & 0xffffff);
    return found == block.mbarriers.end() ? nullptr : &found->second;
  }
  Block &block;
  uint64_t address, phase;
};

// `Instruction::modifier` of mbarrier instructions.
enum : uint32_t {
  dropBit = 1,
  expectBit = 2,
  relaxedBit = 4,
  parityBit = 8,
  blockingBit = 16,
  incrementBit = 32,
};
} // namespace

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

static void runInit(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint32_t *count = warp.read<uint32_t>(i.b);
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    if (count[lane] == 0 || count[lane] > maxCount)
      return warp.fail(i, lane,
                       "expected a count from 1 to " + llvm::Twine(maxCount) +
                           ", got " + llvm::Twine(count[lane]));
    Mbarrier *mbarrier = warp.block.findMbarrier(
        warp, i, lane, warp.getAddress(i, lane), /*creates=*/true);
    if (!mbarrier)
      return;
    *mbarrier = Mbarrier();
    mbarrier->pending = mbarrier->count = count[lane];
    mbarrier->hiddenBy = warp.id;
    mbarrier->knowledge.resize(warp.clock.known.generic.size());
    mbarrier->released.resize(warp.clock.known.generic.size());
  }
}

static void runInval(Warp &warp, const Instruction &i, uint32_t lanes) {
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    uint64_t address = warp.getAddress(i, lane);
    if (!warp.block.findMbarrier(warp, i, lane, address))
      return;
    warp.block.mbarriers.erase(uint32_t(address & 0xffffff));
  }
}

/// expect_tx and complete_tx without an arrival.
template <int sign>
static void runTransaction(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint32_t *bytes = warp.read<uint32_t>(i.b);
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    Mbarrier *mbarrier =
        warp.block.findMbarrier(warp, i, lane, warp.getAddress(i, lane));
    if (!mbarrier)
      return;
    mbarrier->transactions += sign * int64_t(bytes[lane]);
    tryCompletePhase(*mbarrier);
  }
}

/// Arrival of one lane: operand b is a count or a number of bytes.
static bool arrive(Warp &warp, const Instruction &i, unsigned lane,
                   Mbarrier &mbarrier) {
  uint32_t operand = i.b.isNone() ? 1 : warp.read<uint32_t>(i.b)[lane];
  uint32_t count = i.modifier & expectBit ? 1 : operand;
  if (i.modifier & expectBit)
    mbarrier.transactions += operand;
  if (count > mbarrier.pending) {
    warp.fail(i, lane,
              "more threads arrive at the mbarrier than it waits for: " +
                  llvm::Twine(mbarrier.pending) + " of " +
                  llvm::Twine(mbarrier.count) + " arrivals are missing");
    return false;
  }
  mbarrier.pending -= count;
  if (i.modifier & dropBit)
    mbarrier.count -= count;
  return true;
}

static void runArrive(Warp &warp, const Instruction &i, uint32_t lanes) {
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    Mbarrier *mbarrier =
        warp.block.findMbarrier(warp, i, lane, warp.getAddress(i, lane));
    if (!mbarrier)
      return;
    if (!i.d.isNone())
      warp.write<uint64_t>(i.d)[lane] =
          (mbarrier->phase & 0xffffffff) | uint64_t(mbarrier->pending) << 32;
    if (!(i.modifier & relaxedBit))
      warp.machine.races.release(warp, mbarrier->knowledge, 1u << lane);
    if (warp.machine.options.use)
      mbarrier->arrivers.push_back(&i);
    if (!arrive(warp, i, lane, *mbarrier))
      return;
    tryCompletePhase(*mbarrier);
  }
}

/// A wait of `lane` is over: what it and the arrivals were good for.
static void noteUse(Warp &warp, const Instruction &i, unsigned lane,
                    const Mbarrier &mbarrier) {
  for (const Instruction *arriver : mbarrier.lastArrivers)
    warp.machine.markUsed(*arriver);
  const VectorClock &clock = warp.clock;
  if (clock.known.covers(mbarrier.released))
    return;
  Knowledge known = clock.known;
  if (clock.laneKnown)
    known.join((*clock.laneKnown)[lane]);
  if (!known.covers(mbarrier.released))
    warp.machine.markUsed(i);
}

/// Lanes that have waited for the same mbarrier, mostly all, acquire together.
static void
acquireAll(Warp &warp,
           llvm::ArrayRef<std::pair<unsigned, const Mbarrier *>> acquired) {
  for (size_t i = 0; i < acquired.size();) {
    const Mbarrier *mbarrier = acquired[i].second;
    uint32_t lanes = 0;
    for (; i < acquired.size() && acquired[i].second == mbarrier; ++i)
      lanes |= 1u << acquired[i].first;
    warp.machine.races.acquire(warp, mbarrier->released, lanes);
  }
}

static void runWait(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint32_t complete = 0;
  llvm::SmallVector<std::pair<unsigned, const Mbarrier *>, warpSize> acquired;
  const Mbarrier *open = nullptr;
  uint64_t openAddress = 0;
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    uint64_t address = warp.getAddress(i, lane);
    Mbarrier *mbarrier = warp.block.findMbarrier(warp, i, lane, address);
    if (!mbarrier)
      return;
    bool isOver =
        i.modifier & parityBit
            ? (mbarrier->phase & 1) != (warp.read<uint32_t>(i.b)[lane] & 1)
            : (mbarrier->phase & 0xffffffff) !=
                  (warp.read<uint64_t>(i.b)[lane] & 0xffffffff);
    if (!isOver) {
      open = mbarrier;
      openAddress = address;
      continue;
    }
    complete |= 1u << lane;
    if (warp.machine.options.use)
      noteUse(warp, i, lane, *mbarrier);
    acquired.emplace_back(lane, mbarrier);
  }
  if (!(i.modifier & relaxedBit))
    acquireAll(warp, acquired);
  if (!complete && i.modifier & blockingBit && warp.machine.random.below(4))
    return warp.wait(
        std::make_unique<MbarrierWait>(warp.block, openAddress, *open),
        /*retry=*/true);
  // A time limit that is over, or a test: the caller polls.
  warp.writePredicate(i.d, complete, lanes);
  if (!complete)
    warp.yield();
}

static void runPendingCount(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint64_t *token = warp.read<uint64_t>(i.a);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      warp.write<uint32_t>(i.d)[lane] = token[lane] >> 32;
}

//===----------------------------------------------------------------------===//
// Arrival of earlier copies
//===----------------------------------------------------------------------===//

namespace {
/// Arrives for `lanes` when their earlier `cp.async` are complete.
class CopyArrival : public AsyncOperation {
public:
  CopyArrival(Warp &warp, const Instruction &instruction, uint32_t lanes,
              uint64_t issued)
      : AsyncOperation(warp.block, instruction), warp(warp), lanes(lanes),
        issued(issued) {
    for (unsigned lane = 0; lane < warpSize; ++lane)
      addresses[lane] = warp.getAddress(instruction, lane);
  }
  bool perform(Machine &machine, uint32_t) override {
    AsyncGroups &copies = warp.groups[unsigned(AsyncGroupKind::Copy)];
    if (!copies.waitWatched(warp, lanes, issued))
      return false;
    for (uint32_t left = lanes; left; left &= left - 1) {
      unsigned lane = llvm::countr_zero(left);
      Block *owner = nullptr;
      uint8_t *memory =
          block.accessAsync(instruction, addresses[lane], mbarrierBytes, owner);
      if (!memory)
        return false;
      auto found = owner->mbarriers.find(memory - owner->shared.data());
      if (found == owner->mbarriers.end() || !found->second.pending) {
        warp.fail(instruction, lane, "the mbarrier does not wait for this");
        return false;
      }
      machine.races.release(warp, found->second.knowledge, 1u << lane);
      if (machine.options.use)
        found->second.arrivers.push_back(&instruction);
      --found->second.pending;
      tryCompletePhase(found->second);
    }
    return true;
  }

private:
  Warp &warp;
  uint32_t lanes;
  uint64_t issued;
  std::array<uint64_t, warpSize> addresses;
};
} // namespace

static void runCopyArrive(Warp &warp, const Instruction &i, uint32_t lanes) {
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    Mbarrier *mbarrier =
        warp.block.findMbarrier(warp, i, lane, warp.getAddress(i, lane));
    if (!mbarrier)
      return;
    if (i.modifier & incrementBit)
      ++mbarrier->pending;
  }
  AsyncGroups &copies = warp.groups[unsigned(AsyncGroupKind::Copy)];
  warp.machine.asyncQueue.add(
      warp.machine,
      std::make_unique<CopyArrival>(warp, i, lanes, copies.watch(lanes)));
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// `.sem.scope.space.b64` behind the operation; all optional but the type.
static bool readTail(ModifierReader &modifiers, Instruction &i) {
  int order = modifiers.consumeAny({"release", "acquire", "relaxed"});
  if (order == 2)
    i.modifier |= relaxedBit;
  if (order >= 0 && modifiers.consumeAny({"cta", "cluster"}) < 0)
    return false;
  modifiers.consumeAny({"shared", "shared::cta", "shared::cluster"});
  return modifiers.consume("b64") && modifiers.done();
}

static bool decodeArrive(Decoder &decoder, const Statement &statement,
                         ModifierReader &modifiers, Instruction &i) {
  bool expects = modifiers.consume("expect_tx");
  i.modifier |= expects ? expectBit : 0;
  modifiers.consume("noComplete");
  if (!readTail(modifiers, i))
    return false;
  i.run = runArrive;
  size_t count = statement.operands.size();
  if (count < 2 || count > 3 || (expects && count != 3))
    return decoder.fail(statement, "expected a state, an address and a count");
  if (statement.operands[0].kind != Operand::Kind::Sink &&
      !decoder.destination(statement, statement.operands[0], ScalarType::B64,
                           i.d))
    return false;
  return decoder.address(statement, statement.operands[1], StateSpace::Shared,
                         i) &&
         (count < 3 || decoder.source(statement, statement.operands[2],
                                      ScalarType::U32, i.b));
}

static bool decodeWait(Decoder &decoder, const Statement &statement,
                       ModifierReader &modifiers, Instruction &i) {
  if (modifiers.consume("parity"))
    i.modifier |= parityBit;
  if (!readTail(modifiers, i))
    return false;
  i.run = runWait;
  size_t count = statement.operands.size();
  if (count != 3 && !(count == 4 && i.modifier & blockingBit))
    return decoder.fail(statement,
                        "expected a predicate, an address and a phase");
  return decoder.destination(statement, statement.operands[0], ScalarType::Pred,
                             i.d) &&
         decoder.address(statement, statement.operands[1], StateSpace::Shared,
                         i) &&
         decoder.source(
             statement, statement.operands[2],
             i.modifier & parityBit ? ScalarType::U32 : ScalarType::B64, i.b);
}

static bool decodeMbarrier(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  ModifierReader modifiers(statement);
  int operation = modifiers.consumeAny(
      {"init", "inval", "expect_tx", "complete_tx", "arrive", "arrive_drop",
       "test_wait", "try_wait", "pending_count"});
  if (operation == 4 || operation == 5) {
    i.modifier = operation == 5 ? dropBit : 0;
    return decodeArrive(decoder, statement, modifiers, i);
  }
  if (operation == 6 || operation == 7) {
    i.modifier = operation == 7 ? blockingBit : 0;
    return decodeWait(decoder, statement, modifiers, i);
  }
  if (operation < 0 || !readTail(modifiers, i))
    return false;
  if (operation == 8) {
    i.run = runPendingCount;
    return decodeOperands(decoder, statement, i, ScalarType::U32,
                          {ScalarType::B64});
  }
  static constexpr Handler handlers[] = {runInit, runInval, runTransaction<1>,
                                         runTransaction<-1>};
  i.run = handlers[operation];
  bool hasOperand = operation != 1;
  return decoder.expectOperands(statement, 1 + hasOperand) &&
         decoder.address(statement, statement.operands[0], StateSpace::Shared,
                         i) &&
         (!hasOperand || decoder.source(statement, statement.operands[1],
                                        ScalarType::U32, i.b));
}

/// `cp.async.mbarrier.arrive{.noinc}.shared.b64 [mbarrier]`.
static bool decodeCopyArrive(Decoder &decoder, const Statement &statement,
                             Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("async") || !modifiers.consume("mbarrier") ||
      !modifiers.consume("arrive"))
    return false;
  if (!modifiers.consume("noinc"))
    i.modifier = incrementBit;
  i.run = runCopyArrive;
  return readTail(modifiers, i) && decoder.expectOperands(statement, 1) &&
         decoder.address(statement, statement.operands[0], StateSpace::Shared,
                         i);
}

void ptx::registerMbarriers(InstructionTable &table) {
  table.add("mbarrier", decodeMbarrier);
  table.add("cp", decodeCopyArrive);
}
