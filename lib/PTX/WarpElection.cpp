//===- WarpElection.cpp - elect.sync -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// elect.sync chooses one of the threads of a member mask. PTX promises only
// that the choice is the same for the same mask; here it depends on the seed
// too, so that no kernel is right by the accident of lane 0.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn::ptx;

/// The leader of `members` under `seed`.
static unsigned chooseLeader(uint32_t members, uint64_t seed) {
  unsigned choice = Random(seed ^ members * uint64_t(0x100000001))
                        .below(llvm::popcount(members));
  for (; choice != 0; --choice)
    members &= members - 1;
  return llvm::countr_zero(members);
}

/// `d` is the leader's lane, `b` the predicate, `a` the member mask.
static void runElect(Warp &warp, const Instruction &instruction,
                     uint32_t lanes) {
  uint32_t members =
      warp.read<uint32_t>(instruction.a)[llvm::countr_zero(lanes)];
  if (!warp.gather(instruction, members, lanes))
    return;
  unsigned leader = chooseLeader(lanes, warp.machine.options.seed);
  uint32_t *result = warp.write<uint32_t>(instruction.d);
  for (unsigned lane = 0; lane != warpSize; ++lane)
    if (lanes >> lane & 1)
      result[lane] = leader;
  warp.writePredicate(instruction.b, 1u << leader, lanes);
}

/// elect.sync d|p, membermask
static bool decodeElect(Decoder &decoder, const Statement &statement,
                        Instruction &instruction) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync") || !modifiers.done() ||
      !decoder.expectOperands(statement, 2))
    return false;
  const Operand &pair = statement.operands[0];
  if (pair.kind != Operand::Kind::Pair || pair.elements.size() != 2)
    return decoder.fail(statement, "expected a register and a predicate, d|p");
  instruction.run = runElect;
  return decoder.destination(statement, pair.elements[0], ScalarType::B32,
                             instruction.d) &&
         decoder.destination(statement, pair.elements[1], ScalarType::Pred,
                             instruction.b) &&
         decoder.source(statement, statement.operands[1], ScalarType::B32,
                        instruction.a);
}

void mlir::sattn::ptx::registerElection(InstructionTable &table) {
  table.add("elect", decodeElect);
}
