//===- NormOp.cpp - sattn.norm -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layer and RMS normalisation: verification, shapes and the reference lowering,
// which computes the variance from centred values.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Verification and shapes
//===----------------------------------------------------------------------===//

static LogicalResult verifySegments(NormOp op, int64_t width) {
  if (!op.getSegments())
    return success();
  if (ShapedType::isDynamic(width))
    return op.emitOpError("expected a static last extent with 'segments', got ")
           << op.getInput().getType();
  int64_t sum = 0;
  ArrayRef<int64_t> segments = *op.getSegments();
  for (auto [i, segment] : llvm::enumerate(segments)) {
    if (segment < 1 || segment > width)
      return op.emitOpError("expected segments from 1 to ")
             << width << ", got segments[" << i << "] = " << segment;
    sum += segment;
  }
  if (sum != width)
    return op.emitOpError("expected 'segments' to sum to the last extent ")
           << width << ", got " << sum;
  return success();
}

LogicalResult NormOp::verify() {
  RankedTensorType input = getInput().getType();
  if (input.getRank() < 1)
    return emitOpError("expected an input with one axis or more, got ")
           << input;
  // C12
  int64_t width = input.getShape().back();
  if (failed(verifySegments(*this, width)))
    return failure();
  for (auto [name, tensor] : {std::pair("gain", Value(getGain())),
                              std::pair("bias", Value(getBias()))})
    if (tensor &&
        failed(verifyCompatibleShape(
            cast<RankedTensorType>(tensor.getType()).getShape(), {width})))
      return emitOpError("expected '")
             << name << "' with the one axis and last extent of the input "
             << input << ", got " << tensor.getType();
  if (!(getEpsilon().convertToDouble() >= 0.0))
    return emitOpError("expected an epsilon of 0 or more, got ")
           << getEpsilonAttr();
  return success();
}

LogicalResult NormOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(builder, getLoc(), getInput()));
  return success();
}

//===----------------------------------------------------------------------===//
// Reference lowering
//===----------------------------------------------------------------------===//

namespace {
/// Columns of one segment. The labels of all tensors are the axes of the input.
class SegmentNorm {
public:
  SegmentNorm(OpBuilder &builder, NormOp op, Value input, Value gain,
              Value bias);
  /// The mean of each row, null for `rms`, and its divisor.
  std::pair<Value, Value> buildStatistics();
  /// Writes the normalised columns into `output`.
  Value build(Value output);

private:
  /// Sum over the columns of `term`, a function of an element and, if given, of
  /// the mean of its row.
  Value buildSum(Value mean,
                 function_ref<Value(OpBuilder &, Location, ValueRange)> term);
  /// Divides sums by the number of columns and applies `finish` to the
  /// quotient.
  Value buildMean(Value sum,
                  function_ref<Value(OpBuilder &, Location, Value)> finish);

  OpBuilder &builder;
  NormOp op;
  Location loc;
  FloatType accumulator;
  Value input, gain, bias;
  Labels axes, rows, column;
};
} // namespace

SegmentNorm::SegmentNorm(OpBuilder &builder, NormOp op, Value input, Value gain,
                         Value bias)
    : builder(builder), op(op), loc(op.getLoc()), input(input), gain(gain),
      bias(bias) {
  accumulator = getAccumulatorType(op->getOperands());
  int64_t rank = op.getInput().getType().getRank();
  for (int64_t axis = 0; axis < rank; ++axis)
    axes.push_back(axis);
  rows = Labels(ArrayRef(axes).drop_back());
  column = {axes.back()};
}

Value SegmentNorm::buildSum(
    Value mean, function_ref<Value(OpBuilder &, Location, ValueRange)> term) {
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(builder, loc, input);
  Value zero =
      createFilled(builder, loc, ArrayRef(shape).drop_back(), accumulator, 0.0);
  SmallVector<LabelledTensor> inputs{{input, axes}};
  if (mean)
    inputs.push_back({mean, rows});
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in,
                  ValueRange out) {
    Value sum =
        arith::AddFOp::create(b, bodyLoc, out.front(), term(b, bodyLoc, in));
    return SmallVector<Value>{sum};
  };
  return createGeneric(builder, loc, inputs, {{zero, rows}}, accumulator, body)
      .front();
}

