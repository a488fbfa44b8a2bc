//===- Compare.cpp - Comparisons and selections -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// setp, set, selp, slct. PTX ISA, "Comparison and Selection Instructions".
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "sattn/PTX/FloatFormats.h"
#include <type_traits>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
enum class Comparison : uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Num, Nan };

struct ComparisonName {
  llvm::StringLiteral name;
  Comparison comparison;
  /// For unsigned integers (lo, ls, hi, hs); true for NaN operands (equ, ...).
  bool isUnsigned, isUnordered;
};
constexpr ComparisonName comparisons[] = {
    {"eq", Comparison::Eq, false, false},
    {"ne", Comparison::Ne, false, false},
    {"lt", Comparison::Lt, false, false},
    {"le", Comparison::Le, false, false},
    {"gt", Comparison::Gt, false, false},
    {"ge", Comparison::Ge, false, false},
    {"lo", Comparison::Lt, true, false},
    {"ls", Comparison::Le, true, false},
    {"hi", Comparison::Gt, true, false},
    {"hs", Comparison::Ge, true, false},
    {"equ", Comparison::Eq, false, true},
    {"neu", Comparison::Ne, false, true},
    {"ltu", Comparison::Lt, false, true},
    {"leu", Comparison::Le, false, true},
    {"gtu", Comparison::Gt, false, true},
    {"geu", Comparison::Ge, false, true},
    {"num", Comparison::Num, false, false},
    {"nan", Comparison::Nan, false, false},
};

// `Instruction::modifier`: how the result is combined with the predicate c, and
// whether c is negated.
constexpr uint32_t combineMask = 3, combineAnd = 1, combineOr = 2,
                   combineXor = 3, negateC = 4, asFloat = 8;
} // namespace

template <Comparison comparison, bool unordered, typename T>
LLVM_ATTRIBUTE_ALWAYS_INLINE static bool compare(T a, T b) {
  bool isNan = false;
  if constexpr (std::is_floating_point_v<T>)
    isNan = a != a || b != b;
  bool result = false;
  switch (comparison) {
  case Comparison::Eq:
    result = a == b;
    break;
  case Comparison::Ne:
    result = a != b && !isNan;
    break;
  case Comparison::Lt:
    result = a < b;
    break;
  case Comparison::Le:
    result = a <= b;
    break;
  case Comparison::Gt:
    result = a > b;
    break;
  case Comparison::Ge:
    result = a >= b;
    break;
  case Comparison::Num:
    return !isNan;
  case Comparison::Nan:
    return isNan;
  }
  return result || (unordered && isNan);
}

template <typename T> LLVM_ATTRIBUTE_ALWAYS_INLINE static auto widen(T value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat>)
    return float(value);
  else
    return value;
}

template <Comparison comparison, bool unordered, bool flushes, typename T>
LLVM_ATTRIBUTE_ALWAYS_INLINE static uint32_t
compareLanes(Warp &warp, const Instruction &i) {
  const T *a = warp.read<T>(i.a), *b = warp.read<T>(i.b);
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    auto x = widen(a[lane]), y = widen(b[lane]);
    if constexpr (flushes) {
      x = flush(x);
      y = flush(y);
    }
    bits |= uint32_t(compare<comparison, unordered>(x, y)) << lane;
  }
  return bits;
}

static uint32_t combine(const Instruction &i, uint32_t bits, uint32_t c) {
  if (i.modifier & negateC)
    c = ~c;
  switch (i.modifier & combineMask) {
  case combineAnd:
    return bits & c;
  case combineOr:
    return bits | c;
  case combineXor:
    return bits ^ c;
  default:
    return bits;
  }
}

/// Writes the result of setp, of set where `extra` is empty and d is no
/// predicate.
static void finishCompare(Warp &warp, const Instruction &i, uint32_t lanes,
                          uint32_t bits) {
  uint32_t c = i.modifier & combineMask ? warp.readPredicate(i.c) : 0;
  warp.writePredicate(i.d, combine(i, bits, c), lanes);
  if (!i.extra.empty())
    warp.writePredicate(i.extra[0], combine(i, ~bits, c), lanes);
}

