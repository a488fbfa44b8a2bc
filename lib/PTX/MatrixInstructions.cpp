//===- MatrixInstructions.cpp - ldmatrix, mma and movmatrix -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matrix instructions of one warp: ldmatrix and stmatrix (m8n8, b16), movmatrix
// (m8n8, b16), mma.sync with shapes m16n8k16 and m16n8k8 (f16, bf16),
// m16n8k8 and m16n8k4 (tf32). All lanes take part, none may have exited.
//
//===----------------------------------------------------------------------===//

#include "LaneMemory.h"
#include "MatrixBlocks.h"
#include "MatrixDecoding.h"
#include "SharedAccess.h"
#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Machine.h"
#include "sattn/PTX/MatrixFragment.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::SmallVector;

/// The lanes of 32-bit registers.
static SmallVector<Lanes, 8> readAll(const Warp &warp, ArrayRef<Slot> slots) {
  SmallVector<Lanes, 8> lanes;
  for (Slot slot : slots)
    lanes.push_back(warp.read<uint32_t>(slot));
  return lanes;
}

//===----------------------------------------------------------------------===//
// ldmatrix, stmatrix
//===----------------------------------------------------------------------===//

namespace {
/// `Instruction::modifier` of ldmatrix, stmatrix and movmatrix.
constexpr uint32_t kTransposed = 1, kGeneric = 2;
} // namespace

static StateSpace getSpace(const Instruction &instruction) {
  return instruction.modifier & kGeneric ? StateSpace::Generic
                                         : StateSpace::Shared;
}

/// Element 0 or 1 of the word `word`.
static uint16_t getHalf(uint32_t word, unsigned index) {
  return uint16_t(word >> (16 * index));
}

/// Row r of matrix i comes from the address in lane 8 i + r.
static void runLdmatrix(Warp &warp, const Instruction &instruction,
                        uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  bool transposed = instruction.modifier & kTransposed;
  // Destinations may be the registers of the addresses: read everything first.
  unsigned count = instruction.extra.size();
  uint16_t matrices[4][8][8];
  LaneMemory memory(warp, instruction, getSpace(instruction), {});
  for (unsigned lane = 0; lane != 8 * count; ++lane) {
    const uint8_t *row =
        memory.read(lane, warp.getAddress(instruction, lane), 16);
    if (!row)
      return;
    std::memcpy(matrices[lane / 8][lane % 8], row, 16);
  }
  for (unsigned i = 0; i != count; ++i) {
    uint32_t *words = warp.write<uint32_t>(instruction.extra[i]);
    for (unsigned lane = 0; lane != warpSize; ++lane) {
      MatrixPosition low = getMatrix8x8Position(transposed, lane, 0);
      MatrixPosition high = getMatrix8x8Position(transposed, lane, 1);
      words[lane] = uint32_t(matrices[i][low.row][low.column]) |
                    uint32_t(matrices[i][high.row][high.column]) << 16;
    }
  }
}

static void runStmatrix(Warp &warp, const Instruction &instruction,
                        uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  bool transposed = instruction.modifier & kTransposed;
  RaceDetector::Kind kind;
  kind.write = true;
  LaneMemory memory(warp, instruction, getSpace(instruction), kind);
  for (unsigned i = 0; i != instruction.extra.size(); ++i) {
    const uint32_t *words = warp.read<uint32_t>(instruction.extra[i]);
    uint16_t matrix[8][8];
    for (unsigned lane = 0; lane != warpSize; ++lane)
      for (unsigned index : {0, 1}) {
        MatrixPosition at = getMatrix8x8Position(transposed, lane, index);
        matrix[at.row][at.column] = getHalf(words[lane], index);
      }
    for (unsigned row = 0; row != 8; ++row)
      if (!memory.write(8 * i + row, warp.getAddress(instruction, 8 * i + row),
                        16, reinterpret_cast<const uint8_t *>(matrix[row])))
        return;
  }
}

