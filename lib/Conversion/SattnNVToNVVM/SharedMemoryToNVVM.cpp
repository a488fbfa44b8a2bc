//===- SharedMemoryToNVVM.cpp - Copies, waits and barriers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
struct AllocPattern : OpConversionPattern<AllocOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AllocOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder thread(rewriter, op.getLoc());
    // Barriers of the block say when its slots are free.
    replaceWithRegisters(rewriter, op, {thread.constant(op.getOffset()), thread.constant(0)});
    return success();
  }
};

struct SlotPattern : OpConversionPattern<SlotOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SlotOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder thread(rewriter, op.getLoc());
    SmallVector<Value> slot(adaptor.getRing());
    if (getConstantIntValue(op.getIndex()) != 0) {
      Value index = thread.toI32(adaptor.getIndex().front());
      int64_t bytes = op.getRing().getType().getNumBytes();
      slot.front() = thread.add(slot.front(), thread.mul(index, bytes));
    }
    replaceWithRegisters(rewriter, op, std::move(slot));
    return success();
  }
};

/// Copies chunks of 16 bytes, thread by thread.
class TileCopy {
public:
  TileCopy(CopyAsyncOp op, ValueRange source, Value dest, int64_t numThreads,
           OpBuilder &builder)
      : thread(builder, op.getLoc()), type(op.getDest().getType()),
        source(cast<MemRefType>(op.getSource().getType()), source), dest(dest),
        numThreads(numThreads) {
    elementType = type.getElementType();
    elementsPerChunk = TileType::kChunkBytes * 8 / elementType.getIntOrFloatBitWidth();
    chunksPerRow = type.getNumColumns() / elementsPerChunk;
    sourceColumns = cast<MemRefType>(op.getSource().getType()).getDimSize(1);
  }

  void build();

private:
  Value getSource(Value row, Value chunk);
  Value getSourceBehind(Value first, int64_t rows);
  void copyChunk(Value row, Value chunk, Value from, Value target, Value isMine);
  Value getNumBytes(Value row, Value chunk);

  ThreadBuilder thread;
  TileType type;
  BufferValues source;
  Value dest;
  int64_t numThreads, elementsPerChunk, chunksPerRow, sourceColumns;
  Type elementType;
};
} // namespace

/// Bytes of a chunk that the source has; the rest becomes zero. Null: all 16.
Value TileCopy::getNumBytes(Value row, Value chunk) {
  Value bytes;
  if (sourceColumns < type.getNumColumns()) {
    // 16 bytes, then the last, partial chunk, then none.
    int64_t elementBytes = TileType::kChunkBytes / elementsPerChunk;
    Value left = thread.add(thread.mul(chunk, -elementsPerChunk * elementBytes),
                            sourceColumns * elementBytes);
    Value full = thread.constant(TileType::kChunkBytes), none = thread.constant(0);
    bytes = thread.select(thread.isLess(left, full), left, full);
    bytes = thread.select(thread.isLess(bytes, none), none, bytes);
  }
  if (Value exists = source.isInside(thread, 0, row, type.getNumRows())) {
    Value full = bytes ? bytes : thread.constant(TileType::kChunkBytes);
    bytes = thread.select(exists, full, thread.constant(0));
  }
  return bytes;
}

Value TileCopy::getSource(Value row, Value chunk) {
  Value first = thread.mul(chunk, elementsPerChunk);
  return source.getPointer(thread, elementType,
                           thread.add(thread.mul(row, source.getStride(thread, 0)), first));
}

/// `rows` rows behind `first`. The distance stays apart: a constant goes into
/// the instruction, and a loop has one address instead of many.
Value TileCopy::getSourceBehind(Value first, int64_t rows) {
  if (rows == 0)
    return first;
  LLVM::GEPArg distance = int32_t(rows * source.staticStrides[0]);
  if (source.strides[0])
    distance = thread.mul(source.getStride(thread, 0), rows);
  return LLVM::GEPOp::create(thread.getBuilder(), thread.getLoc(), first.getType(), elementType,
                             first, ArrayRef<LLVM::GEPArg>{distance});
}

