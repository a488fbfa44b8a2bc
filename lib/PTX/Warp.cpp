//===- Warp.cpp - Threads that execute together -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interpreter's inner loop, and what happens where lanes take different
// ways.
//
//===----------------------------------------------------------------------===//

#include "RegisterGuard.h"
#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Machine.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

/// What registers hold before the first write: recognisable, and no valid
/// address.
static constexpr uint8_t uninitializedByte = 0xCB;

static std::shared_ptr<Frame> makeFrame(const FunctionCode &code,
                                        uint32_t localBase) {
  auto frame = std::make_shared<Frame>();
  frame->code = &code;
  frame->bytes.assign(code.frameBytes, uninitializedByte);
  frame->localBase = localBase;
  return frame;
}

Warp::Warp(Machine &machine, Block &block, unsigned index, uint32_t id)
    : machine(machine), block(block), index(index), id(id) {
  uint64_t threads = machine.config.block.getCount();
  uint64_t here = std::min<uint64_t>(warpSize, threads - index * warpSize);
  live = here == warpSize ? allLanes : (1u << here) - 1;
  splits.reserve(16);
  newSplit(live, machine.kernel.begin, ~0u, -1, makeFrame(machine.kernel, 0));
  // Never written: destinations are always in the frame.
  bases[Slot::Constant] = const_cast<uint8_t *>(machine.program.getConstants());
  specials.resize(unsigned(SpecialRegister::Count) * 4 * warpSize);
  bases[Slot::Special] = specials.data();
  fillSpecials();
  if (machine.kernel.hasWgmma)
    registerGuard = std::make_shared<RegisterGuard>(
        machine.kernel.function->registers.size());
  localStride = machine.kernel.localBytes;
  local.assign(localStride * warpSize, uninitializedByte);
}

static uint32_t getSpecial(const Warp &warp, SpecialRegister which,
                           unsigned lane) {
  const Machine &machine = warp.machine;
  const Block &block = warp.block;
  Dim3 dim = machine.config.block, grid = machine.config.grid;
  Dim3 cluster = machine.clusterDim, at = block.position;
  uint32_t thread = warp.index * warpSize + lane;
  switch (which) {
  case SpecialRegister::TidX:
    return thread % dim.x;
  case SpecialRegister::TidY:
    return thread / dim.x % dim.y;
  case SpecialRegister::TidZ:
    return thread / dim.x / dim.y;
  case SpecialRegister::NtidX:
    return dim.x;
  case SpecialRegister::NtidY:
    return dim.y;
  case SpecialRegister::NtidZ:
    return dim.z;
  case SpecialRegister::CtaidX:
    return at.x;
  case SpecialRegister::CtaidY:
    return at.y;
  case SpecialRegister::CtaidZ:
    return at.z;
  case SpecialRegister::NctaidX:
    return grid.x;
  case SpecialRegister::NctaidY:
    return grid.y;
  case SpecialRegister::NctaidZ:
    return grid.z;
  case SpecialRegister::LaneId:
    return lane;
  case SpecialRegister::WarpId:
    return warp.index;
  case SpecialRegister::NwarpId:
    return (dim.getCount() + 31) / 32;
  case SpecialRegister::SmId:
    return 0;
  case SpecialRegister::NsmId:
    return 1;
  case SpecialRegister::GridId:
    return 1;
  case SpecialRegister::LanemaskEq:
    return 1u << lane;
  case SpecialRegister::LanemaskLe:
    return (2u << lane) - 1;
  case SpecialRegister::LanemaskLt:
    return (1u << lane) - 1;
  case SpecialRegister::LanemaskGe:
    return ~0u << lane;
  case SpecialRegister::LanemaskGt:
    return ~((2u << lane) - 1);
  case SpecialRegister::ClusteridX:
    return at.x / cluster.x;
  case SpecialRegister::ClusteridY:
    return at.y / cluster.y;
  case SpecialRegister::ClusteridZ:
    return at.z / cluster.z;
  case SpecialRegister::NclusteridX:
    return grid.x / cluster.x;
  case SpecialRegister::NclusteridY:
    return grid.y / cluster.y;
  case SpecialRegister::NclusteridZ:
    return grid.z / cluster.z;
  case SpecialRegister::ClusterCtaidX:
    return at.x % cluster.x;
  case SpecialRegister::ClusterCtaidY:
    return at.y % cluster.y;
  case SpecialRegister::ClusterCtaidZ:
    return at.z % cluster.z;
  case SpecialRegister::ClusterNctaidX:
    return cluster.x;
  case SpecialRegister::ClusterNctaidY:
    return cluster.y;
  case SpecialRegister::ClusterNctaidZ:
    return cluster.z;
  case SpecialRegister::ClusterCtarank:
    return block.rank;
  case SpecialRegister::ClusterNctarank:
    return cluster.getCount();
  case SpecialRegister::DynamicSmemSize:
    return machine.config.dynamicSharedBytes;
  case SpecialRegister::TotalSmemSize:
    return block.sharedSize - sharedBase;
  case SpecialRegister::Count:
    break;
  }
  return 0;
}

