//===- Memory.cpp - Loads and stores -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ld, ldu, st in every state space, with vectors and the conversions between
// the size in memory and that of the register. PTX ISA, "Data Movement and
// Conversion Instructions".
//
//===----------------------------------------------------------------------===//

#include "LaneMemory.h"
#include "Lanes.h"
#include "MemoryForm.h"
#include "Order.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static bool isCacheHint(llvm::StringRef modifier) {
  static constexpr llvm::StringLiteral hints[] = {
      "ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "unified"};
  return llvm::is_contained(hints, modifier) || modifier.starts_with("L1::") ||
         (modifier.starts_with("L2::") && modifier != "L2::cache_hint");
}

bool ptx::consumeMemoryModifier(ModifierReader &modifiers, MemoryForm &form) {
  llvm::StringRef name = modifiers.peek();
  auto space = llvm::StringSwitch<int>(name)
                   .Case("global", int(StateSpace::Global))
                   .Cases({"shared", "shared::cta", "shared::cluster"},
                          int(StateSpace::Shared))
                   .Case("local", int(StateSpace::Local))
                   .Cases({"param", "param::entry"}, int(StateSpace::Param))
                   .Case("const", int(StateSpace::Const))
                   .Default(-1);
  auto semantics =
      llvm::StringSwitch<int>(name)
          .Case("weak", int(Semantics::Weak))
          .Cases({"volatile", "relaxed", "mmio"}, int(Semantics::Relaxed))
          .Case("acquire", int(Semantics::Acquire))
          .Case("release", int(Semantics::Release))
          .Case("acq_rel", int(Semantics::AcqRel))
          .Default(-1);
  bool isScope =
      name == "cta" || name == "cluster" || name == "gpu" || name == "sys";
  unsigned count = llvm::StringSwitch<unsigned>(name)
                       .Case("v2", 2)
                       .Case("v4", 4)
                       .Case("v8", 8)
                       .Default(0);
  if (space >= 0)
    form.space = StateSpace(space);
  else if (semantics >= 0)
    form.semantics = std::max(form.semantics, Semantics(semantics));
  else if (count)
    form.count = count;
  else if (!isScope && !isCacheHint(name))
    return false;
  return modifiers.consume(name);
}

namespace {
// Bits of `Instruction::modifier`; the state space is in the low three.
constexpr uint32_t spaceMask = 7, strongBit = 8, acquireBit = 16,
                   releaseBit = 32;
} // namespace

static LaneMemory makeMemory(Warp &warp, const Instruction &i, bool write) {
  RaceDetector::Kind kind;
  kind.write = write;
  kind.strong = i.modifier & strongBit;
  return LaneMemory(warp, i, StateSpace(i.modifier & spaceMask), kind);
}

/// `InMemory` is extended to `InRegister` by its sign.
template <typename InMemory, typename InRegister>
static void load(Warp &warp, const Instruction &i, uint32_t lanes) {
  LaneMemory memory = makeMemory(warp, i, /*write=*/false);
  unsigned count = i.extra.size(), bytes = count * sizeof(InMemory);
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    uint64_t address = warp.getAddress(i, lane);
    const uint8_t *from = memory.read(lane, address, bytes);
    if (!from)
      return;
    for (unsigned k = 0; k < count; ++k) {
      InMemory value;
      std::memcpy(&value, from + k * sizeof value, sizeof value);
      warp.write<InRegister>(i.extra[k])[lane] = InRegister(value);
    }
    if (i.modifier & strongBit)
      observe(warp, from, i.modifier & acquireBit);
  }
  // Whoever reads what others write may be polling.
  if (i.modifier & strongBit && warp.machine.random.below(4) == 0)
    warp.yield();
}

/// Kernel parameters are the same in every lane.
template <typename T>
static void loadParameter(Warp &warp, const Instruction &i, uint32_t lanes) {
  LaneMemory memory = makeMemory(warp, i, /*write=*/false);
  const uint8_t *from =
      memory.read(llvm::countr_zero(lanes), i.immediate, sizeof(T));
  if (!from)
    return;
  T value, values[warpSize];
  std::memcpy(&value, from, sizeof value);
  std::fill(values, values + warpSize, value);
  storeLanes(warp.write<T>(i.d), values, lanes);
}

template <typename InMemory, typename InRegister>
static void store(Warp &warp, const Instruction &i, uint32_t lanes) {
  LaneMemory memory = makeMemory(warp, i, /*write=*/true);
  unsigned count = i.extra.size();
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    uint64_t address = warp.getAddress(i, lane);
    InMemory values[8];
    for (unsigned k = 0; k < count; ++k)
      values[k] = InMemory(warp.read<InRegister>(i.extra[k])[lane]);
    const uint8_t *to = memory.write(lane, address, count * sizeof(InMemory),
                                     reinterpret_cast<const uint8_t *>(values));
    if (!to)
      return;
    if (i.modifier & strongBit)
      publish(warp, to, i.modifier & releaseBit);
  }
}

