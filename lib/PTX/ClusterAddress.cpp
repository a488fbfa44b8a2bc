//===- ClusterAddress.cpp - mapa and getctarank -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Addresses of the shared memory of other blocks of the cluster (Block.h says
// how they look).
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn::ptx;

static constexpr uint64_t kOffsetMask = (uint64_t(1) << sharedRankShift) - 1;

/// The rank in `address`, where 0 stands for the own block.
static uint32_t getRank(const Warp &warp, uint64_t address) {
  uint64_t rank = (address & ~sharedWindow) >> sharedRankShift;
  return rank == 0 ? warp.block.rank : uint32_t(rank - 1);
}

/// `a` is an address of T, `b` the rank.
template <typename T, bool isGeneric>
static void runMapa(Warp &warp, const Instruction &instruction,
                    uint32_t lanes) {
  const T *addresses = warp.read<T>(instruction.a);
  const uint32_t *ranks = warp.read<uint32_t>(instruction.b);
  T *results = warp.write<T>(instruction.d);
  for (; lanes != 0; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    uint64_t address = addresses[lane];
    if (isGeneric && !(address & sharedWindow))
      return warp.fail(instruction, lane,
                       "expected a generic address in shared memory, got 0x" +
                           llvm::Twine::utohexstr(address));
    if (ranks[lane] >= warp.block.cluster.blocks.size())
      return warp.fail(instruction, lane,
                       "expected a rank below " +
                           llvm::Twine(warp.block.cluster.blocks.size()) +
                           ", got " + llvm::Twine(ranks[lane]));
    results[lane] = T((isGeneric ? sharedWindow : 0) |
                      uint64_t(ranks[lane] + 1) << sharedRankShift |
                      (address & kOffsetMask));
  }
}

template <typename T>
static void runGetctarank(Warp &warp, const Instruction &instruction,
                          uint32_t lanes) {
  const T *addresses = warp.read<T>(instruction.a);
  uint32_t *results = warp.write<uint32_t>(instruction.d);
  for (; lanes != 0; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    results[lane] = getRank(warp, addresses[lane]);
  }
}

/// Consumes `{.shared::cluster}.{u32,u64}`; a generic address has 64 bits.
static std::optional<ScalarType> consumeForm(ModifierReader &modifiers,
                                             bool &isGeneric) {
  isGeneric = !modifiers.consume("shared::cluster");
  std::optional<ScalarType> type = modifiers.consumeType();
  bool isAddress =
      type == ScalarType::U64 || (type == ScalarType::U32 && !isGeneric);
  if (!isAddress || !modifiers.done())
    return std::nullopt;
  return type;
}

/// mapa{.shared::cluster}.type d, a, rank
static bool decodeMapa(Decoder &decoder, const Statement &statement,
                       Instruction &instruction) {
  ModifierReader modifiers(statement);
  bool isGeneric;
  std::optional<ScalarType> type = consumeForm(modifiers, isGeneric);
  if (!type || !decoder.expectOperands(statement, 3))
    return false;
  instruction.run = type == ScalarType::U32 ? runMapa<uint32_t, false>
                    : isGeneric             ? runMapa<uint64_t, true>
                                            : runMapa<uint64_t, false>;
  return decoder.destination(statement, statement.operands[0], *type,
                             instruction.d) &&
         decoder.source(statement, statement.operands[1], *type,
                        instruction.a) &&
         decoder.source(statement, statement.operands[2], ScalarType::U32,
                        instruction.b);
}

/// getctarank{.shared::cluster}.type d, a
static bool decodeGetctarank(Decoder &decoder, const Statement &statement,
                             Instruction &instruction) {
  ModifierReader modifiers(statement);
  bool isGeneric;
  std::optional<ScalarType> type = consumeForm(modifiers, isGeneric);
  if (!type || !decoder.expectOperands(statement, 2))
    return false;
  instruction.run = type == ScalarType::U32 ? runGetctarank<uint32_t>
                                            : runGetctarank<uint64_t>;
  return decoder.destination(statement, statement.operands[0], ScalarType::U32,
                             instruction.d) &&
         decoder.source(statement, statement.operands[1], *type, instruction.a);
}

void mlir::sattn::ptx::registerClusterAddresses(InstructionTable &table) {
  table.add("mapa", decodeMapa);
  table.add("getctarank", decodeGetctarank);
}
