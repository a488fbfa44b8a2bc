//===- WarpgroupInstructions.cpp - wgmma -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// wgmma.fence, wgmma.commit_group, wgmma.wait_group and wgmma.mma_async with
// shapes m64nNk16 (f16, bf16) and m64nNk8 (tf32), A in shared memory or in
// registers.
//
//===----------------------------------------------------------------------===//

#include "MatrixDecoding.h"
#include "RegisterGuard.h"
#include "SharedAccess.h"
#include "Warpgroup.h"
#include "sattn/PTX/Decoder.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// The operation
//===----------------------------------------------------------------------===//

namespace {
/// The part of one warp in a product.
class WgmmaOperation : public AsyncOperation {
public:
  WgmmaOperation(Block &block, const Instruction &instruction, Warpgroup &group,
                 std::shared_ptr<WarpgroupProduct> product)
      : AsyncOperation(block, instruction), group(group),
        product(std::move(product)) {}

  bool isComplete() const override { return product->isComplete(); }
  bool perform(Machine &, uint32_t) override {
    return group.performUpTo(*product);
  }
  void retire(Warp &warp, uint32_t) override;

private:
  Warpgroup &group;
  std::shared_ptr<WarpgroupProduct> product;
};

/// A split that waits for the other warps of its group.
class WarpgroupWait : public WaitCondition {
public:
  WarpgroupWait(Warp &warp, uint32_t pending)
      : warp(warp), lanes(warp.getSplit().lanes), pending(pending) {}
  bool isReady() override { return getGroups().isComplete(lanes, pending); }
  void describe(llvm::raw_ostream &os) const override {
    os << "wgmma.wait_group " << pending << ": other warps of the warp-group "
       << "have not issued the wgmma of line "
       << getGroups().getOldest()->instruction.statement->line
       << " or a later one";
  }

private:
  AsyncGroups &getGroups() const {
    return warp.groups[unsigned(AsyncGroupKind::Wgmma)];
  }
  Warp &warp;
  uint32_t lanes, pending;
};
} // namespace

static AsyncGroups &getGroups(Warp &warp) {
  return warp.groups[unsigned(AsyncGroupKind::Wgmma)];
}

static const Statement &getStatement(const Instruction &instruction) {
  return *instruction.statement;
}

/// Numbers of the registers of a vector operand.
static SmallVector<uint32_t, 128> getRegisters(const Operand &operand) {
  SmallVector<uint32_t, 128> registers;
  for (const Operand &element : operand.elements)
    registers.push_back(element.reg);
  return registers;
}

void WgmmaOperation::retire(Warp &warp, uint32_t) {
  // Others may have waited for a later product only, or nobody drew this one.
  group.performUpTo(*product);
  const Statement &statement = getStatement(instruction);
  RegisterGuard &guard = *warp.registerGuard;
  guard.retire(getRegisters(statement.operands[0]));
  if (product->form.aInRegisters)
    guard.retire(getRegisters(statement.operands[1]));
  endReads(*product, warp);
}

//===----------------------------------------------------------------------===//
// wgmma.mma_async
//===----------------------------------------------------------------------===//

/// A descriptor, which all lanes hold alike.
static bool readDescriptor(Warp &warp, const Instruction &instruction,
                           Slot slot, MatrixDescriptor &descriptor) {
  const uint64_t *lanes = warp.read<uint64_t>(slot);
  for (unsigned lane = 1; lane != warpSize; ++lane) {
    if (lanes[lane] == lanes[0])
      continue;
    warp.fail(instruction, lane,
              "expected the same matrix descriptor in all threads");
    return false;
  }
  llvm::Expected<MatrixDescriptor> decoded = MatrixDescriptor::decode(lanes[0]);
  if (!decoded) {
    warp.fail(instruction, 0, llvm::toString(decoded.takeError()));
    return false;
  }
  descriptor = *decoded;
  return true;
}

/// `c` is scale-d, `b` the descriptor of B, `a` that of A.
static bool readOperands(Warp &warp, const Instruction &instruction,
                         WarpgroupProduct &product) {
  product.instruction = &instruction;
  product.form = WgmmaForm::unpack(instruction.modifier);
  uint32_t scale = warp.readPredicate(instruction.c);
  if (scale != 0 && scale != allLanes) {
    warp.fail(instruction, llvm::countr_one(scale),
              "expected the same scale-d in all threads");
    return false;
  }
  product.accumulate = scale != 0;
  return (product.form.aInRegisters ||
          readDescriptor(warp, instruction, instruction.a, product.a)) &&
         readDescriptor(warp, instruction, instruction.b, product.b);
}

