//===- AttentionTile.cpp - Operands of attention, cut to tiles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

IterationTile mlir::sattn::projectTile(AffineMap map, const IterationTile &tile) {
  IterationTile result;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    result.offsets.push_back(tile.offsets[map.getDimPosition(axis)]);
    result.sizes.push_back(tile.sizes[map.getDimPosition(axis)]);
  }
  return result;
}

static RankedTensorType getTileType(Value tensor, ArrayRef<OpFoldResult> sizes) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, getElementTypeOrSelf(tensor));
}

/// Which axes of a tensor with map `map` stay in a tile over the dimensions `axes`.
static SmallVector<bool> getKeptAxes(AffineMap map, ArrayRef<unsigned> axes) {
  SmallVector<bool> kept;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    kept.push_back(llvm::is_contained(axes, map.getDimPosition(axis)));
  return kept;
}

/// Canonicalization gives a rank-reducing slice the type that drops its first unit
/// axes. That is another type than ours if a kept axis that may have extent 1 comes
/// before another kept one and that before a dropped one: 1 x n x [1] would turn
/// into n x 1.
static bool isReductionAmbiguous(ArrayRef<OpFoldResult> sizes, ArrayRef<bool> kept) {
  bool hasUnit = false, hasOther = false;
  for (auto [size, isKept] : llvm::zip_equal(sizes, kept)) {
    if (!isKept && hasOther)
      return true;
    if (!isKept)
      continue;
    hasOther |= hasUnit;
    hasUnit |= getConstantIntValue(size).value_or(1) == 1;
  }
  return false;
}

/// Groups of one kept axis each with the dropped axes beside it.
static SmallVector<ReassociationIndices> getKeptGroups(ArrayRef<bool> kept) {
  SmallVector<ReassociationIndices> groups(1);
  bool hasKept = false;
  for (auto [axis, isKept] : llvm::enumerate(kept)) {
    if (isKept && hasKept)
      groups.emplace_back();
    hasKept |= isKept;
    groups.back().push_back(axis);
  }
  return groups;
}

Value mlir::sattn::extractTile(OpBuilder &builder, Location loc, Value tensor,
                               AffineMap map, const IterationTile &tile,
                               ArrayRef<unsigned> axes) {
  IterationTile box = projectTile(map, tile);
  SmallVector<bool> isKept = getKeptAxes(map, axes);
  // Axes that stay, in the tensor's order and in the wanted order.
  SmallVector<OpFoldResult> kept, wanted;
  SmallVector<int64_t> permutation;
  SmallVector<unsigned> keptDims;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    if (isKept[axis]) {
      kept.push_back(box.sizes[axis]);
      keptDims.push_back(map.getDimPosition(axis));
    }
  for (unsigned dim : axes)
    if (auto it = llvm::find(keptDims, dim); it != keptDims.end()) {
      permutation.push_back(it - keptDims.begin());
      wanted.push_back(kept[permutation.back()]);
    }
  SmallVector<OpFoldResult> strides(box.sizes.size(), builder.getIndexAttr(1));
  bool inTwoSteps = isReductionAmbiguous(box.sizes, isKept);
  RankedTensorType type = getTileType(tensor, kept);
  Value slice = tensor::ExtractSliceOp::create(
      builder, loc, inTwoSteps ? getTileType(tensor, box.sizes) : type, tensor, box.offsets,
      box.sizes, strides);
  if (inTwoSteps)
    slice = tensor::CollapseShapeOp::create(builder, loc, type, slice, getKeptGroups(isKept));
  if (llvm::is_sorted(permutation))
    return slice;
  Value empty = tensor::EmptyOp::create(builder, loc, wanted, getElementTypeOrSelf(tensor));
  return linalg::TransposeOp::create(builder, loc, slice, empty, permutation)->getResult(0);
}

Value mlir::sattn::restoreAxes(OpBuilder &builder, Location loc, Value result, AffineMap map,
                               const IterationTile &tile, ArrayRef<unsigned> axes) {
  IterationTile box = projectTile(map, tile);
  SmallVector<bool> isKept = getKeptAxes(map, axes);
  if (!isReductionAmbiguous(box.sizes, isKept))
    return result;
  return tensor::ExpandShapeOp::create(builder, loc, getTileType(result, box.sizes), result,
                                       getKeptGroups(isKept), box.sizes);
}

