//===- TensorCopy.cpp - cp.async.bulk and cp.async.bulk.tensor -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of a box of a tensor (TMA, tile mode, 1 to 5 dimensions) and of
// contiguous bytes, between global memory and shared memory of the own block;
// the groups of those that go out; prefetches, which only check their operands.
//
//===----------------------------------------------------------------------===//

#include "BulkTransfer.h"
#include "SharedAccess.h"
#include "sattn/PTX/Decoder.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

// `Instruction::extra` holds two slots per address, base and offset, in the
// order of the text, then what else there is. Bit i of `modifier` says that the
// base of address i has 32 bits, bit 8 that the copy goes to shared memory.
static constexpr uint32_t kToShared = 1 << 8;

static uint64_t readAddress(const Warp &warp, const Instruction &instruction,
                            unsigned which, unsigned lane) {
  Slot base = instruction.extra[2 * which];
  uint64_t offset = warp.read<uint64_t>(instruction.extra[2 * which + 1])[lane];
  return offset + (instruction.modifier >> which & 1
                       ? warp.read<uint32_t>(base)[lane]
                       : warp.read<uint64_t>(base)[lane]);
}

/// Appends the slots of the address `operand`.
static bool decodeAddress(Decoder &decoder, const Statement &statement,
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

/// Calls `issue` for each lane of `lanes` until it returns false.
template <typename Issue> static void forEachLane(uint32_t lanes, Issue issue) {
  for (; lanes != 0; lanes &= lanes - 1)
    if (!issue(llvm::countr_zero(lanes)))
      return;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// The 128 bytes at the generic address `address`: a kernel parameter, constant
/// or global memory.
static const void *accessTensorMap(Warp &warp, const Instruction &instruction,
                                   unsigned lane, uint64_t address) {
  if (warp.machine.memory.find(address, sizeof(TensorMap)))
    return reinterpret_cast<const void *>(address);
  warp.fail(instruction, lane,
            "expected a tensor map in a parameter or in global memory, got "
            "address 0x" +
                Twine::utohexstr(address));
  return nullptr;
}

/// The map at the generic address `address`.
static bool readTensorMap(Warp &warp, const Instruction &instruction,
                          unsigned lane, uint64_t address, TensorMap &map) {
  if (address % 64 != 0) {
    warp.fail(instruction, lane,
              "expected a tensor map aligned to 64 bytes, got address 0x" +
                  Twine::utohexstr(address));
    return false;
  }
  const void *bytes = accessTensorMap(warp, instruction, lane, address);
  if (!bytes)
    return false;
  llvm::Expected<TensorMap> read = TensorMap::read(bytes);
  if (!read) {
    warp.fail(instruction, lane, llvm::toString(read.takeError()));
    return false;
  }
  map = *read;
  return true;
}

/// The chunks of the box at the coordinates of `lane`, from `shared` on.
static TransferPlan planBox(const Warp &warp, const TensorMap &map,
                            ArrayRef<Slot> coordinates, unsigned lane,
                            uint32_t shared) {
  SmallVector<int32_t, TensorMap::kMaxRank> at;
  for (Slot slot : coordinates)
    at.push_back(warp.read<int32_t>(slot)[lane]);
  TransferPlan plan;
  plan.transactionBytes = map.getBoxBytes();
  plan.chunks.reserve(plan.transactionBytes / 16);
  map.fillChunk(plan.fill);
  map.forEachChunk(at, [&](BoxChunk chunk) {
    chunk.shared = applySwizzle(map.swizzle, shared + chunk.shared);
    plan.chunks.push_back(chunk);
  });
  return plan;
}

/// Load: [shared], [map, {coordinates}], [mbarrier]. Store: [map, {...}],
/// [shared].
static void runTensorCopy(Warp &warp, const Instruction &instruction,
                          uint32_t lanes) {
  bool load = instruction.modifier & kToShared;
  ArrayRef<Slot> coordinates = instruction.extra.drop_front(load ? 6 : 4);
  forEachLane(lanes, [&](unsigned lane) {
    TensorMap map;
    uint64_t mapAddress = readAddress(warp, instruction, load ? 1 : 0, lane);
    uint32_t shared;
    if (!readTensorMap(warp, instruction, lane, mapAddress, map) ||
        !getOwnShared(warp, instruction, lane,
                      readAddress(warp, instruction, load ? 0 : 1, lane), 128,
                      shared))
      return false;
    if (map.rank != coordinates.size()) {
      warp.fail(instruction, lane,
                "expected a tensor map of rank " + Twine(coordinates.size()) +
                    ", got one of rank " + Twine(unsigned(map.rank)));
      return false;
    }
    TransferPlan plan = planBox(warp, map, coordinates, lane, shared);
    if (!load)
      return issueStore(warp, instruction, lane, std::move(plan));
    return issueLoad(warp, instruction, lane, std::move(plan),
                     readAddress(warp, instruction, 2, lane));
  });
}

/// `[map, {c0, ...}]` with `rank` coordinates.
static bool decodeTensorOperand(Decoder &decoder, const Statement &statement,
                                const Operand &operand, unsigned rank,
                                Instruction &instruction,
                                SmallVectorImpl<Slot> &addresses,
                                SmallVectorImpl<Slot> &coordinates) {
  if (operand.elements.size() != 1 ||
      operand.elements[0].kind != Operand::Kind::Vector ||
      operand.elements[0].elements.size() != rank)
    return decoder.fail(statement, "expected [tensor map, {" + Twine(rank) +
                                       " coordinates}]");
  return decodeAddress(decoder, statement, operand, StateSpace::Generic,
                       instruction, addresses) &&
         decoder.slots(statement, operand.elements[0], ScalarType::S32,
                       /*write=*/false, coordinates);
}

static int consumeRank(ModifierReader &modifiers) {
  return modifiers.consumeAny({"1d", "2d", "3d", "4d", "5d"}) + 1;
}

/// Consumes `.level::cache_hint`; its operand, the last one, changes nothing.
static unsigned consumeHint(ModifierReader &modifiers) {
  return modifiers.consumeAny({"L2::cache_hint"}) >= 0 ? 1 : 0;
}

/// dim.shared::{cluster,cta}.global{.tile}.mbarrier::complete_tx::bytes
///     [dst], [map, {...}], [mbarrier]
static bool decodeTensorLoad(Decoder &decoder, const Statement &statement,
                             ModifierReader modifiers, unsigned rank,
                             Instruction &instruction) {
  if (modifiers.consumeAny({"shared::cluster", "shared::cta"}) < 0 ||
      !modifiers.consume("global"))
    return false;
  modifiers.consume("tile");
  if (!modifiers.consume("mbarrier::complete_tx::bytes"))
    return false;
  unsigned hint = consumeHint(modifiers);
  if (!modifiers.done() || !decoder.expectOperands(statement, 3 + hint))
    return false;
  SmallVector<Slot, 12> slots, coordinates;
  if (!decodeAddress(decoder, statement, statement.operands[0],
                     StateSpace::Shared, instruction, slots) ||
      !decodeTensorOperand(decoder, statement, statement.operands[1], rank,
                           instruction, slots, coordinates) ||
      !decodeAddress(decoder, statement, statement.operands[2],
                     StateSpace::Shared, instruction, slots))
    return false;
  slots.append(coordinates.begin(), coordinates.end());
  instruction.extra = decoder.keep(slots);
  instruction.modifier |= kToShared;
  instruction.run = runTensorCopy;
  return true;
}

/// dim.global.shared::cta{.tile}.bulk_group [map, {...}], [src]
static bool decodeTensorStore(Decoder &decoder, const Statement &statement,
                              ModifierReader modifiers, unsigned rank,
                              Instruction &instruction) {
  if (!modifiers.consume("global") || !modifiers.consume("shared::cta"))
    return false;
  modifiers.consume("tile");
  if (!modifiers.consume("bulk_group"))
    return false;
  unsigned hint = consumeHint(modifiers);
  if (!modifiers.done() || !decoder.expectOperands(statement, 2 + hint))
    return false;
  SmallVector<Slot, 12> slots, coordinates;
  if (!decodeTensorOperand(decoder, statement, statement.operands[0], rank,
                           instruction, slots, coordinates) ||
      !decodeAddress(decoder, statement, statement.operands[1],
                     StateSpace::Shared, instruction, slots))
    return false;
  slots.append(coordinates.begin(), coordinates.end());
  instruction.extra = decoder.keep(slots);
  instruction.run = runTensorCopy;
  return true;
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
    uint32_t size = sizes[lane], shared;
    if (!getOwnShared(warp, instruction, lane,
                      readAddress(warp, instruction, load ? 0 : 1, lane), 16,
                      shared))
      return false;
    if (size % 16 != 0 || global % 16 != 0) {
      warp.fail(instruction, lane,
                "expected a size and a global address that are multiples of "
                "16 bytes, got " +
                    Twine(size) + " and 0x" + Twine::utohexstr(global));
      return false;
    }
    Block *owner;
    if (size != 0 && !warp.block.access(warp, instruction, lane,
                                        uint64_t(shared) + size - 1, 1, 1,
                                        owner))
      return false;
    TransferPlan plan;
    plan.transactionBytes = size;
    for (uint32_t i = 0; i != size; i += 16)
      plan.chunks.push_back({shared + i, global + i, 0, 16});
    if (!load)
      return issueStore(warp, instruction, lane, std::move(plan));
    return issueLoad(warp, instruction, lane, std::move(plan),
                     readAddress(warp, instruction, 2, lane));
  });
}

