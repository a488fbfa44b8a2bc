//===- GlobalMemoryToNVVM.cpp - Fragments in global memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn_nv;

static Value andOf(ThreadBuilder &thread, Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AndIOp::create(thread.getBuilder(), thread.getLoc(), a, b);
}

//===----------------------------------------------------------------------===//
// load
//===----------------------------------------------------------------------===//

namespace {
/// Loads the elements of a fragment one by one.
class FragmentLoad {
public:
  FragmentLoad(LoadOp op, ValueRange source, OpBuilder &builder)
      : thread(builder, op.getLoc()), type(op.getType()),
        source(cast<MemRefType>(op.getSource().getType()), source) {}

  SmallVector<Value> build();

private:
  Value loadElement(Value offset, Value exists);
  Value getColumn(int64_t unit, int64_t pair) {
    return thread.add(thread.shiftLeft(thread.getThreadInGroup(), 1), 8 * unit + pair);
  }
  void loadColumns();
  void loadRows();
  void loadMatrix();

  ThreadBuilder thread;
  FragType type;
  BufferValues source;
  SmallVector<Value> registers;
};
} // namespace

/// The element `offset` behind the first, or zero.
Value FragmentLoad::loadElement(Value offset, Value exists) {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Type elementType = type.getElementType(), stored = getStorageType(elementType);
  auto load = [&]() -> Value {
    Value value = LLVM::LoadOp::create(builder, loc, stored,
                                       source.getPointer(thread, stored, offset));
    return fromStorage(builder, loc, value, elementType);
  };
  if (!exists)
    return load();
  auto choice = scf::IfOp::create(builder, loc, elementType, exists, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(builder, loc, load());
  builder.setInsertionPointToStart(choice.elseBlock());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  scf::YieldOp::create(builder, loc, zero);
  return choice.getResult(0);
}

void FragmentLoad::loadColumns() {
  for (int64_t unit = 0; unit < type.getNumColumns() / 8; ++unit)
    for (int64_t pair = 0; pair < 2; ++pair) {
      Value column = getColumn(unit, pair);
      Value offset = thread.mul(column, source.getStride(thread, 0));
      registers.push_back(
          loadElement(offset, source.isInside(thread, 0, column, type.getNumColumns())));
    }
}

void FragmentLoad::loadRows() {
  for (int64_t block = 0; block < type.getRowBlocks(); ++block)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = thread.getRow(type, block, half);
      Value offset = thread.mul(row, source.getStride(thread, 0));
      registers.push_back(
          loadElement(offset, source.isInside(thread, 0, row, type.getShape().front())));
    }
}

void FragmentLoad::loadMatrix() {
  int64_t columns = type.getNumColumns(), rows = type.getShape().front();
  for (int64_t block = 0; block < type.getRowBlocks(); ++block)
    for (int64_t unit = 0; unit < columns / 8; ++unit)
      for (int64_t i = 0; i < 4; ++i) {
        Value row = thread.getRow(type, block, i / 2), column = getColumn(unit, i % 2);
        Value offset = thread.add(thread.mul(row, source.getStride(thread, 0)),
                                  thread.mul(column, source.getStride(thread, 1)));
        Value exists = andOf(thread, source.isInside(thread, 0, row, rows),
                             source.isInside(thread, 1, column, columns));
        registers.push_back(loadElement(offset, exists));
      }
}

SmallVector<Value> FragmentLoad::build() {
  if (type.getLayout() == Layout::col)
    loadColumns();
  else if (type.getLayout() == Layout::row)
    loadRows();
  else
    loadMatrix();
  return registers;
}

//===----------------------------------------------------------------------===//
// store
//===----------------------------------------------------------------------===//

namespace {
/// Stores pairs of columns, or one value per row from the first lane of a quad.
class FragmentStore {
public:
  FragmentStore(StoreOp op, ValueRange value, ValueRange dest, OpBuilder &builder)
      : thread(builder, op.getLoc()), type(op.getValue().getType()),
        destType(cast<MemRefType>(op.getDest().getType())), registers(value),
        dest(destType, dest) {}

  void build();

private:
  void storeRow(int64_t block, int64_t half, Value row);
  void storePair(Value low, Value high, Value pointer);
  Value convert(Value value);

  ThreadBuilder thread;
  FragType type;
  MemRefType destType;
  ValueRange registers;
  BufferValues dest;
};
} // namespace

