//===- Atomics.cpp - Atomic operations -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// atom and red in global and shared memory. PTX ISA, "atom", "red". The lanes
// of an instruction come one after the other.
//
//===----------------------------------------------------------------------===//

#include "LaneMemory.h"
#include "Lanes.h"
#include "MemoryForm.h"
#include "Order.h"
#include "sattn/PTX/FloatFormats.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
enum class Operation : uint8_t {
  And,
  Or,
  Xor,
  Exch,
  Cas,
  Add,
  Inc,
  Dec,
  Min,
  Max
};
constexpr llvm::StringLiteral operationNames[] = {
    "and", "or", "xor", "exch", "cas", "add", "inc", "dec", "min", "max"};

// Bits of `Instruction::modifier`; the state space is in the low three.
constexpr uint32_t spaceMask = 7, acquireBit = 8, releaseBit = 16,
                   returnsBit = 32;

/// Two values of a 16-bit format in 32 bits.
template <typename Format> struct Pair { uint32_t bits; };

template <typename Format> Format addFormats(Format a, Format b) {
  return Format::round(float(a) + float(b));
}
template <typename T> T add(T a, T b) { return a + b; }
template <> int32_t add(int32_t a, int32_t b) {
  return uint32_t(a) + uint32_t(b);
}
template <> int64_t add(int64_t a, int64_t b) {
  return uint64_t(a) + uint64_t(b);
}
template <> Half add(Half a, Half b) { return addFormats(a, b); }
template <> BFloat add(BFloat a, BFloat b) { return addFormats(a, b); }
template <typename Format>
Pair<Format> addPair(Pair<Format> a, Pair<Format> b) {
  auto half = [](uint32_t x) { return Format{uint16_t(x)}; };
  uint32_t low = addFormats(half(a.bits), half(b.bits)).bits;
  uint32_t high = addFormats(half(a.bits >> 16), half(b.bits >> 16)).bits;
  return {low | high << 16};
}
template <> Pair<Half> add(Pair<Half> a, Pair<Half> b) { return addPair(a, b); }
template <> Pair<BFloat> add(Pair<BFloat> a, Pair<BFloat> b) {
  return addPair(a, b);
}
template <typename T> T combine(Operation operation, T old, T b, T c) {
  if constexpr (std::is_integral_v<T>) {
    switch (operation) {
    case Operation::And:
      return old & b;
    case Operation::Or:
      return old | b;
    case Operation::Xor:
      return old ^ b;
    case Operation::Cas:
      return old == b ? c : old;
    case Operation::Inc:
      return old >= b ? 0 : old + 1;
    case Operation::Dec:
      return old == 0 || old > b ? b : old - 1;
    case Operation::Min:
      return std::min(old, b);
    case Operation::Max:
      return std::max(old, b);
    default:
      break;
    }
  }
  return operation == Operation::Add ? add(old, b) : b;
}

/// `extra`: results (of atom), then operands b and c, `target` elements each.
template <typename T, Operation operation>
void runAtomic(Warp &warp, const Instruction &i, uint32_t lanes) {
  RaceDetector::Kind kind;
  kind.write = kind.strong = true;
  LaneMemory memory(warp, i, StateSpace(i.modifier & spaceMask), kind);
  unsigned count = i.target, operands = i.modifier & returnsBit ? count : 0;
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    uint64_t address = warp.getAddress(i, lane);
    uint8_t *at = memory.modify(lane, address, count * sizeof(T));
    if (!at)
      return;
    observe(warp, at, i.modifier & acquireBit);
    for (unsigned k = 0; k < count; ++k) {
      T old, b = warp.read<T>(i.extra[operands + k])[lane], c = b;
      if (operation == Operation::Cas)
        c = warp.read<T>(i.extra[operands + count + k])[lane];
      std::memcpy(&old, at + k * sizeof(T), sizeof(T));
      T result = combine(operation, old, b, c);
      std::memcpy(at + k * sizeof(T), &result, sizeof(T));
      if (operands)
        warp.write<T>(i.extra[k])[lane] = old;
    }
    publish(warp, at, i.modifier & releaseBit);
  }
  // Whoever reads what others write may be polling.
  if (operands && warp.machine.random.below(4) == 0)
    warp.yield();
}

