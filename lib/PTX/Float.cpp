//===- Float.cpp - Arithmetic on f32 and f64 -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// add, sub, mul, fma, mad, div, rcp, sqrt, min, max, abs, neg, copysign, testp.
// PTX ISA, "Floating Point Instructions". NaN results of f32 are 0x7fffffff.
// The approximate functions are in FloatFunctions.cpp.
//
//===----------------------------------------------------------------------===//

#include "FloatLanes.h"
#include <cfenv>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
template <typename T, bool ftz, bool sat> struct Add {
  static T apply(T a, T b) {
    return finish<ftz, sat>(input<ftz>(a) + input<ftz>(b));
  }
};
template <typename T, bool ftz, bool sat> struct Sub {
  static T apply(T a, T b) {
    return finish<ftz, sat>(input<ftz>(a) - input<ftz>(b));
  }
};
template <typename T, bool ftz, bool sat> struct Mul {
  static T apply(T a, T b) {
    return finish<ftz, sat>(input<ftz>(a) * input<ftz>(b));
  }
};
template <typename T, bool ftz, bool sat> struct Fma {
  static T apply(T a, T b, T c) {
    return finish<ftz, sat>(
        std::fma(input<ftz>(a), input<ftz>(b), input<ftz>(c)));
  }
};
template <typename T, bool ftz, bool> struct Div {
  static T apply(T a, T b) {
    return finish<ftz, false>(input<ftz>(a) / input<ftz>(b));
  }
};
template <typename T, bool ftz, bool> struct Rcp {
  static T apply(T a) { return finish<ftz, false>(T(1) / input<ftz>(a)); }
};
template <typename T, bool ftz, bool> struct Sqrt {
  static T apply(T a) { return finish<ftz, false>(std::sqrt(input<ftz>(a))); }
};

/// `Op` under a rounding mode of the host, in all lanes.
template <typename Op, int mode>
void runRounded(Warp &warp, const Instruction &i, uint32_t lanes) {
  // Through memory, so that nothing moves across the change of mode.
  Handler volatile loop = runLanes<Op>;
  std::fesetround(mode);
  loop(warp, i, lanes);
  std::fesetround(FE_TONEAREST);
}

/// The handler of `Op` for a rounding mode.
template <typename Op> Handler pickRounding(Rounding rounding) {
  switch (rounding) {
  case Rounding::Zero:
    return runRounded<Op, FE_TOWARDZERO>;
  case Rounding::Down:
    return runRounded<Op, FE_DOWNWARD>;
  case Rounding::Up:
    return runRounded<Op, FE_UPWARD>;
  default:
    return lanesHandler<Op>();
  }
}

/// The handler of `Op<T, ftz, sat>` for the modifiers, or null.
template <template <typename, bool, bool> class Op>
Handler pick(const FloatForm &form) {
  if (form.type == ScalarType::F64)
    return form.ftz || form.sat
               ? nullptr
               : pickRounding<Op<double, false, false>>(form.rounding);
  if (form.type != ScalarType::F32)
    return nullptr;
  return form.ftz
             ? (form.sat ? pickRounding<Op<float, true, true>>(form.rounding)
                         : pickRounding<Op<float, true, false>>(form.rounding))
             : (form.sat
                    ? pickRounding<Op<float, false, true>>(form.rounding)
                    : pickRounding<Op<float, false, false>>(form.rounding));
}
} // namespace

std::optional<FloatForm> ptx::readFloatForm(const Statement &statement) {
  FloatForm form;
  ModifierReader modifiers(statement);
  int rounding = modifiers.consumeAny({"rn", "rz", "rm", "rp"});
  static constexpr Rounding modes[] = {Rounding::NearestEven, Rounding::Zero,
                                       Rounding::Down, Rounding::Up};
  form.hasRounding = rounding >= 0;
  form.rounding = modes[std::max(rounding, 0)];
  form.full = modifiers.consume("full");
  form.approx = modifiers.consume("approx");
  form.ftz = modifiers.consume("ftz");
  form.nan = modifiers.consume("NaN");
  if (modifiers.consume("xorsign"))
    form.xorsign = modifiers.consume("abs");
  form.sat = modifiers.consume("sat");
  form.relu = modifiers.consume("relu");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return std::nullopt;
  form.type = *type;
  return form;
}

template <template <typename, bool, bool> class Op, unsigned sources>
static bool decodeRounded(Decoder &decoder, const Statement &statement,
                          Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || form->approx || form->full || form->nan || form->xorsign ||
      form->relu || !(i.run = pick<Op>(*form)))
    return false;
  llvm::SmallVector<ScalarType, 3> types(sources, form->type);
  return decodeOperands(decoder, statement, i, form->type, types);
}

