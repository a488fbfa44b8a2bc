//===- RowTileScores.cpp - Scores of few queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of a query with a vector of keys: lanes are columns until the sums over
// lanes, which leave a vector of keys.
//
//===----------------------------------------------------------------------===//

#include "RowTile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "sattn/Transforms/Passes.h"

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

/// Keeps LLVM from unrolling the loop with these results: it would take the loads of
/// all columns out of the loop over queries, and have no registers for them.
static void keepRolled(ValueRange results) {
  auto loop = results.front().getDefiningOp<scf::ForOp>();
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(context, BoolAttr::get(context, true), {}, {}, {}, {}, {}, {});
  auto annotation = LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {}, {}, {}, {},
                                                  {}, {}, {}, {}, {});
  loop->setDiscardableAttr(kLoopAnnotationAttrName, annotation);
}

/// Products of the columns [begin, end) of `query` with those of row keyRows[k] that
/// `key` has are added to sums[k].
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
    if (numQueries > 1)
      keepRolled(sums);
  };
  emitLoop(first, whole, /*inBounds=*/true);
  if (!end || (*end - lo) % lanes)
    emitLoop(whole, last, /*inBounds=*/false);
  return sums;
}

/// Products with the keys over columns [begin, end), a vector of keys at a time.
RowTile::Values RowTile::contractBlock(Value query, ValueRange keyRows, int64_t begin,
                                       std::optional<int64_t> end) {
  Values sums(keyRows.size(), b.splat(0.0));
  for (const KeyColumns &key : keys)
    sums = contractKey(query, key, keyRows, begin, end, sums);
  Values products;
  for (size_t first = 0; first < sums.size(); first += lanes)
    products.push_back(sumLanes(ValueRange(sums).slice(first, lanes)));
  return products;
}

/// The same for a vector of keys with each level only where it is active, then
/// 1/depth if asked for.
Value RowTile::contractLevels(Value query, ValueRange keyRows) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned known = 0, numLevels = structure.getNumLevels();
  while (known < numLevels && structure.isUnbounded(known))
    ++known;
  PairRow pairs = {query, keyRows.front(), /*alongKeys=*/true};
  Value i = scoreRow.getQueryPositions(pairs), j = scoreRow.getKeyPositions(pairs);
  Value score = contractBlock(query, keyRows, 0, structure.getPrefixRank(known)).front();
  Value weight = b.splat(structure.getWeight(known));
  for (unsigned level = known; level < numLevels; ++level) {
    Value product = contractBlock(query, keyRows, structure.getPrefixRank(level),
                                  structure.getPrefixRank(level + 1))
                        .front();
    Value active = structure.buildIsActive(level, b, b.getLoc(), i, j);
    score = b.select(active, b.addf(score, product), score);
    weight = b.select(active, b.splat(structure.getWeight(level + 1)), weight);
  }
  return structure.isMean() ? b.mulf(score, weight) : score;
}

/// Keys that are multiplied at a time: whole vectors, and enough chains of additions.
int64_t RowTile::getKeyStep() {
  // Levels are decided for one vector of keys.
  return op.getStructureAttr() ? lanes : lanes * std::max<int64_t>(kMaxVectors / lanes, 1);
}

/// Products of a query with a few keys from row `key` on into the scratch tensor.
/// Behind the `last` row (null: there is one behind) that row is repeated.
Value RowTile::emitProductsOfKeys(Value query, Value key, Value last, Value scores) {
  Values keyRows;
  for (int64_t k = 0; k < getKeyStep(); ++k) {
    Value row = b.add(key, k);
    keyRows.push_back(last ? b.min(row, last) : row);
  }
  Values products = op.getStructureAttr() ? Values{contractLevels(query, keyRows)}
                                          : contractBlock(query, keyRows, 0, std::nullopt);
  for (auto [i, product] : llvm::enumerate(products))
    scores = b.writeRow(product, scores, {query, b.add(key, i * lanes)});
  return scores;
}

/// Products of all queries with all keys: queries x keys. All queries come to some
/// keys before the next are read.
Value RowTile::emitProducts(Value scores) {
  int64_t step = getKeyStep();
  Value blocks = arith::DivUIOp::create(b, numKeys, b.index(step));
  Value whole = b.mul(blocks, step);
  PrefetchShare prefetch = sharePrefetch(keys.front().tensor, step, /*numTogether=*/1);
  auto emitKeys = [&](Value key, Value last, Value rows) {
    auto emitQuery = [&](Value query, ValueRange carried) {
      if (!last)
        prefetch(key, query);
      return Values{emitProductsOfKeys(query, key, last, carried.front())};
    };
    if (numQueries == 1)
      return emitQuery(b.index(0), rows).front();
    return b.loop(b.index(0), numRows, 1, rows, emitQuery).front();
  };
  scores = b.loop(b.index(0), whole, step, scores, [&](Value key, ValueRange carried) {
              return Values{emitKeys(key, /*last=*/Value(), carried.front())};
            }).front();
  // A loop of at most one iteration.
  Value last = b.add(numKeys, -1);
  return b.loop(whole, numKeys, step, scores, [&](Value key, ValueRange carried) {
            return Values{emitKeys(key, last, carried.front())};
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
