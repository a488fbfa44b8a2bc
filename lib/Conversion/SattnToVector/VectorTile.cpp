//===- VectorTile.cpp - Weights and product of a tile -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorTile.h"
#include "QueryTile.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::sattn;

PanelState PanelState::get(ValueRange values, Link link) {
  PanelState state;
  state.acc = values[0];
  if (link == Link::Softmax || link == Link::Argmax)
    state.ref = values[1];
  if (link == Link::Softmax || link == Link::Linear)
    state.sum = values.back();
  return state;
}

SmallVector<Value> PanelState::toValues() const {
  SmallVector<Value> values = {acc};
  if (ref)
    values.push_back(ref);
  if (sum)
    values.push_back(sum);
  return values;
}

//===----------------------------------------------------------------------===//
// Panels of keys and values
//===----------------------------------------------------------------------===//

/// Elements by which copied rows are longer than needed, so that the rows that
/// a register tile walks over do not share a few cache sets.
static constexpr int64_t kRowPadding = 8;

double VectorTile::getQueryFactor(OnlineAttentionOp op) {
  auto like = cast<AttentionLikeOpInterface>(op.getOperation());
  return usesPowersOfTwo(op.getLink()) && like.hasIdentityScore() ? kLog2e
                                                                  : 1.0;
}

VectorTile::VectorTile(TileBuilder &builder, OnlineAttentionOp op,
                       RegisterTile tile)
    : b(builder), op(op), tile(tile), link(op.getLink()),
      scoreRow(builder, op), finishesLater(scoreRow.isExpensive()) {
  valueDepth = cast<RankedTensorType>(op.getValue().getType()).getDimSize(1);
  dropsPairs = scoreRow.canDropPairs();
  Value firstKey = op.getKeys().front();
  numKeys = b.dim(firstKey, 0);
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {firstKey, 0}, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
  keyBound = succeeded(bound) ? *bound : ShapedType::kDynamic;
  queryOffset = op.getQueryOffset() ? Value(op.getQueryOffset()) : b.index(0);
  keyOffset = op.getKeyOffset() ? Value(op.getKeyOffset()) : b.index(0);

  int64_t column = 0;
  for (Value key : op.getKeys()) {
    int64_t width = cast<RankedTensorType>(key.getType()).getDimSize(1);
    bool dynamic = ShapedType::isDynamic(width);
    keys.push_back(
        {widen(key), column, dynamic ? ShapedType::kDynamic : column + width});
    column += dynamic ? 0 : width;
  }
  value = widen(op.getValue());
  // A dropped pair must not turn 0 * NaN into a result.
  if (dropsPairs)
    valueFinite = isValueFinite();
}

/// `source` in the accumulator type. A copy is made only where the type
/// differs.
Value VectorTile::widen(Value source) {
  auto type = cast<RankedTensorType>(source.getType());
  if (type.getElementType() == b.getElement())
    return source;
  int64_t width = type.getDimSize(1);
  bool dynamicWidth = ShapedType::isDynamic(width);
  SmallVector<int64_t> shape = {
      keyBound, dynamicWidth
                    ? ShapedType::kDynamic
                    : int64_t(llvm::alignTo(width, tile.lanes)) + kRowPadding};
  SmallVector<Value> extents;
  if (ShapedType::isDynamic(keyBound))
    extents.push_back(numKeys);
  if (dynamicWidth)
    extents.push_back(b.dim(source, 1));
  Value target = tensor::EmptyOp::create(b, shape, b.getElement(), extents);

  VectorType vector = VectorType::get({tile.lanes}, type.getElementType());
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  bool wholeRead = !dynamicWidth && width % tile.lanes == 0;
  auto copyPiece = [&](Value row, Value column, Value rows) -> Value {
    Value piece = vector::TransferReadOp::create(b, vector, source,
                                                 ValueRange{row, column}, zero,
                                                 ArrayRef<bool>{wholeRead});
    return b.writeRow(b.convert(piece, b.getElement()), rows, {row, column},
                      /*inBounds=*/!dynamicWidth);
  };
  auto copyRow = [&](Value row, ValueRange rows) {
    return b.loop(b.index(0), b.dim(source, 1), tile.lanes, rows,
                  [&](Value column, ValueRange carried) {
                    return Values{copyPiece(row, column, carried[0])};
                  });
  };
  return b.loop(b.index(0), numKeys, 1, target, copyRow).front();
}

