//===- VectorTileScores.cpp - Scores of a tile -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys against a panel of queries: which keys, in which register tiles, and
// what happens to a row of scores before it is stored.
//
//===----------------------------------------------------------------------===//

#include "VectorTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/Matchers.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

/// True if `value` is known to be a multiple of `divisor`.
static bool isMultipleOf(Value value, int64_t divisor) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue() % divisor == 0;
  if (auto apply = value.getDefiningOp<affine::AffineApplyOp>())
    return apply.getAffineMap().getResult(0).isMultipleOf(divisor);
  if (auto add = value.getDefiningOp<arith::AddIOp>())
    return isMultipleOf(add.getLhs(), divisor) &&
           isMultipleOf(add.getRhs(), divisor);
  if (auto mul = value.getDefiningOp<arith::MulIOp>())
    return isMultipleOf(mul.getLhs(), divisor) ||
           isMultipleOf(mul.getRhs(), divisor);
  return false;
}

/// A row of the tile's keys from bounds on positions, between `lo` and `hi`.
static Value buildBound(TileBuilder &b, ArrayRef<AffineExpr> positions,
                        bool isLower, Value position, Value keyOffset, Value lo,
                        Value hi) {
  if (positions.empty())
    return isLower ? lo : hi;
  AffineMap map = AffineMap::get(1, 0, positions, b.getContext());
  Value bound = isLower ? Value(affine::AffineMaxOp::create(b, map, position))
                        : Value(affine::AffineMinOp::create(b, map, position));
  return b.min(b.max(b.sub(bound, keyOffset), lo), hi);
}

/// True if a range is not of constant depth with all pairs present.
static bool isChecked(const sattn::Segment &segment) {
  return segment.mixed || segment.masked;
}

/// No keys.
static sattn::Segment getEmptyPiece(MLIRContext *context) {
  sattn::Segment piece;
  piece.lo = {getAffineConstantExpr(0, context)};
  piece.hi = piece.lo;
  return piece;
}

/// `count` rounded down to a multiple of the register tile's rows.
Value VectorTile::roundDown(Value count) {
  Value tiles = arith::DivUIOp::create(b, count, b.index(tile.rows));
  return b.mul(tiles, tile.rows);
}

/// The keys [first, last) of the tile outside of which none has a segment id
/// between the least and the largest of the panel's queries: documents that lie
/// one after the other are skipped. All keys where there are no segments.
std::pair<Value, Value> VectorTile::getDocumentKeys(const Panel &panel) {
  Value none = b.index(0);
  // In memory an i1 takes a byte, in a vector a bit.
  if (!op.getQuerySegments() ||
      getElementTypeOrSelf(op.getKeySegments()).isInteger(1))
    return {none, numKeys};
  Value ids = b.readRow(op.getQuerySegments(), {panel.row}, /*inBounds=*/false);
  auto reduce = [&](vector::CombiningKind kind, Value row) -> Value {
    return vector::ReductionOp::create(b, kind, row);
  };
  constexpr auto least = vector::CombiningKind::MINSI, most = vector::CombiningKind::MAXSI;
  Value lowest = b.broadcast(reduce(least, ids)), highest = b.broadcast(reduce(most, ids));

  // In 32 bits: a tile has few keys.
  VectorType type = b.getRowType(b.getI32Type());
  auto toRow = [&](Value index) -> Value {
    Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), index);
    return vector::BroadcastOp::create(b, type, narrow);
  };
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, tile.lanes));
  Value lanes = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(numbers)));
  Value firstBlock = toRow(numKeys), lastBlock = toRow(b.index(-1));
  Values found = b.loop(
      none, numKeys, tile.lanes, {firstBlock, lastBlock}, [&](Value j, ValueRange carried) {
        Value keyIds = b.readRow(op.getKeySegments(), {j}, /*inBounds=*/false);
        Value inside = arith::AndIOp::create(
            b, b.compare(arith::CmpIPredicate::sge, keyIds, lowest),
            b.compare(arith::CmpIPredicate::sle, keyIds, highest));
        Value row = arith::AddIOp::create(b, toRow(j), lanes);
        return Values{arith::MinSIOp::create(b, carried[0], b.select(inside, row, firstBlock)),
                      arith::MaxSIOp::create(b, carried[1], b.select(inside, row, lastBlock))};
      });
  auto toIndex = [&](Value narrow) -> Value {
    return arith::IndexCastOp::create(b, b.getIndexType(), narrow);
  };
  // Lanes behind the last key read as 0.
  Value last = b.add(toIndex(reduce(most, found[1])), 1);
  return {toIndex(reduce(least, found[0])), b.min(last, numKeys)};
}

