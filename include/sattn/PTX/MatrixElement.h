//===- MatrixElement.h - Number formats of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The element formats that mma, wgmma and TMA know, as bits and as float. Every
// f16, bf16 and tf32 value is a float, so decoding is exact; encoding rounds to
// nearest, ties to even.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MATRIXELEMENT_H
#define SATTN_PTX_MATRIXELEMENT_H

#include <cstdint>
#include <cstring>

namespace mlir::sattn::ptx {

/// Formats of multiplicands and accumulators.
enum class MatrixElement : uint8_t { F16, BF16, TF32, F32 };

/// Size of `element` in registers and memory, in bytes: 2 or 4.
constexpr unsigned getMatrixElementBytes(MatrixElement element) {
  return element == MatrixElement::F16 || element == MatrixElement::BF16 ? 2
                                                                         : 4;
}

namespace detail {
inline float toFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
inline uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
} // namespace detail

/// The value of the f16 number `bits` (IEEE 754 binary16, with subnormals).
/// Straight-line code, so that loops over it become vector code.
inline float decodeF16(uint16_t bits) {
  uint32_t magnitude = uint32_t(bits & 0x7fff) << 13;
  // Moves the exponent bias from 15 to 127; exact, subnormals included.
  uint32_t finite = detail::toBits(detail::toFloat(magnitude) * 0x1p112f);
  uint32_t special = magnitude | 0x7f800000;
  uint32_t value = magnitude >= 0x0f800000 ? special : finite;
  return detail::toFloat(value | uint32_t(bits & 0x8000) << 16);
}

/// The value of the bf16 number `bits`: the upper half of a float.
inline float decodeBF16(uint16_t bits) {
  return detail::toFloat(uint32_t(bits) << 16);
}

/// The value a tensor core sees in a register that holds a tf32 number: the
/// lower 13 bits take no part (PTX ISA, "Alternate Floating-Point Data
/// Formats").
inline float decodeTF32(uint32_t bits) {
  return detail::toFloat(bits & 0xffffe000);
}

/// The value of the low bits of `bits` read as `element`.
inline float decodeMatrixElement(MatrixElement element, uint32_t bits) {
  switch (element) {
  case MatrixElement::F16:
    return decodeF16(uint16_t(bits));
  case MatrixElement::BF16:
    return decodeBF16(uint16_t(bits));
  case MatrixElement::TF32:
    return decodeTF32(bits);
  case MatrixElement::F32:
    break;
  }
  return detail::toFloat(bits);
}

/// Rounds `value` to f16, to nearest even; overflow is infinity, NaN is the
/// canonical NaN 0x7fff.
uint16_t encodeF16(float value);

/// Rounds `value` to bf16, to nearest even; NaN is the canonical NaN 0x7fff.
uint16_t encodeBF16(float value);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MATRIXELEMENT_H