/// True if every element of the value tile is finite.
Value VectorTile::isValueFinite() {
  // Products with 0 are 0 for finite elements, else NaN.
  Value zeros = b.splat(0.0);
  auto sumRow = [&](Value row, ValueRange carried) {
    Value sum = carried[0];
    for (int64_t column = 0; column < valueDepth; column += tile.lanes) {
      bool whole = column + tile.lanes <= valueDepth;
      Value piece = b.readRow(value, {row, b.index(column)}, whole);
      sum = b.fma(piece, zeros, sum);
    }
    return Values{sum};
  };
  Value sum = b.loop(b.index(0), numKeys, 1, zeros, sumRow).front();
  Value total = vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum);
  return b.compare(arith::CmpFPredicate::OEQ, total, b.scalar(0.0));
}

//===----------------------------------------------------------------------===//
// Tile and panel
//===----------------------------------------------------------------------===//

PanelState VectorTile::emit(Value packedQuery, PanelState state) {
  Value numPanels = b.getNumPanels(getNumQueries(b, op.getQuery()));
  Values results = b.loop(b.index(0), numPanels, 1, state.toValues(),
                          [&](Value index, ValueRange carried) {
                            return emitPanel(packedQuery, index,
                                             PanelState::get(carried, link))
                                .toValues();
                          });
  return PanelState::get(results, link);
}

PanelState VectorTile::emitPanel(Value packedQuery, Value index,
                                 PanelState state) {
  Panel panel;
  panel.index = index;
  panel.row = b.mul(index, tile.lanes);
  panel.position = b.add(queryOffset, panel.row);
  panel.query = packedQuery;

  SmallVector<Segment> segments = getSegments(panel);
  if (!op.getQuerySegments())
    return emitSegments(panel, segments, state);
  // No key may be of the panel's documents.
  Value any = b.compare(arith::CmpIPredicate::slt, segments.front().lo,
                        segments.back().hi);
  Values results = b.branch(
      any, [&] { return emitSegments(panel, segments, state).toValues(); },
      [&] { return state.toValues(); });
  return PanelState::get(results, link);
}