/// What the level nest did for the query tile once more for the panel: ranges
/// of keys of constant depth, mixed ones, and those at the edge of the window.
SmallVector<VectorTile::Segment> VectorTile::getSegments(const Panel &panel) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  SmallVector<sattn::Segment> pieces =
      computeSegments(structure, op.getWindowAttr(), tile.lanes,
                      isMultipleOf(queryOffset, tile.lanes), b.getContext());
  if (pieces.empty())
    pieces.push_back(getEmptyPiece(b.getContext()));
  SmallVector<sattn::Segment> checkedPieces = llvm::filter_to_vector(
      pieces, [](const sattn::Segment &piece) { return isChecked(piece); });
  sattn::Segment checked;
  if (!checkedPieces.empty())
    checked = getCommonKind(checkedPieces);

  // The pieces follow each other; the first begins where the window does.
  SmallVector<Segment> segments;
  auto [first, last] = getDocumentKeys(panel);
  Value next = buildBound(b, pieces.front().lo, /*isLower=*/true,
                          panel.position, keyOffset, first, last);
  for (const sattn::Segment &piece : pieces) {
    const sattn::Segment &kind = isChecked(piece) ? checked : piece;
    Segment segment;
    segment.lo = next;
    segment.hi = next = buildBound(b, piece.hi, /*isLower=*/false,
                                   panel.position, keyOffset, next, last);
    segment.known = kind.known;
    segment.masked = kind.masked;
    segment.mixed = kind.mixed;
    segment.whole = false;
    if (structure && !kind.mixed) {
      segment.columns = b.getIndexAttr(structure.getPrefixRank(kind.known));
      if (structure.isMean())
        segment.weight = b.scalar(structure.getWeight(kind.known));
    }
    segments.push_back(segment);
  }
  // Whole register tiles only in front of a range that checks pair by pair
  // anyway: it takes the rest.
  for (unsigned i = 0; i + 1 < segments.size(); ++i) {
    Segment &core = segments[i], &edge = segments[i + 1];
    bool takesRest = edge.mixed ? edge.known <= core.known
                                : edge.masked && edge.known == core.known;
    if (core.masked || core.mixed || !takesRest)
      continue;
    core.hi = edge.lo = b.add(core.lo, roundDown(b.sub(core.hi, core.lo)));
    core.whole = true;
  }
  return segments;
}

/// Segments of constant depth and those that check pairs.
SmallVector<VectorTile::SegmentGroup>
VectorTile::getGroups(ArrayRef<Segment> segments) {
  SegmentGroup constant, checked;
  for (const Segment &segment : segments)
    (segment.mixed || segment.masked ? checked : constant).push_back(segment);
  return {constant, checked};
}

