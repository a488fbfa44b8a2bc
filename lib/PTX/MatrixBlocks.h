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
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_MATRIXBLOCKS_H
#define SATTN_LIB_PTX_MATRIXBLOCKS_H

#include "sattn/PTX/MatrixElement.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::sattn::ptx {

/// The 32 lanes of a 32-bit register.
using Lanes = const uint32_t *;
using MutableLanes = uint32_t *;

/// A (16 x depth, row-major) of mma.m16n8k`depth` from its registers.
void decodeA(MatrixElement element, llvm::ArrayRef<Lanes> registers,
             unsigned depth, float *a);

/// B (depth x 8, row-major) of mma.m16n8k`depth` from its registers.
void decodeB(MatrixElement element, llvm::ArrayRef<Lanes> registers,
             unsigned depth, float *b);

/// Reads rows of 16 x `columns` accumulators, F32 or F16, of mma (8 columns) or
/// of one warp of wgmma.
void decodeD(MatrixElement element, llvm::ArrayRef<Lanes> registers,
             unsigned columns, float *d);

/// The inverse of `decodeD`; F16 rounds to nearest even.
void encodeD(MatrixElement element, llvm::ArrayRef<MutableLanes> registers,
             unsigned columns, const float *d);

/// `count` elements that lie one after the other in memory.
void decodeElements(MatrixElement element, const uint8_t *bytes, unsigned count,
                    float *values);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_MATRIXBLOCKS_H
