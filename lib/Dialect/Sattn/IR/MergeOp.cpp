//===- MergeOp.cpp - sattn.merge -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Merging attentions over disjoint sets of keys: verification, shapes, the
// reference lowering and canonicalization.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Verification and shapes
//===----------------------------------------------------------------------===//

bool MergeOp::hasLeadingAxis() {
  auto part = cast<RankedTensorType>(getOutputs().front().getType());
  return getOutputs().size() == 1 &&
         part.getRank() == getOutput().getType().getRank() + 1;
}

LogicalResult MergeOp::verify() {
  // C13
  if (getOutputs().empty())
    return emitOpError("expected one part or more, got none");
  RankedTensorType output = getOutput().getType(), lse = getLse().getType();
  if (output.getRank() < 1 ||
      failed(
          verifyCompatibleShape(lse.getShape(), output.getShape().drop_back())))
    return emitOpError("expected an lse of the shape of the output ")
           << output << " without its last axis, got " << lse;
  bool leading = hasLeadingAxis();
  auto verifyPart = [&](StringRef name, Value part, RankedTensorType result) {
    auto type = cast<RankedTensorType>(part.getType());
    if (type.getElementType() == result.getElementType() &&
        succeeded(verifyCompatibleShape(type.getShape().drop_front(leading),
                                        result.getShape())))
      return success();
    return LogicalResult(
        emitOpError("expected ")
        << name << " of the type of the result " << result
        << (getOutputs().size() == 1 ? ", or with a leading axis" : "")
        << ", got " << type);
  };
  for (auto [partOutput, partLse] : llvm::zip_equal(getOutputs(), getLses())) {
    auto lseType = cast<RankedTensorType>(partLse.getType());
    if (lseType.getRank() != lse.getRank() + leading)
      return emitOpError("expected an lse with ")
             << lse.getRank() + leading << " axes for a part "
             << partOutput.getType() << ", got " << lseType;
    if (failed(verifyPart("an output", partOutput, output)) ||
        failed(verifyPart("an lse", partLse, lse)))
      return failure();
  }
  if (leading && failed(verifyCompatibleShape(
                     cast<RankedTensorType>(getOutputs().front().getType())
                         .getShape()
                         .take_front(),
                     cast<RankedTensorType>(getLses().front().getType())
                         .getShape()
                         .take_front())))
    return emitOpError("expected equal leading extents, got ")
           << getOutputs().front().getType() << " and "
           << getLses().front().getType();
  return success();
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  int64_t shift = hasLeadingAxis();
  for (auto [result, part] :
       {std::pair(Value(getOutput()), getOutputs().front()),
        std::pair(Value(getLse()), getLses().front())}) {
    SmallVector<OpFoldResult> &shape = shapes.emplace_back();
    for (auto [axis, extent] :
         llvm::enumerate(cast<RankedTensorType>(result.getType()).getShape())) {
      if (ShapedType::isStatic(extent))
        shape.push_back(builder.getIndexAttr(extent));
      else
        shape.push_back(
            tensor::DimOp::create(builder, getLoc(), part, axis + shift)
                .getResult());
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Reference lowering
//===----------------------------------------------------------------------===//

namespace {
/// Labels: r... the axes of the merged lse, e the last axis of the output, p
/// the leading axis of the one pair. With separate parts the body of each
/// generic goes over them, else the loop over p does; the two are the same
/// code.
class MergeBuilder {
public:
  MergeBuilder(OpBuilder &builder, MergeOp op);
  SmallVector<Value> build();

private:
  Value buildMaximum();
  /// Sum of exp(lse_p - maximum).
  Value buildSum(Value maximum);
  /// exp(lse_p - maximum) / sum for each lse operand.
  SmallVector<LabelledTensor> buildWeights(Value maximum, Value sum);
  Value buildOutput(ArrayRef<LabelledTensor> weights);
  Value buildLse(Value maximum, Value sum);
  /// `value`, or 0 if `lse` is -inf.
  Value selectLive(OpBuilder &b, Location bodyLoc, Value lse, Value value);

  OpBuilder &builder;
  MergeOp op;
  Location loc;
  FloatType accumulator;
  SmallVector<LabelledTensor> outputs, lses;
  Labels rows;
  SmallVector<OpFoldResult> rowShape;
};
} // namespace

MergeBuilder::MergeBuilder(OpBuilder &builder, MergeOp op)
    : builder(builder), op(op), loc(op.getLoc()) {
  accumulator = getAccumulatorType(op->getOperands());
  for (int64_t axis = 0; axis < op.getLse().getType().getRank(); ++axis)
    rows.push_back(256 + axis);
  Labels partRows = rows;
  if (op.hasLeadingAxis())
    partRows.insert(partRows.begin(), 'p');
  Labels partColumns = partRows;
  partColumns.push_back('e');
  for (auto [output, lse] : llvm::zip_equal(op.getOutputs(), op.getLses())) {
    outputs.push_back({output, partColumns});
    lses.push_back({lse, partRows});
  }
  rowShape = tensor::getMixedSizes(builder, loc, lses.front().value);
  if (op.hasLeadingAxis())
    rowShape.erase(rowShape.begin());
}

Value MergeBuilder::buildMaximum() {
  Value lowest = createFilled(builder, loc, rowShape, accumulator,
                              -std::numeric_limits<double>::infinity());
  auto body = [](OpBuilder &b, Location bodyLoc, ValueRange in,
                 ValueRange out) {
    Value maximum = out.front();
    for (Value lse : in)
      maximum = arith::MaximumFOp::create(b, bodyLoc, maximum, lse);
    return SmallVector<Value>{maximum};
  };
  return createGeneric(builder, loc, lses, {{lowest, rows}}, accumulator, body)
      .front();
}

Value MergeBuilder::selectLive(OpBuilder &b, Location bodyLoc, Value lse,
                               Value value) {
  Value zero =
      arith::ConstantOp::create(b, bodyLoc, b.getFloatAttr(accumulator, 0.0));
  Value lowest = arith::ConstantOp::create(
      b, bodyLoc,
      b.getFloatAttr(accumulator, -std::numeric_limits<double>::infinity()));
  Value dead =
      arith::CmpFOp::create(b, bodyLoc, arith::CmpFPredicate::OEQ, lse, lowest);
  return arith::SelectOp::create(b, bodyLoc, dead, zero, value);
}

static Value buildExp(OpBuilder &b, Location loc, Value lse, Value maximum) {
  Value difference = arith::SubFOp::create(b, loc, lse, maximum);
  return math::ExpOp::create(b, loc, difference);
}

Value MergeBuilder::buildSum(Value maximum) {
  Value zero = createFilled(builder, loc, rowShape, accumulator, 0.0);
  SmallVector<LabelledTensor> inputs = lses;
  inputs.push_back({maximum, rows});
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in,
                  ValueRange out) {
    Value sum = out.front();
    for (Value lse : in.drop_back()) {
      // Where all are -inf, exp(-inf - -inf) is not a weight.
      Value weight =
          selectLive(b, bodyLoc, lse, buildExp(b, bodyLoc, lse, in.back()));
      sum = arith::AddFOp::create(b, bodyLoc, sum, weight);
    }
    return SmallVector<Value>{sum};
  };
  return createGeneric(builder, loc, inputs, {{zero, rows}}, accumulator, body)
      .front();
}

SmallVector<LabelledTensor> MergeBuilder::buildWeights(Value maximum,
                                                       Value sum) {
  SmallVector<LabelledTensor> inputs = lses, weights;
  inputs.push_back({maximum, rows});
  inputs.push_back({sum, rows});
  for (const LabelledTensor &lse : lses) {
    SmallVector<OpFoldResult> shape =
        tensor::getMixedSizes(builder, loc, lse.value);
    weights.push_back(
        {createEmpty(builder, loc, shape, accumulator), lse.labels});
  }
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in, ValueRange) {
    SmallVector<Value> results;
    for (Value lse : in.drop_back(2)) {
      Value weight = buildExp(b, bodyLoc, lse, in[in.size() - 2]);
      results.push_back(arith::DivFOp::create(b, bodyLoc, weight, in.back()));
    }
    return results;
  };
  SmallVector<Value> results =
      createGeneric(builder, loc, inputs, weights, accumulator, body);
  for (auto [weight, result] : llvm::zip_equal(weights, results))
    weight.value = result;
  return weights;
}

Value MergeBuilder::buildOutput(ArrayRef<LabelledTensor> weights) {
  SmallVector<OpFoldResult> shape = rowShape;
  Value part = outputs.front().value;
  shape.push_back(tensor::getMixedSize(
      builder, loc, part,
      cast<RankedTensorType>(part.getType()).getRank() - 1));
  Value zero = createFilled(builder, loc, shape, accumulator, 0.0);
  Labels labels = rows;
  labels.push_back('e');

  SmallVector<LabelledTensor> inputs = outputs;
  llvm::append_range(inputs, weights);
  llvm::append_range(inputs, lses);
  size_t parts = outputs.size();
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in,
                  ValueRange out) {
    Value sum = out.front();
    for (size_t i = 0; i < parts; ++i) {
      Value product = arith::MulFOp::create(b, bodyLoc, in[parts + i], in[i]);
      sum = arith::AddFOp::create(
          b, bodyLoc, sum, selectLive(b, bodyLoc, in[2 * parts + i], product));
    }
    return SmallVector<Value>{sum};
  };
  return createGeneric(builder, loc, inputs, {{zero, labels}}, accumulator,
                       body)
      .front();
}

