//===- Clock.cpp - What warps and synchronisation objects know -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Releases and acquires, of whole warps and of single lanes. A barrier or
// mbarrier orders the threads that execute it (PTX ISA, "Memory Consistency
// Model: Causality Order"): what another lane of the warp did before is
// published by a lane's arrival only after a bar.warp.sync of the two.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"
#include "llvm/ADT/bit.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static void joinTimes(std::vector<uint32_t> &into,
                      const std::vector<uint32_t> &from) {
  if (into.size() < from.size())
    into.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    into[i] = std::max(into[i], from[i]);
}

const LaneTimes *Knowledge::findLanes(uint32_t position) const {
  for (const auto &[warp, times] : lanes)
    if (warp == position)
      return &times;
  return nullptr;
}

void Knowledge::joinLanes(uint32_t position, const LaneTimes &times) {
  auto entry = llvm::find_if(
      lanes, [&](const auto &other) { return other.first == position; });
  if (entry == lanes.end()) {
    lanes.emplace_back(position, LaneTimes());
    entry = std::prev(lanes.end());
  }
  LaneTimes &joined = entry->second;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    joined[lane] = std::max(joined[lane], times[lane]);
  uint32_t &all = generic[position];
  all = std::max(all, *llvm::min_element(joined));
  if (*llvm::max_element(joined) <= all)
    lanes.erase(entry);
}

void Knowledge::join(const Knowledge &other) {
  joinTimes(generic, other.generic);
  joinTimes(async, other.async);
  for (auto [warp, time] : other.foreign) {
    uint32_t &known = foreign[warp];
    known = std::max(known, time);
  }
  for (const auto &[position, times] : other.lanes)
    joinLanes(position, times);
}

void Knowledge::clear() {
  std::fill(generic.begin(), generic.end(), 0);
  std::fill(async.begin(), async.end(), 0);
  foreign.clear();
  lanes.clear();
}

bool Knowledge::covers(const Knowledge &other) const {
  auto isCovered = [](const std::vector<uint32_t> &own,
                      const std::vector<uint32_t> &times) {
    for (size_t i = 0; i < times.size(); ++i)
      if (times[i] > (i < own.size() ? own[i] : 0))
        return false;
    return true;
  };
  for (const auto &[position, times] : other.lanes) {
    const LaneTimes *own = findLanes(position);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (times[lane] > std::max(generic[position], own ? (*own)[lane] : 0))
        return false;
  }
  return isCovered(generic, other.generic) && isCovered(async, other.async) &&
         other.foreign.empty();
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

/// What `lane` alone knows, made on first use.
static Knowledge &getOwnKnowledge(VectorClock &clock, unsigned lane) {
  if (!clock.laneKnown)
    clock.laneKnown = std::make_unique<std::array<Knowledge, warpSize>>();
  Knowledge &own = (*clock.laneKnown)[lane];
  own.resize(clock.known.generic.size());
  return own;
}

/// Calls `action` with each lane in `lanes`.
template <typename Action> static void forLanes(uint32_t lanes, Action action) {
  for (; lanes; lanes &= lanes - 1)
    action(unsigned(llvm::countr_zero(lanes)));
}

void RaceDetector::release(Warp &warp, Knowledge &into, uint32_t lanes) {
  VectorClock &clock = warp.clock;
  into.join(clock.known);
  if (clock.laneKnown)
    forLanes(lanes,
             [&](unsigned lane) { into.join((*clock.laneKnown)[lane]); });
  if (lanes == warp.getLive()) {
    uint32_t &own = into.generic[clock.self];
    own = std::max(own, clock.now);
  } else {
    LaneTimes times{};
    forLanes(lanes, [&](unsigned lane) {
      for (unsigned other = 0; other < warpSize; ++other)
        times[other] = std::max(
            times[other],
            other == lane ? clock.now
                          : std::min(clock.synced[lane], clock.synced[other]));
    });
    into.joinLanes(clock.self, times);
  }
  clock.now = machine.tick();
}

void RaceDetector::acquire(Warp &warp, const Knowledge &from, uint32_t lanes) {
  if (lanes == warp.getLive())
    return warp.clock.known.join(from);
  forLanes(lanes, [&](unsigned lane) {
    getOwnKnowledge(warp.clock, lane).join(from);
  });
}

void RaceDetector::syncLanes(Warp &warp, uint32_t lanes) {
  VectorClock &clock = warp.clock;
  bool isWhole = lanes == warp.getLive();
  if (clock.laneKnown) {
    Knowledge all;
    forLanes(lanes, [&](unsigned lane) { all.join((*clock.laneKnown)[lane]); });
    acquire(warp, all, lanes);
    if (isWhole)
      clock.laneKnown.reset();
  }
  forLanes(lanes, [&](unsigned lane) { clock.synced[lane] = clock.now; });
  clock.now = machine.tick();
  if (isWhole) {
    clock.hasWritten = false;
    clock.readWords.clear();
  }
}

void RaceDetector::noteAccess(Warp &warp, uint64_t word, unsigned bytes,
                              Kind kind) {
  if (!kind.async && kind.write)
    warp.clock.hasWritten = true;
  for (uint64_t end = word + (bytes + 3) / 4; word != end; ++word) {
    if (!kind.write)
      warp.clock.readWords.push_back(word);
    auto found = synchronizedReads.find(word);
    if (!kind.write || found == synchronizedReads.end())
      continue;
    for (const Instruction *instruction : found->second)
      machine.markUsed(*instruction);
    synchronizedReads.erase(found);
  }
}

void RaceDetector::noteWarpSync(Warp &warp, const Instruction &instruction,
                                uint32_t lanes) {
  const VectorClock &clock = warp.clock;
  if (lanes != warp.getLive() || clock.hasWritten || clock.laneKnown)
    return machine.markUsed(instruction);
  for (uint64_t word : clock.readWords) {
    auto &instructions = synchronizedReads[word];
    if (!llvm::is_contained(instructions, &instruction))
      instructions.push_back(&instruction);
  }
}

/// What `known` says of threads is said of the async proxy, too.
static void passToProxy(const Knowledge &known, Knowledge &into) {
  joinTimes(into.async, known.generic);
}

void RaceDetector::fenceProxy(Warp &warp, uint32_t lanes) {
  VectorClock &clock = warp.clock;
  auto fence = [&](Knowledge &known) {
    passToProxy(known, known);
    known.async[clock.self] = clock.now;
  };
  if (lanes == warp.getLive()) {
    fence(clock.known);
    if (clock.laneKnown)
      forLanes(lanes, [&](unsigned lane) {
        passToProxy((*clock.laneKnown)[lane], (*clock.laneKnown)[lane]);
      });
  } else {
    forLanes(lanes, [&](unsigned lane) {
      Knowledge &own = getOwnKnowledge(clock, lane);
      passToProxy(clock.known, own);
      fence(own);
    });
  }
  clock.now = machine.tick();
}
