//===- RaceDetector.h - Finds accesses that nothing orders -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_RACEDETECTOR_H
#define SATTN_PTX_RACEDETECTOR_H

#include "sattn/PTX/Clock.h"
#include "sattn/PTX/GlobalMemory.h"
#include "llvm/ADT/Twine.h"

namespace mlir::sattn::ptx {

class Block;
class Machine;
class Warp;

/// Shadow memory: for each four bytes the last writer and the readers since,
/// with the times of `VectorClock`. Two accesses race if one of them writes,
/// they share a byte, they are not both strong (atomic, volatile, relaxed), and
/// neither is known to have happened when the other one is executed. Writes of
/// the value that is there already are not reported.
class RaceDetector {
public:
  /// How an access is made.
  struct Kind {
    bool write = false;
    /// Atomic, volatile, relaxed, acquire or release.
    bool strong = false;
    /// Through the async proxy.
    bool async = false;
  };

  explicit RaceDetector(Machine &machine) : machine(machine) {}

  /// Checks and records an access of a lane to [offset, offset + bytes) of
  /// `owner`'s shared memory. For a write, `same` says that the bytes keep
  /// their value. False after an error.
  bool accessShared(Warp &warp, const Instruction &instruction, unsigned lane,
                    Block &owner, uint32_t offset, unsigned bytes, Kind kind,
                    bool same = false);
  /// The same for global memory.
  bool accessGlobal(Warp &warp, const Instruction &instruction, unsigned lane,
                    GlobalMemory::Allocation &allocation, uintptr_t address,
                    unsigned bytes, Kind kind, bool same = false);

  /// Marks bytes of shared memory as being read or written asynchronously from
  /// now on: any access that conflicts is a race until `endAsync`. Checks
  /// against what happened before like an access of `lane` does.
  bool beginAsync(Warp &warp, const Instruction &instruction, unsigned lane,
                  Block &owner, uint32_t offset, unsigned bytes, Kind kind);
  /// The asynchronous access is over, and ordered before what follows `time` in
  /// the clock of the warp `position` of the cluster.
  void endAsync(const Instruction &instruction, unsigned position,
                uint32_t time, unsigned lane, Block &owner, uint32_t offset,
                unsigned bytes, Kind kind);

  //===--- Reads of several warps -----------------------------------------===//

  /// Shared memory that asynchronous work of several warps reads, as offsets of
  /// 16-byte chunks in one block.
  struct SharedRead {
    std::vector<uint32_t> chunks;
    /// Who wrote them: of each writer the last time.
    std::vector<Stamp> writers;
  };
  /// The first warp issues the work: checks the chunks, and marks them as being
  /// read under the number `position` of clocks.
  bool beginRead(Warp &warp, const Instruction &instruction, unsigned position,
                 SharedRead &read);
  /// A further warp issues it: checks them alone.
  bool joinRead(Warp &warp, const Instruction &instruction,
                const SharedRead &read);
  /// The work was over at `time`.
  void endRead(const Instruction &instruction, Block &owner, unsigned position,
               uint32_t time, const SharedRead &read);

  //===--- Order ----------------------------------------------------------===//

  /// Publishes what `lanes` know, and their own accesses so far, in `into`.
  void release(Warp &warp, Knowledge &into, uint32_t lanes);
  void acquire(Warp &warp, const Knowledge &from, uint32_t lanes);
  /// `bar.warp.sync` and stronger: orders `lanes` among each other.
  void syncLanes(Warp &warp, uint32_t lanes);
  /// `fence.proxy.async`: what is known to `lanes` becomes known to the async
  /// proxy.
  void fenceProxy(Warp &warp, uint32_t lanes);

  //===--- Use of synchronisation (SynchronizationUse.h) ------------------===//

  /// A bar.warp.sync of `lanes`: used at once, or where somebody writes later
  /// what lanes have read before it.
  void noteWarpSync(Warp &warp, const Instruction &instruction, uint32_t lanes);

private:
  void noteAccess(Warp &warp, uint64_t word, unsigned bytes, Kind kind);
  bool isOrdered(const Stamp &stamp, const Warp &warp, unsigned lane,
                 uint8_t mask, bool useAsync) const;
  bool report(Warp &warp, const Instruction &instruction, unsigned lane,
              const Stamp &earlier, bool earlierWrites, bool writes,
              const llvm::Twine &where);
  Machine &machine;
  /// Words that were read before these bar.warp.sync.
  llvm::DenseMap<uint64_t, llvm::SmallVector<const Instruction *, 1>>
      synchronizedReads;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_RACEDETECTOR_H
