//===- TileAttention.cpp - From attention to the level nest -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One scf.forall over query tiles; in it the segments of the key axis one after
// the other, each a loop over key tiles that carries the state of
// online_attention.
//
//===----------------------------------------------------------------------===//

#include "AttentionResults.h"
#include "AttentionTile.h"
#include "KeyBounds.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"
#include <map>

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNTILEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
class NestBuilder {
public:
  NestBuilder(AttentionOp op, int64_t split, bool edgesFirst)
      : op(op), tiling(*op.getTiling()), split(split), edgesFirst(edgesFirst),
        rows(tiling.getQuery()),
        attentionTile(op, rows), maps(attentionTile.getMaps()), results(op, maps, split) {}

  SmallVector<Value> build(OpBuilder &builder);

private:
  /// A segment and its rows of the key tensor.
  using SegmentRows = std::pair<Segment, KeyRows>;
  using SegmentGroup = SmallVector<SegmentRows>;

  OpFoldResult getExtent(OpBuilder &builder, unsigned dim);
  OpFoldResult getNumRows(OpBuilder &builder, OpFoldResult tile);
  OpFoldResult getPartRows(OpBuilder &builder);
  void buildQueryTile(OpBuilder &builder, ValueRange indices, ValueRange destinations);
  IterationTile getTile(OpBuilder &builder, ArrayRef<OpFoldResult> batch, OpFoldResult index);
  KeyBounds getBounds(OpBuilder &builder, const IterationTile &tile, OpFoldResult index,
                      OpFoldResult queryOffset, OpFoldResult keyOffset);
  SmallVector<SegmentRows> getSegments(OpBuilder &builder, const KeyBounds &bounds);
  SmallVector<SegmentGroup> getGroups(ArrayRef<SegmentRows> segments);
  SmallVector<Value> buildSegment(OpBuilder &builder, const SegmentRows &segment,
                                  ValueRange state);
  SmallVector<Value> buildRolled(OpBuilder &builder, ArrayRef<SegmentRows> segments,
                                 ValueRange state);
  SmallVector<Value> buildKeyLoop(OpBuilder &builder, const Segment &segment,
                                  const KeyRows &keyRows, StepDepth depth, ValueRange state);

  AttentionOp op;
  TilingAttr tiling;
  int64_t split;
  bool edgesFirst;
  int64_t rows;
  AttentionTile attentionTile;
  const AttentionMaps &maps;
  AttentionResults results;
  /// Extents of the iteration space (batch..., m, n, r, e).
  SmallVector<OpFoldResult> extents;
  OpFoldResult partRows;
};
} // namespace

/// Extent of an iteration dimension: a constant if some tensor knows it.
OpFoldResult NestBuilder::getExtent(OpBuilder &builder, unsigned dim) {
  std::pair<Value, AffineMap> tensors[] = {{op.getQuery(), maps.getQuery()},
                                           {op.getKeys().front(), maps.getKey()},
                                           {op.getValue(), maps.getValue()},
                                           {op.getOuts().front(), maps.getOutput()}};
  for (auto [tensor, map] : tensors)
    if (std::optional<unsigned> axis = getAxisOfDim(map, dim))
      if (auto type = cast<RankedTensorType>(tensor.getType()); !type.isDynamicDim(*axis))
        return builder.getIndexAttr(type.getDimSize(*axis));
  for (auto [tensor, map] : tensors)
    if (std::optional<unsigned> axis = getAxisOfDim(map, dim))
      return tensor::DimOp::create(builder, op.getLoc(), tensor, *axis).getResult();
  return builder.getIndexAttr(1);
}

/// Rows of the tile that exist: fewer than `rows` only at the end.
OpFoldResult NestBuilder::getNumRows(OpBuilder &builder, OpFoldResult tile) {
  OpFoldResult numQueries = extents[maps.getM()];
  if (rows == 1)
    return builder.getIndexAttr(1);
  if (std::optional<int64_t> constant = getConstantIntValue(numQueries)) {
    if (*constant % rows == 0)
      return builder.getIndexAttr(rows);
    if (*constant < rows)
      return numQueries;
  }
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  SmallVector<AffineExpr> sizes = {builder.getAffineConstantExpr(rows), d1 - d0 * rows};
  AffineMap map = AffineMap::get(2, 0, sizes, builder.getContext());
  return affine::makeComposedFoldedAffineMin(builder, op.getLoc(), map, {tile, numQueries});
}

