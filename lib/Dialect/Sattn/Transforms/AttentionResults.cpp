//===- AttentionResults.cpp - What a tiled attention writes -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionResults.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::sattn;

static bool hasNormalizer(Link link) { return link == Link::Softmax || link == Link::Linear; }

AttentionResults::AttentionResults(AttentionOp op, const AttentionMaps &maps, int64_t split)
    : op(op), maps(maps), split(split),
      accumulatorType(cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType()) {
  if (split == 1) {
    destinationMaps = {maps.getOutput(), maps.getRowMap()};
    destinationMaps.resize(op.getOuts().size());
    return;
  }
  // Part, then the axes of the log-sum-exp, then e: as `merge` wants them.
  SmallVector<unsigned> dims = {maps.getNumDims()};
  AffineMap rowMap = maps.getRowMap();
  for (unsigned axis = 0; axis < rowMap.getNumResults(); ++axis)
    dims.push_back(rowMap.getDimPosition(axis));
  auto getMap = [&] {
    return AffineMap::getMultiDimMapWithTargets(maps.getNumDims() + 1, dims, op.getContext());
  };
  AffineMap lseMap = getMap();
  dims.push_back(maps.getE());
  destinationMaps = {getMap()};
  if (hasNormalizer(op.getLink()))
    destinationMaps.push_back(lseMap);
}

SmallVector<Value> AttentionResults::buildDestinations(OpBuilder &builder,
                                                       ArrayRef<OpFoldResult> extents) {
  if (split == 1)
    return op.getOuts();
  IterationTile all;
  all.sizes.assign(extents.begin(), extents.end());
  all.sizes.push_back(builder.getIndexAttr(split));
  all.offsets.assign(all.sizes.size(), builder.getIndexAttr(0));
  return llvm::map_to_vector(destinationMaps, [&](AffineMap map) -> Value {
    return tensor::EmptyOp::create(builder, op.getLoc(), projectTile(map, all).sizes,
                                   accumulatorType);
  });
}

void AttentionResults::buildTile(OpBuilder &builder, const IterationTile &tile, ValueRange state,
                                 ValueRange destinations, scf::InParallelOp terminator) {
  Location loc = op.getLoc();
  unsigned m = maps.getM(), e = maps.getE();
  AffineMap output = destinationMaps.front();
  bool isTransposed = *getAxisOfDim(output, e) < *getAxisOfDim(output, m);
  SmallVector<unsigned> axes = {m, e};
  if (isTransposed)
    std::swap(axes[0], axes[1]);
  SmallVector<Value> slices;
  for (auto [destination, map] : llvm::zip_equal(destinations, destinationMaps))
    slices.push_back(extractTile(builder, loc, destination, map, tile, axes));
  SmallVector<Value> outs = slices;
  if (isTransposed)
    outs.front() =
        tensor::EmptyOp::create(builder, loc, ArrayRef{tile.sizes[m], tile.sizes[e]},
                                getElementTypeOrSelf(destinations.front()));
  auto finalize =
      FinalizeOp::create(builder, loc, TypeRange(ValueRange(outs)), state, outs, op.getLink());
  SmallVector<Value> results(finalize.getResults());
  if (isTransposed)
    results.front() = linalg::TransposeOp::create(builder, loc, results.front(), slices.front(),
                                                  ArrayRef<int64_t>{1, 0})
                          ->getResult(0);
  for (auto [result, map] : llvm::zip_equal(results, destinationMaps))
    result = restoreAxes(builder, loc, result, map, tile, axes);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(terminator.getBody());
  for (auto [result, destination, map] :
       llvm::zip_equal(results, destinations, destinationMaps)) {
    IterationTile box = projectTile(map, tile);
    SmallVector<OpFoldResult> strides(box.sizes.size(), builder.getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(builder, loc, result, destination, box.offsets,
                                          box.sizes, strides);
  }
}

static RankedTensorType dropFirstAxis(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.clone(type.getShape().drop_front());
}

SmallVector<Value> AttentionResults::buildResults(OpBuilder &builder, ValueRange written) {
  if (split == 1)
    return written;
  if (!hasNormalizer(op.getLink()))
    return {convert(builder, sumParts(builder, written.front()))};
  auto merge =
      MergeOp::create(builder, op.getLoc(), dropFirstAxis(written[0]), dropFirstAxis(written[1]),
                      written.take_front(), written.drop_front());
  SmallVector<Value> results = {convert(builder, merge.getOutput())};
  if (op.getLse())
    results.push_back(merge.getLse());
  return results;
}

/// Sum over the first axis: without a normaliser parts just add up.
Value AttentionResults::sumParts(OpBuilder &builder, Value parts) {
  Location loc = op.getLoc();
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(accumulatorType, 0.0));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, parts);
  Value empty =
      tensor::EmptyOp::create(builder, loc, ArrayRef(sizes).drop_front(), accumulatorType);
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  return linalg::ReduceOp::create(
             builder, loc, parts, init, ArrayRef<int64_t>{0},
             [](OpBuilder &b, Location bodyLoc, ValueRange args) {
               Value sum = arith::AddFOp::create(b, bodyLoc, args[0], args[1]);
               linalg::YieldOp::create(b, bodyLoc, sum);
             })
      .getResult(0);
}

/// Brings the merged output to the op's layout and element type.
Value AttentionResults::convert(OpBuilder &builder, Value merged) {
  Value out = op.getOuts().front();
  Type type = getElementTypeOrSelf(out);
  // Axes of the output, by their place in the merged tensor.
  AffineMap output = maps.getOutput(), partial = destinationMaps.front();
  SmallVector<unsigned> places;
  for (unsigned axis = 1; axis < partial.getNumResults(); ++axis)
    places.push_back(*getAxisOfDim(output, partial.getDimPosition(axis)));
  if (type == accumulatorType && llvm::is_sorted(places))
    return merged;
  AffineMap maps[] = {
      AffineMap::getMultiDimMapWithTargets(places.size(), places, builder.getContext()),
      builder.getMultiDimIdentityMap(places.size())};
  SmallVector<utils::IteratorType> iterators(places.size(), utils::IteratorType::parallel);
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    Value element = args.front();
    if (type != accumulatorType)
      element = arith::TruncFOp::create(b, loc, type, element);
    linalg::YieldOp::create(b, loc, element);
  };
  return linalg::GenericOp::create(builder, op.getLoc(), TypeRange{out.getType()}, merged, out,
                                   maps, iterators, body)
      .getResult(0);
}
