//===- AttentionTiling.cpp - Tiling interfaces of attention and score -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

LogicalResult AttentionOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) { return failure(); }
FailureOr<TilingResult> AttentionOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) { return failure(); }
LogicalResult AttentionOp::getIterationDomainTileFromResultTile(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &iterDomainOffsets, SmallVectorImpl<OpFoldResult> &iterDomainSizes) { return failure(); }
LogicalResult ScoreOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) { return failure(); }
FailureOr<TilingResult> ScoreOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) { return failure(); }
LogicalResult ScoreOp::getIterationDomainTileFromResultTile(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &iterDomainOffsets, SmallVectorImpl<OpFoldResult> &iterDomainSizes) { return failure(); }
SmallVector<utils::IteratorType> AttentionOp::getLoopIteratorTypes() { return {}; }
SmallVector<Range> AttentionOp::getIterationDomain(OpBuilder &b) { return {}; }
FailureOr<TilingResult> AttentionOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) { return failure(); }
LogicalResult AttentionOp::getResultTilePosition(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets, SmallVector<OpFoldResult> &resultSizes) { return failure(); }
SmallVector<utils::IteratorType> ScoreOp::getLoopIteratorTypes() { return {}; }
SmallVector<Range> ScoreOp::getIterationDomain(OpBuilder &b) { return {}; }
FailureOr<TilingResult> ScoreOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) { return failure(); }
LogicalResult ScoreOp::getResultTilePosition(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets, SmallVector<OpFoldResult> &resultSizes) { return failure(); }
SmallVector<utils::IteratorType> OnlineAttentionOp::getLoopIteratorTypes() { return {}; }
SmallVector<Range> OnlineAttentionOp::getIterationDomain(OpBuilder &b) { return {}; }
FailureOr<TilingResult> OnlineAttentionOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) { return failure(); }
LogicalResult OnlineAttentionOp::getResultTilePosition(OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets, SmallVector<OpFoldResult> &resultSizes) { return failure(); }
FailureOr<SmallVector<Value>> AttentionOp::generateInitialTensorForPartialReduction(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> tileSizes, const SetVector<unsigned> &reductionDims) { return failure(); }
FailureOr<TilingResult> AttentionOp::tileToPartialReduction(OpBuilder &b, Location loc, ReductionTilingStrategy tilingStrategy, ValueRange init, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, const SetVector<unsigned> &reductionDims, ArrayRef<OpFoldResult> splitReductionIvs) { return failure(); }
FailureOr<MergeResult> AttentionOp::mergeReductions(OpBuilder &b, Location loc, ValueRange partialReduce, const SetVector<unsigned> &reductionDims) { return failure(); }
LogicalResult AttentionOp::getPartialResultTilePosition(OpBuilder &b, unsigned resultNumber, ReductionTilingStrategy tilingStrategy, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, const SetVector<unsigned> &reductionDims, ArrayRef<OpFoldResult> splitReductionIvs, SmallVector<OpFoldResult> &resultOffsets, SmallVector<OpFoldResult> &resultSizes) { return failure(); }
