//===- LaneMemory.h - Memory as the lanes of a warp see it -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_LANEMEMORY_H
#define SATTN_LIB_PTX_LANEMEMORY_H

#include "sattn/PTX/Machine.h"

namespace mlir::sattn::ptx {

/// Resolves the addresses of one instruction, with every check: bounds,
/// alignment, read-only and uninitialised memory, races.
class LaneMemory {
public:
  LaneMemory(Warp &warp, const Instruction &instruction, StateSpace space,
             RaceDetector::Kind kind)
      : warp(warp), instruction(instruction), space(space), kind(kind) {}

  /// Host memory behind `bytes` bytes at `address` for a read by `lane`; null
  /// after an error.
  const uint8_t *read(unsigned lane, uint64_t address, unsigned bytes) {
    return resolve(lane, address, bytes, nullptr);
  }
  /// The same without the check of the alignment, in global memory.
  const uint8_t *readUnaligned(unsigned lane, uint64_t address,
                               unsigned bytes) {
    return resolveGlobal(lane, address, bytes, nullptr, /*aligned=*/false);
  }
  /// Writes `bytes` bytes of `data`; where they are, null after an error.
  uint8_t *write(unsigned lane, uint64_t address, unsigned bytes,
                 const uint8_t *data);
  /// For a read and write in one: memory to be changed in place.
  uint8_t *modify(unsigned lane, uint64_t address, unsigned bytes) {
    return resolve(lane, address, bytes, nullptr);
  }

private:
  /// `data`: what is going to be written, null for a read or unknown.
  uint8_t *resolve(unsigned lane, uint64_t address, unsigned bytes,
                   const uint8_t *data);
  uint8_t *resolveGlobal(unsigned lane, uint64_t address, unsigned bytes,
                         const uint8_t *data, bool aligned = true);
  uint8_t *resolveShared(unsigned lane, uint64_t address, unsigned bytes,
                         const uint8_t *data);
  uint8_t *resolveLocal(unsigned lane, uint64_t address, unsigned bytes);
  uint8_t *resolveParameter(unsigned lane, uint64_t address, unsigned bytes);
  bool checkAlignment(unsigned lane, uint64_t address, unsigned bytes);

  Warp &warp;
  const Instruction &instruction;
  StateSpace space;
  RaceDetector::Kind kind;
  GlobalMemory::Allocation *allocation = nullptr;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_LANEMEMORY_H
