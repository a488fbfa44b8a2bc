//===- SanitizeToNVVM.cpp - Values of absent pairs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every warp reads the whole value tile and asks whether it has an element that is
// not finite: usually that is all. If there is one, a product of the pairs to keep
// with the indicator of such elements tells where NaN goes, and the tile is cleaned
// between two barriers. All warps decide alike, so barriers are met by all.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <limits>

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
/// Of a register of elements: what is not sign, what carries exponents of only ones into it,
/// the signs; 1 as an operand of 16 bits; bits of an element.
struct ElementBits {
  int64_t magnitude, carry, signs, one, width;
};
// Numbers of f32 that are infinite as tf32 count as infinite; their operands are f16.
constexpr ElementBits kHalf = {0x7fff7fff, 0x04000400, int32_t(0x80008000), 0x3c00, 16};
constexpr ElementBits kBFloat = {0x7fff7fff, 0x00800080, int32_t(0x80008000), 0x3f80, 16};
constexpr ElementBits kSingle = {0x7fffffff, 0x00801000, int32_t(0x80000000), 0x3c00, 32};

class Sanitizer {
public:
  Sanitizer(SanitizeOp op, ValueRange keep, Value tile, ValueRange acc, OpBuilder &builder)
      : thread(builder, op.getLoc()), type(op.getType()), tileType(op.getTile().getType()),
        keep(keep), base(tile), acc(acc) {
    Type element = tileType.getElementType();
    format = element.isF32() ? kSingle : element.isBF16() ? kBFloat : kHalf;
    operandType = element.isF32() ? Type(builder.getF16Type()) : element;
    auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto threads = kernel ? kernel->getAttrOfType<DenseI32ArrayAttr>(
                                NVVM::NVVMDialect::getMaxntidAttrName())
                          : DenseI32ArrayAttr();
    hasProducers = threads && !threads.empty() &&
                   threads[0] > ConfigAttr::kThreadsPerWarp * type.getWarps();
  }

  SmallVector<Value> build();

private:
  Value getNonFinite(Value packed);
  /// `bits` in the elements whose sign is set in `flags`; all other signs are 0.
  Value spread(Value flags, int64_t bits) {
    return thread.mul(thread.shiftRight(flags, format.width - 1), bits);
  }
  SmallVector<Value> loadStep(Value firstRow, Value firstChunk);
  Value buildAnyNonFinite();
  SmallVector<Value> buildIndicator(int64_t firstRow, Value chunk);
  Value getKept(int64_t block, int64_t step, int64_t i);
  SmallVector<Value> buildMarks(Value chunk);
  SmallVector<Value> buildPoisoned();
  void cleanTile();
  void buildBarrier();

  ThreadBuilder thread;
  FragType type;
  TileType tileType;
  ValueRange keep;
  Value base;
  ValueRange acc;
  ElementBits format;
  /// Of products with 0 and 1.
  Type operandType;
  bool hasProducers;
};
} // namespace

/// The sign bit of each element is set where the number's exponent is all ones.
Value Sanitizer::getNonFinite(Value packed) {
  // One more than the largest exponent carries into the sign.
  Value carried = thread.add(thread.andWith(packed, format.magnitude), format.carry);
  return thread.andWith(carried, format.signs);
}

/// Four matrices: sixteen rows from `firstRow` on, two chunks from `firstChunk` on. As second
/// operand where elements have 16 bits.
SmallVector<Value> Sanitizer::loadStep(Value firstRow, Value firstChunk) {
  Value lane = thread.getLane();
  Value row = thread.add(thread.andWith(lane, 15), firstRow);
  Value chunk = thread.add(thread.shiftRight(lane, 4), firstChunk);
  return thread.loadMatrices(thread.getChunk(tileType, base, row, chunk),
                             /*transposed=*/format.width == 16);
}

/// A loop: unrolled, ptxas would have more of the tile in registers than there are.
Value Sanitizer::buildAnyNonFinite() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  auto body = [&](OpBuilder &, Location, Value firstRow, ValueRange carried) {
    Value flags = carried.front();
    int64_t numChunks = tileType.getNumColumns() / tileType.getChunkColumns();
    for (int64_t chunk = 0; chunk < numChunks; chunk += 2)
      for (Value packed : loadStep(firstRow, thread.constant(chunk)))
        flags = thread.orOf(flags, getNonFinite(packed));
    scf::YieldOp::create(builder, loc, flags);
  };
  Value zero = thread.constant(0), rows = thread.constant(tileType.getNumRows());
  Value flags =
      scf::ForOp::create(builder, loc, zero, rows, thread.constant(16), zero, body).getResult(0);
  Value mine =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, flags, thread.constant(0));
  return NVVM::VoteSyncOp::create(builder, loc, builder.getI1Type(), thread.constant(-1), mine,
                                  NVVM::VoteSyncKind::any);
}

