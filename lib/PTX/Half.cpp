//===- Half.cpp - Arithmetic on f16, bf16 and pairs of them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// add, sub, mul, fma, min, max, abs, neg. PTX ISA, "Half Precision Floating
// Point Instructions". Results are those of exact arithmetic, rounded once.
//
//===----------------------------------------------------------------------===//

#include "FloatLanes.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
constexpr uint16_t canonicalNan = 0x7fff;

template <typename Format, bool ftz>
LLVM_ATTRIBUTE_ALWAYS_INLINE float load(uint16_t bits) {
  if (ftz && (bits & 0x7c00) == 0)
    bits &= 0x8000;
  return float(Format{bits});
}

/// Rounds what is exact, or closer to it than half a unit of any format's last
/// place.
template <typename Format, bool ftz, bool sat, bool relu>
LLVM_ATTRIBUTE_ALWAYS_INLINE uint16_t store(float value) {
  uint16_t bits = Format::round(value).bits;
  if (ftz && (bits & 0x7c00) == 0)
    bits &= 0x8000;
  if (sat)
    return value > 0 ? (value < 1 ? bits : Format::round(1.0f).bits) : 0;
  if (relu && value == value && bits & 0x8000)
    return 0;
  return bits;
}

template <typename Format, bool ftz, bool sat, bool relu> struct Add {
  static uint16_t apply(uint16_t a, uint16_t b) {
    return store<Format, ftz, sat, relu>(load<Format, ftz>(a) +
                                         load<Format, ftz>(b));
  }
};
template <typename Format, bool ftz, bool sat, bool relu> struct Sub {
  static uint16_t apply(uint16_t a, uint16_t b) {
    return store<Format, ftz, sat, relu>(load<Format, ftz>(a) -
                                         load<Format, ftz>(b));
  }
};
template <typename Format, bool ftz, bool sat, bool relu> struct Mul {
  static uint16_t apply(uint16_t a, uint16_t b) {
    return store<Format, ftz, sat, relu>(load<Format, ftz>(a) *
                                         load<Format, ftz>(b));
  }
};

/// a * b + c in f32, rounded to odd: rounding that to a shorter format gives
/// what rounding the exact value would.
LLVM_ATTRIBUTE_ALWAYS_INLINE float multiplyAddToOdd(float a, float b, float c) {
  double product = double(a) * double(b);
  double sum = product + double(c);
  // The error of the sum (Knuth).
  double part = sum - product;
  double error = (product - (sum - part)) + (double(c) - part);
  float result = float(sum);
  double rest = (sum - double(result)) + error;
  uint32_t bits = bitCast<uint32_t>(result);
  // Truncate towards zero, then set the last bit where something is left.
  bool isFinite = (bits & 0x7f800000u) != 0x7f800000u;
  bool away = result > 0 ? rest < 0 : rest > 0;
  bool inexact = rest != 0 && isFinite && result != 0;
  bits = inexact ? (away ? bits - 1 : bits) | 1 : bits;
  return bitCast<float>(bits);
}

template <typename Format, bool ftz, bool sat, bool relu> struct Fma {
  static uint16_t apply(uint16_t a, uint16_t b, uint16_t c) {
    return store<Format, ftz, sat, relu>(multiplyAddToOdd(
        load<Format, ftz>(a), load<Format, ftz>(b), load<Format, ftz>(c)));
  }
};

template <typename Format, bool isMax, bool nan> struct MinMax {
  static uint16_t apply(uint16_t a, uint16_t b) {
    float x = Format{a}, y = Format{b};
    if (nan ? x != x || y != y : x != x && y != y)
      return canonicalNan;
    if (x != x || y != y)
      return x != x ? b : a;
    if (x == y)
      return isMax ? a & b : a | b;
    return (isMax ? x > y : x < y) ? a : b;
  }
};
struct Abs {
  static uint16_t apply(uint16_t a) { return a & 0x7fff; }
};
struct Neg {
  static uint16_t apply(uint16_t a) { return a ^ 0x8000; }
};

