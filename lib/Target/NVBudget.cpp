//===- NVBudget.cpp - What a kernel takes of an NVIDIA chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/NVBudget.h"
#include "sattn/Target/NVChip.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir::sattn;

/// Of one multiprocessor (CUDA C++ Programming Guide, "Technical Specifications per
/// Compute Capability"): 32-bit registers, and in which steps a thread gets them.
static constexpr int64_t kRegisterFile = 65536, kRegisterStep = 8, kMaxRegisters = 255;
static constexpr int64_t kMaxThreads = 1024;

/// Shared memory that the system takes for each block, the same.
static constexpr int64_t kReservedBytes = 1024;

bool mlir::sattn::hasNVProducers(const NVTarget &target, const NVTiles &tiles, int64_t depth,
                                 int64_t valueDepth, int64_t elementBytes) {
  constexpr int64_t maxColumns = 128;
  int64_t warps = tiles.query / 16;
  return target.hasWarpgroups && elementBytes == 2 && (warps == 8 || warps == 12) &&
         depth <= maxColumns && valueDepth <= maxColumns;
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

static constexpr int64_t kOtherRegisters = 44, kOtherRegistersOfConsumers = 20;

static constexpr int64_t kProductColumns = 16, kPieceColumns = 64;

/// Of a first operand with `columns` columns.
static int64_t getQueryRegisters(int64_t columns, int64_t elementBytes) {
  return llvm::alignTo(columns, kProductColumns) * elementBytes / 8;
}

bool mlir::sattn::holdsNVQuery(int64_t depth, int64_t valueDepth, int64_t elementBytes) {
  // Of 255 registers; with scores, weights and addresses more would spill.
  constexpr int64_t maxHeld = 160;
  return getQueryRegisters(depth, elementBytes) +
             int64_t(llvm::alignTo(valueDepth, kProductColumns)) / 2 <=
         maxHeld;
}

NVRegisters mlir::sattn::estimateNVRegisters(const NVKernelShape &shape) {
  int64_t keys = llvm::alignTo(shape.tiles.key, kProductColumns);
  NVRegisters core;
  core.accumulator = llvm::alignTo(shape.valueDepth, kProductColumns) / 2;
  bool isHeld = holdsNVQuery(shape.depth, shape.valueDepth, shape.elementBytes);
  core.query = getQueryRegisters(
      isHeld ? shape.depth : std::min(shape.depth, 2 * kPieceColumns), shape.elementBytes);
  core.scores = keys / 2;
  if (shape.hasProducers)
    core.weights = keys * shape.elementBytes / 8;
  core.other = shape.hasProducers ? kOtherRegistersOfConsumers : kOtherRegisters;
  NVRegisters checked = core;
  if (shape.dropsPairs || shape.hasMixedLevels)
    checked.checks = keys / 4;
  if (shape.dropsPairs)
    checked.checks += llvm::divideCeil(keys, 64);
  if (shape.hasMixedLevels)
    checked.checks += kProductColumns / 2;
  if (shape.checksFirstOnly)
    checked.accumulator = 0;
  return checked.getTotal() > core.getTotal() ? checked : core;
}

std::string NVRegisters::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto [name, number] :
       {std::pair<const char *, int64_t>{"accumulator", accumulator}, {"query", query},
        {"scores", scores}, {"weights", weights}, {"checks", checks}})
    if (number != 0)
      os << name << " " << number << ", ";
  os << "other " << other;
  return text;
}

int64_t mlir::sattn::getNVConsumerRegisters(int64_t warps) { return warps <= 8 ? 240 : 160; }

/// What each thread of a block gets where all have the same.
static int64_t getShare(const NVKernelShape &shape) {
  int64_t share = kRegisterFile / std::max<int64_t>(shape.getThreads(), 1);
  return std::min(kMaxRegisters, share / kRegisterStep * kRegisterStep);
}

int64_t mlir::sattn::getNVMaxRegisters(const NVKernelShape &shape) {
  return shape.hasProducers ? getNVConsumerRegisters(shape.getWarps()) : getShare(shape);
}

int64_t mlir::sattn::estimateNVLaunchRegisters(const NVKernelShape &shape) {
  return shape.hasProducers ? getShare(shape) : estimateNVRegisters(shape).getTotal();
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

int64_t mlir::sattn::getNVSharedBytes(const NVKernelShape &shape) {
  constexpr int64_t panelBytes = 128, alignment = 1024, barrierBytes = 8;
  const NVTiles &tiles = shape.tiles;
  auto getBytes = [&](int64_t rows, int64_t columns, int64_t slots) {
    int64_t row = llvm::alignTo(columns * shape.elementBytes, panelBytes);
    return int64_t(llvm::alignTo(rows * row * slots, alignment));
  };
  int64_t keys = llvm::alignTo(tiles.key, 16);
  int64_t bytes = getBytes(tiles.query, shape.depth, 1) + getBytes(keys, shape.depth, tiles.stages) +
                  getBytes(keys, shape.valueDepth, tiles.stages);
  int64_t numSlots = 1 + 2 * tiles.stages;
  return shape.hasProducers ? bytes + 2 * barrierBytes * numSlots : bytes;
}

//===----------------------------------------------------------------------===//
// Both
//===----------------------------------------------------------------------===//

std::string mlir::sattn::getReasonAgainstNVBudget(const NVTarget &target,
                                                  const NVKernelShape &shape) {
  if (shape.getThreads() > kMaxThreads)
    return llvm::formatv("expected at most {0} threads per block, got {1}", kMaxThreads,
                         shape.getThreads());
  NVRegisters registers = estimateNVRegisters(shape);
  int64_t most = getNVMaxRegisters(shape);
  if (registers.getTotal() > most)
    return llvm::formatv("expected at most {0} registers per thread, got ~{1} ({2})", most,
                         registers.getTotal(), registers.describe());
  int64_t bytes = getNVSharedBytes(shape);
  if (bytes > target.sharedBytes)
    return llvm::formatv("expected at most {0} bytes of shared memory per block, got {1} (a query "
                         "tile of {2} rows, {3} slots of {4} keys and values)",
                         target.sharedBytes, bytes, shape.tiles.query, shape.tiles.stages,
                         shape.tiles.key);
  return "";
}

NVOccupancy mlir::sattn::getNVOccupancy(const NVTarget &target, int64_t threads,
                                        int64_t registers, int64_t sharedBytes) {
  int64_t perThread = llvm::alignTo(std::max<int64_t>(registers, 1), kRegisterStep);
  NVOccupancy limits[] = {
      {kRegisterFile / (perThread * threads), "registers"},
      {(target.sharedBytes + kReservedBytes) / (sharedBytes + kReservedBytes), "shared memory"},
      {getNVChip(target).maxThreads / threads, "threads"}};
  return *llvm::min_element(
      limits, [](const NVOccupancy &a, const NVOccupancy &b) { return a.blocks < b.blocks; });
}
