//===- SattnVerification.h - Conditions that several ops share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_SATTNVERIFICATION_H
#define SATTN_LIB_DIALECT_SATTN_IR_SATTNVERIFICATION_H

#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

/// A tensor of an op with the iteration dimension of each axis. An axis without
/// one is not compared with anything.
struct NamedTensor {
  std::string name;
  ShapedType type;
  SmallVector<std::optional<unsigned>> dims;

  NamedTensor(const Twine &name, Type type, AffineMap map);
  NamedTensor(const Twine &name, Type type,
              ArrayRef<std::optional<unsigned>> dims);
};

/// Each tensor has as many axes as labels.
LogicalResult verifyRanks(Operation *op, ArrayRef<NamedTensor> tensors,
                          unsigned numBatch);

/// C4: equal labels have equal extents, as far as these are static.
LogicalResult verifyExtents(Operation *op, ArrayRef<NamedTensor> tensors,
                            unsigned numBatch);

/// C11: one key or one per level.
LogicalResult verifyNumKeys(AttentionLikeOpInterface op);

/// C1, C11: the columns of query and keys against the structure. `depth` is the
/// query's, possibly dynamic; `depthAxis` that of the keys.
LogicalResult verifyLevels(AttentionLikeOpInterface op, int64_t depth,
                           unsigned depthAxis);

/// C5: two results only with a link that has a row normaliser.
LogicalResult verifyNumResults(Operation *op, Link link, unsigned numResults);

/// C14: reduced precision only where there is more.
LogicalResult verifyPrecision(AttentionLikeOpInterface op, Precision precision,
                              Value value);

/// C8, as far as it needs no look into nested ops: called when these are
/// verified.
LogicalResult verifyScoreRegion(AttentionLikeOpInterface op);

/// Both segments or none, of one element type.
LogicalResult verifySegmentTypes(AttentionLikeOpInterface op);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_SATTNVERIFICATION_H
