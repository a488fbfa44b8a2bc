//===- Convert.cpp - Conversions between types -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cvt. PTX ISA, "Data Movement and Conversion Instructions: cvt". A conversion
// reads its source into 64-bit lanes (integers as int64_t, floats as double,
// both exact), changes them and writes the destination; the conversions that
// kernels spend time in have handlers of their own.
//
//===----------------------------------------------------------------------===//

#include "FloatLanes.h"
#include <cfenv>
#include <cmath>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
/// What a conversion does between reading and writing, in
/// `Instruction::modifier`.
struct Form {
  ScalarType from = ScalarType::U32, to = ScalarType::U32;
  unsigned fromBytes = 4, toBytes = 4;
  Rounding rounding = Rounding::NearestEven;
  bool toIntegral = false, ftz = false, sat = false, relu = false,
       satfinite = false;

  uint32_t encode() const {
    return uint32_t(from) | uint32_t(to) << 5 |
           llvm::countr_zero(fromBytes) << 10 |
           llvm::countr_zero(toBytes) << 12 | uint32_t(rounding) << 14 |
           uint32_t(toIntegral) << 17 | uint32_t(ftz) << 18 |
           uint32_t(sat) << 19 | uint32_t(relu) << 20 |
           uint32_t(satfinite) << 21;
  }
  static Form decode(uint32_t bits) {
    Form form;
    form.from = ScalarType(bits & 31);
    form.to = ScalarType(bits >> 5 & 31);
    form.fromBytes = 1u << (bits >> 10 & 3);
    form.toBytes = 1u << (bits >> 12 & 3);
    form.rounding = Rounding(bits >> 14 & 7);
    form.toIntegral = bits >> 17 & 1;
    form.ftz = bits >> 18 & 1;
    form.sat = bits >> 19 & 1;
    form.relu = bits >> 20 & 1;
    form.satfinite = bits >> 21 & 1;
    return form;
  }
};

union Lane {
  int64_t integer;
  double number;
};
} // namespace

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Lanes of `bytes` bytes; the low part of each as an integer of type `type`.
static void readIntegers(const uint8_t *from, unsigned bytes, ScalarType type,
                         Lane *lanes) {
  unsigned unused = 64 - 8 * getByteSize(type);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint64_t value = 0;
    std::memcpy(&value, from + lane * bytes, bytes);
    value <<= unused;
    lanes[lane].integer =
        isSigned(type) ? int64_t(value) >> unused : int64_t(value >> unused);
  }
}

static void readFloats(const uint8_t *from, unsigned bytes, ScalarType type,
                       bool ftz, Lane *lanes) {
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint64_t bits = 0;
    std::memcpy(&bits, from + lane * bytes, getByteSize(type));
    double value = type == ScalarType::F16    ? halfToFloat(bits)
                   : type == ScalarType::BF16 ? bfloatToFloat(bits)
                   : type == ScalarType::F64  ? bitCast<double>(bits)
                                              : bitCast<float>(uint32_t(bits));
    if (ftz && type == ScalarType::F32)
      value = flush(float(value));
    lanes[lane].number = value;
  }
}

//===----------------------------------------------------------------------===//
// Converting
//===----------------------------------------------------------------------===//

static double roundToIntegral(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  default:
    return std::nearbyint(value);
  }
}

static int64_t saturate(int64_t value, ScalarType from, ScalarType to) {
  unsigned bits = 8 * getByteSize(to);
  bool isHuge = !isSigned(from) && value < 0;
  if (isSigned(to)) {
    int64_t most = int64_t(~uint64_t(0) >> 1 >> (64 - bits));
    return isHuge || value > most ? most : std::max(value, -most - 1);
  }
  uint64_t most = ~uint64_t(0) >> (64 - bits);
  if (isSigned(from) && value < 0)
    return 0;
  return int64_t(std::min(uint64_t(value), most));
}

/// Out of range: the nearest integer there is; NaN: 0.
static int64_t floatToInteger(double value, const Form &form) {
  unsigned bits = 8 * getByteSize(form.to);
  if (std::isnan(value))
    return 0;
  value = roundToIntegral(value, form.rounding);
  if (isSigned(form.to)) {
    int64_t most = int64_t(~uint64_t(0) >> 1 >> (64 - bits));
    double limit = std::ldexp(1.0, bits - 1);
    return value >= limit ? most : value < -limit ? -most - 1 : int64_t(value);
  }
  uint64_t most = ~uint64_t(0) >> (64 - bits);
  if (value <= 0)
    return 0;
  return int64_t(value >= std::ldexp(1.0, bits) ? most : uint64_t(value));
}

