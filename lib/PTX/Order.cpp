//===- Order.cpp - Fences, and atomics as synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Strong accesses to one address order their threads where a release meets an
// acquire; a fence makes the relaxed accesses around it do so. PTX ISA, "Memory
// Consistency Model". Scopes are not told apart: a device has one scope here.
//
//===----------------------------------------------------------------------===//

#include "Order.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static void join(llvm::DenseMap<uint32_t, uint32_t> &into,
                 const llvm::DenseMap<uint32_t, uint32_t> &from) {
  for (auto [warp, time] : from) {
    uint32_t &known = into[warp];
    known = std::max(known, time);
  }
}

static void join(Publication &into, const Publication &from) {
  join(into.generic, from.generic);
  join(into.async, from.async);
}

/// Everything that `warp` knows, and its own accesses so far.
static Publication release(Warp &warp) {
  VectorClock &clock = warp.clock;
  uint32_t firstWarp = warp.block.cluster.firstWarp;
  Publication result;
  for (size_t i = 0; i < clock.known.generic.size(); ++i) {
    if (clock.known.generic[i])
      result.generic[firstWarp + i] = clock.known.generic[i];
    if (clock.known.async[i])
      result.async[firstWarp + i] = clock.known.async[i];
  }
  // Scalars do not tell lanes apart: what one lane knows, or is known of one
  // lane, is published, too.
  auto publishLanes = [&](const Knowledge &own) {
    for (size_t i = 0; i < own.generic.size(); ++i) {
      const LaneTimes *lanes = own.findLanes(i);
      uint32_t time = lanes ? *llvm::max_element(*lanes) : own.generic[i];
      if (time > result.generic.lookup(firstWarp + i))
        result.generic[firstWarp + i] = time;
    }
  };
  publishLanes(clock.known);
  for (unsigned lane = 0; clock.laneKnown && lane < warpSize; ++lane)
    publishLanes((*clock.laneKnown)[lane]);
  join(result.generic, clock.known.foreign);
  result.generic[warp.id] = clock.now;
  clock.now = warp.machine.tick();
  return result;
}

static void acquire(Warp &warp, const Publication &from) {
  Knowledge &known = warp.clock.known;
  uint32_t firstWarp = warp.block.cluster.firstWarp;
  for (auto [id, time] : from.generic) {
    uint32_t position = id - firstWarp;
    uint32_t &time2 = position < known.generic.size() ? known.generic[position]
                                                      : known.foreign[id];
    time2 = std::max(time2, time);
  }
  for (auto [id, time] : from.async) {
    uint32_t position = id - firstWarp;
    if (position < known.async.size())
      known.async[position] = std::max(known.async[position], time);
  }
}

void ptx::observe(Warp &warp, const uint8_t *memory, bool acquires) {
  auto found = warp.machine.publications.find(memory);
  if (found == warp.machine.publications.end())
    return;
  if (acquires)
    acquire(warp, found->second);
  else
    join(warp.clock.found, found->second);
}

void ptx::publish(Warp &warp, const uint8_t *memory, bool releases) {
  if (!releases && warp.clock.fenced.generic.empty())
    return;
  // A chain of atomics passes on what was there (release sequences).
  join(warp.machine.publications[memory],
       releases ? release(warp) : warp.clock.fenced);
}

void ptx::fence(Warp &warp) {
  acquire(warp, warp.clock.found);
  warp.clock.found = Publication();
  warp.clock.fenced = release(warp);
}
