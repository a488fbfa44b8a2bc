//===- RegisterBudget.cpp - setmaxnreg -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// setmaxnreg moves registers between the warps of a block: `dec` gives to the
// block's pool, `inc` waits until the pool has enough. A kernel that asks for
// more than it was launched with waits for ever on a card, which no other tool
// says; here it is a deadlock that says who wants how many.
//
//===----------------------------------------------------------------------===//

#include "SharedAccess.h"
#include "sattn/PTX/Decoder.h"

using namespace mlir::sattn::ptx;
using llvm::Twine;

namespace {
/// Registers of a multiprocessor, and how they are handed out to a thread.
constexpr uint32_t kRegisterFile = 65536, kGranularity = 8;
constexpr uint32_t kMaxRegisters = 256;
} // namespace

/// Registers per thread at the start of the kernel: what .maxnreg says, or what
/// .maxntid and .minnctapersm leave to each thread; 0 where neither is there
/// (ptxas then ignores setmaxnreg, "unable to determine register count at
/// entry").
static uint32_t getLaunchRegisters(const Machine &machine) {
  const LaunchBounds &bounds = machine.kernel.function->bounds;
  if (bounds.maxRegisters)
    return bounds.maxRegisters;
  std::optional<Dim3> threads =
      bounds.requiredThreads ? bounds.requiredThreads : bounds.maxThreads;
  if (!threads || bounds.minBlocksPerSM == 0)
    return 0;
  uint32_t each = kRegisterFile / (threads->getCount() * bounds.minBlocksPerSM);
  return std::min(each / kGranularity * kGranularity, kMaxRegisters);
}

namespace {
class RegisterWait : public WaitCondition {
public:
  RegisterWait(const Block &block, uint32_t needed)
      : block(block), needed(needed) {}
  bool isReady() override { return block.freeRegisters >= needed; }
  void describe(llvm::raw_ostream &os) const override {
    os << needed << " registers, the block has " << block.freeRegisters
       << " free ones";
  }

private:
  const Block &block;
  uint32_t needed;
};
} // namespace

/// `immediate` is the new number of registers, `modifier` 1 for `inc`.
static void runSetmaxnreg(Warp &warp, const Instruction &instruction,
                          uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  uint32_t wanted = instruction.immediate;
  uint32_t &current = warp.registersPerThread;
  if (current == 0)
    current = getLaunchRegisters(warp.machine);
  if (current == 0)
    return warp.fail(instruction, 0,
                     "expected a kernel with .maxnreg, or with .maxntid and "
                     ".minnctapersm (setmaxnreg has no effect otherwise)");
  bool increase = instruction.modifier != 0;
  if (increase ? wanted < current : wanted > current)
    return warp.fail(
        instruction, 0,
        Twine("expected ") + (increase ? "at least " : "at most ") +
            Twine(current) + " registers (what the warp has), got " +
            Twine(wanted));
  uint32_t &free = warp.block.freeRegisters;
  if (!increase) {
    free += (current - wanted) * warpSize;
  } else {
    uint32_t needed = (wanted - current) * warpSize;
    if (needed > free)
      return warp.wait(std::make_unique<RegisterWait>(warp.block, needed),
                       /*retry=*/true);
    free -= needed;
  }
  current = wanted;
}

/// .{inc,dec}.sync.aligned.u32 count
static bool decodeSetmaxnreg(Decoder &decoder, const Statement &statement,
                             Instruction &instruction) {
  ModifierReader modifiers(statement);
  int action = modifiers.consumeAny({"dec", "inc"});
  if (action < 0 || !modifiers.consume("sync") ||
      !modifiers.consume("aligned") || !modifiers.consume("u32") ||
      !modifiers.done())
    return false;
  int64_t count;
  if (!decoder.expectOperands(statement, 1) ||
      !decoder.constant(statement, statement.operands[0], count))
    return false;
  if (count < 24 || count > kMaxRegisters || count % kGranularity != 0)
    return decoder.fail(statement, "expected a multiple of 8 from 24 to 256, "
                                   "got " +
                                       Twine(count));
  instruction.immediate = count;
  instruction.modifier = action;
  instruction.run = runSetmaxnreg;
  return true;
}

void mlir::sattn::ptx::registerRegisterBudget(InstructionTable &table) {
  table.add("setmaxnreg", decodeSetmaxnreg);
}
