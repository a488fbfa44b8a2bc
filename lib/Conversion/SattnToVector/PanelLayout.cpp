//===- PanelLayout.cpp - Panels of queries in memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelLayout.h"
#include "TokenPanels.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::sattn;

RankedTensorType mlir::sattn::getPanelType(RankedTensorType type,
                                           int64_t lanes) {
  int64_t panels = getNumPanels(type.getDimSize(0), lanes);
  if (type.getRank() == 1)
    return RankedTensorType::get({panels * lanes}, type.getElementType());
  return RankedTensorType::get({panels, type.getDimSize(1), lanes},
                               type.getElementType());
}

//===----------------------------------------------------------------------===//
// Into and out of panels
//===----------------------------------------------------------------------===//

/// acc / sum with 0 for rows without pairs. With `inverse`, which is 1 / sum, a
/// multiplication does.
static Value divideBySum(TileBuilder &b, Value acc, Value sum, Value inverse) {
  Value zero = b.splat(0.0);
  Value empty =
      arith::AndIOp::create(b, b.compare(arith::CmpFPredicate::OEQ, sum, zero),
                            b.compare(arith::CmpFPredicate::OEQ, acc, zero));
  Value quotient = inverse ? b.mulf(acc, inverse) : Value(arith::DivFOp::create(b, acc, sum));
  return b.select(empty, zero, quotient);
}

/// The accumulators of one panel (e x lanes), divided by the sums.
static Value buildOutputPanel(TileBuilder &b, Value panel, PanelState state) {
  auto type = cast<RankedTensorType>(state.acc.getType());
  int64_t depth = type.getDimSize(1), lanes = b.getLanes();
  if (!state.sum) {
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    return tensor::ExtractSliceOp::create(
        b, RankedTensorType::get({depth, lanes}, type.getElementType()), state.acc,
        ArrayRef<OpFoldResult>{panel, zero, zero},
        ArrayRef<OpFoldResult>{one, b.getIndexAttr(depth), b.getIndexAttr(lanes)},
        ArrayRef<OpFoldResult>{one, one, one});
  }
  Value sum = b.readRow(state.sum, {b.mul(panel, lanes)});
  // The sum of a softmax has a weight of 1, if it has any: its inverse is normal.
  Value inverse = state.ref ? Value(arith::DivFOp::create(b, b.splat(1.0), sum)) : Value();
  return b
      .loop(b.index(0), b.index(depth), 1, createPanel(b, depth),
            [&](Value column, ValueRange carried) {
              Value acc = b.readRow(state.acc, {panel, column, b.index(0)});
              Value quotient = divideBySum(b, acc, sum, inverse);
              return TileBuilder::Values{
                  b.writeRow(quotient, carried.front(), {column, b.index(0)})};
            })
      .front();
}

/// One panel of the output as rows.
static Value writeOutputPanel(TileBuilder &b, Value panel, PanelState state,
                              Value output) {
  auto type = cast<RankedTensorType>(output.getType());
  int64_t lanes = b.getLanes(), depth = type.getDimSize(1);
  bool whole = !type.isDynamicDim(0) && type.getDimSize(0) % lanes == 0;
  Value first = b.mul(panel, lanes);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1), size = b.getIndexAttr(lanes);
  if (!whole)
    size = b.min(b.sub(b.dim(output, 0), first), b.index(lanes));
  SmallVector<OpFoldResult> offsets = {first, zero}, sizes = {size, b.getIndexAttr(depth)};
  SmallVector<OpFoldResult> strides(2, one);
  auto rowsType = RankedTensorType::get({whole ? lanes : ShapedType::kDynamic, depth},
                                        type.getElementType());
  Value rows =
      tensor::ExtractSliceOp::create(b, rowsType, output, offsets, sizes, strides);
  rows = unpackTokens(b, buildOutputPanel(b, panel, state), rows);
  return tensor::InsertSliceOp::create(b, rows, output, offsets, sizes, strides);
}