/// Appends zeros along the first axis up to `rows`.
static Value padRows(OpBuilder &builder, Location loc, Value tile, int64_t rows) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (type.getDimSize(0) == rows)
    return tile;
  SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0)), high(low);
  OpFoldResult size = tensor::getMixedSize(builder, loc, tile, 0);
  AffineExpr d0 = builder.getAffineDimExpr(0);
  high.front() = affine::makeComposedFoldedAffineApply(builder, loc, rows - d0, {size});
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = rows;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(builder, loc, type.clone(shape), tile, low, high, zero);
}

Value AttentionTile::cut(OpBuilder &builder, Location loc, Value tensor,
                         AffineMap map, ArrayRef<unsigned> axes) {
  Value slice = extractTile(builder, loc, tensor, map, tile, axes);
  bool hasRows = getAxisOfDim(map, maps.getM()) && axes.front() == maps.getM();
  return hasRows ? padRows(builder, loc, slice, rows) : slice;
}

AffineMap AttentionTile::getSegmentMap(Value segments, unsigned axis) {
  SmallVector<unsigned> dims;
  if (cast<RankedTensorType>(segments.getType()).getRank() == 2)
    dims.push_back(maps.getPositionBatchDim());
  dims.push_back(axis);
  return AffineMap::getMultiDimMapWithTargets(maps.getNumDims(), dims, op.getContext());
}

OpFoldResult AttentionTile::getPosition(OpBuilder &builder, Location loc, Value operand,
                                        ArrayRef<OpFoldResult> batch) {
  if (!operand)
    return builder.getIndexAttr(0);
  if (operand.getType().isIndex())
    return getAsOpFoldResult(operand);
  Value row = getValueOrCreateConstantIndexOp(builder, loc, batch[maps.getPositionBatchDim()]);
  return tensor::ExtractOp::create(builder, loc, operand, row).getResult();
}

//===----------------------------------------------------------------------===//
// Query tile
//===----------------------------------------------------------------------===//

void AttentionTile::begin(OpBuilder &builder, Location loc, const IterationTile &tile,
                          OpFoldResult queryOffset, OpFoldResult keyOffset) {
  this->tile = tile;
  this->queryOffset = queryOffset;
  this->keyOffset = keyOffset;
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  queryPosition = affine::makeComposedFoldedAffineApply(
      builder, loc, d0 + d1, {tile.offsets[maps.getM()], queryOffset});
  query = buildQueryTile(builder, loc);
  if (Value segments = op.getQuerySegments())
    querySegments =
        cut(builder, loc, segments, getSegmentMap(segments, maps.getM()), {maps.getM()});
  rowOperands.clear();
  for (auto [operand, map] : getExtraOperands())
    rowOperands.push_back(getAxisOfDim(map, maps.getN())
                              ? Value()
                              : cut(builder, loc, operand, map, {maps.getM()}));
}

/// The factor of each query column: the op's scale and that of the column's level.
static SmallVector<double> getColumnFactors(AttentionOp op, int64_t numColumns) {
  SmallVector<double> factors(numColumns, op.getScale().convertToDouble());
  PositionStructureAttrInterface structure = op.getStructureAttr();
  if (!structure)
    return factors;
  int64_t column = 0;
  for (auto [level, rank] : llvm::enumerate(structure.getRanks()))
    for (int64_t end = column + rank; column < end && column < numColumns; ++column)
      factors[column] *= structure.getScale(level);
  return factors;
}

Value AttentionTile::buildQueryTile(OpBuilder &builder, Location loc) {
  Value slice = cut(builder, loc, op.getQuery(), maps.getQuery(), {maps.getM(), maps.getR()});
  auto type = cast<RankedTensorType>(slice.getType());
  Type from = type.getElementType();
  FloatType to = cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  SmallVector<double> factors = getColumnFactors(op, type.getDimSize(1));
  bool scaled = llvm::any_of(factors, [](double factor) { return factor != 1.0; });
  if (!scaled && from == to)
    return slice;

  SmallVector<Value> inputs = {slice};
  AffineMap identity = builder.getMultiDimIdentityMap(2);
  SmallVector<AffineMap> indexingMaps = {identity};
  if (scaled) {
    auto factorType = RankedTensorType::get({type.getDimSize(1)}, to);
    SmallVector<Attribute> values;
    for (double factor : factors)
      values.push_back(builder.getFloatAttr(to, factor));
    inputs.push_back(arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(factorType, values)));
    indexingMaps.push_back(AffineMap::get(2, 0, builder.getAffineDimExpr(1)));
  }
  indexingMaps.push_back(identity);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), to);
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
    Value element = args.front();
    if (from != to)
      element = arith::ExtFOp::create(b, bodyLoc, to, element);
    if (scaled)
      element = arith::MulFOp::create(b, bodyLoc, element, args[1]);
    linalg::YieldOp::create(b, bodyLoc, element);
  };
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, loc, TypeRange{empty.getType()}, inputs,
                                   ValueRange{empty}, indexingMaps, iterators, body)
      .getResult(0);
}

