//===- Transforms.h - Transformations of the sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H
#define SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H

#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

struct TargetInfo;

/// Builds the level nest of `op` in front of it and returns its results; `op` is
/// left in place. `op` has a `#sattn.tiling`. What cannot be tiled is diagnosed
/// on `op`. See `sattn-tile-attention` for the form of the nest.
FailureOr<SmallVector<Value>> buildAttentionNest(RewriterBase &rewriter,
                                                 AttentionOp op);

/// Tiling parameters that are given instead of selected; 0 or none: select.
struct TilingOverrides {
  int64_t query = 0, key = 0, split = 0;
  std::optional<LevelLoops> levels;
};

/// Decides the tile sizes of `op` for `target`. See `sattn-select-tiling`.
TilingAttr selectTiling(AttentionOp op, const TargetInfo &target,
                        const TilingOverrides &overrides = {});

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H
