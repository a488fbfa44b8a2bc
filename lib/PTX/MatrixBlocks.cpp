//===- MatrixBlocks.cpp - Matrices in the registers of a warp -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixBlocks.h"
#include "Lanes.h"
#include "sattn/PTX/MatrixProduct.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Straight loops with a constant count and format become vector code.
template <MatrixElement element, unsigned count>
static LLVM_ATTRIBUTE_ALWAYS_INLINE void decode(const uint8_t *bytes,
                                                float *__restrict values) {
  if constexpr (getMatrixElementBytes(element) == 2) {
    uint16_t halves[count];
    std::memcpy(halves, bytes, sizeof(halves));
    for (unsigned i = 0; i != count; ++i)
      values[i] = element == MatrixElement::F16 ? decodeF16(halves[i])
                                                : decodeBF16(halves[i]);
  } else {
    uint32_t words[count];
    std::memcpy(words, bytes, sizeof(words));
    for (unsigned i = 0; i != count; ++i)
      values[i] = element == MatrixElement::TF32 ? decodeTF32(words[i])
                                                 : detail::toFloat(words[i]);
  }
}

template <MatrixElement element>
static void decodeAny(const uint8_t *bytes, unsigned count, float *values) {
  constexpr unsigned width = 16 / getMatrixElementBytes(element);
  for (unsigned i = 0; i < count; i += width)
    decode<element, width>(bytes + i * getMatrixElementBytes(element),
                           values + i);
}

void mlir::sattn::ptx::decodeElements(MatrixElement element,
                                      const uint8_t *bytes, unsigned count,
                                      float *values) {
  switch (element) {
  case MatrixElement::F16:
    return decodeAny<MatrixElement::F16>(bytes, count, values);
  case MatrixElement::BF16:
    return decodeAny<MatrixElement::BF16>(bytes, count, values);
  case MatrixElement::TF32:
    return decodeAny<MatrixElement::TF32>(bytes, count, values);
  case MatrixElement::F32:
    return decodeAny<MatrixElement::F32>(bytes, count, values);
  }
}

//===----------------------------------------------------------------------===//
// Multiplicands
//===----------------------------------------------------------------------===//

/// Registers 2 j and 2 j + 1 hold the upper and the lower 8 rows of block j.
template <MatrixElement element>
static LLVM_ATTRIBUTE_ALWAYS_INLINE void
decodeABlocks(ArrayRef<Lanes> registers, unsigned depth, float *__restrict a) {
  constexpr unsigned width = 16 / getMatrixElementBytes(element);
  alignas(32) float block[8 * width];
  for (unsigned i = 0; i != registers.size(); ++i) {
    decode<element, 8 * width>(reinterpret_cast<const uint8_t *>(registers[i]),
                               block);
    float *corner = a + i % 2 * 8 * depth + i / 2 * width;
    for (unsigned row = 0; row != 8; ++row)
      std::memcpy(corner + row * depth, block + row * width,
                  width * sizeof(float));
  }
}

/// B (depth x 8), its columns in the order of `getColumnPlace`.
template <MatrixElement element>
static LLVM_ATTRIBUTE_ALWAYS_INLINE void
decodeBBlocks(ArrayRef<Lanes> registers, float *__restrict b) {
  constexpr unsigned width = 16 / getMatrixElementBytes(element);
  alignas(32) float block[8 * width];
  for (unsigned i = 0; i != registers.size(); ++i) {
    decode<element, 8 * width>(reinterpret_cast<const uint8_t *>(registers[i]),
                               block);
    for (unsigned k = 0; k != width; ++k)
      for (unsigned n = 0; n != 8; ++n)
        b[(i * width + k) * 8 + getColumnPlace(n)] = block[n * width + k];
  }
}

void mlir::sattn::ptx::decodeA(MatrixElement element, ArrayRef<Lanes> registers,
                               unsigned depth, float *a) {
  if (element == MatrixElement::F16)
    decodeABlocks<MatrixElement::F16>(registers, depth, a);
  else if (element == MatrixElement::BF16)
    decodeABlocks<MatrixElement::BF16>(registers, depth, a);
  else
    decodeABlocks<MatrixElement::TF32>(registers, depth, a);
}

//===----------------------------------------------------------------------===//
// Accumulators
//===----------------------------------------------------------------------===//