void Warp::fillSpecials() {
  for (SpecialRegister which : machine.program.getUsedSpecials())
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      uint32_t value = getSpecial(*this, which, lane);
      std::memcpy(&specials[(unsigned(which) * warpSize + lane) * 4], &value,
                  4);
    }
}

uint64_t Warp::getAddress(const Instruction &instruction, unsigned lane) const {
  uint64_t base = instruction.modifier & shortAddress
                      ? read<uint32_t>(instruction.a)[lane]
                      : read<uint64_t>(instruction.a)[lane];
  if (LLVM_UNLIKELY(instruction.modifier & frameAddress))
    base += getSplit().frame->localBase;
  return base + instruction.immediate;
}

void Warp::fail(const Instruction &instruction, unsigned lane,
                const llvm::Twine &message) {
  stopped = true;
  Dim3 dim = machine.config.block, at = block.position;
  uint32_t thread = index * warpSize + lane;
  std::string where;
  llvm::raw_string_ostream os(where);
  if (instruction.statement)
    os << "ptx line " << instruction.statement->line << ": ";
  os << message << ": thread (" << thread % dim.x << ", "
     << thread / dim.x % dim.y << ", " << thread / dim.x / dim.y
     << ") of block (" << at.x << ", " << at.y << ", " << at.z << "), warp "
     << index;
  if (instruction.statement)
    os << ": " << instruction.statement->text;
  machine.fail(where);
}

bool Warp::expectConverged(const Instruction &instruction, uint32_t lanes) {
  if (lanes == live)
    return true;
  fail(instruction, llvm::countr_zero(lanes),
       "expected all lanes of the warp to execute this together, got lanes 0x" +
           llvm::utohexstr(lanes) + " of 0x" + llvm::utohexstr(live));
  return false;
}

//===----------------------------------------------------------------------===//
// Splits
//===----------------------------------------------------------------------===//

int Warp::newSplit(uint32_t lanes, uint32_t pc, uint32_t reconverge, int parent,
                   std::shared_ptr<Frame> frame) {
  int free = -1;
  for (unsigned i = 0; i < splits.size() && free < 0; ++i)
    if (splits[i].state == Split::State::Free)
      free = i;
  if (free < 0) {
    free = splits.size();
    splits.emplace_back();
  }
  Split &split = splits[free];
  split.state = Split::State::Runnable;
  split.pc = pc;
  split.reconverge = reconverge;
  split.lanes = lanes;
  split.parent = parent;
  split.children = 0;
  split.frame = std::move(frame);
  return free;
}

/// A child of `parent` is no more. With the last one the parent goes on with
/// the lanes that came back, or is no more either.
void Warp::childGone(int parent) {
  while (parent >= 0 && --splits[parent].children == 0) {
    if (splits[parent].lanes) {
      splits[parent].state = Split::State::Runnable;
      return;
    }
    splits[parent].state = Split::State::Free;
    splits[parent].frame.reset();
    parent = splits[parent].parent;
  }
}

void Warp::arriveAtParent(int split) {
  int parent = splits[split].parent;
  splits[parent].lanes |= splits[split].lanes;
  splits[split].state = Split::State::Free;
  splits[split].frame.reset();
  childGone(parent);
}

