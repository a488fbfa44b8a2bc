//===- ThreadBuilder.cpp - Builds the code of one thread -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn_nv;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value ThreadBuilder::constant(int64_t value) {
  return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(int32_t(value)));
}
Value ThreadBuilder::constantF32(float value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}
Value ThreadBuilder::add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value ThreadBuilder::add(Value a, int64_t b) { return b == 0 ? a : add(a, constant(b)); }
Value ThreadBuilder::mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
Value ThreadBuilder::mul(Value a, int64_t b) { return mul(a, constant(b)); }
Value ThreadBuilder::andWith(Value a, int64_t mask) {
  return arith::AndIOp::create(builder, loc, a, constant(mask));
}
Value ThreadBuilder::orOf(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }
Value ThreadBuilder::xorOf(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
Value ThreadBuilder::shiftRight(Value a, int64_t bits) {
  return arith::ShRUIOp::create(builder, loc, a, constant(bits));
}
Value ThreadBuilder::shiftLeft(Value a, int64_t bits) {
  return arith::ShLIOp::create(builder, loc, a, constant(bits));
}
Value ThreadBuilder::divide(Value a, int64_t b) {
  return arith::DivUIOp::create(builder, loc, a, constant(b));
}
Value ThreadBuilder::remainder(Value a, int64_t b) {
  return arith::RemUIOp::create(builder, loc, a, constant(b));
}
Value ThreadBuilder::isLess(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}
Value ThreadBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}
Value ThreadBuilder::toI32(Value value) {
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, getI32(), value);
  if (value.getType().isInteger(64))
    return arith::TruncIOp::create(builder, loc, getI32(), value);
  return value;
}
Value ThreadBuilder::toIndex(Value value) {
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
}

//===----------------------------------------------------------------------===//
// The thread's place
//===----------------------------------------------------------------------===//

Value ThreadBuilder::getThread() { return NVVM::ThreadIdXOp::create(builder, loc, getI32()); }
Value ThreadBuilder::getLane() { return andWith(getThread(), 31); }
Value ThreadBuilder::getWarp() { return shiftRight(getThread(), 5); }
Value ThreadBuilder::getGroup() { return shiftRight(getLane(), 2); }
Value ThreadBuilder::getThreadInGroup() { return andWith(getThread(), 3); }
Value ThreadBuilder::getRow(FragType type, int64_t block, int64_t half) {
  Value first = add(mul(getWarp(), 16), getGroup());
  return add(first, 16 * type.getWarps() * block + 8 * half);
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

Value ThreadBuilder::getSharedPointer(Value offset) {
  Type type = LLVM::LLVMPointerType::get(builder.getContext(), kSharedSpace);
  Value base = LLVM::AddressOfOp::create(builder, loc, type, kSharedMemory);
  return LLVM::GEPOp::create(builder, loc, type, builder.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{offset}, LLVM::GEPNoWrapFlags::inbounds);
}

static constexpr int64_t kChunksPerPanel = TileType::kPanelBytes / TileType::kChunkBytes;

Value ThreadBuilder::getChunk(TileType type, Value base, Value row, Value chunk) {
  Value offset = add(base, mul(row, TileType::kPanelBytes));
  if (type.getNumPanels() > 1) {
    offset = add(offset, mul(divide(chunk, kChunksPerPanel), type.getPanelStride()));
    chunk = andWith(chunk, kChunksPerPanel - 1);
  }
  Value place = xorOf(chunk, andWith(row, kChunksPerPanel - 1));
  return add(offset, shiftLeft(place, llvm::Log2_64(TileType::kChunkBytes)));
}

int64_t ThreadBuilder::getPanelOffset(TileType type, int64_t chunk) {
  return chunk / kChunksPerPanel * type.getPanelStride();
}

SmallVector<Value> ThreadBuilder::loadMatrices(Value offset, bool transposed) {
  MLIRContext *context = builder.getContext();
  Type type = LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(4, getI32()));
  Value loaded = NVVM::LdMatrixOp::create(
      builder, loc, type, getSharedPointer(offset), 4,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8), NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> matrices;
  for (int64_t i = 0; i < 4; ++i)
    matrices.push_back(LLVM::ExtractValueOp::create(builder, loc, loaded, i));
  return matrices;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

SmallVector<Value> ThreadBuilder::multiply(ValueRange a, Value b0, Value b1, ValueRange acc,
                                           Type elementType) {
  bool isTF32 = elementType.isTF32();
  NVVM::MMATypes type = isTF32                 ? NVVM::MMATypes::tf32
                        : elementType.isBF16() ? NVVM::MMATypes::bf16
                                               : NVVM::MMATypes::f16;
  // NVVM takes f16 as pairs, others as bits.
  auto convert = [&](Value packed) -> Value {
    if (type != NVVM::MMATypes::f16)
      return packed;
    return LLVM::BitcastOp::create(builder, loc, VectorType::get({2}, elementType), packed);
  };
  SmallVector<Value> first, second = {convert(b0), convert(b1)}, sums(acc);
  for (Value packed : a)
    first.push_back(convert(packed));
  Type resultType = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                                     SmallVector<Type>(4, builder.getF32Type()));
  Value product = NVVM::MmaOp::create(
      builder, loc, resultType, first, second, sums, ArrayRef<int64_t>{16, 8, isTF32 ? 8 : 16},
      std::nullopt, std::nullopt, std::array<NVVM::MMATypes, 2>{type, type},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row, NVVM::MMALayout::col});
  SmallVector<Value> results;
  for (int64_t i = 0; i < 4; ++i)
    results.push_back(LLVM::ExtractValueOp::create(builder, loc, product, i));
  return results;
}