/// div, rcp and sqrt want `.rn` or another rounding; without one they are
/// approximate.
template <template <typename, bool, bool> class Op, unsigned sources>
static bool decodeExact(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || !form->hasRounding || form->sat)
    return false;
  return decodeRounded<Op, sources>(decoder, statement, i);
}

//===----------------------------------------------------------------------===//
// Pairs of f32 (sm_100 and later)
//===----------------------------------------------------------------------===//

namespace {
/// `Op` on both halves of 64 bits.
template <typename Op> struct OnPairs {
  static float half(uint64_t pair, unsigned number) {
    return bitCast<float>(uint32_t(pair >> 32 * number));
  }
  template <typename... Pairs> static uint64_t applyAll(Pairs... pairs) {
    return bitCast<uint32_t>(Op::apply(half(pairs, 0)...)) |
           uint64_t(bitCast<uint32_t>(Op::apply(half(pairs, 1)...))) << 32;
  }
};
template <typename Op> struct OnPairs2 {
  static uint64_t apply(uint64_t a, uint64_t b) {
    return OnPairs<Op>::applyAll(a, b);
  }
};
template <typename Op> struct OnPairs3 {
  static uint64_t apply(uint64_t a, uint64_t b, uint64_t c) {
    return OnPairs<Op>::applyAll(a, b, c);
  }
};
} // namespace

/// `add.rn.ftz.f32x2` and the like, to nearest only.
template <template <typename, bool, bool> class Op,
          template <typename> class Pack, unsigned sources>
static bool decodePairs(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  modifiers.consume("rn");
  bool ftz = modifiers.consume("ftz");
  if (!modifiers.consume("f32x2") || !modifiers.done())
    return false;
  i.run = ftz ? lanesHandler<Pack<Op<float, true, false>>>()
              : lanesHandler<Pack<Op<float, false, false>>>();
  llvm::SmallVector<ScalarType, 3> types(sources, ScalarType::B64);
  return decodeOperands(decoder, statement, i, ScalarType::B64, types);
}

//===----------------------------------------------------------------------===//
// Minimum, maximum, signs
//===----------------------------------------------------------------------===//

namespace {
template <typename T>
using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
template <typename T>
constexpr Bits<T> signBit = Bits<T>(1) << (8 * sizeof(T) - 1);

/// IEEE 754-2008 minNum with -0 < +0; `nan`: NaN where an operand is one;
/// `xorsign`: of the magnitudes, with the signs multiplied.
template <typename T, bool isMax, bool ftz, bool nan, bool xorsign>
struct MinMax {
  static T apply(T a, T b) {
    a = input<ftz>(a);
    b = input<ftz>(b);
    Bits<T> x = bitCast<Bits<T>>(a), y = bitCast<Bits<T>>(b);
    Bits<T> sign = (x ^ y) & signBit<T>;
    if (xorsign) {
      x &= ~signBit<T>;
      y &= ~signBit<T>;
      a = bitCast<T>(x);
      b = bitCast<T>(y);
    }
    bool first = isMax ? a > b : a < b;
    Bits<T> equal = isMax ? x & y : x | y;
    Bits<T> result = a == b ? equal : first ? x : y;
    result = b != b ? x : a != a ? y : result;
    if (xorsign)
      result |= sign;
    bool isNan = nan ? a != a || b != b : a != a && b != b;
    constexpr Bits<T> canonical =
        sizeof(T) == 4 ? Bits<T>(0x7fffffff) : Bits<T>(0x7ff8000000000000);
    return bitCast<T>(isNan ? canonical : result);
  }
};
/// The smallest or largest of three (sm_100 and later).
template <typename MinMax> struct OfThree {
  static float apply(float a, float b, float c) {
    return MinMax::apply(MinMax::apply(a, b), c);
  }
};
template <typename T, bool ftz> struct Abs {
  static T apply(T a) {
    return bitCast<T>(bitCast<Bits<T>>(input<ftz>(a)) & ~signBit<T>);
  }
};
template <typename T, bool ftz> struct Neg {
  static T apply(T a) {
    return bitCast<T>(bitCast<Bits<T>>(input<ftz>(a)) ^ signBit<T>);
  }
};
/// The sign of a, the rest of b.
template <typename T> struct Copysign {
  static T apply(T a, T b) {
    return bitCast<T>((bitCast<Bits<T>>(a) & signBit<T>) |
                      (bitCast<Bits<T>>(b) & ~signBit<T>));
  }
};

template <bool isMax, bool ftz>
Handler pickMinMax(const FloatForm &form, bool isOfThree) {
  auto choose = [&](auto nan, auto xorsign) -> Handler {
    using Op = MinMax<float, isMax, ftz, nan.value, xorsign.value>;
    return isOfThree ? lanesHandler<OfThree<Op>>() : lanesHandler<Op>();
  };
  std::true_type yes;
  std::false_type no;
  if (form.nan)
    return form.xorsign ? choose(yes, yes) : choose(yes, no);
  return form.xorsign ? choose(no, yes) : choose(no, no);
}
} // namespace

