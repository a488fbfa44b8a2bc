//===- DecomposeAggregated.cpp - Reference lowering of every sattn op -*- C++ -*-===//
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
  void runOnOperation() override {
    SmallVector<linalg::AggregatedOpInterface> ops;
    getOperation()->walk([&](linalg::AggregatedOpInterface op) {
      if (isa<SattnDialect>(op->getDialect()))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::AggregatedOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
      if (failed(values))
        return signalPassFailure();
      rewriter.replaceOp(op, *values);
    }
  }
};
} // namespace
