//===- ProductToNVVM.cpp - Matrix products -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ldmatrix and mma.sync m16n8k16 (PTX ISA, "Matrix fragments for mma.m16n8k16")
// or, for tf32, m16n8k8: of a tile of f32, an 8 x 8 matrix of ldmatrix is 8
// rows by 4 columns.
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
    for (int64_t step = 0; step < type.getNumColumns() / type.getStepColumns(); ++step)
      llvm::append_range(registers,
                         thread.loadMatrices(
                             address.get(2 * step + first / tile.getChunkColumns()), false));
  }
  if (type.getElementType().isTF32())
    for (Value &value : registers)
      value = thread.roundToTF32(value);
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// Columns that the four threads of a quad have in one register: 2 t and 2 t +
/// 1 of eight or, of tf32, t of four.
static int64_t getRegisterColumns(FragType type) { return type.getStepColumns() / 2; }

/// Column of the first element that register `i` of step `step` has in thread
/// 0.
static int64_t getFirstColumn(FragType type, int64_t step, int64_t i) {
  return type.getStepColumns() * step + getRegisterColumns(type) * (i / 2);
}

namespace {
/// The elements of a register that lie in [first, end); others zero.
class ColumnMask {
public:
  ColumnMask(ThreadBuilder &thread, FragType type, int64_t first, int64_t end)
      : thread(thread), width(getRegisterColumns(type)), first(first), end(end) {}

  Value apply(Value packed, int64_t column) {
    if (column + width <= first || column >= end)
      return thread.constant(0);
    if (first > column)
      packed = clear(packed, first - column, /*below=*/true);
    if (end < column + width)
      packed = clear(packed, end - column, /*below=*/false);
    return packed;
  }

private:
  /// Clears the elements of a thread below `bound` or from it on.
  Value clear(Value packed, int64_t bound, bool below) {
    Value t = thread.getThreadInGroup();
    auto keep = [&](Value column, int64_t bits) {
      Value isBelow = thread.isLess(column, thread.constant(bound));
      Value kept = thread.constant(bits), none = thread.constant(0);
      return below ? thread.select(isBelow, none, kept) : thread.select(isBelow, kept, none);
    };
    if (width == 4)
      return thread.select(thread.isLess(t, thread.constant(bound)),
                           below ? thread.constant(0) : packed,
                           below ? packed : thread.constant(0));
    // 16 bits each for the pair's first and second element.
    Value pair = thread.shiftLeft(t, 1);
    Value mask = thread.orOf(keep(pair, 0x0000ffff), keep(thread.add(pair, 1), 0xffff0000));
    return arith::AndIOp::create(thread.getBuilder(), thread.getLoc(), packed, mask);
  }

  ThreadBuilder &thread;
  int64_t width, first, end;
};
} // namespace

LogicalResult ColumnsPattern::matchAndRewrite(ColumnsOp op, OneToNOpAdaptor adaptor,
                                              ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType source = op.getSource().getType(), type = op.getType();
  int64_t first = op.getFirst(), columns = type.getStepColumns();
  int64_t firstStep = first / 16 * 16 / columns;
  ColumnMask mask(thread, type, first, first + op.getExtent());
  SmallVector<Value> registers;
  for (int64_t block = 0; block < type.getRowBlocks(); ++block)
    for (int64_t step = firstStep; step < firstStep + type.getNumColumns() / columns; ++step)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t at = (block * (source.getNumColumns() / columns) + step) * 4 + i;
        registers.push_back(mask.apply(adaptor.getSource()[at], getFirstColumn(type, step, i)));
      }
  replaceWithRegisters(rewriter, op, std::move(registers));
  return success();
}

/// The factor `stride` t in thread t.
static Value selectFactor(ThreadBuilder &thread, ArrayRef<float> factors, int64_t stride) {
  Value result = thread.constantF32(factors[3 * stride]);
  for (int64_t t = 2; t >= 0; --t) {
    if (factors[stride * t] == factors[stride * (t + 1)])
      continue;
    Value isBelow = thread.isLess(thread.getThreadInGroup(), thread.constant(t + 1));
    result = thread.select(isBelow, thread.constantF32(factors[stride * t]), result);
  }
  return result;
}

