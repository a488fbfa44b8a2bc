//===- TileBuilder.cpp - Builder of vector code on panels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

using namespace mlir;
using namespace mlir::sattn;

Value TileBuilder::dim(Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return index(type.getDimSize(axis));
  return tensor::DimOp::create(*this, tensor, axis);
}

Value TileBuilder::scalar(double value) {
  return arith::ConstantOp::create(*this, getFloatAttr(element, value));
}

Value TileBuilder::splat(double value) {
  auto attr =
      DenseElementsAttr::get(getRowType(), getFloatAttr(element, value));
  return arith::ConstantOp::create(*this, attr);
}

Value TileBuilder::broadcast(Value value) {
  return vector::BroadcastOp::create(*this, getRowType(value.getType()), value);
}

Value TileBuilder::convert(Value value, FloatType type) {
  Type target = type;
  Type from = value.getType();
  if (auto vector = dyn_cast<VectorType>(from)) {
    from = vector.getElementType();
    target = vector.clone(type);
  }
  if (from == type)
    return value;
  if (from.getIntOrFloatBitWidth() < type.getWidth())
    return arith::ExtFOp::create(*this, target, value);
  if (from.getIntOrFloatBitWidth() > type.getWidth())
    return arith::TruncFOp::create(*this, target, value);
  // f16 <-> bf16 goes through f32.
  return convert(convert(value, getF32Type()), type);
}

namespace {
/// Constants of the exp2 of one floating-point format.
struct Exp2Format {
  double magic;     // 1.5 * 2^mantissa: adding it rounds to an integer
  double bias;      // exponent bias
  int64_t mantissa; // explicit mantissa bits
  ArrayRef<double> polynomial; // 2^f on [-0.5, 0.5], highest power first
};
} // namespace

/// Minimax polynomial of degree 5 with relative error 2.1e-7 when evaluated in
/// f32, and the Taylor polynomial of degree 12 (error below 2^-52).
static Exp2Format getExp2Format(FloatType type) {
  static constexpr double kF32[] = {0.00132764725, 0.00967554096, 0.0555071309,
                                    0.240221202,   0.693146944,   1.00000012};
  static constexpr double kF64[] = {2.5678435993488205e-11,
                                    4.4455382718708116e-10,
                                    7.0549116208011236e-09,
                                    1.0178086009239700e-07,
                                    1.3215486790144309e-06,
                                    1.5252733804059841e-05,
                                    1.5403530393381609e-04,
                                    1.3333558146428443e-03,
                                    9.6181291076284770e-03,
                                    5.5504108664821580e-02,
                                    2.4022650695910072e-01,
                                    6.9314718055994531e-01,
                                    1.0};
  if (type.isF64())
    return {6755399441055744.0, 1023.0, 52, kF64};
  return {12582912.0, 127.0, 23, kF32};
}

Value TileBuilder::exp2(Value x, bool nonPositive) {
  Exp2Format format = getExp2Format(element);
  Type bits = getRowType(getIntegerType(element.getWidth()));
  // The low bits of t are round(x) + bias: shifted up they are 2^round(x). The
  // lower clamp makes them 0, so that the factor below is exactly 0; the clamps
  // keep a NaN of x, and a NaN of the polynomial survives the product whatever
  // the bits are.
  x = maximum(splat(-format.bias), x);
  if (!nonPositive) {
    Value top = splat(format.bias + 1);
    x = select(compare(arith::CmpFPredicate::OLT, top, x), top, x);
  }
  Value shift = splat(format.magic + format.bias);
  Value t = addf(x, shift);
  Value fraction = subf(x, subf(t, shift));
  Value p = splat(format.polynomial.front());
  for (double coefficient : format.polynomial.drop_front())
    p = fma(p, fraction, splat(coefficient));
  Value power = arith::BitcastOp::create(*this, bits, t);
  Value amount = arith::ConstantOp::create(
      *this,
      DenseElementsAttr::get(
          cast<ShapedType>(bits),
          getIntegerAttr(getIntegerType(element.getWidth()), format.mantissa)));
  power = arith::ShLIOp::create(*this, power, amount);
  return mulf(p, arith::BitcastOp::create(*this, getRowType(), power));
}

Value TileBuilder::getCorrection(Value before, Value after, Value shift) {
  Value stays = compare(arith::CmpFPredicate::OEQ, before, after);
  return select(stays, splat(1.0),
                exp2(subf(before, shift), /*nonPositive=*/true));
}

Value TileBuilder::readRow(Value tensor, ValueRange indices, bool inBounds) {
  Type type = cast<RankedTensorType>(tensor.getType()).getElementType();
  Value padding = arith::ConstantOp::create(*this, getZeroAttr(type));
  return vector::TransferReadOp::create(*this, getRowType(type), tensor,
                                        indices, padding,
                                        ArrayRef<bool>{inBounds});
}

Value TileBuilder::writeRow(Value row, Value tensor, ValueRange indices,
                            bool inBounds) {
  return vector::TransferWriteOp::create(*this, row, tensor, indices,
                                         ArrayRef<bool>{inBounds})
      .getResult();
}

TileBuilder::Values TileBuilder::transpose(ValueRange square) {
  Values rows(square);
  int64_t size = rows.size();
  // Blocks of `stride` x `stride` beside the diagonal change places.
  for (int64_t stride = size / 2; stride > 0; stride /= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < size; ++lane) {
      bool isRight = lane & stride;
      upper.push_back(isRight ? size + lane - stride : lane);
      lower.push_back(isRight ? size + lane : lane + stride);
    }
    for (int64_t i = 0; i < size; ++i) {
      if (i & stride)
        continue;
      Value a = rows[i], b = rows[i + stride];
      rows[i] = vector::ShuffleOp::create(*this, a, b, upper);
      rows[i + stride] = vector::ShuffleOp::create(*this, a, b, lower);
    }
  }
  return rows;
}

TileBuilder::Values TileBuilder::loop(Value lo, Value hi, int64_t step,
                                      ValueRange inits, LoopBody body) {
  auto forOp = scf::ForOp::create(
      *this, lo, hi, index(step), inits,
      [&](OpBuilder &, Location loc, Value iv, ValueRange carried) {
        OpBuilder::InsertionGuard guard(*this);
        setInsertionPointToEnd(iv.getParentBlock());
        scf::YieldOp::create(*this, body(iv, carried));
      });
  return Values(forOp.getResults());
}

TileBuilder::Values TileBuilder::branch(Value condition, Branch thenBranch,
                                        Branch elseBranch) {
  auto fill = [&](Branch branch) {
    return [this, branch](OpBuilder &nested, Location) {
      OpBuilder::InsertionGuard guard(*this);
      setInsertionPointToEnd(nested.getInsertionBlock());
      scf::YieldOp::create(*this, branch());
    };
  };
  auto ifOp =
      scf::IfOp::create(*this, condition, fill(thenBranch), fill(elseBranch));
  return Values(ifOp.getResults());
}
