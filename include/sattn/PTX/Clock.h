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
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace mlir::sattn::ptx {

/// What a synchronisation object passes on from those who released to those who
/// acquire: for each warp of the cluster, up to which of its times its accesses
/// are known to have happened; the same as seen by the async proxy; and for
/// warps of other clusters, sparsely.
struct Knowledge {
  std::vector<uint32_t> generic, async;
  llvm::DenseMap<uint32_t, uint32_t> foreign;

  void resize(unsigned warps) {
    generic.resize(warps);
    async.resize(warps);
  }
  void join(const Knowledge &other) {
    joinVector(generic, other.generic);
    joinVector(async, other.async);
    for (auto [warp, time] : other.foreign) {
      uint32_t &known = foreign[warp];
      known = std::max(known, time);
    }
  }
  void clear() {
    std::fill(generic.begin(), generic.end(), 0);
    std::fill(async.begin(), async.end(), 0);
    foreign.clear();
  }

private:
  static void joinVector(std::vector<uint32_t> &into,
                         const std::vector<uint32_t> &from) {
    if (into.size() < from.size())
      into.resize(from.size());
    for (size_t i = 0; i < from.size(); ++i)
      into[i] = std::max(into[i], from[i]);
  }
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
  Knowledge known;
  /// Up to when each lane is synchronised with the other lanes of its warp.
  std::array<uint32_t, warpSize> synced{};
  /// What the last fence made known: a relaxed write after it publishes that.
  Publication fenced;
  /// What relaxed reads have found: the next fence acquires that.
  Publication found;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_CLOCK_H
