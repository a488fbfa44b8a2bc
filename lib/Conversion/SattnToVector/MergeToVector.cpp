//===- MergeToVector.cpp - merge to vector code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One pass over the parts, whose speed is that of memory: the weights of a panel
// of rows with one lane per row, then row by row the weighted sum of the parts
// with one lane per column.
//
//===----------------------------------------------------------------------===//

#include "TokenPanels.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"

using namespace mlir;
using namespace mlir::sattn;

using Values = TileBuilder::Values;

/// Panels of one iteration: memory is read in runs of some size.
static constexpr int64_t kPanels = 8;
/// More parts would make long code.
static constexpr int64_t kMaxParts = 16;
/// Elements that are not worth a team of threads.
static constexpr int64_t kFewElements = 1 << 15;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// One of the merged pairs: with a leading axis, an index into it.
struct MergePart {
  Value output, lse;
  std::optional<int64_t> number;
};

class MergeLowering {
public:
  MergeLowering(MergeOp op, const TargetInfo &target);
  bool isSuitable();
  LogicalResult lower(IRRewriter &rewriter);

private:
  /// One iteration of the loop over leading axes and blocks of rows: the merged
  /// rows in `outs`, the output and the log-sum-exp.
  void buildBlock(OpBuilder &builder, ValueRange ivs, ValueRange outs);
  SmallVector<Value> getIndices(TileBuilder &b, const MergePart &part,
                                ValueRange leading, Value row);
  Value isDead(TileBuilder &b, Value lse);
  /// The log-sum-exp of the panel; `weights` (parts x lanes) is filled.
  Value buildWeights(TileBuilder &b, ValueRange leading, Value row,
                     Value &weights);
  Value buildRow(TileBuilder &b, ValueRange leading, Value row, Value lane,
                 Value weights, Value rows, Value place);

  MergeOp op;
  FloatType element;
  int64_t lanes, numColumns;
  SmallVector<MergePart> parts;
  OpFoldResult numRows;
};
} // namespace

MergeLowering::MergeLowering(MergeOp op, const TargetInfo &target)
    : op(op), element(getAccumulatorType(op->getOperands())),
      lanes(target.getPanelRows(element.getWidth())),
      numColumns(op.getOutput().getType().getShape().back()) {
  Value output = op.getOutputs().front(), lse = op.getLses().front();
  if (!op.hasLeadingAxis()) {
    for (auto [partOutput, partLse] :
         llvm::zip_equal(op.getOutputs(), op.getLses()))
      parts.push_back({partOutput, partLse, std::nullopt});
    return;
  }
  int64_t extent = getTensorType(output).getDimSize(0);
  if (ShapedType::isDynamic(extent) || extent > kMaxParts)
    return;
  for (int64_t number = 0; number < extent; ++number)
    parts.push_back({output, lse, number});
}

bool MergeLowering::isSuitable() {
  RankedTensorType type = op.getOutput().getType();
  bool isSmall =
      type.hasStaticShape() &&
      type.getNumElements() * int64_t(parts.size()) <= kFewElements;
  return !parts.empty() && int64_t(parts.size()) <= kMaxParts &&
         type.getRank() >= 2 && ShapedType::isStatic(numColumns) && !isSmall;
}

SmallVector<Value> MergeLowering::getIndices(TileBuilder &b,
                                             const MergePart &part,
                                             ValueRange leading, Value row) {
  SmallVector<Value> indices;
  if (part.number)
    indices.push_back(b.index(*part.number));
  llvm::append_range(indices, leading);
  indices.push_back(row);
  return indices;
}

/// True for parts without keys, which contribute nothing whatever they hold.
Value MergeLowering::isDead(TileBuilder &b, Value lse) {
  Value minusInf = b.scalar(-std::numeric_limits<double>::infinity());
  if (isa<VectorType>(lse.getType()))
    minusInf = b.broadcast(minusInf);
  return b.compare(arith::CmpFPredicate::OEQ, lse, minusInf);
}

