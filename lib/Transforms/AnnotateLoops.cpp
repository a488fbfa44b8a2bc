//===- AnnotateLoops.cpp - Hand annotations of loops to LLVM -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What was said about a loop of scf, in the place where the translation to LLVM IR
// looks for it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "sattn/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNANNOTATELOOPSPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

namespace {
struct AnnotateLoopsPass : sattn::impl::SattnAnnotateLoopsPassBase<AnnotateLoopsPass> {
  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      auto annotation = op->getDiscardableAttr(sattn::kLoopAnnotationAttrName);
      auto loop = dyn_cast_or_null<LLVM::LoopAnnotationAttr>(annotation);
      if (!loop || !isa<LLVM::BrOp, LLVM::CondBrOp>(op))
        return;
      op->removeDiscardableAttr(sattn::kLoopAnnotationAttrName);
      llvm::TypeSwitch<Operation *>(op).Case<LLVM::BrOp, LLVM::CondBrOp>(
          [&](auto branch) { branch.setLoopAnnotationAttr(loop); });
      ++numLoops;
    });
  }
};
} // namespace
