//===- DoubleMathToNVVM.cpp - Functions of f64 as polynomials -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// There are no instructions for them. Argument reduction as in Muller, "Elementary
// Functions", chapters 6 and 11 (Cody and Waite: constants in two or three parts),
// then a Taylor series; relative errors of a few 2^-53 unless said otherwise.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr double kLog2E = 1.4426950408889634, kLog10Of2 = 0.30102999566398120;
/// ln 2 and pi / 2 as sums; products of the first parts with small integers are exact.
static constexpr double kLn2Hi = 0x1.62e42fee00000p-1, kLn2Lo = 0x1.a39ef35793c76p-33;
static constexpr double kHalfPi[] = {0x1.921fb54400000p+0, 0x1.0b4611a600000p-34,
                                     0x1.3198a2e037073p-69};
/// Adding and subtracting it rounds to an integer, which is in the low bits of the sum.
static constexpr double kRounder = 0x1.8p52;
static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
/// Builds scalar code on f64.
class DoubleBuilder {
public:
  DoubleBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(double value) {
    return arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(value));
  }
  Value integer(int64_t value) {
    return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(value));
  }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value neg(Value a) { return arith::NegFOp::create(builder, loc, a); }
  Value abs(Value a) { return LLVM::FAbsOp::create(builder, loc, a.getType(), a); }
  Value sqrt(Value a) { return LLVM::SqrtOp::create(builder, loc, a.getType(), a); }
  Value fma(Value a, Value b, Value c) {
    return LLVM::FMAOp::create(builder, loc, a.getType(), a, b, c);
  }
  Value copySign(Value a, Value sign) {
    return LLVM::CopySignOp::create(builder, loc, a.getType(), a, sign);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value is(arith::CmpFPredicate predicate, Value a, double b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, constant(b));
  }
  Value toBits(Value a) {
    return arith::BitcastOp::create(builder, loc, builder.getI64Type(), a);
  }
  Value fromBits(Value a) {
    return arith::BitcastOp::create(builder, loc, builder.getF64Type(), a);
  }
  template <typename OpTy> Value bits(Value a, Value b) {
    return OpTy::create(builder, loc, a, b);
  }
  Value equals(Value a, int64_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, integer(b));
  }

  /// The value closest to `a` among the integers, and that integer in two's
  /// complement in the low bits. |a| < 2^51.
  std::pair<Value, Value> round(Value a) {
    Value sum = add(a, constant(kRounder));
    return {sub(sum, constant(kRounder)), toBits(sum)};
  }
  /// c[0] + c[1] x + ... by Horner's rule.
  Value polynomial(ArrayRef<double> coefficients, Value x) {
    Value result = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      result = fma(result, x, constant(coefficient));
    return result;
  }
  /// `a` limited to [lo, hi]; NaN stays.
  Value clamp(Value a, double lo, double hi) {
    a = select(is(arith::CmpFPredicate::OLT, a, lo), constant(lo), a);
    return select(is(arith::CmpFPredicate::OGT, a, hi), constant(hi), a);
  }

  Value exp(Value x);
  Value exp2(Value x);
  Value log(Value x);
  Value expm1(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value sinOrCos(Value x, int64_t quarter);

private:
  Value expOfReduced(Value r, Value integerBits);

  OpBuilder &builder;
  Location loc;
};
} // namespace

/// e^r 2^n for |r| <= ln(2) / 2; n by its low bits. Two factors, so that neither
/// overflows where the result does not, and denormals are rounded once.
Value DoubleBuilder::expOfReduced(Value r, Value n) {
  SmallVector<double> coefficients = {1.0};
  for (int i = 1; i <= 13; ++i)
    coefficients.push_back(coefficients.back() / i);
  Value power = polynomial(coefficients, r);
  // Sign-extended from the sum's 51 low bits.
  n = bits<arith::ShRSIOp>(bits<arith::ShLIOp>(n, integer(13)), integer(13));
  Value half = bits<arith::ShRSIOp>(n, integer(1));
  auto powerOfTwo = [&](Value exponent) {
    return fromBits(bits<arith::ShLIOp>(bits<arith::AddIOp>(exponent, integer(1023)), integer(52)));
  };
  power = mul(power, powerOfTwo(half));
  return mul(power, powerOfTwo(bits<arith::SubIOp>(n, half)));
}

Value DoubleBuilder::exp(Value x) {
  // e^710 overflows, e^-746 is less than half of the smallest denormal.
  Value limited = clamp(x, -746.0, 710.0);
  auto [n, bitsOfN] = round(mul(limited, constant(kLog2E)));
  Value r = fma(n, constant(-kLn2Hi), limited);
  return expOfReduced(fma(n, constant(-kLn2Lo), r), bitsOfN);
}

Value DoubleBuilder::exp2(Value x) {
  Value limited = clamp(x, -1076.0, 1025.0);
  auto [n, bitsOfN] = round(limited);
  return expOfReduced(mul(sub(limited, n), constant(llvm::numbers::ln2)), bitsOfN);
}

