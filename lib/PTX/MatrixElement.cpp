//===- MatrixElement.cpp - Number formats of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixElement.h"

using namespace mlir::sattn::ptx;

static constexpr uint16_t kCanonicalNaN = 0x7fff;

uint16_t mlir::sattn::ptx::encodeF16(float value) {
  uint32_t bits = detail::toBits(value);
  uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return kCanonicalNaN;
  // 65520 lies half way between the largest f16 and what would come next.
  if (magnitude >= detail::toBits(65520.0f))
    return sign | 0x7c00;
  // Below the normal numbers the unit is 2^-24, which is the unit of floats
  // next to 0.5: the addition rounds.
  if (magnitude < detail::toBits(0x1p-14f))
    return sign | uint16_t(detail::toBits(detail::toFloat(magnitude) + 0.5f) -
                           detail::toBits(0.5f));
  uint32_t rebiased = magnitude - (uint32_t(127 - 15) << 23);
  return sign | uint16_t((rebiased + 0xfff + (rebiased >> 13 & 1)) >> 13);
}

uint16_t mlir::sattn::ptx::encodeBF16(float value) {
  uint32_t bits = detail::toBits(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return kCanonicalNaN;
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