/// The handler for `type` in memory and registers of `bytes` bytes.
template <bool isLoad>
static Handler pickAccess(ScalarType type, unsigned bytes) {
  auto withRegister = [&](auto tag) -> Handler {
    using T = decltype(tag);
    if constexpr (isLoad) {
      using W = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
      switch (bytes) {
      case 1:
        return load<T, uint8_t>;
      case 2:
        return load<T, uint16_t>;
      case 4:
        return load<T, uint32_t>;
      case 8:
        return load<T, W>;
      }
    } else {
      switch (bytes) {
      case 1:
        return store<T, uint8_t>;
      case 2:
        return store<T, uint16_t>;
      case 4:
        return store<T, uint32_t>;
      case 8:
        return store<T, uint64_t>;
      }
    }
    return nullptr;
  };
  if (Handler handler = withInteger(type, withRegister))
    return handler;
  switch (getByteSize(type)) {
  case 2:
    return withRegister(uint16_t());
  case 4:
    return withRegister(uint32_t());
  case 8:
    return withRegister(uint64_t());
  default:
    return nullptr;
  }
}

static bool decodeValues(Decoder &decoder, const Statement &statement,
                         const Operand &operand, const MemoryForm &form,
                         Instruction &i, bool isLoad) {
  llvm::ArrayRef<Operand> elements = operand;
  if (operand.kind == Operand::Kind::Vector)
    elements = operand.elements;
  if (elements.size() != form.count)
    return decoder.fail(statement, "expected " + llvm::Twine(form.count) +
                                       " values, got " +
                                       llvm::Twine(elements.size()));
  llvm::SmallVector<Slot, 8> slots;
  unsigned bytes = getByteSize(*form.type);
  for (const Operand &element : elements) {
    slots.emplace_back();
    unsigned width = 0;
    bool ok = isLoad ? decoder.wideDestination(statement, element, *form.type,
                                               slots.back(), width)
                     : decoder.wideSource(statement, element, *form.type,
                                          slots.back(), width);
    if (!ok)
      return false;
    // `_` in a vector takes the size of its neighbours.
    if (element.kind != Operand::Kind::Sink)
      bytes = width;
  }
  if (bytes < getByteSize(*form.type))
    return decoder.fail(statement, "the register is too small");
  i.extra = decoder.keep(slots);
  i.d = slots[0];
  i.run = isLoad ? pickAccess<true>(*form.type, bytes)
                 : pickAccess<false>(*form.type, bytes);
  return i.run;
}

static bool decodeAccess(Decoder &decoder, const Statement &statement,
                         Instruction &i) {
  bool isLoad = statement.mnemonic != "st", hasPolicy = false;
  ModifierReader modifiers(statement);
  MemoryForm form;
  while (!modifiers.done()) {
    if (modifiers.consume("L2::cache_hint")) {
      hasPolicy = true;
      continue;
    }
    if (consumeMemoryModifier(modifiers, form))
      continue;
    form.type = modifiers.consumeType();
    if (!form.type || !modifiers.done())
      return false;
  }
  if (!form.type || *form.type == ScalarType::Pred ||
      getByteSize(*form.type) > 8)
    return false;
  if (!decoder.expectOperands(statement, 2 + hasPolicy))
    return false;
  i.modifier = uint32_t(form.space) | (form.isStrong() ? strongBit : 0) |
               (form.semantics == Semantics::Acquire ? acquireBit : 0) |
               (form.semantics == Semantics::Release ? releaseBit : 0);
  const Operand &address = statement.operands[isLoad ? 1 : 0];
  const Operand &value = statement.operands[isLoad ? 0 : 1];
  if (!decodeValues(decoder, statement, value, form, i, isLoad) ||
      !decoder.address(statement, address, form.space, i))
    return false;
  if (!isLoad || form.space != StateSpace::Param || form.count != 1 ||
      address.reg >= 0)
    return true;
  unsigned size = getByteSize(*form.type);
  bool sameSize = i.run == pickAccess<true>(*form.type, size);
  if (size >= 4 && sameSize) {
    uint64_t base = decoder.getFunctionCode().symbols.lookup(address.text);
    i.immediate += base;
    i.run = size == 4 ? loadParameter<uint32_t> : loadParameter<uint64_t>;
  }
  return true;
}

/// Prefetches change nothing; their addresses are not even checked, as on the
/// hardware.
static bool decodePrefetch(Decoder &decoder, const Statement &statement,
                           Instruction &i) {
  i.run = [](Warp &, const Instruction &, uint32_t) {};
  return decoder.expectOperands(statement, 1) &&
         decoder.address(statement, statement.operands[0], StateSpace::Global,
                         i);
}

void ptx::registerMemory(InstructionTable &table) {
  table.add("ld", decodeAccess);
  table.add("ldu", decodeAccess);
  table.add("st", decodeAccess);
  table.add("prefetch", decodePrefetch);
  table.add("prefetchu", decodePrefetch);
}