void Warp::branch(const Instruction &instruction, uint32_t lanes,
                  uint32_t target) {
  if (lanes == splits[current].lanes) {
    nextPc = target;
    return;
  }
  uint32_t targets[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    targets[lane] = lanes >> lane & 1 ? target : nextPc;
  branchEach(instruction, splits[current].lanes, targets);
}

void Warp::branchEach(const Instruction &instruction, uint32_t lanes,
                      const uint32_t *targets) {
  uint32_t first = targets[llvm::countr_zero(lanes)];
  uint32_t rest = splits[current].lanes & ~lanes;
  auto lanesAt = [&](uint32_t target, uint32_t among) {
    uint32_t found = 0;
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (among >> lane & 1 && targets[lane] == target)
        found |= 1u << lane;
    return found;
  };
  if (lanesAt(first, lanes) == splits[current].lanes) {
    nextPc = first;
    return;
  }
  stopped = true;
  // Where the ways meet where this split joins its parent anyhow, the ways
  // become its siblings: a loop that lanes leave one by one does not nest.
  int parent = splits[current].parent;
  std::shared_ptr<Frame> frame = splits[current].frame;
  bool siblings = parent >= 0 &&
                  instruction.reconverge == splits[current].reconverge &&
                  instruction.reconverge != ~0u;
  if (siblings) {
    splits[current].state = Split::State::Free;
  } else {
    parent = current;
    splits[parent].state = Split::State::Parent;
    splits[parent].pc = instruction.reconverge;
    splits[parent].lanes = 0;
    splits[parent].children = 1; // held while children are made
  }
  auto send = [&](uint32_t way, uint32_t target) {
    if (!way)
      return;
    if (target == instruction.reconverge) {
      splits[parent].lanes |= way;
      return;
    }
    newSplit(way, target, instruction.reconverge, parent, frame);
    ++splits[parent].children;
  };
  send(rest, nextPc);
  for (uint32_t left = lanes; left;) {
    uint32_t target = targets[llvm::countr_zero(left)];
    uint32_t way = lanesAt(target, left);
    send(way, target);
    left &= ~way;
  }
  // The split that was there, or the hold.
  childGone(parent);
}

void Warp::growLocal(uint32_t bytes) {
  if (bytes <= localStride)
    return;
  std::vector<uint8_t> larger(bytes * warpSize, uninitializedByte);
  for (unsigned lane = 0; lane < warpSize && localStride; ++lane)
    std::memcpy(&larger[lane * bytes], &local[lane * localStride], localStride);
  local = std::move(larger);
  localStride = bytes;
}

/// Copies parameters or results of `lanes` between two frames.
static void pass(const std::array<uint32_t, 3> &area, bool toCallee,
                 Frame &caller, Frame &callee, uint32_t lanes) {
  auto [callerOffset, calleeOffset, bytes] = area;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint8_t *outer = caller.bytes.data() + callerOffset + lane * bytes;
    uint8_t *inner = callee.bytes.data() + calleeOffset + lane * bytes;
    std::memcpy(toCallee ? inner : outer, toCallee ? outer : inner, bytes);
  }
}

void Warp::call(uint32_t lanes, const CallSite &site) {
  Split &caller = splits[current];
  uint32_t localBase = caller.frame->localBase + caller.frame->code->localBytes;
  growLocal(localBase + site.callee->localBytes);
  std::shared_ptr<Frame> frame = makeFrame(*site.callee, localBase);
  frame->site = &site;
  for (const auto &area : site.arguments)
    pass(area, /*toCallee=*/true, *caller.frame, *frame, lanes);
  caller.state = Split::State::Parent;
  caller.pc = nextPc;
  caller.children = 1;
  caller.lanes &= ~lanes;
  stopped = true;
  newSplit(lanes, site.callee->begin, ~0u, current, std::move(frame));
}

void Warp::returnFromCall() {
  stopped = true;
  Split &split = splits[current];
  // Splits of the same frame without a common post dominator return one by one.
  int caller = split.parent;
  while (splits[caller].frame == split.frame)
    caller = splits[caller].parent;
  for (const auto &area : split.frame->site->results)
    pass(area, /*toCallee=*/false, *splits[caller].frame, *split.frame,
         split.lanes);
  splits[caller].lanes |= split.lanes;
  split.state = Split::State::Free;
  split.frame.reset();
  childGone(split.parent);
}

void Warp::exit(uint32_t lanes) {
  stopped = true;
  live &= ~lanes;
  block.completeBarriers();
  Split &split = splits[current];
  split.lanes &= ~lanes;
  split.pc = nextPc;
  if (split.lanes)
    return;
  split.state = Split::State::Free;
  split.frame.reset();
  childGone(split.parent);
}

void Warp::wait(std::unique_ptr<WaitCondition> condition, bool retry) {
  Split &split = splits[current];
  split.state = Split::State::Waiting;
  split.wait = std::move(condition);
  split.retry = retry;
  split.waitsAt = split.pc;
  if (!retry)
    split.pc = nextPc;
  stopped = true;
}

//===----------------------------------------------------------------------===//
// Collectives of some lanes
//===----------------------------------------------------------------------===//

namespace mlir::sattn::ptx {
/// Lanes wait for the other members of a collective.
class GatherWait : public WaitCondition {
public:
  GatherWait(Warp &warp, int split) : warp(warp), split(split) {}
  bool isReady() override {
    const Split &s = warp.splits[split];
    return (s.gathering & warp.getLive() & ~warp.getGathered(s)) == 0;
  }
  void describe(llvm::raw_ostream &os) const override {
    const Split &s = warp.splits[split];
    os << "lanes 0x"
       << llvm::utohexstr(s.gathering & warp.getLive() & ~warp.getGathered(s))
       << " to take part";
  }

private:
  Warp &warp;
  int split;
};
} // namespace mlir::sattn::ptx

