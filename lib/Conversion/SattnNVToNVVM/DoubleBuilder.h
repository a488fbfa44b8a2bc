//===- DoubleBuilder.h - Functions of f64 -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNNVTONVVM_DOUBLEBUILDER_H
#define SATTN_LIB_CONVERSION_SATTNNVTONVVM_DOUBLEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::sattn_nv {

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
  Value abs(Value a) { return math::AbsFOp::create(builder, loc, a); }
  Value sqrt(Value a) {
    return LLVM::CallIntrinsicOp::create(builder, loc, a.getType(),
                                         builder.getStringAttr("llvm.nvvm.sqrt.rn.d"), a)
        .getResult(0);
  }
  Value fma(Value a, Value b, Value c) {
    return LLVM::FMAOp::create(builder, loc, a.getType(), a, b, c);
  }
  Value copySign(Value a, Value sign) { return math::CopySignOp::create(builder, loc, a, sign); }
  Value trunc(Value a) {
    return LLVM::CallIntrinsicOp::create(builder, loc, a.getType(),
                                         builder.getStringAttr("llvm.nvvm.trunc.d"), a)
        .getResult(0);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value is(arith::CmpFPredicate predicate, Value a, double b) {
    return is(predicate, a, constant(b));
  }
  Value is(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  Value toBits(Value a) { return arith::BitcastOp::create(builder, loc, builder.getI64Type(), a); }
  Value fromBits(Value a) {
    return arith::BitcastOp::create(builder, loc, builder.getF64Type(), a);
  }
  template <typename OpTy> Value bits(Value a, Value b) { return OpTy::create(builder, loc, a, b); }
  Value equals(Value a, int64_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, integer(b));
  }

  /// The value closest to `a` among the integers, and that integer in two's
  /// complement in the low bits. |a| < 2^51.
  std::pair<Value, Value> round(Value a);
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

  // Relative errors of a few 2^-53 unless said otherwise.
  Value exp(Value x);
  Value exp2(Value x);
  Value log(Value x);
  /// Error of 2^-51.
  Value expm1(Value x);
  /// Error of 2^-51.
  Value log1p(Value x);
  /// sin(x + quarter pi / 2). Absolute error of 2^-52 for |x| < 2^26; beyond that the
  /// three parts of pi / 2 do not suffice.
  Value sinOrCos(Value x, int64_t quarter);
  Value atan(Value x);
  /// The angle of the point (x, y), as C's atan2 for zeros, infinities and NaN.
  Value atan2(Value y, Value x);
  /// Error of 2^-51.
  Value erf(Value x);
  /// Error of 2^-50, as far as the result is not denormal.
  Value erfc(Value x);
  /// x^n for an integer n by repeated squaring: error of |n| 2^-53.
  Value powi(Value x, Value n);
  /// The error grows with |y log x|, the logarithm of the result.
  Value pow(Value x, Value y);
  Value sinh(Value x);
  Value cosh(Value x);
  Value tanh(Value x);
  Value asinh(Value x);
  Value cbrt(Value x);

private:
  Value expOfReduced(Value r, Value integerBits);
  Value erfOfSmall(Value x);
  Value erfcOfLarge(Value x);

  OpBuilder &builder;
  Location loc;
};

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNNVTONVVM_DOUBLEBUILDER_H