Value MergeBuilder::buildLse(Value maximum, Value sum) {
  Value empty = createEmpty(builder, loc, rowShape, accumulator);
  auto body = [](OpBuilder &b, Location bodyLoc, ValueRange in, ValueRange) {
    Value log = math::LogOp::create(b, bodyLoc, in[1]);
    return SmallVector<Value>{arith::AddFOp::create(b, bodyLoc, in[0], log)};
  };
  return createGeneric(builder, loc, {{maximum, rows}, {sum, rows}},
                       {{empty, rows}}, accumulator, body)
      .front();
}

SmallVector<Value> MergeBuilder::build() {
  Value maximum = buildMaximum();
  Value sum = buildSum(maximum);
  Value output = buildOutput(buildWeights(maximum, sum));
  Value lse = buildLse(maximum, sum);
  return {convertTensor(builder, loc, output, op.getOutput().getType()),
          convertTensor(builder, loc, lse, op.getLse().getType())};
}

FailureOr<SmallVector<Value>> MergeOp::decomposeOperation(OpBuilder &builder) {
  return MergeBuilder(builder, *this).build();
}

//===----------------------------------------------------------------------===//
// Canonicalization
//===----------------------------------------------------------------------===//

namespace {
/// merge(o, l) -> o, l. Only for a pair that one op made: there a row with lse
/// -inf is known to have output 0, which the merge would otherwise see to.
struct MergeOfOnePart : OpRewritePattern<MergeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MergeOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getOutputs().size() != 1)
      return rewriter.notifyMatchFailure(op, "more than one part");
    Value output = op.getOutputs().front(), lse = op.getLses().front();
    if (output.getType() != op.getOutput().getType() ||
        lse.getType() != op.getLse().getType())
      return rewriter.notifyMatchFailure(op, "the part has another type");
    Operation *producer = output.getDefiningOp();
    if (!isa_and_nonnull<AttentionOp, MergeOp, FinalizeOp>(producer) ||
        producer->getNumResults() != 2 || output != producer->getResult(0) ||
        lse != producer->getResult(1))
      return rewriter.notifyMatchFailure(
          op, "output and lse are not of one attention");
    rewriter.replaceOp(op, {output, lse});
    return success();
  }
};
} // namespace

void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MergeOfOnePart>(context);
}
