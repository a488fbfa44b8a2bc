//===- FragmentToNVVM.cpp - Arithmetic on registers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
struct FillPattern : OpConversionPattern<FillOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(FillOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    replaceWithRegisters(rewriter, op,
                         SmallVector<Value>(op.getType().getNumRegisters(), op.getValue()));
    return success();
  }
};

struct MapPattern : OpConversionPattern<MapOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MapOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ReducePattern : OpConversionPattern<ReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReduceOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct AcrossPattern : OpConversionPattern<AcrossOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AcrossOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ToAPattern : OpConversionPattern<ToAOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ToAOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ConcatPattern : OpConversionPattern<ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ConcatOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ToBitsPattern : OpConversionPattern<ToBitsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ToBitsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

/// Where a register of a fragment's layout lies: block of rows, unit of eight
/// columns, row and column in it.
struct RegisterPlace {
  int64_t block = 0, unit = 0, half = 0, pair = 0;
};
} // namespace

static RegisterPlace getPlace(FragType type, int64_t number) {
  RegisterPlace place;
  if (type.getLayout() == Layout::col) {
    place.unit = number / 2;
    place.pair = number % 2;
    return place;
  }
  if (type.getLayout() != Layout::acc) {
    place.block = number / 2;
    place.half = number % 2;
    return place;
  }
  int64_t units = type.getNumColumns() / 8;
  place.block = number / (4 * units);
  place.unit = number / 4 % units;
  place.half = number / 2 % 2;
  place.pair = number % 2;
  return place;
}

static int64_t getNumber(FragType type, RegisterPlace place) {
  if (type.getLayout() == Layout::col)
    return 2 * place.unit + place.pair;
  if (type.getLayout() != Layout::acc)
    return 2 * place.block + place.half;
  return (place.block * (type.getNumColumns() / 8) + place.unit) * 4 + 2 * place.half + place.pair;
}

/// `value`, computed here: LLVM moves what has a single use to that use, even into a branch,
/// and what it is computed from would be kept instead.
static Value pinHere(OpBuilder &builder, Location loc, Value value) {
  StringRef constraints = value.getType().isF32() ? "=f,0" : "=r,0";
  return LLVM::InlineAsmOp::create(
             builder, loc, value.getType(), value, "", constraints, /*has_side_effects=*/true,
             /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr::get(builder.getContext(), LLVM::AsmDialect::AD_ATT),
             ArrayAttr())
      .getResult(0);
}