/// The lanes that wait at the same collective as the split `like`.
uint32_t Warp::getGathered(const Split &like) const {
  uint32_t lanes = 0;
  for (const Split &split : splits)
    if (split.state == Split::State::Waiting && split.pc == like.pc &&
        split.gathering == like.gathering && split.frame == like.frame)
      lanes |= split.lanes;
  return lanes;
}

bool Warp::gather(const Instruction &instruction, uint32_t members,
                  uint32_t &lanes) {
  Split &split = splits[current];
  if (lanes & ~members) {
    fail(instruction, llvm::countr_zero(lanes & ~members),
         "a thread executes this that is not in the member mask 0x" +
             llvm::utohexstr(members));
    return false;
  }
  uint32_t expected = members & live;
  if (lanes == expected)
    return true;
  if (uint32_t skipping = split.lanes & ~lanes & expected) {
    fail(instruction, llvm::countr_zero(skipping),
         "a thread of the member mask 0x" + llvm::utohexstr(members) +
             " skips this");
    return false;
  }
  split.gathering = members;
  uint32_t gathered = getGathered(split) | lanes;
  if (gathered != expected) {
    wait(std::make_unique<GatherWait>(*this, current), /*retry=*/true);
    return false;
  }
  for (Split &other : splits)
    if (other.state == Split::State::Waiting && other.pc == split.pc &&
        other.gathering == members && other.frame == split.frame) {
      other.state = Split::State::Runnable;
      other.wait.reset();
      other.gathering = 0;
      ++other.pc;
    }
  split.gathering = 0;
  lanes = gathered;
  return true;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

/// A runnable split, chosen at random where there are several; waits that are
/// over end here.
int Warp::pickSplit() {
  unsigned count = 0;
  int chosen = -1;
  for (unsigned i = 0; i < splits.size(); ++i) {
    Split &split = splits[i];
    if (split.state == Split::State::Waiting && split.wait->isReady()) {
      split.state = Split::State::Runnable;
      if (!split.gathering)
        split.wait.reset();
    }
    if (split.state != Split::State::Runnable)
      continue;
    ++count;
    if (count == 1 || machine.random.below(count) == 0)
      chosen = i;
  }
  return chosen;
}

bool Warp::run(unsigned quantum) {
  current = pickSplit();
  if (current < 0)
    return false;
  uint64_t before = machine.getInstructionCount();
  polled = false;
  execute(quantum);
  unsigned executed = machine.getInstructionCount() - before;
  sincePoll = polled ? 0 : std::min(sincePoll + executed, pollingWindow);
  return true;
}

void Warp::execute(unsigned quantum) {
  const Instruction *code = machine.program.getCode().data();
  Split &split = splits[current];
  const uint32_t lanes = split.lanes, reconverge = split.reconverge;
  bases[Slot::Frame] = split.frame->bytes.data();
  uint32_t pc = split.pc;
  stopped = false;
  for (; quantum; --quantum) {
    if (pc == reconverge) {
      arriveAtParent(current);
      return;
    }
    const Instruction &instruction = code[pc];
    uint32_t mask = lanes;
    if (!instruction.guard.isNone()) {
      uint32_t guard = readPredicate(instruction.guard);
      mask &= instruction.guardNegated ? ~guard : guard;
    }
    machine.countInstruction();
    nextPc = pc + 1;
    if (mask) {
      split.pc = pc;
      instruction.run(*this, instruction, mask);
      if (stopped)
        return;
    }
    pc = nextPc;
  }
  split.pc = pc;
}

void Warp::describe(llvm::raw_ostream &os) const {
  for (const Split &split : splits) {
    if (split.state != Split::State::Waiting &&
        split.state != Split::State::Runnable)
      continue;
    const Statement *statement =
        machine.program.getCode()[split.wait ? split.waitsAt : split.pc]
            .statement;
    Dim3 at = block.position;
    os << "\n  block (" << at.x << ", " << at.y << ", " << at.z << "), warp "
       << index << ", lanes 0x" << llvm::utohexstr(split.lanes) << ": ";
    if (statement)
      os << "line " << statement->line << ": ";
    if (split.wait) {
      os << "waits for ";
      split.wait->describe(os);
    } else {
      os << "runs";
    }
    if (statement)
      os << ": " << statement->text;
  }
}
