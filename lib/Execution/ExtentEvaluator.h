//===- ExtentEvaluator.h - Extents of one call -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_EXECUTION_EXTENTEVALUATOR_H
#define SATTN_LIB_EXECUTION_EXTENTEVALUATOR_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "sattn/Runtime/Tensor.h"

namespace mlir::sattn {

/// Values of index and extents of tensors, as far as they follow from the
/// shapes and the integer scalars that a function is called with.
class ExtentEvaluator {
public:
  ExtentEvaluator(FunctionOpInterface function, ArrayRef<TensorRef> inputs)
      : function(function), inputs(inputs) {}

  std::optional<int64_t> getExtent(Value tensor, unsigned axis);
  std::optional<int64_t> getValue(OpFoldResult value);

private:
  std::optional<int64_t> getResultExtent(OpResult result, unsigned axis);
  std::optional<int64_t> getLoopExtent(LoopLikeOpInterface loop,
                                       OpResult result, unsigned axis);
  std::optional<int64_t> getScalar(BlockArgument argument);
  /// The argument that `value` is, if it is one of the function.
  const TensorRef *getInput(Value value);

  FunctionOpInterface function;
  ArrayRef<TensorRef> inputs;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_EXECUTION_EXTENTEVALUATOR_H
