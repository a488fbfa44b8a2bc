//===- FlopCount.cpp - Work of one call of an entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk that asks the cost model about each op with the extents of this call.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/FlopCount.h"
#include "ExtentEvaluator.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Utils/Cost.h"

using namespace mlir;
using namespace mlir::sattn;

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
  std::optional<double> getFlops(ScoreOp op);
  std::optional<double> getFlops(ProjectOp op);
  std::optional<double> getFlops(linalg::LinalgOp op);
  /// Values of the offsets and the limit of an attention or score, where the
  /// program computes them. False where no offset is known.
  template <typename OpTy>
  bool readPositions(OpTy op, PositionExtents &positions);
  template <typename OpTy> void noteIgnoredClauses(OpTy op);
  /// How often `op` is executed in one call.
  std::optional<double> getExecutions(Operation *op);

  FunctionOpInterface function;
  ExtentEvaluator evaluator;
  llvm::SetVector<StringRef> uncounted, ignored;
};
} // namespace

/// Rows are counted one by one.
static bool isCountable(const PositionExtents &positions) {
  constexpr int64_t kMostRows = int64_t(1) << 24;
  return positions.queries <= kMostRows && positions.keys <= kMostRows;
}

template <typename OpTy>
bool FlopCounter::readPositions(OpTy op, PositionExtents &positions) {
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

template <typename OpTy> void FlopCounter::noteIgnoredClauses(OpTy op) {
  if (op.getMask())
    ignored.insert("mask");
  if (op.getQuerySegments())
    ignored.insert("segments");
  if (op.getScore().front().getTerminator()->getNumOperands() == 2)
    ignored.insert("the score region");
}

std::optional<double> FlopCounter::getFlops(AttentionOp op) {
  std::optional<AttentionExtents> extents =
      getAttentionExtents(op, [&](Value operand, unsigned axis) {
        return evaluator.getExtent(operand, axis);
      });
  if (!extents || !readPositions(op, extents->positions) ||
      !isCountable(extents->positions))
    return std::nullopt;
  noteIgnoredClauses(op);
  return computeCost(op, *extents).getFlops();
}

std::optional<double> FlopCounter::getFlops(ScoreOp op) {
  AttentionMaps maps(op);
  SmallVector<std::optional<int64_t>> dims(maps.getNumDims());
  auto read = [&](Value tensor, AffineMap map) {
    for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
      if (auto &dim = dims[map.getDimPosition(axis)]; !dim)
        dim = evaluator.getExtent(tensor, axis);
  };
  read(op.getQuery(), maps.getQuery());
  read(op.getKeys().front(), maps.getKey());
  read(op.getOuts().front(), maps.getOutput());
  double flops = 2;
  // All but e, which belongs to values.
  for (auto [dim, extent] : llvm::enumerate(ArrayRef(dims).drop_back())) {
    if (!extent)
      return std::nullopt;
    if (dim < maps.getNumBatch())
      flops *= *extent;
  }
  PositionExtents positions;
  positions.queries = *dims[maps.getM()];
  positions.keys = *dims[maps.getN()];
  if (!readPositions(op, positions) || !isCountable(positions))
    return std::nullopt;
  noteIgnoredClauses(op);
  PositionStructureAttrInterface structure = op.getStructureAttr();
  SmallVector<int64_t> ranks = {*dims[maps.getR()]};
  if (structure)
    ranks = llvm::to_vector(structure.getRanks());
  PairCounts counts = countPairs(structure, op.getWindowAttr(), positions);
  double columns = 0;
  for (auto [rank, pairs] : llvm::zip_equal(ranks, counts.pairsOfLevel))
    columns += double(rank) * pairs;
  return flops * columns;
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
  if (auto score = dyn_cast<ScoreOp>(op))
    return getFlops(score);
  if (auto project = dyn_cast<ProjectOp>(op))
    return getFlops(project);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return getFlops(structured);
  // What has products that nobody above knows: tiles, vector code, functions
  // elsewhere.
  if (isa<OnlineAttentionOp, vector::FMAOp, vector::ContractionOp,
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
