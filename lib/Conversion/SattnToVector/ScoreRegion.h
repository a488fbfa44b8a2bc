//===- ScoreRegion.h - Score regions on rows of queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREREGION_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREREGION_H

#include "TileBuilder.h"

namespace mlir::sattn {

/// Clones the ops of the scalar region `block` for a whole row: arguments are
/// replaced by the row vectors `arguments`, results are the yielded values as
/// row vectors. Elementwise ops work on vectors; any other op (say, `scf.if`)
/// is cloned once per lane.
SmallVector<Value> buildRegionOnRow(TileBuilder &builder, Block &block,
                                    ValueRange arguments);

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_SCOREREGION_H