/// .sync.aligned.m8n8.{x1,x2,x4}{.trans}{.shared{::cta}}.b16
static bool decodeMatrixAccess(Decoder &decoder, const Statement &statement,
                               Instruction &instruction, bool load) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync") || !modifiers.consume("aligned") ||
      !modifiers.consume("m8n8"))
    return false;
  int number = modifiers.consumeAny({"x1", "x2", "x4"});
  if (number < 0)
    return false;
  if (modifiers.consume("trans"))
    instruction.modifier |= kTransposed;
  StateSpace space = modifiers.consumeAny({"shared", "shared::cta"}) >= 0
                         ? StateSpace::Shared
                         : StateSpace::Generic;
  if (space == StateSpace::Generic)
    instruction.modifier |= kGeneric;
  if (!modifiers.consume("b16") || !modifiers.done() ||
      !decoder.expectOperands(statement, 2))
    return false;
  SmallVector<Slot, 4> slots;
  if (!decodeFragment(decoder, statement, load ? 0 : 1, 1 << number,
                      MatrixElement::F16, load, slots) ||
      !decoder.address(statement, statement.operands[load ? 1 : 0], space,
                       instruction))
    return false;
  instruction.extra = decoder.keep(slots);
  instruction.run = load ? runLdmatrix : runStmatrix;
  return true;
}

static bool decodeLdmatrix(Decoder &decoder, const Statement &statement,
                           Instruction &instruction) {
  return decodeMatrixAccess(decoder, statement, instruction, /*load=*/true);
}

static bool decodeStmatrix(Decoder &decoder, const Statement &statement,
                           Instruction &instruction) {
  return decodeMatrixAccess(decoder, statement, instruction, /*load=*/false);
}

//===----------------------------------------------------------------------===//
// movmatrix
//===----------------------------------------------------------------------===//

static void runMovmatrix(Warp &warp, const Instruction &instruction,
                         uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  const uint32_t *source = warp.read<uint32_t>(instruction.a);
  uint16_t matrix[8][8];
  for (unsigned lane = 0; lane != warpSize; ++lane)
    for (unsigned index : {0, 1}) {
      MatrixPosition at = getMatrix8x8Position(false, lane, index);
      matrix[at.row][at.column] = getHalf(source[lane], index);
    }
  uint32_t *result = warp.write<uint32_t>(instruction.d);
  for (unsigned lane = 0; lane != warpSize; ++lane) {
    MatrixPosition low = getMatrix8x8Position(true, lane, 0);
    MatrixPosition high = getMatrix8x8Position(true, lane, 1);
    result[lane] = uint32_t(matrix[low.row][low.column]) |
                   uint32_t(matrix[high.row][high.column]) << 16;
  }
}

/// .sync.aligned.m8n8.trans.b16
static bool decodeMovmatrix(Decoder &decoder, const Statement &statement,
                            Instruction &instruction) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync") || !modifiers.consume("aligned") ||
      !modifiers.consume("m8n8") || !modifiers.consume("trans") ||
      !modifiers.consume("b16") || !modifiers.done())
    return false;
  instruction.run = runMovmatrix;
  return decoder.expectOperands(statement, 2) &&
         decoder.destination(statement, statement.operands[0], ScalarType::B32,
                             instruction.d) &&
         decoder.source(statement, statement.operands[1], ScalarType::B32,
                        instruction.a);
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

namespace {
/// What an mma multiplies; packed in `Instruction::modifier`.
struct MmaForm {
  unsigned depth;
  MatrixElement multiplicand, result, accumulator;

  unsigned getARegisters() const {
    return 16 * depth * getMatrixElementBytes(multiplicand) / 128;
  }
  unsigned getBRegisters() const { return getARegisters() / 2; }
  static unsigned getCRegisters(MatrixElement element) {
    return element == MatrixElement::F16 ? 2 : 4;
  }

