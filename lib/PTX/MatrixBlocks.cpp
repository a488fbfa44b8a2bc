//===- MatrixBlocks.cpp - Matrices in the registers of a warp -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixBlocks.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;

void mlir::sattn::ptx::decodeElements(MatrixElement element,
                                      const uint8_t *bytes, unsigned count,
                                      float *values) {
  // One loop per format, so that each becomes vector code.
  uint16_t halves[64];
  switch (element) {
  case MatrixElement::F16:
    std::memcpy(halves, bytes, 2 * count);
    for (unsigned i = 0; i != count; ++i)
      values[i] = decodeF16(halves[i]);
    return;
  case MatrixElement::BF16:
    std::memcpy(halves, bytes, 2 * count);
    for (unsigned i = 0; i != count; ++i)
      values[i] = decodeBF16(halves[i]);
    return;
  case MatrixElement::TF32:
    std::memcpy(values, bytes, 4 * count);
    for (unsigned i = 0; i != count; ++i)
      values[i] = decodeTF32(detail::toBits(values[i]));
    return;
  case MatrixElement::F32:
    std::memcpy(values, bytes, 4 * count);
    return;
  }
}

/// The block (8 rows of 16 bytes) that a register holds, row-major.
static unsigned decodeBlock(MatrixElement element, Lanes lanes, float *block) {
  unsigned width = 16 / getMatrixElementBytes(element);
  decodeElements(element, reinterpret_cast<const uint8_t *>(lanes), 8 * width,
                 block);
  return width;
}

void mlir::sattn::ptx::decodeA(MatrixElement element, ArrayRef<Lanes> registers,
                               unsigned depth, float *a) {
  float block[64];
  for (unsigned i = 0; i != registers.size(); ++i) {
    unsigned width = decodeBlock(element, registers[i], block);
    float *corner = a + i % 2 * 8 * depth + i / 2 * width;
    for (unsigned row = 0; row != 8; ++row)
      for (unsigned column = 0; column != width; ++column)
        corner[row * depth + column] = block[row * width + column];
  }
}

void mlir::sattn::ptx::decodeB(MatrixElement element, ArrayRef<Lanes> registers,
                               unsigned depth, float *b) {
  float block[64];
  for (unsigned i = 0; i != registers.size(); ++i) {
    unsigned width = decodeBlock(element, registers[i], block);
    for (unsigned k = 0; k != width; ++k)
      for (unsigned n = 0; n != 8; ++n)
        b[(i * width + k) * 8 + n] = block[n * width + k];
  }
}

void mlir::sattn::ptx::decodeD(MatrixElement element, ArrayRef<Lanes> registers,
                               unsigned columns, float *d) {
  if (element == MatrixElement::F16) {
    // Register 2 j + h: an 8 x 8 block.
    float block[64];
    for (unsigned i = 0; i != registers.size(); ++i) {
      decodeBlock(element, registers[i], block);
      float *corner = d + i % 2 * 8 * columns + i / 2 * 8;
      for (unsigned row = 0; row != 8; ++row)
        std::memcpy(corner + row * columns, block + row * 8, 8 * sizeof(float));
    }
    return;
  }
  // Registers 4 j + 2 h and 4 j + 2 h + 1: the even and the odd columns.
  for (unsigned i = 0; i != registers.size(); ++i) {
    float *corner = d + i / 2 % 2 * 8 * columns + i / 4 * 8 + i % 2;
    for (unsigned lane = 0; lane != 32; ++lane)
      corner[lane / 4 * columns + lane % 4 * 2] =
          detail::toFloat(registers[i][lane]);
  }
}

void mlir::sattn::ptx::encodeD(MatrixElement element,
                               ArrayRef<MutableLanes> registers,
                               unsigned columns, const float *d) {
  if (element == MatrixElement::F16) {
    for (unsigned i = 0; i != registers.size(); ++i) {
      const float *corner = d + i % 2 * 8 * columns + i / 2 * 8;
      for (unsigned lane = 0; lane != 32; ++lane) {
        const float *pair = corner + lane / 4 * columns + lane % 4 * 2;
        registers[i][lane] =
            uint32_t(encodeF16(pair[0])) | uint32_t(encodeF16(pair[1])) << 16;
      }
    }
    return;
  }
  for (unsigned i = 0; i != registers.size(); ++i) {
    const float *corner = d + i / 2 % 2 * 8 * columns + i / 4 * 8 + i % 2;
    for (unsigned lane = 0; lane != 32; ++lane)
      registers[i][lane] =
          detail::toBits(corner[lane / 4 * columns + lane % 4 * 2]);
  }
}
