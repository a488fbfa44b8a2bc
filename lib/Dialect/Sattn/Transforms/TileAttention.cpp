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

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNTILEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
class NestBuilder {
public:
  explicit NestBuilder(AttentionOp op)
      : op(op), tiling(*op.getTiling()), rows(tiling.getQuery()), attentionTile(op, rows),
        maps(attentionTile.getMaps()) {}

  SmallVector<Value> build(OpBuilder &builder);

private:
  OpFoldResult getExtent(OpBuilder &builder, unsigned dim);
  OpFoldResult getNumRows(OpBuilder &builder, OpFoldResult tile);
  void buildQueryTile(OpBuilder &builder, ValueRange indices, ValueRange outs);
  SmallVector<Value> buildKeyLoop(OpBuilder &builder, const Segment &segment,
                                  const KeyRows &keyRows, ValueRange state);
  void buildResults(OpBuilder &builder, const IterationTile &tile, ValueRange state,
                    ValueRange outs, scf::InParallelOp terminator);

  AttentionOp op;
  TilingAttr tiling;
  int64_t rows;
  AttentionTile attentionTile;
  const AttentionMaps &maps;
  /// Extents of the iteration space (batch..., m, n, r, e).
  SmallVector<OpFoldResult> extents;
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

SmallVector<Value> NestBuilder::build(OpBuilder &builder) {
  Location loc = op.getLoc();
  for (unsigned dim = 0; dim < maps.getNumDims(); ++dim)
    extents.push_back(getExtent(builder, dim));
  SmallVector<OpFoldResult> bounds(ArrayRef(extents).take_front(maps.getNumBatch()));
  bounds.push_back(affine::makeComposedFoldedAffineApply(
      builder, loc, builder.getAffineDimExpr(0).ceilDiv(rows), {extents[maps.getM()]}));
  auto forall = scf::ForallOp::create(builder, loc, bounds, op.getOuts(), std::nullopt);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(forall.getTerminator());
  buildQueryTile(builder, forall.getInductionVars(), forall.getRegionIterArgs());
  return forall.getResults();
}

void NestBuilder::buildQueryTile(OpBuilder &builder, ValueRange indices, ValueRange outs) {
  Location loc = op.getLoc();
  auto terminator = cast<scf::InParallelOp>(builder.getInsertionBlock()->getTerminator());
  SmallVector<OpFoldResult> batch = getAsOpFoldResult(indices.drop_back());
  OpFoldResult index = indices.back();
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);

  IterationTile tile;
  tile.offsets = batch;
  tile.offsets.append({affine::makeComposedFoldedAffineApply(builder, loc, d0 * rows, {index}),
                       builder.getIndexAttr(0), builder.getIndexAttr(0), builder.getIndexAttr(0)});
  tile.sizes.assign(batch.size(), builder.getIndexAttr(1));
  tile.sizes.append({getNumRows(builder, index), extents[maps.getN()], extents[maps.getR()],
                     extents[maps.getE()]});

  OpFoldResult queryOffset = attentionTile.getPosition(builder, loc, op.getQueryOffset(), batch);
  OpFoldResult keyOffset = attentionTile.getPosition(builder, loc, op.getKeyOffset(), batch);
  OpFoldResult queryPosition = affine::makeComposedFoldedAffineApply(
      builder, loc, d0 + d1, {tile.offsets[maps.getM()], queryOffset});
  std::optional<int64_t> numQueries = getConstantIntValue(extents[maps.getM()]), numTiles;
  if (numQueries)
    numTiles = llvm::divideCeil(*numQueries, rows);
  KeyBounds bounds(builder.getContext(), index, numTiles, rows, queryOffset, keyOffset,
                   extents[maps.getN()]);
  if (op.getKeyLimit())
    bounds.clipByPosition(attentionTile.getPosition(builder, loc, op.getKeyLimit(), batch));

