//===- RowTileScores.cpp - Scores of few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of a block of queries with a vector of keys: lanes are columns until
// the sums over lanes, which leave a vector of keys per query.
//
//===----------------------------------------------------------------------===//

#include "QueryTile.h"
#include "RowTile.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn;

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

/// A vector whose lane k is the sum over the lanes of rows[k]. Distant lanes first:
/// LLVM finds horizontal additions in the other order, which are slow.
Value RowTile::sumLanes(ValueRange values) {
  Values rows(values);
  for (int64_t stride = lanes / 2; stride > 0; stride /= 2) {
    for (int64_t i = 0; i < stride; ++i)
      rows[i] = b.addf(exchange(rows[i], rows[i + stride], stride, /*crossed=*/false),
                       exchange(rows[i], rows[i + stride], stride, /*crossed=*/true));
  }
  return rows.front();
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

/// Products of the columns [begin, end) of queries[q] with those of row keyRows[k]
/// that `key` has are added to sums[q * number of keys + k].
RowTile::Values RowTile::contractKey(ValueRange queries, const KeyColumns &key, ValueRange keyRows,
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
      Values factors = llvm::map_to_vector(queries, [&](Value query) {
        return readColumns(queryTensor, query, column, inBounds);
      });
      Values next(carried);
      for (auto [k, row] : llvm::enumerate(keyRows)) {
        Value element = readColumns(keyTensor, row, b.add(column, -key.begin), inBounds);
        for (auto [q, factor] : llvm::enumerate(factors)) {
          Value &sum = next[q * keyRows.size() + k];
          sum = b.fma(element, factor, sum);
        }
      }
      return next;
    });
  };
  emitLoop(first, whole, /*inBounds=*/true);
  if (!end || (*end - lo) % lanes)
    emitLoop(whole, last, /*inBounds=*/false);
  return sums;
}

/// Products of each query with the keys over columns [begin, end) as one vector: the
/// keys of the first query, then those of the next.
Value RowTile::contractBlock(ValueRange queries, ValueRange keyRows, int64_t begin,
                             std::optional<int64_t> end) {
  Values sums(queries.size() * keyRows.size(), b.splat(0.0));
  for (const KeyColumns &key : keys)
    sums = contractKey(queries, key, keyRows, begin, end, sums);
  return sumLanes(sums);
}

/// The same for one query with each level only where it is active, then 1/depth if
/// asked for.
Value RowTile::contractLevels(Value query, ValueRange keyRows) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned known = 0, numLevels = structure.getNumLevels();
  while (known < numLevels && structure.isUnbounded(known))
    ++known;
  PairRow pairs = {query, keyRows.front(), /*alongKeys=*/true};
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

/// Products of some queries with a few keys from row `key` on into the scratch
/// tensor. Behind the `last` row (null: there is one behind) that row is repeated.
Value RowTile::emitProductsOfKeys(ValueRange queries, Value key, Value last, Value scores) {
  int64_t step = lanes / blockQueries;
  Values keyRows;
  for (int64_t k = 0; k < step; ++k) {
    Value row = b.add(key, k);
    keyRows.push_back(last ? b.min(row, last) : row);
  }
  Value products = op.getStructureAttr() ? contractLevels(queries.front(), keyRows)
                                         : contractBlock(queries, keyRows, 0, std::nullopt);
  if (queries.size() == 1)
    return b.writeRow(products, scores, {queries.front(), key});
  for (auto [q, query] : llvm::enumerate(queries)) {
    Value part = vector::ExtractStridedSliceOp::create(
        b, products, ArrayRef<int64_t>{int64_t(q) * step}, ArrayRef<int64_t>{step},
        ArrayRef<int64_t>{1});
    scores = b.writeRow(part, scores, {query, key});
  }
  return scores;
}

/// Products of all queries with all keys: queries x keys.
Value RowTile::emitProducts(Value scores) {
  int64_t step = lanes / blockQueries;
  Value blocks = arith::DivUIOp::create(b, numKeys, b.index(step));
  Value whole = b.mul(blocks, step);
  auto emitBlock = [&](Value lo, Value hi, ValueRange queries, Value rows) {
    if (!isSingleBlock())
      return emitProductsOfKeys(queries, lo, /*last=*/Value(), rows);
    auto emitKeys = [&](Value key, ValueRange carried) {
      return Values{emitProductsOfKeys(queries, key, /*last=*/Value(), carried[0])};
    };
    return b.loop(lo, hi, step, rows, emitKeys).front();
  };
  scores = forEachKeyBlock(keys.front().tensor, whole, step, scores, emitBlock);
  // A loop of at most one iteration.
  Value last = b.add(numKeys, -1);
  return b.loop(whole, numKeys, step, scores, [&](Value key, ValueRange carried) {
            return forEachBlock(carried, [&](ValueRange queries, ValueRange rows) {
              return Values{emitProductsOfKeys(queries, key, last, rows.front())};
            });
          }).front();
}

/// What becomes of the products of `query` with a vector of keys; only the first
/// `remaining` (null: all) exist.
Value RowTile::finishScore(Value query, Value key, Value remaining, Value score) {
  Value factor = op.getScale();
  if (usesPowersOfTwo(link) && scoreRow.isIdentity())
    factor = b.mulf(factor, b.scalar(kLog2e));
  score = b.mulf(score, b.broadcast(factor));
  score = scoreRow.finish({query, key, /*alongKeys=*/true}, bool(op.getWindowAttr()), score);
  if (!remaining)
    return score;
  VectorType numbers = b.getRowType(b.getIndexType());
  Value exists = b.compare(arith::CmpIPredicate::slt, vector::StepOp::create(b, numbers),
                           vector::BroadcastOp::create(b, numbers, remaining));
  return b.select(exists, score, b.splat(scoreRow.getAbsent()));
}

/// The scores of one query in place of its products, and the maximum per lane.
RowTile::Values RowTile::emitScores(Value query, Value scores) {
  auto emitVector = [&](Value key, Value remaining, ValueRange carried) {
    Value score = finishScore(query, key, remaining, b.readRow(carried[0], {query, key}));
    return Values{b.writeRow(score, carried[0], {query, key}), b.maximum(carried[1], score)};
  };
  Values carried = {scores, b.splat(-std::numeric_limits<double>::infinity())};
  Value vectors = arith::DivUIOp::create(b, numKeys, b.index(lanes));
  Value whole = b.mul(vectors, lanes);
  carried = b.loop(b.index(0), whole, lanes, carried, [&](Value key, ValueRange state) {
    return emitVector(key, /*remaining=*/Value(), state);
  });
  // A loop of at most one iteration.
  return b.loop(whole, numKeys, lanes, carried, [&](Value key, ValueRange state) {
    return emitVector(key, b.sub(numKeys, key), state);
  });
}
