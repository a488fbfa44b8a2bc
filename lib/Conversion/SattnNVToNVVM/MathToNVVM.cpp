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

/// True in kernels without fragments, which compute in f32 what is f32: errors that are
/// small beside 1 are too large there for tanh near 0 and logarithms near 1.
static bool isExact(Operation *op) {
  auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
  return kernel && !kernel->hasAttr(SattnNVDialect::kSharedBytes);
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
    if (isa<math::LogOp, math::Log2Op>(op) && isExact(op))
      return rewriter.notifyMatchFailure(op, "expected a kernel on fragments");
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

/// The same instruction for f32 and f64.
template <typename OpTy> struct RoundingPattern : OpConversionPattern<OpTy> {
  RoundingPattern(const TypeConverter &converter, MLIRContext *context, StringRef name)
      : OpConversionPattern<OpTy>(converter, context), name(name) {}
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!type.isF32() && !type.isF64())
      return rewriter.notifyMatchFailure(op, "expected f32 or f64");
    rewriter.replaceOp(op, LLVM::CallIntrinsicOp::create(
                               rewriter, op.getLoc(), type,
                               rewriter.getStringAttr((name + (type.isF32() ? ".f" : ".d")).str()),
                               adaptor.getOperands()));
    return success();
  }

private:
  StringRef name;
};

/// Half-way cases away from zero: one more where the fraction is a half or more.
struct RoundPattern : OpConversionPattern<math::RoundOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::RoundOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type type = op.getType();
    Value x = adaptor.getOperand();
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(rewriter, loc, rewriter.getFloatAttr(type, value));
    };
    Value whole = math::TruncOp::create(rewriter, loc, x);
    Value rest = math::AbsFOp::create(rewriter, loc, arith::SubFOp::create(rewriter, loc, x, whole));
    Value isMore =
        arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OGE, rest, constant(0.5));
    Value step = arith::SelectOp::create(rewriter, loc, isMore, constant(1.0), constant(0.0));
    step = math::CopySignOp::create(rewriter, loc, step, x);
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, whole, step);
    return success();
  }
};

/// |x| and copysign by bits, whatever the type.
template <typename OpTy> struct SignPattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<FloatType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "expected a scalar");
    Location loc = op.getLoc();
    Type bits = rewriter.getIntegerType(type.getWidth());
    auto mask = [&](Value value, const APInt &kept) -> Value {
      Value constant =
          arith::ConstantOp::create(rewriter, loc, rewriter.getIntegerAttr(bits, kept));
      Value word = arith::BitcastOp::create(rewriter, loc, bits, value);
      return arith::AndIOp::create(rewriter, loc, word, constant);
    };
    ValueRange operands = adaptor.getOperands();
    Value result = mask(operands.front(), APInt::getSignedMaxValue(type.getWidth()));
    if (operands.size() == 2)
      result = arith::OrIOp::create(rewriter, loc, result,
                                    mask(operands.back(), APInt::getSignMask(type.getWidth())));
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, type, result);
    return success();
  }
};

/// Which kind of number: by |x|, which is NaN if x is.
template <typename OpTy> struct ClassificationPattern : OpConversionPattern<OpTy> {
  using Build = Value (*)(OpBuilder &builder, Location loc, Value magnitude, FloatType type);
  ClassificationPattern(const TypeConverter &converter, MLIRContext *context, Build build)
      : OpConversionPattern<OpTy>(converter, context), build(build) {}
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<FloatType>(op.getOperand().getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "expected a scalar");
    Value magnitude = math::AbsFOp::create(rewriter, op.getLoc(), adaptor.getOperand());
    rewriter.replaceOp(op, build(rewriter, op.getLoc(), magnitude, type));
    return success();
  }

private:
  Build build;
};

struct ClampPattern : OpConversionPattern<math::ClampFOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::ClampFOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value above = arith::MaximumFOp::create(rewriter, op.getLoc(), adaptor.getValue(),
                                            adaptor.getMin());
    rewriter.replaceOpWithNewOp<arith::MinimumFOp>(op, above, adaptor.getMax());
    return success();
  }
};

/// Leading or trailing zeros; of 0 all bits.
template <typename OpTy, typename LLVMOpTy> struct ZerosPattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVMOpTy>(op, op.getType(), adaptor.getOperand(),
                                          /*is_zero_poison=*/false);
    return success();
  }
};