/// Register `i` of a first operand that is 1 for pairs to keep, else 0.
Value Sanitizer::getKept(int64_t block, int64_t step, int64_t i) {
  // The accumulator's registers, see `ToAPattern`: two neighbours in one word.
  int64_t first = (block * (tileType.getNumRows() / 8) + 2 * step + i / 2) * 4 + i % 2 * 2;
  Value two = thread.andWith(thread.shiftRight(keep[first / FragType::kRegisterBits],
                                               first % FragType::kRegisterBits),
                             3);
  Value apart = thread.andWith(thread.orOf(two, thread.shiftLeft(two, 15)), 0x10001);
  return thread.mul(apart, format.one);
}

/// 1 where an element is not finite, else 0: sixteen rows by the sixteen columns from chunk
/// `chunk` on, as second operand.
SmallVector<Value> Sanitizer::buildIndicator(int64_t firstRow, Value chunk) {
  SmallVector<Value> indicator;
  if (format.width == 16) {
    for (Value packed : loadStep(thread.constant(firstRow), chunk))
      indicator.push_back(spread(getNonFinite(packed), format.one));
    return indicator;
  }
  RowPairs rows(thread, tileType, base);
  SmallVector<Value> upper = rows.load(thread.constant(firstRow), chunk);
  SmallVector<Value> lower = rows.load(thread.constant(firstRow + 8), chunk);
  for (int64_t half = 0; half < 2; ++half)
    for (ArrayRef<Value> loaded : {ArrayRef(upper), ArrayRef(lower)})
      indicator.push_back(
          thread.orOf(spread(getNonFinite(loaded[2 * half]), format.one),
                      spread(getNonFinite(loaded[2 * half + 1]), format.one << 16)));
  return indicator;
}

/// In bits 8 b to 8 b + 7 (the order of the accumulator's registers) of word b: whether a kept
/// pair of row block b meets an element that is not finite in one of the sixteen columns from
/// chunk `chunk` on.
SmallVector<Value> Sanitizer::buildMarks(Value chunk) {
  OpBuilder &builder = thread.getBuilder();
  Value zero = thread.constantF32(0.0f);
  // Per block of rows two products of eight columns, four registers each.
  SmallVector<Value> sums(8 * type.getRowBlocks(), zero);
  for (int64_t step = 0; step < tileType.getNumRows() / 16; ++step) {
    SmallVector<Value> indicator = buildIndicator(16 * step, chunk);
    for (int64_t block = 0; block < type.getRowBlocks(); ++block) {
      SmallVector<Value> kept;
      for (int64_t i = 0; i < 4; ++i)
        kept.push_back(getKept(block, step, i));
      for (int64_t half = 0; half < 2; ++half) {
        MutableArrayRef<Value> sum = MutableArrayRef(sums).slice(8 * block + 4 * half, 4);
        SmallVector<Value> product =
            thread.multiply(kept, indicator[2 * half], indicator[2 * half + 1], sum,
                            operandType);
        llvm::copy(product, sum.begin());
      }
    }
  }
  SmallVector<Value> marks(type.getRowBlocks(), thread.constant(0));
  for (auto [index, sum] : llvm::enumerate(sums)) {
    Value meets = arith::CmpFOp::create(builder, thread.getLoc(), arith::CmpFPredicate::OGT, sum,
                                        zero);
    Value bit = thread.select(meets, thread.constant(int64_t(1) << index % 8), thread.constant(0));
    marks[index / 8] = thread.orOf(marks[index / 8], bit);
  }
  return marks;
}

/// Loops over 64 columns: unrolled, ptxas would have more of the tile in registers than there
/// are beside the accumulator's. An iteration moves what is there down and adds eight bits on
/// top.
SmallVector<Value> Sanitizer::buildPoisoned() {
  constexpr int64_t kStepBits = 8, kWordColumns = 64;
  int64_t chunkColumns = tileType.getChunkColumns();
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  int64_t units = type.getNumColumns() / 8;
  Value nan = thread.constantF32(std::numeric_limits<float>::quiet_NaN());
  SmallVector<Value> results(acc), zeros(type.getRowBlocks(), thread.constant(0));
  for (int64_t first = 0; first < type.getNumColumns(); first += kWordColumns) {
    int64_t end = std::min(first + kWordColumns, type.getNumColumns());
    auto body = [&](OpBuilder &, Location, Value chunk, ValueRange words) {
      SmallVector<Value> next;
      for (auto [word, mark] : llvm::zip_equal(words, buildMarks(chunk)))
        next.push_back(thread.orOf(thread.shiftRight(word, kStepBits),
                                   thread.shiftLeft(mark, FragType::kRegisterBits - kStepBits)));
      scf::YieldOp::create(builder, loc, next);
    };
    auto loop = scf::ForOp::create(builder, loc, thread.constant(first / chunkColumns),
                                   thread.constant(end / chunkColumns),
                                   thread.constant(16 / chunkColumns), zeros, body);
    int64_t numBits = (end - first) / 2;
    for (int64_t block = 0; block < type.getRowBlocks(); ++block)
      for (int64_t i = 0; i < numBits; ++i) {
        Value bit = thread.andWith(loop.getResult(block),
                                   int64_t(1) << (FragType::kRegisterBits - numBits + i));
        Value isMarked = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bit,
                                               thread.constant(0));
        Value &result = results[(block * units + first / 8) * 4 + i];
        result = thread.select(isMarked, nan, result);
      }
  }
  return results;
}