static void finishSet(Warp &warp, const Instruction &i, uint32_t lanes,
                      uint32_t bits) {
  uint32_t c = i.modifier & combineMask ? warp.readPredicate(i.c) : 0;
  bits = combine(i, bits, c);
  uint32_t values[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    values[lane] =
        bits >> lane & 1 ? (i.modifier & asFloat ? 0x3f800000u : ~0u) : 0;
  storeLanes(warp.write<uint32_t>(i.d), values, lanes);
}

using Finish = void (*)(Warp &, const Instruction &, uint32_t, uint32_t);

template <Finish finish, Comparison comparison, bool unordered, bool flushes,
          typename T>
static void runCompare(Warp &warp, const Instruction &i, uint32_t lanes) {
  finish(warp, i, lanes,
         compareLanes<comparison, unordered, flushes, T>(warp, i));
}

template <Finish finish, Comparison comparison, bool unordered, bool flushes,
          typename T>
SATTN_PTX_FAST static void runCompareFast(Warp &warp, const Instruction &i,
                                          uint32_t lanes) {
  finish(warp, i, lanes,
         compareLanes<comparison, unordered, flushes, T>(warp, i));
}

template <Finish finish, Comparison comparison, bool unordered, bool flushes,
          typename T>
static Handler pickWidth() {
  return hasFastLanes()
             ? runCompareFast<finish, comparison, unordered, flushes, T>
             : runCompare<finish, comparison, unordered, flushes, T>;
}

/// Floats: with and without NaN, with and without flushing.
template <Finish finish, Comparison comparison, typename T>
static Handler pickFloat(bool unordered, bool flushes) {
  if constexpr (std::is_same_v<T, float>)
    if (flushes)
      return unordered ? pickWidth<finish, comparison, true, true, T>()
                       : pickWidth<finish, comparison, false, true, T>();
  return unordered ? pickWidth<finish, comparison, true, false, T>()
                   : pickWidth<finish, comparison, false, false, T>();
}

template <Finish finish, Comparison comparison>
static Handler pickType(ScalarType type, const ComparisonName &name,
                        bool flushes) {
  switch (type) {
  case ScalarType::F16:
    return pickFloat<finish, comparison, Half>(name.isUnordered, false);
  case ScalarType::BF16:
    return pickFloat<finish, comparison, BFloat>(name.isUnordered, false);
  case ScalarType::F32:
    return pickFloat<finish, comparison, float>(name.isUnordered, flushes);
  case ScalarType::F64:
    return pickFloat<finish, comparison, double>(name.isUnordered, false);
  default:
    break;
  }
  // lo, ls, hi, hs are for unsigned types, which the others know by themselves.
  bool isBits = type == ScalarType::B16 || type == ScalarType::B32 ||
                type == ScalarType::B64;
  bool isOrder = comparison != Comparison::Eq && comparison != Comparison::Ne;
  if (name.isUnordered || comparison == Comparison::Num ||
      comparison == Comparison::Nan || (name.isUnsigned && isSigned(type)) ||
      (isBits && isOrder))
    return nullptr;
  return withInteger(type, [&](auto tag) -> Handler {
    using T = decltype(tag);
    if constexpr (sizeof(T) == 1)
      return nullptr;
    else
      return pickWidth<finish, comparison, false, false, T>();
  });
}

template <Finish finish>
static Handler pick(ScalarType type, const ComparisonName &name, bool flushes) {
  switch (name.comparison) {
  case Comparison::Eq:
    return pickType<finish, Comparison::Eq>(type, name, flushes);
  case Comparison::Ne:
    return pickType<finish, Comparison::Ne>(type, name, flushes);
  case Comparison::Lt:
    return pickType<finish, Comparison::Lt>(type, name, flushes);
  case Comparison::Le:
    return pickType<finish, Comparison::Le>(type, name, flushes);
  case Comparison::Gt:
    return pickType<finish, Comparison::Gt>(type, name, flushes);
  case Comparison::Ge:
    return pickType<finish, Comparison::Ge>(type, name, flushes);
  case Comparison::Num:
    return pickType<finish, Comparison::Num>(type, name, flushes);
  case Comparison::Nan:
    return pickType<finish, Comparison::Nan>(type, name, flushes);
  }
  return nullptr;
}

static const ComparisonName *consumeComparison(ModifierReader &modifiers) {
  for (const ComparisonName &name : comparisons)
    if (modifiers.consume(name.name))
      return &name;
  return nullptr;
}

/// The predicate that the result is combined with.
static bool decodeCombined(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  if (!(i.modifier & combineMask))
    return decoder.expectOperands(statement, 3);
  if (!decoder.expectOperands(statement, 4))
    return false;
  if (statement.operands[3].negated)
    i.modifier |= negateC;
  return decoder.source(statement, statement.operands[3], ScalarType::Pred,
                        i.c);
}

static bool decodeSetp(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  const ComparisonName *name = consumeComparison(modifiers);
  if (!name)
    return false;
  i.modifier = 1 + modifiers.consumeAny({"and", "or", "xor"});
  bool flushes = modifiers.consume("ftz");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() ||
      !(i.run = pick<finishCompare>(*type, *name, flushes)))
    return false;
  if (!decodeCombined(decoder, statement, i))
    return false;
  const Operand *result = &statement.operands[0];
  Slot second;
  if (result->kind == Operand::Kind::Pair) {
    if (!decoder.destination(statement, result->elements[1], ScalarType::Pred,
                             second))
      return false;
    i.extra = decoder.keep(second);
    result = &result->elements[0];
  }
  return decoder.destination(statement, *result, ScalarType::Pred, i.d) &&
         decoder.source(statement, statement.operands[1], *type, i.a) &&
         decoder.source(statement, statement.operands[2], *type, i.b);
}

