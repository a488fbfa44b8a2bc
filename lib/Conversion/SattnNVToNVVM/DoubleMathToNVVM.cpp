//===- DoubleMathToNVVM.cpp - Functions without an instruction -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions of f64, and those of f32 that have no instruction: these are computed in
// f64 and rounded once.
//
//===----------------------------------------------------------------------===//

#include "DoubleBuilder.h"
#include "Patterns.h"

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr double kLog2E = 1.4426950408889634, kLog10Of2 = 0.30102999566398120;

namespace {
/// An integer power.
struct IntegerPowerPattern : OpConversionPattern<math::FPowIOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::FPowIOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = op.getType(), wide = rewriter.getF64Type();
    if ((!type.isF64() && !type.isF32()) || !adaptor.getRhs().getType().isSignlessInteger())
      return rewriter.notifyMatchFailure(op, "expected f32 or f64 and an integer");
    Location loc = op.getLoc();
    Value base = adaptor.getLhs();
    if (type != wide)
      base = arith::ExtFOp::create(rewriter, loc, wide, base);
    Value result = DoubleBuilder(rewriter, loc).powi(base, adaptor.getRhs());
    if (type != wide)
      result = arith::TruncFOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Sine and cosine at once.
struct SinCosPattern : OpConversionPattern<math::SincosOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::SincosOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value sine = math::SinOp::create(rewriter, op.getLoc(), adaptor.getOperand());
    Value cosine = math::CosOp::create(rewriter, op.getLoc(), adaptor.getOperand());
    rewriter.replaceOp(op, {sine, cosine});
    return success();
  }
};

/// A function, by what `build` makes of its arguments in f64. Patterns of instructions
/// for f32 have a greater benefit.
template <typename OpTy> struct DoublePattern : OpConversionPattern<OpTy> {
  using Build = Value (*)(DoubleBuilder &b, ValueRange x);
  DoublePattern(const TypeConverter &converter, MLIRContext *context, Build build)
      : OpConversionPattern<OpTy>(converter, context, /*benefit=*/0), build(build) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = op.getType(), wide = rewriter.getF64Type();
    if (!type.isF64() && !type.isF32())
      return rewriter.notifyMatchFailure(op, "expected f32 or f64");
    Location loc = op.getLoc();
    SmallVector<Value> arguments(adaptor.getOperands());
    if (type != wide)
      for (Value &argument : arguments)
        argument = arith::ExtFOp::create(rewriter, loc, wide, argument);
    DoubleBuilder b(rewriter, loc);
    Value result = build(b, arguments);
    if (type != wide)
      result = arith::TruncFOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  Build build;
};
} // namespace

template <typename OpTy>
static void addFunction(TypeConverter &converter, RewritePatternSet &patterns,
                        typename DoublePattern<OpTy>::Build build) {
  patterns.add<DoublePattern<OpTy>>(converter, patterns.getContext(), build);
}

static void populateExponentials(TypeConverter &converter, RewritePatternSet &patterns) {
  addFunction<math::ExpOp>(converter, patterns,
                           [](DoubleBuilder &b, ValueRange x) { return b.exp(x[0]); });
  addFunction<math::Exp2Op>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.exp2(x[0]); });
  addFunction<math::ExpM1Op>(converter, patterns,
                             [](DoubleBuilder &b, ValueRange x) { return b.expm1(x[0]); });
  addFunction<math::LogOp>(converter, patterns,
                           [](DoubleBuilder &b, ValueRange x) { return b.log(x[0]); });
  addFunction<math::Log2Op>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    return b.mul(b.log(x[0]), b.constant(kLog2E));
  });
  addFunction<math::Log10Op>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    return b.mul(b.log(x[0]), b.constant(kLog2E * kLog10Of2));
  });
  addFunction<math::Log1pOp>(converter, patterns,
                             [](DoubleBuilder &b, ValueRange x) { return b.log1p(x[0]); });
  addFunction<math::PowFOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.pow(x[0], x[1]); });
  addFunction<math::SqrtOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.sqrt(x[0]); });
  addFunction<math::RsqrtOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    return b.div(b.constant(1.0), b.sqrt(x[0]));
  });
  addFunction<math::CbrtOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.cbrt(x[0]); });
}

static void populateErrorFunctions(TypeConverter &converter, RewritePatternSet &patterns) {
  addFunction<math::ErfOp>(converter, patterns,
                           [](DoubleBuilder &b, ValueRange x) { return b.erf(x[0]); });
  addFunction<math::ErfcOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.erfc(x[0]); });
}

static void populateTrigonometry(TypeConverter &converter, RewritePatternSet &patterns) {
  addFunction<math::SinOp>(converter, patterns,
                           [](DoubleBuilder &b, ValueRange x) { return b.sinOrCos(x[0], 0); });
  addFunction<math::CosOp>(converter, patterns,
                           [](DoubleBuilder &b, ValueRange x) { return b.sinOrCos(x[0], 1); });
  addFunction<math::TanOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    return b.div(b.sinOrCos(x[0], 0), b.sinOrCos(x[0], 1));
  });
  addFunction<math::AtanOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.atan(x[0]); });
  addFunction<math::Atan2Op>(converter, patterns,
                             [](DoubleBuilder &b, ValueRange x) { return b.atan2(x[0], x[1]); });
  addFunction<math::AsinOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    Value one = b.constant(1.0);
    Value square = b.mul(b.sub(one, x[0]), b.add(one, x[0]));
    return b.atan(b.div(x[0], b.sqrt(square)));
  });
  addFunction<math::AcosOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    Value one = b.constant(1.0);
    Value square = b.div(b.sub(one, x[0]), b.add(one, x[0]));
    return b.mul(b.constant(2.0), b.atan(b.sqrt(square)));
  });
  addFunction<math::SinhOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.sinh(x[0]); });
  addFunction<math::CoshOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.cosh(x[0]); });
  addFunction<math::TanhOp>(converter, patterns,
                            [](DoubleBuilder &b, ValueRange x) { return b.tanh(x[0]); });
  addFunction<math::AsinhOp>(converter, patterns,
                             [](DoubleBuilder &b, ValueRange x) { return b.asinh(x[0]); });
  addFunction<math::AcoshOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    Value one = b.constant(1.0);
    Value root = b.mul(b.sqrt(b.sub(x[0], one)), b.sqrt(b.add(x[0], one)));
    return b.log1p(b.add(b.sub(x[0], one), root));
  });
  addFunction<math::AtanhOp>(converter, patterns, [](DoubleBuilder &b, ValueRange x) {
    Value quotient = b.div(b.mul(b.constant(2.0), x[0]), b.sub(b.constant(1.0), x[0]));
    return b.mul(b.constant(0.5), b.log1p(quotient));
  });
}

void sattn_nv::populateDoubleMathPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  populateExponentials(converter, patterns);
  populateErrorFunctions(converter, patterns);
  populateTrigonometry(converter, patterns);
  patterns.add<IntegerPowerPattern, SinCosPattern>(converter, patterns.getContext());
}
