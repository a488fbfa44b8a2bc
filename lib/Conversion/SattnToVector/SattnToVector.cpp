//===- SattnToVector.cpp - Level nests to vector code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass: packs queries once per query tile, rewrites each online_attention
// and finalize, and carries the state in panel layout through the loops around
// them.
//
//===----------------------------------------------------------------------===//

#include "sattn/Conversion/SattnToVector/SattnToVector.h"
#include "PanelLayout.h"
#include "QueryTile.h"
#include "RowTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Target/KnownTargets.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSATTNTOVECTORPASS
#include "sattn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
class NestLowering {
public:
  NestLowering(IRRewriter &rewriter, const TargetInfo &target)
      : rewriter(rewriter), target(target) {}

  void lower(OnlineAttentionOp op) {
    auto element = llvm::cast<AttentionLikeOpInterface>(op.getOperation())
                       .getAccumulatorType();
    if (RowTile::isSuitable(op.getQuery(), op.getLink())) {
      rewriter.setInsertionPoint(op);
      TileBuilder builder(op.getLoc(), rewriter, element,
                          target.getVectorLanes(element.getWidth()));
      return rewriter.replaceOp(op, RowTile(builder, op).emit());
    }
    RegisterTile tile = getTile(element);
    fillPanels(op, element, tile);
    Value query = getPackedQuery(op, element, tile);
    rewriter.setInsertionPoint(op);
    TileBuilder builder(op.getLoc(), rewriter, element, tile.lanes);
    PanelState state =
        PanelState::get(castToPanels(op.getState(), tile), op.getLink());
    PanelState result = VectorTile(builder, op, tile).emit(query, state);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> results;
    for (auto [value, old] : llvm::zip(result.toValues(), op.getResults()))
      results.push_back(cast(value, old.getType()));
    rewriter.replaceOp(op, results);
  }

  void lower(FinalizeOp op) {
    auto acc = llvm::cast<RankedTensorType>(op.getState().front().getType());
    auto element = llvm::cast<FloatType>(acc.getElementType());
    // The state of few queries is in its own layout: the reference lowering does.
    if (RowTile::isSuitable(op.getState().front(), op.getLink()))
      return;
    RegisterTile tile = getTile(element);
    rewriter.setInsertionPoint(op);
    TileBuilder builder(op.getLoc(), rewriter, element, tile.lanes);
    PanelState state =
        PanelState::get(castToPanels(op.getState(), tile), op.getLink());
    rewriter.replaceOp(op, emitFinalize(builder, op, state));
  }

private:
  RegisterTile getTile(FloatType element) const {
    return {target.getPanelRows(element.getWidth()), target.tileRows};
  }

  Value cast(Value value, Type type) {
    if (value.getType() == type)
      return value;
    return UnrealizedConversionCastOp::create(rewriter, value.getLoc(), type,
                                              value)
        .getResult(0);
  }

  SmallVector<Value> castToPanels(ValueRange values, RegisterTile tile) {
    return llvm::map_to_vector(values, [&](Value value) {
      return cast(value,
                  getPanelType(llvm::cast<RankedTensorType>(value.getType()),
                               tile.lanes));
    });
  }

