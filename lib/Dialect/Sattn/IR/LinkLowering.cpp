//===- LinkLowering.cpp - Weighted sums of values -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Row maximum, weights, row sum, product, output: one generic each.
//
//===----------------------------------------------------------------------===//

#include "LinkLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn;

MappedTensor mlir::sattn::buildRowMax(const PairSpace &space,
                                      const ScoredPairs &pairs,
                                      MappedTensor init) {
  return space.generic(
      space.getRowDims(space.getN()), {pairs.scores, pairs.keep}, init,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value max = arith::MaximumFOp::create(b, loc, elements[2], elements[0]);
        return {arith::SelectOp::create(b, loc, elements[1], max, elements[2])};
      });
}

MappedTensor mlir::sattn::buildWeights(const PairSpace &space,
                                       const ScoredPairs &pairs,
                                       MappedTensor row, WeightFn weight) {
  SmallVector<MappedTensor> inputs = {pairs.scores, pairs.keep};
  if (row.tensor)
    inputs.push_back(row);
  Type type = getElementTypeOrSelf(pairs.scores.tensor);
  return space.generic(
      space.getRowDims(space.getN()), inputs,
      space.empty(pairs.scores.map, type),
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value result =
            weight(b, loc, elements[0], row.tensor ? elements[2] : Value());
        Value zero = buildFloat(b, loc, type, 0.0);
        return {arith::SelectOp::create(b, loc, elements[1], result, zero)};
      });
}

MappedTensor mlir::sattn::buildRowSum(const PairSpace &space,
                                      MappedTensor weights, MappedTensor init) {
  return space.generic(
      space.getRowDims(space.getN()), {weights}, init,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        return {arith::AddFOp::create(b, loc, elements[1], elements[0])};
      });
}

MappedTensor mlir::sattn::buildProduct(const PairSpace &space,
                                       MappedTensor weights, MappedTensor keep,
                                       MappedTensor value, MappedTensor init) {
  Type type = getElementTypeOrSelf(init.tensor);
  return space.generic(
      space.getRowDims({space.getN(), space.getE()}), {weights, keep, value},
      init,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value element = buildFloatCast(b, loc, elements[2], type);
        Value product = arith::MulFOp::create(b, loc, elements[0], element);
        Value sum = arith::AddFOp::create(b, loc, elements[3], product);
        return {arith::SelectOp::create(b, loc, elements[1], sum, elements[3])};
      });
}

RowArgmax mlir::sattn::buildArgmax(const PairSpace &space,
                                   const ScoredPairs &pairs,
                                   MappedTensor init) {
  OpBuilder &builder = space.getBuilder();
  MappedTensor nowhere = space.fill(init.map, builder.getIndexAttr(-1));
  auto type = cast<FloatType>(getElementTypeOrSelf(init.tensor));
  SmallVector<Value> results = space.generic(
      space.getRowDims(space.getN()), {pairs.scores, pairs.keep},
      {init, nowhere},
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        using P = arith::CmpFPredicate;
        Value best = elements[2];
        Value lowest = arith::ConstantOp::create(
            b, loc,
            FloatAttr::get(
                type, APFloat::getLargest(type.getFloatSemantics(), true)));
        Value score = arith::SelectOp::create(
            b, loc, buildIsMinusInfinity(b, loc, elements[0]), lowest,
            elements[0]);
        // Greater or unordered, but the first of several NaN stays.
        Value beats = arith::CmpFOp::create(b, loc, P::UGT, score, best);
        Value isNumber = arith::CmpFOp::create(b, loc, P::ORD, best, best);
        beats = arith::AndIOp::create(b, loc, beats, isNumber);
        beats = arith::AndIOp::create(b, loc, beats, elements[1]);
        Value here = linalg::IndexOp::create(b, loc, space.getN());
        return {arith::SelectOp::create(b, loc, beats, score, best),
                arith::SelectOp::create(b, loc, beats, here, elements[3])};
      });
  return {{results[0], init.map}, {results[1], init.map}};
}

MappedTensor mlir::sattn::buildIsPlace(const PairSpace &space,
                                       MappedTensor place) {
  SmallVector<unsigned> dims = space.getRowDims(space.getN());
  return space.generic(
      dims, {place},
      space.empty(space.getMap(dims), space.getBuilder().getI1Type()),
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value here = linalg::IndexOp::create(b, loc, space.getN());
        return {arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, here,
                                      elements[0])};
      });
}

Value mlir::sattn::buildShift(OpBuilder &b, Location loc, Value value) {
  Value zero = buildFloat(b, loc, value.getType(), 0.0);
  Value isEmpty = buildIsMinusInfinity(b, loc, value);
  return arith::SelectOp::create(b, loc, isEmpty, zero, value);
}

MappedTensor mlir::sattn::buildOutput(const PairSpace &space, MappedTensor acc,
                                      MappedTensor sum, AffineMap result,
                                      Type elementType) {
  SmallVector<MappedTensor> inputs = {acc};
  if (sum.tensor)
    inputs.push_back(sum);
  SmallVector<unsigned> dims = space.getRowDims(space.getE());
  return space.generic(
      dims, inputs, space.empty(result, elementType),
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value output = elements[0];
        if (sum.tensor) {
          Value zero = buildFloat(b, loc, output.getType(), 0.0);
          Value isEmpty = arith::CmpFOp::create(
              b, loc, arith::CmpFPredicate::OEQ, elements[1], zero);
          output = arith::DivFOp::create(b, loc, output, elements[1]);
          output = arith::SelectOp::create(b, loc, isEmpty, zero, output);
        }
        return {buildFloatCast(b, loc, output, elementType)};
      });
}

Value mlir::sattn::buildPlainWeight(OpBuilder &b, Location loc, Link link,
                                    Value score) {
  if (link == Link::Exp)
    return math::ExpOp::create(b, loc, score);
  if (link != Link::Sigmoid)
    return score;
  Value one = buildFloat(b, loc, score.getType(), 1.0);
  Value exp = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, score));
  return arith::DivFOp::create(b, loc, one,
                               arith::AddFOp::create(b, loc, one, exp));
}

Value mlir::sattn::castTo(const PairSpace &space, MappedTensor tensor,
                          Type type) {
  if (tensor.tensor.getType() == type)
    return tensor.tensor;
  return tensor::CastOp::create(space.getBuilder(), space.getLoc(), type,
                                tensor.tensor);
}
