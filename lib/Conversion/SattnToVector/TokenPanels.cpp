//===- TokenPanels.cpp - Panels of tokens, norms on them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenPanels.h"
#include "QueryTile.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "sattn/Transforms/Passes.h"
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

using Values = TileBuilder::Values;

//===----------------------------------------------------------------------===//
// Into and out of panels
//===----------------------------------------------------------------------===//

/// Tokens whose rows are written together.
static constexpr int64_t kQuad = 4;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Value mlir::sattn::createPanel(TileBuilder &b, int64_t features) {
  return tensor::EmptyOp::create(b, ArrayRef<int64_t>{features, b.getLanes()},
                                 b.getElement());
}

/// Row `lane` of `tokens`, the last one again behind it; `whole` promises that there
/// are as many rows as lanes.
static Value getRow(TileBuilder &b, Value tokens, int64_t lane, bool whole) {
  return whole ? b.index(lane) : b.min(b.index(lane), b.add(b.dim(tokens, 0), -1));
}

/// What `body` makes of `tokens`: code for a whole panel, whose rows have constant
/// places, and code for the last one.
static Value branchOnRows(TileBuilder &b, Value tokens, function_ref<Value(bool whole)> body) {
  if (!getTensorType(tokens).isDynamicDim(0))
    return body(/*whole=*/true);
  Value isWhole =
      b.compare(arith::CmpIPredicate::eq, b.dim(tokens, 0), b.index(b.getLanes()));
  return b
      .branch(isWhole, [&] { return Values{body(true)}; }, [&] { return Values{body(false)}; })
      .front();
}

/// Calls `body` with the first column and the number of columns of each block.
/// `stream` asks for stores around the caches.
static Value
forEachBlock(TileBuilder &b, int64_t features, int64_t block, Value init, bool stream,
             function_ref<Value(Value column, int64_t columns, Value carried)> body) {
  int64_t whole = features / block * block;
  if (whole > 0) {
    init = b.loop(b.index(0), b.index(whole), block, init,
                  [&](Value column, ValueRange carried) {
                    return Values{body(column, block, carried.front())};
                  })
               .front();
    if (stream)
      init.getDefiningOp()->setDiscardableAttr(kStreamAttrName, b.getUnitAttr());
  }
  return whole < features ? body(b.index(whole), features - whole, init) : init;
}

static Value packRows(TileBuilder &b, Value tokens, bool whole) {
  RankedTensorType type = getTensorType(tokens);
  int64_t features = type.getDimSize(1), block = std::gcd(kTransposeBlock, b.getLanes());
  VectorType rowType = VectorType::get({block}, type.getElementType());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  auto packColumns = [&](Value column, int64_t columns, Value panel) {
    for (int64_t lane = 0; lane < b.getLanes(); lane += block) {
      Values square;
      for (int64_t i = 0; i < block; ++i) {
        Value row = vector::TransferReadOp::create(
            b, rowType, tokens, ValueRange{getRow(b, tokens, lane + i, whole), column}, zero,
            ArrayRef<bool>{columns == block});
        square.push_back(b.convert(row, b.getElement()));
      }
      square = b.transpose(square);
      for (int64_t c = 0; c < columns; ++c)
        panel = b.writeRow(square[c], panel, {b.add(column, c), b.index(lane)});
    }
    return panel;
  };
  return forEachBlock(b, features, block, createPanel(b, features), /*stream=*/false,
                      packColumns);
}