/// The warp-group of `warp`, or null after an error.
static Warpgroup *getWarpgroup(Warp &warp, const Instruction &instruction) {
  Block &block = warp.block;
  unsigned number = warp.index / kWarpsPerGroup;
  if ((number + 1) * kWarpsPerGroup > block.warps.size()) {
    warp.fail(instruction, 0,
              "expected a warp-group of 4 warps, got a block of " +
                  Twine(block.warps.size()) + " warps");
    return nullptr;
  }
  block.warpgroups.resize(block.warps.size() / kWarpsPerGroup);
  if (!block.warpgroups[number])
    block.warpgroups[number] = std::make_shared<Warpgroup>();
  return block.warpgroups[number].get();
}

static void runMmaAsync(Warp &warp, const Instruction &instruction,
                        uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  Warpgroup *group = getWarpgroup(warp, instruction);
  WarpgroupProduct product;
  if (!group || !readOperands(warp, instruction, product))
    return;
  const Statement &statement = getStatement(instruction);
  RegisterGuard &guard = *warp.registerGuard;
  // Products of one shape may follow each other in the same accumulators.
  uint32_t shape = product.form.columns << 4 | uint32_t(product.form.result);
  if (!guard.issue(warp, instruction, getRegisters(statement.operands[0]),
                   shape))
    return;
  if (product.form.aInRegisters &&
      !guard.issue(warp, instruction, getRegisters(statement.operands[1]), 0))
    return;
  std::shared_ptr<WarpgroupProduct> shared =
      group->issue(warp, instruction, product);
  if (!shared || !beginReads(*shared, warp))
    return;
  getGroups(warp).add(
      warp,
      std::make_unique<WgmmaOperation>(warp.block, instruction, *group, shared),
      lanes);
}

//===----------------------------------------------------------------------===//
// Groups and fences
//===----------------------------------------------------------------------===//

static void runFence(Warp &warp, const Instruction &instruction,
                     uint32_t lanes) {
  if (expectWholeWarp(warp, instruction, lanes))
    warp.registerGuard->fence(instruction);
}

static void runCommitGroup(Warp &warp, const Instruction &instruction,
                           uint32_t lanes) {
  if (expectWholeWarp(warp, instruction, lanes))
    getGroups(warp).commit(warp, instruction, lanes);
}