// f32: of the columns from 8 j on, registers 4 j and 4 j + 1 hold the even and
// the odd ones in the upper 8 rows, the next two in the lower ones. f16:
// register 2 j + h holds 8 x 8 elements.

static LLVM_ATTRIBUTE_ALWAYS_INLINE void
decodeF32Blocks(ArrayRef<Lanes> registers, unsigned columns, float *d) {
  for (unsigned i = 0; i != registers.size(); ++i) {
    float *corner = d + i / 2 % 2 * 8 * columns + i / 4 * 8 + i % 2 * 4;
    for (unsigned row = 0; row != 8; ++row)
      std::memcpy(corner + row * columns, registers[i] + 4 * row, 16);
  }
}

static LLVM_ATTRIBUTE_ALWAYS_INLINE void
encodeF32Blocks(ArrayRef<MutableLanes> registers, unsigned columns,
                const float *d) {
  for (unsigned i = 0; i != registers.size(); ++i) {
    const float *corner = d + i / 2 % 2 * 8 * columns + i / 4 * 8 + i % 2 * 4;
    for (unsigned row = 0; row != 8; ++row)
      std::memcpy(registers[i] + 4 * row, corner + row * columns, 16);
  }
}

void mlir::sattn::ptx::decodeD(MatrixElement element, ArrayRef<Lanes> registers,
                               unsigned columns, float *d) {
  if (element == MatrixElement::F32)
    return decodeF32Blocks(registers, columns, d);
  for (unsigned i = 0; i != registers.size(); ++i) {
    float *corner = d + i % 2 * 8 * columns + i / 2 * 8;
    for (unsigned lane = 0; lane != warpSize; ++lane) {
      float *row = corner + lane / 4 * columns + lane % 4;
      row[0] = decodeF16(uint16_t(registers[i][lane]));
      row[4] = decodeF16(uint16_t(registers[i][lane] >> 16));
    }
  }
}

void mlir::sattn::ptx::encodeD(MatrixElement element,
                               ArrayRef<MutableLanes> registers,
                               unsigned columns, const float *d) {
  if (element == MatrixElement::F32)
    return encodeF32Blocks(registers, columns, d);
  for (unsigned i = 0; i != registers.size(); ++i) {
    const float *corner = d + i % 2 * 8 * columns + i / 2 * 8;
    for (unsigned lane = 0; lane != warpSize; ++lane) {
      const float *row = corner + lane / 4 * columns + lane % 4;
      registers[i][lane] =
          uint32_t(encodeF16(row[0])) | uint32_t(encodeF16(row[4])) << 16;
    }
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

template <MatrixElement element>
static LLVM_ATTRIBUTE_ALWAYS_INLINE void multiply(const WarpProduct &product,
                                                  float *__restrict d) {
  alignas(32) float a[16 * 16], b[16 * 8];
  decodeABlocks<element>(product.a, product.depth, a);
  decodeBBlocks<element>(product.b, b);
  multiplyBlock<8, 1>(a, b, d, 8, product.depth);
  multiplyBlock<8, 1>(a + 8 * product.depth, b, d + 64, 8, product.depth);
}

static LLVM_ATTRIBUTE_ALWAYS_INLINE void
multiplyAny(const WarpProduct &product) {
  alignas(32) float d[16 * 8];
  bool isF32 = product.accumulator == MatrixElement::F32;
  if (isF32)
    decodeF32Blocks(product.c, 8, d);
  else
    decodeD(product.accumulator, product.c, 8, d);
  if (product.multiplicand == MatrixElement::F16)
    multiply<MatrixElement::F16>(product, d);
  else if (product.multiplicand == MatrixElement::BF16)
    multiply<MatrixElement::BF16>(product, d);
  else
    multiply<MatrixElement::TF32>(product, d);
  if (product.result == MatrixElement::F32)
    encodeF32Blocks(product.d, 8, d);
  else
    encodeD(product.result, product.d, 8, d);
}

SATTN_PTX_FAST static void multiplyFast(const WarpProduct &product) {
  multiplyAny(product);
}

void mlir::sattn::ptx::multiplyFragments(const WarpProduct &product) {
  if (hasFastLanes())
    multiplyFast(product);
  else
    multiplyAny(product);
}
