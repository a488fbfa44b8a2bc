//===- RegisterGuard.cpp - Registers that wgmma works on -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegisterGuard.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

/// How the text calls register `reg`.
static void findName(const Operand &operand, uint32_t reg, StringRef &name) {
  if (operand.reg == int32_t(reg))
    name = operand.text;
  for (const Operand &element : operand.elements)
    findName(element, reg, name);
}

bool RegisterGuard::fail(Warp &warp, const Instruction &instruction,
                         uint32_t reg, const Twine &message) {
  StringRef name;
  for (const Operand &operand : instruction.statement->operands)
    findName(operand, reg, name);
  warp.fail(instruction, llvm::countr_zero(warp.getLive()),
            "register " + name + " " + message);
  return false;
}

bool RegisterGuard::issue(Warp &warp, const Instruction &instruction,
                          ArrayRef<uint32_t> registers, uint32_t shape) {
  for (uint32_t reg : registers) {
    State &state = states[reg];
    if (epoch == 0)
      return fail(warp, instruction, reg,
                  "needs a wgmma.fence before the first wgmma");
    if (state.touchedEpoch == epoch)
      return fail(warp, instruction, reg,
                  "was accessed in line " + Twine(state.touchedLine) +
                      ", expected a wgmma.fence in between");
    if (state.inFlight != 0 && state.shape != shape)
      return fail(warp, instruction, reg,
                  "is in flight: the wgmma.mma_async of line " +
                      Twine(state.line) +
                      " uses it in another role and was not waited for");
  }
  for (uint32_t reg : registers) {
    State &state = states[reg];
    // The last fence is the only one between an access and this.
    if (epoch == 1 || state.touchedEpoch + 1 == epoch ||
        state.copiedEpoch + 1 == epoch)
      warp.machine.markUsed(*lastFence);
    state.copiedEpoch = 0;
    ++state.inFlight;
    // From here on products follow each other in order.
    state.touchedEpoch = 0;
    state.line = instruction.statement->line;
    state.shape = shape;
  }
  return true;
}

void RegisterGuard::retire(ArrayRef<uint32_t> registers) {
  for (uint32_t reg : registers) {
    --states[reg].inFlight;
    states[reg].retiredBy = lastWait;
  }
}

void RegisterGuard::wait(Warp &warp, const Instruction &instruction) {
  if (lastWait && (instruction.immediate != 0 || warp.clock.hasWritten ||
                   warp.clock.now != lastWaitTime))
    warp.machine.markUsed(*lastWait);
  lastWait = &instruction;
  lastWaitTime = warp.clock.now;
}

bool RegisterGuard::touch(Warp &warp, const Instruction &instruction,
                          ArrayRef<uint32_t> registers, bool isCopy) {
  for (uint32_t reg : registers) {
    State &state = states[reg];
    if (state.inFlight != 0)
      return fail(warp, instruction, reg,
                  "is in flight: the wgmma.mma_async of line " +
                      Twine(state.line) + " was not waited for");
    // A later wait would have done as well.
    if (state.retiredBy && state.retiredBy == lastWait)
      warp.machine.markUsed(*state.retiredBy);
    state.retiredBy = nullptr;
    if (isCopy) {
      state.copiedEpoch = epoch;
      continue;
    }
    state.touchedEpoch = epoch;
    state.touchedLine = instruction.statement->line;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Checks in front of instructions
//===----------------------------------------------------------------------===//

template <bool isCopy>
static void runGuarded(Warp &warp, const Instruction &instruction,
                       uint32_t lanes) {
  if (warp.registerGuard->touch(warp, instruction, instruction.guardedRegisters,
                                isCopy))
    instruction.guardedRun(warp, instruction, lanes);
}

/// Adds the registers of `operand`, also those inside it, for which `select`
/// holds.
template <typename Select>
static void collectRegisters(const Operand &operand, Select select,
                             std::vector<uint32_t> &registers) {
  if (operand.reg >= 0 && select(operand.reg))
    registers.push_back(operand.reg);
  for (const Operand &element : operand.elements)
    collectRegisters(element, select, registers);
}

static bool isMmaAsync(const Statement &statement) {
  return statement.mnemonic == "wgmma" && statement.hasModifier("mma_async");
}

bool mlir::sattn::ptx::addRegisterGuards(
    const Function &function, llvm::MutableArrayRef<Instruction> code,
    llvm::function_ref<ArrayRef<uint32_t>(std::vector<uint32_t>)> keep) {
  std::vector<bool> isGuarded(function.registers.size());
  bool hasWgmma = false;
  for (const Statement &statement : function.body) {
    hasWgmma |= statement.mnemonic == "wgmma";
    if (!isMmaAsync(statement))
      continue;
    for (unsigned i : {0, 1})
      for (const Operand &element : statement.operands[i].elements)
        isGuarded[element.reg] = true;
  }
  for (Instruction &instruction : code) {
    if (!instruction.statement || isMmaAsync(*instruction.statement))
      continue;
    std::vector<uint32_t> registers;
    for (const Operand &operand : instruction.statement->operands)
      collectRegisters(
          operand, [&](int32_t reg) { return bool(isGuarded[reg]); },
          registers);
    if (registers.empty())
      continue;
    instruction.guardedRegisters = keep(std::move(registers));
    instruction.guardedRun = instruction.run;
    bool isCopy = instruction.statement->mnemonic == "mov";
    instruction.run = isCopy ? runGuarded<true> : runGuarded<false>;
  }
  return hasWgmma;
}
