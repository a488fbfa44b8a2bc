//===- SharedAccess.h - Shared memory of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks that matrix instructions and asynchronous copies share.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_SHAREDACCESS_H
#define SATTN_LIB_PTX_SHAREDACCESS_H

#include "sattn/PTX/Machine.h"

namespace mlir::sattn::ptx {

/// Fails unless all 32 lanes of the warp execute `instruction` together.
bool expectWholeWarp(Warp &warp, const Instruction &instruction,
                     uint32_t lanes);

/// Fails unless [offset, offset + bytes) of `block` was written before.
bool expectInitialized(const Instruction &instruction, const Block &block,
                       uint32_t offset, unsigned bytes);

/// The block of the cluster to which a shared address belongs, and the offset
/// there, which must be a multiple of `alignment`; null after an error.
Block *getShared(Warp &warp, const Instruction &instruction, unsigned lane,
                 uint64_t address, unsigned alignment, uint32_t &offset);

/// The same for addresses that must belong to the own block.
bool getOwnShared(Warp &warp, const Instruction &instruction, unsigned lane,
                  uint64_t address, unsigned alignment, uint32_t &offset);

/// Number that stands for the asynchronous copies of `block` in clocks; those
/// of its warp-groups follow.
unsigned getAsyncPosition(const Block &block);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_SHAREDACCESS_H
