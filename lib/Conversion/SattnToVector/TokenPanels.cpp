//===- TokenPanels.cpp - Panels of tokens, norms on them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenPanels.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

using Values = TileBuilder::Values;

//===----------------------------------------------------------------------===//
// Into and out of panels
//===----------------------------------------------------------------------===//

/// Side of the square blocks that are transposed in registers.
static constexpr int64_t kBlock = 8;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Value mlir::sattn::createPanel(TileBuilder &b, int64_t features) {
  return tensor::EmptyOp::create(b, ArrayRef<int64_t>{features, b.getLanes()},
                                 b.getElement());
}

Value mlir::sattn::packTokens(TileBuilder &b, Value tokens) {
  RankedTensorType type = getTensorType(tokens);
  int64_t features = type.getDimSize(1), block = std::gcd(kBlock, b.getLanes());
  bool wholeRows = type.getDimSize(0) == b.getLanes(),
       wholeColumns = features % block == 0;
  VectorType square = VectorType::get({block, block}, type.getElementType());
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  auto packColumns = [&](Value column, ValueRange carried) {
    Value panel = carried.front();
    for (int64_t lane = 0; lane < b.getLanes(); lane += block) {
      Value piece = vector::TransferReadOp::create(
          b, square, tokens, ValueRange{b.index(lane), column}, zero,
          ArrayRef<bool>{wholeRows, wholeColumns});
      piece = b.convert(piece, b.getElement());
      piece = vector::TransposeOp::create(b, piece, ArrayRef<int64_t>{1, 0});
      panel = vector::TransferWriteOp::create(
                  b, piece, panel, ValueRange{column, b.index(lane)},
                  ArrayRef<bool>{wholeColumns, true})
                  .getResult();
    }
    return Values{panel};
  };
  return b
      .loop(b.index(0), b.index(features), block, createPanel(b, features),
            packColumns)
      .front();
}

Value mlir::sattn::unpackTokens(TileBuilder &b, Value panel, Value tokens) {
  RankedTensorType type = getTensorType(tokens);
  auto element = cast<FloatType>(type.getElementType());
  int64_t features = type.getDimSize(1), block = std::gcd(kBlock, b.getLanes());
  bool wholeRows = type.getDimSize(0) == b.getLanes(),
       wholeColumns = features % block == 0;
  VectorType square = VectorType::get({block, block}, b.getElement());
  auto unpackColumns = [&](Value column, ValueRange carried) {
    Value result = carried.front();
    for (int64_t lane = 0; lane < b.getLanes(); lane += block) {
      Value piece = vector::TransferReadOp::create(
          b, square, panel, ValueRange{column, b.index(lane)}, b.scalar(0.0),
          ArrayRef<bool>{wholeColumns, true});
      piece = vector::TransposeOp::create(b, piece, ArrayRef<int64_t>{1, 0});
      piece = b.convert(piece, element);
      result = vector::TransferWriteOp::create(
                   b, piece, result, ValueRange{b.index(lane), column},
                   ArrayRef<bool>{wholeRows, wholeColumns})
                   .getResult();
    }
    return Values{result};
  };
  return b.loop(b.index(0), b.index(features), block, tokens, unpackColumns)
      .front();
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

/// The vector of feature `column`.
static Value readFeature(TileBuilder &b, Value panel, Value column) {
  return b.readRow(panel, {column, b.index(0)});
}

/// Sum over the columns [offset, offset + width) of `term`.
static Value emitSum(TileBuilder &b, Value panel, int64_t offset, int64_t width,
                     function_ref<Value(Value x, Value sum)> addTerm) {
  return b
      .loop(b.index(offset), b.index(offset + width), 1, b.splat(0.0),
            [&](Value column, ValueRange carried) {
              return Values{
                  addTerm(readFeature(b, panel, column), carried.front())};
            })
      .front();
}

/// Element `column` of the 1-D `tensor` in every lane.
static Value broadcastElement(TileBuilder &b, Value tensor, Value column) {
  Value element = tensor::ExtractOp::create(b, tensor, column);
  return b.broadcast(b.convert(element, b.getElement()));
}

static Value emitSegment(TileBuilder &b, NormOp op, Value panel, Value output,
                         int64_t offset, int64_t width) {
  Value count = b.splat(width), mean;
  if (op.getKind() == NormKind::Layer) {
    Value sum = emitSum(b, panel, offset, width,
                        [&](Value x, Value sum) { return b.addf(sum, x); });
    mean = arith::DivFOp::create(b, sum, count);
  }
  Value squares = emitSum(b, panel, offset, width, [&](Value x, Value sum) {
    x = mean ? b.subf(x, mean) : x;
    return b.fma(x, x, sum);
  });
  Value variance = arith::DivFOp::create(b, squares, count);
  Value sigma = math::SqrtOp::create(
      b, b.addf(variance, b.splat(op.getEpsilon().convertToDouble())));
  Value inverse = arith::DivFOp::create(b, b.splat(1.0), sigma);
  auto normalise = [&](Value column, ValueRange carried) {
    Value x = readFeature(b, panel, column);
    x = mean ? b.subf(x, mean) : x;
    x = b.mulf(x, inverse);
    if (op.getGain())
      x = b.mulf(x, broadcastElement(b, op.getGain(), column));
    if (op.getBias())
      x = b.addf(x, broadcastElement(b, op.getBias(), column));
    return Values{b.writeRow(x, carried.front(), {column, b.index(0)})};
  };
  return b.loop(b.index(offset), b.index(offset + width), 1, output, normalise)
      .front();
}

Value mlir::sattn::emitNorm(TileBuilder &b, NormOp op, Value panel) {
  int64_t features = getTensorType(panel).getDimSize(0);
  Value output = createPanel(b, features);
  SmallVector<int64_t> segments{features};
  if (op.getSegments())
    segments.assign(op.getSegments()->begin(), op.getSegments()->end());
  int64_t offset = 0;
  for (int64_t width : segments) {
    output = emitSegment(b, op, panel, output, offset, width);
    offset += width;
  }
  return output;
}