/// `Op` on both halves of 32 bits.
template <typename Op> struct Packed {
  static uint32_t apply(uint32_t a) {
    return Op::apply(a) | uint32_t(Op::apply(a >> 16)) << 16;
  }
};
template <typename Op> struct Packed2 {
  static uint32_t apply(uint32_t a, uint32_t b) {
    return Op::apply(a, b) | uint32_t(Op::apply(a >> 16, b >> 16)) << 16;
  }
};
template <typename Op> struct Packed3 {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    return Op::apply(a, b, c) | uint32_t(Op::apply(a >> 16, b >> 16, c >> 16))
                                    << 16;
  }
};
} // namespace

static bool isPacked(ScalarType type) {
  return type == ScalarType::F16x2 || type == ScalarType::BF16x2;
}

template <template <typename, bool, bool, bool> class Op,
          template <typename> class Pack, typename Format>
static Handler pickFormat(const FloatForm &form, bool packed) {
  auto choose = [&](auto ftz, auto sat, auto relu) -> Handler {
    using Chosen = Op<Format, ftz.value, sat.value, relu.value>;
    return packed ? lanesHandler<Pack<Chosen>>() : lanesHandler<Chosen>();
  };
  std::true_type yes;
  std::false_type no;
  if (form.relu)
    return form.ftz ? choose(yes, no, yes) : choose(no, no, yes);
  if (form.sat)
    return form.ftz ? choose(yes, yes, no) : choose(no, yes, no);
  return form.ftz ? choose(yes, no, no) : choose(no, no, no);
}

template <template <typename, bool, bool, bool> class Op,
          template <typename> class Pack, unsigned sources>
static bool decodeArithmetic(Decoder &decoder, const Statement &statement,
                             Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || form->rounding != Rounding::NearestEven || form->approx ||
      form->nan || form->xorsign || (form->sat && form->relu))
    return false;
  bool packed = isPacked(form->type);
  if (form->type == ScalarType::F16 || form->type == ScalarType::F16x2)
    i.run = pickFormat<Op, Pack, Half>(*form, packed);
  else if ((form->type == ScalarType::BF16 ||
            form->type == ScalarType::BF16x2) &&
           !form->ftz && !form->sat)
    i.run = pickFormat<Op, Pack, BFloat>(*form, packed);
  else
    return false;
  llvm::SmallVector<ScalarType, 3> types(sources, form->type);
  return decodeOperands(decoder, statement, i, form->type, types);
}

template <bool isMax, typename Format>
static Handler pickMinMax(bool nan, bool packed) {
  using Plain = MinMax<Format, isMax, false>;
  using WithNan = MinMax<Format, isMax, true>;
  if (packed)
    return nan ? lanesHandler<Packed2<WithNan>>()
               : lanesHandler<Packed2<Plain>>();
  return nan ? lanesHandler<WithNan>() : lanesHandler<Plain>();
}

template <bool isMax>
static bool decodeMinMax(Decoder &decoder, const Statement &statement,
                         Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || form->hasRounding || form->approx || form->xorsign ||
      form->sat || form->relu || form->ftz)
    return false;
  bool packed = isPacked(form->type);
  if (form->type == ScalarType::F16 || form->type == ScalarType::F16x2)
    i.run = pickMinMax<isMax, Half>(form->nan, packed);
  else if (form->type == ScalarType::BF16 || form->type == ScalarType::BF16x2)
    i.run = pickMinMax<isMax, BFloat>(form->nan, packed);
  else
    return false;
  return decodeOperands(decoder, statement, i, form->type,
                        {form->type, form->type});
}

template <typename Op>
static bool decodeSign(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || *type < ScalarType::F16 ||
      *type > ScalarType::BF16x2)
    return false;
  i.run = isPacked(*type) ? lanesHandler<Packed<Op>>() : lanesHandler<Op>();
  return decodeOperands(decoder, statement, i, *type, {*type});
}

void ptx::registerHalf(InstructionTable &table) {
  table.add("add", decodeArithmetic<Add, Packed2, 2>);
  table.add("sub", decodeArithmetic<Sub, Packed2, 2>);
  table.add("mul", decodeArithmetic<Mul, Packed2, 2>);
  table.add("fma", decodeArithmetic<Fma, Packed3, 3>);
  table.add("min", decodeMinMax<false>);
  table.add("max", decodeMinMax<true>);
  table.add("abs", decodeSign<Abs>);
  table.add("neg", decodeSign<Neg>);
}