/// The leading columns of the query tile.
Value AttentionTile::getPrefix(OpBuilder &builder, Location loc, OpFoldResult columns) {
  if (getConstantIntValue(columns) == cast<RankedTensorType>(query.getType()).getDimSize(1))
    return query;
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0)), strides(2, builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = {builder.getIndexAttr(rows), columns};
  return tensor::ExtractSliceOp::create(builder, loc, query, offsets, sizes, strides);
}

SmallVector<Value> AttentionTile::buildInitialState(OpBuilder &builder, Location loc) {
  FloatType type = cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  std::optional<unsigned> axis = getAxisOfDim(maps.getValue(), maps.getE());
  int64_t depth = cast<RankedTensorType>(op.getValue().getType()).getDimSize(*axis);
  auto fill = [&](ArrayRef<int64_t> shape, double value) -> Value {
    Value constant = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
    Value empty = tensor::EmptyOp::create(builder, loc, shape, type);
    return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
  };
  Link link = op.getLink();
  SmallVector<Value> state = {fill({rows, depth}, 0.0)};
  if (link == Link::Softmax || link == Link::Argmax)
    state.push_back(fill({rows}, -std::numeric_limits<double>::infinity()));
  if (link == Link::Softmax || link == Link::Linear)
    state.push_back(fill({rows}, 0.0));
  return state;
}

//===----------------------------------------------------------------------===//
// Key tile
//===----------------------------------------------------------------------===//

/// A mask that lacks m or n is a score operand that says whether to keep a pair.
static bool isBroadcastMask(const AttentionMaps &maps) {
  return maps.getMask() && !(getAxisOfDim(maps.getMask(), maps.getM()) &&
                             getAxisOfDim(maps.getMask(), maps.getN()));
}

/// Score operands of the tile op: the op's own, the mask if it is broadcast, and
/// the normalizer. `buildScore` uses them in this order.
SmallVector<std::pair<Value, AffineMap>> AttentionTile::getExtraOperands() {
  SmallVector<std::pair<Value, AffineMap>> result;
  for (auto [operand, map] : llvm::zip_equal(op.getScoreOperands(), maps.getScoreOperands()))
    result.emplace_back(operand, map);
  if (isBroadcastMask(maps))
    result.emplace_back(op.getMask(), maps.getMask());
  if (Value normalizer = op.getNormalizer())
    result.emplace_back(normalizer, maps.getRowMap());
  return result;
}

StepDepth AttentionTile::getDepth(OpBuilder &builder, Location loc, const Segment &segment) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  int64_t columns = cast<RankedTensorType>(query.getType()).getDimSize(1);
  double weight = 1.0;
  if (structure && !segment.mixed) {
    columns = structure.getPrefixRank(segment.known);
    weight = structure.getWeight(segment.known);
  }
  FloatType type = cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  return {builder.getIndexAttr(columns),
          arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, weight))};
}

