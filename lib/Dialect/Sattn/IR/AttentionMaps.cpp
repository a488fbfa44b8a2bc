//===- AttentionMaps.cpp - Roles of axes in attention's indexing maps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;

AttentionMaps::AttentionMaps(AttentionOp op) {
  read(op.getIndexingMaps(), /*hasValue=*/true, bool(op.getMask()),
       op.getScoreOperands().size());
}

AttentionMaps::AttentionMaps(ScoreOp op) {
  read(op.getIndexingMaps(), /*hasValue=*/false, bool(op.getMask()),
       op.getScoreOperands().size());
}

AttentionMaps::AttentionMaps(OnlineAttentionOp op) {
  SmallVector<AffineMap> maps = getCanonicalMaps(
      op.getContext(), /*rank=*/2, /*hasValue=*/true, bool(op.getMask()));
  AffineMap result = maps.pop_back_val();
  for (AffineMap map : op.getScoreMaps().getAsValueRange<AffineMapAttr>()) {
    SmallVector<unsigned> dims; // A tile's m and n are also dimensions 0 and 1.
    for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
      dims.push_back(map.getDimPosition(axis));
    maps.push_back(AffineMap::getMultiDimMapWithTargets(4, dims, op.getContext()));
  }
  maps.push_back(result);
  read(Builder(op.getContext()).getAffineMapArrayAttr(maps), /*hasValue=*/true,
       bool(op.getMask()), op.getScoreOperands().size());
}

void AttentionMaps::read(ArrayAttr maps, bool hasValue, bool hasMask,
                         unsigned numScoreOperands) {
  auto all = llvm::to_vector(maps.getAsValueRange<AffineMapAttr>());
  numBatch = all.front().getNumDims() - 4;
  ArrayRef<AffineMap> rest = all;
  auto take = [&] {
    AffineMap map = rest.front();
    rest = rest.drop_front();
    return map;
  };
  query = take();
  key = take();
  if (hasValue)
    value = take();
  if (hasMask)
    mask = take();
  for (unsigned i = 0; i < numScoreOperands; ++i)
    scoreOperands.push_back(take());
  output = take();
  for (unsigned axis = 0; axis < output.getNumResults(); ++axis)
    if (unsigned dim = output.getDimPosition(axis); dim < numBatch) {
      positionBatchDim = dim;
      break;
    }
}

AffineMap AttentionMaps::getRowMap() const {
  std::optional<unsigned> axis = getAxisOfDim(output, getE());
  return axis ? output.dropResult(*axis) : output;
}

std::optional<unsigned> mlir::sattn::getAxisOfDim(AffineMap map, unsigned dim) {
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    if (map.getDimPosition(axis) == dim)
      return axis;
  return std::nullopt;
}

std::string mlir::sattn::getDimLabel(unsigned dim, unsigned numBatch) {
  static constexpr StringLiteral kBatch[] = {"b", "h", "g", "p", "s", "t"};
  static constexpr StringLiteral kReserved[] = {"m", "n", "r", "e"};
  if (dim >= numBatch)
    return kReserved[dim - numBatch].str();
  return dim < std::size(kBatch) ? kBatch[dim].str() : "b" + std::to_string(dim);
}

SmallVector<AffineMap> mlir::sattn::getCanonicalMaps(MLIRContext *context,
                                                     unsigned rank,
                                                     bool hasValue,
                                                     bool hasMask) {
  unsigned numBatch = rank - 2;
  unsigned m = numBatch, n = m + 1, r = m + 2, e = m + 3;
  auto map = [&](unsigned x, unsigned y) {
    SmallVector<unsigned> dims = llvm::to_vector(llvm::seq(0u, numBatch));
    dims.append({x, y});
    return AffineMap::getMultiDimMapWithTargets(numBatch + 4, dims, context);
  };
  SmallVector<AffineMap> maps = {map(m, r), map(n, r)};
  if (hasValue)
    maps.push_back(map(n, e));
  if (hasMask)
    maps.push_back(map(m, n));
  maps.push_back(hasValue ? map(m, e) : map(m, n));
  return maps;
}