template <bool isMax>
static bool decodeMinMax(Decoder &decoder, const Statement &statement,
                         Instruction &i) {
  auto form = readFloatForm(statement);
  if (!form || form->hasRounding || form->sat || form->relu || form->approx)
    return false;
  bool isOfThree =
      form->type == ScalarType::F32 && statement.operands.size() == 4;
  if (form->type == ScalarType::F32)
    i.run = form->ftz ? pickMinMax<isMax, true>(*form, isOfThree)
                      : pickMinMax<isMax, false>(*form, isOfThree);
  else if (form->type == ScalarType::F64 && !form->ftz && !form->nan &&
           !form->xorsign)
    i.run = lanesHandler<MinMax<double, isMax, false, false, false>>();
  llvm::SmallVector<ScalarType, 3> types(isOfThree ? 3 : 2, form->type);
  return i.run && decodeOperands(decoder, statement, i, form->type, types);
}

template <template <typename, bool> class Op>
static bool decodeSign(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  bool ftz = modifiers.consume("ftz");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  if (*type == ScalarType::F32)
    i.run = ftz ? lanesHandler<Op<float, true>>()
                : lanesHandler<Op<float, false>>();
  else if (*type == ScalarType::F64 && !ftz)
    i.run = lanesHandler<Op<double, false>>();
  return i.run && decodeOperands(decoder, statement, i, *type, {*type});
}

static bool decodeCopysign(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!modifiers.done() || (type != ScalarType::F32 && type != ScalarType::F64))
    return false;
  i.run = *type == ScalarType::F32 ? lanesHandler<Copysign<float>>()
                                   : lanesHandler<Copysign<double>>();
  return decodeOperands(decoder, statement, i, *type, {*type, *type});
}

template <typename T>
static void testProperty(Warp &warp, const Instruction &i, uint32_t lanes) {
  const T *a = warp.read<T>(i.a);
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    int kind = std::fpclassify(a[lane]);
    bool holds = i.modifier == 0   ? kind != FP_NAN && kind != FP_INFINITE
                 : i.modifier == 1 ? kind == FP_INFINITE
                 : i.modifier == 2 ? kind != FP_NAN
                 : i.modifier == 3 ? kind == FP_NAN
                 : i.modifier == 4 ? kind == FP_NORMAL
                                   : kind == FP_SUBNORMAL;
    bits |= uint32_t(holds) << lane;
  }
  warp.writePredicate(i.d, bits, lanes);
}

static bool decodeTestp(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  int property = modifiers.consumeAny(
      {"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  auto type = modifiers.consumeType();
  if (property < 0 || !modifiers.done() ||
      (type != ScalarType::F32 && type != ScalarType::F64))
    return false;
  i.modifier = property;
  i.run = *type == ScalarType::F32 ? testProperty<float> : testProperty<double>;
  return decodeOperands(decoder, statement, i, ScalarType::Pred, {*type});
}

void ptx::registerFloat(InstructionTable &table) {
  table.add("add", decodeRounded<Add, 2>);
  table.add("sub", decodeRounded<Sub, 2>);
  table.add("mul", decodeRounded<Mul, 2>);
  table.add("fma", decodeRounded<Fma, 3>);
  table.add("add", decodePairs<Add, OnPairs2, 2>);
  table.add("sub", decodePairs<Sub, OnPairs2, 2>);
  table.add("mul", decodePairs<Mul, OnPairs2, 2>);
  table.add("fma", decodePairs<Fma, OnPairs3, 3>);
  table.add("mad", decodeRounded<Fma, 3>);
  table.add("div", decodeExact<Div, 2>);
  table.add("rcp", decodeExact<Rcp, 1>);
  table.add("sqrt", decodeExact<Sqrt, 1>);
  table.add("min", decodeMinMax<false>);
  table.add("max", decodeMinMax<true>);
  table.add("abs", decodeSign<Abs>);
  table.add("neg", decodeSign<Neg>);
  table.add("copysign", decodeCopysign);
  table.add("testp", decodeTestp);
}
