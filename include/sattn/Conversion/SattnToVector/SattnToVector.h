//===- SattnToVector.h - Level nests to vector code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_CONVERSION_SATTNTOVECTOR_SATTNTOVECTOR_H
#define SATTN_CONVERSION_SATTNTOVECTOR_SATTNTOVECTOR_H

#include "mlir/IR/Operation.h"
#include "sattn/Target/TargetInfo.h"

namespace mlir::sattn {

/// Rewrites every `online_attention` and `finalize` below `root` into loops
/// over vectors on tensors. Right for every verified op; fast where query tiles
/// are multiples of a panel (the vectors of a row) and states start as fills
/// and are carried by `scf.for`.
LogicalResult convertSattnToVector(Operation *root, const TargetInfo &target);

/// Rewrites every `project` and `norm` below `root` that has a row axis and a
/// static number of features into parallel loops over panels of tokens. A norm of
/// a projection that nobody else reads is part of its loop. So are rewritten merges
/// of many rows whose numbers of parts and columns are static.
void convertTokensToVector(Operation *root, const TargetInfo &target);

} // namespace mlir::sattn

#endif // SATTN_CONVERSION_SATTNTOVECTOR_SATTNTOVECTOR_H