/// Rows of a part of the key axis: whole key tiles.
OpFoldResult NestBuilder::getPartRows(OpBuilder &builder) {
  int64_t tile = tiling.getKey();
  AffineExpr rows = builder.getAffineDimExpr(0).ceilDiv(split * tile) * tile;
  return affine::makeComposedFoldedAffineApply(builder, op.getLoc(), rows, {extents[maps.getN()]});
}

SmallVector<Value> NestBuilder::build(OpBuilder &builder) {
  Location loc = op.getLoc();
  for (unsigned dim = 0; dim < maps.getNumDims(); ++dim)
    extents.push_back(getExtent(builder, dim));
  SmallVector<OpFoldResult> bounds(ArrayRef(extents).take_front(maps.getNumBatch()));
  if (split > 1) {
    bounds.push_back(builder.getIndexAttr(split));
    partRows = getPartRows(builder);
  }
  bounds.push_back(affine::makeComposedFoldedAffineApply(
      builder, loc, builder.getAffineDimExpr(0).ceilDiv(rows), {extents[maps.getM()]}));
  auto forall = scf::ForallOp::create(
      builder, loc, bounds, results.buildDestinations(builder, extents), std::nullopt);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(forall.getTerminator());
    buildQueryTile(builder, forall.getInductionVars(), forall.getRegionIterArgs());
  }
  return results.buildResults(builder, forall.getResults());
}

IterationTile NestBuilder::getTile(OpBuilder &builder, ArrayRef<OpFoldResult> batch,
                                   OpFoldResult index) {
  IterationTile tile;
  OpFoldResult zero = builder.getIndexAttr(0);
  tile.offsets.assign(batch.begin(), batch.end());
  tile.offsets.push_back(affine::makeComposedFoldedAffineApply(
      builder, op.getLoc(), builder.getAffineDimExpr(0) * rows, {index}));
  tile.offsets.append(3, zero);
  tile.sizes.assign(batch.size(), builder.getIndexAttr(1));
  tile.sizes.push_back(getNumRows(builder, index));
  llvm::append_range(tile.sizes, ArrayRef(extents).take_back(3));
  return tile;
}

KeyBounds NestBuilder::getBounds(OpBuilder &builder, const IterationTile &tile, OpFoldResult index,
                                 OpFoldResult queryOffset, OpFoldResult keyOffset) {
  std::optional<int64_t> numQueries = getConstantIntValue(extents[maps.getM()]), numTiles;
  if (numQueries)
    numTiles = llvm::divideCeil(*numQueries, rows);
  KeyBounds bounds(builder.getContext(), index, numTiles, rows, queryOffset, keyOffset,
                   extents[maps.getN()]);
  ArrayRef<OpFoldResult> batch = ArrayRef(tile.offsets).take_front(maps.getNumBatch());
  if (op.getKeyLimit())
    bounds.clipByPosition(
        attentionTile.getPosition(builder, op.getLoc(), op.getKeyLimit(), batch));
  if (split > 1)
    bounds.clipToPart(builder, op.getLoc(), tile.offsets.back(), partRows);
  if (op.getKeys().size() == 1)
    return bounds;
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned axis = *getAxisOfDim(maps.getKey(), maps.getN());
  for (auto [level, key] : llvm::enumerate(op.getKeys()))
    if (!structure.isUnbounded(level)) {
      AffineExpr d0 = builder.getAffineDimExpr(0);
      AffineExpr base = structure.getKeyRange(level, builder.getContext()).outerLo;
      bounds.addCache(base.replaceDims({d0, d0 + 1}),
                      tensor::getMixedSize(builder, op.getLoc(), key, axis));
    }
  return bounds;
}

void NestBuilder::buildQueryTile(OpBuilder &builder, ValueRange indices, ValueRange destinations) {
  Location loc = op.getLoc();
  auto terminator = cast<scf::InParallelOp>(builder.getInsertionBlock()->getTerminator());
  SmallVector<OpFoldResult> batch = getAsOpFoldResult(indices.take_front(maps.getNumBatch()));
  OpFoldResult index = indices.back();
  IterationTile tile = getTile(builder, batch, index);
  if (split > 1) {
    tile.offsets.push_back(indices[maps.getNumBatch()]);
    tile.sizes.push_back(builder.getIndexAttr(1));
  }

  OpFoldResult queryOffset = attentionTile.getPosition(builder, loc, op.getQueryOffset(), batch);
  OpFoldResult keyOffset = attentionTile.getPosition(builder, loc, op.getKeyOffset(), batch);
  attentionTile.begin(builder, loc, tile, queryOffset, keyOffset);
  SmallVector<SegmentRows> segments =
      getSegments(builder, getBounds(builder, tile, index, queryOffset, keyOffset));
  SmallVector<Value> state = attentionTile.buildInitialState(builder, loc);
  for (const SegmentGroup &group : getGroups(segments))
    state = group.size() == 1 ? buildSegment(builder, group.front(), state)
                              : buildRolled(builder, group, state);
  results.buildTile(builder, tile, state, destinations, terminator);
}