struct IntegerMagnitudePattern : OpConversionPattern<math::AbsIOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::AbsIOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(op.getType()));
    Value negated = arith::SubIOp::create(rewriter, loc, zero, adaptor.getOperand());
    rewriter.replaceOpWithNewOp<arith::MaxSIOp>(op, adaptor.getOperand(), negated);
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
    if (!op.getType().isF32() || isExact(op))
      return rewriter.notifyMatchFailure(op, "expected f32 in a kernel on fragments");
    Location loc = op.getLoc();
    Value one = arith::ConstantOp::create(rewriter, loc, rewriter.getF32FloatAttr(1.0f));
    Value exp = call(rewriter, loc, kExp2, multiply(rewriter, loc, adaptor.getOperand(), 2 * kLog2E));
    Value inverse = call(rewriter, loc, kReciprocal, arith::AddFOp::create(rewriter, loc, one, exp));
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, one, multiply(rewriter, loc, inverse, 2.0f));
    return success();
  }
};
} // namespace

static Value compare(OpBuilder &builder, Location loc, arith::CmpFPredicate predicate, Value a,
                     const APFloat &b) {
  Value constant = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(a.getType(), b));
  return arith::CmpFOp::create(builder, loc, predicate, a, constant);
}

static void populateClassificationPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  using P = arith::CmpFPredicate;
  MLIRContext *context = patterns.getContext();
  patterns.add<ClassificationPattern<math::IsNaNOp>>(
      converter, context, [](OpBuilder &b, Location loc, Value x, FloatType) -> Value {
        return arith::CmpFOp::create(b, loc, P::UNO, x, x);
      });
  patterns.add<ClassificationPattern<math::IsInfOp>>(
      converter, context, [](OpBuilder &b, Location loc, Value x, FloatType type) {
        return compare(b, loc, P::OEQ, x, APFloat::getInf(type.getFloatSemantics()));
      });
  patterns.add<ClassificationPattern<math::IsFiniteOp>>(
      converter, context, [](OpBuilder &b, Location loc, Value x, FloatType type) {
        return compare(b, loc, P::OLT, x, APFloat::getInf(type.getFloatSemantics()));
      });
  patterns.add<ClassificationPattern<math::IsNormalOp>>(
      converter, context, [](OpBuilder &b, Location loc, Value x, FloatType type) -> Value {
        const llvm::fltSemantics &format = type.getFloatSemantics();
        Value isFinite = compare(b, loc, P::OLT, x, APFloat::getInf(format));
        Value isLarge = compare(b, loc, P::OGE, x, APFloat::getSmallestNormalized(format));
        return arith::AndIOp::create(b, loc, isFinite, isLarge);
      });
}

void sattn_nv::populateMathPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  populateClassificationPatterns(converter, patterns);
  MLIRContext *context = patterns.getContext();
  patterns.add<IntrinsicPattern<math::Exp2Op>>(converter, context, kExp2);
  patterns.add<IntrinsicPattern<math::ExpOp>>(converter, context, kExp2, kLog2E);
  patterns.add<IntrinsicPattern<math::Log2Op>>(converter, context, kLog2);
  patterns.add<IntrinsicPattern<math::LogOp>>(converter, context, kLog2, 1.0f, kLn2);
  patterns.add<IntrinsicPattern<math::SqrtOp>>(converter, context, kSqrt);
  patterns.add<IntrinsicPattern<math::RsqrtOp>>(converter, context, kRsqrt);
  patterns.add<SameOperandsPattern<math::FmaOp, LLVM::FMAOp>,
               SameOperandsPattern<arith::MaxNumFOp, LLVM::MaxNumOp>,
               SameOperandsPattern<arith::MinNumFOp, LLVM::MinNumOp>,
               SameOperandsPattern<arith::MaximumFOp, LLVM::MaximumOp>,
               SameOperandsPattern<arith::MinimumFOp, LLVM::MinimumOp>, SignPattern<math::AbsFOp>,
               SignPattern<math::CopySignOp>, RoundPattern, DivisionPattern, TanhPattern,
               ClampPattern, IntegerMagnitudePattern,
               SameOperandsPattern<math::CtPopOp, LLVM::CtPopOp>,
               ZerosPattern<math::CountLeadingZerosOp, LLVM::CountLeadingZerosOp>,
               ZerosPattern<math::CountTrailingZerosOp, LLVM::CountTrailingZerosOp>>(converter,
                                                                                     context);
  patterns.add<RoundingPattern<math::FloorOp>>(converter, context, "llvm.nvvm.floor");
  patterns.add<RoundingPattern<math::CeilOp>>(converter, context, "llvm.nvvm.ceil");
  patterns.add<RoundingPattern<math::TruncOp>>(converter, context, "llvm.nvvm.trunc");
  // To the even one of two equally near integers, its name notwithstanding.
  patterns.add<RoundingPattern<math::RoundEvenOp>>(converter, context, "llvm.nvvm.round");
}
