//===- Move.cpp - mov, cvta and what reads special registers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of registers, packing and unpacking of vectors, addresses of symbols,
// conversions between generic addresses and those of a state space.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
template <typename T> struct Copy {
  static T apply(T a) { return a; }
};
} // namespace

static void movePredicate(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.writePredicate(i.d, warp.readPredicate(i.a), lanes);
}

/// The address of a local variable: they start elsewhere in each call.
template <typename T>
static void localAddress(Warp &warp, const Instruction &i, uint32_t lanes) {
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      warp.write<T>(i.d)[lane] =
          warp.read<T>(i.a)[lane] + warp.getSplit().frame->localBase;
}

static Handler pickCopy(unsigned bytes) {
  return bytes == 1   ? lanesHandler<Copy<uint8_t>>()
         : bytes == 2 ? lanesHandler<Copy<uint16_t>>()
         : bytes == 4 ? lanesHandler<Copy<uint32_t>>()
                      : lanesHandler<Copy<uint64_t>>();
}

/// `modifier` is the bytes of an element.
static void pack(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned bytes = i.modifier, total = bytes * i.extra.size();
  for (size_t k = 0; k < i.extra.size(); ++k) {
    const uint8_t *from = warp.read<uint8_t>(i.extra[k]);
    uint8_t *to = warp.write<uint8_t>(i.d) + k * bytes;
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (lanes >> lane & 1)
        std::memcpy(to + lane * total, from + lane * bytes, bytes);
  }
}

/// The source may be one of the destinations.
static void unpack(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned bytes = i.modifier, total = bytes * i.extra.size();
  uint8_t source[16 * warpSize];
  std::memcpy(source, warp.read<uint8_t>(i.a), total * warpSize);
  for (size_t k = 0; k < i.extra.size(); ++k) {
    uint8_t *to = warp.write<uint8_t>(i.extra[k]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (lanes >> lane & 1)
        std::memcpy(to + lane * bytes, source + lane * total + k * bytes,
                    bytes);
  }
}

/// The bit type of `bytes` bytes.
static ScalarType getBitType(unsigned bytes) {
  switch (bytes) {
  case 1:
    return ScalarType::B8;
  case 2:
    return ScalarType::B16;
  case 4:
    return ScalarType::B32;
  case 8:
    return ScalarType::B64;
  default:
    return ScalarType::B128;
  }
}

static bool decodePacking(Decoder &decoder, const Statement &statement,
                          Instruction &i, ScalarType type, bool packs) {
  const Operand &vector = statement.operands[packs];
  unsigned count = vector.elements.size();
  unsigned bytes = count ? getByteSize(type) / count : 0;
  if (bytes * count != getByteSize(type) || bytes == 0 || bytes > 8)
    return decoder.fail(statement, "the vector does not fill the type");
  llvm::SmallVector<Slot, 4> slots;
  if (!decoder.slots(statement, vector, getBitType(bytes), !packs, slots))
    return false;
  i.extra = decoder.keep(slots);
  i.modifier = bytes;
  i.run = packs ? pack : unpack;
  return packs
             ? decoder.destination(statement, statement.operands[0], type, i.d)
             : decoder.source(statement, statement.operands[1], type, i.a);
}

/// Times go up with every instruction that is executed.
static void readClock(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint64_t time = warp.machine.getInstructionCount();
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1) {
      if (i.modifier == 8)
        warp.write<uint64_t>(i.d)[lane] = time;
      else
        warp.write<uint32_t>(i.d)[lane] = time >> (i.immediate ? 32 : 0);
    }
  warp.yield();
}

static bool decodeClock(Decoder &decoder, const Statement &statement,
                        Instruction &i, ScalarType type) {
  llvm::StringRef name = statement.operands[1].text;
  bool isWide = name == "%clock64" || name == "%globaltimer";
  if (!isWide && name != "%clock" && name != "%clock_hi" &&
      name != "%globaltimer_lo" && name != "%globaltimer_hi")
    return false;
  i.run = readClock;
  i.modifier = isWide ? 8 : 4;
  i.immediate = name.ends_with("_hi");
  return decoder.destination(statement, statement.operands[0],
                             isWide ? ScalarType::U64 : ScalarType::U32, i.d);
}

