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
#include "RowTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
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
    if (RowTile::isSuitable(op)) {
      rewriter.setInsertionPoint(op);
      TileBuilder builder(op.getLoc(), rewriter, element,
                          target.getVectorLanes(element.getWidth()));
      return rewriter.replaceOp(op, RowTile(builder, op).emit());
    }
    RegisterTile tile = getTile(element);
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

  /// Packs the tile that the query is a prefix of, once for all its prefixes.
  Value getPackedQuery(OnlineAttentionOp op, FloatType element,
                       RegisterTile tile) {
    Value query = op.getQuery();
    auto prefix = query.getDefiningOp<tensor::ExtractSliceOp>();
    bool isPrefix = prefix && prefix.hasUnitStride() &&
                    prefix.hasZeroOffset() &&
                    prefix.getSourceType().getRank() == 2 &&
                    prefix.getSourceType().getDimSize(0) ==
                        prefix.getType().getDimSize(0) &&
                    !prefix.getSourceType().isDynamicDim(0);
    Value source = isPrefix ? prefix.getSource() : query;
    double factor = VectorTile::getQueryFactor(op);
    Value &packed = packedQueries[{source, unsigned(factor == 1.0)}];
    if (!packed) {
      rewriter.setInsertionPointAfterValue(source);
      TileBuilder builder(op.getLoc(), rewriter, element, tile.lanes);
      packed = packQuery(builder, source, factor);
    }
    if (!isPrefix)
      return packed;
    // Columns behind the prefix are not looked at; a dynamic depth needs a
    // slice that knows it.
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
  // The state of few queries is in its own layout: the reference lowering does.
  for (FinalizeOp end : ends)
    if (!RowTile::isSuitable(end))
      lowering.lower(end);

  RewritePatternSet patterns(root->getContext());
  populatePanelCastPatterns(patterns);
  if (failed(applyPatternsGreedily(root, std::move(patterns))))
    return failure();
  return lowerPanelCasts(rewriter, root);
}