/// Natural log-sum-exp of one panel: ln 2 (ref + log2 sum), or log sum.
static Value writeLsePanel(TileBuilder &b, Value panel, PanelState state,
                           Value lse) {
  constexpr double kLn2 = 0.6931471805599453;
  Value row = b.mul(panel, b.getLanes());
  Value sum = b.readRow(state.sum, {row}), result;
  if (state.ref) {
    Value powers =
        b.addf(b.readRow(state.ref, {row}), math::Log2Op::create(b, sum));
    Value empty = b.compare(arith::CmpFPredicate::OEQ, sum, b.splat(0.0));
    powers = b.select(empty, b.splat(-std::numeric_limits<double>::infinity()),
                      powers);
    result = b.mulf(powers, b.splat(kLn2));
  } else {
    result = math::LogOp::create(b, sum);
  }
  auto type = cast<RankedTensorType>(lse.getType());
  result = b.convert(result, cast<FloatType>(type.getElementType()));
  bool whole = !type.isDynamicDim(0) && type.getDimSize(0) % b.getLanes() == 0;
  return b.writeRow(result, lse, {row}, whole);
}

SmallVector<Value> mlir::sattn::emitFinalize(TileBuilder &b, FinalizeOp op,
                                             PanelState state) {
  // Panels that hold rows of the destination.
  Value rows = b.dim(op.getOuts().front(), 0);
  return b.loop(b.index(0), b.getNumPanels(rows), 1, op.getOuts(),
                [&](Value panel, ValueRange carried) {
                  TileBuilder::Values results = {
                      writeOutputPanel(b, panel, state, carried[0])};
                  if (carried.size() == 2)
                    results.push_back(
                        writeLsePanel(b, panel, state, carried[1]));
                  return results;
                });
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

/// The value in the other layout that `value` was cast from, if any.
static Value getCastSource(Value value) {
  auto cast = value.getDefiningOp<UnrealizedConversionCastOp>();
  return cast && cast.getNumOperands() == 1 && cast.getNumResults() == 1
             ? cast.getOperand(0)
             : Value();
}

static Value createCast(OpBuilder &builder, Location loc, Value value,
                        Type type) {
  return UnrealizedConversionCastOp::create(builder, loc, type, value)
      .getResult(0);
}

namespace {
/// A loop that yields a cast carries the source instead:
///   for (x = init) { ...; yield cast(y) }  ->  for (x' = cast(init)) { x =
///   cast(x'); ...; yield y }
struct CarryPanels : OpRewritePattern<scf::ForOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(scf::ForOp loop,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> inits(loop.getInitArgs());
    SmallVector<Value> yielded(loop.getYieldedValues());
    SmallVector<unsigned> carried;
    for (auto [i, value] : llvm::enumerate(yielded))
      if (Value source = getCastSource(value)) {
        carried.push_back(i);
        inits[i] =
            createCast(rewriter, loop.getLoc(), inits[i], source.getType());
        value = source;
      }
    if (carried.empty())
      return rewriter.notifyMatchFailure(loop, "yields no cast");

    auto newLoop =
        scf::ForOp::create(rewriter, loop.getLoc(), loop.getLowerBound(),
                           loop.getUpperBound(), loop.getStep(), inits);
    newLoop->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    if (!newLoop.getBody()->empty())
      rewriter.eraseOp(newLoop.getBody()->getTerminator());
    rewriter.setInsertionPointToStart(newLoop.getBody());
    SmallVector<Value> arguments(newLoop.getBody()->getArguments());
    for (unsigned i : carried)
      arguments[i + 1] = createCast(rewriter, loop.getLoc(), arguments[i + 1],
                                    loop.getInitArgs()[i].getType());
    rewriter.mergeBlocks(loop.getBody(), newLoop.getBody(), arguments);
    Operation *yield = newLoop.getBody()->getTerminator();
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yielded); });

    rewriter.setInsertionPointAfter(newLoop);
    SmallVector<Value> results(newLoop.getResults());
    for (unsigned i : carried)
      results[i] = createCast(rewriter, loop.getLoc(), results[i],
                              loop.getResult(i).getType());
    rewriter.replaceOp(loop, results);
    return success();
  }
};

