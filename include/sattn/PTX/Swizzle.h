//===- Swizzle.h - Swizzles of shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The swizzle modes of TMA and wgmma: 16-byte chunks change places within a
// span of 32, 64 or 128 bytes, by an exclusive or of the chunk's number with
// the number of the 128-byte line, both taken from the shared-memory address.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_SWIZZLE_H
#define SATTN_PTX_SWIZZLE_H

#include <cstdint>

namespace mlir::sattn::ptx {

enum class Swizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };

/// Bytes within which chunks change places; 0 for `None`.
constexpr uint32_t getSwizzleSpan(Swizzle swizzle) {
  return swizzle == Swizzle::None ? 0 : 16u << unsigned(swizzle);
}

/// Bytes after which the pattern repeats (256, 512, 1024); 16 for `None`.
constexpr uint32_t getSwizzlePeriod(Swizzle swizzle) {
  return swizzle == Swizzle::None ? 16 : 8 * getSwizzleSpan(swizzle);
}

/// Where the byte goes that would lie at the shared-memory address `address`
/// without swizzle: bits 4 to 6 (128 bytes), 4 and 5 (64), 4 (32) ^= the bits
/// from 7 on. `baseOffset` (0 to 7, in 128-byte lines) is the line where the
/// pattern starts when that is no multiple of its period (PTX ISA, "Matrix
/// Descriptor Format"). An involution for a given `baseOffset`.
constexpr uint32_t applySwizzle(Swizzle swizzle, uint32_t address,
                                uint32_t baseOffset = 0) {
  uint32_t mask = (1u << unsigned(swizzle)) - 1;
  return address ^ ((((address >> 7) - baseOffset) & mask) << 4);
}

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_SWIZZLE_H