void TileCopy::copyChunk(Value row, Value chunk, Value from, Value target, Value isMine) {
  OpBuilder &builder = thread.getBuilder();
  OpBuilder::InsertionGuard guard(builder);
  if (isMine) {
    auto branch = scf::IfOp::create(builder, thread.getLoc(), isMine, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
  }
  NVVM::CpAsyncOp::create(builder, thread.getLoc(), thread.getSharedPointer(target), from,
                          TileType::kChunkBytes, NVVM::LoadCacheModifierKind::CG,
                          getNumBytes(row, chunk));
}

void TileCopy::build() {
  int64_t total = type.getNumRows() * chunksPerRow;
  Value id = thread.getThread();
  // Every round has the same chunk if whole rows are copied at a time, and the
  // swizzle comes back with every eighth row: addresses differ by constants
  // then.
  int64_t roundRows = numThreads / chunksPerRow;
  bool isRegular = numThreads % chunksPerRow == 0 && (8 % roundRows == 0 || roundRows % 8 == 0);
  int64_t numSwizzles = isRegular ? std::max<int64_t>(8 / roundRows, 1) : 1;
  Value firstRow = thread.divide(id, chunksPerRow), firstChunk = thread.remainder(id, chunksPerRow);
  SmallVector<Value> firstTargets;
  for (int64_t i = 0; i < numSwizzles; ++i)
    firstTargets.push_back(
        thread.getChunk(type, dest, thread.add(firstRow, i * roundRows), firstChunk));
  Value firstSource = getSource(firstRow, firstChunk);
  for (int64_t done = 0; done < total; done += numThreads) {
    Value isMine;
    if (done + numThreads > total)
      isMine = thread.isLess(thread.add(id, done), thread.constant(total));
    if (isRegular) {
      int64_t round = done / numThreads, rows = round * roundRows, swizzle = round % numSwizzles;
      Value target =
          thread.add(firstTargets[swizzle], (rows - swizzle * roundRows) * TileType::kPanelBytes);
      copyChunk(thread.add(firstRow, rows), firstChunk, getSourceBehind(firstSource, rows), target,
                isMine);
      continue;
    }
    Value number = thread.add(id, done);
    Value row = thread.divide(number, chunksPerRow), chunk = thread.remainder(number, chunksPerRow);
    copyChunk(row, chunk, getSource(row, chunk), thread.getChunk(type, dest, row, chunk), isMine);
  }
}

namespace {
struct CopyPattern : OpConversionPattern<CopyAsyncOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CopyAsyncOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto threads = kernel ? kernel->getAttrOfType<DenseI32ArrayAttr>(
                                NVVM::NVVMDialect::getMaxntidAttrName())
                          : DenseI32ArrayAttr();
    if (!threads || threads.empty())
      return op.emitOpError("expected a kernel with a number of threads");
    TileCopy(op, adaptor.getSource(), adaptor.getDest().front(), threads[0], rewriter).build();
    rewriter.eraseOp(op);
    return success();
  }
};

struct CommitPattern : OpConversionPattern<CommitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CommitOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncCommitGroupOp>(op);
    return success();
  }
};

struct WaitPattern : OpConversionPattern<WaitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WaitOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    NVVM::CpAsyncWaitGroupOp::create(rewriter, op.getLoc(), uint32_t(op.getPending()));
    rewriter.eraseOp(op);
    return success();
  }
};

struct BarrierPattern : OpConversionPattern<BarrierOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(BarrierOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::Barrier0Op>(op);
    return success();
  }
};
} // namespace

void sattn_nv::populateSharedMemoryPatterns(TypeConverter &converter,
                                            RewritePatternSet &patterns) {
  patterns.add<AllocPattern, SlotPattern, CopyPattern, CommitPattern, WaitPattern, BarrierPattern>(
      converter, patterns.getContext());
}
