//===- ExtentEvaluator.cpp - Extents of one call -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a value back to the arguments, through what each op says of its shape.
//
//===----------------------------------------------------------------------===//

#include "ExtentEvaluator.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include <cstring>

using namespace mlir;
using namespace mlir::sattn;

const TensorRef *ExtentEvaluator::getInput(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &function.front() ||
      argument.getArgNumber() >= inputs.size())
    return nullptr;
  return &inputs[argument.getArgNumber()];
}

std::optional<int64_t> ExtentEvaluator::getScalar(BlockArgument argument) {
  const TensorRef *input = getInput(argument);
  if (!input || !argument.getType().isIntOrIndex())
    return std::nullopt;
  unsigned bytes = getElementSize(input->type);
  uint64_t bits = 0;
  std::memcpy(&bits, input->data, bytes);
  return input->type == ElementType::I1 ? static_cast<int64_t>(bits & 1)
                                        : llvm::SignExtend64(bits, 8 * bytes);
}

std::optional<int64_t> ExtentEvaluator::getExtent(Value tensor, unsigned axis) {
  auto type = dyn_cast<ShapedType>(tensor.getType());
  if (!type || !type.hasRank() || axis >= type.getRank())
    return std::nullopt;
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  if (const TensorRef *input = getInput(tensor))
    return input->shape.size() == static_cast<size_t>(type.getRank())
               ? std::optional(input->shape[axis])
               : std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto loop =
        dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
    return init ? getExtent(init->get(), axis) : std::nullopt;
  }
  auto result = dyn_cast<OpResult>(tensor);
  return result ? getResultExtent(result, axis) : std::nullopt;
}

/// That of the initial value, where every iteration keeps it.
std::optional<int64_t> ExtentEvaluator::getLoopExtent(LoopLikeOpInterface loop,
                                                      OpResult result,
                                                      unsigned axis) {
  OpOperand *init = loop.getTiedLoopInit(result);
  BlockArgument carried = loop.getTiedLoopRegionIterArg(result);
  if (!init || !carried)
    return std::nullopt;
  std::optional<int64_t> extent = getExtent(init->get(), axis);
  OpOperand *yielded = loop.getTiedLoopYieldedValue(carried);
  return !yielded || getExtent(yielded->get(), axis) == extent ? extent
                                                               : std::nullopt;
}

std::optional<int64_t> ExtentEvaluator::getResultExtent(OpResult result,
                                                        unsigned axis) {
  Operation *op = result.getOwner();
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return getExtent(cast.getSource(), axis);
  if (auto toTensor = dyn_cast<bufferization::ToTensorOp>(op))
    return getExtent(toTensor.getBuffer(), axis);
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return getExtent(destination.getTiedOpOperand(result)->get(), axis);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return getLoopExtent(loop, result, axis);
  OpBuilder builder(op);
  ReifiedRankedShapedTypeDims shapes;
  if (!isa<ReifyRankedShapedTypeOpInterface>(op) ||
      failed(reifyResultShapes(builder, op, shapes)))
    return std::nullopt;
  return getValue(shapes[result.getResultNumber()][axis]);
}

std::optional<int64_t> ExtentEvaluator::getValue(OpFoldResult folded) {
  if (std::optional<int64_t> constant = getConstantIntValue(folded))
    return constant;
  auto value = dyn_cast<Value>(folded);
  if (!value || !value.getType().isIntOrIndex())
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getScalar(argument);
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast<ShapedDimOpInterface>(op)) {
    std::optional<int64_t> axis = getValue(dim.getDimension());
    return axis && *axis >= 0 ? getExtent(dim.getShapedValue(), *axis)
                              : std::nullopt;
  }
  // Arithmetic: the op itself knows its result for constant operands.
  SmallVector<Attribute> operands;
  for (Value operand : op->getOperands()) {
    std::optional<int64_t> number = getValue(operand);
    if (!number)
      return std::nullopt;
    operands.push_back(IntegerAttr::get(operand.getType(), *number));
  }
  SmallVector<OpFoldResult> results;
  if (op->getNumRegions() != 0 || failed(op->fold(operands, results)) ||
      results.size() != op->getNumResults())
    return std::nullopt;
  return getConstantIntValue(results[cast<OpResult>(value).getResultNumber()]);
}
