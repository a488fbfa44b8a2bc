//===- SharedAccess.cpp - Shared memory of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedAccess.h"
#include "llvm/ADT/bit.h"
#include <cstring>

using namespace mlir::sattn::ptx;
using llvm::Twine;

bool mlir::sattn::ptx::expectWholeWarp(Warp &warp,
                                       const Instruction &instruction,
                                       uint32_t lanes) {
  if (!warp.expectConverged(instruction, lanes))
    return false;
  if (lanes == allLanes)
    return true;
  warp.fail(instruction, llvm::countr_zero(lanes),
            "expected all 32 threads of the warp to execute this, got lanes "
            "0x" +
                Twine::utohexstr(lanes) +
                " (the others have exited or never were)");
  return false;
}

bool mlir::sattn::ptx::expectInitialized(const Instruction &instruction,
                                         const Block &block, uint32_t offset,
                                         unsigned bytes) {
  if (!block.machine.options.checkUninitialized)
    return true;
  const uint8_t *begin = block.initialized.data() + offset;
  const void *hole = std::memchr(begin, 0, bytes);
  if (LLVM_LIKELY(!hole))
    return true;
  uint32_t at = offset + (static_cast<const uint8_t *>(hole) - begin);
  block.machine.fail(
      "ptx line " + Twine(instruction.statement->line) +
      ": read of shared memory that nobody has written: offset " +
      Twine(at - sharedBase) + " of block (" + Twine(block.position.x) + ", " +
      Twine(block.position.y) + ", " + Twine(block.position.z) +
      "): " + instruction.statement->text);
  return false;
}

Block *mlir::sattn::ptx::getShared(Warp &warp, const Instruction &instruction,
                                   unsigned lane, uint64_t address,
                                   unsigned alignment, uint32_t &offset) {
  Block *owner;
  const uint8_t *data =
      warp.block.access(warp, instruction, lane, address, 1, 1, owner);
  if (!data)
    return nullptr;
  offset = data - owner->shared.data();
  if (offset % alignment == 0)
    return owner;
  warp.fail(instruction, lane,
            "expected a shared address that is a multiple of " +
                Twine(alignment) + " bytes, got " + Twine(offset));
  return nullptr;
}

bool mlir::sattn::ptx::getOwnShared(Warp &warp, const Instruction &instruction,
                                    unsigned lane, uint64_t address,
                                    unsigned alignment, uint32_t &offset) {
  Block *owner = getShared(warp, instruction, lane, address, alignment, offset);
  if (!owner || owner == &warp.block)
    return owner != nullptr;
  warp.fail(instruction, lane,
            "expected an address in shared memory of the own block");
  return false;
}

unsigned mlir::sattn::ptx::getAsyncPosition(const Block &block) {
  return block.cluster.numWarps + block.rank * (1 + block.warps.size() / 4);
}