/// The segments and their rows. Where each level has its own key, rows that a
/// level's key lacks are split off: there the level and finer ones are inactive.
/// (Mixed segments, which need all keys, find zeros in their place.)
SmallVector<NestBuilder::SegmentRows> NestBuilder::getSegments(OpBuilder &builder,
                                                               const KeyBounds &bounds) {
  SmallVector<SegmentRows> result;
  auto add = [&](const Segment &segment, unsigned numCaches, bool beyond) {
    if (std::optional<KeyRows> keyRows = bounds.getRows(
            builder, op.getLoc(), segment, tiling.getKey(), numCaches, beyond))
      result.emplace_back(segment, *keyRows);
  };
  unsigned numUncached = op.getKeys().size() - bounds.getNumCaches();
  for (Segment segment : computeSegments(op.getStructureAttr(), op.getWindowAttr(), rows,
                                         bounds.isAligned(), builder.getContext())) {
    if (bounds.getNumCaches() == 0 || segment.mixed) {
      add(segment, 0, false);
      continue;
    }
    add(segment, segment.known - numUncached, false);
    while (segment.known > numUncached) {
      --segment.known;
      add(segment, segment.known - numUncached, true);
    }
  }
  // The order of keys does not matter, except to `argmax`.
  if (edgesFirst && op.getLink() != Link::Argmax)
    llvm::stable_sort(result, [](const SegmentRows &a, const SegmentRows &b) {
      auto isEdge = [](const Segment &segment) { return segment.mixed || segment.masked; };
      return isEdge(a.first) && !isEdge(b.first);
    });
  return result;
}

/// Segments that share a loop, in the order of the groups. Rolled, those of
/// constant depth are one group, those that need checks another. Where each level
/// has its own key, a group is what reads the same keys: one depth, or all mixed
/// ones. The order of keys does not matter, except to `argmax`.
SmallVector<NestBuilder::SegmentGroup>
NestBuilder::getGroups(ArrayRef<SegmentRows> segments) {
  bool isRolled = tiling.getLevels() == LevelLoops::Rolled && op.getLink() != Link::Argmax;
  bool hasCaches = op.getKeys().size() > 1;
  std::map<unsigned, SegmentGroup> groups;
  for (const auto &[number, segment] : llvm::enumerate(segments)) {
    const Segment &kind = segment.first;
    unsigned group = number;
    if (isRolled)
      group = hasCaches ? (kind.mixed ? 0 : kind.known) : (kind.mixed || kind.masked);
    groups[group].push_back(segment);
  }
  return llvm::map_to_vector(groups, [](const auto &group) { return group.second; });
}

SmallVector<Value> NestBuilder::buildSegment(OpBuilder &builder, const SegmentRows &segment,
                                             ValueRange state) {
  const auto &[kind, keyRows] = segment;
  StepDepth depth = attentionTile.getDepth(builder, op.getLoc(), kind);
  // A single tile needs no loop.
  if (keyRows.size && *keyRows.size <= tiling.getKey())
    return attentionTile.buildStep(builder, op.getLoc(), kind, depth, keyRows.lo,
                                   builder.getIndexAttr(*keyRows.size), state);
  return buildKeyLoop(builder, kind, keyRows, depth, state);
}