/// Rows of the tile that the key of one level holds, which starts at the first
/// position that shares the level with query 0. Where not all rows of the tile are
/// known to be there (`padded`), zeros take the place of the missing ones.
Value AttentionTile::cutCache(OpBuilder &builder, Location loc, unsigned level, bool padded) {
  unsigned n = maps.getN();
  Value key = op.getKeys()[level];
  AffineExpr d0, d1, d2;
  bindDims(builder.getContext(), d0, d1, d2);
  AffineExpr base = op.getStructureAttr().getKeyRange(level, builder.getContext()).outerLo;
  auto apply = [&](AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, operands);
  };
  // max(0, min(a, b)).
  auto clamp = [&](OpFoldResult value, OpFoldResult limit) {
    AffineMap both = AffineMap::getMultiDimIdentityMap(2, builder.getContext());
    OpFoldResult low = affine::makeComposedFoldedAffineMin(builder, loc, both, {value, limit});
    AffineMap positive = AffineMap::get(1, 0, {builder.getAffineConstantExpr(0), d0}, builder.getContext());
    return affine::makeComposedFoldedAffineMax(builder, loc, positive, {low});
  };
  OpFoldResult first = tile.offsets[n], size = tile.sizes[n];
  OpFoldResult row = apply(d1 + d2 - base.replaceDims({d0, d0 + 1}), {queryOffset, keyOffset, first});
  OpFoldResult start = row, count = size;
  if (padded) {
    OpFoldResult numRows = tensor::getMixedSize(builder, loc, key, *getAxisOfDim(maps.getKey(), n));
    start = clamp(row, numRows);
    count = apply(d0 - d1, {clamp(apply(d0 + d1, {row, size}), numRows), start});
  }
  tile.offsets[n] = start;
  tile.sizes[n] = count;
  Value slice = cut(builder, loc, key, maps.getKey(), {n, maps.getR()});
  tile.offsets[n] = first;
  tile.sizes[n] = size;
  if (!padded)
    return slice;
  OpFoldResult zeroRows = builder.getIndexAttr(0);
  SmallVector<OpFoldResult> low = {clamp(apply(-d0, {row}), size), zeroRows};
  SmallVector<OpFoldResult> high = {apply(d0 - d1 - d2, {size, low[0], count}), zeroRows};
  auto type = cast<RankedTensorType>(slice.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  SmallVector<int64_t> shape = {getConstantIntValue(size).value_or(ShapedType::kDynamic),
                                type.getDimSize(1)};
  return tensor::PadOp::create(builder, loc, type.clone(shape), slice, low, high, zero);
}

/// One tensor with the columns of all `tiles`, which have equally many rows.
static Value concatenate(OpBuilder &builder, Location loc, ArrayRef<Value> tiles,
                         OpFoldResult size, int64_t columns, Type accumulatorType) {
  Type type = getElementTypeOrSelf(tiles.front());
  if (!llvm::all_of(tiles, [&](Value tile) { return getElementTypeOrSelf(tile) == type; }))
    type = accumulatorType;
  Value result = tensor::EmptyOp::create(
      builder, loc, ArrayRef<OpFoldResult>{size, builder.getIndexAttr(columns)}, type);
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0)), strides(2, builder.getIndexAttr(1));
  int64_t column = 0;
  for (Value tile : tiles) {
    int64_t width = cast<RankedTensorType>(tile.getType()).getDimSize(1);
    SmallVector<OpFoldResult> sizes = {size, builder.getIndexAttr(width)};
    offsets[1] = builder.getIndexAttr(column);
    column += width;
    if (getElementTypeOrSelf(tile) != type) {
      Value empty = tensor::EmptyOp::create(builder, loc, sizes, type);
      AffineMap identity = builder.getMultiDimIdentityMap(2);
      SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
      tile = linalg::GenericOp::create(
                 builder, loc, TypeRange{empty.getType()}, tile, empty,
                 ArrayRef<AffineMap>{identity, identity}, iterators,
                 [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
                   Value wide = arith::ExtFOp::create(b, bodyLoc, type, args.front());
                   linalg::YieldOp::create(b, bodyLoc, wide);
                 })
                 .getResult(0);
    }
    result = tensor::InsertSliceOp::create(builder, loc, tile, result, offsets, sizes, strides);
  }
  return result;
}

/// Key rows of the tile: of the one key the columns that the tile asks for, or of
/// the keys of the active levels all columns. Where pairs differ in depth they are
/// put together, so that a structure on a tile never speaks of caches.
SmallVector<Value> AttentionTile::cutKeys(OpBuilder &builder, Location loc,
                                          const Segment &segment) {
  const unsigned axes[] = {maps.getN(), maps.getR()};
  if (op.getKeys().size() == 1)
    return {cut(builder, loc, op.getKeys().front(), maps.getKey(), axes)};
  PositionStructureAttrInterface structure = op.getStructureAttr();
  OpFoldResult columns = tile.sizes[maps.getR()];
  unsigned numLevels = segment.mixed ? structure.getNumLevels() : segment.known;
  SmallVector<Value> result;
  for (unsigned level = 0; level < numLevels; ++level) {
    tile.sizes[maps.getR()] = builder.getIndexAttr(structure.getRanks()[level]);
    result.push_back(structure.isUnbounded(level)
                         ? cut(builder, loc, op.getKeys()[level], maps.getKey(), axes)
                         : cutCache(builder, loc, level, segment.mixed));
  }
  tile.sizes[maps.getR()] = columns;
  if (!segment.mixed)
    return result;
  FloatType type = cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  return {concatenate(builder, loc, result, tile.sizes[maps.getN()],
                      structure.getPrefixRank(numLevels), type)};
}

