//===- LinalgBuilders.cpp - Short ways to write linalg on tensors -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::sattn;

Labels sattn::toLabels(StringRef characters) {
  return llvm::map_to_vector<6>(characters, [](char c) { return unsigned(c); });
}

FloatType sattn::getAccumulatorType(ValueRange tensors) {
  MLIRContext *context = tensors.front().getContext();
  if (llvm::any_of(tensors.getTypes(), [](Type type) {
        return getElementTypeOrSelf(type).isF64();
      }))
    return Float64Type::get(context);
  return Float32Type::get(context);
}

Value sattn::convertFloat(OpBuilder &builder, Location loc, Value value,
                          Type type) {
  auto from = dyn_cast<FloatType>(value.getType());
  auto to = dyn_cast<FloatType>(type);
  if (!from || !to || from == to)
    return value;
  if (from.getWidth() < to.getWidth())
    return arith::ExtFOp::create(builder, loc, type, value);
  // f16 and bf16: neither holds the other.
  if (from.getWidth() == to.getWidth())
    value = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

Value sattn::createEmpty(OpBuilder &builder, Location loc,
                         ArrayRef<OpFoldResult> shape, Type elementType) {
  return tensor::EmptyOp::create(builder, loc, shape, elementType);
}

Value sattn::createFilled(OpBuilder &builder, Location loc,
                          ArrayRef<OpFoldResult> shape, FloatType elementType,
                          double value) {
  Value scalar = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(elementType, value));
  Value empty = createEmpty(builder, loc, shape, elementType);
  return linalg::FillOp::create(builder, loc, scalar, empty).getResult(0);
}

/// The indexing map of a tensor with these labels in a nest of loops.
static AffineMap getMap(MLIRContext *context, ArrayRef<unsigned> loops,
                        ArrayRef<unsigned> labels) {
  auto exprs = llvm::map_to_vector(labels, [&](unsigned label) {
    return getAffineDimExpr(llvm::find(loops, label) - loops.begin(), context);
  });
  return AffineMap::get(loops.size(), 0, exprs, context);
}

SmallVector<Value> sattn::createGeneric(OpBuilder &builder, Location loc,
                                        ArrayRef<LabelledTensor> inputs,
                                        ArrayRef<LabelledTensor> outputs,
                                        FloatType accumulator,
                                        GenericBody body) {
  llvm::SetVector<unsigned> loops;
  for (const LabelledTensor &output : outputs)
    loops.insert_range(output.labels);
  SmallVector<utils::IteratorType> iterators(loops.size(),
                                             utils::IteratorType::parallel);
  for (const LabelledTensor &input : inputs)
    loops.insert_range(input.labels);
  iterators.resize(loops.size(), utils::IteratorType::reduction);

  SmallVector<Value> inputValues, outputValues;
  SmallVector<AffineMap> maps;
  for (const LabelledTensor &input : inputs) {
    inputValues.push_back(input.value);
    maps.push_back(
        getMap(builder.getContext(), loops.getArrayRef(), input.labels));
  }
  for (const LabelledTensor &output : outputs) {
    outputValues.push_back(output.value);
    maps.push_back(
        getMap(builder.getContext(), loops.getArrayRef(), output.labels));
  }
  auto buildBody = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
    auto scalars = llvm::map_to_vector(args, [&](Value arg) {
      return convertFloat(b, bodyLoc, arg, accumulator);
    });
    ValueRange all = scalars;
    SmallVector<Value> results = body(b, bodyLoc, all.take_front(inputs.size()),
                                      all.drop_front(inputs.size()));
    for (auto [result, output] : llvm::zip_equal(results, outputValues))
      result = convertFloat(b, bodyLoc, result, getElementTypeOrSelf(output));
    linalg::YieldOp::create(b, bodyLoc, results);
    // Outputs that are only written need no conversion.
    for (auto [scalar, arg] : llvm::zip_equal(scalars, args))
      if (scalar != arg && scalar.use_empty())
        scalar.getDefiningOp()->erase();
  };
  auto generic = linalg::GenericOp::create(
      builder, loc, ValueRange(outputValues).getTypes(), inputValues,
      outputValues, maps, iterators, buildBody);
  return llvm::to_vector_of<Value>(generic.getResults());
}

Value sattn::convertTensor(OpBuilder &builder, Location loc, Value tensor,
                           RankedTensorType type) {
  auto from = cast<RankedTensorType>(tensor.getType());
  if (from.getElementType() != type.getElementType()) {
    Labels labels;
    for (int64_t axis = 0; axis < from.getRank(); ++axis)
      labels.push_back(axis);
    Value empty =
        createEmpty(builder, loc, tensor::getMixedSizes(builder, loc, tensor),
                    type.getElementType());
    // The widest of the two types is exact for both.
    FloatType wide = getAccumulatorType({tensor, empty});
    tensor =
        createGeneric(builder, loc, {{tensor, labels}}, {{empty, labels}}, wide,
                      [](OpBuilder &, Location, ValueRange inputs, ValueRange) {
                        return SmallVector<Value>(inputs);
                      })
            .front();
  }
  if (tensor.getType() != type)
    tensor = tensor::CastOp::create(builder, loc, type, tensor);
  return tensor;
}