Value MergeLowering::buildWeights(TileBuilder &b, ValueRange leading, Value row,
                                  Value &weights) {
  constexpr double kLog2e = 1.4426950408889634;
  Value minusInf = b.splat(-std::numeric_limits<double>::infinity()),
        zero = b.splat(0.0), maximum = minusInf, sum = zero;
  Values lses, powers;
  for (const MergePart &part : parts) {
    Value lse =
        b.convert(b.readRow(part.lse, getIndices(b, part, leading, row),
                            /*inBounds=*/false),
                  element);
    lses.push_back(lse);
    maximum = b.maximum(lse, maximum);
  }
  Value shift = b.select(isDead(b, maximum), zero, maximum);
  for (Value lse : lses) {
    Value power = b.exp2(b.mulf(b.subf(lse, shift), b.splat(kLog2e)));
    powers.push_back(b.select(isDead(b, lse), zero, power));
    sum = b.addf(sum, powers.back());
  }
  Value isEmpty = b.compare(arith::CmpFPredicate::OEQ, sum, zero);
  Value factor =
      b.select(isEmpty, zero, arith::DivFOp::create(b, b.splat(1.0), sum));
  for (auto [number, power] : llvm::enumerate(powers))
    weights = b.writeRow(b.mulf(power, factor), weights,
                         {b.index(number), b.index(0)});
  return b.select(isEmpty, minusInf,
                  b.addf(shift, math::LogOp::create(b, sum)));
}

/// Row `place` of `rows`: the weighted sum of the parts' rows `row`.
Value MergeLowering::buildRow(TileBuilder &b, ValueRange leading, Value row,
                              Value lane, Value weights, Value rows,
                              Value place) {
  auto type = cast<FloatType>(getTensorType(rows).getElementType());
  Values factors, dead;
  for (auto [number, part] : llvm::enumerate(parts)) {
    SmallVector<Value> indices = getIndices(b, part, leading, row);
    Value lse = tensor::ExtractOp::create(b, part.lse, indices);
    dead.push_back(isDead(b, b.convert(lse, element)));
    Value factor = tensor::ExtractOp::create(b, weights,
                                             ValueRange{b.index(number), lane});
    factors.push_back(b.broadcast(factor));
  }
  auto sumColumns = [&](Value column, Value result, bool inBounds) {
    Value sum = b.splat(0.0);
    for (auto [number, part] : llvm::enumerate(parts)) {
      SmallVector<Value> indices = getIndices(b, part, leading, row);
      indices.push_back(column);
      Value piece = b.convert(b.readRow(part.output, indices, inBounds), element);
      Value next = b.fma(factors[number], piece, sum);
      sum = b.select(dead[number], sum, next);
    }
    return b.writeRow(b.convert(sum, type), result, {place, column}, inBounds);
  };
  int64_t whole = numColumns / lanes * lanes;
  Value result = b.loop(b.index(0), b.index(whole), lanes, rows,
                        [&](Value column, ValueRange carried) {
                          return Values{sumColumns(column, carried.front(),
                                                   /*inBounds=*/true)};
                        })
                     .front();
  return whole == numColumns
             ? result
             : sumColumns(b.index(whole), result, /*inBounds=*/false);
}

/// `count` rows, and all columns if `tensor` has such an axis.
static void getSlice(TileBuilder &b, RankedTensorType type, ValueRange leading,
                     Value row, Value count, SmallVector<OpFoldResult> &offsets,
                     SmallVector<OpFoldResult> &sizes) {
  offsets.assign(leading.begin(), leading.end());
  sizes.assign(leading.size(), b.getIndexAttr(1));
  offsets.push_back(row);
  sizes.push_back(count);
  if (type.getRank() == int64_t(sizes.size()))
    return;
  offsets.push_back(b.getIndexAttr(0));
  sizes.push_back(b.getIndexAttr(type.getShape().back()));
}

