//===- MatrixDescriptor.cpp - Operands of wgmma in shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixDescriptor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn::ptx;

/// Bits 14-15, 30-31, 46-48 and 52-61.
static constexpr uint64_t kReserved =
    uint64_t(0x3) << 14 | uint64_t(0x3) << 30 | uint64_t(0x7) << 46 |
    uint64_t(0x3ff) << 52;

/// "matrix-descriptor-encode" of the PTX ISA and its inverse.
static uint64_t encodeBytes(uint32_t bytes) { return (bytes & 0x3ffff) >> 4; }
static uint32_t decodeBytes(uint64_t bits) { return (bits & 0x3fff) << 4; }

llvm::Expected<MatrixDescriptor> MatrixDescriptor::decode(uint64_t bits) {
  if (bits & kReserved)
    return llvm::createStringError(llvm::formatv(
        "expected the reserved bits of a matrix descriptor to be 0, got "
        "{0:x16} (bits {1:x16})",
        bits, bits & kReserved));
  MatrixDescriptor descriptor;
  descriptor.start = decodeBytes(bits);
  descriptor.leading = decodeBytes(bits >> 16);
  descriptor.stride = decodeBytes(bits >> 32);
  descriptor.baseOffset = bits >> 49 & 0x7;
  // 0: none, 1: 128 bytes, 2: 64 bytes, 3: 32 bytes.
  descriptor.swizzle = Swizzle((4 - (bits >> 62)) % 4);
  return descriptor;
}

uint64_t MatrixDescriptor::encode() const {
  return encodeBytes(start) | encodeBytes(leading) << 16 |
         encodeBytes(stride) << 32 | uint64_t(baseOffset & 0x7) << 49 |
         uint64_t((4 - unsigned(swizzle)) % 4) << 62;
}

uint32_t MatrixDescriptor::getAddress(Major major, unsigned bytes, unsigned mn,
                                      unsigned k) const {
  uint32_t span = getSwizzleSpan(swizzle);
  if (major == Major::K) {
    uint32_t row = mn / 8 * stride, byte = k * bytes;
    if (swizzle == Swizzle::None)
      return start + row + mn % 8 * 16 + byte / 16 * leading + byte % 16;
    return applySwizzle(swizzle, start + row + mn % 8 * span + byte,
                        baseOffset);
  }
  uint32_t byte = mn * bytes;
  if (swizzle == Swizzle::None)
    return start + k / 8 * leading + k % 8 * 16 + byte / 16 * stride +
           byte % 16;
  return applySwizzle(swizzle,
                      start + k / 8 * stride + k % 8 * span +
                          byte / span * leading + byte % span,
                      baseOffset);
}
