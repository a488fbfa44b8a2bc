//===- AttentionResults.h - What a tiled attention writes -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONRESULTS_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONRESULTS_H

#include "AttentionTile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::sattn {

/// The destinations of the loop over query tiles: those of the op, or, where the
/// key axis is split, partial results with the part as their first axis, which
/// are merged afterwards.
class AttentionResults {
public:
  AttentionResults(AttentionOp op, const AttentionMaps &maps, int64_t split);

  /// The tensors that the tiles write to; `extents` are those of the iteration
  /// space.
  SmallVector<Value> buildDestinations(OpBuilder &builder, ArrayRef<OpFoldResult> extents);

  /// Finalizes the state of a tile into its part of `destinations`.
  void buildTile(OpBuilder &builder, const IterationTile &tile, ValueRange state,
                 ValueRange destinations, scf::InParallelOp terminator);

  /// From the written tensors to the op's results.
  SmallVector<Value> buildResults(OpBuilder &builder, ValueRange written);

private:
  Value sumParts(OpBuilder &builder, Value parts);
  Value convert(OpBuilder &builder, Value merged);

  AttentionOp op;
  const AttentionMaps &maps;
  int64_t split;
  FloatType accumulatorType;
  /// One map per destination, over the iteration space and the part.
  SmallVector<AffineMap> destinationMaps;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ATTENTIONRESULTS_H