/// Four lanes of eight features (feature f, lanes `lane`.. of panel row `column` + f)
/// as four vectors of eight features. Features behind `columns` repeat the last one.
static Values readFourTokens(TileBuilder &b, Value panel, Value column, int64_t lane,
                             int64_t columns) {
  VectorType quad = VectorType::get({kQuad}, b.getElement());
  auto readQuad = [&](int64_t feature) -> Value {
    feature = std::min(feature, columns - 1);
    return vector::TransferReadOp::create(b, quad, panel,
                                          ValueRange{b.add(column, feature), b.index(lane)},
                                          b.scalar(0.0), ArrayRef<bool>{true});
  };
  // Halves that lie four features apart: both are transposed by the same shuffles.
  Values rows;
  for (int64_t i = 0; i < kQuad; ++i)
    rows.push_back(vector::ShuffleOp::create(b, readQuad(i), readQuad(i + kQuad),
                                             ArrayRef<int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> mask) -> Value {
    SmallVector<int64_t> both(mask);
    for (int64_t lane : mask)
      both.push_back(lane + kQuad);
    return vector::ShuffleOp::create(b, x, y, both);
  };
  Values pairs;
  for (auto [x, y] : {std::pair(rows[0], rows[1]), std::pair(rows[2], rows[3])}) {
    pairs.push_back(shuffle(x, y, {0, 8, 1, 9}));
    pairs.push_back(shuffle(x, y, {2, 10, 3, 11}));
  }
  return {shuffle(pairs[0], pairs[2], {0, 1, 8, 9}), shuffle(pairs[0], pairs[2], {2, 3, 10, 11}),
          shuffle(pairs[1], pairs[3], {0, 1, 8, 9}), shuffle(pairs[1], pairs[3], {2, 3, 10, 11})};
}

/// Eight features of the one token in lane `lane`, for panels that are not whole quads.
static Value readToken(TileBuilder &b, Value panel, Value column, int64_t lane, int64_t columns) {
  Values features;
  for (int64_t feature = 0; feature < kTransposeBlock; ++feature) {
    Value row = b.add(column, std::min(feature, columns - 1));
    features.push_back(tensor::ExtractOp::create(b, panel, ValueRange{row, b.index(lane)}));
  }
  return vector::FromElementsOp::create(b, VectorType::get({kTransposeBlock}, b.getElement()), features);
}

static Value unpackRows(TileBuilder &b, Value panel, Value tokens, bool whole) {
  RankedTensorType type = getTensorType(tokens);
  auto element = cast<FloatType>(type.getElementType());
  int64_t features = type.getDimSize(1), lanes = b.getLanes();
  int64_t group = lanes % kQuad == 0 ? kQuad : 1;
  // Two neighbours in a row fill a cache line of f32, which is then written at once.
  int64_t line = 2 * kTransposeBlock;
  auto writeColumns = [&](Value column, int64_t columns, int64_t lane, Value result) {
    SmallVector<std::pair<int64_t, Values>> squares;
    for (int64_t c = 0; c < columns; c += kTransposeBlock) {
      Value first = b.add(column, c);
      squares.emplace_back(c, group == kQuad
                                  ? readFourTokens(b, panel, first, lane, columns - c)
                                  : Values{readToken(b, panel, first, lane, columns - c)});
    }
    // Rows behind the last one are written to its place, before it is.
    for (int64_t i = group - 1; i >= 0; --i)
      for (auto &[c, square] : squares) {
        Value part = vector::ExtractStridedSliceOp::create(
            b, square[i], ArrayRef<int64_t>{0},
            ArrayRef<int64_t>{std::min(kTransposeBlock, columns - c)}, ArrayRef<int64_t>{1});
        result = b.writeRow(b.convert(part, element), result,
                            {getRow(b, tokens, lane + i, whole), b.add(column, c)});
      }
    return result;
  };
  for (int64_t lane = lanes - group; lane >= 0; lane -= group)
    tokens = forEachBlock(b, features, line, tokens, /*stream=*/whole,
                          [&](Value column, int64_t columns, Value result) {
                            return writeColumns(column, columns, lane, result);
                          });
  return tokens;
}

Value mlir::sattn::packTokens(TileBuilder &b, Value tokens) {
  return branchOnRows(b, tokens, [&](bool whole) { return packRows(b, tokens, whole); });
}

Value mlir::sattn::unpackTokens(TileBuilder &b, Value panel, Value tokens) {
  return branchOnRows(b, tokens, [&](bool whole) { return unpackRows(b, panel, tokens, whole); });
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
