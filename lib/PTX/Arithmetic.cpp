//===- Arithmetic.cpp - Integer arithmetic -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// add, sub, mul, mad, div, rem, min, max, abs, neg, sad on integers. PTX ISA,
// "Integer Arithmetic Instructions". Sums and products wrap.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include <type_traits>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
template <typename T> using Unsigned = std::make_unsigned_t<T>;

/// The integer type of twice the size.
template <typename T> struct WideOf;
template <> struct WideOf<uint16_t> { using Type = uint32_t; };
template <> struct WideOf<int16_t> { using Type = int32_t; };
template <> struct WideOf<uint32_t> { using Type = uint64_t; };
template <> struct WideOf<int32_t> { using Type = int64_t; };
template <> struct WideOf<uint64_t> { using Type = unsigned __int128; };
template <> struct WideOf<int64_t> { using Type = __int128; };
template <typename T> using Wide = typename WideOf<T>::Type;

template <typename T> T add(T a, T b) {
  return Unsigned<T>(a) + Unsigned<T>(b);
}
/// 16-bit products would be signed ints.
template <typename T> T multiply(T a, T b) {
  return T(uint64_t(a) * uint64_t(b));
}
template <typename T> T multiplyHigh(T a, T b) {
  return T((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T)));
}
template <typename T> T saturate(Wide<T> wide) {
  return wide > std::numeric_limits<T>::max()   ? std::numeric_limits<T>::max()
         : wide < std::numeric_limits<T>::min() ? std::numeric_limits<T>::min()
                                                : T(wide);
}

template <typename T> struct Add {
  static T apply(T a, T b) { return add(a, b); }
};
template <typename T> struct Sub {
  static T apply(T a, T b) { return Unsigned<T>(a) - Unsigned<T>(b); }
};
struct AddSaturated {
  static int32_t apply(int32_t a, int32_t b) {
    return saturate<int32_t>(int64_t(a) + b);
  }
};
struct SubSaturated {
  static int32_t apply(int32_t a, int32_t b) {
    return saturate<int32_t>(int64_t(a) - b);
  }
};
template <typename T> struct MulLo {
  static T apply(T a, T b) { return multiply(a, b); }
};
template <typename T> struct MulHi {
  static T apply(T a, T b) { return multiplyHigh(a, b); }
};
template <typename T> struct MulWide {
  static Wide<T> apply(T a, T b) { return Wide<T>(a) * Wide<T>(b); }
};
template <typename T> struct MadLo {
  static T apply(T a, T b, T c) { return add(multiply(a, b), c); }
};
template <typename T> struct MadHi {
  static T apply(T a, T b, T c) { return add(multiplyHigh(a, b), c); }
};
struct MadHiSaturated {
  static int32_t apply(int32_t a, int32_t b, int32_t c) {
    return saturate<int32_t>(int64_t(multiplyHigh(a, b)) + c);
  }
};
template <typename T> struct MadWide {
  static Wide<T> apply(T a, T b, Wide<T> c) {
    return add<Wide<T>>(Wide<T>(a) * Wide<T>(b), c);
  }
};
/// Division by zero gives all ones, as the hardware does (PTX ISA:
/// unspecified); the least number by -1 wraps.
template <typename T> struct Div {
  static T apply(T a, T b) {
    if (b == 0)
      return T(-1);
    if (std::is_signed_v<T> && b == T(-1))
      return T(0 - Unsigned<T>(a));
    return a / b;
  }
};
template <typename T> struct Rem {
  static T apply(T a, T b) {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == T(-1))
      return 0;
    return a % b;
  }
};
template <typename T> struct Min {
  static T apply(T a, T b) { return a < b ? a : b; }
};
template <typename T> struct Max {
  static T apply(T a, T b) { return a > b ? a : b; }
};
/// Not below 0 (sm_90).
template <template <typename> class Op> struct Relu {
  static int32_t apply(int32_t a, int32_t b) {
    return std::max<int32_t>(Op<int32_t>::apply(a, b), 0);
  }
};
template <typename T> struct Abs {
  static T apply(T a) { return a < 0 ? T(0 - Unsigned<T>(a)) : a; }
};
template <typename T> struct Neg {
  static T apply(T a) { return 0 - Unsigned<T>(a); }
};
template <typename T> struct Sad {
  static T apply(T a, T b, T c) {
    return add<T>(c, a < b ? Unsigned<T>(b) - Unsigned<T>(a)
                           : Unsigned<T>(a) - Unsigned<T>(b));
  }
};
} // namespace

