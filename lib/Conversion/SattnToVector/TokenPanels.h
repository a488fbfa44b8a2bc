//===- TokenPanels.h - Panels of tokens -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `project` and `norm` on panels: `lanes` tokens side by side, one vector per
// feature. A weight is then a scalar that a whole vector is multiplied with, so
// the order in which a structure stores its factors does not matter.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_TOKENPANELS_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_TOKENPANELS_H

#include "TileBuilder.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Target/TargetInfo.h"

namespace mlir::sattn {

/// `tokens` (rows x features, at most `lanes` rows) as features x lanes in the
/// builder's element type; lanes behind the last row repeat it.
Value packTokens(TileBuilder &builder, Value tokens);

/// The rows of `panel` (features x lanes) into `tokens` (rows x features).
Value unpackTokens(TileBuilder &builder, Value panel, Value tokens);

/// A panel without defined contents.
Value createPanel(TileBuilder &builder, int64_t features);

/// What `op` computes, on panels. `head` is the index of the head for factors
/// with that axis, null if there are none.
Value emitProject(TileBuilder &builder, ProjectOp op, Value panel, Value head,
                  const RegisterTile &tile);
Value emitNorm(TileBuilder &builder, NormOp op, Value panel);

/// The merges of many rows below `root` as parallel loops over panels of rows. A
/// dynamic number of parts or of columns, and what is too small for threads, stay.
void convertMergesToVector(Operation *root, const TargetInfo &target);

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_TOKENPANELS_H
