//===- AttentionMaps.h - Roles of axes in attention's indexing maps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_ATTENTIONMAPS_H
#define SATTN_DIALECT_SATTN_IR_ATTENTIONMAPS_H

#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

/// Names the roles of axes once. The iteration space of `attention` and `score`
/// is (batch-like labels in the order of the output, m, n, r, e):
///
/// | dim       | letter | axis                              | kind      |
/// |-----------|--------|-----------------------------------|-----------|
/// | 0..B-1    | other  | batch, heads, groups              | parallel  |
/// | B         | m      | queries                           | parallel  |
/// | B+1       | n      | keys                              | reduction |
/// | B+2       | r      | query/key depth                   | reduction |
/// | B+3       | e      | value depth                       | parallel  |
///
/// `score` has no value: its maps do not use e.
class AttentionMaps {
public:
  explicit AttentionMaps(AttentionOp op);
  explicit AttentionMaps(ScoreOp op);
  /// A tile: no batch-like label, canonical but for the score operands.
  explicit AttentionMaps(OnlineAttentionOp op);

  unsigned getNumBatch() const { return numBatch; }
  unsigned getM() const { return numBatch; }
  unsigned getN() const { return numBatch + 1; }
  unsigned getR() const { return numBatch + 2; }
  unsigned getE() const { return numBatch + 3; }
  unsigned getNumDims() const { return numBatch + 4; }

  AffineMap getQuery() const { return query; }
  AffineMap getKey() const { return key; }
  /// Null for `score`.
  AffineMap getValue() const { return value; }
  /// Null where there is no mask.
  AffineMap getMask() const { return mask; }
  ArrayRef<AffineMap> getScoreOperands() const { return scoreOperands; }
  AffineMap getOutput() const { return output; }
  /// The output's map without e: log-sum-exp and normalizer.
  AffineMap getRowMap() const;

  /// The iteration dimension on which a position or segment operand has its
  /// optional leading axis: the first batch-like label of the output.
  unsigned getPositionBatchDim() const { return positionBatchDim; }

private:
  void read(ArrayAttr maps, bool hasValue, bool hasMask, unsigned numScoreOperands);

  unsigned numBatch = 0;
  unsigned positionBatchDim = 0;
  AffineMap query, key, value, mask, output;
  SmallVector<AffineMap> scoreOperands;
};

/// Index of the result of `map` that is iteration dimension `dim`, if any.
std::optional<unsigned> getAxisOfDim(AffineMap map, unsigned dim);

/// The letter that dimension `dim` of a space with `numBatch` batch-like
/// dimensions is printed with.
std::string getDimLabel(unsigned dim, unsigned numBatch);

/// The canonical maps (see `AttentionOp`): `rank` is that of the query.
SmallVector<AffineMap> getCanonicalMaps(MLIRContext *context, unsigned rank,
                                        bool hasValue, bool hasMask);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_IR_ATTENTIONMAPS_H
