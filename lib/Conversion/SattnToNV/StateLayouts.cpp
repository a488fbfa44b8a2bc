//===- StateLayouts.cpp - Which tensors become fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StateLayouts.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// The sum stays in parts to the end: no shuffle for it inside the loop.
static SmallVector<Layout> getStateLayouts(sattn::Link link) {
  switch (link) {
  case sattn::Link::Softmax:
    return {Layout::acc, Layout::row, Layout::part};
  case sattn::Link::Linear:
    return {Layout::acc, Layout::part};
  case sattn::Link::Argmax:
    return {Layout::acc, Layout::row};
  default:
    return {Layout::acc};
  }
}

void StateLayouts::add(ValueRange state, sattn::Link link) {
  for (auto [value, layout] : llvm::zip(state, getStateLayouts(link)))
    seeds.emplace_back(value, layout);
}

StateLayouts::StateLayouts(Operation *root) {
  root->walk([&](Operation *op) {
    if (auto step = dyn_cast<sattn::OnlineAttentionOp>(op)) {
      add(step.getState(), step.getLink());
      add(step.getResults(), step.getLink());
    } else if (auto finalize = dyn_cast<sattn::FinalizeOp>(op)) {
      add(finalize.getState(), finalize.getLink());
    }
  });
  propagate(seeds);
}

/// The values that a loop carries under number `index`.
static void addCarried(scf::ForOp loop, unsigned index, Layout layout,
                       SmallVectorImpl<std::pair<Value, Layout>> &worklist) {
  for (Value value : {loop.getInitArgs()[index], Value(loop.getRegionIterArg(index)),
                      loop.getYieldedValues()[index], Value(loop.getResult(index))})
    worklist.emplace_back(value, layout);
}

void StateLayouts::propagate(SmallVectorImpl<std::pair<Value, Layout>> &worklist) {
  while (!worklist.empty()) {
    auto [value, layout] = worklist.pop_back_val();
    if (!layouts.try_emplace(value, layout).second)
      continue;
    if (auto result = dyn_cast<OpResult>(value)) {
      if (auto loop = dyn_cast<scf::ForOp>(result.getOwner()))
        addCarried(loop, result.getResultNumber(), layout, worklist);
    } else if (auto argument = cast<BlockArgument>(value); argument.getArgNumber() > 0) {
      if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
        addCarried(loop, argument.getArgNumber() - loop.getNumInductionVars(), layout, worklist);
    }
    for (OpOperand &use : value.getUses()) {
      if (auto loop = dyn_cast<scf::ForOp>(use.getOwner())) {
        if (use.getOperandNumber() >= loop.getNumControlOperands())
          addCarried(loop, use.getOperandNumber() - loop.getNumControlOperands(), layout, worklist);
      } else if (auto loop = dyn_cast<scf::ForOp>(use.getOwner()->getParentOp());
                 loop && isa<scf::YieldOp>(use.getOwner())) {
        addCarried(loop, use.getOperandNumber(), layout, worklist);
      }
    }
  }
}

std::optional<Layout> StateLayouts::lookup(Value value) const {
  auto it = layouts.find(value);
  return it == layouts.end() ? std::nullopt : std::optional(it->second);
}
