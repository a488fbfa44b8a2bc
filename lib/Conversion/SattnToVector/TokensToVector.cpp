//===- TokensToVector.cpp - Token ops to vector code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops over panels around what TokenPanels.h computes in one.
//
//===----------------------------------------------------------------------===//

#include "TokenPanels.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Conversion/SattnToVector/SattnToVector.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Target/KnownTargets.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSATTNTOKENSTOVECTORPASS
#include "sattn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// A projection, a norm, or a norm behind a projection.
struct TokenChain {
  ProjectOp project;
  NormOp norm;

  Operation *getLast() {
    return norm ? norm.getOperation() : project.getOperation();
  }
  Value getInput() { return project ? project.getInput() : norm.getInput(); }
  RankedTensorType getInputType() {
    return cast<RankedTensorType>(getInput().getType());
  }
  RankedTensorType getResultType() {
    return cast<RankedTensorType>(getLast()->getResult(0).getType());
  }
  bool hasHeads() { return project && project.getFactorWithHeads(); }
  /// True if the result has a head axis that the input lacks.
  bool addsHeads() { return hasHeads() && !project.isHeadwise(); }
};

class ChainLowering {
public:
  ChainLowering(IRRewriter &rewriter, TokenChain chain,
                const TargetInfo &target);
  void lower();

private:
  /// One iteration of the loop over leading axes, heads and panels.
  void buildPanel(OpBuilder &builder, ValueRange ivs, Value output);
  /// The rows of a panel in a tensor with the given leading indices.
  struct RowSlice {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    RankedTensorType type;
  };
  RowSlice getRows(TileBuilder &builder, RankedTensorType type,
                   ValueRange leading, Value firstRow);

  IRRewriter &rewriter;
  TokenChain chain;
  FloatType element;
  RegisterTile tile;
  OpFoldResult numRows;
};

} // namespace

ChainLowering::ChainLowering(IRRewriter &rewriter, TokenChain chain,
                             const TargetInfo &target)
    : rewriter(rewriter), chain(chain) {
  element =
      getAccumulatorType({chain.getInput(), chain.getLast()->getResult(0)});
  tile = {target.getPanelRows(element.getWidth()), target.tileRows};
}

ChainLowering::RowSlice ChainLowering::getRows(TileBuilder &b,
                                               RankedTensorType type,
                                               ValueRange leading,
                                               Value firstRow) {
  RowSlice slice;
  OpFoldResult one = b.getIndexAttr(1);
  slice.offsets.assign(leading.begin(), leading.end());
  slice.sizes.assign(leading.size(), one);
  slice.offsets.push_back(firstRow);
  int64_t rows = type.getDimSize(type.getRank() - 2), staticRows = tile.lanes;
  if (ShapedType::isStatic(rows) && rows % tile.lanes == 0) {
    slice.sizes.push_back(b.getIndexAttr(tile.lanes));
  } else {
    staticRows = ShapedType::kDynamic;
    Value all = isa<Value>(numRows) ? cast<Value>(numRows)
                                    : b.index(*getConstantIntValue(numRows));
    slice.sizes.push_back(b.min(b.sub(all, firstRow), b.index(tile.lanes)));
  }
  int64_t features = type.getShape().back();
  slice.offsets.push_back(b.getIndexAttr(0));
  slice.sizes.push_back(b.getIndexAttr(features));
  slice.strides.assign(slice.offsets.size(), one);
  slice.type =
      RankedTensorType::get({staticRows, features}, type.getElementType());
  return slice;
}

