//===- Bits.cpp - Logic, shifts and bit fields -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// and, or, xor, not, cnot, shl, shr, shf, lop3, bfe, bfi, prmt, popc, clz,
// brev, bfind. PTX ISA, "Logic and Shift Instructions" and the bit
// instructions among "Integer Arithmetic Instructions".
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "llvm/ADT/bit.h"
#include <type_traits>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
template <typename T> struct And {
  static T apply(T a, T b) { return a & b; }
};
template <typename T> struct Or {
  static T apply(T a, T b) { return a | b; }
};
template <typename T> struct Xor {
  static T apply(T a, T b) { return a ^ b; }
};
template <typename T> struct Not {
  static T apply(T a) { return ~a; }
};
template <typename T> struct Cnot {
  static T apply(T a) { return a == 0; }
};
/// Shifts by the width or more give 0, or the sign.
template <typename T> struct Shl {
  static T apply(T a, uint32_t n) {
    return n < 8 * sizeof(T) ? T(uint64_t(a) << (n & 63)) : T(0);
  }
};
template <typename T> struct Shr {
  static T apply(T a, uint32_t n) {
    constexpr unsigned last = 8 * sizeof(T) - 1;
    if (std::is_signed_v<T>)
      return a >> (n < last ? n : last);
    return n <= last ? T(a >> (n & last)) : T(0);
  }
};
/// Bits 32 to 63 of b:a shifted left, bits 0 to 31 of it shifted right.
template <bool left, bool wraps> struct Shf {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t n = wraps ? c & 31 : c < 32 ? c : 32;
    uint64_t both = uint64_t(b) << 32 | a;
    return left ? uint32_t((both << n) >> 32) : uint32_t(both >> n);
  }
};
template <typename T> struct Bfe {
  static T apply(T a, uint32_t b, uint32_t c) {
    constexpr unsigned width = 8 * sizeof(T);
    using U = std::make_unsigned_t<T>;
    unsigned position = b & 255, length = c & 255;
    if (length == 0)
      return 0;
    unsigned top = std::min(position + length - 1, width - 1);
    bool sign = std::is_signed_v<T> && (U(a) >> top & 1);
    U field = position < width ? U(a) >> position : 0;
    unsigned inside = position < width ? std::min(length, width - position) : 0;
    U mask = inside == width ? ~U(0) : (U(1) << inside) - 1;
    return T((field & mask) | (sign ? ~mask : 0));
  }
};
template <typename T> struct Popc {
  static uint32_t apply(T a) { return llvm::popcount(a); }
};
template <typename T> struct Clz {
  static uint32_t apply(T a) { return llvm::countl_zero(a); }
};
template <typename T> struct Brev {
  static T apply(T a) {
    T result = 0;
    for (unsigned i = 0; i < 8 * sizeof(T); ++i)
      result |= (a >> i & 1) << (8 * sizeof(T) - 1 - i);
    return result;
  }
};
template <typename T, bool shiftAmount> struct Bfind {
  static uint32_t apply(T a) {
    using U = std::make_unsigned_t<T>;
    U bits = a < 0 ? ~U(a) : U(a);
    if (bits == 0)
      return ~0u;
    uint32_t position = 8 * sizeof(T) - 1 - llvm::countl_zero(bits);
    return shiftAmount ? 8 * sizeof(T) - 1 - position : position;
  }
};
enum class PermuteMode { Index, F4e, B4e, Rc8, Ecl, Ecr, Rc16 };
template <PermuteMode mode> struct Prmt {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t result = 0;
    for (unsigned i = 0; i < 4; ++i) {
      uint32_t byte = bytes >> (8 * (getSelector(c, i) & 7)) & 255;
      if (getSelector(c, i) & 8)
        byte = byte & 128 ? 255 : 0;
      result |= byte << (8 * i);
    }
    return result;
  }
  /// Which byte goes to byte `i`; bit 3 asks for its sign.
  static unsigned getSelector(uint32_t c, unsigned i) {
    unsigned n = c & 3;
    switch (mode) {
    case PermuteMode::Index:
      return c >> (4 * i) & 15;
    case PermuteMode::F4e:
      return n + i;
    case PermuteMode::B4e:
      return (n - i) & 7;
    case PermuteMode::Rc8:
      return n;
    case PermuteMode::Ecl:
      return i > n ? i : n;
    case PermuteMode::Ecr:
      return i < n ? i : n;
    case PermuteMode::Rc16:
      return 2 * (n & 1) + (i & 1);
    }
    return 0;
  }
};
} // namespace

