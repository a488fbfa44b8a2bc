//===- FloatFunctions.cpp - Approximate functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// div, rcp, sqrt, rsqrt, ex2, lg2, sin, cos, tanh with `.approx`, of f32 and of
// the 16-bit formats. The hardware's last bits are not documented: what comes
// here is the result of f64 arithmetic, rounded, which is within every bound of
// the PTX ISA.
//
//===----------------------------------------------------------------------===//

#include "FloatLanes.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

/// 2^x with a relative error below 2^-30, without a branch.
LLVM_ATTRIBUTE_ALWAYS_INLINE static float exp2Rounded(float x) {
  double clamped = x > 129.0f ? 129.0 : x < -160.0f ? -160.0 : double(x);
  // Adding 1.5 * 2^52 rounds to an integer, which is then in the low bits.
  double shifted = clamped + 0x1.8p52;
  double whole = shifted - 0x1.8p52;
  // 2^f = e^(f ln 2) for |f| <= 1/2.
  double t = (clamped - whole) * 0.6931471805599453;
  double sum = 1.0 / 40320;
  sum = sum * t + 1.0 / 5040;
  sum = sum * t + 1.0 / 720;
  sum = sum * t + 1.0 / 120;
  sum = sum * t + 1.0 / 24;
  sum = sum * t + 1.0 / 6;
  sum = sum * t + 0.5;
  sum = sum * t + 1.0;
  sum = sum * t + 1.0;
  uint64_t scale = (bitCast<uint64_t>(shifted) + 1023) << 52;
  float result = float(sum * bitCast<double>(scale));
  return x == x ? result : x;
}

namespace {
template <bool ftz> struct Ex2 {
  static float apply(float a) {
    return finish<ftz, false>(exp2Rounded(input<ftz>(a)));
  }
};
template <bool ftz> struct Lg2 {
  static float apply(float a) {
    return finish<ftz, false>(float(std::log2(double(input<ftz>(a)))));
  }
};
template <bool ftz> struct Rcp {
  static float apply(float a) {
    return finish<ftz, false>(1.0f / input<ftz>(a));
  }
};
template <bool ftz> struct Sqrt {
  static float apply(float a) {
    return finish<ftz, false>(std::sqrt(input<ftz>(a)));
  }
};
template <bool ftz> struct Rsqrt {
  static float apply(float a) {
    return finish<ftz, false>(float(1.0 / std::sqrt(double(input<ftz>(a)))));
  }
};
template <bool ftz> struct Sin {
  static float apply(float a) {
    return finish<ftz, false>(float(std::sin(double(input<ftz>(a)))));
  }
};
template <bool ftz> struct Cos {
  static float apply(float a) {
    return finish<ftz, false>(float(std::cos(double(input<ftz>(a)))));
  }
};
template <bool ftz> struct Tanh {
  static float apply(float a) {
    return finish<false, false>(float(std::tanh(double(a))));
  }
};
/// `.approx`: 2^126 < |b| < 2^128 gives 0, or NaN under an infinite a.
template <bool ftz> struct DivApprox {
  static float apply(float a, float b) {
    a = input<ftz>(a);
    b = input<ftz>(b);
    float magnitude = std::fabs(b);
    bool huge = magnitude > 0x1p126f && magnitude < INFINITY;
    return finish<ftz, false>(huge ? a * 0.0f : a / b);
  }
};
template <bool ftz> struct DivFull {
  static float apply(float a, float b) {
    return finish<ftz, false>(input<ftz>(a) / input<ftz>(b));
  }
};

/// A function of f32 on one 16-bit format, or on both halves of 32 bits.
template <typename Format, typename Op> struct OnHalf {
  static uint16_t apply(uint16_t a) {
    return Format::round(Op::apply(float(Format{a}))).bits;
  }
};
template <typename Format, typename Op> struct OnPacked {
  static uint32_t apply(uint32_t a) {
    return OnHalf<Format, Op>::apply(a & 0xffff) |
           uint32_t(OnHalf<Format, Op>::apply(a >> 16)) << 16;
  }
};
} // namespace

template <template <bool> class Op>
static bool decodeFunction(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || !form->approx || form->type != ScalarType::F32)
    return false;
  i.run = form->ftz ? lanesHandler<Op<true>>() : lanesHandler<Op<false>>();
  return decodeOperands(decoder, statement, i, form->type, {form->type});
}

/// ex2 and tanh also work on 16-bit formats.
template <template <bool> class Op>
static bool decodeHalfFunction(Decoder &decoder, const Statement &statement,
                               Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || !form->approx)
    return false;
  switch (form->type) {
  case ScalarType::F16:
    i.run = lanesHandler<OnHalf<Half, Op<false>>>();
    break;
  case ScalarType::BF16:
    i.run = lanesHandler<OnHalf<BFloat, Op<false>>>();
    break;
  case ScalarType::F16x2:
    i.run = lanesHandler<OnPacked<Half, Op<false>>>();
    break;
  case ScalarType::BF16x2:
    i.run = lanesHandler<OnPacked<BFloat, Op<false>>>();
    break;
  default:
    return false;
  }
  return decodeOperands(decoder, statement, i, form->type, {form->type});
}

static bool decodeDiv(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || form->approx == form->full || form->type != ScalarType::F32)
    return false;
  if (form->approx)
    i.run = form->ftz ? lanesHandler<DivApprox<true>>()
                      : lanesHandler<DivApprox<false>>();
  else
    i.run = form->ftz ? lanesHandler<DivFull<true>>()
                      : lanesHandler<DivFull<false>>();
  return decodeOperands(decoder, statement, i, form->type,
                        {form->type, form->type});
}

void ptx::registerFloatFunctions(InstructionTable &table) {
  table.add("div", decodeDiv);
  table.add("rcp", decodeFunction<Rcp>);
  table.add("sqrt", decodeFunction<Sqrt>);
  table.add("rsqrt", decodeFunction<Rsqrt>);
  table.add("ex2", decodeFunction<Ex2>);
  table.add("ex2", decodeHalfFunction<Ex2>);
  table.add("lg2", decodeFunction<Lg2>);
  table.add("sin", decodeFunction<Sin>);
  table.add("cos", decodeFunction<Cos>);
  table.add("tanh", decodeFunction<Tanh>);
  table.add("tanh", decodeHalfFunction<Tanh>);
}