Value FragmentStore::convert(Value value) {
  OpBuilder &builder = thread.getBuilder();
  Type from = value.getType(), to = destType.getElementType();
  if (from == to)
    return value;
  if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    return LLVM::FPExtOp::create(builder, thread.getLoc(), to, value);
  return LLVM::FPTruncOp::create(builder, thread.getLoc(), to, value);
}

/// Two columns in one access if they are neighbours.
void FragmentStore::storePair(Value low, Value high, Value pointer) {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Type elementType = destType.getElementType();
  unsigned bytes = elementType.getIntOrFloatBitWidth() / 8;
  if (elementType.isF16() || elementType.isBF16()) {
    LLVM::StoreOp::create(builder, loc, thread.pack(low, high, elementType), pointer, 2 * bytes);
    return;
  }
  Value pair = LLVM::PoisonOp::create(builder, loc, VectorType::get({2}, elementType));
  pair = LLVM::InsertElementOp::create(builder, loc, pair, convert(low), thread.constant(0));
  pair = LLVM::InsertElementOp::create(builder, loc, pair, convert(high), thread.constant(1));
  LLVM::StoreOp::create(builder, loc, pair, pointer, 2 * bytes);
}

void FragmentStore::storeRow(int64_t block, int64_t half, Value row) {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Type elementType = destType.getElementType();
  Value first = thread.mul(row, dest.getStride(thread, 0));
  if (!type.isMatrix()) {
    LLVM::StoreOp::create(builder, loc, convert(registers[block * 2 + half]),
                          dest.getPointer(thread, elementType, first));
    return;
  }
  Value firstColumn = thread.shiftLeft(thread.getThreadInGroup(), 1);
  bool areNeighbours = dest.staticStrides[1] == 1;
  int64_t units = type.getNumColumns() / 8, columns = destType.getDimSize(1);
  for (int64_t unit = 0; unit < units && 8 * unit < columns; ++unit) {
    int64_t at = (block * units + unit) * 4 + 2 * half;
    OpBuilder::InsertionGuard guard(builder);
    Value column = thread.add(firstColumn, 8 * unit);
    if (8 * unit + 8 > columns) {
      auto inside = scf::IfOp::create(
          builder, loc, thread.isLess(column, thread.constant(columns)), /*withElseRegion=*/false);
      builder.setInsertionPointToStart(inside.thenBlock());
    }
    if (areNeighbours) {
      storePair(registers[at], registers[at + 1],
                dest.getPointer(thread, elementType, thread.add(first, column)));
      continue;
    }
    for (int64_t i = 0; i < 2; ++i) {
      Value offset = thread.mul(thread.add(column, i), dest.getStride(thread, 1));
      LLVM::StoreOp::create(builder, loc, convert(registers[at + i]),
                            dest.getPointer(thread, elementType, thread.add(first, offset)));
    }
  }
}

void FragmentStore::build() {
  OpBuilder &builder = thread.getBuilder();
  for (int64_t block = 0; block < type.getRowBlocks(); ++block)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = thread.getRow(type, block, half);
      Value isMine = dest.isInside(thread, 0, row, type.getShape().front());
      if (!type.isMatrix()) {
        Value isFirst = arith::CmpIOp::create(builder, thread.getLoc(), arith::CmpIPredicate::eq,
                                              thread.getThreadInGroup(), thread.constant(0));
        isMine = andOf(thread, isMine, isFirst);
      }
      OpBuilder::InsertionGuard guard(builder);
      if (isMine) {
        auto branch =
            scf::IfOp::create(builder, thread.getLoc(), isMine, /*withElseRegion=*/false);
        builder.setInsertionPointToStart(branch.thenBlock());
      }
      storeRow(block, half, row);
    }
}

namespace {
struct LoadPattern : OpConversionPattern<LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LoadOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    replaceWithRegisters(rewriter, op, FragmentLoad(op, adaptor.getSource(), rewriter).build());
    return success();
  }
};

struct StorePattern : OpConversionPattern<StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(StoreOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    FragmentStore(op, adaptor.getValue(), adaptor.getDest(), rewriter).build();
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void sattn_nv::populateGlobalMemoryPatterns(TypeConverter &converter,
                                            RewritePatternSet &patterns) {
  patterns.add<LoadPattern, StorePattern>(converter, patterns.getContext());
}
