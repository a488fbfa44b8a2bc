//===- FinalizeToNV.cpp - Begin and end of a state on fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FragmentBuilder.h"
#include "KernelState.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr float kLn2 = 0.6931471805599453f;

namespace {
struct FillPattern : OpConversionPattern<linalg::FillOp> {
  FillPattern(const TypeConverter &converter, MLIRContext *context, const KernelState &kernel)
      : OpConversionPattern(converter, context), kernel(kernel) {}

  LogicalResult matchAndRewrite(linalg::FillOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertType(op.getResult(0), types)) ||
        !isa<FragType>(types.front()))
      return rewriter.notifyMatchFailure(op, "expected the start of a state");
    auto type = cast<FragType>(types.front());
    SmallVector<Value> values = {
        sattn_nv::FillOp::create(rewriter, op.getLoc(), type, op.getInputs().front())};
    if (types.size() > 1)
      llvm::append_range(values, kernel.buildZeroProduct(rewriter, op.getLoc(), type));
    rewriter.replaceOpWithMultiple(op, SmallVector<SmallVector<Value>>{std::move(values)});
    return success();
  }

private:
  const KernelState &kernel;
};

struct FinalizePattern : OpConversionPattern<sattn::FinalizeOp> {
  FinalizePattern(const TypeConverter &converter, MLIRContext *context, const KernelState &kernel)
      : OpConversionPattern(converter, context), kernel(kernel) {}

  LogicalResult matchAndRewrite(sattn::FinalizeOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;

private:
  const KernelState &kernel;
};
} // namespace

/// acc / sum; a row without pairs, whose sum is 0, becomes 0.
static Value divideBySum(FragmentBuilder &fragments, Value acc, Value sum) {
  Value inverse = fragments.map(
      cast<FragType>(sum.getType()), {sum}, [](ScalarBuilder &b, ValueRange args) {
        Value quotient = b.div(b.constant(1.0f), args[0]);
        return b.select(b.isEqual(args[0], 0.0f), b.constant(0.0f), quotient);
      });
  return fragments.map(
      cast<FragType>(acc.getType()), {acc, inverse},
      [](ScalarBuilder &b, ValueRange args) { return b.mul(args[0], args[1]); });
}

LogicalResult FinalizePattern::matchAndRewrite(sattn::FinalizeOp op, OneToNOpAdaptor adaptor,
                                               ConversionPatternRewriter &rewriter) const {
  FragmentBuilder fragments(rewriter, op.getLoc());
  SmallVector<Value> state;
  for (ValueRange values : adaptor.getState())
    state.push_back(values.front());
  sattn::Link link = op.getLink();
  bool hasReference = link == sattn::Link::Softmax;
  bool hasSum = hasReference || link == sattn::Link::Linear;
  Value output = state.front(), sum;
  if (ValueRange values = adaptor.getState().front(); values.size() > 1) {
    output = MmaOp::create(rewriter, op.getLoc(), output.getType(), values[1], values[2], output,
                           /*where=*/Value(), /*transposed=*/true, /*first=*/0, /*strip=*/0,
                           /*warpgroup=*/true);
    kernel.release(rewriter, op.getLoc(), values[2]);
  }
  if (hasSum) {
    auto rowType = cast<FragType>(state.back().getType())
                       .getLike(Layout::row, rewriter.getF32Type());
    sum = AcrossOp::create(rewriter, op.getLoc(), rowType, Reduction::add, state.back());
    output = divideBySum(fragments, output, sum);
  }
  SmallVector<Value> results = {
      StoreOp::create(rewriter, op.getLoc(), op.getResultTypes()[0], output, op.getOuts()[0])
          .getResult()};
  if (op.getNumResults() == 2) {
    SmallVector<Value> inputs = {sum};
    if (hasReference)
      inputs.push_back(state[1]);
    Value lse = fragments.map(
        cast<FragType>(sum.getType()), inputs, [&](ScalarBuilder &b, ValueRange args) {
          Value log = b.log2(args[0]);
          return b.mul(b.constant(kLn2), hasReference ? b.add(args[1], log) : log);
        });
    results.push_back(
        StoreOp::create(rewriter, op.getLoc(), op.getResultTypes()[1], lse, op.getOuts()[1])
            .getResult());
  }
  rewriter.replaceOp(op, results);
  return success();
}

void sattn_nv::populateFinalizePatterns(RewritePatternSet &patterns,
                                        const TypeConverter &converter,
                                        const KernelState &kernel) {
  patterns.add<FillPattern, FinalizePattern>(converter, patterns.getContext(), kernel);
}
