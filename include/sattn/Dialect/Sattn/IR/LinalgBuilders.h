//===- LinalgBuilders.h - Short ways to write linalg on tensors -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few shapes of linalg that the reference lowerings are made of: a
// `linalg.generic` whose operands name their axes by labels, as in an einsum.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_LINALGBUILDERS_H
#define SATTN_DIALECT_SATTN_IR_LINALGBUILDERS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::sattn {

/// Names of axes. Equal labels run together.
using Labels = SmallVector<unsigned, 6>;

/// One label per character.
Labels toLabels(StringRef characters);

/// A tensor and the labels of its axes.
struct LabelledTensor {
  Value value;
  Labels labels;
};

/// f64 if one of the tensors is f64, else f32: the type that sums are kept in.
FloatType getAccumulatorType(ValueRange tensors);

/// `value`, a scalar float, as `type`.
Value convertFloat(OpBuilder &builder, Location loc, Value value, Type type);

/// A tensor of `shape` and `elementType` that holds `value` everywhere.
Value createFilled(OpBuilder &builder, Location loc,
                   ArrayRef<OpFoldResult> shape, FloatType elementType,
                   double value);

/// Tensors without defined contents, to be written by `createGeneric`.
Value createEmpty(OpBuilder &builder, Location loc,
                  ArrayRef<OpFoldResult> shape, Type elementType);

/// Body of a generic: scalars of the inputs and of the outputs to the scalars
/// that are yielded. Floats arrive as `accumulator` and are converted back.
using GenericBody = function_ref<SmallVector<Value>(
    OpBuilder &builder, Location loc, ValueRange inputs, ValueRange outputs)>;

/// A `linalg.generic` over the labels of inputs and outputs: those of the
/// outputs are parallel loops, in order of their appearance, the others
/// reductions.
SmallVector<Value> createGeneric(OpBuilder &builder, Location loc,
                                 ArrayRef<LabelledTensor> inputs,
                                 ArrayRef<LabelledTensor> outputs,
                                 FloatType accumulator, GenericBody body);

/// `tensor` with elements of `elementType` and, where only staticness differs,
/// of `type`.
Value convertTensor(OpBuilder &builder, Location loc, Value tensor,
                    RankedTensorType type);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_IR_LINALGBUILDERS_H
