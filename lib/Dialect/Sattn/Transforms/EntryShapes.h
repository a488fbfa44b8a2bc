//===- EntryShapes.h - Extents of an entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ENTRYSHAPES_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ENTRYSHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::sattn {

/// What is known about the extents of a function on tensors.
struct EntryShapes {
  /// Private function from the dynamic extents of the tensor arguments and the
  /// scalar arguments, in order, to the extents of all results, in order.
  func::FuncOp function;
  /// One affine map per argument: the value of `sattn.extents`.
  ArrayAttr extents;
};

/// Builds the shape function of `func`, behind it, named `<func>_shapes`, and
/// reads off which extents of arguments the body needs to be equal. Fails with
/// a diagnostic where the extents of a result depend on data.
FailureOr<EntryShapes> buildEntryShapes(func::FuncOp func);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_ENTRYSHAPES_H
