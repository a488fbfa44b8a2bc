//===- BulkCopy.cpp - cp.async.bulk -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of contiguous bytes between global memory and shared memory of the own
// block, and the groups of all bulk copies that go out.
//
//===----------------------------------------------------------------------===//

#include "BulkOperands.h"
#include "BulkTransfer.h"
#include "SharedAccess.h"

using namespace mlir::sattn::ptx;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

uint64_t mlir::sattn::ptx::readAddress(const Warp &warp,
                                       const Instruction &instruction,
                                       unsigned which, unsigned lane) {
  Slot base = instruction.extra[2 * which];
  uint64_t offset = warp.read<uint64_t>(instruction.extra[2 * which + 1])[lane];
  return offset + (instruction.modifier >> which & 1
                       ? warp.read<uint32_t>(base)[lane]
                       : warp.read<uint64_t>(base)[lane]);
}

bool mlir::sattn::ptx::decodeAddress(Decoder &decoder,
                                     const Statement &statement,
                                     const Operand &operand, StateSpace space,
                                     Instruction &instruction,
                                     SmallVectorImpl<Slot> &slots) {
  Instruction address;
  if (!decoder.address(statement, operand, space, address))
    return false;
  if (address.modifier & shortAddress)
    instruction.modifier |= 1u << slots.size() / 2;
  slots.push_back(address.a);
  slots.push_back(decoder.makeConstant(address.immediate, 8));
  return true;
}

unsigned mlir::sattn::ptx::consumeHint(ModifierReader &modifiers) {
  return modifiers.consumeAny({"L2::cache_hint"}) >= 0 ? 1 : 0;
}

//===----------------------------------------------------------------------===//
// Contiguous bytes
//===----------------------------------------------------------------------===//

/// Load: [shared], [global], size, [mbarrier]. Store: [global], [shared], size.
static void runBulkCopy(Warp &warp, const Instruction &instruction,
                        uint32_t lanes) {
  bool load = instruction.modifier & kToShared;
  const uint32_t *sizes = warp.read<uint32_t>(instruction.b);
  forEachLane(lanes, [&](unsigned lane) {
    uint64_t global = readAddress(warp, instruction, load ? 1 : 0, lane);
    uint32_t size = sizes[lane], shared, mbarrier = 0;
    if (!getOwnShared(warp, instruction, lane,
                      readAddress(warp, instruction, load ? 0 : 1, lane), 16,
                      shared) ||
        (load &&
         !getOwnShared(warp, instruction, lane,
                       readAddress(warp, instruction, 2, lane), 8, mbarrier)))
      return false;
    if (size % 16 != 0 || global % 16 != 0) {
      warp.fail(instruction, lane,
                "expected a size and a global address that are multiples of "
                "16 bytes, got " +
                    Twine(size) + " and 0x" + Twine::utohexstr(global));
      return false;
    }
    Block *owner;
    if (size != 0 &&
        !warp.block.access(warp, instruction, lane, uint64_t(shared) + size - 1,
                           1, 1, owner))
      return false;
    TransferPlan plan;
    plan.transactionBytes = size;
    for (uint32_t i = 0; i != size; i += 16)
      plan.chunks.push_back({shared + i, global + i, 0, 16});
    if (!load)
      return issueStore(warp, instruction, lane, std::move(plan));
    return issueLoad(warp, instruction, lane, warp.block, std::move(plan),
                     mbarrier);
  });
}

/// shared::{cluster,cta}.global.mbarrier::complete_tx::bytes
///     [dst], [src], size, [mbarrier]
/// global.shared::cta.bulk_group [dst], [src], size
static bool decodeContiguous(Decoder &decoder, const Statement &statement,
                             ModifierReader modifiers,
                             Instruction &instruction) {
  bool load = modifiers.consumeAny({"shared::cluster", "shared::cta"}) >= 0;
  if (!modifiers.consume("global") ||
      (!load && !modifiers.consume("shared::cta")) ||
      !modifiers.consume(load ? "mbarrier::complete_tx::bytes" : "bulk_group"))
    return false;
  unsigned hint = consumeHint(modifiers);
  if (!modifiers.done() ||
      !decoder.expectOperands(statement, (load ? 4 : 3) + hint))
    return false;
  SmallVector<Slot, 6> slots;
  StateSpace first = load ? StateSpace::Shared : StateSpace::Global;
  StateSpace second = load ? StateSpace::Global : StateSpace::Shared;
  if (!decodeAddress(decoder, statement, statement.operands[0], first,
                     instruction, slots) ||
      !decodeAddress(decoder, statement, statement.operands[1], second,
                     instruction, slots) ||
      !decoder.source(statement, statement.operands[2], ScalarType::U32,
                      instruction.b))
    return false;
  if (load && !decodeAddress(decoder, statement, statement.operands[3],
                             StateSpace::Shared, instruction, slots))
    return false;
  instruction.extra = decoder.keep(slots);
  instruction.modifier |= load ? kToShared : 0;
  instruction.run = runBulkCopy;
  return true;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static AsyncGroups &getGroups(Warp &warp) {
  return warp.groups[unsigned(AsyncGroupKind::Bulk)];
}

static void runCommit(Warp &warp, const Instruction &i, uint32_t lanes) {
  getGroups(warp).commit(warp, i, lanes);
}

static void runWait(Warp &warp, const Instruction &instruction,
                    uint32_t lanes) {
  getGroups(warp).wait(warp, lanes, instruction.immediate);
}

/// commit_group; wait_group{.read} N. With `.read` the copies are complete too,
/// not only their reads: what others may see of the writes is not tracked.
static bool decodeGroup(Decoder &decoder, const Statement &statement,
                        ModifierReader modifiers, bool isWait,
                        Instruction &instruction) {
  if (isWait)
    modifiers.consume("read");
  if (!modifiers.done() || !decoder.expectOperands(statement, isWait ? 1 : 0))
    return false;
  int64_t pending = 0;
  if (isWait && !decoder.constant(statement, statement.operands[0], pending))
    return false;
  if (pending < 0)
    return decoder.fail(statement,
                        "expected a number of groups, got " + Twine(pending));
  instruction.immediate = pending;
  instruction.run = isWait ? runWait : runCommit;
  return true;
}

bool mlir::sattn::ptx::decodeBulkCopy(Decoder &decoder,
                                      const Statement &statement,
                                      ModifierReader modifiers,
                                      Instruction &instruction) {
  int group = modifiers.consumeAny({"commit_group", "wait_group"});
  if (group >= 0)
    return decodeGroup(decoder, statement, modifiers, group == 1, instruction);
  return decodeContiguous(decoder, statement, modifiers, instruction);
}
