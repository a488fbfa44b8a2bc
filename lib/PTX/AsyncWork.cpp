//===- AsyncWork.cpp - Copies and products that run beside the threads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Queues of what was issued and has not happened yet.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

void AsyncGroups::add(Warp &warp, std::unique_ptr<AsyncOperation> operation,
                      uint32_t lanes) {
  // The group is that of the first lane: lanes that have closed different
  // numbers of groups issue apart, as they have diverged.
  uint32_t group = committed[llvm::countr_zero(lanes)];
  pending.push_back({std::move(operation), lanes, lanes, group, issued++});
  if (warp.machine.options.asynchrony == Asynchrony::Early)
    performOne(warp, pending.size() - 1);
}

void AsyncGroups::commit(Warp &warp, const Instruction &instruction,
                         uint32_t lanes) {
  if (warp.machine.options.use)
    commits.push_back(&instruction);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    committed[lane] += lanes >> lane & 1;
}

bool AsyncGroups::isComplete(uint32_t lanes, uint32_t newest) const {
  uint32_t last = committed[llvm::countr_zero(lanes)];
  for (const Pending &entry : pending)
    if (entry.lanes & lanes && entry.group + newest < last &&
        !entry.operation->isComplete())
      return false;
  return true;
}

template <typename Predicate>
bool AsyncGroups::finish(Warp &warp, uint32_t lanes, Predicate isDue) {
  for (Pending &entry : pending) {
    uint32_t due = entry.lanes & lanes;
    if (!due || !isDue(entry))
      continue;
    if (uint32_t move = due & entry.unperformed) {
      entry.unperformed &= ~move;
      if (!entry.operation->perform(warp.machine, move))
        return false;
    }
    entry.operation->retire(warp, due);
    entry.lanes &= ~due;
  }
  llvm::erase_if(pending, [](const Pending &entry) { return !entry.lanes; });
  return true;
}

void AsyncGroups::noteWait(Warp &warp) {
  for (const Instruction *instruction : commits)
    warp.machine.markUsed(*instruction);
  commits.clear();
}

bool AsyncGroups::wait(Warp &warp, uint32_t lanes, uint32_t newest) {
  noteWait(warp);
  if (pending.empty())
    return true;
  uint32_t last = committed[llvm::countr_zero(lanes)];
  return finish(warp, lanes, [&](const Pending &entry) {
    return entry.group + newest < last;
  });
}

bool AsyncGroups::waitAll(Warp &warp, uint32_t lanes) {
  noteWait(warp);
  return finish(warp, lanes, [](const Pending &) { return true; });
}

uint64_t AsyncGroups::watch(uint32_t lanes) {
  for (Pending &entry : pending)
    entry.watched |= (entry.lanes & ~lanes) == 0;
  return issued;
}

bool AsyncGroups::waitWatched(Warp &warp, uint32_t lanes, uint64_t before) {
  return finish(warp, lanes,
                [&](const Pending &entry) { return entry.number < before; });
}

const AsyncOperation *AsyncGroups::getOldest() const {
  for (const Pending &entry : pending)
    if (!entry.watched)
      return entry.operation.get();
  return nullptr;
}

bool AsyncGroups::performOne(Warp &warp, unsigned choice) {
  if (pending.empty())
    return true;
  Pending &entry = pending[choice % pending.size()];
  uint32_t move = entry.unperformed;
  if (!move || !entry.operation->isComplete())
    return true;
  entry.unperformed = 0;
  return entry.operation->perform(warp.machine, move);
}

bool AsyncQueue::add(Machine &machine,
                     std::unique_ptr<AsyncOperation> operation) {
  if (machine.options.asynchrony == Asynchrony::Early)
    return operation->perform(machine, allLanes);
  pending.push_back(std::move(operation));
  return true;
}

bool AsyncQueue::performOne(Machine &machine, uint32_t choice) {
  if (pending.empty())
    return false;
  auto chosen = pending.begin() + choice % pending.size();
  std::unique_ptr<AsyncOperation> operation = std::move(*chosen);
  pending.erase(chosen);
  operation->perform(machine, allLanes);
  return true;
}

const AsyncOperation *AsyncQueue::getOldest(const Block &block) const {
  for (const auto &operation : pending)
    if (&operation->block == &block)
      return operation.get();
  return nullptr;
}
