//===- SattnAttrs.h - Attributes, enumerations and their interfaces -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNATTRS_H
#define SATTN_DIALECT_SATTN_IR_SATTNATTRS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::sattn {

/// Positions on the other axis that go with a range [d0, d1) of positions.
/// Bounds are affine functions of d0 and d1; lower ones are inclusive, upper ones
/// exclusive, null means unbounded. The inner range is empty where lo >= hi.
struct KeyRange {
  /// Some position of the range goes with j: outerLo <= j < outerHi.
  AffineExpr outerLo, outerHi;
  /// Every position of the range goes with j: innerLo <= j < innerHi.
  AffineExpr innerLo, innerHi;
};

/// One term of a member of the MLBTC family, see `MlbtcAttr`:
/// alpha (direct sum of left_k) (direct sum of right_k^T).
struct MlbtcTerm {
  double alpha = 1.0;
  /// [p', m', r'] and [p, n', r].
  SmallVector<int64_t, 3> left, right;
  /// True if the stride permutations of Block Tensor-Train are applied.
  bool shuffled = false;
};

class MlbtcTermAttr;

} // namespace mlir::sattn

#include "sattn/Dialect/Sattn/IR/SattnEnums.h.inc"

#include "sattn/Dialect/Sattn/IR/SattnAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h.inc"

#endif // SATTN_DIALECT_SATTN_IR_SATTNATTRS_H
