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
  /// One iteration of the loop over leading axes, groups of heads and panels.
  void buildPanel(OpBuilder &builder, ValueRange ivs, Value output);
  /// What the chain makes of `panel`, into `tokens` (heads x rows x features).
  Value buildHeads(TileBuilder &builder, Value panel, Value firstHead, Value tokens);
  /// The same for one head, into `rows` (rows x features).
  Value buildResult(TileBuilder &builder, Value panel, Value head, Value rows);
  /// The rows of a panel in a tensor with the given leading indices; with
  /// `heads` > 1, of so many heads from the last one on.
  struct RowSlice {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    RankedTensorType type;
  };
  RowSlice getRows(TileBuilder &builder, RankedTensorType type,
                   ValueRange leading, Value firstRow, int64_t heads = 1);

  IRRewriter &rewriter;
  TokenChain chain;
  FloatType element;
  RegisterTile tile;
  OpFoldResult numRows;
  /// Heads that are computed from one packed panel.
  int64_t headGroup = 1;
};

} // namespace

/// Most heads of an iteration: more would leave short sequences to one thread.
static constexpr int64_t kMaxHeadGroup = 8;

static int64_t getHeadGroup(RankedTensorType result) {
  int64_t heads = result.getDimSize(result.getRank() - 3);
  if (ShapedType::isDynamic(heads))
    return 1;
  int64_t group = std::min(heads, kMaxHeadGroup);
  while (heads % group != 0)
    --group;
  return group;
}

ChainLowering::ChainLowering(IRRewriter &rewriter, TokenChain chain,
                             const TargetInfo &target)
    : rewriter(rewriter), chain(chain) {
  element =
      getAccumulatorType({chain.getInput(), chain.getLast()->getResult(0)});
  tile = {target.getPanelRows(element.getWidth()), target.tileRows};
  if (chain.addsHeads())
    headGroup = getHeadGroup(chain.getResultType());
}

ChainLowering::RowSlice ChainLowering::getRows(TileBuilder &b,
                                               RankedTensorType type,
                                               ValueRange leading,
                                               Value firstRow, int64_t heads) {
  RowSlice slice;
  OpFoldResult one = b.getIndexAttr(1);
  slice.offsets.assign(leading.begin(), leading.end());
  slice.sizes.assign(leading.size(), one);
  if (heads > 1)
    slice.sizes.back() = b.getIndexAttr(heads);
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
  SmallVector<int64_t> shape = {staticRows, features};
  if (heads > 1)
    shape.insert(shape.begin(), heads);
  slice.type = RankedTensorType::get(shape, type.getElementType());
  return slice;
}

Value ChainLowering::buildResult(TileBuilder &b, Value panel, Value head, Value rows) {
  if (chain.project)
    panel = emitProject(b, chain.project, panel, head, tile);
  if (chain.norm)
    panel = emitNorm(b, chain.norm, panel);
  return unpackTokens(b, panel, rows);
}

Value ChainLowering::buildHeads(TileBuilder &b, Value panel, Value firstHead, Value tokens) {
  auto type = cast<RankedTensorType>(tokens.getType());
  auto rowsType = RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
  OpFoldResult one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> strides(3, one);
  SmallVector<OpFoldResult> sizes = {one, b.dim(tokens, 1), b.getIndexAttr(type.getDimSize(2))};
  if (!type.isDynamicDim(1))
    sizes[1] = b.getIndexAttr(type.getDimSize(1));
  return b
      .loop(b.index(0), b.index(headGroup), 1, tokens,
            [&](Value iv, ValueRange carried) {
              SmallVector<OpFoldResult> offsets = {iv, zero, zero};
              Value rows = tensor::ExtractSliceOp::create(b, rowsType, carried.front(), offsets,
                                                          sizes, strides);
              rows = buildResult(b, panel, b.add(firstHead, iv), rows);
              return TileBuilder::Values{tensor::InsertSliceOp::create(
                  b, rows, carried.front(), offsets, sizes, strides)};
            })
      .front();
}

void ChainLowering::buildPanel(OpBuilder &builder, ValueRange ivs,
                               Value output) {
  TileBuilder b(chain.getLast()->getLoc(), builder, element, tile.lanes);
  Value firstRow = b.mul(ivs.back(), tile.lanes);
  SmallVector<Value> leading(ivs.drop_back());
  ArrayRef<Value> inputLeading(leading);
  if (chain.addsHeads())
    inputLeading = inputLeading.drop_back();
  if (headGroup > 1)
    leading.back() = b.mul(leading.back(), headGroup);
  Value head = chain.hasHeads() ? leading.back() : Value();

  RowSlice from = getRows(b, chain.getInputType(), inputLeading, firstRow);
  Value tokens = tensor::ExtractSliceOp::create(
      b, from.type, chain.getInput(), from.offsets, from.sizes, from.strides);
  Value panel = packTokens(b, tokens);
  RowSlice to = getRows(b, chain.getResultType(), leading, firstRow, headGroup);
  Value rows = tensor::ExtractSliceOp::create(b, to.type, output, to.offsets,
                                              to.sizes, to.strides);
  rows = headGroup > 1 ? buildHeads(b, panel, head, rows) : buildResult(b, panel, head, rows);
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
  if (headGroup > 1)
    bounds[bounds.size() - 2] =
        rewriter.getIndexAttr(*getConstantIntValue(bounds[bounds.size() - 2]) / headGroup);
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
