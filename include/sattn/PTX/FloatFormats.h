//===- FloatFormats.h - Conversions between floating-point formats -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_FLOATFORMATS_H
#define SATTN_PTX_FLOATFORMATS_H

#include "llvm/Support/Compiler.h"
#include <cmath>
#include <cstdint>
#include <cstring>

namespace mlir::sattn::ptx {

template <typename To, typename From>
LLVM_ATTRIBUTE_ALWAYS_INLINE To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// Rounding of `.rn`, `.rna` (ties away from zero), `.rz`, `.rm`, `.rp`.
enum class Rounding : uint8_t { NearestEven, NearestAway, Zero, Down, Up };

/// A binary format of at most 16 bits below a sign bit: exponent and stored
/// mantissa bits, as IEEE 754 interchange formats have them.
struct FloatFormat {
  unsigned exponentBits, mantissaBits;
  constexpr int getBias() const { return (1 << (exponentBits - 1)) - 1; }
};
constexpr FloatFormat halfFormat = {5, 10}, bfloatFormat = {8, 7},
                      tf32Format = {8, 10}, singleFormat = {8, 23};

/// Rounds `value` to `format`, with subnormals and infinities as IEEE 754 wants
/// them; the bits of the result. NaN becomes the format's canonical NaN, all
/// ones without the sign.
inline uint32_t roundToFormat(double value, FloatFormat format, Rounding mode) {
  const unsigned mantissa = format.mantissaBits;
  const uint32_t infinity = ((1u << format.exponentBits) - 1) << mantissa;
  uint64_t bits = bitCast<uint64_t>(value);
  uint32_t sign = uint32_t(bits >> 63) << (format.exponentBits + mantissa);
  bool negative = sign != 0;
  if (std::isnan(value))
    return (1u << (format.exponentBits + mantissa)) - 1;
  if (std::isinf(value))
    return sign | infinity;
  if (value == 0)
    return sign;
  int exponent = std::ilogb(value);
  int least = 1 - format.getBias();
  int scale = (exponent < least ? least : exponent) - int(mantissa);
  // In units of the last place; exact, as a double has room for it.
  double scaled = std::ldexp(std::fabs(value), -scale);
  double whole = std::floor(scaled), rest = scaled - whole;
  bool up = false;
  switch (mode) {
  case Rounding::NearestEven:
    up = rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0);
    break;
  case Rounding::NearestAway:
    up = rest >= 0.5;
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    up = negative && rest > 0;
    break;
  case Rounding::Up:
    up = !negative && rest > 0;
    break;
  }
  uint64_t units = uint64_t(whole) + up;
  // Biased exponent and mantissa add up: a carry moves to the next exponent,
  // and subnormals have exponent field 0.
  int64_t field = int64_t(scale + int(mantissa)) - least;
  int64_t result = (field << mantissa) + int64_t(units);
  if (result >= int64_t(infinity)) {
    bool toInfinity = mode == Rounding::NearestEven ||
                      mode == Rounding::NearestAway ||
                      (mode == Rounding::Up && !negative) ||
                      (mode == Rounding::Down && negative);
    return sign | (toInfinity ? infinity : infinity - 1);
  }
  return sign | uint32_t(result);
}

/// The value of the bits of a format; exact.
inline float formatToFloat(uint32_t bits, FloatFormat format) {
  const unsigned mantissa = format.mantissaBits;
  uint32_t exponent = bits >> mantissa & ((1u << format.exponentBits) - 1);
  uint32_t fraction = bits & ((1u << mantissa) - 1);
  bool negative = bits >> (mantissa + format.exponentBits) & 1;
  float value;
  if (exponent == (1u << format.exponentBits) - 1)
    value = fraction ? NAN : INFINITY;
  else if (exponent == 0)
    value = std::ldexp(float(fraction), 1 - format.getBias() - int(mantissa));
  else
    value = std::ldexp(float(fraction | 1u << mantissa),
                       int(exponent) - format.getBias() - int(mantissa));
  return negative ? -value : value;
}

/// As `formatToFloat` for f16, without a branch: loops over lanes vectorise.
LLVM_ATTRIBUTE_ALWAYS_INLINE float halfToFloat(uint16_t bits) {
  uint32_t magnitude = bits & 0x7fffu;
  uint32_t sign = uint32_t(bits & 0x8000u) << 16;
  // Scaling by 2^112 puts the exponent right, for subnormals too.
  float scaled = bitCast<float>(magnitude << 13) * 0x1p112f;
  uint32_t finite = bitCast<uint32_t>(scaled);
  uint32_t special = magnitude << 13 | 0x7f800000u;
  return bitCast<float>(sign | (magnitude >= 0x7c00u ? special : finite));
}

/// Round to nearest even, without a branch.
LLVM_ATTRIBUTE_ALWAYS_INLINE uint16_t floatToHalf(float value) {
  uint32_t bits = bitCast<uint32_t>(value);
  uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  uint32_t normal =
      (magnitude + 0xfffu + (magnitude >> 13 & 1) - (112u << 23)) >> 13;
  // Adding 0.5 aligns the mantissa of a subnormal result, and rounds it.
  uint32_t subnormal =
      bitCast<uint32_t>(bitCast<float>(magnitude) + 0.5f) - 0x3f000000u;
  uint32_t result = magnitude < 0x38800000u ? subnormal : normal;
  result = magnitude >= 0x477ff000u ? 0x7c00u : result;
  result = magnitude > 0x7f800000u ? 0x7fffu : result;
  return magnitude > 0x7f800000u ? 0x7fffu : uint16_t(sign | result);
}

LLVM_ATTRIBUTE_ALWAYS_INLINE float bfloatToFloat(uint16_t bits) {
  return bitCast<float>(uint32_t(bits) << 16);
}

/// Round to nearest even, without a branch.
LLVM_ATTRIBUTE_ALWAYS_INLINE uint16_t floatToBfloat(float value) {
  uint32_t bits = bitCast<uint32_t>(value);
  uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
  return (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : uint16_t(rounded);
}

/// Subnormal numbers become zero of their sign (`.ftz`).
LLVM_ATTRIBUTE_ALWAYS_INLINE float flush(float value) {
  uint32_t bits = bitCast<uint32_t>(value);
  return bitCast<float>(bits & 0x7f800000u ? bits : bits & 0x80000000u);
}

/// A lane of a 16-bit format.
struct Half {
  uint16_t bits;
  LLVM_ATTRIBUTE_ALWAYS_INLINE operator float() const {
    return halfToFloat(bits);
  }
  LLVM_ATTRIBUTE_ALWAYS_INLINE static Half round(float value) {
    return {floatToHalf(value)};
  }
};
struct BFloat {
  uint16_t bits;
  LLVM_ATTRIBUTE_ALWAYS_INLINE operator float() const {
    return bfloatToFloat(bits);
  }
  LLVM_ATTRIBUTE_ALWAYS_INLINE static BFloat round(float value) {
    return {floatToBfloat(value)};
  }
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_FLOATFORMATS_H