SmallVector<Value> AttentionTile::buildStep(OpBuilder &builder, Location loc,
                                            const Segment &segment, StepDepth depth,
                                            OpFoldResult offset, OpFoldResult size,
                                            ValueRange state) {
  Value queryTile = getPrefix(builder, loc, depth.columns);
  unsigned m = maps.getM(), n = maps.getN();
  tile.offsets[n] = offset;
  tile.sizes[n] = size;
  tile.sizes[maps.getR()] = depth.columns;
  SmallVector<Value> keys = cutKeys(builder, loc, segment);
  Value value = cut(builder, loc, op.getValue(), maps.getValue(), {n, maps.getE()});
  Value mask, keySegments;
  if (op.getMask() && !isBroadcastMask(maps))
    mask = cut(builder, loc, op.getMask(), maps.getMask(), {m, n});
  if (Value segments = op.getKeySegments())
    keySegments = cut(builder, loc, segments, getSegmentMap(segments, n), {n});

  SmallVector<Value> scoreOperands;
  SmallVector<AffineMap> scoreMaps;
  for (auto [extra, row] : llvm::zip_equal(getExtraOperands(), rowOperands)) {
    auto [operand, map] = extra;
    scoreOperands.push_back(row ? row : cut(builder, loc, operand, map, {m, n}));
    SmallVector<unsigned> axes;
    if (getAxisOfDim(map, m))
      axes.push_back(0);
    if (getAxisOfDim(map, n))
      axes.push_back(1);
    scoreMaps.push_back(AffineMap::getMultiDimMapWithTargets(2, axes, builder.getContext()));
  }

  Block &score = op.getScore().front();
  bool usesPositions = !score.getArgument(1).use_empty() || !score.getArgument(2).use_empty();
  Value queryStart, keyStart;
  if (segment.mixed || segment.masked || usesPositions) {
    AffineExpr d0, d1;
    bindDims(builder.getContext(), d0, d1);
    queryStart = getValueOrCreateConstantIndexOp(builder, loc, queryPosition);
    keyStart = getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, d0 + d1, {offset, keyOffset}));
  }
  auto step = OnlineAttentionOp::create(
      builder, loc, TypeRange(state), queryTile, keys, value, depth.weight, mask, querySegments, keySegments,
      queryStart, keyStart, /*key_limit=*/Value(), scoreOperands, state,
      segment.mixed ? op.getStructureAttr().getResidual(segment.known)
                    : PositionStructureAttrInterface(),
      segment.masked ? op.getWindowAttr() : WindowAttr(), op.getLink(), op.getPrecision(),
      builder.getAffineMapArrayAttr(scoreMaps));
  buildScore(builder, loc, step.getScore());
  return step.getResults();
}

/// Copies the score region and lets it use the additional operands.
void AttentionTile::buildScore(OpBuilder &builder, Location loc, Region &score) {
  IRMapping mapping;
  op.getScore().cloneInto(&score, mapping);
  Block &block = score.front();
  auto yield = cast<YieldOp>(block.getTerminator());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(yield);
  SmallVector<Value> results(yield.getOperands());
  if (isBroadcastMask(maps)) {
    Value keep = block.addArgument(builder.getI1Type(), loc);
    if (results.size() == 1)
      results.push_back(keep);
    else
      results[1] = arith::AndIOp::create(builder, loc, results[1], keep);
  }
  if (op.getNormalizer()) {
    Type type = results.front().getType();
    Value normalizer = block.addArgument(getElementTypeOrSelf(op.getNormalizer()), loc);
    unsigned from = normalizer.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
    if (from < to)
      normalizer = arith::ExtFOp::create(builder, loc, type, normalizer);
    else if (from > to)
      normalizer = arith::TruncFOp::create(builder, loc, type, normalizer);
    Value difference = arith::SubFOp::create(builder, loc, results.front(), normalizer);
    // A score of -inf means a dropped pair, whatever the normalizer is.
    Value infinity = arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(type, -std::numeric_limits<double>::infinity()));
    Value absent = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, results.front(), infinity);
    results.front() = arith::SelectOp::create(builder, loc, absent, infinity, difference);
  }
  if (results == SmallVector<Value>(yield.getOperands()))
    return;
  YieldOp::create(builder, loc, results);
  yield.erase();
}