/// Scores of the segments of a group, in a loop over a table of their bounds,
/// columns and weights if they are several.
VectorTile::Values VectorTile::emitGroup(const Panel &panel,
                                         ArrayRef<Segment> group,
                                         ValueRange carried) {
  if (group.empty())
    return Values(carried);
  if (group.size() == 1)
    return emitScores(panel, group.front(), carried);
  bool hasColumns = bool(group.front().columns), hasWeight = bool(group.front().weight);
  Values lows, highs, columns, weights;
  Segment common = group.front();
  for (const Segment &segment : group) {
    lows.push_back(segment.lo);
    highs.push_back(segment.hi);
    if (hasColumns)
      columns.push_back(b.toValue(segment.columns));
    if (hasWeight)
      weights.push_back(segment.weight);
    common.whole &= segment.whole;
  }
  auto getTable = [&](ValueRange values) -> Value {
    return values.empty() ? Value() : Value(tensor::FromElementsOp::create(b, values));
  };
  Value tables[] = {getTable(lows), getTable(highs), getTable(columns), getTable(weights)};
  return b.loop(b.index(0), b.index(group.size()), 1, carried, [&](Value number, ValueRange state) {
    auto read = [&](Value table) -> Value {
      return tensor::ExtractOp::create(b, table, number);
    };
    Segment segment = common;
    segment.lo = read(tables[0]);
    segment.hi = read(tables[1]);
    if (hasColumns)
      segment.columns = read(tables[2]);
    if (hasWeight)
      segment.weight = read(tables[3]);
    return emitScores(panel, segment, state);
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// accumulators[k] += <query[lo, hi), key row keyRows[k]>, one column at a
/// time.
VectorTile::Values VectorTile::contractKey(const Panel &panel,
                                           const KeyPanel &key,
                                           ValueRange keyRows, Value lo,
                                           Value hi, ValueRange accumulators) {
  return b.loop(lo, hi, 1, accumulators, [&](Value column, ValueRange carried) {
    Value query = b.readRow(panel.query, {panel.index, column, b.index(0)});
    Value keyColumn = b.add(column, -key.begin);
    Values next;
    for (auto [row, accumulator] : llvm::zip(keyRows, carried)) {
      Value element =
          tensor::ExtractOp::create(b, key.tensor, ValueRange{row, keyColumn});
      next.push_back(b.fma(b.broadcast(element), query, accumulator));
    }
    return next;
  });
}

/// The same over query columns [begin, end), which may lie in several keys; no
/// end means all columns of the query.
VectorTile::Values VectorTile::contract(const Panel &panel, ValueRange keyRows,
                                        int64_t begin, OpFoldResult end,
                                        ValueRange accumulators) {
  Values result(accumulators);
  std::optional<int64_t> last = end ? getConstantIntValue(end) : std::nullopt;
  for (const KeyPanel &key : keys) {
    bool dynamic = ShapedType::isDynamic(key.end);
    int64_t lo = std::max(begin, key.begin);
    if (!dynamic && lo >= std::min(key.end, last.value_or(key.end)))
      continue;
    Value hi;
    if (!end)
      hi = dynamic ? b.dim(panel.query, 1) : b.index(key.end);
    else if (last)
      hi = b.index(dynamic ? *last : std::min(*last, key.end));
    else
      hi = dynamic ? b.toValue(end) : b.min(b.toValue(end), b.index(key.end));
    result = contractKey(panel, key, keyRows, b.index(lo), hi, result);
  }
  return result;
}

/// Scores with a structure that is decided pair by pair: the columns of known
/// levels, then each other level where it is active, then 1/depth if asked for.
VectorTile::Values VectorTile::contractLevels(const Panel &panel,
                                              ValueRange keyRows,
                                              unsigned known) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned numLevels = structure.getNumLevels();
  Values zeros(keyRows.size(), b.splat(0.0));
  auto getPrefix = [&](unsigned depth) {
    return b.getIndexAttr(structure.getPrefixRank(depth));
  };
  Values scores =
      contract(panel, keyRows, 0, getPrefix(known), zeros);
  Values weights(keyRows.size(), b.splat(structure.getWeight(known)));

  VectorType positionType = b.getRowType(b.getIndexType());
  Value i = scoreRow.getQueryPositions(getPairs(panel, keyRows.front()));
  SmallVector<Value> js;
  for (Value row : keyRows)
    js.push_back(
        vector::BroadcastOp::create(b, positionType, b.add(keyOffset, row)));
  for (unsigned level = known; level < numLevels; ++level) {
    Values products = contract(panel, keyRows, structure.getPrefixRank(level),
                               getPrefix(level + 1), zeros);
    for (auto [score, weight, product, j] :
         llvm::zip(scores, weights, products, js)) {
      Value active = structure.buildIsActive(level, b, b.getLoc(), i, j);
      score = b.select(active, b.addf(score, product), score);
      weight =
          b.select(active, b.splat(structure.getWeight(level + 1)), weight);
    }
  }
  if (structure.isMean())
    for (auto [score, weight] : llvm::zip(scores, weights))
      score = b.mulf(score, weight);
  return scores;
}

/// One register tile of scores, for the keys `keyRows`, into the rows of the
/// scratch buffer that have their numbers.
VectorTile::Values VectorTile::emitScoreTile(const Panel &panel,
                                             const Segment &segment,
                                             ValueRange keyRows,
                                             ValueRange carried) {
  Values products;
  if (segment.mixed) {
    products = contractLevels(panel, keyRows, segment.known);
  } else {
    Values zeros(keyRows.size(), b.splat(0.0));
    products = contract(panel, keyRows, 0, segment.columns, zeros);
  }
  Value scores = carried[0], maximum = carried[1];
  for (auto [product, keyRow] : llvm::zip_equal(products, keyRows)) {
    Value score = weigh(segment, product);
    if (!finishesLater) {
      score = scoreRow.finish(getPairs(panel, keyRow), segment.masked, score);
      maximum = b.maximum(maximum, score);
    }
    scores = b.writeRow(score, scores, {keyRow, b.index(0)});
  }
  return {scores, maximum};
}

/// Rows of a part of a register tile: fewer are too few chains of multiply-adds and
/// take as long.
static constexpr int64_t kMinRows = 4;

/// Scores of all keys of a segment into the scratch buffer, row by row, with
/// their running maximum. What is left behind whole register tiles is one or two
/// parts of one that repeat the segment's last key.
VectorTile::Values VectorTile::emitScores(const Panel &panel,
                                          const Segment &segment,
                                          ValueRange carried) {
  Value whole = segment.hi;
  if (!segment.whole)
    whole = b.add(segment.lo, roundDown(b.sub(segment.hi, segment.lo)));
  // Where levels are decided pair by pair, the products of one level are beside
  // the scores so far: half a tile of each, unless that leaves too few chains of
  // multiply-adds.
  int64_t step = tile.rows;
  if (segment.mixed && tile.rows % 2 == 0 && tile.rows >= 8)
    step /= 2;
  Values result = b.loop(
      segment.lo, whole, step, carried, [&](Value j, ValueRange state) {
        Values keyRows;
        for (int64_t r = 0; r < step; ++r)
          keyRows.push_back(b.add(j, r));
        return emitScoreTile(panel, segment, keyRows, state);
      });
  if (segment.whole)
    return result;
  // A loop of at most two iterations. Its rows have addresses of their own, which
  // the loop above must not pay for; those of a whole tile would be spilled.
  Value last = b.add(segment.hi, -1);
  int64_t rows = llvm::divideCeil(tile.rows, 2);
  if (!segment.mixed)
    rows = std::min(tile.rows, std::max(kMinRows, rows));
  return b.loop(whole, segment.hi, rows, result,
                [&](Value j, ValueRange state) {
                  Values keyRows;
                  for (int64_t r = 0; r < rows; ++r)
                    keyRows.push_back(b.min(b.add(j, r), last));
                  return emitScoreTile(panel, segment, keyRows, state);
                });
}

//===----------------------------------------------------------------------===//
// Rows of scores
//===----------------------------------------------------------------------===//

/// A product times the op's scale and what a segment of constant depth has.
Value VectorTile::weigh(const Segment &segment, Value score) {
  if (matchPattern(op.getScale(), m_OneFloat()))
    return segment.weight ? b.mulf(score, b.broadcast(segment.weight)) : score;
  Value factor = op.getScale();
  if (segment.weight)
    factor = b.mulf(factor, segment.weight);
  return b.mulf(score, b.broadcast(factor));
}

/// Finishes rows [lo, hi) of scores in place: a row may take many operations,
/// which then are in the code once and not in every register tile.
VectorTile::Values VectorTile::finishScores(const Panel &panel, bool masked,
                                            Value lo, Value hi,
                                            ValueRange carried) {
  return b.loop(lo, hi, 1, carried, [&](Value j, ValueRange state) {
    Value score = b.readRow(state[0], {j, b.index(0)});
    score = scoreRow.finish(getPairs(panel, j), masked, score);
    Value scores = b.writeRow(score, state[0], {j, b.index(0)});
    return Values{scores, b.maximum(state[1], score)};
  });
}