/// One loop over a table of bounds and, if these differ, columns and weights.
SmallVector<Value> NestBuilder::buildRolled(OpBuilder &builder, ArrayRef<SegmentRows> segments,
                                            ValueRange state) {
  Location loc = op.getLoc();
  Segment kind = getCommonKind(llvm::map_to_vector(
      segments, [](const SegmentRows &segment) { return segment.first; }));
  bool isConstant = llvm::none_of(segments, [](const SegmentRows &segment) {
    return segment.first.mixed || segment.first.masked;
  });
  // Segments of constant depth each keep their own.
  kind.mixed &= !isConstant;
  StepDepth common = attentionTile.getDepth(builder, loc, kind);
  SmallVector<Value> lows, highs;
  SmallVector<Attribute> columns, weights;
  KeyRows rowsOfStep;
  rowsOfStep.wholeTiles = true;
  for (const auto &[segment, keyRows] : segments) {
    lows.push_back(getValueOrCreateConstantIndexOp(builder, loc, keyRows.lo));
    highs.push_back(getValueOrCreateConstantIndexOp(builder, loc, keyRows.hi));
    rowsOfStep.wholeTiles &= keyRows.wholeTiles;
    StepDepth depth = isConstant ? attentionTile.getDepth(builder, loc, segment) : common;
    columns.push_back(cast<Attribute>(depth.columns));
    weights.push_back(depth.weight.getDefiningOp<arith::ConstantOp>().getValue());
  }
  auto getTable = [&](ArrayRef<Attribute> values, Type type) -> Value {
    if (llvm::all_equal(values))
      return {};
    auto tableType = RankedTensorType::get(int64_t(values.size()), type);
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(tableType, values));
  };
  Value lowTable = tensor::FromElementsOp::create(builder, loc, lows);
  Value highTable = tensor::FromElementsOp::create(builder, loc, highs);
  Value columnTable = getTable(columns, builder.getIndexType());
  Value weightTable = getTable(weights, common.weight.getType());

  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value count = arith::ConstantIndexOp::create(builder, loc, segments.size());
  auto body = [&](OpBuilder &b, Location bodyLoc, Value index, ValueRange carried) {
    auto read = [&](Value table) -> Value {
      return tensor::ExtractOp::create(b, bodyLoc, table, index);
    };
    rowsOfStep.lo = read(lowTable);
    rowsOfStep.hi = read(highTable);
    StepDepth depth = common;
    if (columnTable)
      depth.columns = read(columnTable);
    if (weightTable)
      depth.weight = read(weightTable);
    scf::YieldOp::create(b, bodyLoc, buildKeyLoop(b, kind, rowsOfStep, depth, carried));
  };
  return scf::ForOp::create(builder, loc, zero, count, one, state, body).getResults();
}

SmallVector<Value> NestBuilder::buildKeyLoop(OpBuilder &builder, const Segment &segment,
                                             const KeyRows &keyRows, StepDepth depth,
                                             ValueRange state) {
  Location loc = op.getLoc();
  int64_t keyTile = tiling.getKey();
  Value lo = getValueOrCreateConstantIndexOp(builder, loc, keyRows.lo);
  Value hi = getValueOrCreateConstantIndexOp(builder, loc, keyRows.hi);
  Value step = arith::ConstantIndexOp::create(builder, loc, keyTile);
  bool wholeTiles = keyRows.wholeTiles || (keyRows.size && *keyRows.size % keyTile == 0);
  auto body = [&](OpBuilder &b, Location bodyLoc, Value row, ValueRange carried) {
    OpFoldResult size = b.getIndexAttr(keyTile);
    if (!wholeTiles) {
      AffineExpr d0, d1;
      bindDims(b.getContext(), d0, d1);
      SmallVector<AffineExpr> sizes = {b.getAffineConstantExpr(keyTile), d1 - d0};
      size = affine::makeComposedFoldedAffineMin(
          b, bodyLoc, AffineMap::get(2, 0, sizes, b.getContext()), {row, keyRows.hi});
    }
    scf::YieldOp::create(
        b, bodyLoc, attentionTile.buildStep(b, bodyLoc, segment, depth, row, size, carried));
  };
  return scf::ForOp::create(builder, loc, lo, hi, step, state, body).getResults();
}

/// Parts of the key axis that can be merged afterwards.
static int64_t getSplit(AttentionOp op) {
  int64_t split = op.getTiling()->getSplit();
  Link link = op.getLink();
  if (split == 1 || (link != Link::Linear && link != Link::Argmax))
    return split;
  op.emitRemark("[sattn-tile-attention] keys are not split (results of link '")
      << stringifyLink(link) << "' cannot be merged)";
  return 1;
}

FailureOr<SmallVector<Value>> mlir::sattn::buildAttentionNest(RewriterBase &rewriter,
                                                              AttentionOp op, bool edgesFirst) {
  if (!op.getTiling())
    return op.emitError("expected a '#sattn.tiling' (run sattn-select-tiling)");
  if (op.getMask() && cast<RankedTensorType>(op.getMask().getType()).getEncoding())
    return op.emitError("expected a dense mask, got ") << op.getMask().getType();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  return NestBuilder(op, getSplit(op), edgesFirst).build(rewriter);
}

namespace {
struct TileAttentionPass : sattn::impl::SattnTileAttentionPassBase<TileAttentionPass> {
  using SattnTileAttentionPassBase::SattnTileAttentionPassBase;

  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) {
      if (op.getTiling())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      FailureOr<SmallVector<Value>> results = buildAttentionNest(rewriter, op, edgesFirst);
      if (failed(results))
        return signalPassFailure();
      rewriter.replaceOp(op, *results);
    }
  }
};
} // namespace
