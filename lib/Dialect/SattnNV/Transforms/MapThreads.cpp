//===- MapThreads.cpp - Independent iterations to threads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks of threads that take one iteration each: of loops over queries, and of the
// parallel axes of every linalg op around them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVMAPTHREADSPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

/// Warps of a block: few, so that few iterations reach many processors.
static constexpr int64_t kWarps = 2;

namespace {
/// Builds one loop over blocks of threads.
class ThreadLoop {
public:
  ThreadLoop(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> extents)
      : builder(builder), loc(loc),
        extents(getValueOrCreateConstantIndexOp(builder, loc, extents)),
        config(ConfigAttr::get(builder.getContext(), kWarps, /*stages=*/1, /*producers=*/0)) {}

  /// Builds the loop; the builder is then where the body of iteration `getIndices()`
  /// belongs.
  void build();
  ArrayRef<Value> getIndices() const { return indices; }

private:
  Value buildNumBlocks();
  Value constant(int64_t value) {
    return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(value));
  }
  Value toI64(Value index) {
    return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  }

  OpBuilder &builder;
  Location loc;
  SmallVector<Value> extents;
  ConfigAttr config;
  SmallVector<Value> indices;
};
} // namespace

Value ThreadLoop::buildNumBlocks() {
  Value total = arith::ConstantIndexOp::create(builder, loc, 1);
  for (Value extent : extents)
    total = arith::MulIOp::create(builder, loc, total, extent);
  Value threads = arith::ConstantIndexOp::create(builder, loc, config.getNumThreads());
  return arith::CeilDivUIOp::create(builder, loc, total, threads);
}

/// Numbers of iterations are i64: `index` has 32 bits in kernels.
void ThreadLoop::build() {
  auto loop = scf::ForallOp::create(builder, loc, ArrayRef<OpFoldResult>{buildNumBlocks()},
                                    ValueRange(), std::nullopt);
  loop->setAttr(SattnNVDialect::kConfig, config);
  auto block = gpu::GPUBlockMappingAttr::get(builder.getContext(), gpu::MappingId::LinearDim0);
  loop.setMappingAttr(builder.getArrayAttr({block}));
  builder.setInsertionPointToStart(loop.getBody());
  Value first = arith::MulIOp::create(builder, loc, toI64(loop.getInductionVar(0)),
                                      constant(config.getNumThreads()));
  Value thread = toI64(gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x));
  Value rest = arith::AddIOp::create(builder, loc, first, thread);
  Value total = constant(1);
  for (Value extent : extents)
    total = arith::MulIOp::create(builder, loc, total, toI64(extent));
  Value exists =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, rest, total);
  auto guard = scf::IfOp::create(builder, loc, exists, /*withElseRegion=*/false);
  builder.setInsertionPoint(guard.thenYield());
  indices.resize(extents.size());
  for (size_t dim = extents.size(); dim-- > 0;) {
    Value extent = toI64(extents[dim]);
    Value index = dim == 0 ? rest : arith::RemUIOp::create(builder, loc, rest, extent).getResult();
    if (dim != 0)
      rest = arith::DivUIOp::create(builder, loc, rest, extent);
    indices[dim] = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), index);
  }
}

/// True for loops that `convert-sattn-to-threads` mapped.
static bool isMappedToThreads(scf::ForallOp loop) {
  std::optional<ArrayAttr> mapping = loop.getMapping();
  return mapping && !mapping->empty() &&
         llvm::all_of(*mapping, llvm::IsaPred<gpu::GPUThreadMappingAttr>);
}

static void mapLoop(RewriterBase &rewriter, scf::ForallOp loop) {
  rewriter.setInsertionPoint(loop);
  ThreadLoop threads(rewriter, loop.getLoc(), loop.getMixedUpperBound());
  threads.build();
  rewriter.eraseOp(loop.getTerminator());
  rewriter.inlineBlockBefore(loop.getBody(), &*rewriter.getInsertionPoint(), threads.getIndices());
  rewriter.eraseOp(loop);
}

/// One iteration of the parallel axes per thread; reductions are loops in it.
static LogicalResult mapOp(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto tileable = cast<TilingInterface>(op.getOperation());
  rewriter.setInsertionPoint(op);
  SmallVector<Range> domain = tileable.getIterationDomain(rewriter);
  SmallVector<OpFoldResult> extents, offsets, sizes;
  for (auto [range, iterator] : llvm::zip_equal(domain, op.getIteratorTypesArray())) {
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
    if (linalg::isParallelIterator(iterator))
      extents.push_back(range.size);
  }
  ThreadLoop threads(rewriter, op.getLoc(), extents);
  threads.build();
  ArrayRef<Value> indices = threads.getIndices();
  for (auto [dim, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (linalg::isParallelIterator(iterator)) {
      offsets[dim] = indices.front();
      sizes[dim] = rewriter.getIndexAttr(1);
      indices = indices.drop_front();
    }
  if (failed(tileable.getTiledImplementation(rewriter, offsets, sizes)))
    return op.emitError("expected an op that can be cut into elements");
  rewriter.eraseOp(op);
  return success();
}

/// Scratch buffers of a thread are on its stack, once per kernel: a loop must not hand
/// a new one to its next iteration.
static LogicalResult placeScratch(RewriterBase &rewriter, scf::ForallOp loop) {
  WalkResult result = loop->walk([](scf::ForOp inner) {
    if (llvm::none_of(inner.getResultTypes(), llvm::IsaPred<BaseMemRefType>))
      return WalkResult::advance();
    inner.emitError("expected a loop in a kernel that updates its buffers in place");
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  SmallVector<memref::AllocOp> allocs;
  loop->walk([&](memref::AllocOp op) { allocs.push_back(op); });
  for (memref::AllocOp op : allocs) {
    if (!op.getType().hasStaticShape())
      return op.emitError("expected a scratch buffer of static size in a kernel, got ")
             << op.getType();
    rewriter.setInsertionPointToStart(loop.getBody());
    rewriter.replaceOpWithNewOp<memref::AllocaOp>(op, op.getType());
  }
  return success();
}

namespace {
struct MapThreadsPass : sattn_nv::impl::SattnNVMapThreadsPassBase<MapThreadsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<scf::ForallOp> loops;
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto loop = dyn_cast<scf::ForallOp>(op)) {
        if (isMappedToThreads(loop))
          loops.push_back(loop);
        return loop->hasAttr(SattnNVDialect::kConfig) ? WalkResult::skip() : WalkResult::advance();
      }
      if (auto copy = dyn_cast<memref::CopyOp>(op))
        copies.push_back(copy);
      return WalkResult::advance();
    });
    // Copies are loops like others, on the host side as well as in a thread.
    for (memref::CopyOp copy : copies) {
      rewriter.setInsertionPoint(copy);
      linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
      rewriter.eraseOp(copy);
    }
    for (scf::ForallOp loop : loops)
      mapLoop(rewriter, loop);
    if (failed(mapOps(rewriter)))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](scf::ForallOp loop) {
      bool isKernel = loop->hasAttr(SattnNVDialect::kConfig);
      return isKernel && failed(placeScratch(rewriter, loop)) ? WalkResult::interrupt()
                                                              : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  /// Linalg ops outside of kernels.
  LogicalResult mapOps(RewriterBase &rewriter) {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<scf::ForallOp>(op) && op->hasAttr(SattnNVDialect::kConfig))
        return WalkResult::skip();
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
        ops.push_back(linalgOp);
      return WalkResult::advance();
    });
    for (linalg::LinalgOp op : ops)
      if (failed(mapOp(rewriter, op)))
        return failure();
    return success();
  }
};
} // namespace
