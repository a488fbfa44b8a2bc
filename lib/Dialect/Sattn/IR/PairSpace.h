//===- PairSpace.h - Grid of query-key pairs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the reference lowerings of attention, score, online_attention and
// finalize share: the iteration space (batch..., m, n, r, e), tensors over some
// of its dimensions, and the generics on them.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_PAIRSPACE_H
#define SATTN_LIB_DIALECT_SATTN_IR_PAIRSPACE_H

#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

namespace mlir::sattn {

/// A tensor and the dimensions of the iteration space that its axes are.
struct MappedTensor {
  Value tensor;
  AffineMap map;
};

/// The iteration space (batch..., m, n, r, e) with its extents, and a builder
/// of plain linalg on tensors over subsets of its dimensions.
///
/// Such a tensor is laid out in the order of the dimensions: scores are
/// (batch..., m, n), row statistics (batch..., m).
class PairSpace {
public:
  using Body =
      function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)>;

  /// Extents are those of the first of `tensors` with a static one, or else of
  /// the first that has the dimension.
  PairSpace(OpBuilder &builder, Location loc, unsigned numBatch,
            ArrayRef<MappedTensor> tensors);

  OpBuilder &getBuilder() const { return builder; }
  Location getLoc() const { return loc; }
  unsigned getNumBatch() const { return numBatch; }
  unsigned getM() const { return numBatch; }
  unsigned getN() const { return numBatch + 1; }
  unsigned getR() const { return numBatch + 2; }
  unsigned getE() const { return numBatch + 3; }

  /// (batch..., m), and those followed by `more`.
  SmallVector<unsigned> getRowDims(ArrayRef<unsigned> more = {}) const;
  /// The map of a tensor over `dims` in that order.
  AffineMap getMap(ArrayRef<unsigned> dims) const;
  MappedTensor overRows(Value tensor) const {
    return {tensor, getMap(getRowDims())};
  }
  MappedTensor overPairs(Value tensor) const {
    return {tensor, getMap(getRowDims(getN()))};
  }

  /// A tensor with the axes of `map`, uninitialised or filled with a constant.
  MappedTensor empty(AffineMap map, Type elementType) const;
  MappedTensor fill(AffineMap map, TypedAttr value) const;

  /// One linalg.generic over `dims`. Dimensions that no output has are reduced
  /// into the outputs; `body` maps the elements of inputs and outputs to new
  /// elements of the outputs. Inside it, `linalg.index k` is `dims[k]`: the
  /// number of a dimension itself while `dims` is a prefix of the space.
  SmallVector<Value> generic(ArrayRef<unsigned> dims,
                             ArrayRef<MappedTensor> inputs,
                             ArrayRef<MappedTensor> outputs, Body body) const;
  /// The same with one output.
  MappedTensor generic(ArrayRef<unsigned> dims, ArrayRef<MappedTensor> inputs,
                       MappedTensor output, Body body) const;

private:
  OpBuilder &builder;
  Location loc;
  unsigned numBatch;
  SmallVector<OpFoldResult> extents;
};

/// Entries [first, first + count) of `tensor` along `axis`.
Value buildSlice(OpBuilder &b, Location loc, Value tensor, unsigned axis,
                 OpFoldResult first, OpFoldResult count);
/// Converts between float types.
Value buildFloatCast(OpBuilder &b, Location loc, Value value, Type type);
/// A float constant of `type`.
Value buildFloat(OpBuilder &b, Location loc, Type type, double value);
/// Negative infinity.
TypedAttr getMinusInfinity(FloatType type);
/// value == -inf, and != (true for NaN).
Value buildIsMinusInfinity(OpBuilder &b, Location loc, Value value,
                           bool isIt = true);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_PAIRSPACE_H
