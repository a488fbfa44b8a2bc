//===- ThreadMemoryToNVVM.cpp - Memory of single threads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels without fragments do with memrefs: store elements, keep scratch
// buffers on the stack, read constants, drop and add unit axes.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
struct StorePattern : OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::StoreOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type elementType = op.getMemRefType().getElementType();
    BufferValues buffer(op.getMemRefType(), adaptor.getMemref());
    Value pointer = buildElementPointer(rewriter, op.getLoc(), buffer, elementType,
                                        getAsOpFoldResult(op.getIndices()));
    Value stored = toStorage(rewriter, op.getLoc(), op.getValueToStore());
    rewriter.replaceOpWithNewOp<LLVM::StoreOp>(op, stored, pointer);
    return success();
  }
};

struct AllocaPattern : OpConversionPattern<memref::AllocaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::AllocaOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    if (!type.hasStaticShape() || !type.getLayout().isIdentity())
      return rewriter.notifyMatchFailure(op, "expected a static size");
    Value count = LLVM::ConstantOp::create(
        rewriter, op.getLoc(),
        rewriter.getI32IntegerAttr(std::max<int64_t>(type.getNumElements(), 1)));
    rewriter.replaceOpWithNewOp<LLVM::AllocaOp>(
        op, LLVM::LLVMPointerType::get(op.getContext()), getStorageType(type.getElementType()),
        count);
    return success();
  }
};

/// The address of a constant, which is in global memory.
struct GetGlobalPattern : OpConversionPattern<memref::GetGlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::GetGlobalOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto global = LLVM::LLVMPointerType::get(op.getContext(), kGlobalMemorySpace);
    Value address = LLVM::AddressOfOp::create(rewriter, op.getLoc(), global, op.getName());
    rewriter.replaceOp(op, castPointer(rewriter, op.getLoc(), address,
                                       getTypeConverter()->convertType(op.getType())));
    return success();
  }
};

struct GlobalPattern : OpConversionPattern<memref::GlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::GlobalOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

/// Axes are merged or split; elements stay where they are.
template <typename OpTy, bool isExpansion> struct ReshapePattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    return failure();
  }
  LogicalResult matchAndRewrite(OpTy op,
                                typename OpConversionPattern<OpTy>::OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getResultType();
    BufferValues buffer(op.getSrcType(), adaptor.getSrc());
    if (!type.hasStaticShape() || !op.getSrcType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    auto [strides, offset] = type.getStridesAndOffset();
    SmallVector<Value> values = {buffer.pointer};
    for (auto [group, axes] : llvm::enumerate(op.getReassociationIndices()))
      if (failed(appendStrides(op, rewriter, buffer, group, axes, strides, values)))
        return failure();
    replaceWithRegisters(rewriter, op, std::move(values));
    return success();
  }

private:
  /// Strides of the result's axes of one group that are not static. All are the
  /// stride of the only other axis that is longer than 1, or do not matter.
  static LogicalResult appendStrides(OpTy op, ConversionPatternRewriter &rewriter,
                                     const BufferValues &buffer, unsigned group,
                                     ArrayRef<int64_t> axes, ArrayRef<int64_t> strides,
                                     SmallVectorImpl<Value> &values) {
    auto getWide = [&](unsigned axis) {
      return getWideStride(rewriter, op.getLoc(), buffer, axis);
    };
    if (isExpansion) {
      for (int64_t axis : axes)
        if (ShapedType::isDynamic(strides[axis])) {
          bool isUnit = llvm::count_if(axes, [&](int64_t other) {
                          return op.getResultType().getDimSize(other) != 1;
                        }) <= 1;
          if (!isUnit)
            return rewriter.notifyMatchFailure(op, "expected groups with one axis");
          values.push_back(getWide(group));
        }
      return success();
    }
    if (!ShapedType::isDynamic(strides[group]))
      return success();
    unsigned source = axes.back();
    for (int64_t axis : axes)
      if (op.getSrcType().getDimSize(axis) != 1)
        source = axis;
    values.push_back(getWide(source));
    return success();
  }
};
} // namespace

/// Booleans are bytes, `index` is i64.
static Attribute toStorage(DenseElementsAttr values) {
  Type type = values.getElementType(), stored = getStorageType(type);
  if (stored == type)
    return values;
  return values.mapValues(stored, [&](const APInt &value) {
    return value.zextOrTrunc(stored.getIntOrFloatBitWidth());
  });
}

LogicalResult GlobalPattern::matchAndRewrite(memref::GlobalOp op, OpAdaptor adaptor,
                                             ConversionPatternRewriter &rewriter) const {
  auto values = dyn_cast_or_null<DenseElementsAttr>(op.getInitialValue().value_or(Attribute()));
  if (!values)
    return rewriter.notifyMatchFailure(op, "expected a constant of dense elements");
  int64_t count = values.getNumElements();
  auto flat = RankedTensorType::get({count}, values.getElementType());
  auto type = LLVM::LLVMArrayType::get(getStorageType(values.getElementType()), count);
  rewriter.replaceOpWithNewOp<LLVM::GlobalOp>(
      op, type, /*isConstant=*/true, LLVM::Linkage::Private, op.getSymName(),
      toStorage(values.reshape(flat)), /*alignment=*/16, kGlobalMemorySpace);
  return success();
}

void sattn_nv::populateThreadMemoryPatterns(TypeConverter &converter,
                                            RewritePatternSet &patterns) {
  patterns.add<StorePattern, AllocaPattern, GetGlobalPattern, GlobalPattern,
               ReshapePattern<memref::CollapseShapeOp, false>,
               ReshapePattern<memref::ExpandShapeOp, true>>(converter, patterns.getContext());
}
