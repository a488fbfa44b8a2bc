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
class Sanitizer {
public:
  Sanitizer(SanitizeOp op, ValueRange keep, Value tile, OpBuilder &builder)
      : thread(builder, op.getLoc()), keepType(op.getKeep().getType()), type(op.getType()),
        tileType(op.getTile().getType()), keep(keep), base(tile) {
    isBF16 = tileType.getElementType().isBF16();
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
  SmallVector<Value> loadStep(int64_t step, int64_t column);
  Value buildAnyNonFinite();
  SmallVector<Value> buildPoison();
  void cleanTile();
  void buildBarrier();

  ThreadBuilder thread;
  FragType keepType, type;
  TileType tileType;
  ValueRange keep;
  Value base;
  bool isBF16, hasProducers;
};
} // namespace

/// The sign bit of each half is set where the number's exponent is all ones.
Value Sanitizer::getNonFinite(Value packed) {
  Value magnitude = thread.andWith(packed, 0x7fff7fff);
  // One more than the largest exponent carries into the sign.
  Value carried = thread.add(magnitude, isBF16 ? 0x00800080 : 0x04000400);
  return thread.andWith(carried, int32_t(0x80008000));
}

SmallVector<Value> Sanitizer::loadStep(int64_t step, int64_t column) {
  Value lane = thread.getLane();
  Value row = thread.add(thread.andWith(lane, 15), 16 * step);
  Value chunk = thread.add(thread.shiftRight(lane, 4), column / 8);
  return thread.loadMatrices(thread.getChunk(tileType, base, row, chunk), /*transposed=*/true);
}

Value Sanitizer::buildAnyNonFinite() {
  OpBuilder &builder = thread.getBuilder();
  Value flags = thread.constant(0);
  for (int64_t step = 0; step < tileType.getNumRows() / 16; ++step)
    for (int64_t column = 0; column < tileType.getNumColumns(); column += 16)
      for (Value packed : loadStep(step, column))
        flags = thread.orOf(flags, getNonFinite(packed));
  Value mine = arith::CmpIOp::create(builder, thread.getLoc(), arith::CmpIPredicate::ne, flags,
                                     thread.constant(0));
  return NVVM::VoteSyncOp::create(builder, thread.getLoc(), builder.getI1Type(),
                                  thread.constant(-1), mine, NVVM::VoteSyncKind::any);
}

/// NaN where a kept pair meets an element that is not finite.
SmallVector<Value> Sanitizer::buildPoison() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Value zero = thread.constantF32(0.0f);
  Value nan = thread.constantF32(std::numeric_limits<float>::quiet_NaN());
  SmallVector<Value> sums(type.getNumRegisters(), zero);
  int64_t one = isBF16 ? 0x3f80 : 0x3c00;
  int64_t units = type.getNumColumns() / 8, numSteps = keepType.getNumColumns() / 16;
  for (int64_t step = 0; step < numSteps; ++step)
    for (int64_t column = 0; column < tileType.getNumColumns(); column += 16) {
      SmallVector<Value> indicator;
      for (Value packed : loadStep(step, column))
        indicator.push_back(thread.mul(thread.shiftRight(getNonFinite(packed), 15), one));
      for (int64_t block = 0; block < type.getRowBlocks(); ++block)
        for (int64_t half = 0; half < 2; ++half) {
          int64_t at = (block * units + column / 8 + half) * 4;
          SmallVector<Value> product =
              thread.multiply(keep.slice((block * numSteps + step) * 4, 4), indicator[2 * half],
                              indicator[2 * half + 1], ArrayRef(sums).slice(at, 4),
                              tileType.getElementType());
          llvm::copy(product, sums.begin() + at);
        }
    }
  for (Value &sum : sums) {
    Value meets = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, sum, zero);
    sum = thread.select(meets, nan, zero);
  }
  return sums;
}

/// Each thread cleans chunks of 16 bytes.
void Sanitizer::cleanTile() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  Type chunkType = VectorType::get({4}, thread.getI32());
  int64_t chunksPerRow = tileType.getNumColumns() / 8;
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
      Value bad = thread.mul(thread.shiftRight(getNonFinite(packed), 15), 0xffff);
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
  scf::YieldOp::create(builder, loc,
                       SmallVector<Value>(types.size(), thread.constantF32(0.0f)));
  builder.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> poison = buildPoison();
  buildBarrier();
  cleanTile();
  // TMA wrote the tile and wgmma reads it by another proxy than these stores.
  if (hasProducers)
    NVVM::FenceProxyOp::create(builder, loc, NVVM::ProxyKind::async_shared,
                               NVVM::SharedSpaceAttr::get(builder.getContext(),
                                                          NVVM::SharedSpace::shared_cta));
  buildBarrier();
  scf::YieldOp::create(builder, loc, poison);
  return llvm::to_vector_of<Value>(choice.getResults());
}

namespace {
struct SanitizePattern : OpConversionPattern<SanitizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SanitizeOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Sanitizer sanitizer(op, adaptor.getKeep(), adaptor.getTile().front(), rewriter);
    replaceWithRegisters(rewriter, op, sanitizer.build());
    return success();
  }
};
} // namespace

void sattn_nv::populateSanitizePatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<SanitizePattern>(converter, patterns.getContext());
}
