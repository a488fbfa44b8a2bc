//===- BufferToNVVM.cpp - Memrefs as pointers and numbers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Offsets of tiles are i64, as tensors may have more than 2^31 elements; offsets
// inside a tile are i32.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn_nv;

BufferValues::BufferValues(MemRefType type, ValueRange values) : pointer(values.front()) {
  unsigned next = 1;
  auto [allStrides, offset] = type.getStridesAndOffset();
  for (int64_t extent : type.getShape()) {
    staticSizes.push_back(extent);
    sizes.push_back(ShapedType::isDynamic(extent) ? values[next++] : Value());
  }
  for (int64_t stride : allStrides) {
    staticStrides.push_back(stride);
    strides.push_back(ShapedType::isDynamic(stride) ? values[next++] : Value());
  }
}

Value BufferValues::getStride(ThreadBuilder &thread, unsigned axis) const {
  return strides[axis] ? thread.toI32(strides[axis]) : thread.constant(staticStrides[axis]);
}

Value BufferValues::isInside(ThreadBuilder &thread, unsigned axis, Value position,
                             int64_t limit) const {
  if (sizes[axis])
    return thread.isLess(position, thread.toI32(sizes[axis]));
  if (staticSizes[axis] >= limit)
    return {};
  return thread.isLess(position, thread.constant(staticSizes[axis]));
}

Value BufferValues::getPointer(ThreadBuilder &thread, Type elementType, Value offset) const {
  return LLVM::GEPOp::create(thread.getBuilder(), thread.getLoc(), pointer.getType(), elementType,
                             pointer, ArrayRef<LLVM::GEPArg>{offset});
}

Type sattn_nv::getStorageType(Type type) {
  if (type.isIndex())
    return IntegerType::get(type.getContext(), 64);
  return type.isInteger(1) ? IntegerType::get(type.getContext(), 8) : type;
}

Value sattn_nv::fromStorage(OpBuilder &builder, Location loc, Value stored, Type type) {
  if (type.isIndex())
    return arith::IndexCastOp::create(builder, loc, type, stored);
  return stored.getType() == type ? stored
                                  : arith::TruncIOp::create(builder, loc, type, stored).getResult();
}

Value sattn_nv::toStorage(OpBuilder &builder, Location loc, Value value) {
  Type stored = getStorageType(value.getType());
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, stored, value);
  return stored == value.getType() ? value
                                   : arith::ExtUIOp::create(builder, loc, stored, value).getResult();
}

Value sattn_nv::castPointer(OpBuilder &builder, Location loc, Value pointer, Type type) {
  return pointer.getType() == type
             ? pointer
             : LLVM::AddrSpaceCastOp::create(builder, loc, type, pointer).getResult();
}

void sattn_nv::populateTypeConversions(TypeConverter &converter, unsigned addressSpace) {
  using Types = SmallVectorImpl<Type>;
  using Converted = std::optional<LogicalResult>;
  converter.addConversion([](Type type) { return type; });
  // A tile is the offset of its first byte and that of the barrier to release it at; a
  // ring the offsets of its slots and barriers.
  converter.addConversion([](TileType type, Types &types) -> Converted {
    types.append(2, IntegerType::get(type.getContext(), 32));
    return success();
  });
  converter.addConversion([](RingType type, Types &types) -> Converted {
    types.append(2, IntegerType::get(type.getContext(), 32));
    return success();
  });
  converter.addConversion([](FragType type, Types &types) -> Converted {
    Type element = type.getLayout() == Layout::a || type.getLayout() == Layout::bits ||
                           type.getElementType().isTF32()
                       ? Type(IntegerType::get(type.getContext(), 32))
                       : type.getElementType();
    types.append(type.getNumRegisters(), element);
    return success();
  });
  converter.addConversion([addressSpace](MemRefType type, Types &types) -> Converted {
    MLIRContext *context = type.getContext();
    types.push_back(LLVM::LLVMPointerType::get(context, addressSpace));
    types.append(type.getNumDynamicDims(), IndexType::get(context));
    auto [strides, offset] = type.getStridesAndOffset();
    types.append(llvm::count_if(strides, ShapedType::isDynamic), IntegerType::get(context, 64));
    return success();
  });
}

namespace {
struct ViewPattern : OpConversionPattern<ViewOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ViewOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertType(op.getType(), types)))
      return failure();
    SmallVector<Value> values = {
        castPointer(rewriter, op.getLoc(), op.getPointer(), types.front())};
    llvm::append_range(values, op.getSizes());
    llvm::append_range(values, op.getStrides());
    replaceWithRegisters(rewriter, op, std::move(values));
    return success();
  }
};

struct DimPattern : OpConversionPattern<memref::DimOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::DimOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    std::optional<int64_t> axis = op.getConstantIndex();
    auto type = dyn_cast<MemRefType>(op.getSource().getType());
    if (!axis || !type || *axis >= type.getRank())
      return rewriter.notifyMatchFailure(op, "expected a constant axis of a ranked memref");
    BufferValues buffer(type, adaptor.getSource());
    Value size = buffer.sizes[*axis];
    if (!size)
      size = arith::ConstantIndexOp::create(rewriter, op.getLoc(), buffer.staticSizes[*axis]);
    rewriter.replaceOp(op, size);
    return success();
  }
};

