//===- DoubleBuilder.cpp - Functions of f64 -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Argument reduction as in Muller, "Elementary Functions", chapters 6 and 11 (Cody
// and Waite: constants in two or three parts), then a Taylor series.
//
//===----------------------------------------------------------------------===//

#include "DoubleBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr double kLog2E = 1.4426950408889634;
/// ln 2 and pi / 2 as sums; products of the first parts with small integers are exact.
static constexpr double kLn2Hi = 0x1.62e42fee00000p-1, kLn2Lo = 0x1.a39ef35793c76p-33;
static constexpr double kHalfPi[] = {0x1.921fb54400000p+0, 0x1.0b4611a600000p-34,
                                     0x1.3198a2e037073p-69};
/// Adding and subtracting it rounds to an integer, which is in the low bits of the sum.
static constexpr double kRounder = 0x1.8p52;
static constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::pair<Value, Value> DoubleBuilder::round(Value a) {
  Value sum = add(a, constant(kRounder));
  return {sub(sum, constant(kRounder)), toBits(sum)};
}

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
  Value m =
      fromBits(bits<arith::SubIOp>(toBits(normal), bits<arith::ShLIOp>(exponent, integer(52))));
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

/// (u - 1) x / log(u) for u = e^x (Kahan): the errors of u cancel.
Value DoubleBuilder::expm1(Value x) {
  using P = arith::CmpFPredicate;
  Value u = exp(x), difference = sub(u, constant(1.0));
  Value result = div(mul(difference, x), log(u));
  result = select(is(P::OGT, x, 40.0), u, result);
  result = select(is(P::OLT, x, -40.0), constant(-1.0), result);
  return select(is(P::OEQ, u, 1.0), x, result);
}

/// log(u) x / (u - 1) for u = 1 + x (Kahan).
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

/// Of 1 / x where |x| > 1; then twice tan(a / 2) = tan(a) / (1 + sqrt(1 + tan(a)^2)).
Value DoubleBuilder::atan(Value x) {
  Value magnitude = abs(x);
  Value isLarge = is(arith::CmpFPredicate::OGT, magnitude, 1.0);
  Value t = select(isLarge, div(constant(1.0), magnitude), magnitude);
  for (int i = 0; i < 2; ++i)
    t = div(t, add(constant(1.0), sqrt(fma(t, t, constant(1.0)))));
  SmallVector<double> series;
  for (int i = 0; i <= 12; ++i)
    series.push_back((i % 2 == 0 ? 4.0 : -4.0) / (2 * i + 1));
  Value angle = mul(t, polynomial(series, mul(t, t)));
  Value rest = sub(constant(kHalfPi[0] + kHalfPi[1]), angle);
  return copySign(select(isLarge, rest, angle), x);
}

/// e^(y log |x|), with the sign of x where y is odd; as C's pow for NaN, 0 and
/// infinities.
Value DoubleBuilder::pow(Value x, Value y) {
  using P = arith::CmpFPredicate;
  Value power = exp(mul(y, log(abs(x))));
  auto isIntegral = [&](Value value) -> Value {
    return arith::CmpFOp::create(builder, loc, P::OEQ, trunc(value), value);
  };
  Value isWhole = isIntegral(y);
  Value isEven = isIntegral(mul(y, constant(0.5)));
  Value isOdd = bits<arith::AndIOp>(
      isWhole, bits<arith::XOrIOp>(
                   isEven, arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true))));
  power = select(isOdd, copySign(power, x), power);
  Value nan = constant(std::numeric_limits<double>::quiet_NaN());
  Value isFinite = is(P::ONE, x, -kInfinity);
  Value isUndefined = bits<arith::AndIOp>(bits<arith::AndIOp>(is(P::OLT, x, 0.0), isFinite),
                                          is(P::ONE, sub(y, trunc(y)), 0.0));
  power = select(isUndefined, nan, power);
  Value isOne = bits<arith::OrIOp>(is(P::OEQ, x, 1.0), is(P::OEQ, y, 0.0));
  return select(isOne, constant(1.0), power);
}

