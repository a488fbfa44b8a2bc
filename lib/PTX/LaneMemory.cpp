//===- LaneMemory.cpp - Memory as the lanes of a warp see it -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From an address in a state space to host memory.
//
//===----------------------------------------------------------------------===//

#include "LaneMemory.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

bool LaneMemory::checkAlignment(unsigned lane, uint64_t address,
                                unsigned bytes) {
  if (LLVM_LIKELY((address & (bytes - 1)) == 0))
    return true;
  warp.fail(instruction, lane,
            "misaligned " + getName(space) + " memory access: address 0x" +
                llvm::utohexstr(address) + " is not a multiple of " +
                llvm::Twine(bytes));
  return false;
}

uint8_t *LaneMemory::resolveGlobal(unsigned lane, uint64_t address,
                                   unsigned bytes, const uint8_t *data,
                                   bool aligned) {
  if (aligned && !checkAlignment(lane, address, bytes))
    return nullptr;
  if (!allocation || address < allocation->begin ||
      address + bytes > allocation->end) {
    allocation = warp.machine.memory.find(address, bytes);
    if (!allocation) {
      std::string text = "global memory access of " + llvm::Twine(bytes).str() +
                         " bytes at 0x" + llvm::utohexstr(address) +
                         " is out of bounds";
      if (auto *near = warp.machine.memory.findBelow(address))
        text += ": the nearest allocation below it starts " +
                llvm::Twine(address - near->begin).str() +
                " bytes before and has " +
                llvm::Twine(near->end - near->begin).str() + " bytes";
      warp.fail(instruction, lane, text);
      return nullptr;
    }
  }
  if (kind.write && allocation->readOnly) {
    warp.fail(instruction, lane, "write to read-only memory");
    return nullptr;
  }
  uint8_t *memory = reinterpret_cast<uint8_t *>(address);
  // Nothing races with reads of what nobody may write.
  if (!warp.machine.options.checkRaces || allocation->readOnly)
    return memory;
  bool same = data && std::memcmp(memory, data, bytes) == 0;
  return warp.machine.races.accessGlobal(warp, instruction, lane, *allocation,
                                         address, bytes, kind, same)
             ? memory
             : nullptr;
}

/// Whether all of 1, 2, 4, 8, ... bytes are 1.
static bool isInitialized(const uint8_t *flags, unsigned bytes) {
  constexpr uint64_t all = 0x0101010101010101;
  uint64_t low = all, high = all;
  if (bytes == 16) {
    std::memcpy(&low, flags, 8);
    std::memcpy(&high, flags + 8, 8);
    return (low & high) == all;
  }
  if (bytes > 8)
    return !std::memchr(flags, 0, bytes);
  std::memcpy(&low, flags, bytes);
  return low == all;
}

uint8_t *LaneMemory::resolveShared(unsigned lane, uint64_t address,
                                   unsigned bytes, const uint8_t *data) {
  Block *owner = nullptr;
  uint8_t *memory =
      warp.block.access(warp, instruction, lane, address, bytes, bytes, owner);
  if (!memory)
    return nullptr;
  const LaunchOptions &options = warp.machine.options;
  uint32_t offset = memory - owner->shared.data();
  uint8_t *initialized = owner->initialized.data() + offset;
  bool complete = isInitialized(initialized, bytes);
  if (!data && !complete && options.checkUninitialized) {
    warp.fail(instruction, lane,
              "read of shared memory that nobody has written: offset " +
                  llvm::Twine(offset - sharedBase));
    return nullptr;
  }
  bool same = data && complete && std::memcmp(memory, data, bytes) == 0;
  if (options.checkRaces &&
      !warp.machine.races.accessShared(warp, instruction, lane, *owner, offset,
                                       bytes, kind, same))
    return nullptr;
  if (kind.write && !complete)
    std::memset(initialized, 1, bytes);
  return memory;
}

uint8_t *LaneMemory::resolveLocal(unsigned lane, uint64_t address,
                                  unsigned bytes) {
  if (!checkAlignment(lane, address, bytes))
    return nullptr;
  uint64_t offset = address & ~localWindow;
  if (offset + bytes > warp.localStride) {
    warp.fail(instruction, lane,
              "local memory access of " + llvm::Twine(bytes) +
                  " bytes at offset " + llvm::Twine(offset) +
                  " is out of bounds: the thread has " +
                  llvm::Twine(warp.localStride) + " bytes");
    return nullptr;
  }
  return warp.local.data() + size_t(lane) * warp.localStride + offset;
}

uint8_t *LaneMemory::resolveParameter(unsigned lane, uint64_t address,
                                      unsigned bytes) {
  if (!checkAlignment(lane, address, bytes))
    return nullptr;
  uint32_t size = warp.machine.kernel.parameterBytes;
  if (kind.write || address + bytes > size) {
    warp.fail(instruction, lane,
              kind.write ? "write to a kernel parameter"
                         : "kernel parameter access of " + llvm::Twine(bytes) +
                               " bytes at offset " + llvm::Twine(address) +
                               " is out of bounds: there are " +
                               llvm::Twine(size) + " bytes");
    return nullptr;
  }
  return const_cast<uint8_t *>(warp.machine.getParameters()) + address;
}

uint8_t *LaneMemory::resolve(unsigned lane, uint64_t address, unsigned bytes,
                             const uint8_t *data) {
  switch (space) {
  case StateSpace::Generic:
    if (address & sharedWindow)
      return resolveShared(lane, address, bytes, data);
    if (address & localWindow)
      return resolveLocal(lane, address, bytes);
    [[fallthrough]];
  case StateSpace::Global:
  case StateSpace::Const:
    return resolveGlobal(lane, address, bytes, data);
  case StateSpace::Shared:
    return resolveShared(lane, address, bytes, data);
  case StateSpace::Local:
    return resolveLocal(lane, address, bytes);
  case StateSpace::Param:
    return resolveParameter(lane, address, bytes);
  }
  return nullptr;
}

uint8_t *LaneMemory::write(unsigned lane, uint64_t address, unsigned bytes,
                           const uint8_t *data) {
  uint8_t *memory = resolve(lane, address, bytes, data);
  if (memory)
    std::memcpy(memory, data, bytes);
  return memory;
}