/// shared::{cluster,cta}.global.mbarrier::complete_tx::bytes
///     [dst], [src], size, [mbarrier]
/// global.shared::cta.bulk_group [dst], [src], size
static bool decodeBulkCopy(Decoder &decoder, const Statement &statement,
                           ModifierReader modifiers, Instruction &instruction) {
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

static void runCommit(Warp &warp, const Instruction &, uint32_t lanes) {
  getGroups(warp).commit(lanes);
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

//===----------------------------------------------------------------------===//
// Prefetches
//===----------------------------------------------------------------------===//

/// Reads the tensor map, and does nothing with it.
static void runPrefetchMap(Warp &warp, const Instruction &instruction,
                           uint32_t lanes) {
  forEachLane(lanes, [&](unsigned lane) {
    TensorMap map;
    return readTensorMap(warp, instruction, lane,
                         readAddress(warp, instruction, 0, lane), map);
  });
}

/// prefetch{.param,.const}.tensormap [map]
static bool decodePrefetch(Decoder &decoder, const Statement &statement,
                           Instruction &instruction) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("tensormap") || !modifiers.done() ||
      !decoder.expectOperands(statement, 1))
    return false;
  SmallVector<Slot, 2> slots;
  if (!decodeAddress(decoder, statement, statement.operands[0],
                     StateSpace::Generic, instruction, slots))
    return false;
  instruction.extra = decoder.keep(slots);
  instruction.run = runPrefetchMap;
  return true;
}