  /// Lets an accumulator that starts as a fill, perhaps outside of loops, start with
  /// those panels filled that hold queries, where their number is not known.
  void fillPanels(OnlineAttentionOp op, FloatType element, RegisterTile tile) {
    Value acc = op.getState().front();
    while (auto argument = dyn_cast<BlockArgument>(acc)) {
      auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
      if (!loop)
        return;
      acc = loop.getTiedLoopInit(argument)->get();
    }
    auto fill = acc.getDefiningOp<linalg::FillOp>();
    Value source = getQuerySource(getWholeQuery(op.getQuery())).tensor;
    if (!fill || !DominanceInfo().properlyDominates(source, fill))
      return;
    rewriter.setInsertionPoint(fill);
    TileBuilder b(fill.getLoc(), rewriter, element, tile.lanes);
    Value rows = getNumQueries(b, op.getQuery());
    if (getConstantIntValue(rows))
      return;
    auto type = getPanelType(llvm::cast<RankedTensorType>(acc.getType()), tile.lanes);
    Value panels = tensor::EmptyOp::create(b, type, ValueRange());
    OpFoldResult one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
    SmallVector<OpFoldResult> offsets(3, zero), strides(3, one);
    SmallVector<OpFoldResult> sizes = {b.getNumPanels(rows), b.getIndexAttr(type.getDimSize(1)),
                                       b.getIndexAttr(tile.lanes)};
    Value slice = tensor::ExtractSliceOp::create(b, panels, offsets, sizes, strides);
    slice = linalg::FillOp::create(b, fill.value(), slice).getResult(0);
    panels = tensor::InsertSliceOp::create(b, slice, panels, offsets, sizes, strides);
    rewriter.replaceOp(fill, cast(panels, acc.getType()));
  }

  /// Packs the tile that the query is a prefix of, once for all its prefixes.
  Value getPackedQuery(OnlineAttentionOp op, FloatType element,
                       RegisterTile tile) {
    Value query = op.getQuery();
    Value source = getWholeQuery(query);
    double factor = VectorTile::getQueryFactor(op);
    Value &packed = packedQueries[{source, unsigned(factor == 1.0)}];
    if (!packed) {
      rewriter.setInsertionPointAfterValue(source);
      TileBuilder builder(op.getLoc(), rewriter, element, tile.lanes);
      packed = packQuery(builder, source, factor);
    }
    if (source == query)
      return packed;
    // Columns behind the prefix are not looked at; a dynamic depth needs a
    // slice that knows it.
    auto prefix = query.getDefiningOp<tensor::ExtractSliceOp>();
    rewriter.setInsertionPointAfter(prefix);
    auto type = llvm::cast<RankedTensorType>(packed.getType());
    OpFoldResult one = rewriter.getIndexAttr(1),
                 zero = rewriter.getIndexAttr(0);
    SmallVector<OpFoldResult> offsets(3, zero), strides(3, one);
    SmallVector<OpFoldResult> sizes = {
        rewriter.getIndexAttr(type.getDimSize(0)), prefix.getMixedSizes()[1],
        rewriter.getIndexAttr(tile.lanes)};
    return tensor::ExtractSliceOp::create(rewriter, op.getLoc(), packed,
                                          offsets, sizes, strides);
  }

  IRRewriter &rewriter;
  const TargetInfo &target;
  /// By tile, and whether it is packed as it is.
  DenseMap<std::pair<Value, unsigned>, Value> packedQueries;
};

struct ConvertSattnToVectorPass
    : sattn::impl::ConvertSattnToVectorPassBase<ConvertSattnToVectorPass> {
  using ConvertSattnToVectorPassBase::ConvertSattnToVectorPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info) {
      getOperation()->emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    if (failed(convertSattnToVector(getOperation(), *info)))
      signalPassFailure();
  }
};
} // namespace

LogicalResult mlir::sattn::convertSattnToVector(Operation *root,
                                                const TargetInfo &target) {
  IRRewriter rewriter(root->getContext());
  NestLowering lowering(rewriter, target);
  SmallVector<OnlineAttentionOp> tiles;
  SmallVector<FinalizeOp> ends;
  root->walk([&](Operation *op) {
    if (auto tile = dyn_cast<OnlineAttentionOp>(op))
      tiles.push_back(tile);
    else if (auto end = dyn_cast<FinalizeOp>(op))
      ends.push_back(end);
  });
  for (OnlineAttentionOp tile : tiles)
    lowering.lower(tile);
  for (FinalizeOp end : ends)
    lowering.lower(end);

  RewritePatternSet patterns(root->getContext());
  populatePanelCastPatterns(patterns);
  if (failed(applyPatternsGreedily(root, std::move(patterns))))
    return failure();
  return lowerPanelCasts(rewriter, root);
}
