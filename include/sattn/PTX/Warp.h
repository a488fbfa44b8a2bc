//===- Warp.h - Threads that execute together -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_WARP_H
#define SATTN_PTX_WARP_H

#include "sattn/PTX/AsyncWork.h"
#include "sattn/PTX/Clock.h"
#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <memory>
#include <vector>

namespace mlir::sattn::ptx {

class Block;
class Machine;
class RegisterGuard;
struct CallSite;
struct FunctionCode;

/// What a part of a warp waits for. The scheduler asks `isReady` until it
/// holds.
class WaitCondition {
public:
  virtual ~WaitCondition() = default;
  virtual bool isReady() = 0;
  /// "barrier 1 (2 of 4 warps arrived)", for the report of a deadlock.
  virtual void describe(llvm::raw_ostream &os) const = 0;
};

/// Registers and call parameters of one call of a function by a warp.
struct Frame {
  const FunctionCode *code = nullptr;
  std::vector<uint8_t> bytes;
  /// Where its local variables start in each lane's local memory.
  uint32_t localBase = 0;
  /// The call that it belongs to; null for the kernel.
  const CallSite *site = nullptr;
};

/// Lanes of a warp that are at the same instruction. Where lanes take different
/// ways, the split becomes the parent of one split per way and goes on, with
/// the lanes that have come back, at the immediate post dominator. Splits of a
/// warp run independently of each other, in any order, as on sm_70 and later.
struct Split {
  enum class State : uint8_t { Free, Runnable, Waiting, Parent };
  State state = State::Free;
  /// The instruction is executed again when the wait is over.
  bool retry = false;
  uint32_t pc = 0;
  /// The instruction that it waits at.
  uint32_t waitsAt = 0;
  /// Where it joins its parent; ~0: never.
  uint32_t reconverge = ~0u;
  uint32_t lanes = 0;
  int parent = -1;
  unsigned children = 0;
  std::shared_ptr<Frame> frame;
  /// The member mask of the collective that it waits at (`Warp::gather`), or 0.
  uint32_t gathering = 0;
  std::unique_ptr<WaitCondition> wait;
};

class Warp {
public:
  Warp(Machine &machine, Block &block, unsigned index, uint32_t id);

  Machine &machine;
  Block &block;
  /// Position in its block, and number in the launch.
  const unsigned index;
  const uint32_t id;

  //===--- Registers ------------------------------------------------------===//

  template <typename T> const T *read(Slot slot) const {
    return reinterpret_cast<const T *>(bases[slot.getBase()] +
                                       slot.getOffset());
  }
  template <typename T> T *write(Slot slot) {
    return reinterpret_cast<T *>(bases[Slot::Frame] + slot.getOffset());
  }
  uint32_t readPredicate(Slot slot) const { return *read<uint32_t>(slot); }
  void writePredicate(Slot slot, uint32_t bits, uint32_t lanes) {
    uint32_t &mask = *write<uint32_t>(slot);
    mask = (mask & ~lanes) | (bits & lanes);
  }
  /// The address of a lane (see `Decoder::address`).
  uint64_t getAddress(const Instruction &instruction, unsigned lane) const;

  //===--- Errors ---------------------------------------------------------===//

  /// Ends the launch with an error that names the instruction, the thread and
  /// the warp. The first error stays.
  void fail(const Instruction &instruction, unsigned lane,
            const llvm::Twine &message);
  /// The lanes that have not exited.
  uint32_t getLive() const { return live; }
  /// The split that is executing.
  Split &getSplit() { return splits[current]; }
  const Split &getSplit() const { return splits[current]; }
  /// For `.aligned` instructions: fails unless every live lane executes it.
  bool expectConverged(const Instruction &instruction, uint32_t lanes);
  /// For instructions with a member mask: true when all live lanes of `members`
  /// have come to this instruction. Until then the lanes that have come wait;
  /// the last ones execute it for all: `lanes` is then the union.
  bool gather(const Instruction &instruction, uint32_t members,
              uint32_t &lanes);

  //===--- Control --------------------------------------------------------===//

  /// Sends `lanes` of the current split to `target`, the others go on.
  void branch(const Instruction &instruction, uint32_t lanes, uint32_t target);
  /// Sends every lane of the current split where `targets` says.
  void branchEach(const Instruction &instruction, uint32_t lanes,
                  const uint32_t *targets);
  void call(uint32_t lanes, const CallSite &site);
  void returnFromCall();
  void exit(uint32_t lanes);
  /// Suspends the current split until `condition` holds. With `retry` the
  /// instruction is executed again then, else the next one is.
  void wait(std::unique_ptr<WaitCondition> condition, bool retry);
  /// Lets others run first; for instructions that poll.
  void yield() {
    stopped = polled = true;
    splits[current].pc = nextPc;
  }
  /// Whether it does little else than polling.
  bool isPolling() const { return sincePoll < pollingWindow; }

  bool isFinished() const { return live == 0; }
  /// Runs one runnable split for about `quantum` instructions. False where
  /// every split waits.
  bool run(unsigned quantum);
  /// Who waits on what, one line per split.
  void describe(llvm::raw_ostream &os) const;

  //===--- Memory model ---------------------------------------------------===//

  VectorClock clock;
  /// Asynchronous copies of its threads: cp.async, cp.async.bulk, wgmma.
  std::array<AsyncGroups, 3> groups;

  //===--- State of handlers ----------------------------------------------===//

  /// Registers per thread as `setmaxnreg` left them; 0 where the kernel does
  /// not say how many it starts with.
  uint32_t registersPerThread = 0;
  /// The registers that wgmma works on; null in kernels without it.
  std::shared_ptr<RegisterGuard> registerGuard;
  /// `barrier.cluster`: the phase of the last arrival, not waited for yet.
  uint32_t clusterPhase = 0;
  bool clusterArrived = false;
  /// Local memory: `localStride` bytes per lane.
  std::vector<uint8_t> local;
  uint32_t localStride = 0;
  std::vector<uint8_t> specials;

private:
  friend class Machine;
  int newSplit(uint32_t lanes, uint32_t pc, uint32_t reconverge, int parent,
               std::shared_ptr<Frame> frame);
  int pickSplit();
  void execute(unsigned quantum);
  void arriveAtParent(int split);
  void childGone(int parent);
  void fillSpecials();
  void growLocal(uint32_t bytes);
  friend class GatherWait;
  uint32_t getGathered(const Split &like) const;

  uint8_t *bases[3];
  uint32_t live = 0;
  int current = -1;
  bool stopped = false, polled = false;
  /// Instructions since the last one that polls; a loop around it is shorter
  /// than the window.
  static constexpr unsigned pollingWindow = 256;
  unsigned sincePoll = pollingWindow;
  uint32_t nextPc = 0;
  std::vector<Split> splits;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_WARP_H