void ChainLowering::buildPanel(OpBuilder &builder, ValueRange ivs,
                               Value output) {
  TileBuilder b(chain.getLast()->getLoc(), builder, element, tile.lanes);
  Value firstRow = b.mul(ivs.back(), tile.lanes);
  ValueRange leading = ivs.drop_back();
  Value head = chain.hasHeads() ? leading.back() : Value();
  ValueRange inputLeading = chain.addsHeads() ? leading.drop_back() : leading;

  RowSlice from = getRows(b, chain.getInputType(), inputLeading, firstRow);
  Value tokens = tensor::ExtractSliceOp::create(
      b, from.type, chain.getInput(), from.offsets, from.sizes, from.strides);
  Value panel = packTokens(b, tokens);
  if (chain.project)
    panel = emitProject(b, chain.project, panel, head, tile);
  if (chain.norm)
    panel = emitNorm(b, chain.norm, panel);
  RowSlice to = getRows(b, chain.getResultType(), leading, firstRow);
  Value rows = tensor::ExtractSliceOp::create(b, to.type, output, to.offsets,
                                              to.sizes, to.strides);
  rows = unpackTokens(b, panel, rows);
  auto end = scf::InParallelOp::create(b);
  b.setInsertionPointToStart(end.getBody());
  tensor::ParallelInsertSliceOp::create(b, rows, output, to.offsets, to.sizes,
                                        to.strides);
}

void ChainLowering::lower() {
  Operation *last = chain.getLast();
  Location loc = last->getLoc();
  rewriter.setInsertionPoint(last);
  // A norm keeps the shape: nothing may hang on a projection that is erased.
  Operation *first = chain.project ? chain.project.getOperation() : last;
  ReifiedRankedShapedTypeDims shapes;
  if (failed(cast<ReifyRankedShapedTypeOpInterface>(first).reifyResultShapes(
          rewriter, shapes)))
    return;
  SmallVector<OpFoldResult> shape = shapes.front();
  Value empty =
      createEmpty(rewriter, loc, shape, chain.getResultType().getElementType());
  SmallVector<OpFoldResult> bounds(ArrayRef(shape).drop_back());
  numRows = bounds.back();
  if (std::optional<int64_t> rows = getConstantIntValue(numRows)) {
    bounds.back() = rewriter.getIndexAttr(llvm::divideCeil(*rows, tile.lanes));
  } else {
    Value lanes = arith::ConstantIndexOp::create(rewriter, loc, tile.lanes);
    bounds.back() =
        arith::CeilDivUIOp::create(rewriter, loc, cast<Value>(numRows), lanes)
            .getResult();
  }
  auto loop = scf::ForallOp::create(
      rewriter, loc, bounds, ValueRange{empty}, std::nullopt,
      [&](OpBuilder &builder, Location, ValueRange args) {
        buildPanel(builder, args.drop_back(), args.back());
      });
  rewriter.replaceOp(last, loop.getResults());
  if (chain.norm && chain.project)
    rewriter.eraseOp(chain.project);
}

/// True if panels can be made of the rows of a tensor.
static bool hasRows(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getRank() >= 2 && ShapedType::isStatic(type.getShape().back());
}

void mlir::sattn::convertTokensToVector(Operation *root,
                                        const TargetInfo &target) {
  SmallVector<TokenChain> chains;
  llvm::SmallPtrSet<Operation *, 8> taken;
  root->walk([&](NormOp norm) {
    if (!hasRows(norm.getInput()))
      return;
    auto project = norm.getInput().getDefiningOp<ProjectOp>();
    // A projection in front of a loop is not for its body to repeat.
    if (project && (!project->hasOneUse() || !hasRows(project.getInput()) ||
                    project->getBlock() != norm->getBlock()))
      project = {};
    if (project)
      taken.insert(project);
    chains.push_back({project, norm});
  });
  root->walk([&](ProjectOp project) {
    if (hasRows(project.getInput()) && !taken.contains(project))
      chains.push_back({project, {}});
  });
  IRRewriter rewriter(root->getContext());
  for (TokenChain chain : chains)
    ChainLowering(rewriter, chain, target).lower();
  convertMergesToVector(root, target);
}

namespace {
struct ConvertSattnTokensToVectorPass
    : sattn::impl::ConvertSattnTokensToVectorPassBase<
          ConvertSattnTokensToVectorPass> {
  using ConvertSattnTokensToVectorPassBase::ConvertSattnTokensToVectorPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info) {
      getOperation()->emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    convertTokensToVector(getOperation(), *info);
  }
};
} // namespace