void MergeLowering::buildBlock(OpBuilder &builder, ValueRange ivs,
                               ValueRange outs) {
  TileBuilder b(op.getLoc(), builder, element, lanes);
  ValueRange leading = ivs.drop_back();
  Value firstRow = b.mul(ivs.back(), kPanels * lanes);
  Value count =
      b.min(b.sub(b.toValue(numRows), firstRow), b.index(kPanels * lanes));

  SmallVector<Value> slices;
  for (Value out : outs) {
    RankedTensorType type = getTensorType(out);
    SmallVector<OpFoldResult> offsets, sizes;
    getSlice(b, type, leading, firstRow, count, offsets, sizes);
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    SmallVector<int64_t> shape(1, ShapedType::kDynamic);
    if (slices.empty())
      shape.push_back(numColumns);
    slices.push_back(tensor::ExtractSliceOp::create(
        b, RankedTensorType::get(shape, type.getElementType()), out, offsets,
        sizes, strides));
  }
  auto lseType = cast<FloatType>(getTensorType(slices[1]).getElementType());
  slices = b.loop(
      b.index(0), count, lanes, slices, [&](Value panel, ValueRange carried) {
        Value weights = tensor::EmptyOp::create(
            b, ArrayRef<int64_t>{int64_t(parts.size()), lanes}, element);
        Value lse = buildWeights(b, leading, b.add(firstRow, panel), weights);
        Value end = b.min(b.add(panel, lanes), count);
        Values rows = b.loop(
            panel, end, 1, carried[0], [&](Value place, ValueRange rowsSoFar) {
              return Values{buildRow(b, leading, b.add(firstRow, place),
                                     b.sub(place, panel), weights,
                                     rowsSoFar.front(), place)};
            });
        return Values{rows.front(),
                      b.writeRow(b.convert(lse, lseType), carried[1], {panel},
                                 /*inBounds=*/false)};
      });
  auto end = scf::InParallelOp::create(b);
  b.setInsertionPointToStart(end.getBody());
  for (auto [slice, out] : llvm::zip_equal(slices, outs)) {
    SmallVector<OpFoldResult> offsets, sizes;
    getSlice(b, getTensorType(out), leading, firstRow, count, offsets, sizes);
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(b, slice, out, offsets, sizes,
                                          strides);
  }
}

LogicalResult MergeLowering::lower(IRRewriter &rewriter) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(rewriter, shapes)))
    return failure();
  SmallVector<Value> outs;
  for (auto [shape, result] : llvm::zip_equal(shapes, op->getResults()))
    outs.push_back(createEmpty(rewriter, loc, shape,
                               getElementTypeOrSelf(result.getType())));
  SmallVector<OpFoldResult> bounds = shapes.back();
  numRows = bounds.back();
  int64_t blockRows = kPanels * lanes;
  bounds.back() =
      isa<Attribute>(numRows)
          ? OpFoldResult(rewriter.getIndexAttr(
                llvm::divideCeil(*getConstantIntValue(numRows), blockRows)))
          : OpFoldResult(
                arith::CeilDivUIOp::create(
                    rewriter, loc, cast<Value>(numRows),
                    arith::ConstantIndexOp::create(rewriter, loc, blockRows))
                    .getResult());
  auto loop = scf::ForallOp::create(
      rewriter, loc, bounds, outs, std::nullopt,
      [&](OpBuilder &builder, Location, ValueRange args) {
        buildBlock(builder, args.drop_back(2), args.take_back(2));
      });
  rewriter.replaceOp(op, loop.getResults());
  return success();
}

void mlir::sattn::convertMergesToVector(Operation *root,
                                        const TargetInfo &target) {
  SmallVector<MergeOp> ops;
  root->walk([&](MergeOp op) { ops.push_back(op); });
  IRRewriter rewriter(root->getContext());
  for (MergeOp op : ops) {
    MergeLowering lowering(op, target);
    if (lowering.isSuitable() && failed(lowering.lower(rewriter)))
      return;
  }
}