/// (e + e / (e + 1)) / 2 with e = e^x - 1.
Value DoubleBuilder::sinh(Value x) {
  // Of half the argument where e^x alone overflows.
  Value magnitude = abs(x);
  Value e = expm1(magnitude);
  Value result = mul(constant(0.5), add(e, div(e, add(e, constant(1.0)))));
  Value half = exp(mul(constant(0.5), magnitude));
  Value large = mul(mul(constant(0.5), half), half);
  return copySign(select(is(arith::CmpFPredicate::OGT, magnitude, 40.0), large, result), x);
}

Value DoubleBuilder::cosh(Value x) {
  Value half = exp(mul(constant(0.5), abs(x)));
  Value large = mul(mul(constant(0.5), half), half);
  return add(large, div(constant(0.25), large));
}

/// log1p(x + x^2 / (1 + sqrt(1 + x^2))), log(2 x) where the square may overflow.
Value DoubleBuilder::asinh(Value x) {
  Value magnitude = abs(x), square = mul(magnitude, magnitude);
  Value root = add(constant(1.0), sqrt(add(constant(1.0), square)));
  Value result = log1p(add(magnitude, div(square, root)));
  Value large = add(log(magnitude), constant(llvm::numbers::ln2));
  return copySign(select(is(arith::CmpFPredicate::OGT, magnitude, 1e8), large, result), x);
}

/// e^(log(x) / 3), made better by a step of Newton's method.
Value DoubleBuilder::cbrt(Value x) {
  using P = arith::CmpFPredicate;
  Value magnitude = abs(x);
  Value root = exp(mul(log(magnitude), constant(1.0 / 3.0)));
  Value square = mul(root, root);
  Value better = sub(root, div(sub(mul(square, root), magnitude), mul(constant(3.0), square)));
  Value isRegular =
      bits<arith::AndIOp>(is(P::OGT, magnitude, 0.0), is(P::OLT, magnitude, kInfinity));
  return copySign(select(isRegular, better, magnitude), x);
}

/// Of the smaller by the larger magnitude, an angle of at most pi / 4; then by octants.
Value DoubleBuilder::atan2(Value y, Value x) {
  using P = arith::CmpFPredicate;
  Value a = abs(y), b = abs(x), isSteep = is(P::OGT, a, b);
  Value large = select(isSteep, a, b), small = select(isSteep, b, a);
  // 0 / 0 is an angle of 0, infinity by infinity one of pi / 4.
  Value t = select(is(P::OEQ, small, 0.0), constant(0.0), div(small, large));
  Value angle = atan(select(is(P::OEQ, small, kInfinity), constant(1.0), t));
  auto reflect = [&](double factor) {
    Value rest = sub(constant(factor * kHalfPi[0]), angle);
    return add(rest, constant(factor * kHalfPi[1]));
  };
  angle = select(isSteep, reflect(1), angle);
  Value isLeft = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, toBits(x),
                                       integer(0));
  angle = select(isLeft, reflect(2), angle);
  Value isUndefined = bits<arith::OrIOp>(is(P::UNO, x, 0.0), is(P::UNO, y, 0.0));
  return select(isUndefined, constant(std::numeric_limits<double>::quiet_NaN()),
                copySign(angle, y));
}

//===----------------------------------------------------------------------===//
// Error functions
//===----------------------------------------------------------------------===//

/// Taylor series for |x| <= 1: 2 / sqrt(pi) (x - x^3 / 3 + x^5 / (2! 5) - ...).
Value DoubleBuilder::erfOfSmall(Value x) {
  SmallVector<double> series;
  double power = 1.1283791670955126; // 2 / sqrt(pi)
  for (int i = 0; i <= 19; ++i) {
    series.push_back(power / (2 * i + 1));
    power /= -(i + 1);
  }
  return mul(x, polynomial(series, mul(x, x)));
}

