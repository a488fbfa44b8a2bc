//===- Clock.h - Vector clocks of warps and synchronisation objects -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_CLOCK_H
#define SATTN_PTX_CLOCK_H

#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace mlir::sattn::ptx {

/// A time for each lane of a warp.
using LaneTimes = std::array<uint32_t, warpSize>;

/// What a synchronisation object passes on from those who released to those who
/// acquire: for each warp of the cluster, up to which of its times its accesses
/// are known to have happened; the same as seen by the async proxy; and for
/// warps of other clusters, sparsely.
struct Knowledge {
  std::vector<uint32_t> generic, async;
  llvm::DenseMap<uint32_t, uint32_t> foreign;
  /// By position: of some warps a part of the lanes is known up to later times.
  llvm::SmallVector<std::pair<uint32_t, LaneTimes>, 0> lanes;

  void resize(unsigned warps) {
    generic.resize(warps);
    async.resize(warps);
  }
  void join(const Knowledge &other);
  /// Learns of each lane of the warp `position`.
  void joinLanes(uint32_t position, const LaneTimes &times);
  /// The entry in `lanes`, or null.
  const LaneTimes *findLanes(uint32_t position) const;
  /// True if everything in `other` is known; false where `other` knows of other
  /// clusters.
  bool covers(const Knowledge &other) const;
  void clear();
};

/// What was released at an address of memory, by numbers of warps in the
/// launch: relaxed accesses publish and find what fences around them make
/// known.
struct Publication {
  llvm::DenseMap<uint32_t, uint32_t> generic, async;
};

/// The clock of a warp. Accesses are stamped with `now`; each release makes a
/// new, larger time, so that what follows is not covered by it. Times are
/// unique in a launch.
struct VectorClock {
  uint32_t now = 0;
  /// Position of the warp in its cluster.
  unsigned self = 0;
  /// What all lanes know.
  Knowledge known;
  /// What single lanes know beside that, until a bar.warp.sync; null where
  /// there is nothing.
  std::unique_ptr<std::array<Knowledge, warpSize>> laneKnown;
  /// Whether a lane has written shared or global memory since all lanes were
  /// synchronised, and the words that lanes have read, where
  /// `LaunchOptions::use` asks for it.
  bool hasWritten = false;
  std::vector<uint64_t> readWords;
  /// Up to when each lane is synchronised with the other lanes of its warp.
  LaneTimes synced{};
  /// What the last fence made known: a relaxed write after it publishes that.
  Publication fenced;
  /// What relaxed reads have found: the next fence acquires that.
  Publication found;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_CLOCK_H
