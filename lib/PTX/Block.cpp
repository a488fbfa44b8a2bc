//===- Block.cpp - Thread blocks, clusters and their shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared memory with its checks. The mbarriers in it are in Mbarrier.cpp.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

Block::Block(Machine &machine, Cluster &cluster, Dim3 position, uint32_t rank)
    : machine(machine), cluster(cluster), position(position), rank(rank) {
  sharedSize =
      machine.kernel.dynamicSharedOffset + machine.config.dynamicSharedBytes;
  shared.assign(sharedSize, 0xCB);
  initialized.assign(sharedSize, 0);
}

Cluster::Cluster(Machine &machine, uint64_t index)
    : machine(machine), index(index) {
  startTime = machine.tick();
}

/// Splits an address into the block that it belongs to and the offset there.
static Block *findOwner(Block &block, uint64_t address, uint32_t &offset) {
  if (address & sharedWindow)
    address &= ~sharedWindow;
  uint64_t rank = address >> sharedRankShift;
  offset = address & ((1u << sharedRankShift) - 1);
  if (rank == 0)
    return &block;
  return rank <= block.cluster.blocks.size()
             ? block.cluster.blocks[rank - 1].get()
             : nullptr;
}

/// What is wrong with an access, or nothing.
static std::string checkAccess(Block *owner, uint64_t address, uint32_t offset,
                               unsigned bytes, unsigned alignment) {
  if (!owner)
    return "address " + llvm::Twine(address).str() +
           " is not in the shared memory of the cluster";
  if (offset < sharedBase || offset + bytes > owner->sharedSize)
    return ("shared memory access of " + llvm::Twine(bytes) +
            " bytes at offset " + llvm::Twine(int64_t(offset) - sharedBase) +
            " is out of bounds: the block has " +
            llvm::Twine(owner->sharedSize - sharedBase) + " bytes")
        .str();
  if (offset & (alignment - 1))
    return ("misaligned shared memory access: address " + llvm::Twine(offset) +
            " is not a multiple of " + llvm::Twine(alignment))
        .str();
  return {};
}

uint8_t *Block::access(Warp &warp, const Instruction &instruction,
                       unsigned lane, uint64_t address, unsigned bytes,
                       unsigned alignment, Block *&owner) {
  uint32_t offset = 0;
  owner = findOwner(*this, address, offset);
  if (LLVM_LIKELY(owner && offset >= sharedBase &&
                  offset + bytes <= owner->sharedSize &&
                  !(offset & (alignment - 1))))
    return owner->shared.data() + offset;
  warp.fail(instruction, lane,
            checkAccess(owner, address, offset, bytes, alignment));
  return nullptr;
}

uint8_t *Block::accessAsync(const Instruction &instruction, uint64_t address,
                            unsigned bytes, Block *&owner) {
  uint32_t offset = 0;
  owner = findOwner(*this, address, offset);
  std::string problem = checkAccess(owner, address, offset, bytes, 1);
  if (problem.empty())
    return owner->shared.data() + offset;
  machine.fail("ptx line " + llvm::Twine(instruction.statement->line) + ": " +
               problem + ": " + instruction.statement->text);
  return nullptr;
}
