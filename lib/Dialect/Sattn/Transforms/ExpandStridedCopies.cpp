//===- ExpandStridedCopies.cpp - Strided copies -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A memref.copy that is not contiguous becomes, in LLVM, a call of a function
// of MLIR's runner library which moves one element at a time. Here it becomes
// linalg.copy, hence loops that LLVM vectorises.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNEXPANDSTRIDEDCOPIESPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct ExpandStridedCopiesPass
    : sattn::impl::SattnExpandStridedCopiesPassBase<ExpandStridedCopiesPass> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp copy) {
      auto isStrided = [](Value buffer) {
        auto type = dyn_cast<MemRefType>(buffer.getType());
        return type && !type.getLayout().isIdentity();
      };
      if (isStrided(copy.getSource()) || isStrided(copy.getTarget()))
        copies.push_back(copy);
    });
    IRRewriter rewriter(&getContext());
    for (memref::CopyOp copy : copies) {
      rewriter.setInsertionPoint(copy);
      rewriter.replaceOpWithNewOp<linalg::CopyOp>(copy, copy.getSource(),
                                                  copy.getTarget());
    }
  }
};
} // namespace
