//===- GlobalMemory.h - Device memory of the PTX interpreter -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_GLOBALMEMORY_H
#define SATTN_PTX_GLOBALMEMORY_H

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace mlir::sattn::ptx {

constexpr uint64_t shadowPageWords = 1024;

/// Who last touched four bytes of memory (`RaceDetector`).
struct Stamp {
  /// Time of the access in the clock of its warp; 0: never.
  uint32_t clock = 0;
  /// Index of the instruction.
  uint32_t instruction = 0;
  /// Number of the warp in the launch.
  uint32_t warp = 0;
  uint8_t lane = 0;
  /// Which of the four bytes, in the low bits; flags of the detector above.
  uint8_t flags = 0;
};

/// Global memory is host memory: an address is a host pointer. Every range that
/// a kernel may touch is registered; anything else is out of bounds.
class GlobalMemory {
public:
  struct Allocation {
    uintptr_t begin = 0, end = 0;
    bool readOnly = false;
    /// Owned storage, null for registered host memory.
    std::unique_ptr<uint8_t[]> storage;
    /// Last writer and last two readers of each word, in pages of
    /// `shadowPageWords` words made on first use; valid in one launch.
    std::vector<std::unique_ptr<Stamp[]>> shadow;
    uint64_t shadowLaunch = 0;
  };

  /// Memory of the device, aligned to 256 bytes and filled with 0xCB (so that
  /// reading what nobody wrote gives conspicuous numbers). Null for 0 bytes
  /// and where memory is lacking.
  void *allocate(uint64_t bytes, uint64_t alignment = 256);
  /// Makes `bytes` of host memory at `data` accessible to kernels.
  void add(void *data, uint64_t bytes, bool readOnly = false);
  /// Releases what `allocate` or `add` gave. False for an unknown pointer.
  bool release(void *data);
  /// The allocation that contains [address, address + bytes), or null.
  Allocation *find(uintptr_t address, uint64_t bytes);
  /// The allocation nearest below `address`, for reports.
  const Allocation *findBelow(uintptr_t address) const;
  /// All of them, by address.
  const std::map<uintptr_t, Allocation> &getAllocations() const {
    return allocations;
  }
  /// A number for a new launch.
  uint64_t nextLaunch() { return ++launches; }

private:
  uint64_t launches = 0;
  std::map<uintptr_t, Allocation> allocations;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_GLOBALMEMORY_H
