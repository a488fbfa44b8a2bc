//===- ProductToNVVM.cpp - Matrix products -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ldmatrix and mma.sync m16n8k16 (PTX ISA, "Matrix fragments for mma.m16n8k16").
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
/// Addresses of the four 8 x 8 matrices that one ldmatrix reads: rows that all
/// share a panel, one row per lane.
class MatrixAddress {
public:
  /// `row`: the lane's row; `half`: 0 or 1, which chunk of a pair the lane reads.
  MatrixAddress(ThreadBuilder &thread, TileType type, Value base, Value row, Value half)
      : thread(thread), type(type) {
    rowStart = thread.add(base, thread.mul(row, TileType::kPanelBytes));
    place = thread.shiftLeft(thread.xorOf(half, thread.andWith(row, 7)), 4);
  }

  /// Address where the pair starts at chunk `chunk`, an even number.
  Value get(int64_t chunk) const {
    // Chunk and row are combined bit by bit, so a constant chunk may come last.
    Value inRow = thread.xorOf(place, thread.constant(chunk % 8 * TileType::kChunkBytes));
    return thread.add(thread.add(rowStart, inRow), ThreadBuilder::getPanelOffset(type, chunk));
  }

private:
  ThreadBuilder &thread;
  TileType type;
  Value rowStart, place;
};