Value SegmentNorm::buildMean(
    Value sum, function_ref<Value(OpBuilder &, Location, Value)> finish) {
  int64_t width = cast<RankedTensorType>(input.getType()).getShape().back();
  Value count;
  if (ShapedType::isStatic(width)) {
    count = arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(accumulator, double(width)));
  } else {
    count = tensor::DimOp::create(builder, loc, input, rows.size());
    count =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), count);
    count = arith::SIToFPOp::create(builder, loc, accumulator, count);
  }
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in, ValueRange) {
    Value mean = arith::DivFOp::create(b, bodyLoc, in.front(), count);
    return SmallVector<Value>{finish(b, bodyLoc, mean)};
  };
  Value empty = createEmpty(
      builder, loc, tensor::getMixedSizes(builder, loc, sum), accumulator);
  return createGeneric(builder, loc, {{sum, rows}}, {{empty, rows}},
                       accumulator, body)
      .front();
}

std::pair<Value, Value> SegmentNorm::buildStatistics() {
  Value mean;
  if (op.getKind() == NormKind::Layer) {
    Value sum = buildSum(
        {}, [](OpBuilder &, Location, ValueRange in) { return in[0]; });
    mean = buildMean(sum,
                     [](OpBuilder &, Location, Value value) { return value; });
  }
  Value squares =
      buildSum(mean, [](OpBuilder &b, Location bodyLoc, ValueRange in) {
        Value x = in[0];
        if (in.size() == 2)
          x = arith::SubFOp::create(b, bodyLoc, x, in[1]);
        return arith::MulFOp::create(b, bodyLoc, x, x).getResult();
      });
  double epsilon = op.getEpsilon().convertToDouble();
  Value deviation =
      buildMean(squares, [&](OpBuilder &b, Location bodyLoc, Value variance) {
        Value constant = arith::ConstantOp::create(
            b, bodyLoc, b.getFloatAttr(accumulator, epsilon));
        Value sum = arith::AddFOp::create(b, bodyLoc, variance, constant);
        return math::SqrtOp::create(b, bodyLoc, sum).getResult();
      });

  return {mean, deviation};
}

Value SegmentNorm::build(Value output) {
  auto [mean, deviation] = buildStatistics();
  bool hasMean = mean != nullptr;
  SmallVector<LabelledTensor> inputs{{input, axes}, {deviation, rows}};
  if (mean)
    inputs.push_back({mean, rows});
  if (gain)
    inputs.push_back({gain, column});
  if (bias)
    inputs.push_back({bias, column});
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in, ValueRange) {
    Value x = in[0], sigma = in[1];
    in = in.drop_front(2);
    auto next = [&] {
      Value value = in.front();
      in = in.drop_front();
      return value;
    };
    if (hasMean)
      x = arith::SubFOp::create(b, bodyLoc, x, next());
    x = arith::DivFOp::create(b, bodyLoc, x, sigma);
    if (gain)
      x = arith::MulFOp::create(b, bodyLoc, x, next());
    if (bias)
      x = arith::AddFOp::create(b, bodyLoc, x, next());
    return SmallVector<Value>{x};
  };
  return createGeneric(builder, loc, inputs, {{output, axes}}, accumulator,
                       body)
      .front();
}

std::pair<Value, Value> NormOp::buildStatistics(OpBuilder &builder) {
  return SegmentNorm(builder, *this, getInput(), getGain(), getBias())
      .buildStatistics();
}

FailureOr<SmallVector<Value>> NormOp::decomposeOperation(OpBuilder &builder) {
  Location loc = getLoc();
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(builder, loc, getInput());
  Value result = createEmpty(builder, loc, shape, getType().getElementType());
  if (!getSegments())
    return SmallVector<Value>{
        SegmentNorm(builder, *this, getInput(), getGain(), getBias())
            .build(result)};

  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(shape.size(), builder.getIndexAttr(1));
  auto slice = [&](Value tensor, int64_t axes) -> Value {
    if (!tensor)
      return {};
    return tensor::ExtractSliceOp::create(
        builder, loc, tensor, ArrayRef(offsets).take_back(axes),
        ArrayRef(shape).take_back(axes), ArrayRef(strides).take_back(axes));
  };
  int64_t offset = 0;
  ArrayRef<int64_t> segments = *getSegments();
  for (int64_t width : segments) {
    offsets.back() = builder.getIndexAttr(offset);
    shape.back() = builder.getIndexAttr(width);
    SegmentNorm norm(builder, *this, slice(getInput(), shape.size()),
                     slice(getGain(), 1), slice(getBias(), 1));
    Value part = norm.build(slice(result, shape.size()));
    result = tensor::InsertSliceOp::create(builder, loc, part, result, offsets,
                                           shape, strides);
    offset += width;
  }
  return SmallVector<Value>{result};
}