/// The handler of `Op` for 16, 32 and 64 bits, null for others.
template <template <typename> class Op> static Handler pick(ScalarType type) {
  return withInteger(type, [](auto tag) -> Handler {
    using T = decltype(tag);
    if constexpr (sizeof(T) == 1)
      return nullptr;
    else
      return lanesHandler<Op<T>>();
  });
}

/// The same for 16 and 32 bits (products of twice the size).
template <template <typename> class Op>
static Handler pickNarrow(ScalarType type) {
  return withInteger(type, [](auto tag) -> Handler {
    using T = decltype(tag);
    if constexpr (sizeof(T) == 2 || sizeof(T) == 4)
      return lanesHandler<Op<T>>();
    else
      return nullptr;
  });
}

/// The type that is twice as wide.
static ScalarType widen(ScalarType type) {
  switch (type) {
  case ScalarType::U16:
    return ScalarType::U32;
  case ScalarType::S16:
    return ScalarType::S32;
  case ScalarType::U32:
    return ScalarType::U64;
  default:
    return ScalarType::S64;
  }
}

template <template <typename> class Op, typename Saturated>
static bool decodeSum(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  bool saturated = modifiers.consume("sat");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || isFloat(*type) ||
      (saturated && *type != ScalarType::S32))
    return false;
  i.run = saturated ? lanesHandler<Saturated>() : pick<Op>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type, *type});
}

template <template <typename> class Op>
static bool decodeBinary(Decoder &decoder, const Statement &statement,
                         Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || isFloat(*type))
    return false;
  i.run = pick<Op>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type, *type});
}

template <template <typename> class Op>
static bool decodeExtremum(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  ModifierReader modifiers(statement);
  bool relu = modifiers.consume("relu");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || isFloat(*type) ||
      (relu && *type != ScalarType::S32))
    return false;
  i.run = relu ? lanesHandler<Relu<Op>>() : pick<Op>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type, *type});
}

template <template <typename> class Op>
static bool decodeUnary(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || !isSigned(*type))
    return false;
  i.run = pick<Op>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type});
}

static bool decodeMul(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  int part = modifiers.consumeAny({"lo", "hi", "wide"});
  auto type = modifiers.consumeType();
  if (part < 0 || !type || !modifiers.done())
    return false;
  i.run = part == 0   ? pick<MulLo>(*type)
          : part == 1 ? pick<MulHi>(*type)
                      : pickNarrow<MulWide>(*type);
  return i.run &&
         decodeOperands(decoder, statement, i, part == 2 ? widen(*type) : *type,
                        {*type, *type});
}

static bool decodeMad(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  int part = modifiers.consumeAny({"lo", "hi", "wide"});
  bool saturated = part == 1 && modifiers.consume("sat");
  auto type = modifiers.consumeType();
  if (part < 0 || !type || !modifiers.done() ||
      (saturated && *type != ScalarType::S32))
    return false;
  i.run = saturated   ? lanesHandler<MadHiSaturated>()
          : part == 0 ? pick<MadLo>(*type)
          : part == 1 ? pick<MadHi>(*type)
                      : pickNarrow<MadWide>(*type);
  ScalarType result = part == 2 ? widen(*type) : *type;
  return i.run &&
         decodeOperands(decoder, statement, i, result, {*type, *type, result});
}

static bool decodeSad(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  i.run = pick<Sad>(*type);
  return i.run &&
         decodeOperands(decoder, statement, i, *type, {*type, *type, *type});
}

void ptx::registerArithmetic(InstructionTable &table) {
  table.add("add", decodeSum<Add, AddSaturated>);
  table.add("sub", decodeSum<Sub, SubSaturated>);
  table.add("mul", decodeMul);
  table.add("mad", decodeMad);
  table.add("div", decodeBinary<Div>);
  table.add("rem", decodeBinary<Rem>);
  table.add("min", decodeExtremum<Min>);
  table.add("max", decodeExtremum<Max>);
  table.add("abs", decodeUnary<Abs>);
  table.add("neg", decodeUnary<Neg>);
  table.add("sad", decodeSad);
}
