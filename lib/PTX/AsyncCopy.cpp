//===- AsyncCopy.cpp - Asynchronous copies to shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cp.async, cp.async.commit_group, cp.async.wait_group, cp.async.wait_all. PTX
// ISA, "Data Movement and Conversion Instructions: Non-bulk copy".
//
//===----------------------------------------------------------------------===//

#include "LaneMemory.h"
#include "Lanes.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
class CopyOperation : public AsyncOperation {
public:
  CopyOperation(Warp &warp, const Instruction &instruction, unsigned bytes)
      : AsyncOperation(warp.block, instruction), bytes(bytes) {}

  struct Copy {
    const uint8_t *from = nullptr;
    Block *owner = nullptr;
    uint32_t offset = 0;
    /// Bytes that are read; the rest becomes zero.
    unsigned size = 0;
  };

  bool perform(Machine &, uint32_t lanes) override {
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      if (!(lanes >> lane & 1))
        continue;
      const Copy &copy = copies[lane];
      uint8_t *to = copy.owner->shared.data() + copy.offset;
      std::memcpy(to, copy.from, copy.size);
      std::memset(to + copy.size, 0, bytes - copy.size);
      std::memset(copy.owner->initialized.data() + copy.offset, 1, bytes);
    }
    return true;
  }

  void retire(Warp &warp, uint32_t lanes) override {
    RaceDetector::Kind kind;
    kind.write = true;
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (lanes >> lane & 1)
        warp.machine.races.endAsync(instruction, warp.clock.self,
                                    warp.clock.now, lane, *copies[lane].owner,
                                    copies[lane].offset, bytes, kind);
  }

  std::array<Copy, warpSize> copies;

private:
  unsigned bytes;
};

// `Instruction::modifier`: the address form and where the size comes from.
constexpr uint32_t hasSize = 1, hasIgnore = 2, negatedIgnore = 4;
} // namespace

/// The destination is a, the source b plus `extra`, its size (or the predicate
/// that makes it 0) c; `target` is the bytes that are written.
static void runCopy(Warp &warp, const Instruction &i, uint32_t lanes) {
  unsigned bytes = i.target;
  auto operation = std::make_unique<CopyOperation>(warp, i, bytes);
  LaneMemory global(warp, i, StateSpace::Global, RaceDetector::Kind());
  uint32_t ignored = 0;
  if (i.modifier & hasIgnore) {
    ignored = warp.readPredicate(i.c);
    ignored = i.modifier & negatedIgnore ? ~ignored : ignored;
  }
  RaceDetector::Kind kind;
  kind.write = true;
  for (uint32_t left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    CopyOperation::Copy &copy = operation->copies[lane];
    copy.size = bytes;
    if (i.modifier & hasSize)
      copy.size = warp.read<uint32_t>(i.c)[lane];
    if (ignored >> lane & 1)
      copy.size = 0;
    if (copy.size > bytes)
      return warp.fail(i, lane,
                       "expected a source of at most " + llvm::Twine(bytes) +
                           " bytes, got " + llvm::Twine(copy.size));
    uint8_t *to = warp.block.access(warp, i, lane, warp.getAddress(i, lane),
                                    bytes, bytes, copy.owner);
    if (!to)
      return;
    copy.offset = to - copy.owner->shared.data();
    uint64_t source =
        warp.read<uint64_t>(i.b)[lane] + warp.read<uint64_t>(i.extra[0])[lane];
    if (source & (bytes - 1))
      return warp.fail(i, lane,
                       "misaligned source: the address is not a multiple of " +
                           llvm::Twine(bytes));
    if (copy.size &&
        !(copy.from = global.readUnaligned(lane, source, copy.size)))
      return;
    if (warp.machine.options.checkRaces &&
        !warp.machine.races.beginAsync(warp, i, lane, *copy.owner, copy.offset,
                                       bytes, kind))
      return;
  }
  warp.groups[unsigned(AsyncGroupKind::Copy)].add(warp, std::move(operation),
                                                  lanes);
}

static void runCommit(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.groups[unsigned(AsyncGroupKind::Copy)].commit(warp, i, lanes);
}

static void runWait(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.groups[unsigned(AsyncGroupKind::Copy)].wait(warp, lanes, i.immediate);
}

static void runWaitAll(Warp &warp, const Instruction &, uint32_t lanes) {
  warp.groups[unsigned(AsyncGroupKind::Copy)].waitAll(warp, lanes);
}

static bool decodeGroup(Decoder &decoder, const Statement &statement,
                        ModifierReader &modifiers, Instruction &i) {
  int kind = modifiers.consumeAny({"commit_group", "wait_group", "wait_all"});
  if (kind < 0 || !modifiers.done() ||
      !decoder.expectOperands(statement, kind == 1))
    return false;
  static constexpr Handler handlers[] = {runCommit, runWait, runWaitAll};
  i.run = handlers[kind];
  int64_t pending = 0;
  if (kind == 1 && !decoder.constant(statement, statement.operands[0], pending))
    return false;
  i.immediate = pending;
  return true;
}

/// `[destination], [source], bytes{, size or predicate}{, policy}`.
static bool decodeCopy(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("async"))
    return false;
  int cache = modifiers.consumeAny({"ca", "cg"});
  if (cache < 0)
    return decodeGroup(decoder, statement, modifiers, i);
  if (modifiers.consumeAny({"shared", "shared::cta"}) < 0 ||
      !modifiers.consume("global"))
    return false;
  bool hasPolicy = modifiers.consume("L2::cache_hint");
  modifiers.consumeAny({"L2::64B", "L2::128B", "L2::256B"});
  size_t count = statement.operands.size() - hasPolicy;
  if (!modifiers.done() || count < 3 || count > 4)
    return false;
  int64_t bytes = 0;
  if (!decoder.constant(statement, statement.operands[2], bytes))
    return false;
  if (bytes != 16 && (cache == 1 || (bytes != 4 && bytes != 8)))
    return decoder.fail(statement, "expected 16 bytes (with .ca also 4 or 8), "
                                   "got " +
                                       llvm::Twine(bytes));
  i.target = bytes;
  i.run = runCopy;
  // The source's address goes to b: decoded apart.
  Instruction source;
  if (!decoder.address(statement, statement.operands[1], StateSpace::Global,
                       source) ||
      !decoder.address(statement, statement.operands[0], StateSpace::Shared, i))
    return false;
  if (source.modifier & shortAddress)
    return decoder.fail(statement, "expected a 64-bit address of the source");
  i.b = source.a;
  i.extra = decoder.keep(decoder.makeConstant(source.immediate, 8));
  if (count == 3)
    return true;
  const Operand &size = statement.operands[3];
  bool isPredicate = size.kind == Operand::Kind::Register &&
                     decoder.getRegisterType(size) == ScalarType::Pred;
  i.modifier |=
      isPredicate ? hasIgnore | (size.negated ? negatedIgnore : 0) : hasSize;
  return decoder.source(statement, size,
                        isPredicate ? ScalarType::Pred : ScalarType::U32, i.c);
}

void ptx::registerAsyncCopy(InstructionTable &table) {
  table.add("cp", decodeCopy);
}
