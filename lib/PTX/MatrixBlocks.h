//===- MatrixBlocks.h - Matrices in the registers of a warp -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layouts of MatrixFragment.h at speed. The 32 lanes of one register lie
// one after the other, and in every multiplicand layout four lanes hold a row:
// so a register is an 8 x 8 matrix of 16-bit elements (8 x 4 of 32 bits),
// row-major, and fragments are made of such blocks. B is held transposed.
//
// Of eight columns of an accumulator, one f32 register holds the even ones and
// the next one the odd ones. Matrices of floats here have their columns in this
// order, so that rows are copied and not picked apart.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_MATRIXBLOCKS_H
#define SATTN_LIB_PTX_MATRIXBLOCKS_H

#include "sattn/PTX/MatrixElement.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::sattn::ptx {

/// The 32 lanes of a 32-bit register.
using Lanes = const uint32_t *;
using MutableLanes = uint32_t *;

/// Where column `column` stands in a row: 0 2 4 6 1 3 5 7 8 10 ...
constexpr unsigned getColumnPlace(unsigned column) {
  return (column & ~7u) | (column & 1) << 2 | (column >> 1 & 3);
}

/// A (16 x depth, row-major) of mma.m16n8k`depth` from its registers.
void decodeA(MatrixElement element, llvm::ArrayRef<Lanes> registers,
             unsigned depth, float *a);

/// Reads 16 x `columns` accumulators, F32 or F16, of mma (8 columns) or of one
/// warp of wgmma.
void decodeD(MatrixElement element, llvm::ArrayRef<Lanes> registers,
             unsigned columns, float *d);

/// The inverse of `decodeD`; F16 rounds to nearest even.
void encodeD(MatrixElement element, llvm::ArrayRef<MutableLanes> registers,
             unsigned columns, const float *d);

/// `count` (at most 64) elements that lie one after the other in memory.
void decodeElements(MatrixElement element, const uint8_t *bytes, unsigned count,
                    float *values);

/// The operands of mma.m16n8k`depth`.
struct WarpProduct {
  MatrixElement multiplicand, accumulator, result;
  unsigned depth;
  llvm::ArrayRef<Lanes> a, b, c;
  llvm::ArrayRef<MutableLanes> d;
};

/// D = A B + C; D may be C.
void multiplyFragments(const WarpProduct &product);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_MATRIXBLOCKS_H