  uint32_t pack() const {
    return depth | uint32_t(multiplicand) << 8 | uint32_t(result) << 12 |
           uint32_t(accumulator) << 16;
  }
  static MmaForm unpack(uint32_t bits) {
    return {bits & 0xff, MatrixElement(bits >> 8 & 0xf),
            MatrixElement(bits >> 12 & 0xf), MatrixElement(bits >> 16 & 0xf)};
  }
};
} // namespace

/// `extra` holds the registers of D, A, B and C.
static void runMma(Warp &warp, const Instruction &instruction, uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  MmaForm form = MmaForm::unpack(instruction.modifier);
  ArrayRef<Slot> slots = instruction.extra;
  auto take = [&](unsigned count) {
    ArrayRef<Slot> taken = slots.take_front(count);
    slots = slots.drop_front(count);
    return taken;
  };
  SmallVector<MutableLanes, 4> results;
  for (Slot slot : take(MmaForm::getCRegisters(form.result)))
    results.push_back(warp.write<uint32_t>(slot));
  SmallVector<Lanes, 8> a = readAll(warp, take(form.getARegisters()));
  SmallVector<Lanes, 8> b = readAll(warp, take(form.getBRegisters()));
  SmallVector<Lanes, 8> c = readAll(warp, slots);
  multiplyFragments({form.multiplicand, form.accumulator, form.result,
                     form.depth, a, b, c, results});
}

/// .sync.aligned.m16n8k{4,8,16}.row.col.dtype.atype.btype.ctype
static std::optional<MmaForm> parseMma(const Statement &statement) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync") || !modifiers.consume("aligned"))
    return std::nullopt;
  constexpr unsigned depths[] = {4, 8, 16};
  int shape = modifiers.consumeAny({"m16n8k4", "m16n8k8", "m16n8k16"});
  if (shape < 0 || !modifiers.consume("row") || !modifiers.consume("col"))
    return std::nullopt;
  std::optional<MatrixElement> d = consumeMatrixElement(modifiers);
  std::optional<MatrixElement> a = consumeMatrixElement(modifiers);
  std::optional<MatrixElement> b = consumeMatrixElement(modifiers);
  std::optional<MatrixElement> c = consumeMatrixElement(modifiers);
  if (!d || !a || !b || !c || a != b || !modifiers.done())
    return std::nullopt;
  MmaForm form{depths[shape], *a, *d, *c};
  bool isF16 = *a == MatrixElement::F16;
  auto isAccumulator = [&](MatrixElement element) {
    return element == MatrixElement::F32 ||
           (isF16 && element == MatrixElement::F16);
  };
  unsigned deepest = 32 / getMatrixElementBytes(*a);
  bool isShape = form.depth == deepest || form.depth == deepest / 2;
  if (*a == MatrixElement::F32 || !isShape || !isAccumulator(*c) || *d != *c)
    return std::nullopt;
  return form;
}

static bool decodeMma(Decoder &decoder, const Statement &statement,
                      Instruction &instruction) {
  std::optional<MmaForm> form = parseMma(statement);
  if (!form)
    return false;
  if (!decoder.expectOperands(statement, 4))
    return false;
  const unsigned counts[] = {MmaForm::getCRegisters(form->result),
                             form->getARegisters(), form->getBRegisters(),
                             MmaForm::getCRegisters(form->accumulator)};
  SmallVector<Slot, 16> slots;
  const MatrixElement elements[] = {form->result, form->multiplicand,
                                    form->multiplicand, form->accumulator};
  for (unsigned i = 0; i != 4; ++i)
    if (!decodeFragment(decoder, statement, i, counts[i], elements[i], i == 0,
                        slots))
      return false;
  instruction.modifier = form->pack();
  instruction.extra = decoder.keep(slots);
  instruction.run = runMma;
  return true;
}

void mlir::sattn::ptx::registerMatrices(InstructionTable &table) {
  table.add("ldmatrix", decodeLdmatrix);
  table.add("stmatrix", decodeStmatrix);
  table.add("movmatrix", decodeMovmatrix);
  table.add("mma", decodeMma);
}
