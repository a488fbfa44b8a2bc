//===- MatrixDescriptor.h - Operands of wgmma in shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The 64-bit descriptor by which wgmma.mma_async finds A or B in shared memory
// (PTX ISA, "Shared Memory Matrix Layout", "Matrix Descriptor Format" and
// "Strides").
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MATRIXDESCRIPTOR_H
#define SATTN_PTX_MATRIXDESCRIPTOR_H

#include "sattn/PTX/Swizzle.h"
#include "llvm/Support/Error.h"

namespace mlir::sattn::ptx {

/// Which index of an operand is contiguous in shared memory: the contracted one
/// (K; imm-trans 0) or the other one (M of A, N of B; imm-trans 1).
enum class Major : uint8_t { K, MN };

/// A matrix of 16-byte rows of elements in shared memory. All in bytes, all
/// multiples of 16.
struct MatrixDescriptor {
  /// Address of the first element in the shared window of the CTA, < 2^18.
  uint32_t start = 0;
  /// K-major without swizzle: to the next 16 bytes along K. MN-major without
  /// swizzle: to the next 8 k. MN-major with swizzle: to the next span along
  /// M/N. K-major with swizzle: not used.
  uint32_t leading = 0;
  /// K-major: to the next 8 rows (M/N). MN-major without swizzle: to the next
  /// 16 bytes along M/N. MN-major with swizzle: to the next 8 k.
  uint32_t stride = 0;
  /// Line in which the swizzle pattern starts, see `applySwizzle`.
  uint32_t baseOffset = 0;
  Swizzle swizzle = Swizzle::None;

  /// The descriptor with the fields of `bits`; an error if a reserved bit is
  /// set, which is how a negative or too large byte offset shows up.
  static llvm::Expected<MatrixDescriptor> decode(uint64_t bits);

  /// The register value; fields are cut to their widths.
  uint64_t encode() const;

  /// Address of the first byte of element (`mn`, `k`), of `bytes` 2 or 4 each.
  uint32_t getAddress(Major major, unsigned bytes, unsigned mn,
                      unsigned k) const;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MATRIXDESCRIPTOR_H
