//===- TensorCopy.cpp - cp.async.bulk.tensor -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of a box of a tensor (TMA, tile mode, 1 to 5 dimensions) between
// global memory and shared memory of the own block; prefetches and fences of
// tensor maps, which only check their operands.
//
//===----------------------------------------------------------------------===//

#include "BulkOperands.h"
#include "BulkTransfer.h"
#include "SharedAccess.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::Twine;

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

/// The map of `lane`, address number `which`, with one dimension per
/// coordinate.
static bool readMap(Warp &warp, const Instruction &instruction, unsigned which,
                    unsigned lane, size_t rank, TensorMap &map) {
  if (!readTensorMap(warp, instruction, lane,
                     readAddress(warp, instruction, which, lane), map))
    return false;
  if (map.rank == rank)
    return true;
  warp.fail(instruction, lane,
            "expected a tensor map of rank " + Twine(rank) +
                ", got one of rank " + Twine(unsigned(map.rank)));
  return false;
}

/// The blocks into which `lane` copies: the one of the address `owner`, or
/// those of the mask in slot `b`.
static bool getTargets(Warp &warp, const Instruction &instruction,
                       unsigned lane, Block *owner,
                       SmallVectorImpl<Block *> &targets) {
  if (instruction.b.isNone()) {
    targets.push_back(owner);
    return true;
  }
  uint32_t mask = warp.read<uint16_t>(instruction.b)[lane];
  const auto &blocks = warp.block.cluster.blocks;
  if (mask >> blocks.size() != 0) {
    warp.fail(instruction, lane,
              "expected a mask of the " + Twine(blocks.size()) +
                  " blocks of the cluster, got 0x" + Twine::utohexstr(mask));
    return false;
  }
  for (; mask != 0; mask &= mask - 1)
    targets.push_back(blocks[llvm::countr_zero(mask)].get());
  return true;
}

/// [shared], [map, {coordinates}], [mbarrier]
static void runTensorLoad(Warp &warp, const Instruction &instruction,
                          uint32_t lanes) {
  ArrayRef<Slot> coordinates = instruction.extra.drop_front(6);
  forEachLane(lanes, [&](unsigned lane) {
    TensorMap map;
    uint32_t shared, mbarrier;
    if (!readMap(warp, instruction, 1, lane, coordinates.size(), map))
      return false;
    Block *owner =
        getShared(warp, instruction, lane,
                  readAddress(warp, instruction, 0, lane), 128, shared);
    Block *mbarrierOwner =
        owner ? getShared(warp, instruction, lane,
                          readAddress(warp, instruction, 2, lane), 8, mbarrier)
              : nullptr;
    if (!mbarrierOwner)
      return false;
    if (owner != mbarrierOwner) {
      warp.fail(instruction, lane,
                "expected the copy and its mbarrier in one block");
      return false;
    }
    SmallVector<Block *, 4> targets;
    if (!getTargets(warp, instruction, lane, owner, targets))
      return false;
    TransferPlan plan = planBox(warp, map, coordinates, lane, shared);
    return llvm::all_of(targets, [&](Block *target) {
      return issueLoad(warp, instruction, lane, *target, plan, mbarrier);
    });
  });
}

/// [map, {coordinates}], [shared]
static void runTensorStore(Warp &warp, const Instruction &instruction,
                           uint32_t lanes) {
  ArrayRef<Slot> coordinates = instruction.extra.drop_front(4);
  forEachLane(lanes, [&](unsigned lane) {
    TensorMap map;
    uint32_t shared;
    return readMap(warp, instruction, 0, lane, coordinates.size(), map) &&
           getOwnShared(warp, instruction, lane,
                        readAddress(warp, instruction, 1, lane), 128, shared) &&
           issueStore(warp, instruction, lane,
                      planBox(warp, map, coordinates, lane, shared));
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

/// dim.shared::{cluster,cta}.global{.tile}.mbarrier::complete_tx::bytes
///     {.multicast::cluster} [dst], [map, {...}], [mbarrier]{, mask}
static bool decodeTensorLoad(Decoder &decoder, const Statement &statement,
                             ModifierReader modifiers, unsigned rank,
                             Instruction &instruction) {
  if (modifiers.consumeAny({"shared::cluster", "shared::cta"}) < 0 ||
      !modifiers.consume("global"))
    return false;
  modifiers.consume("tile");
  if (!modifiers.consume("mbarrier::complete_tx::bytes"))
    return false;
  unsigned multicast = modifiers.consume("multicast::cluster") ? 1 : 0;
  unsigned hint = consumeHint(modifiers);
  if (!modifiers.done() ||
      !decoder.expectOperands(statement, 3 + multicast + hint))
    return false;
  SmallVector<Slot, 12> slots, coordinates;
  if (!decodeAddress(decoder, statement, statement.operands[0],
                     StateSpace::Shared, instruction, slots) ||
      !decodeTensorOperand(decoder, statement, statement.operands[1], rank,
                           instruction, slots, coordinates) ||
      !decodeAddress(decoder, statement, statement.operands[2],
                     StateSpace::Shared, instruction, slots))
    return false;
  if (multicast && !decoder.source(statement, statement.operands[3],
                                   ScalarType::B16, instruction.b))
    return false;
  slots.append(coordinates.begin(), coordinates.end());
  instruction.extra = decoder.keep(slots);
  instruction.run = runTensorLoad;
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
  instruction.run = runTensorStore;
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
