//===- DecomposeAggregated.cpp - Reference lowering -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNDECOMPOSEAGGREGATEDPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct DecomposeAggregatedPass
    : sattn::impl::SattnDecomposeAggregatedPassBase<DecomposeAggregatedPass> {
  using SattnDecomposeAggregatedPassBase::SattnDecomposeAggregatedPassBase;

  void runOnOperation() override {
    SmallVector<linalg::AggregatedOpInterface> targets;
    getOperation()->walk([&](linalg::AggregatedOpInterface op) {
      if (ops.empty() || llvm::is_contained(ops, op->getName().getStringRef()))
        targets.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::AggregatedOpInterface op : targets) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
      if (failed(values)) {
        op->emitError("expected an op with a reference lowering, got '")
            << op->getName() << "'";
        return signalPassFailure();
      }
      rewriter.replaceOp(op, *values);
    }
  }
};
} // namespace