template <typename T> Handler pickInteger(Operation operation) {
  switch (operation) {
  case Operation::And:
    return runAtomic<T, Operation::And>;
  case Operation::Or:
    return runAtomic<T, Operation::Or>;
  case Operation::Xor:
    return runAtomic<T, Operation::Xor>;
  case Operation::Exch:
    return runAtomic<T, Operation::Exch>;
  case Operation::Cas:
    return runAtomic<T, Operation::Cas>;
  case Operation::Add:
    return runAtomic<T, Operation::Add>;
  case Operation::Inc:
    return runAtomic<T, Operation::Inc>;
  case Operation::Dec:
    return runAtomic<T, Operation::Dec>;
  case Operation::Min:
    return runAtomic<T, Operation::Min>;
  case Operation::Max:
    return runAtomic<T, Operation::Max>;
  }
  return nullptr;
}
} // namespace

/// The handler, or null where the operation does not exist for the type.
static Handler pick(Operation operation, ScalarType type) {
  bool adds = operation == Operation::Add;
  switch (type) {
  case ScalarType::F16:
    return adds ? runAtomic<Half, Operation::Add> : nullptr;
  case ScalarType::BF16:
    return adds ? runAtomic<BFloat, Operation::Add> : nullptr;
  case ScalarType::F16x2:
    return adds ? runAtomic<Pair<Half>, Operation::Add> : nullptr;
  case ScalarType::BF16x2:
    return adds ? runAtomic<Pair<BFloat>, Operation::Add> : nullptr;
  case ScalarType::F32:
    return adds ? runAtomic<float, Operation::Add> : nullptr;
  case ScalarType::F64:
    return adds ? runAtomic<double, Operation::Add> : nullptr;
  case ScalarType::B16:
    return operation == Operation::Cas ? runAtomic<uint16_t, Operation::Cas>
                                       : nullptr;
  case ScalarType::B32:
  case ScalarType::B64: {
    if (operation > Operation::Cas)
      return nullptr;
    return type == ScalarType::B32 ? pickInteger<uint32_t>(operation)
                                   : pickInteger<uint64_t>(operation);
  }
  default:
    break;
  }
  if (operation < Operation::Add)
    return nullptr;
  bool wraps = operation == Operation::Inc || operation == Operation::Dec;
  switch (type) {
  case ScalarType::U32:
    return pickInteger<uint32_t>(operation);
  case ScalarType::S32:
    return wraps ? nullptr : pickInteger<int32_t>(operation);
  case ScalarType::U64:
    return wraps ? nullptr : pickInteger<uint64_t>(operation);
  case ScalarType::S64:
    return wraps ? nullptr : pickInteger<int64_t>(operation);
  default:
    return nullptr;
  }
}

static bool decodeAtomic(Decoder &decoder, const Statement &statement,
                         Instruction &i) {
  bool returns = statement.mnemonic == "atom", hasPolicy = false;
  ModifierReader modifiers(statement);
  MemoryForm form;
  int operation = -1;
  while (!modifiers.done()) {
    if (operation < 0 &&
        (operation = modifiers.consumeAny(operationNames)) >= 0)
      continue;
    if (modifiers.consume("noftz") || consumeMemoryModifier(modifiers, form))
      continue;
    if (modifiers.consume("L2::cache_hint")) {
      hasPolicy = true;
      continue;
    }
    form.type = modifiers.consumeType();
    if (!form.type || !modifiers.done())
      return false;
  }
  if (operation < 0 || !form.type || (form.count > 1 && operation != 5) ||
      !(i.run = pick(Operation(operation), *form.type)))
    return false;
  Semantics semantics = form.semantics;
  i.modifier = uint32_t(form.space) | (returns ? returnsBit : 0);
  if (semantics == Semantics::Acquire || semantics == Semantics::AcqRel)
    i.modifier |= acquireBit;
  if (semantics == Semantics::Release || semantics == Semantics::AcqRel)
    i.modifier |= releaseBit;
  i.target = form.count;
  unsigned sources = operation == int(Operation::Cas) ? 2 : 1;
  if (!decoder.expectOperands(statement, returns + 1 + sources + hasPolicy) ||
      !decoder.address(statement, statement.operands[returns], form.space, i))
    return false;
  llvm::SmallVector<Slot, 8> slots;
  if (returns && !decoder.slots(statement, statement.operands[0], *form.type,
                                /*write=*/true, slots))
    return false;
  for (unsigned k = 0; k < sources; ++k)
    if (!decoder.slots(statement, statement.operands[returns + 1 + k],
                       *form.type, /*write=*/false, slots))
      return false;
  if (slots.size() != (returns + sources) * form.count)
    return decoder.fail(statement,
                        "expected " + llvm::Twine(form.count) + " values");
  i.extra = decoder.keep(slots);
  return true;
}

void ptx::registerAtomics(InstructionTable &table) {
  table.add("atom", decodeAtomic);
  table.add("red", decodeAtomic);
}
