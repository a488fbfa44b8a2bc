//===- Instruction.h - Decoded PTX instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_INSTRUCTION_H
#define SATTN_PTX_INSTRUCTION_H

#include "sattn/PTX/Module.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::sattn::ptx {

class Warp;
struct Instruction;

constexpr unsigned warpSize = 32;
constexpr uint32_t allLanes = ~0u;

/// Executes an instruction for the lanes of a mask (the active lanes whose
/// guard holds, never 0). Reads and writes registers through
/// `Warp::read`/`Warp::write`, reports errors through `Warp::fail`.
using Handler = void (*)(Warp &warp, const Instruction &instruction,
                         uint32_t lanes);

/// Where the 32 lanes of an operand lie, one after the other: in the registers
/// of the current function, among the constants of the program (immediates,
/// addresses of symbols), or among the special registers of the warp.
/// Predicates are one 32-bit mask, bit l for lane l.
class Slot {
public:
  enum Base : uint32_t { Frame = 0, Constant = 1, Special = 2 };
  Slot() = default;
  Slot(Base base, uint32_t offset) : bits(base << 30 | offset) {}
  Base getBase() const { return Base(bits >> 30); }
  uint32_t getOffset() const { return bits & 0x3fffffff; }
  bool isNone() const { return bits == ~0u; }
  bool operator==(Slot other) const { return bits == other.bits; }

private:
  uint32_t bits = ~0u;
};

/// Where control goes after an instruction.
enum class Flow : uint8_t {
  Next,
  Branch, ///< `target`, or the next one where the guard does not hold
  Table,  ///< one of `Program::getTargets(immediate)`
  End,    ///< leaves the function (the guard may hold back some lanes)
};

/// One decoded instruction. What the fields below `guard` mean is between a
/// decode function and its handler; the names say what most of them use.
struct Instruction {
  Handler run = nullptr;
  /// The text and line, for reports.
  const Statement *statement = nullptr;
  /// The predicate that guards it, or none.
  Slot guard;
  bool guardNegated = false;
  Flow flow = Flow::Next;

  Slot d, a, b, c;
  /// Operands beyond four: vectors, fragments.
  llvm::ArrayRef<Slot> extra;
  /// Byte offset of an address, or another constant.
  uint64_t immediate = 0;
  uint32_t modifier = 0;
  /// Branches: index of the target, and of the immediate post dominator.
  uint32_t target = 0;
  uint32_t reconverge = ~0u;

  /// Kernels with wgmma: `run` checks these registers and goes on to
  /// `guardedRun`.
  llvm::ArrayRef<uint32_t> guardedRegisters;
  Handler guardedRun = nullptr;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_INSTRUCTION_H
