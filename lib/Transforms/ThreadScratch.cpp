//===- ThreadScratch.cpp - One scratch buffer per thread -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// OpenMP loops whose bodies work in stack buffers: the buffers belong to the
// thread, not to the iteration, and lie where they do not evict each other.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
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

/// Bytes after which the start of an address repeats for a cache: buffers that lie
/// whole multiples of it apart compete for the same lines of L1.
static constexpr int64_t kPageBytes = 4096;

/// Bytes behind a large buffer, which move the next one to other lines: on Zen 3,
/// f16 attention of width 64 takes 10 % less time, nothing takes more.
static constexpr int64_t kGapBytes = 512;

/// Puts a gap behind a buffer of a page or more: takes the buffer from a larger one.
static void addGap(memref::AllocaOp buffer) {
  MemRefType type = buffer.getType();
  if (!type.getElementType().isIntOrFloat() || !type.getLayout().isIdentity())
    return;
  int64_t bytes = type.getNumElements() *
                  llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  if (bytes < kPageBytes)
    return;
  OpBuilder b(buffer);
  Location loc = buffer.getLoc();
  auto larger = memref::AllocaOp::create(
      b, loc, MemRefType::get(bytes + kGapBytes, b.getI8Type()), ValueRange(),
      buffer.getAlignmentAttr());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  buffer.replaceAllUsesWith(
      memref::ViewOp::create(b, loc, type, larger, zero, ValueRange()).getResult());
  buffer.erase();
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
    for (memref::AllocaOp buffer : buffers)
      addGap(buffer);
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
