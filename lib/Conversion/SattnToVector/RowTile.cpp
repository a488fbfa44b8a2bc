//===- RowTile.cpp - Tile step for few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowTile.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::sattn;

/// More queries fill enough lanes of a panel.
static constexpr int64_t kMaxQueries = 8;
/// Accumulators of a product with the value: enough chains of additions, and
/// registers are left.
static constexpr int64_t kMaxVectors = 8;

static bool isSuitableFor(Value rows, Link link) {
  auto type = cast<RankedTensorType>(rows.getType());
  return type.getDimSize(0) <= kMaxQueries && link != Link::Argmax;
}

bool RowTile::isSuitable(OnlineAttentionOp op) {
  return isSuitableFor(op.getQuery(), op.getLink());
}

bool RowTile::isSuitable(FinalizeOp op) {
  return isSuitableFor(op.getState().front(), op.getLink());
}

RowTile::RowTile(TileBuilder &builder, OnlineAttentionOp op)
    : b(builder), op(op), scoreRow(builder, op), link(op.getLink()), lanes(builder.getLanes()) {
  numQueries = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(0);
  valueDepth = cast<RankedTensorType>(op.getValue().getType()).getDimSize(1);
  dropsPairs = scoreRow.canDropPairs();
  numKeys = b.dim(op.getKeys().front(), 0);
  int64_t column = 0;
  for (Value key : op.getKeys()) {
    keys.push_back({key, column});
    int64_t width = cast<RankedTensorType>(key.getType()).getDimSize(1);
    column += ShapedType::isDynamic(width) ? 0 : width;
  }
}

/// Keys of the tile, rounded up to whole vectors; dynamic if there is no bound.
static int64_t getScratchSize(Value key, int64_t lanes) {
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {key, 0}, /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? int64_t(llvm::alignTo(std::max<int64_t>(*bound, 1), lanes))
                          : ShapedType::kDynamic;
}

SmallVector<Value> RowTile::emit() {
  if (numQueries == 1)
    return emitQuery(b.index(0), op.getState());
  return b.loop(b.index(0), b.index(numQueries), 1, op.getState(),
                [&](Value query, ValueRange state) { return emitQuery(query, state); });
}

RowTile::Values RowTile::emitQuery(Value query, ValueRange state) {
  int64_t size = getScratchSize(keys.front().tensor, lanes);
  SmallVector<Value> extents;
  if (ShapedType::isDynamic(size))
    extents.push_back(b.add(numKeys, lanes));
  Value scores =
      tensor::EmptyOp::create(b, SmallVector<int64_t>{size}, b.getElement(), extents);
  Values scored = emitScores(query, scores);
  scores = scored[0];

  Values result(state);
  Value correction;
  if (link == Link::Softmax)
    correction = emitSoftmax(query, scores, scored[1], result[1], result[2]);
  else if (link == Link::Linear)
    result[1] = emitSum(query, scores, result[1]);
  result[0] = emitProduct(query, scores, result[0], correction);
  return result;
}

//===----------------------------------------------------------------------===//
// Sums over lanes
//===----------------------------------------------------------------------===//

/// Lanes of `a` where the bit `stride` of the lane's number is clear, else of `b`;
/// `crossed`: the other way round, and lanes that differ in that bit swapped.
Value RowTile::exchange(Value a, Value c, int64_t stride, bool crossed) {
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t from = crossed ? lane ^ stride : lane;
    mask.push_back(lane & stride ? lanes + from : from);
  }
  return vector::ShuffleOp::create(b, a, c, mask);
}

/// A vector whose lane k is the sum over the lanes of rows[k].
Value RowTile::sumLanes(Values rows) {
  for (int64_t stride = 1; stride < lanes; stride *= 2) {
    Values next;
    for (size_t i = 0; i < rows.size(); i += 2)
      next.push_back(b.addf(exchange(rows[i], rows[i + 1], stride, /*crossed=*/false),
                            exchange(rows[i], rows[i + 1], stride, /*crossed=*/true)));
    rows = next;
  }
  return rows.front();
}