struct SubViewPattern : OpConversionPattern<memref::SubViewOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::SubViewOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

/// Casts change what is static.
struct CastPattern : OpConversionPattern<memref::CastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::CastOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

/// A scalar, like the position of a row's first query.
struct ScalarLoadPattern : OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::LoadOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};
} // namespace

static Value buildI64(OpBuilder &builder, Location loc, OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(*constant));
  return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), cast<Value>(value));
}

Value sattn_nv::getWideStride(OpBuilder &builder, Location loc, const BufferValues &buffer,
                              unsigned axis) {
  if (Value stride = buffer.strides[axis])
    return stride;
  return buildI64(builder, loc, builder.getIndexAttr(buffer.staticStrides[axis]));
}

Value sattn_nv::buildElementPointer(OpBuilder &builder, Location loc, const BufferValues &buffer,
                                    Type elementType, ArrayRef<OpFoldResult> offsets) {
  Value sum;
  for (auto [axis, offset] : llvm::enumerate(offsets)) {
    if (getConstantIntValue(offset) == 0)
      continue;
    Value product = arith::MulIOp::create(builder, loc, buildI64(builder, loc, offset),
                                          getWideStride(builder, loc, buffer, axis));
    sum = sum ? arith::AddIOp::create(builder, loc, sum, product).getResult() : product;
  }
  if (!sum)
    return buffer.pointer;
  return LLVM::GEPOp::create(builder, loc, buffer.pointer.getType(), getStorageType(elementType),
                             buffer.pointer, ArrayRef<LLVM::GEPArg>{sum});
}

LogicalResult SubViewPattern::matchAndRewrite(memref::SubViewOp op, OneToNOpAdaptor adaptor,
                                              ConversionPatternRewriter &rewriter) const {
  MemRefType source = op.getSourceType(), type = op.getType();
  if (llvm::any_of(op.getMixedStrides(),
                   [](OpFoldResult stride) { return getConstantIntValue(stride) != 1; }))
    return rewriter.notifyMatchFailure(op, "expected unit strides");
  BufferValues buffer(source, adaptor.getSource());
  SmallVector<Value> values = {buildElementPointer(rewriter, op.getLoc(), buffer,
                                                   source.getElementType(),
                                                   op.getMixedOffsets())};
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  for (auto [axis, size] : llvm::enumerate(sizes))
    if (auto value = dyn_cast<Value>(size); value && !dropped.test(axis))
      values.push_back(value);
  auto [strides, offset] = type.getStridesAndOffset();
  unsigned next = 0;
  for (unsigned axis = 0; axis < sizes.size(); ++axis)
    if (!dropped.test(axis) && ShapedType::isDynamic(strides[next++]))
      values.push_back(getWideStride(rewriter, op.getLoc(), buffer, axis));
  replaceWithRegisters(rewriter, op, std::move(values));
  return success();
}

LogicalResult CastPattern::matchAndRewrite(memref::CastOp op, OneToNOpAdaptor adaptor,
                                           ConversionPatternRewriter &rewriter) const {
  auto source = dyn_cast<MemRefType>(op.getSource().getType());
  auto type = dyn_cast<MemRefType>(op.getType());
  if (!source || !type)
    return rewriter.notifyMatchFailure(op, "expected ranked memrefs");
  BufferValues buffer(source, adaptor.getSource());
  SmallVector<Value> values = {buffer.pointer};
  auto [strides, offset] = type.getStridesAndOffset();
  for (unsigned axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      values.push_back(buffer.sizes[axis]
                           ? buffer.sizes[axis]
                           : arith::ConstantIndexOp::create(rewriter, op.getLoc(),
                                                            buffer.staticSizes[axis])
                                 .getResult());
  for (unsigned axis = 0; axis < type.getRank(); ++axis)
    if (ShapedType::isDynamic(strides[axis]))
      values.push_back(getWideStride(rewriter, op.getLoc(), buffer, axis));
  replaceWithRegisters(rewriter, op, std::move(values));
  return success();
}

LogicalResult ScalarLoadPattern::matchAndRewrite(memref::LoadOp op, OneToNOpAdaptor adaptor,
                                                 ConversionPatternRewriter &rewriter) const {
  MemRefType type = op.getMemRefType();
  BufferValues buffer(type, adaptor.getMemref());
  Type elementType = type.getElementType();
  Value pointer = buildElementPointer(rewriter, op.getLoc(), buffer, elementType,
                                      getAsOpFoldResult(op.getIndices()));
  Value stored =
      LLVM::LoadOp::create(rewriter, op.getLoc(), getStorageType(elementType), pointer);
  rewriter.replaceOp(op, fromStorage(rewriter, op.getLoc(), stored, elementType));
  return success();
}

void sattn_nv::populateBufferPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ViewPattern, DimPattern, SubViewPattern, CastPattern, ScalarLoadPattern>(
      converter, patterns.getContext());
}
