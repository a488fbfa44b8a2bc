//===- RowTile.cpp - Tile step for few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowTile.h"
#include "QueryTile.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::sattn;

/// More queries fill enough lanes of a panel.
static constexpr int64_t kMaxQueries = 8;
/// Rows of values after which the next queries come to them: enough to be worth reading
/// and writing what is accumulated.
static constexpr int64_t kBlockKeys = 16;

bool RowTile::isSuitable(Value rows, Link link) {
  return cast<RankedTensorType>(rows.getType()).getDimSize(0) <= kMaxQueries &&
         link != Link::Argmax;
}

RowTile::RowTile(TileBuilder &builder, OnlineAttentionOp op)
    : b(builder), op(op), scoreRow(builder, op), link(op.getLink()), lanes(builder.getLanes()) {
  numQueries = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(0);
  valueDepth = cast<RankedTensorType>(op.getValue().getType()).getDimSize(1);
  // Whole rows of values are read, if they make enough chains of additions.
  bool isNarrow = llvm::divideCeil(valueDepth, lanes) < kMaxVectors;
  blockQueries = isNarrow && numQueries > 1 ? 2 : 1;
  dropsPairs = scoreRow.canDropPairs();
  numRows = getNumQueries(b, op.getQuery());
  numKeys = b.dim(op.getKeys().front(), 0);
  int64_t column = 0;
  for (Value key : op.getKeys()) {
    keys.push_back({key, column});
    int64_t width = cast<RankedTensorType>(key.getType()).getDimSize(1);
    column += ShapedType::isDynamic(width) ? 0 : width;
  }
}

/// Keys of the tile, rounded up to whole steps; dynamic if there is no bound.
static int64_t getScratchSize(Value key, int64_t step) {
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {key, 0}, /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? int64_t(llvm::alignTo(std::max<int64_t>(*bound, 1), step))
                          : ShapedType::kDynamic;
}

SmallVector<Value> RowTile::emit() {
  int64_t size = getScratchSize(keys.front().tensor, getKeyStep());
  SmallVector<Value> extents;
  if (ShapedType::isDynamic(size))
    extents.push_back(b.add(numKeys, getKeyStep()));
  Value scores =
      tensor::EmptyOp::create(b, SmallVector<int64_t>{numQueries, size}, b.getElement(), extents);
  Values carried = {emitProducts(scores)};
  llvm::append_range(carried, op.getState());
  carried = b.loop(b.index(0), numRows, 1, carried, [&](Value query, ValueRange state) {
    return emitWeights(query, state.front(), Values(state.drop_front()));
  });
  Values result(ArrayRef(carried).drop_front());
  result[0] = emitProduct(carried[0], result[0]);
  return result;
}

RowTile::Values RowTile::getQueries(Value first) {
  Values queries = {first};
  Value last = b.index(numQueries - 1);
  bool isWhole = numQueries % blockQueries == 0;
  for (int64_t q = 1; q < blockQueries; ++q) {
    Value query = b.add(first, q);
    queries.push_back(isWhole ? query : b.min(query, last));
  }
  return queries;
}