PanelState VectorTile::emitSegments(const Panel &panel,
                                    ArrayRef<Segment> segments,
                                    PanelState state) {
  Value lo = segments.front().lo, hi = segments.back().hi;
  SmallVector<Value> extents;
  if (ShapedType::isDynamic(keyBound))
    extents.push_back(numKeys);
  Value scores =
      tensor::EmptyOp::create(b, SmallVector<int64_t>{keyBound, tile.lanes},
                              b.getElement(), extents);
  Value maximum = b.splat(-std::numeric_limits<double>::infinity());
  Values carried = {scores, maximum};
  for (const SegmentGroup &group : getGroups(segments))
    carried = emitGroup(panel, group, carried);
  if (finishesLater) {
    bool masked = llvm::any_of(
        segments, [](const Segment &segment) { return segment.masked; });
    carried = finishScores(panel, masked, lo, hi, carried);
  }
  scores = carried[0];
  maximum = carried[1];

  if (link == Link::Argmax) {
    emitArgmax(panel, lo, hi, scores, state);
    return state;
  }
  Value correction;
  if (link == Link::Softmax)
    correction = emitSoftmax(panel, lo, hi, scores, maximum, state);
  else if (link == Link::Linear)
    emitSum(panel, lo, hi, scores, state);

  Value acc = state.acc;
  auto product = [&](bool skipAbsent) {
    return Values{
        emitProduct(panel, lo, hi, scores, acc, correction, skipAbsent)};
  };
  if (valueFinite)
    state.acc = b.branch(
                     valueFinite, [&] { return product(false); },
                     [&] { return product(true); })
                    .front();
  else
    state.acc = product(false).front();
  return state;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Weights 2^(score - ref) in place, with the new reference and sum. Returns
/// the factor that takes what was accumulated so far to the new reference.
/// While a row has seen no pair its reference is -inf and 0 is subtracted
/// instead.
Value VectorTile::emitSoftmax(const Panel &panel, Value lo, Value hi,
                              Value &scores, Value maximum, PanelState &state) {
  Value minusInf = b.splat(-std::numeric_limits<double>::infinity());
  Value before = b.readRow(state.ref, {panel.row});
  Value ref = b.maximum(before, maximum);
  Value shift = b.select(b.compare(arith::CmpFPredicate::OEQ, ref, minusInf),
                         b.splat(0.0), ref);
  Value correction = b.getCorrection(before, ref, shift);

  // The sum of a tile starts from 0: over all keys it is blocked, not a chain.
  Values results =
      b.loop(lo, hi, 1, {scores, b.splat(0.0)}, [&](Value j, ValueRange carried) {
        Value score = b.readRow(carried[0], {j, b.index(0)});
        Value weight = b.exp2(b.subf(score, shift), /*nonPositive=*/true);
        Value total = b.addf(carried[1], weight);
        if (dropsPairs)
          weight =
              b.select(b.compare(arith::CmpFPredicate::OEQ, score, minusInf),
                       b.splat(-0.0), weight);
        return Values{b.writeRow(weight, carried[0], {j, b.index(0)}), total};
      });
  scores = results[0];
  state.ref = b.writeRow(ref, state.ref, {panel.row});
  Value sum = b.readRow(state.sum, {panel.row});
  state.sum = b.writeRow(b.fma(sum, correction, results[1]), state.sum, {panel.row});
  return correction;
}

void VectorTile::emitSum(const Panel &panel, Value lo, Value hi, Value scores,
                         PanelState &state) {
  Value sum =
      b.loop(lo, hi, 1, b.splat(0.0), [&](Value j, ValueRange carried) {
         return Values{b.addf(carried[0], b.readRow(scores, {j, b.index(0)}))};
       }).front();
  Value before = b.readRow(state.sum, {panel.row});
  state.sum = b.writeRow(b.addf(before, sum), state.sum, {panel.row});
}

/// Where a lane finds a larger score (a NaN is larger than every number), its
/// column of acc becomes the value row of that key.
void VectorTile::emitArgmax(const Panel &panel, Value lo, Value hi,
                            Value scores, PanelState &state) {
  VectorType numbers = b.getRowType(b.getIndexType());
  Value none = arith::ConstantOp::create(
      b, DenseElementsAttr::get(numbers, b.getIndexAttr(-1)));
  Value best = b.readRow(state.ref, {panel.row});
  Values found =
      b.loop(lo, hi, 1, {best, none}, [&](Value j, ValueRange carried) {
        Value score = b.readRow(scores, {j, b.index(0)});
        Value better = b.compare(arith::CmpFPredicate::UGT, score, carried[0]);
        Value number =
            b.compare(arith::CmpFPredicate::ORD, carried[0], carried[0]);
        better = arith::AndIOp::create(b, better, number);
        Value key = vector::BroadcastOp::create(b, numbers, j);
        return Values{b.select(better, score, carried[0]),
                      b.select(better, key, carried[1])};
      });
  state.ref = b.writeRow(found[0], state.ref, {panel.row});
  auto copyValueRow = [&](Value key, Value lane, Value acc) {
    return b.loop(
        b.index(0), b.index(valueDepth), 1, acc,
        [&](Value column, ValueRange carried) {
          Value element =
              tensor::ExtractOp::create(b, value, ValueRange{key, column});
          return Values{tensor::InsertOp::create(
              b, element, carried[0], ValueRange{panel.index, column, lane})};
        });
  };
  state.acc =
      b.loop(b.index(0), b.index(tile.lanes), 1, state.acc,
             [&](Value lane, ValueRange carried) {
               Value key =
                   vector::ExtractOp::create(b, found[1], OpFoldResult(lane));
               Value any =
                   b.compare(arith::CmpIPredicate::sge, key, b.index(0));
               Value acc = carried[0];
               return b.branch(
                   any, [&] { return copyValueRow(key, lane, acc); },
                   [&] { return Values{acc}; });
             })
          .front();
}

//===----------------------------------------------------------------------===//
// Product with the value
//===----------------------------------------------------------------------===//

/// acc = acc * correction + value^T weights for the panel, in register tiles of
/// value columns. `skipAbsent` leaves out pairs whose weight is -0.0 instead of
/// adding 0 * value.
Value VectorTile::emitProduct(const Panel &panel, Value lo, Value hi,
                              Value scores, Value acc, Value correction,
                              bool skipAbsent) {
  // Selects take registers beside the accumulators.
  int64_t tileRows =
      skipAbsent ? llvm::divideCeil(tile.rows, 2) : tile.rows;
  int64_t whole = valueDepth / tileRows * tileRows, rest = valueDepth - whole;
  // A tile of one or two rows is slow: share with the one before.
  if (rest > 0 && rest < 3 && whole > 0) {
    whole -= tileRows;
    rest += tileRows;
  }
  acc = b.loop(b.index(0), b.index(whole), tileRows, acc,
               [&](Value column, ValueRange carried) {
                 return Values{emitProductTile(panel, lo, hi, scores,
                                               carried[0], correction, column,
                                               tileRows, skipAbsent)};
               })
            .front();
  int64_t column = whole;
  while (rest > 0) {
    int64_t rows = rest > tileRows ? (rest + 1) / 2 : rest;
    acc = emitProductTile(panel, lo, hi, scores, acc, correction,
                          b.index(column), rows, skipAbsent);
    column += rows;
    rest -= rows;
  }
  return acc;
}

Value VectorTile::emitProductTile(const Panel &panel, Value lo, Value hi,
                                  Value scores, Value acc, Value correction,
                                  Value column, int64_t rows, bool skipAbsent) {
  Type bits = b.getRowType(b.getIntegerType(b.getElement().getWidth()));
  APInt minusZero = APInt::getSignMask(b.getElement().getWidth());
  Values zeros(rows, b.splat(0.0));
  Values sums = b.loop(lo, hi, 1, zeros, [&](Value j, ValueRange carried) {
    Value weight = b.readRow(scores, {j, b.index(0)}), absent;
    if (skipAbsent) {
      Value pattern = arith::ConstantOp::create(
          b, DenseElementsAttr::get(cast<ShapedType>(bits), minusZero));
      absent = b.compare(arith::CmpIPredicate::eq,
                         arith::BitcastOp::create(b, bits, weight), pattern);
    }
    Values next;
    for (int64_t r = 0; r < rows; ++r) {
      Value element =
          tensor::ExtractOp::create(b, value, ValueRange{j, b.add(column, r)});
      Value sum = b.fma(b.broadcast(element), weight, carried[r]);
      next.push_back(skipAbsent ? b.select(absent, carried[r], sum) : sum);
    }
    return next;
  });
  for (int64_t r = 0; r < rows; ++r) {
    SmallVector<Value> position = {panel.index, b.add(column, r), b.index(0)};
    Value before = b.readRow(acc, position);
    Value after = correction ? b.fma(before, correction, sums[r])
                             : b.addf(before, sums[r]);
    acc = b.writeRow(after, acc, position);
  }
  return acc;
}
