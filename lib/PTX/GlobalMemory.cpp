//===- GlobalMemory.cpp - Device memory of the PTX interpreter -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A map of address ranges.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/GlobalMemory.h"
#include <cstring>
#include <new>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

void *GlobalMemory::allocate(uint64_t bytes, uint64_t alignment) {
  if (bytes == 0)
    return nullptr;
  alignment = alignment < 256 ? 256 : alignment;
  std::unique_ptr<uint8_t[]> storage(new (std::nothrow)
                                         uint8_t[bytes + alignment]);
  if (!storage)
    return nullptr;
  uintptr_t begin = reinterpret_cast<uintptr_t>(storage.get());
  begin = (begin + alignment - 1) & ~uintptr_t(alignment - 1);
  std::memset(reinterpret_cast<void *>(begin), 0xCB, bytes);
  Allocation &allocation = allocations[begin];
  allocation.begin = begin;
  allocation.end = begin + bytes;
  allocation.storage = std::move(storage);
  return reinterpret_cast<void *>(begin);
}

void GlobalMemory::add(void *data, uint64_t bytes, bool readOnly) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(data);
  Allocation &allocation = allocations[begin];
  allocation.begin = begin;
  allocation.end = begin + bytes;
  allocation.readOnly = readOnly;
}

bool GlobalMemory::release(void *data) {
  return allocations.erase(reinterpret_cast<uintptr_t>(data)) != 0;
}

GlobalMemory::Allocation *GlobalMemory::find(uintptr_t address,
                                             uint64_t bytes) {
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin())
    return nullptr;
  Allocation &allocation = std::prev(after)->second;
  bool inside = address <= allocation.end && bytes <= allocation.end - address;
  return inside ? &allocation : nullptr;
}

const GlobalMemory::Allocation *
GlobalMemory::findBelow(uintptr_t address) const {
  auto after = allocations.upper_bound(address);
  return after == allocations.begin() ? nullptr : &std::prev(after)->second;
}
