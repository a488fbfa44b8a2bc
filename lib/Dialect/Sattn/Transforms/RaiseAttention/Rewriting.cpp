//===- Rewriting.cpp - From a match to a rewritten program -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which values end a match, what stays alive without it, and removing what does
// not.
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::sattn::raising;

/// Splits found while reading make the next round finer. Each round splits an
/// axis, so few are needed.
static constexpr unsigned kMaxRounds = 16;
/// How far behind a contraction its result is followed.
static constexpr unsigned kMaxTail = 8;

//===----------------------------------------------------------------------===//
// What stays alive
//===----------------------------------------------------------------------===//

/// The extent `dim` of `tensor` without `tensor`, null if it is not known.
static OpFoldResult getExtentElsewhere(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return IntegerAttr::get(IndexType::get(tensor.getContext()),
                            type.getDimSize(dim));
  Operation *op = tensor.getDefiningOp();
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return empty.getDynamicSize(dim);
  if (auto dps = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return getExtentElsewhere(
        dps.getTiedOpOperand(cast<OpResult>(tensor))->get(), dim);
  return {};
}

static OpFoldResult getExtentElsewhere(tensor::DimOp op) {
  std::optional<int64_t> dim = op.getConstantIndex();
  if (!dim || !isa<RankedTensorType>(op.getSource().getType()))
    return {};
  return getExtentElsewhere(op.getSource(), *dim);
}

namespace {
/// Operations that nothing needs once a value is replaced.
class DeadOperations {
public:
  explicit DeadOperations(Value replaced) : replaced(replaced) {}

  bool isDead(Operation *op);
  /// An operation that keeps something alive, for the message.
  Operation *getWitness() const { return witness; }

private:
  Value replaced;
  DenseMap<Operation *, bool> known;
  Operation *witness = nullptr;
};
} // namespace

bool DeadOperations::isDead(Operation *op) {
  auto [it, isNew] = known.insert({op, false});
  if (!isNew)
    return it->second;
  bool dead = isMemoryEffectFree(op) && !op->hasTrait<OpTrait::IsTerminator>();
  for (Value result : op->getResults()) {
    if (result == replaced)
      continue;
    for (Operation *user : result.getUsers()) {
      if (auto dim = dyn_cast<tensor::DimOp>(user))
        if (getExtentElsewhere(dim))
          continue;
      // A body that reads the value belongs to an operation beside this one.
      Operation *reader = op->getBlock()->findAncestorOpInBlock(*user);
      if (dead && (!reader || !isDead(reader))) {
        dead = false;
        if (!witness)
          witness = user;
      }
    }
  }
  known[op] = dead;
  return dead;
}

bool mlir::sattn::raising::diesWith(Operation *op, Value replaced,
                                    Refusal &refusal) {
  DeadOperations dead(replaced);
  if (dead.isDead(op))
    return true;
  Operation *witness = dead.getWitness();
  return refusal.because(
      "scores or weights are also read by '" +
      (witness ? witness->getName().getStringRef() : "another op") + "'");
}

/// Erases those of `ops` that nothing needs and what only they needed.
void mlir::sattn::raising::eraseDead(ArrayRef<Operation *> ops) {
  SetVector<Operation *> worklist(ops.begin(), ops.end());
  while (!worklist.empty()) {
    Operation *next = worklist.pop_back_val();
    // Extents of values that go come from elsewhere.
    for (Value result : next->getResults())
      for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
        if (auto dim = dyn_cast<tensor::DimOp>(user))
          if (auto extent =
                  dyn_cast_if_present<Value>(getExtentElsewhere(dim))) {
            dim.replaceAllUsesWith(extent);
            worklist.remove(dim);
            dim.erase();
          }
    if (!isOpTriviallyDead(next))
      continue;
    next->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          if (!next->isAncestor(producer))
            worklist.insert(producer);
    });
    next->erase();
  }
}

//===----------------------------------------------------------------------===//
// The end of a match
//===----------------------------------------------------------------------===//

bool mlir::sattn::raising::isProductOfTwo(linalg::LinalgOp op) {
  return op.getNumReductionLoops() > 0 && op.getNumDpsInputs() == 2 &&
         op.getNumDpsInits() == 1 && op.hasPureTensorSemantics();
}

bool mlir::sattn::raising::isReshape(Operation *op) {
  return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(
      op);
}

SmallVector<Value> mlir::sattn::raising::getTail(Value value) {
  SmallVector<Value> tail = {value};
  while (tail.size() < kMaxTail) {
    Operation *user = nullptr;
    for (Operation *other : tail.back().getUsers()) {
      if (isa<tensor::DimOp>(other))
        continue;
      if (user && user != other)
        return tail;
      user = other;
    }
    if (!user || user->getNumResults() != 1 ||
        !isa<RankedTensorType>(user->getResult(0).getType()))
      return tail;
    auto linalgOp = dyn_cast<linalg::LinalgOp>(user);
    bool passesOn =
        isReshape(user) ||
        user->hasTrait<OpTrait::Elementwise>() ||
        (linalgOp &&
         linalgOp.getNumParallelLoops() == linalgOp.getNumLoops());
    if (!passesOn)
      return tail;
    tail.push_back(user->getResult(0));
  }
  return tail;
}

bool mlir::sattn::raising::isTailOf(ElementReader &reader, Value root,
                                    Value product) {
  auto isProduct = [&](const Expr *expr) {
    return expr->kind == Expr::Kind::Element && expr->value == product &&
           reader.isFull(product, expr->access);
  };
  const Expr *expr = reader.read(root, reader.getFullAccess(root));
  if (expr->is<arith::DivFOp>())
    return isProduct(expr->operands[0]);
  if (expr->is<arith::MulFOp>())
    return isProduct(expr->operands[0]) || isProduct(expr->operands[1]);
  return isProduct(expr);
}

bool mlir::sattn::raising::matchAndRewrite(
    MLIRContext *context, const ReadOptions &options, Refusal &refusal,
    function_ref<bool(ElementReader &)> match, function_ref<bool()> rewrite) {
  Axes axes;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    axes.startRound();
    ExprContext exprs(context);
    ElementReader reader(exprs, axes, options);
    refusal = {};
    bool matches = match(reader);
    if (!axes.hasSplit())
      return matches && rewrite();
  }
  return refusal.because("the reshapes between the products do not line up");
}