static uint64_t doubleToBits(double value, const Form &form) {
  if (form.toIntegral)
    value = roundToIntegral(value, form.rounding);
  if (form.sat)
    value = value > 0 ? std::min(value, 1.0) : 0;
  if (form.relu && value < 0)
    value = 0;
  Rounding rounding = form.toIntegral ? Rounding::NearestEven : form.rounding;
  switch (form.to) {
  case ScalarType::F64:
    return bitCast<uint64_t>(value);
  case ScalarType::F16:
  case ScalarType::BF16:
  case ScalarType::TF32: {
    FloatFormat format = form.to == ScalarType::F16    ? halfFormat
                         : form.to == ScalarType::BF16 ? bfloatFormat
                                                       : tf32Format;
    uint32_t bits = roundToFormat(value, format, rounding);
    unsigned width = format.exponentBits + format.mantissaBits;
    uint32_t infinity = ((1u << format.exponentBits) - 1)
                        << format.mantissaBits;
    if (form.satfinite && (bits & ((1u << width) - 1)) == infinity)
      bits -= 1;
    return form.to == ScalarType::TF32 ? bits << 13 : bits;
  }
  default: {
    uint32_t bits = roundToFormat(value, singleFormat, rounding);
    return form.ftz ? bitCast<uint32_t>(flush(bitCast<float>(bits))) : bits;
  }
  }
}

/// The host's conversion, under the rounding mode that `runConvert` has set.
template <typename T> static T toHost(int64_t value, const Form &form) {
  // Through memory, so that nothing moves across the change of mode.
  volatile int64_t source = value;
  volatile T result = isSigned(form.from) ? T(source) : T(uint64_t(source));
  T converted = result;
  return form.sat ? std::max(T(0), std::min(converted, T(1))) : converted;
}

static uint64_t integerToBits(int64_t value, const Form &form) {
  if (form.to == ScalarType::F64)
    return bitCast<uint64_t>(toHost<double>(value, form));
  if (form.to == ScalarType::F32)
    return bitCast<uint32_t>(toHost<float>(value, form));
  return doubleToBits(toHost<double>(value, form), form);
}

static int getHostRounding(Rounding rounding) {
  switch (rounding) {
  case Rounding::Zero:
    return FE_TOWARDZERO;
  case Rounding::Down:
    return FE_DOWNWARD;
  case Rounding::Up:
    return FE_UPWARD;
  default:
    return FE_TONEAREST;
  }
}

static void writeLanes(Warp &warp, const Instruction &i, uint32_t lanes,
                       unsigned bytes, const uint64_t *values) {
  uint8_t *to = warp.write<uint8_t>(i.d);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      std::memcpy(to + lane * bytes, &values[lane], bytes);
}

static void runConvert(Warp &warp, const Instruction &i, uint32_t lanes) {
  Form form = Form::decode(i.modifier);
  Lane in[warpSize];
  uint64_t out[warpSize];
  const uint8_t *from = warp.read<uint8_t>(i.a);
  if (isFloat(form.from)) {
    readFloats(from, form.fromBytes, form.from, form.ftz, in);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      out[lane] = isFloat(form.to)
                      ? doubleToBits(in[lane].number, form)
                      : uint64_t(floatToInteger(in[lane].number, form));
  } else if (isFloat(form.to)) {
    readIntegers(from, form.fromBytes, form.from, in);
    std::fesetround(getHostRounding(form.rounding));
    for (unsigned lane = 0; lane < warpSize; ++lane)
      out[lane] = integerToBits(in[lane].integer, form);
    std::fesetround(FE_TONEAREST);
  } else {
    readIntegers(from, form.fromBytes, form.from, in);
    unsigned unused = 64 - 8 * getByteSize(form.to);
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      int64_t value = form.sat ? saturate(in[lane].integer, form.from, form.to)
                               : in[lane].integer;
      uint64_t high = uint64_t(value) << unused;
      // A wider register gets the extended value.
      out[lane] = isSigned(form.to) ? uint64_t(int64_t(high) >> unused)
                                    : high >> unused;
    }
  }
  writeLanes(warp, i, lanes, form.toBytes, out);
}

//===----------------------------------------------------------------------===//
// Pairs and other frequent conversions
//===----------------------------------------------------------------------===//

/// `cvt.rn.f16x2.f32 d, a, b`: a goes to the upper half.
static void runPair(Warp &warp, const Instruction &i, uint32_t lanes) {
  Form form = Form::decode(i.modifier);
  form.to = form.to == ScalarType::F16x2 ? ScalarType::F16 : ScalarType::BF16;
  const float *a = warp.read<float>(i.a), *b = warp.read<float>(i.b);
  uint32_t *d = warp.write<uint32_t>(i.d);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      d[lane] = uint32_t(doubleToBits(a[lane], form)) << 16 |
                uint32_t(doubleToBits(b[lane], form));
}

