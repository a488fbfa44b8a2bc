//===- PanelLayout.h - Panels of queries in memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How rank-2 tiles at level 3 are laid out for vector code, and how that layout
// is carried through loops instead of being undone and redone at each step.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_PANELLAYOUT_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_PANELLAYOUT_H

#include "VectorTile.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::sattn {

/// Panel layout of a state tensor: m x e becomes panels x e x lanes, m becomes
/// panels * lanes.
RankedTensorType getPanelType(RankedTensorType type, int64_t lanes);

/// Rows of output (and log-sum-exp) from a finished state into the
/// destinations.
SmallVector<Value> emitFinalize(TileBuilder &builder, FinalizeOp op,
                                PanelState state);

/// Patterns that move the casts between level-3 and panel layout out of loops,
/// fills and into each other. What is left is lowered by `lowerPanelCasts`.
void populatePanelCastPatterns(RewritePatternSet &patterns);

/// Turns the remaining casts below `root` into packing and unpacking.
LogicalResult lowerPanelCasts(RewriterBase &rewriter, Operation *root);

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_PANELLAYOUT_H