struct LoadAPattern : OpConversionPattern<LoadAOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LoadAOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ColumnsPattern : OpConversionPattern<ColumnsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ColumnsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct ScaleColumnsPattern : OpConversionPattern<ScaleColumnsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ScaleColumnsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct MmaPattern : OpConversionPattern<MmaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MmaOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// Rows 0-7 and 8-15 of columns 0-7, then of columns 8-15: the order of registers.
LogicalResult LoadAPattern::matchAndRewrite(LoadAOp op, OneToNOpAdaptor adaptor,
                                            ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType type = op.getType();
  TileType tile = op.getTile().getType();
  int64_t first = op.getFirst();
  SmallVector<Value> registers;
  Value lane = thread.getLane();
  Value rowInBlock = thread.add(thread.mul(thread.getWarp(), 16), thread.andWith(lane, 15));
  for (int64_t block = 0; block < type.getRowBlocks(); ++block) {
    Value row = thread.add(rowInBlock, 16 * type.getWarps() * block);
    MatrixAddress address(thread, tile, adaptor.getTile().front(), row, thread.shiftRight(lane, 4));
    for (int64_t step = 0; step < type.getNumColumns() / 16; ++step)
      llvm::append_range(registers, thread.loadMatrices(address.get(2 * step + first / 8), false));
  }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// Column of the first element that register `i` of step `step` has in thread 0.
static int64_t getFirstColumn(int64_t step, int64_t i) { return 16 * step + 8 * (i / 2); }

namespace {
/// The elements of a register that lie in [first, end); others zero.
class ColumnMask {
public:
  ColumnMask(ThreadBuilder &thread, int64_t first, int64_t end)
      : thread(thread), first(first), end(end) {}

  Value apply(Value packed, int64_t column) {
    if (column + 8 <= first || column >= end)
      return thread.constant(0);
    if (first > column)
      packed = clear(packed, first - column, /*below=*/true);
    if (end < column + 8)
      packed = clear(packed, end - column, /*below=*/false);
    return packed;
  }

private:
  /// Clears elements 2 t and 2 t + 1 of eight, below `bound` or from it on.
  Value clear(Value packed, int64_t bound, bool below) {
    Value pair = thread.shiftLeft(thread.getThreadInGroup(), 1);
    // 16 bits each for the pair's first and second element.
    auto half = [&](int64_t element, int64_t bits) {
      Value isBelow = thread.isLess(thread.add(pair, element), thread.constant(bound));
      Value kept = thread.constant(bits), none = thread.constant(0);
      return below ? thread.select(isBelow, none, kept) : thread.select(isBelow, kept, none);
    };
    Value mask = thread.orOf(half(0, 0x0000ffff), half(1, 0xffff0000));
    return arith::AndIOp::create(thread.getBuilder(), thread.getLoc(), packed, mask);
  }

  ThreadBuilder &thread;
  int64_t first, end;
};
} // namespace

LogicalResult ColumnsPattern::matchAndRewrite(ColumnsOp op, OneToNOpAdaptor adaptor,
                                              ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType source = op.getSource().getType(), type = op.getType();
  int64_t first = op.getFirst(), firstStep = first / 16;
  ColumnMask mask(thread, first, first + op.getExtent());
  SmallVector<Value> registers;
  for (int64_t block = 0; block < type.getRowBlocks(); ++block)
    for (int64_t step = firstStep; step < firstStep + type.getNumColumns() / 16; ++step)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t at = (block * (source.getNumColumns() / 16) + step) * 4 + i;
        registers.push_back(mask.apply(adaptor.getSource()[at], getFirstColumn(step, i)));
      }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// The factor of element `column + 2 t` in thread t.
static Value selectFactor(ThreadBuilder &thread, ArrayRef<float> factors, int64_t column) {
  Value result = thread.constantF32(factors[column + 6]);
  for (int64_t t = 2; t >= 0; --t) {
    if (factors[column + 2 * t] == factors[column + 2 * t + 2])
      continue;
    Value isBelow = thread.isLess(thread.getThreadInGroup(), thread.constant(t + 1));
    result = thread.select(isBelow, thread.constantF32(factors[column + 2 * t]), result);
  }
  return result;
}

LogicalResult ScaleColumnsPattern::matchAndRewrite(ScaleColumnsOp op, OneToNOpAdaptor adaptor,
                                                   ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType type = op.getType();
  ArrayRef<float> factors = op.getFactors();
  SmallVector<Value> registers;
  int64_t numSteps = type.getNumColumns() / 16;
  for (auto [at, packed] : llvm::enumerate(adaptor.getSource())) {
    int64_t column = getFirstColumn(at / 4 % numSteps, at % 4);
    ArrayRef<float> eight = factors.slice(column, 8);
    if (llvm::all_of(eight, [](float factor) { return factor == 1.0f; })) {
      registers.push_back(packed);
      continue;
    }
    auto [low, high] = thread.unpack(packed, type.getElementType());
    auto multiply = [&](Value element, int64_t first) -> Value {
      return arith::MulFOp::create(rewriter, op.getLoc(), element,
                                   selectFactor(thread, factors.drop_front(first), column));
    };
    registers.push_back(
        thread.pack(multiply(low, 0), multiply(high, 1), type.getElementType()));
  }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

//===----------------------------------------------------------------------===//
// mma
//===----------------------------------------------------------------------===//

namespace {
/// The products of one `mma`: one ldmatrix feeds two per block of rows.
class TileProduct {
public:
  TileProduct(MmaOp op, ValueRange a, Value b, ValueRange acc, OpBuilder &builder)
      : thread(builder, op.getLoc()), aType(op.getA().getType()), accType(op.getAcc().getType()),
        tile(op.getB().getType()), first(op.getFirst()), strip(op.getStrip()), a(a), base(b), sums(acc) {
    numSteps = aType.getNumColumns() / 16;
  }

  /// The tile holds the second operand by columns: b[k][n] is element (n, k).
  SmallVector<Value> buildByColumns();
  /// The tile holds it by rows: b[k][n] is element (k, n).
  SmallVector<Value> buildByRows();

private:
  /// Sixteen columns from `column` on, one step of sixteen contracted elements.
  void multiply(int64_t step, int64_t column, ArrayRef<Value> matrices);

  ThreadBuilder thread;
  FragType aType, accType;
  TileType tile;
  int64_t first, strip, numSteps;
  ValueRange a;
  Value base;
  SmallVector<Value> sums;
};
} // namespace

void TileProduct::multiply(int64_t step, int64_t column, ArrayRef<Value> matrices) {
  int64_t units = accType.getNumColumns() / 8;
  for (int64_t block = 0; block < aType.getRowBlocks(); ++block)
    for (int64_t half = 0; half < 2; ++half) {
      int64_t at = (block * units + column / 8 + half) * 4;
      SmallVector<Value> product = thread.multiply(
          a.slice((block * numSteps + step) * 4, 4), matrices[2 * half], matrices[2 * half + 1],
          ArrayRef(sums).slice(at, 4), aType.getElementType());
      llvm::copy(product, sums.begin() + at);
    }
}

SmallVector<Value> TileProduct::buildByColumns() {
  Value lane = thread.getLane();
  // Lanes 0-7: columns 0-7, elements 0-7; 8-15: elements 8-15; then columns 8-15.
  Value row = thread.add(thread.andWith(lane, 7),
                         thread.shiftLeft(thread.shiftRight(lane, 4), 3));
  MatrixAddress address(thread, tile, base, row,
                        thread.andWith(thread.shiftRight(lane, 3), 1));
  SmallVector<Value> addresses;
  for (int64_t step = 0; step < numSteps; ++step)
    addresses.push_back(address.get(2 * step + first / 8));
  for (int64_t column = 0; column < accType.getNumColumns(); column += 16)
    for (int64_t step = 0; step < numSteps; ++step)
      multiply(step, column,
               thread.loadMatrices(thread.add(addresses[step], (strip + column) * TileType::kPanelBytes),
                                   /*transposed=*/false));
  return sums;
}

SmallVector<Value> TileProduct::buildByRows() {
  Value lane = thread.getLane();
  // Lanes 0-15: elements 0-15 of columns 0-7; 16-31: of columns 8-15.
  MatrixAddress address(thread, tile, base, thread.andWith(lane, 15),
                        thread.shiftRight(lane, 4));
  SmallVector<Value> addresses;
  for (int64_t column = 0; column < accType.getNumColumns(); column += 16)
    addresses.push_back(address.get((strip + column) / 8));
  for (int64_t step = 0; step < numSteps; ++step)
    for (auto [index, start] : llvm::enumerate(addresses))
      multiply(step, 16 * index,
               thread.loadMatrices(
                   thread.add(start, (16 * step + first) * TileType::kPanelBytes),
                   /*transposed=*/true));
  return sums;
}

LogicalResult MmaPattern::matchAndRewrite(MmaOp op, OneToNOpAdaptor adaptor,
                                          ConversionPatternRewriter &rewriter) const {
  if (op.getWarpgroup())
    return rewriter.notifyMatchFailure(op, "expected a product of single warps");
  ThreadBuilder thread(rewriter, op.getLoc());
  auto build = [&] {
    TileProduct product(op, adaptor.getA(), adaptor.getB().front(), adaptor.getAcc(), rewriter);
    return op.getTransposed() ? product.buildByRows() : product.buildByColumns();
  };
  if (!op.getWhere()) {
    replaceWithRegisters(rewriter, op, build());
    return success();
  }
  // A warp without marks skips the product. The branches keep ptxas from computing many of
  // them at once, for which there are no registers.
  ValueRange marks = adaptor.getWhere();
  Value mine = marks.front();
  for (Value mark : marks.drop_front())
    mine = thread.orOf(mine, mark);
  Value any = NVVM::VoteSyncOp::create(rewriter, op.getLoc(), rewriter.getI1Type(),
                                       thread.constant(-1), mine, NVVM::VoteSyncKind::any);
  auto choice = scf::IfOp::create(rewriter, op.getLoc(), TypeRange(adaptor.getAcc()), any,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(rewriter, op.getLoc(), adaptor.getAcc());
  rewriter.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> sums = build();
  for (auto [sum, mark, old] : llvm::zip_equal(sums, marks, adaptor.getAcc()))
    sum = thread.select(mark, sum, old);
  scf::YieldOp::create(rewriter, op.getLoc(), sums);
  replaceWithRegisters(rewriter, op, llvm::to_vector_of<Value>(choice.getResults()));
  return success();
}

void sattn_nv::populateProductPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<LoadAPattern, ColumnsPattern, ScaleColumnsPattern, MmaPattern>(
      converter, patterns.getContext());
}