static bool decodeSet(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  const ComparisonName *name = consumeComparison(modifiers);
  if (!name)
    return false;
  i.modifier = 1 + modifiers.consumeAny({"and", "or", "xor"});
  bool flushes = modifiers.consume("ftz");
  auto result = modifiers.consumeType(), type = modifiers.consumeType();
  if (!result || !type || !modifiers.done() || getByteSize(*result) != 4 ||
      !(i.run = pick<finishSet>(*type, *name, flushes)))
    return false;
  if (*result == ScalarType::F32)
    i.modifier |= asFloat;
  return decodeCombined(decoder, statement, i) &&
         decoder.destination(statement, statement.operands[0], *result, i.d) &&
         decoder.source(statement, statement.operands[1], *type, i.a) &&
         decoder.source(statement, statement.operands[2], *type, i.b);
}

//===----------------------------------------------------------------------===//
// Selections
//===----------------------------------------------------------------------===//

template <typename T>
static void select(Warp &warp, const Instruction &i, uint32_t lanes) {
  const T *a = warp.read<T>(i.a), *b = warp.read<T>(i.b);
  uint32_t bits = warp.readPredicate(i.c);
  T values[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    values[lane] = bits >> lane & 1 ? a[lane] : b[lane];
  storeLanes(warp.write<T>(i.d), values, lanes);
}

static void selectPredicate(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint32_t bits = warp.readPredicate(i.c);
  warp.writePredicate(
      i.d, (warp.readPredicate(i.a) & bits) | (warp.readPredicate(i.b) & ~bits),
      lanes);
}

static bool decodeSelp(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  switch (getByteSize(*type)) {
  case 0:
    i.run = selectPredicate;
    break;
  case 2:
    i.run = select<uint16_t>;
    break;
  case 4:
    i.run = select<uint32_t>;
    break;
  case 8:
    i.run = select<uint64_t>;
    break;
  default:
    return false;
  }
  if (!decodeOperands(decoder, statement, i, *type,
                      {*type, *type, ScalarType::Pred}))
    return false;
  // The condition may be written negated.
  if (statement.operands[3].negated)
    std::swap(i.a, i.b);
  return true;
}

namespace {
/// slct: a where c >= 0 (NaN is not), else b.
template <typename T, typename C, bool flushes> struct Slct {
  static T apply(T a, T b, C c) {
    if constexpr (flushes)
      c = flush(c);
    return c >= 0 ? a : b;
  }
};
} // namespace

template <typename T>
static Handler pickSlct(ScalarType condition, bool flushes) {
  if (condition == ScalarType::S32)
    return lanesHandler<Slct<T, int32_t, false>>();
  if (condition != ScalarType::F32)
    return nullptr;
  return flushes ? lanesHandler<Slct<T, float, true>>()
                 : lanesHandler<Slct<T, float, false>>();
}

static bool decodeSlct(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  bool flushes = modifiers.consume("ftz");
  auto type = modifiers.consumeType(), condition = modifiers.consumeType();
  if (!type || !condition || !modifiers.done())
    return false;
  switch (getByteSize(*type)) {
  case 2:
    i.run = pickSlct<uint16_t>(*condition, flushes);
    break;
  case 4:
    i.run = pickSlct<uint32_t>(*condition, flushes);
    break;
  case 8:
    i.run = pickSlct<uint64_t>(*condition, flushes);
    break;
  default:
    return false;
  }
  return i.run && decodeOperands(decoder, statement, i, *type,
                                 {*type, *type, *condition});
}

void ptx::registerCompare(InstructionTable &table) {
  table.add("setp", decodeSetp);
  table.add("set", decodeSet);
  table.add("selp", decodeSelp);
  table.add("slct", decodeSlct);
}