/// For x >= 1/2: e^(-x^2) p(t) / (1 + 2 x) with t = (x - 3.75) / (x + 3.75), the variable
/// of Shepherd and Laframboise, "Chebyshev Approximation of (1 + 2x) exp(x^2) erfc x"
/// (1981). p interpolates at the 23 Chebyshev points of x in [1/2, 28], computed with 60
/// digits: relative error of 1.0e-16.
Value DoubleBuilder::erfcOfLarge(Value x) {
  static constexpr double kCoefficients[] = {
    0x1.3ccda0b5d5dc2p+0, -0x1.1f367683f89a7p-3, 0x1.d5f2948159d16p-9,
    0x1.510169d0967c1p-4, -0x1.bda9309a288a4p-4, 0x1.7a14188a9a6b5p-4,
    -0x1.e0d0fa6dffe2fp-5, 0x1.d0b0037d912e4p-6, -0x1.3f603c341fc4fp-7,
    0x1.cc3a0e4caf30bp-10, 0x1.33fb253251300p-12, -0x1.303fa23ac904cp-12,
    0x1.b14415dd804edp-15, 0x1.778b7a1515856p-16, -0x1.8004bb5adf5d2p-17,
    -0x1.05641b636ee27p-20, 0x1.d656c8b721674p-20, -0x1.e53c3da8189f3p-25,
    -0x1.1590fe6b3df84p-22, 0x1.7b8c0a91c47fdp-26, 0x1.42db858f94dffp-25,
    -0x1.80dd44d99a1a5p-29, -0x1.14607874fa9eep-28};
  // erfc(28) is less than the smallest denormal.
  x = select(is(arith::CmpFPredicate::OGT, x, 28.0), constant(28.0), x);
  Value t = div(sub(x, constant(3.75)), add(x, constant(3.75)));
  // What x^2 loses in rounding is a factor of nearly 1.
  Value square = mul(x, x), rest = fma(x, x, neg(square));
  Value power = exp(neg(square));
  power = fma(power, neg(rest), power);
  Value p = div(polynomial(kCoefficients, t), fma(constant(2.0), x, constant(1.0)));
  return mul(power, p);
}

Value DoubleBuilder::erf(Value x) {
  using P = arith::CmpFPredicate;
  Value magnitude = abs(x);
  Value large = sub(constant(1.0), erfcOfLarge(magnitude));
  // NaN takes the series.
  return copySign(select(is(P::OGT, magnitude, 1.0), large, erfOfSmall(magnitude)), x);
}

Value DoubleBuilder::erfc(Value x) {
  using P = arith::CmpFPredicate;
  Value tail = erfcOfLarge(abs(x));
  Value result = select(is(P::OLT, x, 0.0), sub(constant(2.0), tail), tail);
  Value isSmall = is(P::ULT, abs(x), 0.5);
  return select(isSmall, sub(constant(1.0), erfOfSmall(x)), result);
}

/// Bit by bit of |n|, the reciprocal at the end: x^-n overflows where x^n is denormal.
Value DoubleBuilder::powi(Value x, Value n) {
  Type type = n.getType();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value a) -> Value {
    return arith::CmpIOp::create(builder, loc, predicate, a, number(0));
  };
  Value isNegative = compare(arith::CmpIPredicate::slt, n);
  // The magnitude as an unsigned number: the least integer has one, too.
  Value rest = select(isNegative, bits<arith::SubIOp>(number(0), n), n);
  auto before = [&](OpBuilder &, Location, ValueRange carried) {
    scf::ConditionOp::create(builder, loc, compare(arith::CmpIPredicate::ne, carried[0]), carried);
  };
  auto after = [&](OpBuilder &, Location, ValueRange carried) {
    Value isOdd = compare(arith::CmpIPredicate::ne, bits<arith::AndIOp>(carried[0], number(1)));
    Value product = select(isOdd, mul(carried[2], carried[1]), carried[2]);
    Value next = bits<arith::ShRUIOp>(carried[0], number(1));
    scf::YieldOp::create(builder, loc, ValueRange{next, mul(carried[1], carried[1]), product});
  };
  Value one = constant(1.0);
  auto loop = scf::WhileOp::create(builder, loc, TypeRange{type, x.getType(), x.getType()},
                                   ValueRange{rest, x, one}, before, after);
  Value power = loop.getResult(2);
  return select(isNegative, div(one, power), power);
}