LogicalResult ScaleColumnsPattern::matchAndRewrite(ScaleColumnsOp op, OneToNOpAdaptor adaptor,
                                                   ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  FragType type = op.getType();
  ArrayRef<float> factors = op.getFactors();
  SmallVector<Value> registers;
  int64_t numSteps = type.getNumColumns() / type.getStepColumns();
  for (auto [at, packed] : llvm::enumerate(adaptor.getSource())) {
    int64_t column = getFirstColumn(type, at / 4 % numSteps, at % 4);
    ArrayRef<float> mine = factors.slice(column, getRegisterColumns(type));
    if (llvm::all_of(mine, [](float factor) { return factor == 1.0f; })) {
      registers.push_back(packed);
      continue;
    }
    auto multiply = [&](Value element, int64_t first, int64_t stride) -> Value {
      return arith::MulFOp::create(rewriter, op.getLoc(), element,
                                   selectFactor(thread, mine.drop_front(first), stride));
    };
    if (type.getElementType().isTF32()) {
      Value single = LLVM::BitcastOp::create(rewriter, op.getLoc(), rewriter.getF32Type(), packed);
      registers.push_back(thread.roundToTF32(multiply(single, 0, 1)));
      continue;
    }
    auto [low, high] = thread.unpack(packed, type.getElementType());
    registers.push_back(
        thread.pack(multiply(low, 0, 2), multiply(high, 1, 2), type.getElementType()));
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
    numSteps = aType.getNumColumns() / aType.getStepColumns();
  }

  /// The tile holds the second operand by columns: b[k][n] is element (n, k).
  SmallVector<Value> buildByColumns();
  /// The tile holds it by rows: b[k][n] is element (k, n).
  SmallVector<Value> buildByRows();

private:
  /// Sixteen columns from `column` on, one step of contracted elements.
  void multiply(int64_t step, int64_t column, SmallVector<Value> matrices);
  /// `buildByRows` of a tile of f32, whose elements ldmatrix cannot transpose.
  SmallVector<Value> buildBySingleRows();

  ThreadBuilder thread;
  FragType aType, accType;
  TileType tile;
  int64_t first, strip, numSteps;
  ValueRange a;
  Value base;
  SmallVector<Value> sums;
};
} // namespace

void TileProduct::multiply(int64_t step, int64_t column, SmallVector<Value> matrices) {
  if (aType.getElementType().isTF32())
    for (Value &value : matrices)
      value = thread.roundToTF32(value);
  int64_t units = accType.getNumColumns() / 8;
  for (int64_t block = 0; block < aType.getRowBlocks(); ++block)
    for (int64_t half = 0; half < 2; ++half) {
      int64_t at = (block * units + column / 8 + half) * 4;
      SmallVector<Value> product = thread.multiply(
          ThreadBuilder::takeStep(aType, a, block, step), matrices[2 * half],
          matrices[2 * half + 1], ArrayRef(sums).slice(at, 4), aType.getElementType());
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
    addresses.push_back(address.get(2 * step + first / tile.getChunkColumns()));
  for (int64_t column = 0; column < accType.getNumColumns(); column += 16)
    for (int64_t step = 0; step < numSteps; ++step)
      multiply(step, column,
               thread.loadMatrices(thread.add(addresses[step], (strip + column) * TileType::kPanelBytes),
                                   /*transposed=*/false));
  return sums;
}

SmallVector<Value> TileProduct::buildBySingleRows() {
  RowPairs rows(thread, tile, base);
  for (int64_t step = 0; step < numSteps; ++step)
    for (int64_t column = 0; column < accType.getNumColumns(); column += 16)
      multiply(step, column, rows.load(thread.constant(8 * step + first),
                                       thread.constant((strip + column) / tile.getChunkColumns())));
  return sums;
}

SmallVector<Value> TileProduct::buildByRows() {
  if (aType.getElementType().isTF32())
    return buildBySingleRows();
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
