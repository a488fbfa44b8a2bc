//===- NVKernelShape.cpp - What decides a kernel's registers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From an attention and its tiling to the numbers that `NVBudget` counts with.
//
//===----------------------------------------------------------------------===//

#include "SelectTiling.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"
#include "sattn/Target/NVBudget.h"

using namespace mlir;
using namespace mlir::sattn;

/// Slots that the kernels have for each streamed operand.
static constexpr int64_t kStages = 2;

/// True for clauses that may drop a pair of any tile.
static bool dropsPairsAnywhere(AttentionOp op) {
  return op.getKeyLimit() || op.getMask() || op.getQuerySegments() ||
         op.getScore().front().getTerminator()->getNumOperands() == 2;
}

/// True if the last key tile of a part may have fewer rows than the others.
static bool mayHaveRemainder(AttentionOp op, const AttentionMaps &maps, TilingAttr tiling) {
  int64_t keys = getStaticExtent(op, maps, maps.getN());
  return ShapedType::isDynamic(keys) || keys % (tiling.getKey() * tiling.getSplit()) != 0;
}

/// True if a tensor map can describe query, key and value.
static bool fitTensorMaps(const AttentionMaps &maps) {
  constexpr unsigned maxRank = 5;
  return llvm::all_of(ArrayRef<AffineMap>{maps.getQuery(), maps.getKey(), maps.getValue()},
                      [](AffineMap map) { return map.getNumResults() <= maxRank; });
}

NVKernelShape mlir::sattn::getNVKernelShape(AttentionOp op, TilingAttr tiling,
                                            const NVTarget &target) {
  AttentionMaps maps(op);
  NVKernelShape shape;
  shape.tiles = {tiling.getQuery(), tiling.getKey(), kStages};
  shape.depth = getStaticExtent(op, maps, maps.getR());
  shape.valueDepth = getStaticExtent(op, maps, maps.getE());
  shape.elementBytes = getElementTypeOrSelf(op.getQuery()).getIntOrFloatBitWidth() / 8;
  shape.hasProducers = fitTensorMaps(maps) && hasNVProducers(target, shape.tiles, shape.depth,
                                                             shape.valueDepth, shape.elementBytes);

  SmallVector<Segment> segments =
      computeSegments(op.getStructureAttr(), op.getWindowAttr(), tiling.getQuery(),
                      /*aligned=*/!op.getQueryOffset(), op.getContext());
  auto isChecked = [](const Segment &segment) { return segment.masked || segment.mixed; };
  bool dropsAnywhere = dropsPairsAnywhere(op);
  // What lies behind a slice is fetched, too.
  if (shape.hasProducers && mayHaveRemainder(op, maps, tiling))
    dropsAnywhere = true;
  shape.dropsPairs =
      dropsAnywhere || llvm::any_of(segments, [](const Segment &s) { return s.masked; });
  shape.hasMixedLevels = llvm::any_of(segments, [](const Segment &s) { return s.mixed; });
  // The one checked segment has as many keys as the tile has queries: a single tile.
  WindowAttr window = op.getWindowAttr();
  bool isOneTile = !window || window.isLeftUnbounded();
  shape.checksFirstOnly = !dropsAnywhere && isOneTile && llvm::count_if(segments, isChecked) == 1 &&
                          tiling.getQuery() <= tiling.getKey();
  return shape;
}