RowTile::Values
RowTile::forEachBlock(ValueRange inits,
                      function_ref<Values(ValueRange queries, ValueRange carried)> body) {
  if (numQueries <= blockQueries)
    return body(getQueries(b.index(0)), inits);
  return b.loop(b.index(0), numRows, blockQueries, inits, [&](Value first, ValueRange carried) {
    return body(getQueries(first), carried);
  });
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
// Weights
//===----------------------------------------------------------------------===//

/// Weights of one query in place of its products, its statistics, and what was
/// accumulated so far brought to the new reference: (scores, state...).
RowTile::Values RowTile::emitWeights(Value query, Value scores, Values state) {
  Values scored = emitScores(query, scores);
  scores = scored[0];
  if (link == Link::Softmax)
    return emitSoftmax(query, scores, scored[1], state);
  if (link == Link::Linear)
    state[1] = emitSum(query, scores, state[1]);
  state.insert(state.begin(), scores);
  return state;
}

/// Weights 2^(score - ref). While a row has seen no pair its reference is -inf and 0
/// is subtracted.
RowTile::Values RowTile::emitSoftmax(Value query, Value scores, Value maximum, Values state) {
  Value minusInf = b.splat(-std::numeric_limits<double>::infinity());
  auto isMinusInf = [&](Value row) {
    return b.compare(arith::CmpFPredicate::OEQ, row, minusInf);
  };
  Value before = b.broadcast(tensor::ExtractOp::create(b, state[1], query));
  maximum = allLanes(maximum, [&](Value x, Value y) { return b.maximum(x, y); });
  Value after = b.maximum(before, maximum);
  Value shift = b.select(isMinusInf(after), b.splat(0.0), after);
  Value correction = b.getCorrection(before, after, shift);

  auto emitRow = [&](Value key, ValueRange carried) {
    Value score = b.readRow(carried[0], {query, key});
    Value weight = b.exp2(b.subf(score, shift), /*nonPositive=*/true);
    Value total = b.addf(carried[1], weight);
    if (dropsPairs)
      weight = b.select(isMinusInf(score), b.splat(-0.0), weight);
    return Values{b.writeRow(weight, carried[0], {query, key}), total};
  };
  Values results =
      b.loop(b.index(0), numKeys, lanes, ValueRange{scores, b.splat(0.0)}, emitRow);
  Value total = allLanes(results[1], [&](Value x, Value y) { return b.addf(x, y); });
  Value old = b.broadcast(tensor::ExtractOp::create(b, state[2], query));
  total = b.fma(old, correction, total);
  auto insertFirstLane = [&](Value row, Value tensor) -> Value {
    Value lane = vector::ExtractOp::create(b, row, ArrayRef<int64_t>{0});
    return tensor::InsertOp::create(b, lane, tensor, query);
  };
  return {results[0], scaleRow(state[0], query, correction), insertFirstLane(after, state[1]),
          insertFirstLane(total, state[2])};
}

/// acc[query] times `factor`.
Value RowTile::scaleRow(Value acc, Value query, Value factor) {
  for (int64_t column = 0; column < valueDepth; column += lanes) {
    bool isWhole = column + lanes <= valueDepth;
    SmallVector<Value> position = {query, b.index(column)};
    acc = b.writeRow(b.mulf(b.readRow(acc, position, isWhole), factor), acc, position, isWhole);
  }
  return acc;
}

/// The sum of the weights added to `sum`.
Value RowTile::emitSum(Value query, Value scores, Value sum) {
  Value total =
      b.loop(b.index(0), numKeys, lanes, b.splat(0.0), [&](Value key, ValueRange carried) {
         return Values{b.addf(carried[0], b.readRow(scores, {query, key}))};
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

/// A single query waits for memory all the time and asks for what is next early enough,
/// unless it has much to do for a byte.
bool RowTile::prefetches() {
  Type type = getElementTypeOrSelf(op.getValue());
  return numQueries > 1 || type.getIntOrFloatBitWidth() < b.getElement().getWidth();
}

/// A function that prefetches, for the rows [lo, lo + size) and the block of
/// `numTogether` queries that starts with `query`, this block's share of the rows that
/// come some time later: memory is to be asked for little at a time.
RowTile::PrefetchShare RowTile::sharePrefetch(Value tile, int64_t size, int64_t numTogether) {
  if (!prefetches())
    return [](Value, Value) {};
  RowPrefetch prefetch(b, tile, numRows);
  Value share =
      arith::CeilDivUIOp::create(b, b.index(size * numTogether), b.max(numRows, b.index(1)));
  return [=](Value lo, Value query) mutable {
    Value block = arith::DivUIOp::create(b, query, b.index(numTogether));
    Value first = arith::MulIOp::create(b, block, share);
    Value end = b.min(b.add(first, share), b.index(size));
    prefetch.emit(b.add(lo, first), b.add(lo, end));
  };
}

/// acc += weights^T value: some keys at a time, so that each value is read from memory
/// once.
Value RowTile::emitProduct(Value scores, Value acc) {
  if (!prefetches())
    return emitProductRows(b.index(0), numKeys, scores, getQueries(b.index(0)), acc);
  PrefetchShare prefetch = sharePrefetch(op.getValue(), kBlockKeys, blockQueries);
  auto emitKeys = [&](Value lo, ValueRange carried) {
    Value hi = b.min(b.add(lo, kBlockKeys), numKeys);
    return forEachBlock(carried, [&](ValueRange queries, ValueRange state) {
      prefetch(lo, queries.front());
      return Values{emitProductRows(lo, hi, scores, queries, state.front())};
    });
  };
  return b.loop(b.index(0), numKeys, kBlockKeys, acc, emitKeys).front();
}

/// The same for keys [lo, hi) and some queries, some vectors of columns at a time.
Value RowTile::emitProductRows(Value lo, Value hi, Value scores, ValueRange queries, Value acc) {
  int64_t numVectors = llvm::divideCeil(valueDepth, lanes);
  int64_t maxVectors = kMaxVectors / int64_t(queries.size());
  int64_t numBlocks = llvm::divideCeil(numVectors, maxVectors);
  int64_t perBlock = llvm::divideCeil(numVectors, numBlocks);
  for (int64_t first = 0; first < numVectors; first += perBlock)
    acc = emitProductBlock(lo, hi, scores, queries, acc, first * lanes,
                           std::min(perBlock, numVectors - first));
  return acc;
}

Value RowTile::emitProductBlock(Value lo, Value hi, Value scores, ValueRange queries, Value acc,
                                int64_t column, int64_t numVectors) {
  Value value = op.getValue();
  auto isWhole = [&](int64_t k) { return column + (k + 1) * lanes <= valueDepth; };
  auto getColumn = [&](int64_t k) { return b.index(column + k * lanes); };
  // Sums of one query beside the next.
  Values zeros(numVectors * queries.size(), b.splat(0.0));
  Values sums = b.loop(lo, hi, 1, zeros, [&](Value key, ValueRange carried) {
    Values elements;
    for (int64_t k = 0; k < numVectors; ++k)
      elements.push_back(readColumns(value, key, getColumn(k), isWhole(k)));
    Values next;
    for (auto [q, query] : llvm::enumerate(queries)) {
      Value weight = tensor::ExtractOp::create(b, scores, ValueRange{query, key});
      ValueRange before = carried.slice(q * numVectors, numVectors);
      auto add = [&] {
        Value factor = b.broadcast(weight);
        return llvm::map_to_vector(llvm::zip_equal(elements, before), [&](auto pair) {
          return b.fma(std::get<0>(pair), factor, std::get<1>(pair));
        });
      };
      // A dropped pair must not turn 0 * NaN into a result.
      llvm::append_range(next, dropsPairs
                                   ? b.branch(isAbsent(weight), [&] { return Values(before); },
                                              [&] { return Values(add()); })
                                   : Values(add()));
    }
    return next;
  });
  // All are read before the first is written: a query may be there twice.
  for (auto [q, query] : llvm::enumerate(queries))
    for (int64_t k = 0; k < numVectors; ++k) {
      Value &sum = sums[q * numVectors + k];
      sum = b.addf(b.readRow(acc, {query, getColumn(k)}, isWhole(k)), sum);
    }
  for (auto [q, query] : llvm::enumerate(queries))
    for (int64_t k = 0; k < numVectors; ++k)
      acc = b.writeRow(sums[q * numVectors + k], acc, {query, getColumn(k)}, isWhole(k));
  return acc;
}