/// The handler of `Op` on the unsigned type of as many bits; null for others.
template <template <typename> class Op, bool with16 = true>
static Handler pickBits(ScalarType type) {
  switch (type) {
  case ScalarType::B16:
    return with16 ? lanesHandler<Op<uint16_t>>() : nullptr;
  case ScalarType::B32:
    return lanesHandler<Op<uint32_t>>();
  case ScalarType::B64:
    return lanesHandler<Op<uint64_t>>();
  default:
    return nullptr;
  }
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

enum class Logic { And, Or, Xor };

template <Logic logic>
static void combinePredicates(Warp &warp, const Instruction &i,
                              uint32_t lanes) {
  uint32_t a = warp.readPredicate(i.a), b = warp.readPredicate(i.b);
  warp.writePredicate(i.d,
                      logic == Logic::And  ? a & b
                      : logic == Logic::Or ? a | b
                                           : a ^ b,
                      lanes);
}

static void negatePredicate(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.writePredicate(i.d, ~warp.readPredicate(i.a), lanes);
}

template <template <typename> class Op, Logic logic>
static bool decodeLogic(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  i.run = *type == ScalarType::Pred ? combinePredicates<logic>
                                    : pickBits<Op>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type, *type});
}

static bool decodeNot(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  i.run = *type == ScalarType::Pred ? negatePredicate : pickBits<Not>(*type);
  return i.run && decodeOperands(decoder, statement, i, *type, {*type});
}

template <template <typename> class Op>
static bool decodeSame(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || !(i.run = pickBits<Op>(*type)))
    return false;
  return decodeOperands(decoder, statement, i, *type, {*type});
}

/// Truth tables of three inputs: bit 4a + 2b + c of the table in `immediate`.
static void runLop3(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint32_t *a = warp.read<uint32_t>(i.a), *b = warp.read<uint32_t>(i.b);
  const uint32_t *c = warp.read<uint32_t>(i.c);
  uint32_t r[warpSize] = {};
  for (unsigned entry = 0; entry < 8; ++entry) {
    if (!(i.immediate >> entry & 1))
      continue;
    uint32_t na = entry & 4 ? 0 : ~0u, nb = entry & 2 ? 0 : ~0u,
             nc = entry & 1 ? 0 : ~0u;
    for (unsigned lane = 0; lane < warpSize; ++lane)
      r[lane] |= (a[lane] ^ na) & (b[lane] ^ nb) & (c[lane] ^ nc);
  }
  storeLanes(warp.write<uint32_t>(i.d), r, lanes);
}

static bool decodeLop3(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("b32") || !modifiers.done())
    return false;
  int64_t table = 0;
  if (!decoder.expectOperands(statement, 5) ||
      !decoder.constant(statement, statement.operands[4], table))
    return false;
  i.immediate = table;
  i.run = runLop3;
  return decoder.destination(statement, statement.operands[0], ScalarType::B32,
                             i.d) &&
         decoder.source(statement, statement.operands[1], ScalarType::B32,
                        i.a) &&
         decoder.source(statement, statement.operands[2], ScalarType::B32,
                        i.b) &&
         decoder.source(statement, statement.operands[3], ScalarType::B32, i.c);
}

//===----------------------------------------------------------------------===//
// Shifts and fields
//===----------------------------------------------------------------------===//

static bool decodeShl(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || !(i.run = pickBits<Shl>(*type)))
    return false;
  return decodeOperands(decoder, statement, i, *type, {*type, ScalarType::U32});
}

static bool decodeShr(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  i.run = withInteger(*type, [](auto tag) -> Handler {
    using T = decltype(tag);
    if constexpr (sizeof(T) == 1)
      return nullptr;
    else
      return lanesHandler<Shr<T>>();
  });
  return i.run &&
         decodeOperands(decoder, statement, i, *type, {*type, ScalarType::U32});
}

static bool decodeShf(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  int direction = modifiers.consumeAny({"l", "r"});
  int mode = modifiers.consumeAny({"clamp", "wrap"});
  if (direction < 0 || mode < 0 || !modifiers.consume("b32") ||
      !modifiers.done())
    return false;
  i.run = direction == 0 ? (mode == 0 ? lanesHandler<Shf<true, false>>()
                                      : lanesHandler<Shf<true, true>>())
                         : (mode == 0 ? lanesHandler<Shf<false, false>>()
                                      : lanesHandler<Shf<false, true>>());
  ScalarType b32 = ScalarType::B32;
  return decodeOperands(decoder, statement, i, b32, {b32, b32, b32});
}

