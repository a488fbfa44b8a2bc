//===- AttentionPartialReduction.cpp - Attention with split keys -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Flash decoding: each part of the keys gives a normalised (output, lse) pair,
// and `sattn.merge` joins the pairs. Links without a row normaliser give plain
// sums. Partial results have the accumulators' type and one leading axis, the
// part.
//
//===----------------------------------------------------------------------===//

#include "DomainTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::sattn;

static bool isPlainSum(Link link) {
  return link == Link::Identity || link == Link::Exp || link == Link::Sigmoid;
}

/// Checks that parts of the keys can be computed alone and joined again.
static LogicalResult verifySplit(AttentionOp op,
                                 const SetVector<unsigned> &reductionDims) {
  AttentionMaps maps(op);
  if (reductionDims.size() != 1 || reductionDims[0] != maps.getN())
    return op.emitOpError("expected only the keys to be split (loop ")
           << maps.getN() << ")";
  if (op.getLink() == Link::Argmax)
    return op.emitOpError(
        "expected a link whose partial results can be merged, got 'argmax'");
  if (!isPlainSum(op.getLink()) && !op.getLse())
    return op.emitOpError(
               "expected a log-sum-exp result to split the keys with link '")
           << stringifyLink(op.getLink()) << "' (parts are merged by it)";
  return success();
}

static SmallVector<OpFoldResult> prepend(OpFoldResult first,
                                         ArrayRef<OpFoldResult> rest) {
  SmallVector<OpFoldResult> result = {first};
  llvm::append_range(result, rest);
  return result;
}

static Type getPartialElementType(AttentionOp op) {
  return cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
}

FailureOr<SmallVector<Value>>
AttentionOp::generateInitialTensorForPartialReduction(
    OpBuilder &b, Location loc, ArrayRef<OpFoldResult> tileSizes,
    const SetVector<unsigned> &reductionDims) {
  if (failed(verifySplit(*this, reductionDims)))
    return failure();
  OpFoldResult parts = tileSizes[reductionDims[0]];
  SmallVector<Value> initial;
  // Each part writes its slice and reads nothing, so that nothing is filled in.
  for (Value out : getOuts())
    initial.push_back(tensor::EmptyOp::create(
        b, loc, prepend(parts, tensor::getMixedSizes(b, loc, out)),
        getPartialElementType(*this)));
  return initial;
}

LogicalResult AttentionOp::getPartialResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ReductionTilingStrategy tilingStrategy,
    ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
    const SetVector<unsigned> &reductionDims,
    ArrayRef<OpFoldResult> splitReductionIvs,
    SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  SmallVector<OpFoldResult> rowOffsets, rowSizes;
  if (failed(getResultTilePosition(b, resultNumber, offsets, sizes, rowOffsets,
                                   rowSizes)))
    return failure();
  resultOffsets = prepend(splitReductionIvs.front(), rowOffsets);
  resultSizes = prepend(b.getIndexAttr(1), rowSizes);
  return success();
}

FailureOr<TilingResult> AttentionOp::tileToPartialReduction(
    OpBuilder &b, Location loc, ReductionTilingStrategy tilingStrategy,
    ValueRange init, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, const SetVector<unsigned> &reductionDims,
    ArrayRef<OpFoldResult> splitReductionIvs) {
  if (failed(verifySplit(*this, reductionDims)))
    return failure();
  if (tilingStrategy !=
      ReductionTilingStrategy::PartialReductionOuterParallel) {
    emitOpError("expected the parts of the keys in a parallel loop (partial "
                "results are "
                "normalised and cannot be carried on; use online_attention)");
    return failure();
  }
  SmallVector<Value> destinations;
  SmallVector<Operation *> slices;
  for (auto [i, partial] : llvm::enumerate(init)) {
    SmallVector<OpFoldResult> partOffsets, partSizes;
    if (failed(getPartialResultTilePosition(
            b, i, tilingStrategy, offsets, sizes, reductionDims,
            splitReductionIvs, partOffsets, partSizes)))
      return failure();
    SmallVector<int64_t> shape;
    SmallVector<Value> dynamicSizes;
    dispatchIndexOpFoldResults(ArrayRef(partSizes).drop_front(), dynamicSizes,
                               shape);
    auto slice = tensor::ExtractSliceOp::create(
        b, loc, RankedTensorType::get(shape, getElementTypeOrSelf(partial)),
        partial, partOffsets, partSizes,
        SmallVector<OpFoldResult>(partSizes.size(), b.getIndexAttr(1)));
    destinations.push_back(slice);
    slices.push_back(slice);
  }
  FailureOr<TilingResult> result =
      buildAttentionTile(b, *this, {offsets, sizes}, destinations);
  if (failed(result)) {
    emitOpError("expected keys that can be cut (a level's key of its own holds "
                "one block)");
    return failure();
  }
  llvm::append_range(result->generatedSlices, slices);
  return result;
}

/// The sum over the leading axis.
static Operation *sumParts(OpBuilder &b, Location loc, Value parts, Value out) {
  Type type = getElementTypeOrSelf(parts);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  Value empty =
      tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, out), type);
  Value filled = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  return linalg::ReduceOp::create(
      b, loc, parts, filled, ArrayRef<int64_t>{0},
      [&](OpBuilder &nested, Location, ValueRange args) {
        Value sum = arith::AddFOp::create(nested, loc, args);
        linalg::YieldOp::create(nested, loc, sum);
      });
}

FailureOr<MergeResult>
AttentionOp::mergeReductions(OpBuilder &b, Location loc,
                             ValueRange partialReduce,
                             const SetVector<unsigned> &reductionDims) {
  MergeResult result;
  auto outType = cast<RankedTensorType>(getOuts().front().getType());
  Operation *merged;
  if (isPlainSum(getLink()))
    merged = sumParts(b, loc, partialReduce.front(), getOuts().front());
  else
    merged = MergeOp::create(
        b, loc, outType.clone(getPartialElementType(*this)),
        getOuts().back().getType(), partialReduce[0], partialReduce[1]);
  result.mergeOps.push_back(merged);
  llvm::append_range(result.replacements, merged->getResults());
  if (outType.getElementType() != getPartialElementType(*this)) {
    auto cast = linalg::CopyOp::create(b, loc, result.replacements[0],
                                       getOuts().front());
    result.replacements[0] = cast.getResult(0);
  }
  return result;
}
