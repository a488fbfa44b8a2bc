//===- PeelKeyLoops.cpp - Loops over whole key tiles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNPEELKEYLOOPSPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// The size min(step, upper - counter) of the loop's key tiles; null if tiles have
/// another size.
static affine::AffineMinOp getTileSize(scf::ForOp loop, OnlineAttentionOp step) {
  auto slice = step.getKeys().front().getDefiningOp<tensor::ExtractSliceOp>();
  std::optional<int64_t> stepSize = getConstantIntValue(loop.getStep());
  if (!slice || !stepSize)
    return {};
  for (OpFoldResult size : slice.getMixedSizes()) {
    auto value = dyn_cast<Value>(size);
    auto minimum = value ? value.getDefiningOp<affine::AffineMinOp>() : affine::AffineMinOp();
    if (!minimum || minimum->getParentOp() != loop || minimum.getMap().getNumResults() != 2)
      continue;
    bool hasStep = llvm::any_of(minimum.getMap().getResults(), [&](AffineExpr expr) {
      auto constant = dyn_cast<AffineConstantExpr>(expr);
      return constant && constant.getValue() == *stepSize;
    });
    if (hasStep && llvm::is_contained(minimum.getOperands(), loop.getInductionVar()))
      return minimum;
  }
  return {};
}

/// The tile op of a loop worth splitting: one that checks nothing but the size of
/// its tile.
static OnlineAttentionOp getUncheckedStep(scf::ForOp loop) {
  auto steps = loop.getBody()->getOps<OnlineAttentionOp>();
  if (!llvm::hasSingleElement(steps))
    return {};
  OnlineAttentionOp step = *steps.begin();
  auto op = cast<AttentionLikeOpInterface>(step.getOperation());
  return op.canDropPairs() || step.getStructureAttr() || step.getKeys().size() != 1
             ? OnlineAttentionOp()
             : step;
}

/// Tensors that are static now are known to be so by the op that reads them.
static void dropCasts(RewriterBase &rewriter, OnlineAttentionOp step, int64_t rows) {
  auto retype = [&](Value tile) -> Value {
    auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>();
    auto type = cast<RankedTensorType>(tile.getType());
    if (!slice || !type.isDynamicDim(0))
      return tile;
    SmallVector<OpFoldResult> sizes = slice.getMixedSizes();
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    unsigned axis = dropped.find_first_unset();
    sizes[axis] = rewriter.getIndexAttr(rows);
    SmallVector<int64_t> shape(type.getShape());
    shape.front() = rows;
    rewriter.setInsertionPoint(slice);
    return Value(tensor::ExtractSliceOp::create(
        rewriter, slice.getLoc(), type.clone(shape), slice.getSource(), slice.getMixedOffsets(),
        sizes, slice.getMixedStrides()));
  };
  for (OpOperand &operand : step->getOpOperands())
    if (operand.get() == step.getKeys().front() || operand.get() == step.getValue()) {
      Value tile = retype(operand.get());
      rewriter.modifyOpInPlace(step, [&] { operand.set(tile); });
    }
}

static void peel(RewriterBase &rewriter, scf::ForOp loop, OnlineAttentionOp step) {
  Location loc = loop.getLoc();
  int64_t rows = *getConstantIntValue(loop.getStep());
  rewriter.setInsertionPoint(loop);
  AffineExpr lower, upper;
  bindSymbols(rewriter.getContext(), lower, upper);
  // A range may be empty with upper < lower: then both loops must be.
  AffineExpr end = upper - (upper - lower) % rows;
  Value split = getValueOrCreateConstantIndexOp(
      rewriter, loc,
      affine::makeComposedFoldedAffineMax(
          rewriter, loc, AffineMap::get(0, 2, {lower, end}, rewriter.getContext()),
          {loop.getLowerBound(), loop.getUpperBound()}));
  rewriter.setInsertionPointAfter(loop);
  auto rest = cast<scf::ForOp>(rewriter.clone(*loop));
  rewriter.replaceAllUsesWith(loop.getResults(), rest.getResults());
  rewriter.modifyOpInPlace(rest, [&] {
    rest.setLowerBound(split);
    rest.getInitArgsMutable().assign(loop.getResults());
  });
  rewriter.modifyOpInPlace(loop, [&] { loop.setUpperBound(split); });
  dropCasts(rewriter, step, rows);
}

void mlir::sattn::peelKeyLoops(RewriterBase &rewriter, Operation *root) {
  SmallVector<std::pair<scf::ForOp, OnlineAttentionOp>> loops;
  root->walk([&](scf::ForOp loop) {
    OnlineAttentionOp step = getUncheckedStep(loop);
    if (step && getTileSize(loop, step))
      loops.emplace_back(loop, step);
  });
  OpBuilder::InsertionGuard guard(rewriter);
  for (auto [loop, step] : loops)
    peel(rewriter, loop, step);
}

namespace {
struct PeelKeyLoopsPass : sattn::impl::SattnPeelKeyLoopsPassBase<PeelKeyLoopsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    peelKeyLoops(rewriter, getOperation());
  }
};
} // namespace
