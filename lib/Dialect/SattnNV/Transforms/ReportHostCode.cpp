//===- ReportHostCode.cpp - Which ops have no kernel -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVREPORTHOSTCODEPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

/// True for what computes and is worth a word.
static bool isReported(Operation *op) {
  if (isa<linalg::FillOp, linalg::CopyOp>(op))
    return false;
  bool isTopLevel = !op->getParentOfType<linalg::LinalgOp>();
  return (isa<linalg::LinalgOp>(op) || isa<sattn::SattnDialect>(op->getDialect())) &&
         isTopLevel && !op->hasTrait<OpTrait::IsTerminator>();
}

namespace {
struct ReportHostCodePass : sattn_nv::impl::SattnNVReportHostCodePassBase<ReportHostCodePass> {
  void runOnOperation() override {
    llvm::MapVector<OperationName, unsigned> counts;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op->hasAttr(SattnNVDialect::kConfig))
        return WalkResult::skip();
      if (isReported(op))
        ++counts[op->getName()];
      return WalkResult::advance();
    });
    if (counts.empty())
      return;
    InFlightDiagnostic remark = getOperation().emitRemark("@")
                                << getOperation().getName() << " runs on the host, without a kernel: ";
    llvm::interleaveComma(counts, remark, [&](const auto &count) {
      remark << count.second << " x " << count.first.getStringRef();
    });
  }
};
} // namespace