/// dim.L2.global{.tile} [map, {...}]
static bool decodeTensorPrefetch(Decoder &decoder, const Statement &statement,
                                 ModifierReader modifiers,
                                 Instruction &instruction) {
  unsigned rank = consumeRank(modifiers);
  if (rank == 0 || !modifiers.consume("L2") || !modifiers.consume("global"))
    return false;
  modifiers.consume("tile");
  if (!modifiers.done() || !decoder.expectOperands(statement, 1))
    return false;
  SmallVector<Slot, 8> slots, coordinates;
  if (!decodeTensorOperand(decoder, statement, statement.operands[0], rank,
                           instruction, slots, coordinates))
    return false;
  instruction.extra = decoder.keep(slots);
  instruction.run = runPrefetchMap;
  return true;
}

//===----------------------------------------------------------------------===//
// Fences
//===----------------------------------------------------------------------===//

/// Tensor maps are read when a copy is issued: nothing is left to order.
static void runTensormapFence(Warp &, const Instruction &, uint32_t) {}

/// proxy.tensormap::generic.{release.scope, acquire.scope [map], 128}
static bool decodeTensormapFence(Decoder &decoder, const Statement &statement,
                                 Instruction &instruction) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("proxy") || !modifiers.consume("tensormap::generic"))
    return false;
  int order = modifiers.consumeAny({"release", "acquire"});
  if (order < 0 || modifiers.consumeAny({"cta", "cluster", "gpu", "sys"}) < 0 ||
      !modifiers.done())
    return false;
  instruction.run = runTensormapFence;
  if (order == 0)
    return decoder.expectOperands(statement, 0);
  SmallVector<Slot, 2> slots;
  int64_t size;
  if (!decoder.expectOperands(statement, 2) ||
      !decodeAddress(decoder, statement, statement.operands[0],
                     StateSpace::Generic, instruction, slots) ||
      !decoder.constant(statement, statement.operands[1], size))
    return false;
  return size == 128 ||
         decoder.fail(statement, "expected the size 128, got " + Twine(size));
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static bool decodeBulk(Decoder &decoder, const Statement &statement,
                       Instruction &instruction) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("async") || !modifiers.consume("bulk"))
    return false;
  int group = modifiers.consumeAny({"commit_group", "wait_group"});
  if (group >= 0)
    return decodeGroup(decoder, statement, modifiers, group == 1, instruction);
  if (modifiers.consume("prefetch"))
    return modifiers.consume("tensor") &&
           decodeTensorPrefetch(decoder, statement, modifiers, instruction);
  if (!modifiers.consume("tensor"))
    return decodeBulkCopy(decoder, statement, modifiers, instruction);
  unsigned rank = consumeRank(modifiers);
  if (rank == 0)
    return false;
  return decodeTensorLoad(decoder, statement, modifiers, rank, instruction) ||
         (!decoder.hasFailed() &&
          decodeTensorStore(decoder, statement, modifiers, rank, instruction));
}

void mlir::sattn::ptx::registerTensorCopies(InstructionTable &table) {
  table.add("cp", decodeBulk);
  table.add("prefetch", decodePrefetch);
  table.add("fence", decodeTensormapFence);
}
