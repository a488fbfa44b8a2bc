//===- BulkOperands.h - Operands of bulk copies -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `Instruction::extra` of bulk copies holds two slots per address, base and
// offset, in the order of the text, then what else there is. Bit i of
// `modifier` says that the base of address i has 32 bits.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_BULKOPERANDS_H
#define SATTN_LIB_PTX_BULKOPERANDS_H

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Machine.h"

namespace mlir::sattn::ptx {

/// Bit of `Instruction::modifier`: the copy goes to shared memory.
constexpr uint32_t kToShared = 1 << 8;

/// Address number `which` of `lane`.
uint64_t readAddress(const Warp &warp, const Instruction &instruction,
                     unsigned which, unsigned lane);

/// Appends the slots of the address `operand`.
bool decodeAddress(Decoder &decoder, const Statement &statement,
                   const Operand &operand, StateSpace space,
                   Instruction &instruction,
                   llvm::SmallVectorImpl<Slot> &slots);

/// Consumes `.level::cache_hint`: 1 if it is there. Its operand, the last one,
/// changes nothing.
unsigned consumeHint(ModifierReader &modifiers);

/// Decodes what follows `cp.async.bulk` in copies of contiguous bytes and in
/// their groups (BulkCopy.cpp).
bool decodeBulkCopy(Decoder &decoder, const Statement &statement,
                    ModifierReader modifiers, Instruction &instruction);

/// Calls `issue` for each lane of `lanes` until it returns false.
template <typename Issue> static void forEachLane(uint32_t lanes, Issue issue) {
  for (; lanes != 0; lanes &= lanes - 1)
    if (!issue(llvm::countr_zero(lanes)))
      return;
}

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_BULKOPERANDS_H
