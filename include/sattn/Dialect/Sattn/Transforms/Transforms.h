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

/// Builds the level nest of `op` in front of it and returns its results; `op` is
/// left in place. `op` has a `#sattn.tiling`. What cannot be tiled is diagnosed
/// on `op`. See `sattn-tile-attention` for the form of the nest.
FailureOr<SmallVector<Value>> buildAttentionNest(RewriterBase &rewriter,
                                                 AttentionOp op);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H
