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
#include "mlir/IR/TypeRange.h"
#include "mlir/IR/ValueRange.h"

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
  /// True if the right factor's blocks are identity matrices.
  bool isRightIdentity = false;

  int64_t getNumRows() const { return left[0] * left[1]; }
  int64_t getNumColumns() const { return right[0] * right[1]; }
  /// Length of the vector between the two direct sums.
  int64_t getNumFeatures() const { return right[0] * right[2]; }
};

/// A factor of a structured matrix as its attribute asks for it.
struct MatrixFactor {
  std::string name;
  /// True for a factor on the query side of the matrix, false on the key side.
  bool isLeft;
  /// Without the optional leading head axis.
  SmallVector<int64_t> shape;
};

/// Checks factor types against what the attribute asks for, see
/// `StructuredMatrixAttrInterface::verifyFactors`.
LogicalResult
verifyMatrixFactors(function_ref<InFlightDiagnostic()> emitError,
                    ArrayRef<MatrixFactor> expected, TypeRange factors);

class MlbtcTermAttr;

} // namespace mlir::sattn

#include "sattn/Dialect/Sattn/IR/SattnEnums.h.inc"

#include "sattn/Dialect/Sattn/IR/SattnAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h.inc"

#endif // SATTN_DIALECT_SATTN_IR_SATTNATTRS_H