SmallVector<Value> ThreadBuilder::takeStep(FragType type, ValueRange a, int64_t block,
                                           int64_t step) {
  int64_t numSteps = type.getNumColumns() / type.getStepColumns();
  ValueRange registers = a.slice((block * numSteps + step) * 4, 4);
  // An accumulator holds columns 2 t, 2 t + 1 of row g, then of row g + 8; an
  // operand the first column of both rows, then the second.
  if (type.getLayout() == Layout::acc)
    return {registers[0], registers[2], registers[1], registers[3]};
  return llvm::to_vector(registers);
}

Value ThreadBuilder::roundToTF32(Value value) {
  if (!value.getType().isF32())
    value = LLVM::BitcastOp::create(builder, loc, builder.getF32Type(), value);
  return NVVM::ConvertFloatToTF32Op::create(builder, loc, getI32(), value,
                                            NVVM::FPRoundingMode::RNA);
}

Value ThreadBuilder::pack(Value low, Value high, Type elementType) {
  Value pair = LLVM::PoisonOp::create(builder, loc, VectorType::get({2}, low.getType()));
  pair = LLVM::InsertElementOp::create(builder, loc, pair, low, constant(0));
  pair = LLVM::InsertElementOp::create(builder, loc, pair, high, constant(1));
  if (low.getType() != elementType)
    pair = LLVM::FPTruncOp::create(builder, loc, VectorType::get({2}, elementType), pair);
  return LLVM::BitcastOp::create(builder, loc, getI32(), pair);
}

std::pair<Value, Value> ThreadBuilder::unpack(Value packed, Type elementType) {
  Value pair =
      LLVM::BitcastOp::create(builder, loc, VectorType::get({2}, elementType), packed);
  Value wide =
      LLVM::FPExtOp::create(builder, loc, VectorType::get({2}, builder.getF32Type()), pair);
  return {LLVM::ExtractElementOp::create(builder, loc, wide, constant(0)),
          LLVM::ExtractElementOp::create(builder, loc, wide, constant(1))};
}

//===----------------------------------------------------------------------===//
// RowPairs
//===----------------------------------------------------------------------===//

RowPairs::RowPairs(ThreadBuilder &thread, TileType type, Value base) : thread(thread), type(type) {
  Value g = thread.getGroup(), first = thread.shiftLeft(thread.getThreadInGroup(), 1);
  int64_t chunkColumns = type.getChunkColumns();
  Value inChunk = thread.mul(thread.andWith(g, chunkColumns - 1), type.getElementBytes());
  for (int64_t i = 0; i < 2; ++i) {
    Value row = thread.add(first, i);
    starts[i] = thread.add(base, thread.mul(row, TileType::kPanelBytes));
    Value chunk = thread.xorOf(row, thread.divide(g, chunkColumns));
    places[i] = thread.orOf(thread.shiftLeft(chunk, llvm::Log2_64(TileType::kChunkBytes)), inChunk);
  }
}

SmallVector<Value> RowPairs::load(Value firstRow, Value firstChunk) const {
  constexpr int64_t kPanelMask = kChunksPerPanel - 1;
  SmallVector<Value> registers;
  Value rows = thread.mul(firstRow, TileType::kPanelBytes);
  for (int64_t half = 0; half < 2; ++half) {
    Value chunk = thread.add(firstChunk, 8 / type.getChunkColumns() * half);
    Value panel = thread.mul(thread.divide(chunk, kChunksPerPanel), type.getPanelStride());
    Value inPanel =
        thread.shiftLeft(thread.andWith(chunk, kPanelMask), llvm::Log2_64(TileType::kChunkBytes));
    for (int64_t i = 0; i < 2; ++i) {
      Value offset = thread.add(thread.add(starts[i], thread.xorOf(places[i], inPanel)), panel);
      registers.push_back(LLVM::LoadOp::create(thread.getBuilder(), thread.getLoc(),
                                               thread.getI32(),
                                               thread.getSharedPointer(thread.add(offset, rows))));
    }
  }
  return registers;
}
