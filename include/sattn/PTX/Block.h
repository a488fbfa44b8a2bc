//===- Block.h - Thread blocks, clusters and their shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_BLOCK_H
#define SATTN_PTX_BLOCK_H

#include "sattn/PTX/Clock.h"
#include "sattn/PTX/GlobalMemory.h"
#include "sattn/PTX/Types.h"
#include "sattn/PTX/Warp.h"

namespace mlir::sattn::ptx {

/// Generic addresses of shared memory: window | rank in cluster + 1 | offset;
/// rank 0 stands for the own block. Global addresses are host pointers, which
/// never reach up here.
constexpr uint64_t sharedWindow = uint64_t(1) << 62;
constexpr uint64_t localWindow = uint64_t(1) << 61;
constexpr unsigned sharedRankShift = 24;

/// One use of a named barrier, from the first arrival to the last.
struct BarrierPhase {
  /// Threads that have arrived, and how many are expected; 0 stands for all
  /// threads of the block that have not exited.
  uint32_t arrived = 0, expected = 0;
  /// `bar.red`: threads whose predicate holds, threads that have given one.
  uint32_t count = 0, total = 0;
  bool complete = false;
  Knowledge knowledge;
  /// Who arrived, where `LaunchOptions::use` asks for it.
  std::vector<const Instruction *> arrivers;
};

/// One of the 16 barriers of a block: the phase that threads arrive in now,
/// null where none has arrived.
struct NamedBarrier {
  std::shared_ptr<BarrierPhase> phase;
};

/// An mbarrier object (PTX ISA, "mbarrier"); it lies in 8 bytes of shared
/// memory that hold its state in an opaque form, the rest is kept beside them.
struct Mbarrier {
  /// Arrivals that this phase still waits for, and those of a whole phase.
  uint32_t pending = 0, count = 0;
  /// Bytes of asynchronous copies that it waits for.
  int64_t transactions = 0;
  /// Number of the phase that is not complete.
  uint64_t phase = 0;
  /// The warp that made it, until a fence of that warp has shown it to the
  /// async proxy; ~0 then.
  uint32_t hiddenBy = ~0u;
  /// Published in this phase, and in all complete ones.
  Knowledge knowledge, released;
  /// Who arrived in this phase and in the one before, where
  /// `LaunchOptions::use` asks for it.
  std::vector<const Instruction *> arrivers, lastArrivers;
};

class Cluster;
class Warpgroup;

class Block {
public:
  Block(Machine &machine, Cluster &cluster, Dim3 position, uint32_t rank);

  Machine &machine;
  Cluster &cluster;
  const Dim3 position;
  /// Rank in its cluster.
  const uint32_t rank;
  std::vector<std::unique_ptr<Warp>> warps;
  unsigned liveWarps = 0;
  std::array<NamedBarrier, 16> barriers;
  /// Products of four warps each, made by their first wgmma.
  std::vector<std::shared_ptr<Warpgroup>> warpgroups;
  /// Registers that `setmaxnreg.dec` gave back.
  uint32_t freeRegisters = 0;
  /// Threads that a phase waits for.
  uint32_t getExpected(const BarrierPhase &phase) const;
  /// Ends the phases that nobody is missing from any more.
  void completeBarriers();

  //===--- Shared memory --------------------------------------------------===//

  /// Bytes of shared memory from address 0 (the first `sharedBase` bytes are
  /// not accessible).
  uint32_t sharedSize = 0;
  std::vector<uint8_t> shared;
  /// One byte for each: 1 if it was written.
  std::vector<uint8_t> initialized;

  /// Race detection: the last writer of each four bytes, and for each warp of
  /// the cluster its last read since (made on first use).
  std::vector<Stamp> writers;
  std::vector<std::vector<Stamp>> readers;

  /// Host memory behind [address, address + bytes) of the own shared memory,
  /// or of another block of the cluster, after bounds and alignment checks;
  /// `block` is the one it belongs to. Null after `Warp::fail`.
  uint8_t *access(Warp &warp, const Instruction &instruction, unsigned lane,
                  uint64_t address, unsigned bytes, unsigned alignment,
                  Block *&owner);
  /// The same without a thread (asynchronous operations): an error names the
  /// instruction alone.
  uint8_t *accessAsync(const Instruction &instruction, uint64_t address,
                       unsigned bytes, Block *&owner);

  //===--- mbarriers ------------------------------------------------------===//

  /// The mbarrier at `address` of this block or of another one of the cluster,
  /// null after `Warp::fail`. `creates` makes it (mbarrier.init).
  Mbarrier *findMbarrier(Warp &warp, const Instruction &instruction,
                         unsigned lane, uint64_t address, bool creates = false);
  /// Completes `bytes` of the transaction count of the mbarrier at `address`
  /// and passes `knowledge` to those who wait on it (null: nothing). Called by
  /// asynchronous operations when their data has moved; false after an error.
  bool completeTransaction(const Instruction &instruction, uint64_t address,
                           uint64_t bytes, const Knowledge *knowledge);
  /// By offset in the shared memory of this block.
  /// Shows the mbarriers that `warp` made to asynchronous copies.
  void showMbarriers(const Warp &warp);
  llvm::DenseMap<uint32_t, Mbarrier> mbarriers;
};

/// Blocks that run at the same time and see each other's shared memory.
class Cluster {
public:
  Cluster(Machine &machine, uint64_t index);
  Machine &machine;
  uint64_t index;
  std::vector<std::unique_ptr<Block>> blocks;
  /// Number of its first warp in the launch, and how many it has.
  uint32_t firstWarp = 0, numWarps = 0;
  /// Entries of clocks: its warps, then for each block one for its asynchronous
  /// copies and one for each of its warp-groups (wgmma).
  uint32_t numClocks = 0;
  /// Time at which it started: stamps from before belong to others.
  uint32_t startTime = 0;
  /// `barrier.cluster`: warps that have arrived, in which phase.
  uint32_t arrived = 0, phase = 0;
  /// Ends the phase if nobody is missing from it any more.
  void completeBarrier();
  Knowledge knowledge, released;
  unsigned liveWarps = 0;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_BLOCK_H