namespace {
template <typename Format> struct RoundPair {
  static uint32_t apply(float a, float b) {
    return uint32_t(Format::round(a).bits) << 16 | Format::round(b).bits;
  }
};
template <typename Format> struct RoundOne {
  static uint16_t apply(float a) { return Format::round(a).bits; }
};
template <typename Format> struct Extend {
  static float apply(uint16_t a) { return float(Format{a}); }
};
template <typename From, typename To> struct Resize {
  static To apply(From a) { return To(a); }
};
} // namespace

/// A handler for exactly this conversion, or null.
static Handler pickFast(const Form &form) {
  if (form.sat || form.relu || form.satfinite || form.ftz || form.toIntegral ||
      form.rounding != Rounding::NearestEven ||
      getByteSize(form.from) != form.fromBytes ||
      getByteSize(form.to) != form.toBytes)
    return nullptr;
  bool fromSigned = isSigned(form.from), fromInteger = !isFloat(form.from);
  bool integers = fromInteger && !isFloat(form.to);
  if (integers && form.fromBytes == 4 && form.toBytes == 8)
    return fromSigned ? lanesHandler<Resize<int32_t, int64_t>>()
                      : lanesHandler<Resize<uint32_t, uint64_t>>();
  if (integers && form.fromBytes == 8 && form.toBytes == 4)
    return lanesHandler<Resize<uint64_t, uint32_t>>();
  if (form.from == ScalarType::S32 && form.to == ScalarType::F32)
    return lanesHandler<Resize<int32_t, float>>();
  if (form.from == ScalarType::F16 && form.to == ScalarType::F32)
    return lanesHandler<Extend<Half>>();
  if (form.from == ScalarType::BF16 && form.to == ScalarType::F32)
    return lanesHandler<Extend<BFloat>>();
  if (form.from != ScalarType::F32)
    return nullptr;
  switch (form.to) {
  case ScalarType::F16:
    return lanesHandler<RoundOne<Half>>();
  case ScalarType::BF16:
    return lanesHandler<RoundOne<BFloat>>();
  case ScalarType::F16x2:
    return lanesHandler<RoundPair<Half>>();
  case ScalarType::BF16x2:
    return lanesHandler<RoundPair<BFloat>>();
  default:
    return nullptr;
  }
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static std::optional<Form> readForm(const Statement &statement) {
  Form form;
  ModifierReader modifiers(statement);
  static constexpr Rounding modes[] = {
      Rounding::NearestEven, Rounding::Zero,        Rounding::Down,
      Rounding::Up,          Rounding::NearestEven, Rounding::Zero,
      Rounding::Down,        Rounding::Up,          Rounding::NearestAway};
  int rounding = modifiers.consumeAny(
      {"rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "rna"});
  if (rounding >= 0)
    form.rounding = modes[rounding];
  form.toIntegral = rounding >= 4 && rounding < 8;
  // These come in either order.
  for (bool more = true; more;) {
    more = false;
    for (auto [name, flag] :
         {std::pair<llvm::StringLiteral, bool *>{"ftz", &form.ftz},
          {"sat", &form.sat},
          {"relu", &form.relu},
          {"satfinite", &form.satfinite}})
      if (modifiers.consume(name))
        more = *flag = true;
  }
  auto to = modifiers.consumeType(), from = modifiers.consumeType();
  if (!to || !from || !modifiers.done() || *to == ScalarType::Pred ||
      *from == ScalarType::Pred || getByteSize(*to) > 8 ||
      getByteSize(*from) > 8)
    return std::nullopt;
  form.to = *to;
  form.from = *from;
  return form;
}

static bool decodeCvt(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  auto form = readForm(statement);
  if (!form)
    return false;
  bool isPair = form->to == ScalarType::F16x2 || form->to == ScalarType::BF16x2;
  if (isPair && form->from != ScalarType::F32)
    return false;
  if (!decoder.expectOperands(statement, isPair ? 3 : 2) ||
      !decoder.wideDestination(statement, statement.operands[0], form->to, i.d,
                               form->toBytes) ||
      !decoder.wideSource(statement, statement.operands[1], form->from, i.a,
                          form->fromBytes))
    return false;
  if (form->fromBytes < getByteSize(form->from) ||
      form->toBytes < getByteSize(form->to))
    return decoder.fail(statement, "the register is too small");
  if (isPair &&
      !decoder.source(statement, statement.operands[2], ScalarType::F32, i.b))
    return false;
  i.modifier = form->encode();
  i.run = pickFast(*form);
  if (!i.run)
    i.run = isPair ? runPair : runConvert;
  return true;
}

void ptx::registerConvert(InstructionTable &table) {
  table.add("cvt", decodeCvt);
}
