//===- ThreadScratch.cpp - One scratch buffer per thread -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// OpenMP loops whose bodies work in stack buffers: the buffers belong to the
// thread, not to the iteration.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNTHREADSCRATCHPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

/// Puts the ops of a scope in front of it and erases it.
static void inlineScope(memref::AllocaScopeOp scope) {
  IRRewriter rewriter(scope.getContext());
  Block *body = &scope.getBodyRegion().front();
  Operation *end = body->getTerminator();
  SmallVector<Value> results(end->getOperands());
  rewriter.eraseOp(end);
  rewriter.inlineBlockBefore(body, scope);
  rewriter.replaceOp(scope, results);
}

namespace {
struct ThreadScratchPass
    : sattn::impl::SattnThreadScratchPassBase<ThreadScratchPass> {
  void runOnOperation() override {
    SmallVector<omp::ParallelOp> regions;
    getOperation()->walk(
        [&](omp::ParallelOp region) { regions.push_back(region); });
    for (omp::ParallelOp region : regions)
      hoistScratch(region);
  }

  void hoistScratch(omp::ParallelOp region) {
    SmallVector<memref::AllocaScopeOp> scopes;
    SmallVector<memref::AllocaOp> buffers;
    region.walk([&](Operation *op) {
      if (auto scope = dyn_cast<memref::AllocaScopeOp>(op))
        scopes.push_back(scope);
      else if (auto buffer = dyn_cast<memref::AllocaOp>(op);
               buffer && buffer.getType().hasStaticShape())
        buffers.push_back(buffer);
    });
    Block &entry = region.getRegion().front();
    for (memref::AllocaOp buffer : llvm::reverse(buffers)) {
      buffer->moveBefore(&entry, entry.begin());
      ++numBuffers;
    }
    // A scope that still allocates bounds the stack of one iteration: it stays.
    for (memref::AllocaScopeOp scope : scopes)
      if (!scope.walk([](memref::AllocaOp) { return WalkResult::interrupt(); })
               .wasInterrupted())
        inlineScope(scope);
    region.walk([&](omp::WsloopOp loop) {
      if (!loop.getScheduleKind())
        loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
    });
  }
};
} // namespace