/// A vector with the combination of all lanes in each of them.
Value RowTile::allLanes(Value row, function_ref<Value(Value, Value)> combine) {
  for (int64_t stride = 1; stride < lanes; stride *= 2) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(lane ^ stride);
    row = combine(row, vector::ShuffleOp::create(b, row, row, mask));
  }
  return row;
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// A vector of `tensor` in the accumulator type; what is out of bounds is 0.
Value RowTile::readColumns(Value tensor, Value row, Value column, bool inBounds) {
  Value vector = b.readRow(tensor, {row, column}, inBounds);
  return b.convert(vector, b.getElement());
}

/// The first `columns` columns of a tensor of rank 2.
static Value takeColumns(TileBuilder &b, Value tensor, int64_t columns) {
  if (cast<RankedTensorType>(tensor.getType()).getDimSize(1) == columns)
    return tensor;
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(2, zero), strides(2, one);
  SmallVector<OpFoldResult> sizes = {b.dim(tensor, 0), b.getIndexAttr(columns)};
  if (std::optional<int64_t> rows = getConstantIntValue(sizes[0]))
    sizes[0] = b.getIndexAttr(*rows);
  return tensor::ExtractSliceOp::create(b, b.getLoc(), tensor, offsets, sizes, strides);
}

/// sums[k] += products of the query's columns [begin, end) with those of row
/// keyRows[k] that `key` has.
RowTile::Values RowTile::contractKey(Value query, const KeyColumns &key, ValueRange keyRows,
                                     int64_t begin, std::optional<int64_t> end, Values sums) {
  auto type = cast<RankedTensorType>(key.tensor.getType());
  int64_t lo = std::max(begin, key.begin), width = type.getDimSize(1);
  bool dynamic = type.isDynamicDim(1);
  if (!dynamic)
    end = std::min(end.value_or(key.begin + width), key.begin + width);
  if (end && lo >= *end)
    return sums;
  // Reading out of bounds, which gives zeros, starts at `end` in both.
  Value queryTensor = op.getQuery(), keyTensor = key.tensor;
  if (end) {
    queryTensor = takeColumns(b, queryTensor, *end);
    keyTensor = takeColumns(b, keyTensor, *end - key.begin);
  }
  Value first = b.index(lo), last = end ? b.index(*end) : b.dim(queryTensor, 1);
  Value vectors = arith::DivUIOp::create(b, b.sub(last, first), b.index(lanes));
  Value whole = b.add(first, b.mul(vectors, lanes));
  auto emitLoop = [&](Value from, Value to, bool inBounds) {
    sums = b.loop(from, to, lanes, sums, [&](Value column, ValueRange carried) {
      Value factor = readColumns(queryTensor, query, column, inBounds);
      Values next;
      for (auto [row, sum] : llvm::zip_equal(keyRows, carried)) {
        Value element = readColumns(keyTensor, row, b.add(column, -key.begin), inBounds);
        next.push_back(b.fma(element, factor, sum));
      }
      return next;
    });
  };
  emitLoop(first, whole, /*inBounds=*/true);
  if (!end || (*end - lo) % lanes)
    emitLoop(whole, last, /*inBounds=*/false);
  return sums;
}

/// Products of the query with `lanes` keys over columns [begin, end).
Value RowTile::contractBlock(Value query, ValueRange keyRows, int64_t begin,
                             std::optional<int64_t> end) {
  Values sums(keyRows.size(), b.splat(0.0));
  for (const KeyColumns &key : keys)
    sums = contractKey(query, key, keyRows, begin, end, sums);
  return sumLanes(sums);
}

