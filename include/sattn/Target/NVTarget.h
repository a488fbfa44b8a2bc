//===- NVTarget.h - What the compiler knows about NVIDIA chips -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TARGET_NVTARGET_H
#define SATTN_TARGET_NVTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace mlir::sattn {

/// A row of the table of NVIDIA targets in NVTargets.cpp.
struct NVTarget {
  /// Name on the command line, and LLVM's name of the chip.
  llvm::StringLiteral name;
  /// LLVM's feature for the version of PTX: the lowest with all instructions used.
  llvm::StringLiteral features;
  /// Bytes of shared memory that one block can have (CUDA C++ Programming Guide,
  /// "Compute Capabilities").
  int64_t sharedBytes;
  /// Whether it has wgmma and setmaxnreg: sm_90a alone.
  bool hasWarpgroups = false;
};

/// Tiles of a kernel on tensor cores: rows of queries (16 per warp) and of keys,
/// slots per streamed operand.
struct NVTiles {
  int64_t query, key, stages;
};

/// A row of the table of tiles: the widths that it is for at most.
struct NVTileRow {
  int64_t maxDepth, maxValueDepth;
  NVTiles tiles;
};

llvm::ArrayRef<NVTarget> getNVTargets();

/// The row called `name`; null if there is none.
const NVTarget *findNVTarget(llvm::StringRef name);

/// The row whose code is best on a chip of `architecture` (major * 10 + minor): its
/// own, else the latest before it; null before the first.
const NVTarget *findNVTargetOf(unsigned architecture);

/// Rows of the table of tiles for query/key width `depth` and value width `valueDepth`: those
/// that are wide enough and whose tiles fit shared memory, best first. None where the widths
/// exceed the table. Elements take 2 bytes or, multiplied as tf32, 4.
llvm::SmallVector<NVTileRow> getNVTileRows(const NVTarget &target, int64_t depth,
                                           int64_t valueDepth, int64_t elementBytes = 2);

/// The first of them, which is for kernels without checks: see `getReasonAgainstNVBudget`.
std::optional<NVTiles> selectNVTiles(const NVTarget &target, int64_t depth, int64_t valueDepth,
                                     int64_t elementBytes = 2);

/// Bytes of shared memory that a kernel with `tiles` takes: one query tile,
/// `stages` key and value tiles in panels of 128 bytes.
int64_t getNVSharedBytes(const NVTiles &tiles, int64_t depth, int64_t valueDepth,
                         int64_t elementBytes = 2);

} // namespace mlir::sattn

#endif // SATTN_TARGET_NVTARGET_H
