//===- SymbolicExtent.h - Products of dynamic extents -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SYMBOLICEXTENT_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SYMBOLICEXTENT_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Value.h"

namespace mlir::sattn::raising {

/// A number times dynamic extents. Front ends compute shapes as such products;
/// two that are equal are the same extent.
struct SymbolicExtent {
  int64_t factor = 1;
  /// Sorted. A symbol is dimension `second` of a tensor, or a scalar (-1).
  SmallVector<std::pair<Value, int64_t>, 2> symbols;

  bool operator==(const SymbolicExtent &other) const {
    return factor == other.factor && symbols == other.symbols;
  }
  SymbolicExtent operator*(const SymbolicExtent &other) const;
  /// True if `other` is this times something.
  bool divides(const SymbolicExtent &other) const;
};

/// The extent that an integer or index value is.
SymbolicExtent getSymbolicExtent(Value value, unsigned depth = 0);
/// The extent of dimension `dim` of `tensor`.
SymbolicExtent getDimExtent(Value tensor, int64_t dim, unsigned depth = 0);

/// Which dimensions of `source` and `result`, a `tensor.reshape`, belong
/// together, in order. Nothing if the shapes do not tell.
struct ReshapeGroup {
  ReassociationIndices source, result;
};
std::optional<SmallVector<ReshapeGroup>> getReshapeGroups(Value source,
                                                          Value result);

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SYMBOLICEXTENT_H