LogicalResult MapPattern::matchAndRewrite(MapOp op, OneToNOpAdaptor adaptor,
                                          ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType type = op.getType();
  Block &body = op.getBody().front();
  unsigned numInputs = op.getInputs().size();
  Value firstRow, firstColumn;
  if (op.getRow()) {
    firstRow = thread.add(thread.toI32(adaptor.getRow().front()), thread.getRow(type, 0, 0));
    firstColumn = thread.add(thread.toI32(adaptor.getColumn().front()),
                             thread.shiftLeft(thread.getThreadInGroup(), 1));
  }
  SmallVector<Value> registers;
  for (int64_t number = 0; number < type.getNumRegisters(); ++number) {
    RegisterPlace place = getPlace(type, number);
    IRMapping mapping;
    for (unsigned i = 0; i < numInputs; ++i) {
      auto inputType = cast<FragType>(op.getInputs()[i].getType());
      mapping.map(body.getArgument(i), adaptor.getInputs()[i][getNumber(inputType, place)]);
    }
    if (firstRow) {
      int64_t row = 16 * type.getWarps() * place.block + 8 * place.half;
      int64_t column = 8 * place.unit + place.pair;
      mapping.map(body.getArgument(numInputs), thread.toIndex(thread.add(firstRow, row)));
      mapping.map(body.getArgument(numInputs + 1),
                  thread.toIndex(thread.add(firstColumn, column)));
    }
    for (Operation &nested : body.without_terminator())
      rewriter.clone(nested, mapping);
    registers.push_back(mapping.lookupOrDefault(body.getTerminator()->getOperand(0)));
  }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

static Value combine(OpBuilder &builder, Location loc, Reduction kind, Value a, Value b) {
  if (kind == Reduction::max)
    return arith::MaxNumFOp::create(builder, loc, a, b);
  return arith::AddFOp::create(builder, loc, a, b);
}

LogicalResult ReducePattern::matchAndRewrite(ReduceOp op, OneToNOpAdaptor adaptor,
                                             ConversionPatternRewriter &rewriter) const {
  FragType source = op.getSource().getType(), type = op.getType();
  SmallVector<Value> registers(type.getNumRegisters());
  // Pairs first: two chains of dependent additions per row would be twice as long.
  for (int64_t number = 0; number < source.getNumRegisters(); number += 2) {
    ValueRange values = adaptor.getSource();
    Value pair = combine(rewriter, op.getLoc(), op.getKind(), values[number], values[number + 1]);
    Value &sum = registers[getNumber(type, getPlace(source, number))];
    sum = sum ? combine(rewriter, op.getLoc(), op.getKind(), sum, pair) : pair;
  }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

LogicalResult AcrossPattern::matchAndRewrite(AcrossOp op, OneToNOpAdaptor adaptor,
                                             ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  SmallVector<Value> registers;
  for (Value value : adaptor.getSource()) {
    for (int64_t distance : {1, 2}) {
      Value other = NVVM::ShflOp::create(rewriter, op.getLoc(), value.getType(),
                                         thread.constant(-1), value, thread.constant(distance),
                                         thread.constant(31), NVVM::ShflKind::bfly, UnitAttr());
      value = combine(rewriter, op.getLoc(), op.getKind(), value, other);
    }
    registers.push_back(value);
  }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// Registers 2 n, 2 n + 1 of two neighbouring units are those of a step of 16.
LogicalResult ToAPattern::matchAndRewrite(ToAOp op, OneToNOpAdaptor adaptor,
                                          ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType source = op.getSource().getType();
  SmallVector<Value> registers;
  if (op.getType().getElementType().isTF32()) {
    for (Value value : adaptor.getSource())
      registers.push_back(thread.roundToTF32(value));
    replaceWithRegisters(rewriter, op, std::move(registers));
    return success();
  }
  for (int64_t block = 0; block < source.getRowBlocks(); ++block)
    for (int64_t unit = 0; unit < source.getNumColumns() / 8; unit += 2)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t at = getNumber(source, {block, unit + i / 2, i % 2, 0});
        ValueRange values = adaptor.getSource();
        registers.push_back(
            thread.pack(values[at], values[at + 1], op.getType().getElementType()));
      }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// Registers are ordered by blocks of rows first.
LogicalResult ConcatPattern::matchAndRewrite(ConcatOp op, OneToNOpAdaptor adaptor,
                                             ConversionPatternRewriter &rewriter) const {
  SmallVector<SmallVector<Value>> strips;
  for (auto [strip, registers] : llvm::zip_equal(op.getStrips(), adaptor.getStrips())) {
    // Where the strip is made, lest all of them be finished at once.
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfterValue(registers.back());
    SmallVector<Value> &pinned = strips.emplace_back();
    for (Value value : registers)
      pinned.push_back(pinHere(rewriter, strip.getLoc(), value));
  }
  SmallVector<Value> registers;
  int64_t numBlocks = op.getType().getRowBlocks();
  for (int64_t block = 0; block < numBlocks; ++block)
    for (ArrayRef<Value> strip : strips)
      llvm::append_range(registers,
                         strip.slice(block * (strip.size() / numBlocks), strip.size() / numBlocks));
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

LogicalResult ToBitsPattern::matchAndRewrite(ToBitsOp op, OneToNOpAdaptor adaptor,
                                             ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  Value zero = thread.constant(0);
  SmallVector<Value> registers(op.getType().getNumRegisters(), zero);
  for (auto [number, element] : llvm::enumerate(adaptor.getSource())) {
    Value &word = registers[number / FragType::kRegisterBits];
    Value bit = thread.constant(int64_t(1) << number % FragType::kRegisterBits);
    word = thread.orOf(word, thread.select(element, bit, zero));
  }
  for (Value &word : registers)
    word = pinHere(rewriter, op.getLoc(), word);
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

void sattn_nv::populateFragmentPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<FillPattern, MapPattern, ReducePattern, AcrossPattern, ToAPattern, ConcatPattern, ToBitsPattern>(
      converter, patterns.getContext());
}