  attentionTile.begin(builder, loc, tile, queryPosition, keyOffset);
  SmallVector<Value> state = attentionTile.buildInitialState(builder, loc);
  for (const Segment &segment : computeSegments(op.getStructureAttr(), op.getWindowAttr(), rows,
                                                bounds.isAligned(), builder.getContext()))
    state = buildKeyLoop(builder, segment,
                         bounds.getRows(builder, loc, segment, tiling.getKey()), state);
  buildResults(builder, tile, state, outs, terminator);
}

SmallVector<Value> NestBuilder::buildKeyLoop(OpBuilder &builder, const Segment &segment,
                                             const KeyRows &keyRows, ValueRange state) {
  Location loc = op.getLoc();
  int64_t keyTile = tiling.getKey();
  // A single tile needs no loop.
  if (keyRows.size && *keyRows.size <= keyTile)
    return attentionTile.buildStep(builder, loc, segment, keyRows.lo,
                                   builder.getIndexAttr(*keyRows.size), state);

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
    scf::YieldOp::create(b, bodyLoc,
                         attentionTile.buildStep(b, bodyLoc, segment, row, size, carried));
  };
  return scf::ForOp::create(builder, loc, lo, hi, step, state, body).getResults();
}

/// Finalizes the state into the tile's part of the destinations.
void NestBuilder::buildResults(OpBuilder &builder, const IterationTile &tile, ValueRange state,
                               ValueRange outs, scf::InParallelOp terminator) {
  Location loc = op.getLoc();
  unsigned m = maps.getM(), e = maps.getE();
  bool isTransposed = *getAxisOfDim(maps.getOutput(), e) < *getAxisOfDim(maps.getOutput(), m);
  SmallVector<unsigned> axes = {m, e};
  if (isTransposed)
    std::swap(axes[0], axes[1]);
  AffineMap outputMaps[] = {maps.getOutput(), maps.getRowMap()};
  SmallVector<Value> slices, destinations;
  for (auto [out, map] : llvm::zip(outs, outputMaps))
    slices.push_back(extractTile(builder, loc, out, map, tile, axes));
  destinations = slices;
  if (isTransposed)
    destinations.front() = tensor::EmptyOp::create(
        builder, loc, ArrayRef{tile.sizes[m], tile.sizes[e]}, getElementTypeOrSelf(outs.front()));
  auto finalize = FinalizeOp::create(builder, loc, TypeRange(ValueRange(destinations)), state,
                                     destinations, op.getLink());
  SmallVector<Value> results(finalize.getResults());
  if (isTransposed)
    results.front() = linalg::TransposeOp::create(builder, loc, results.front(), slices.front(),
                                                  ArrayRef<int64_t>{1, 0})
                          ->getResult(0);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(terminator.getBody());
  for (auto [result, out, map] : llvm::zip(results, outs, outputMaps)) {
    IterationTile box = projectTile(map, tile);
    SmallVector<OpFoldResult> strides(box.sizes.size(), builder.getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(builder, loc, result, out, box.offsets, box.sizes, strides);
  }
}

FailureOr<SmallVector<Value>> mlir::sattn::buildAttentionNest(RewriterBase &rewriter,
                                                              AttentionOp op) {
  if (!op.getTiling())
    return op.emitError("expected a '#sattn.tiling' (run sattn-select-tiling)");
  if (op.getKeys().size() > 1)
    return op.emitError("expected a single key, got ")
           << op.getKeys().size() << " (one key per level is not tiled yet)";
  if (op.getMask() && cast<RankedTensorType>(op.getMask().getType()).getEncoding())
    return op.emitError("expected a dense mask, got ") << op.getMask().getType();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  return NestBuilder(op).build(rewriter);
}

namespace {
struct TileAttentionPass : sattn::impl::SattnTileAttentionPassBase<TileAttentionPass> {
  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) {
      if (op.getTiling())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      FailureOr<SmallVector<Value>> results = buildAttentionNest(rewriter, op);
      if (failed(results))
        return signalPassFailure();
      rewriter.replaceOp(op, *results);
    }
  }
};
} // namespace