static bool decodeBfe(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  switch (*type) {
  case ScalarType::U32:
    i.run = lanesHandler<Bfe<uint32_t>>();
    break;
  case ScalarType::S32:
    i.run = lanesHandler<Bfe<int32_t>>();
    break;
  case ScalarType::U64:
    i.run = lanesHandler<Bfe<uint64_t>>();
    break;
  case ScalarType::S64:
    i.run = lanesHandler<Bfe<int64_t>>();
    break;
  default:
    return false;
  }
  return decodeOperands(decoder, statement, i, *type,
                        {*type, ScalarType::U32, ScalarType::U32});
}

/// a goes into b at position c; the length is in `extra`.
template <typename T>
static void runBfi(Warp &warp, const Instruction &i, uint32_t lanes) {
  constexpr unsigned width = 8 * sizeof(T);
  const T *a = warp.read<T>(i.a), *b = warp.read<T>(i.b);
  const uint32_t *c = warp.read<uint32_t>(i.c);
  const uint32_t *d = warp.read<uint32_t>(i.extra[0]);
  T r[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    unsigned position = c[lane] & 255, length = d[lane] & 255;
    T mask = length >= width ? ~T(0) : (T(1) << length) - 1;
    r[lane] = position >= width ? b[lane]
                                : (b[lane] & ~T(mask << position)) |
                                      T((a[lane] & mask) << position);
  }
  storeLanes(warp.write<T>(i.d), r, lanes);
}

static bool decodeBfi(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!modifiers.done() ||
      (type != ScalarType::B32 && type != ScalarType::B64) ||
      !decoder.expectOperands(statement, 5))
    return false;
  i.run = *type == ScalarType::B32 ? runBfi<uint32_t> : runBfi<uint64_t>;
  Slot length;
  if (!decoder.source(statement, statement.operands[4], ScalarType::U32,
                      length))
    return false;
  i.extra = decoder.keep(length);
  return decoder.destination(statement, statement.operands[0], *type, i.d) &&
         decoder.source(statement, statement.operands[1], *type, i.a) &&
         decoder.source(statement, statement.operands[2], *type, i.b) &&
         decoder.source(statement, statement.operands[3], ScalarType::U32, i.c);
}

static bool decodePrmt(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("b32"))
    return false;
  static const Handler handlers[] = {lanesHandler<Prmt<PermuteMode::Index>>(),
                                     lanesHandler<Prmt<PermuteMode::F4e>>(),
                                     lanesHandler<Prmt<PermuteMode::B4e>>(),
                                     lanesHandler<Prmt<PermuteMode::Rc8>>(),
                                     lanesHandler<Prmt<PermuteMode::Ecl>>(),
                                     lanesHandler<Prmt<PermuteMode::Ecr>>(),
                                     lanesHandler<Prmt<PermuteMode::Rc16>>()};
  i.run = handlers[1 + modifiers.consumeAny(
                           {"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"})];
  ScalarType b32 = ScalarType::B32;
  return modifiers.done() &&
         decodeOperands(decoder, statement, i, b32, {b32, b32, b32});
}

/// popc and clz: a 32-bit count of either width.
template <template <typename> class Op>
static bool decodeCount(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || !(i.run = pickBits<Op, false>(*type)))
    return false;
  return decodeOperands(decoder, statement, i, ScalarType::U32, {*type});
}

static bool decodeBfind(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  bool amount = modifiers.consume("shiftamt");
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done() || getByteSize(*type) < 4 ||
      type == ScalarType::B32 || type == ScalarType::B64)
    return false;
  i.run = withInteger(*type, [&](auto tag) -> Handler {
    using T = decltype(tag);
    return amount ? lanesHandler<Bfind<T, true>>()
                  : lanesHandler<Bfind<T, false>>();
  });
  return i.run &&
         decodeOperands(decoder, statement, i, ScalarType::U32, {*type});
}

void ptx::registerBits(InstructionTable &table) {
  table.add("and", decodeLogic<And, Logic::And>);
  table.add("or", decodeLogic<Or, Logic::Or>);
  table.add("xor", decodeLogic<Xor, Logic::Xor>);
  table.add("not", decodeNot);
  table.add("cnot", decodeSame<Cnot>);
  table.add("brev", decodeSame<Brev>);
  table.add("lop3", decodeLop3);
  table.add("shl", decodeShl);
  table.add("shr", decodeShr);
  table.add("shf", decodeShf);
  table.add("bfe", decodeBfe);
  table.add("bfi", decodeBfi);
  table.add("prmt", decodePrmt);
  table.add("popc", decodeCount<Popc>);
  table.add("clz", decodeCount<Clz>);
  table.add("bfind", decodeBfind);
}