/// cast(fill(empty)) -> fill(empty) of the cast's type.
struct FillPanels : OpRewritePattern<UnrealizedConversionCastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnrealizedConversionCastOp cast,
                                PatternRewriter &rewriter) const override {
    if (cast.getNumOperands() != 1 || cast.getNumResults() != 1)
      return rewriter.notifyMatchFailure(cast, "expected a cast of one value");
    auto type = dyn_cast<RankedTensorType>(cast.getResult(0).getType());
    auto fill = cast.getOperand(0).getDefiningOp<linalg::FillOp>();
    if (!type || !type.hasStaticShape() || !fill)
      return rewriter.notifyMatchFailure(cast,
                                         "expected a fill of static shape");
    Value empty =
        tensor::EmptyOp::create(rewriter, cast.getLoc(), type, ValueRange{});
    rewriter.replaceOpWithNewOp<linalg::FillOp>(cast, fill.value(), empty);
    return success();
  }
};
} // namespace

void mlir::sattn::populatePanelCastPatterns(RewritePatternSet &patterns) {
  patterns.add<CarryPanels, FillPanels>(patterns.getContext());
  UnrealizedConversionCastOp::getCanonicalizationPatterns(
      patterns, patterns.getContext());
}

static FailureOr<Value> lowerPanelCast(RewriterBase &rewriter,
                                       UnrealizedConversionCastOp op) {
  Location loc = op.getLoc();
  Value source = op.getOperand(0);
  auto from = cast<RankedTensorType>(source.getType());
  auto to = cast<RankedTensorType>(op.getResult(0).getType());
  Value zero = arith::ConstantOp::create(
      rewriter, loc, rewriter.getZeroAttr(to.getElementType()));
  Value empty = tensor::EmptyOp::create(rewriter, loc, to, ValueRange{});
  OpFoldResult one = rewriter.getIndexAttr(1), none = rewriter.getIndexAttr(0);
  if (to.getRank() == 3) {
    OpFoldResult lanes = rewriter.getIndexAttr(to.getDimSize(2));
    auto pack = linalg::PackOp::create(rewriter, loc, source, empty,
                                       ArrayRef<int64_t>{0}, lanes, zero);
    FailureOr<linalg::LowerPackResult> lowered =
        linalg::lowerPack(rewriter, pack);
    if (failed(lowered))
      return failure();
    return Value(lowered->transposeOp->getResult(0));
  }
  if (from.getRank() == 3) {
    OpFoldResult lanes = rewriter.getIndexAttr(from.getDimSize(2));
    auto unpack = linalg::UnPackOp::create(rewriter, loc, source, empty,
                                           ArrayRef<int64_t>{0}, lanes);
    FailureOr<linalg::LowerUnPackOpResult> lowered =
        linalg::lowerUnPack(rewriter, unpack);
    if (failed(lowered))
      return failure();
    return Value(lowered->extractSliceOp);
  }
  OpFoldResult rows =
      rewriter.getIndexAttr(std::min(from.getDimSize(0), to.getDimSize(0)));
  if (from.getDimSize(0) > to.getDimSize(0))
    return Value(tensor::ExtractSliceOp::create(rewriter, loc, to, source, none,
                                                rows, one));
  Value filled =
      linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
  return Value(tensor::InsertSliceOp::create(rewriter, loc, source, filled,
                                             none, rows, one));
}

LogicalResult mlir::sattn::lowerPanelCasts(RewriterBase &rewriter,
                                           Operation *root) {
  SmallVector<UnrealizedConversionCastOp> casts;
  root->walk([&](UnrealizedConversionCastOp cast) {
    if (getCastSource(cast.getResult(0)) &&
        isa<RankedTensorType>(cast.getResult(0).getType()))
      casts.push_back(cast);
  });
  for (UnrealizedConversionCastOp cast : casts) {
    if (cast.use_empty()) {
      rewriter.eraseOp(cast);
      continue;
    }
    rewriter.setInsertionPoint(cast);
    FailureOr<Value> value = lowerPanelCast(rewriter, cast);
    if (failed(value))
      return cast.emitError(
          "expected a state tile that can be packed into panels");
    rewriter.replaceOp(cast, *value);
  }
  return success();
}
