//===- FlopCount.cpp - Work of one call of an entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An evaluator of extents, and a walk that asks the cost model about each op
// with the extents of this call.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/FlopCount.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Utils/Cost.h"
#include <cstring>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

namespace {
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
} // namespace

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

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

namespace {
class FlopCounter {
public:
  FlopCounter(FunctionOpInterface function, ArrayRef<TensorRef> inputs)
      : function(function), evaluator(function, inputs) {}
  FlopCount count();

private:
  /// FLOPs of one execution; none where the op's products cannot be counted.
  std::optional<double> getFlops(Operation *op);
  std::optional<double> getFlops(AttentionOp op);
  std::optional<double> getFlops(ProjectOp op);
  std::optional<double> getFlops(linalg::LinalgOp op);
  /// Values of the offsets and the limit, where the program computes them.
  bool readPositions(AttentionOp op, AttentionExtents &extents);
  void noteIgnoredClauses(AttentionOp op);
  /// How often `op` is executed in one call.
  std::optional<double> getExecutions(Operation *op);

  FunctionOpInterface function;
  ExtentEvaluator evaluator;
  llvm::SetVector<StringRef> uncounted, ignored;
};
} // namespace

bool FlopCounter::readPositions(AttentionOp op, AttentionExtents &extents) {
  PositionExtents &positions = extents.positions;
  auto read = [&](Value operand, int64_t &position) {
    std::optional<int64_t> value =
        operand ? evaluator.getValue(operand) : std::optional(position);
    position = value.value_or(position);
    return value.has_value();
  };
  if (!read(op.getQueryOffset(), positions.queryOffset) ||
      !read(op.getKeyOffset(), positions.keyOffset))
    return false;
  if (!op.getKeyLimit())
    return true;
  int64_t limit = 0;
  if (read(op.getKeyLimit(), limit))
    positions.keyLimit = limit;
  else
    ignored.insert("key_limit");
  return true;
}

void FlopCounter::noteIgnoredClauses(AttentionOp op) {
  if (op.getMask())
    ignored.insert("mask");
  if (op.getQuerySegments())
    ignored.insert("segments");
  if (op.getScore().front().getTerminator()->getNumOperands() == 2)
    ignored.insert("the score region");
}

std::optional<double> FlopCounter::getFlops(AttentionOp op) {
  // They are counted one by one.
  constexpr int64_t kMostRows = int64_t(1) << 24;
  std::optional<AttentionExtents> extents =
      getAttentionExtents(op, [&](Value operand, unsigned axis) {
        return evaluator.getExtent(operand, axis);
      });
  if (!extents || !readPositions(op, *extents) ||
      extents->positions.queries > kMostRows ||
      extents->positions.keys > kMostRows)
    return std::nullopt;
  noteIgnoredClauses(op);
  return computeCost(op, *extents).getFlops();
}

std::optional<double> FlopCounter::getFlops(ProjectOp op) {
  auto [rows, columns] = op.getMatrixShape();
  double flops =
      2 * getMatrixMacs(op.getStructure(), op.getPart(), rows, columns);
  auto type = cast<RankedTensorType>(op.getResult().getType());
  for (int64_t axis = 0; axis + 1 < type.getRank(); ++axis) {
    std::optional<int64_t> extent = evaluator.getExtent(op.getResult(), axis);
    if (!extent)
      return std::nullopt;
    flops *= *extent;
  }
  return flops;
}

std::optional<double> FlopCounter::getFlops(linalg::LinalgOp op) {
  if (!linalg::isaContractionOpInterface(op))
    return 0;
  SmallVector<std::optional<int64_t>> ranges(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [axis, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr);
          dim && !ranges[dim.getPosition()])
        ranges[dim.getPosition()] = evaluator.getExtent(operand.get(), axis);
  double flops = 2;
  for (std::optional<int64_t> range : ranges) {
    if (!range)
      return std::nullopt;
    flops *= *range;
  }
  return flops;
}

std::optional<double> FlopCounter::getFlops(Operation *op) {
  if (auto attention = dyn_cast<AttentionOp>(op))
    return getFlops(attention);
  if (auto project = dyn_cast<ProjectOp>(op))
    return getFlops(project);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return getFlops(structured);
  // What has products that nobody above knows: other forms of scores, tiles,
  // vector code, functions elsewhere.
  if (isa<ScoreOp, OnlineAttentionOp, vector::FMAOp, vector::ContractionOp,
          vector::OuterProductOp, CallOpInterface>(op))
    return std::nullopt;
  return 0;
}

std::optional<double> FlopCounter::getExecutions(Operation *op) {
  double executions = 1;
  for (Operation *parent = op->getParentOp(); parent != function;
       parent = parent->getParentOp()) {
    auto loop = dyn_cast<LoopLikeOpInterface>(parent);
    auto lower = loop ? loop.getLoopLowerBounds() : std::nullopt;
    auto upper = loop ? loop.getLoopUpperBounds() : std::nullopt;
    auto steps = loop ? loop.getLoopSteps() : std::nullopt;
    if (!lower || !upper || !steps)
      return std::nullopt;
    for (auto [first, last, step] : llvm::zip_equal(*lower, *upper, *steps)) {
      auto from = evaluator.getValue(first), to = evaluator.getValue(last),
           by = evaluator.getValue(step);
      if (!from || !to || !by || *by <= 0)
        return std::nullopt;
      executions *=
          std::max<int64_t>(0, llvm::divideCeilSigned(*to - *from, *by));
    }
  }
  return executions;
}

FlopCount FlopCounter::count() {
  FlopCount result;
  if (isa<LLVM::LLVMFuncOp>(function)) {
    result.uncounted.push_back(function->getName().getStringRef().str());
    return result;
  }
  SmallVector<Operation *> ops;
  // Collected first: asking for extents may add ops.
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == function)
      return WalkResult::advance();
    ops.push_back(op);
    // What is inside is a function of scalars.
    return isa<linalg::LinalgOp, AttentionOp, ScoreOp, OnlineAttentionOp>(op)
               ? WalkResult::skip()
               : WalkResult::advance();
  });
  for (Operation *op : ops) {
    std::optional<double> flops = getFlops(op);
    std::optional<double> executions =
        flops == 0.0 ? std::optional(1.0) : getExecutions(op);
    if (flops && executions)
      result.flops += *flops * *executions;
    else
      uncounted.insert(op->getName().getStringRef());
  }
  for (StringRef name : uncounted)
    result.uncounted.push_back(name.str());
  for (StringRef clause : ignored)
    result.ignoredClauses.push_back(clause.str());
  return result;
}

FlopCount mlir::sattn::countFlops(ModuleOp module, StringRef entry,
                                  ArrayRef<TensorRef> inputs) {
  FlopCount result;
  PassManager manager(module.getContext());
  manager.addPass(createInlinerPass());
  auto function = succeeded(manager.run(module))
                      ? module.lookupSymbol<FunctionOpInterface>(entry)
                      : nullptr;
  if (!function || function.isExternal()) {
    result.uncounted.push_back(entry.str());
    return result;
  }
  return FlopCounter(function, inputs).count();
}