static void runWaitGroup(Warp &warp, const Instruction &instruction,
                         uint32_t lanes) {
  if (!expectWholeWarp(warp, instruction, lanes))
    return;
  uint32_t pending = instruction.immediate;
  if (!getGroups(warp).isComplete(lanes, pending)) {
    warp.wait(std::make_unique<WarpgroupWait>(warp, pending), /*retry=*/true);
    return;
  }
  warp.registerGuard->wait(warp, instruction);
  getGroups(warp).wait(warp, lanes, pending);
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// {m64nNk16.dtype.f16.f16, .bf16.bf16, m64nNk8.f32.tf32.tf32}
static std::optional<WgmmaForm> parseForm(ModifierReader &modifiers,
                                          llvm::StringRef shape) {
  WgmmaForm form;
  unsigned depth;
  if (!shape.consume_front("m64n") || shape.consumeInteger(10, form.columns) ||
      !shape.consume_front("k") || shape.getAsInteger(10, depth))
    return std::nullopt;
  std::optional<MatrixElement> result = consumeMatrixElement(modifiers);
  std::optional<MatrixElement> a = consumeMatrixElement(modifiers);
  std::optional<MatrixElement> b = consumeMatrixElement(modifiers);
  if (!result || !a || a != b || *a == MatrixElement::F32 || !modifiers.done())
    return std::nullopt;
  form.result = *result;
  form.multiplicand = *a;
  bool isResult = *result == MatrixElement::F32 ||
                  (*result == MatrixElement::F16 && *a == MatrixElement::F16);
  bool isShape = form.columns % 8 == 0 && form.columns >= 8 &&
                 form.columns <= 256 && depth == form.getDepth();
  if (!isResult || !isShape)
    return std::nullopt;
  return form;
}

/// The immediates behind scale-d: scale-a, scale-b (1 or -1), then trans-a
/// where A lies in shared memory and trans-b (0 or 1) for 16-bit types.
static bool decodeImmediates(Decoder &decoder, const Statement &statement,
                             WgmmaForm &form) {
  bool isHalf = getMatrixElementBytes(form.multiplicand) == 2;
  unsigned count = 2 + (isHalf ? (form.aInRegisters ? 1 : 2) : 0);
  if (!decoder.expectOperands(statement, 4 + count))
    return false;
  int64_t values[4] = {1, 1, 0, 0};
  for (unsigned i = 0; i != count; ++i)
    if (!decoder.constant(statement, statement.operands[4 + i], values[i]))
      return false;
  for (unsigned i = 0; i != count; ++i) {
    bool valid = i < 2 ? values[i] == 1 || values[i] == -1
                       : values[i] == 0 || values[i] == 1;
    if (!valid)
      return decoder.fail(statement, Twine("expected ") +
                                         (i < 2 ? "1 or -1" : "0 or 1") +
                                         " in operand " + Twine(4 + i) +
                                         ", got " + Twine(values[i]));
  }
  form.negateA = values[0] < 0;
  form.negateB = values[1] < 0;
  if (!form.aInRegisters)
    form.aMajor = Major(values[2]);
  if (isHalf)
    form.bMajor = Major(values[count - 1]);
  return true;
}

/// Registers that the guard can follow, not constants.
static bool expectRegisters(Decoder &decoder, const Statement &statement,
                            unsigned index) {
  const Operand &operand = statement.operands[index];
  bool valid = operand.kind == Operand::Kind::Vector &&
               llvm::all_of(operand.elements, [](const Operand &element) {
                 return element.kind == Operand::Kind::Register;
               });
  return valid || decoder.fail(statement, "expected a vector of registers in "
                                          "operand " +
                                              Twine(index));
}

static bool decodeMmaAsync(Decoder &decoder, const Statement &statement,
                           ModifierReader &modifiers,
                           Instruction &instruction) {
  if (!modifiers.consume("sync") || !modifiers.consume("aligned"))
    return false;
  llvm::StringRef shape = modifiers.peek();
  modifiers.consume(shape);
  std::optional<WgmmaForm> form = parseForm(modifiers, shape);
  if (!form)
    return false;
  if (statement.operands.size() < 4)
    return decoder.expectOperands(statement, 4);
  form->aInRegisters = statement.operands[1].kind == Operand::Kind::Vector;
  if (!decodeImmediates(decoder, statement, *form))
    return false;

  SmallVector<Slot, 132> slots;
  if (!expectRegisters(decoder, statement, 0) ||
      !decodeFragment(decoder, statement, 0, form->getResultRegisters(),
                      form->result, /*write=*/true, slots))
    return false;
  bool hasA =
      form->aInRegisters
          ? expectRegisters(decoder, statement, 1) &&
                decodeFragment(decoder, statement, 1, 4, form->multiplicand,
                               /*write=*/false, slots)
          : decoder.source(statement, statement.operands[1], ScalarType::B64,
                           instruction.a);
  if (!hasA || !decoder.source(statement, statement.operands[2],
                               ScalarType::B64, instruction.b))
    return false;
  if (!decoder.source(statement, statement.operands[3], ScalarType::Pred,
                      instruction.c))
    return false;
  instruction.extra = decoder.keep(slots);
  instruction.modifier = form->pack();
  instruction.run = runMmaAsync;
  return true;
}

static bool decodeWgmma(Decoder &decoder, const Statement &statement,
                        Instruction &instruction) {
  // The register guard follows the registers of kernels.
  if (!decoder.getFunction().isEntry)
    return decoder.fail(statement, "wgmma is supported in kernels, not in "
                                   "functions that are called");
  ModifierReader modifiers(statement);
  if (modifiers.consume("mma_async"))
    return decodeMmaAsync(decoder, statement, modifiers, instruction);
  constexpr Handler handlers[] = {runFence, runCommitGroup, runWaitGroup};
  int kind = modifiers.consumeAny({"fence", "commit_group", "wait_group"});
  if (kind < 0 || !modifiers.consume("sync") || !modifiers.consume("aligned") ||
      !modifiers.done())
    return false;
  instruction.run = handlers[kind];
  bool isWait = handlers[kind] == runWaitGroup;
  if (!decoder.expectOperands(statement, isWait ? 1 : 0))
    return false;
  int64_t pending = 0;
  if (isWait && !decoder.constant(statement, statement.operands[0], pending))
    return false;
  if (pending < 0 || pending > 7)
    return decoder.fail(statement, "expected 0 to 7 pending groups, got " +
                                       Twine(pending));
  instruction.immediate = pending;
  return true;
}

void mlir::sattn::ptx::registerWarpgroups(InstructionTable &table) {
  table.add("wgmma", decodeWgmma);
}
