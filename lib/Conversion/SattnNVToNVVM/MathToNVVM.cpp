//===- MathToNVVM.cpp - Functions as instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What upstream would lower to calls of libdevice, a library of CUDA's compiler,
// becomes instructions here.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr llvm::StringLiteral kExp2 = "llvm.nvvm.ex2.approx.ftz.f";
static constexpr llvm::StringLiteral kLog2 = "llvm.nvvm.lg2.approx.ftz.f";
static constexpr llvm::StringLiteral kReciprocal = "llvm.nvvm.rcp.approx.ftz.f";
static constexpr llvm::StringLiteral kSqrt = "llvm.nvvm.sqrt.rn.ftz.f";
static constexpr llvm::StringLiteral kRsqrt = "llvm.nvvm.rsqrt.approx.ftz.f";
static constexpr llvm::StringLiteral kSin = "llvm.nvvm.sin.approx.ftz.f";
static constexpr llvm::StringLiteral kCos = "llvm.nvvm.cos.approx.ftz.f";
static constexpr float kLog2E = 1.44269504f, kLn2 = 0.693147181f;

static Value call(OpBuilder &builder, Location loc, StringRef intrinsic, Value argument) {
  return LLVM::CallIntrinsicOp::create(builder, loc, builder.getF32Type(),
                                       builder.getStringAttr(intrinsic), ValueRange{argument})
      .getResult(0);
}

static Value multiply(OpBuilder &builder, Location loc, Value value, float factor) {
  Value constant = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(factor));
  return arith::MulFOp::create(builder, loc, value, constant);
}

namespace {
/// An f32 function with an instruction of its own.
template <typename OpTy> struct IntrinsicPattern : OpConversionPattern<OpTy> {
  IntrinsicPattern(const TypeConverter &converter, MLIRContext *context, StringRef intrinsic,
                   float before = 1.0f, float after = 1.0f)
      : OpConversionPattern<OpTy>(converter, context), intrinsic(intrinsic), before(before),
        after(after) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expected f32");
    Location loc = op.getLoc();
    Value value = adaptor.getOperand();
    if (before != 1.0f)
      value = multiply(rewriter, loc, value, before);
    value = call(rewriter, loc, intrinsic, value);
    rewriter.replaceOp(op, after == 1.0f ? value : multiply(rewriter, loc, value, after));
    return success();
  }

private:
  StringRef intrinsic;
  float before, after;
};

/// An op of the LLVM dialect with the same operands.
template <typename OpTy, typename LLVMOpTy> struct SameOperandsPattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVMOpTy>(op, op.getType(), adaptor.getOperands());
    return success();
  }
};

struct DivisionPattern : OpConversionPattern<arith::DivFOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value inverse = call(rewriter, op.getLoc(), kReciprocal, adaptor.getRhs());
    if (matchPattern(op.getLhs(), m_OneFloat()))
      rewriter.replaceOp(op, inverse);
    else
      rewriter.replaceOpWithNewOp<arith::MulFOp>(op, adaptor.getLhs(), inverse);
    return success();
  }
};

/// 1 - 2 / (1 + exp(2 x)): absolute error of a few 2^-24, right at both infinities.
struct TanhPattern : OpConversionPattern<math::TanhOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::TanhOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expected f32");
    Location loc = op.getLoc();
    Value one = arith::ConstantOp::create(rewriter, loc, rewriter.getF32FloatAttr(1.0f));
    Value exp = call(rewriter, loc, kExp2, multiply(rewriter, loc, adaptor.getOperand(), 2 * kLog2E));
    Value inverse = call(rewriter, loc, kReciprocal, arith::AddFOp::create(rewriter, loc, one, exp));
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, one, multiply(rewriter, loc, inverse, 2.0f));
    return success();
  }
};
} // namespace

void sattn_nv::populateMathPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<IntrinsicPattern<math::Exp2Op>>(converter, context, kExp2);
  patterns.add<IntrinsicPattern<math::ExpOp>>(converter, context, kExp2, kLog2E);
  patterns.add<IntrinsicPattern<math::Log2Op>>(converter, context, kLog2);
  patterns.add<IntrinsicPattern<math::LogOp>>(converter, context, kLog2, 1.0f, kLn2);
  patterns.add<IntrinsicPattern<math::SqrtOp>>(converter, context, kSqrt);
  patterns.add<IntrinsicPattern<math::RsqrtOp>>(converter, context, kRsqrt);
  patterns.add<IntrinsicPattern<math::SinOp>>(converter, context, kSin);
  patterns.add<IntrinsicPattern<math::CosOp>>(converter, context, kCos);
  patterns.add<SameOperandsPattern<math::FmaOp, LLVM::FMAOp>,
               SameOperandsPattern<math::AbsFOp, LLVM::FAbsOp>,
               SameOperandsPattern<math::FloorOp, LLVM::FFloorOp>,
               SameOperandsPattern<math::CeilOp, LLVM::FCeilOp>,
               SameOperandsPattern<math::CopySignOp, LLVM::CopySignOp>,
               SameOperandsPattern<arith::MaxNumFOp, LLVM::MaxNumOp>,
               SameOperandsPattern<arith::MinNumFOp, LLVM::MinNumOp>,
               SameOperandsPattern<arith::MaximumFOp, LLVM::MaximumOp>,
               SameOperandsPattern<arith::MinimumFOp, LLVM::MinimumOp>, DivisionPattern,
               TanhPattern>(converter, context);
}
