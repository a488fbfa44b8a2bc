//===- NVTargets.cpp - Tables of NVIDIA chips and tiles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/NVTarget.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::sattn;

// One kernel for all of them: cp.async, ldmatrix and mma.sync need sm_80.
static constexpr NVTarget kTargets[] = {
    {"sm_80", "+ptx80", 163 << 10},  {"sm_86", "+ptx80", 99 << 10},
    {"sm_87", "+ptx80", 163 << 10},  {"sm_89", "+ptx80", 99 << 10},
    {"sm_90", "+ptx80", 227 << 10},  {"sm_90a", "+ptx80", 227 << 10, true},
    {"sm_100", "+ptx86", 227 << 10}, {"sm_103", "+ptx88", 227 << 10},
    {"sm_110", "+ptx90", 227 << 10}, {"sm_120", "+ptx87", 99 << 10},
    {"sm_121", "+ptx88", 99 << 10},
};

// Two groups of four warps compute, with 240 registers each: at widths of 128, 192 of them
// hold accumulator, scores, weights and query, also while products overlap with the weights of
// the next tile. Beyond, the accumulator takes 128 and the query 64 of them: what is left does
// not hold scores and weights, so those widths take the kernel for all chips.
static constexpr NVTileRow kWarpgroupTiles[] = {
    {128, 128, {/*query=*/128, /*key=*/128, /*stages=*/2}},
    {128, 128, {128, 64, 2}},
};

// Accumulator, scores and query tile of a warp's 16 rows must fit 255 registers:
// beyond widths of 128, key tiles are narrower.
static constexpr NVTileRow kTiles[] = {
    {64, 64, {/*query=*/64, /*key=*/64, /*stages=*/2}},
    {128, 128, {128, 64, 2}},
    {128, 128, {64, 64, 2}},
    {128, 128, {64, 64, 1}},
    {256, 256, {128, 32, 2}},
    {256, 256, {64, 32, 2}},
    {256, 256, {64, 32, 1}},
};

// The same for f32 multiplied as tf32, whose query takes twice the registers.
static constexpr NVTileRow kSingleTiles[] = {
    {64, 64, {/*query=*/64, /*key=*/64, /*stages=*/2}},
    // With more keys accumulator, query and what a tile needs spill; so two
    // blocks share the shared memory of a multiprocessor.
    {128, 128, {64, 16, 2}},
};

llvm::ArrayRef<NVTarget> mlir::sattn::getNVTargets() { return kTargets; }

const NVTarget *mlir::sattn::findNVTarget(llvm::StringRef name) {
  const NVTarget *row =
      llvm::find_if(kTargets, [&](const NVTarget &target) { return target.name == name; });
  return row == std::end(kTargets) ? nullptr : row;
}

const NVTarget *mlir::sattn::findNVTargetOf(unsigned architecture) {
  const NVTarget *found = nullptr;
  for (const NVTarget &row : kTargets) {
    llvm::StringRef digits = row.name.drop_front(3);
    unsigned number = 0;
    digits.consumeInteger(10, number);
    // Code for a target with a letter runs on that chip alone.
    if (digits.empty() ? number <= architecture : number == architecture)
      found = &row;
  }
  return found;
}

int64_t mlir::sattn::getNVSharedBytes(const NVTiles &tiles, int64_t depth, int64_t valueDepth,
                                      int64_t elementBytes) {
  constexpr int64_t kPanelBytes = 128;
  int64_t queryRow = llvm::alignTo(depth * elementBytes, kPanelBytes);
  int64_t valueRow = llvm::alignTo(valueDepth * elementBytes, kPanelBytes);
  return tiles.query * queryRow + tiles.stages * tiles.key * (queryRow + valueRow);
}

llvm::SmallVector<NVTileRow> mlir::sattn::getNVTileRows(const NVTarget &target, int64_t depth,
                                                       int64_t valueDepth, int64_t elementBytes) {
  llvm::SmallVector<NVTileRow> found;
  auto collect = [&](llvm::ArrayRef<NVTileRow> rows) {
    for (const NVTileRow &row : rows)
      if (depth <= row.maxDepth && valueDepth <= row.maxValueDepth &&
          getNVSharedBytes(row.tiles, depth, valueDepth, elementBytes) <= target.sharedBytes)
        found.push_back(row);
  };
  if (elementBytes == 4) {
    collect(kSingleTiles);
    return found;
  }
  if (target.hasWarpgroups)
    collect(kWarpgroupTiles);
  collect(kTiles);
  return found;
}

std::optional<NVTiles> mlir::sattn::selectNVTiles(const NVTarget &target, int64_t depth,
                                                  int64_t valueDepth, int64_t elementBytes) {
  llvm::SmallVector<NVTileRow> rows = getNVTileRows(target, depth, valueDepth, elementBytes);
  return rows.empty() ? std::nullopt : std::optional<NVTiles>(rows.front().tiles);
}
