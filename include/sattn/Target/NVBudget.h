//===- NVBudget.h - What a kernel takes of an NVIDIA chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers and shared memory from tiles and widths, before there is any code.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TARGET_NVBUDGET_H
#define SATTN_TARGET_NVBUDGET_H

#include "sattn/Target/NVTarget.h"
#include <string>

namespace mlir::sattn {

/// What decides how much a kernel on tensor cores takes.
struct NVKernelShape {
  NVTiles tiles;
  /// Columns of query and key, of the value.
  int64_t depth, valueDepth;
  /// Of an element of query, key and value.
  int64_t elementBytes = 2;
  /// Whether four more warps fetch tiles by TMA and the others multiply by wgmma.
  bool hasProducers = false;
  /// Whether some tiles drop pairs whose values may be anything (a window, a limit).
  bool dropsPairs = false;
  /// Whether in some tiles the pairs differ in the number of levels.
  bool hasMixedLevels = false;
  /// Whether such tiles come first only, when the accumulator is still empty.
  bool checksFirstOnly = false;

  /// Warps that multiply: 16 rows of queries each.
  int64_t getWarps() const { return tiles.query / 16; }
  int64_t getThreads() const { return 32 * (getWarps() + (hasProducers ? 4 : 0)); }
};

/// Whether `target` gives a kernel with these tiles and widths producers of its own.
bool hasNVProducers(const NVTarget &target, const NVTiles &tiles, int64_t depth,
                    int64_t valueDepth, int64_t elementBytes = 2);

/// Whether a query tile stays in registers for the whole kernel. Otherwise, beside a wide
/// accumulator, every step loads it from shared memory, 64 columns at a time.
bool holdsNVQuery(int64_t depth, int64_t valueDepth, int64_t elementBytes = 2);

/// Registers (32 bits) that each thread of those that multiply needs at once, at the
/// place in the loop that needs most. A warp has 16 rows of queries, so a thread has a
/// 32nd of every fragment of 16 rows:
///
///   accumulator = valueDepth / 2               f32, columns rounded up to 16
///   query       = depth * elementBytes / 8     packed, the same; of two pieces of 64
///                                              columns where it is not held
///   scores      = keys / 2                     f32
///   weights     = keys * elementBytes / 8      with producers: of the tile before, whose
///                                              product is under way
///   checks      = keys / 4                     positions of keys, and
///                 8                            scores of one more level, 16 columns, and
///                 keys / 64                    which pairs are present, a bit each
///   other       = 44                           8 of row statistics, 8 of fragments of
///                                              the second operand, 28 of addresses,
///                                              counters and constants;
///               = 20                           with producers, which have the addresses
///
/// Else weights take the place of scores. While a tile with checks comes first the accumulator
/// takes nothing. `other` is what ptxas 13.0 adds in loops without checks, for widths of 64
/// to 256. An estimate: ptxas uses free registers to load earlier, so it reports more
/// where it may, and it may spill a little below the budget.
struct NVRegisters {
  int64_t accumulator = 0, query = 0, scores = 0, weights = 0, checks = 0, other = 0;

  int64_t getTotal() const { return accumulator + query + scores + weights + checks + other; }
  /// "accumulator 64, query 32, scores 32, other 44".
  std::string describe() const;
};
NVRegisters estimateNVRegisters(const NVKernelShape &shape);

/// Registers that a thread can have: 255, and 65536 for all threads of a block. Of warps
/// with producers beside them those that `setmaxnreg` gives.
int64_t getNVMaxRegisters(const NVKernelShape &shape);

/// Registers that a thread is started with: those that it needs or, with producers, its
/// share of all.
int64_t estimateNVLaunchRegisters(const NVKernelShape &shape);

/// Registers of a thread of `warps` warps that compute, and of their producers' threads.
/// Those that the producers give up just suffice: see `sattn_nv.roles`.
int64_t getNVConsumerRegisters(int64_t warps);
inline constexpr int64_t kNVProducerRegisters = 24;

/// Bytes of shared memory of a block, as the passes lay it out: tiles aligned to 1024
/// bytes, then, with producers, two barriers per slot.
int64_t getNVSharedBytes(const NVKernelShape &shape);

/// Why a kernel of `shape` does not fit `target`, "expected at most 255 registers per
/// thread, got ~300 (accumulator ...)"; empty if it does.
std::string getReasonAgainstNVBudget(const NVTarget &target, const NVKernelShape &shape);

/// Blocks that one multiprocessor of `target` runs at a time, and what limits their number:
/// "registers", "shared memory" or "threads".
struct NVOccupancy {
  int64_t blocks = 0;
  llvm::StringRef limit;
};
NVOccupancy getNVOccupancy(const NVTarget &target, int64_t threads, int64_t registers,
                           int64_t sharedBytes);

} // namespace mlir::sattn

#endif // SATTN_TARGET_NVBUDGET_H
