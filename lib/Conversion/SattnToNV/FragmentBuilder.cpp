//===- FragmentBuilder.cpp - Builds arithmetic on fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FragmentBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::sattn_nv;

Value ScalarBuilder::constant(float value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}
Value ScalarBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}
Value ScalarBuilder::add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value ScalarBuilder::sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value ScalarBuilder::mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value ScalarBuilder::div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value ScalarBuilder::neg(Value a) { return arith::NegFOp::create(builder, loc, a); }
Value ScalarBuilder::fma(Value a, Value b, Value c) {
  return math::FmaOp::create(builder, loc, a, b, c);
}
Value ScalarBuilder::max(Value a, Value b) { return arith::MaxNumFOp::create(builder, loc, a, b); }
Value ScalarBuilder::exp2(Value a) { return math::Exp2Op::create(builder, loc, a); }
Value ScalarBuilder::log2(Value a) { return math::Log2Op::create(builder, loc, a); }
Value ScalarBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}
Value ScalarBuilder::isEqual(Value a, float b) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, a, constant(b));
}
Value ScalarBuilder::isDifferent(Value a, float b) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, a, constant(b));
}
Value ScalarBuilder::andOf(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }

Value FragmentBuilder::map(FragType type, ValueRange inputs, Body body, Value row, Value column) {
  OpBuilder &builder = getBuilder();
  Location loc = getLoc();
  auto op = MapOp::create(builder, loc, type, inputs, row, column);
  SmallVector<Type> types;
  for (Value input : inputs)
    types.push_back(cast<FragType>(input.getType()).getElementType());
  if (row)
    types.append(2, builder.getIndexType());
  OpBuilder::InsertionGuard guard(builder);
  Block *block =
      builder.createBlock(&op.getBody(), {}, types, SmallVector<Location>(types.size(), loc));
  ScalarBuilder scalars(builder, loc);
  YieldOp::create(builder, loc, body(scalars, block->getArguments()));
  return op;
}

Value FragmentBuilder::fill(FragType type, float value) {
  return FillOp::create(getBuilder(), getLoc(), type, constant(value));
}

Value FragmentBuilder::reduceRows(Reduction kind, Value acc) {
  auto type = cast<FragType>(acc.getType());
  FragType part = type.getLike(Layout::part, type.getElementType());
  FragType row = type.getLike(Layout::row, type.getElementType());
  Value parts = ReduceOp::create(getBuilder(), getLoc(), part, kind, acc);
  return AcrossOp::create(getBuilder(), getLoc(), row, kind, parts);
}