/// The same with each level only where it is active, then 1/depth if asked for.
Value RowTile::contractLevels(Value query, Value firstKey, ValueRange keyRows) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned known = 0, numLevels = structure.getNumLevels();
  while (known < numLevels && structure.isUnbounded(known))
    ++known;
  PairRow pairs = {query, firstKey, /*alongKeys=*/true};
  Value i = scoreRow.getQueryPositions(pairs), j = scoreRow.getKeyPositions(pairs);
  Value score = contractBlock(query, keyRows, 0, structure.getPrefixRank(known));
  Value weight = b.splat(structure.getWeight(known));
  for (unsigned level = known; level < numLevels; ++level) {
    Value product = contractBlock(query, keyRows, structure.getPrefixRank(level),
                                  structure.getPrefixRank(level + 1));
    Value active = structure.buildIsActive(level, b, b.getLoc(), i, j);
    score = b.select(active, b.addf(score, product), score);
    weight = b.select(active, b.splat(structure.getWeight(level + 1)), weight);
  }
  return structure.isMean() ? b.mulf(score, weight) : score;
}

/// Scores of `lanes` keys from row `key` on into the scratch row, and the maximum;
/// only the first `remaining` (null: all) exist.
RowTile::Values RowTile::emitScoreBlock(Value query, Value key, Value remaining,
                                        ValueRange carried) {
  Value last = remaining ? b.add(numKeys, -1) : Value();
  Values keyRows;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    Value row = b.add(key, lane);
    keyRows.push_back(last ? b.min(row, last) : row);
  }
  Value score = op.getStructureAttr() ? contractLevels(query, key, keyRows)
                                      : contractBlock(query, keyRows, 0, std::nullopt);
  Value factor = op.getScale();
  if (usesPowersOfTwo(link) && scoreRow.isIdentity())
    factor = b.mulf(factor, b.scalar(kLog2e));
  score = b.mulf(score, b.broadcast(factor));
  score = scoreRow.finish({query, key, /*alongKeys=*/true}, bool(op.getWindowAttr()), score);
  if (remaining) {
    VectorType numbers = b.getRowType(b.getIndexType());
    Value exists = b.compare(arith::CmpIPredicate::slt, vector::StepOp::create(b, numbers),
                             vector::BroadcastOp::create(b, numbers, remaining));
    score = b.select(exists, score, b.splat(scoreRow.getAbsent()));
  }
  return {b.writeRow(score, carried[0], {key}), b.maximum(carried[1], score)};
}

