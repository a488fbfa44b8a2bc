//===- FloatLanes.h - What floating-point handlers share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_FLOATLANES_H
#define SATTN_LIB_PTX_FLOATLANES_H

#include "Lanes.h"
#include "sattn/PTX/FloatFormats.h"
#include <type_traits>

namespace mlir::sattn::ptx {

/// The modifiers of floating-point arithmetic.
struct FloatForm {
  Rounding rounding = Rounding::NearestEven;
  bool hasRounding = false, approx = false, full = false, ftz = false,
       sat = false, nan = false, xorsign = false, relu = false;
  ScalarType type = ScalarType::F32;
};

/// Reads `.rn.ftz.sat.f32` and the like; nothing where another modifier comes.
std::optional<FloatForm> readFloatForm(const Statement &statement);

/// An operand, flushed if asked for.
template <bool ftz, typename T> LLVM_ATTRIBUTE_ALWAYS_INLINE T input(T value) {
  if constexpr (ftz)
    return flush(value);
  else
    return value;
}

/// A result: flushed, clamped to [0, 1] (NaN becomes 0), NaN made canonical.
template <bool ftz, bool sat, typename T>
LLVM_ATTRIBUTE_ALWAYS_INLINE T finish(T value) {
  if constexpr (ftz)
    value = flush(value);
  if constexpr (sat)
    return value > T(0) ? (value < T(1) ? value : T(1)) : T(0);
  if constexpr (std::is_same_v<T, float>)
    return value == value ? value : bitCast<float>(0x7fffffffu);
  return value;
}

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_FLOATLANES_H