static bool decodeMov(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  if (!decoder.expectOperands(statement, 2))
    return false;
  for (bool packs : {false, true})
    if (statement.operands[packs].kind == Operand::Kind::Vector)
      return decodePacking(decoder, statement, i, *type, packs);
  if (*type == ScalarType::Pred) {
    i.run = movePredicate;
    return decodeOperands(decoder, statement, i, *type, {*type});
  }
  if (statement.operands[1].kind == Operand::Kind::Special &&
      decodeClock(decoder, statement, i, *type))
    return true;
  unsigned bytes = getByteSize(*type);
  if (bytes > 8)
    return false;
  i.run = pickCopy(bytes);
  if (statement.operands[1].kind == Operand::Kind::Symbol &&
      decoder.isLocalVariable(statement.operands[1]))
    i.run = bytes == 8 ? localAddress<uint64_t> : localAddress<uint32_t>;
  return decodeOperands(decoder, statement, i, *type, {*type});
}

//===----------------------------------------------------------------------===//
// Generic addresses
//===----------------------------------------------------------------------===//

namespace {
/// Adds or takes away the window of a state space; `T` is the address type.
template <typename T>
void convertAddress(Warp &warp, const Instruction &i, uint32_t lanes) {
  const T *from = warp.read<T>(i.a);
  T *to = warp.write<T>(i.d);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      to[lane] = i.modifier ? from[lane] & ~T(i.immediate)
                            : from[lane] | T(i.immediate);
}

void parameterToGeneric(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint64_t *from = warp.read<uint64_t>(i.a);
  uint64_t base = reinterpret_cast<uintptr_t>(warp.machine.getParameters());
  uint64_t *to = warp.write<uint64_t>(i.d);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      to[lane] = i.modifier ? from[lane] - base : from[lane] + base;
}

void testSpace(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint64_t *address = warp.read<uint64_t>(i.a);
  uint64_t parameters =
      reinterpret_cast<uintptr_t>(warp.machine.getParameters());
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint64_t window = address[lane] & (sharedWindow | localWindow);
    bool isParameter =
        address[lane] - parameters < warp.machine.kernel.parameterBytes;
    bool holds = i.immediate ? window == i.immediate
                             : !window && isParameter == bool(i.modifier);
    bits |= uint32_t(holds) << lane;
  }
  warp.writePredicate(i.d, bits, lanes);
}
} // namespace

/// The window of a space in generic addresses; 0 for global memory.
static std::optional<uint64_t> consumeSpace(ModifierReader &modifiers,
                                            bool &isParameter) {
  int space =
      modifiers.consumeAny({"global", "const", "local", "shared", "shared::cta",
                            "shared::cluster", "param", "param::entry"});
  isParameter = space >= 6;
  if (space < 0)
    return std::nullopt;
  return space == 2 ? localWindow : space >= 3 && space <= 5 ? sharedWindow : 0;
}

static bool decodeCvta(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  bool to = modifiers.consume("to"), isParameter = false;
  auto window = consumeSpace(modifiers, isParameter);
  auto type = modifiers.consumeType();
  if (!window || !modifiers.done() ||
      (type != ScalarType::U64 && type != ScalarType::U32))
    return false;
  if (*type == ScalarType::U32 && *window)
    return decoder.fail(statement, "expected 64-bit generic addresses");
  i.immediate = *window;
  i.modifier = to;
  i.run = isParameter                ? parameterToGeneric
          : *type == ScalarType::U64 ? convertAddress<uint64_t>
                                     : convertAddress<uint32_t>;
  return decodeOperands(decoder, statement, i, *type, {*type});
}

static bool decodeIsspacep(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  ModifierReader modifiers(statement);
  bool isParameter = false;
  auto window = consumeSpace(modifiers, isParameter);
  if (!window || !modifiers.done())
    return false;
  i.immediate = *window;
  i.modifier = isParameter;
  i.run = testSpace;
  return decodeOperands(decoder, statement, i, ScalarType::Pred,
                        {ScalarType::B64});
}

void ptx::registerMove(InstructionTable &table) {
  table.add("mov", decodeMov);
  table.add("cvta", decodeCvta);
  table.add("isspacep", decodeIsspacep);
}