/// The scores of all keys and their maximum per lane.
RowTile::Values RowTile::emitScores(Value query, Value scores) {
  Values carried = {scores, b.splat(-std::numeric_limits<double>::infinity())};
  Value vectors = arith::DivUIOp::create(b, numKeys, b.index(lanes));
  Value whole = b.mul(vectors, lanes);
  carried = b.loop(b.index(0), whole, lanes, carried, [&](Value key, ValueRange state) {
    return emitScoreBlock(query, key, /*remaining=*/Value(), state);
  });
  // A loop of at most one iteration.
  return b.loop(whole, numKeys, lanes, carried, [&](Value key, ValueRange state) {
    return emitScoreBlock(query, key, b.sub(numKeys, key), state);
  });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Weights 2^(score - ref) in place, with the new reference and sum. Returns the
/// factor that takes what was accumulated so far to the new reference, in all
/// lanes. While a row has seen no pair its reference is -inf and 0 is subtracted.
Value RowTile::emitSoftmax(Value query, Value &scores, Value maximum, Value &ref, Value &sum) {
  Value minusInf = b.splat(-std::numeric_limits<double>::infinity());
  auto isMinusInf = [&](Value row) {
    return b.compare(arith::CmpFPredicate::OEQ, row, minusInf);
  };
  Value before = b.broadcast(tensor::ExtractOp::create(b, ref, query));
  maximum = allLanes(maximum, [&](Value x, Value y) { return b.maximum(x, y); });
  Value after = b.maximum(before, maximum);
  Value shift = b.select(isMinusInf(after), b.splat(0.0), after);
  Value correction = b.getCorrection(before, after, shift);

  auto emitWeights = [&](Value key, ValueRange carried) {
    Value score = b.readRow(carried[0], {key});
    Value weight = b.exp2(b.subf(score, shift), /*nonPositive=*/true);
    Value total = b.addf(carried[1], weight);
    if (dropsPairs)
      weight = b.select(isMinusInf(score), b.splat(-0.0), weight);
    return Values{b.writeRow(weight, carried[0], {key}), total};
  };
  Values results =
      b.loop(b.index(0), numKeys, lanes, ValueRange{scores, b.splat(0.0)}, emitWeights);
  scores = results[0];
  Value total = allLanes(results[1], [&](Value x, Value y) { return b.addf(x, y); });
  Value old = b.broadcast(tensor::ExtractOp::create(b, sum, query));
  total = b.fma(old, correction, total);
  auto insertFirstLane = [&](Value row, Value tensor) -> Value {
    Value lane = vector::ExtractOp::create(b, row, ArrayRef<int64_t>{0});
    return tensor::InsertOp::create(b, lane, tensor, query);
  };
  ref = insertFirstLane(after, ref);
  sum = insertFirstLane(total, sum);
  return correction;
}

/// The sum of the weights added to `sum`.
Value RowTile::emitSum(Value query, Value scores, Value sum) {
  Value total =
      b.loop(b.index(0), numKeys, lanes, b.splat(0.0), [&](Value key, ValueRange carried) {
         return Values{b.addf(carried[0], b.readRow(scores, {key}))};
       }).front();
  total = allLanes(total, [&](Value x, Value y) { return b.addf(x, y); });
  Value lane = vector::ExtractOp::create(b, total, ArrayRef<int64_t>{0});
  Value old = tensor::ExtractOp::create(b, sum, query);
  return tensor::InsertOp::create(b, b.addf(old, lane), sum, query);
}

//===----------------------------------------------------------------------===//
// Product with the value
//===----------------------------------------------------------------------===//

/// True for the weight -0.0 of a dropped pair.
Value RowTile::isAbsent(Value weight) {
  unsigned width = b.getElement().getWidth();
  Value bits = arith::BitcastOp::create(b, b.getIntegerType(width), weight);
  Value pattern = arith::ConstantOp::create(
      b, b.getIntegerAttr(b.getIntegerType(width), APInt::getSignMask(width)));
  return b.compare(arith::CmpIPredicate::eq, bits, pattern);
}

/// acc[query] = acc[query] * correction + weights^T value, some vectors of columns
/// at a time.
Value RowTile::emitProduct(Value query, Value scores, Value acc, Value correction) {
  int64_t numVectors = llvm::divideCeil(valueDepth, lanes);
  int64_t numBlocks = llvm::divideCeil(numVectors, kMaxVectors);
  int64_t perBlock = llvm::divideCeil(numVectors, numBlocks);
  for (int64_t first = 0; first < numVectors; first += perBlock)
    acc = emitProductBlock(query, scores, acc, correction, first * lanes,
                           std::min(perBlock, numVectors - first));
  return acc;
}

Value RowTile::emitProductBlock(Value query, Value scores, Value acc, Value correction,
                                int64_t column, int64_t numVectors) {
  Value value = op.getValue();
  auto isWhole = [&](int64_t k) { return column + (k + 1) * lanes <= valueDepth; };
  auto getColumn = [&](int64_t k) { return b.index(column + k * lanes); };
  Values zeros(numVectors, b.splat(0.0));
  Values sums = b.loop(b.index(0), numKeys, 1, zeros, [&](Value key, ValueRange carried) {
    Value weight = tensor::ExtractOp::create(b, scores, key);
    auto add = [&] {
      Value factor = b.broadcast(weight);
      Values next;
      for (int64_t k = 0; k < numVectors; ++k)
        next.push_back(
            b.fma(readColumns(value, key, getColumn(k), isWhole(k)), factor, carried[k]));
      return next;
    };
    if (!dropsPairs)
      return add();
    // A dropped pair must not turn 0 * NaN into a result.
    return b.branch(isAbsent(weight), [&] { return Values(carried); }, add);
  });
  for (int64_t k = 0; k < numVectors; ++k) {
    SmallVector<Value> position = {query, getColumn(k)};
    Value before = b.readRow(acc, position, isWhole(k));
    Value after = correction ? b.fma(before, correction, sums[k]) : b.addf(before, sums[k]);
    acc = b.writeRow(after, acc, position, isWhole(k));
  }
  return acc;
}