/// x = 2^n m with m in [sqrt(1/2), sqrt(2)), and log m by the series of artanh.
Value DoubleBuilder::log(Value x) {
  using P = arith::CmpFPredicate;
  Value isSmall = is(P::OLT, x, std::numeric_limits<double>::min());
  Value normal = select(isSmall, mul(x, constant(0x1p54)), x);
  Value shift = select(isSmall, constant(-54.0), constant(0.0));
  // Bits of the exponent of m sqrt(2), for m in [1, 2) that become m / 2.
  Value offset = bits<arith::SubIOp>(toBits(normal), integer(0x3fe6a09e667f3bcd));
  Value exponent = bits<arith::ShRSIOp>(offset, integer(52));
  Value m = fromBits(bits<arith::SubIOp>(toBits(normal),
                                         bits<arith::ShLIOp>(exponent, integer(52))));
  Value n = add(arith::SIToFPOp::create(builder, loc, builder.getF64Type(), exponent), shift);
  Value f = sub(m, constant(1.0));
  Value s = div(f, add(f, constant(2.0))), z = mul(s, s);
  SmallVector<double> coefficients;
  for (int i = 1; i <= 11; ++i)
    coefficients.push_back(2.0 / (2 * i + 1));
  // log m = 2 s + s z R(z), and 2 s = f - s f.
  Value tail = mul(z, polynomial(coefficients, z));
  Value small = fma(n, constant(kLn2Lo), mul(s, sub(tail, f)));
  Value result = fma(n, constant(kLn2Hi), add(f, small));
  result = select(is(P::OEQ, x, 0.0), constant(-kInfinity), result);
  result = select(is(P::OLT, x, 0.0), constant(std::numeric_limits<double>::quiet_NaN()), result);
  // Infinity and NaN.
  return select(is(P::ULT, x, kInfinity), select(is(P::UNO, x, 0.0), x, result), x);
}

/// (u - 1) x / log(u) for u = e^x (Kahan): the errors of u cancel. Error of 2^-51.
Value DoubleBuilder::expm1(Value x) {
  using P = arith::CmpFPredicate;
  Value u = exp(x), difference = sub(u, constant(1.0));
  Value result = div(mul(difference, x), log(u));
  result = select(is(P::OGT, x, 40.0), u, result);
  result = select(is(P::OLT, x, -40.0), constant(-1.0), result);
  return select(is(P::OEQ, u, 1.0), x, result);
}

/// log(u) x / (u - 1) for u = 1 + x (Kahan). Error of 2^-51.
Value DoubleBuilder::log1p(Value x) {
  using P = arith::CmpFPredicate;
  Value u = add(constant(1.0), x);
  Value result = div(mul(log(u), x), sub(u, constant(1.0)));
  result = select(is(P::OEQ, x, kInfinity), x, result);
  return select(is(P::OEQ, u, 1.0), x, result);
}

Value DoubleBuilder::tanh(Value x) {
  // 1 - tanh(22) is less than 2^-54.
  Value t = expm1(mul(constant(2.0), clamp(abs(x), 0.0, 22.0)));
  return copySign(div(t, add(t, constant(2.0))), x);
}

/// sin(x + quarter pi / 2). Absolute error of 2^-52 for |x| < 2^26; beyond that the
/// three parts of pi / 2 do not suffice.
Value DoubleBuilder::sinOrCos(Value x, int64_t quarter) {
  auto [n, bitsOfN] = round(mul(x, constant(2.0 * llvm::numbers::inv_pi)));
  Value r = x;
  for (double part : kHalfPi)
    r = fma(n, constant(-part), r);
  Value z = mul(r, r);
  SmallVector<double> sinSeries = {1.0}, cosSeries = {1.0};
  for (int i = 1; i <= 8; ++i) {
    sinSeries.push_back(-sinSeries.back() / (2.0 * i * (2 * i + 1)));
    cosSeries.push_back(-cosSeries.back() / (2.0 * i * (2 * i - 1)));
  }
  Value sine = mul(r, polynomial(sinSeries, z)), cosine = polynomial(cosSeries, z);
  Value turn = bits<arith::AddIOp>(bitsOfN, integer(quarter));
  Value isSine = equals(bits<arith::AndIOp>(turn, integer(1)), 0);
  Value isPositive = equals(bits<arith::AndIOp>(turn, integer(2)), 0);
  Value result = select(isSine, sine, cosine);
  return select(isPositive, result, neg(result));
}

namespace {
/// An f64 function, by what `build` makes of its argument.
template <typename OpTy> struct DoublePattern : OpConversionPattern<OpTy> {
  using Build = Value (*)(DoubleBuilder &b, Value x);
  DoublePattern(const TypeConverter &converter, MLIRContext *context, Build build)
      : OpConversionPattern<OpTy>(converter, context), build(build) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getType().isF64())
      return rewriter.notifyMatchFailure(op, "expected f64");
    DoubleBuilder b(rewriter, op.getLoc());
    rewriter.replaceOp(op, build(b, adaptor.getOperand()));
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

void sattn_nv::populateDoubleMathPatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  addFunction<math::ExpOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.exp(x); });
  addFunction<math::Exp2Op>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.exp2(x); });
  addFunction<math::ExpM1Op>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.expm1(x); });
  addFunction<math::LogOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.log(x); });
  addFunction<math::Log2Op>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.mul(b.log(x), b.constant(kLog2E)); });
  addFunction<math::Log10Op>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.mul(b.log(x), b.constant(kLog2E * kLog10Of2)); });
  addFunction<math::Log1pOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.log1p(x); });
  addFunction<math::TanhOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.tanh(x); });
  addFunction<math::SinOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.sinOrCos(x, 0); });
  addFunction<math::CosOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.sinOrCos(x, 1); });
  addFunction<math::SqrtOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.sqrt(x); });
  addFunction<math::RsqrtOp>(converter, patterns, [](DoubleBuilder &b, Value x) { return b.div(b.constant(1.0), b.sqrt(x)); });
}
