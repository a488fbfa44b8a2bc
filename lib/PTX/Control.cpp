//===- Control.cpp - Branches, calls, exits -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// bra, brx.idx, ret, exit, trap. PTX ISA, "Control Flow Instructions".
//
//===----------------------------------------------------------------------===//

#include "ControlFlow.h"
#include "Lanes.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static void runBranch(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (i.modifier && lanes != warp.getSplit().lanes)
    return warp.fail(i, llvm::countr_zero(lanes),
                     "a branch that is marked .uni diverges");
  warp.branch(i, lanes, i.target);
}

static bool decodeBra(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  i.modifier = modifiers.consume("uni");
  if (!modifiers.done())
    return false;
  i.run = runBranch;
  i.flow = Flow::Branch;
  return decoder.expectOperands(statement, 1) &&
         decoder.label(statement, statement.operands[0], i.target);
}

static void runTable(Warp &warp, const Instruction &i, uint32_t lanes) {
  llvm::ArrayRef<uint32_t> table = warp.machine.program.getTargets(i.immediate);
  const uint32_t *index = warp.read<uint32_t>(i.a);
  uint32_t targets[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    if (index[lane] >= table.size())
      return warp.fail(i, lane,
                       "index " + llvm::Twine(index[lane]) +
                           " is outside of the list of " +
                           llvm::Twine(table.size()) + " targets");
    targets[lane] = table[index[lane]];
  }
  warp.branchEach(i, lanes, targets);
}

static bool decodeBrx(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("idx"))
    return false;
  modifiers.consume("uni");
  if (!modifiers.done())
    return false;
  i.run = runTable;
  i.flow = Flow::Table;
  return decoder.expectOperands(statement, 2) &&
         decoder.source(statement, statement.operands[0], ScalarType::U32,
                        i.a) &&
         decoder.targetTable(statement, statement.operands[1], i.immediate);
}

static void runExit(Warp &warp, const Instruction &, uint32_t lanes) {
  warp.exit(lanes);
}

static void runTrap(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.fail(i, llvm::countr_zero(lanes), "the kernel traps");
}

static void runReturn(Warp &warp, const Instruction &, uint32_t) {
  warp.returnFromCall();
}

/// `ret` of a device function: to its made-up last instruction, where lanes
/// that return at different places meet.
static void jumpToEnd(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.branch(i, lanes, i.target);
}

Instruction ptx::makeFunctionEnd(bool isEntry) {
  Instruction end;
  end.flow = Flow::End;
  end.run = isEntry ? runExit : runReturn;
  return end;
}

static bool decodeEnd(Decoder &decoder, const Statement &statement,
                      Instruction &i) {
  ModifierReader modifiers(statement);
  modifiers.consume("uni");
  if (!modifiers.done() || !decoder.expectOperands(statement, 0))
    return false;
  i.flow = Flow::End;
  if (statement.mnemonic == "trap") {
    i.run = runTrap;
  } else if (statement.mnemonic == "ret" && !decoder.getFunction().isEntry) {
    i.run = jumpToEnd;
    i.target = decoder.getFunctionCode().end - 1;
  } else {
    i.run = runExit;
  }
  return true;
}

static void runNothing(Warp &, const Instruction &, uint32_t) {}

static bool decodeNanosleep(Decoder &decoder, const Statement &statement,
                            Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("u32") || !modifiers.done())
    return false;
  i.run = [](Warp &warp, const Instruction &, uint32_t) { warp.yield(); };
  return decoder.expectOperands(statement, 1) &&
         decoder.source(statement, statement.operands[0], ScalarType::U32, i.a);
}

/// Programmatic dependent launch: kernels run one after the other here, so what
/// this one depends on is complete.
static bool decodeGriddepcontrol(Decoder &decoder, const Statement &statement,
                                 Instruction &i) {
  ModifierReader modifiers(statement);
  i.run = runNothing;
  return modifiers.consumeAny({"wait", "launch_dependents"}) >= 0 &&
         modifiers.done() && decoder.expectOperands(statement, 0);
}

static bool decodePmevent(Decoder &decoder, const Statement &statement,
                          Instruction &i) {
  i.run = runNothing;
  return statement.modifiers.size() <= 1;
}

void ptx::registerControl(InstructionTable &table) {
  table.add("bra", decodeBra);
  table.add("brx", decodeBrx);
  table.add("ret", decodeEnd);
  table.add("exit", decodeEnd);
  table.add("trap", decodeEnd);
  table.add("nanosleep", decodeNanosleep);
  table.add("griddepcontrol", decodeGriddepcontrol);
  table.add("pmevent", decodePmevent);
}