/// Each thread cleans chunks of 16 bytes.
void Sanitizer::cleanTile() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Type chunkType = VectorType::get({4}, thread.getI32());
  int64_t chunksPerRow = tileType.getNumColumns() / tileType.getChunkColumns();
  int64_t total = tileType.getNumRows() * chunksPerRow;
  int64_t numThreads = ConfigAttr::kThreadsPerWarp * type.getWarps();
  for (int64_t done = 0; done < total; done += numThreads) {
    Value number = thread.add(thread.getThread(), done);
    OpBuilder::InsertionGuard guard(builder);
    if (done + numThreads > total) {
      auto mine = scf::IfOp::create(builder, loc, thread.isLess(number, thread.constant(total)),
                                    /*withElseRegion=*/false);
      builder.setInsertionPointToStart(mine.thenBlock());
    }
    Value offset = thread.getChunk(tileType, base, thread.divide(number, chunksPerRow),
                                   thread.remainder(number, chunksPerRow));
    Value pointer = thread.getSharedPointer(offset);
    Value chunk = LLVM::LoadOp::create(builder, loc, chunkType, pointer, TileType::kChunkBytes);
    for (int64_t i = 0; i < 4; ++i) {
      Value packed = LLVM::ExtractElementOp::create(builder, loc, chunk, thread.constant(i));
      Value bad = spread(getNonFinite(packed), format.width == 16 ? 0xffff : -1);
      Value good = thread.xorOf(bad, thread.constant(-1));
      Value clean = arith::AndIOp::create(builder, loc, packed, good);
      chunk = LLVM::InsertElementOp::create(builder, loc, chunk, clean, thread.constant(i));
    }
    LLVM::StoreOp::create(builder, loc, chunk, pointer, TileType::kChunkBytes);
  }
}

/// Of the warps that hold the fragments: producers are not there.
void Sanitizer::buildBarrier() {
  OpBuilder &builder = thread.getBuilder();
  if (!hasProducers) {
    NVVM::Barrier0Op::create(builder, thread.getLoc());
    return;
  }
  // Barrier 0 is that of the whole block.
  NVVM::BarrierOp::create(builder, thread.getLoc(), /*res=*/Type(), /*barrierId=*/thread.constant(1),
                          thread.constant(ConfigAttr::kThreadsPerWarp * type.getWarps()),
                          NVVM::BarrierReductionAttr(), /*reductionPredicate=*/Value());
}

SmallVector<Value> Sanitizer::build() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Value any = buildAnyNonFinite();
  SmallVector<Type> types(type.getNumRegisters(), builder.getF32Type());
  auto choice = scf::IfOp::create(builder, loc, types, any, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(builder, loc, acc);
  builder.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> poisoned = buildPoisoned();
  buildBarrier();
  cleanTile();
  // TMA wrote the tile and wgmma reads it by another proxy than these stores.
  if (hasProducers)
    NVVM::FenceProxyOp::create(builder, loc, NVVM::ProxyKind::async_shared,
                               NVVM::SharedSpaceAttr::get(builder.getContext(),
                                                          NVVM::SharedSpace::shared_cta));
  buildBarrier();
  scf::YieldOp::create(builder, loc, poisoned);
  return llvm::to_vector_of<Value>(choice.getResults());
}

namespace {
struct SanitizePattern : OpConversionPattern<SanitizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SanitizeOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Sanitizer sanitizer(op, adaptor.getKeep(), adaptor.getTile().front(), adaptor.getAcc(),
                        rewriter);
    replaceWithRegisters(rewriter, op, sanitizer.build());
    return success();
  }
};
} // namespace

void sattn_nv::populateSanitizePatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<SanitizePattern>(converter, patterns.getContext());
}
