//===- SattnToThreads.cpp - Level nests of single queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of one query is the work of a thread. Its tile ops become what they mean,
// so nothing here knows a formula; all that is done is to keep the state in place.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSATTNTOTHREADSPASS
#include "sattn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// True for loops whose iterations are one query each.
static bool isThreadLoop(scf::ForallOp loop) {
  WalkResult result = loop->walk([](OnlineAttentionOp op) {
    int64_t rows = cast<RankedTensorType>(op.getAcc().getType()).getDimSize(0);
    return rows == 1 ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// Takes tiles of which the number of keys is not a constant key by key: scratch
/// buffers of a thread have a static size.
static LogicalResult cutKeys(RewriterBase &rewriter, OnlineAttentionOp op) {
  if (!cast<RankedTensorType>(op.getValue().getType()).isDynamicDim(0))
    return success();
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes({rewriter.getIndexAttr(0), rewriter.getIndexAttr(1)});
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled))
    return op.emitError("expected a tile that can be cut into keys");
  rewriter.replaceOp(op, tiled->replacements);
  return success();
}

/// Replaces `op` by its reference lowering.
static LogicalResult decompose(RewriterBase &rewriter, linalg::AggregatedOpInterface op) {
  rewriter.setInsertionPoint(op);
  FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
  if (failed(values))
    return op->emitError("expected an op with a reference lowering, got '") << op->getName() << "'";
  rewriter.replaceOp(op, *values);
  return success();
}

/// The input that `op` may write its result over: a value that a loop carries, which
/// nothing else reads and which has the result's form. Null if there is none.
static OpOperand *findCarriedInput(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumParallelLoops() != op.getNumLoops() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return nullptr;
  OpOperand *init = op.getDpsInitOperand(0);
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto argument = dyn_cast<BlockArgument>(input->get());
    if (argument && isa<scf::ForOp>(argument.getOwner()->getParentOp()) && argument.hasOneUse() &&
        argument.getType() == init->get().getType() &&
        op.getMatchingIndexingMap(input) == op.getMatchingIndexingMap(init))
      return input;
  }
  return nullptr;
}

/// Makes an elementwise function of a carried value its new content.
static void updateInPlace(RewriterBase &rewriter, linalg::GenericOp op) {
  OpOperand *carried = findCarriedInput(op);
  if (!carried)
    return;
  unsigned position = carried->getOperandNumber();
  SmallVector<Value> inputs = op.getDpsInputs();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  inputs.erase(inputs.begin() + position);
  maps.erase(maps.begin() + position);
  rewriter.setInsertionPoint(op);
  auto update = linalg::GenericOp::create(rewriter, op.getLoc(), op.getResultTypes(), inputs,
                                          carried->get(), maps, op.getIteratorTypesArray());
  Block *body = op.getBody();
  rewriter.replaceAllUsesWith(body->getArgument(position),
                              body->getArgument(body->getNumArguments() - 1));
  body->eraseArgument(position);
  rewriter.inlineRegionBefore(op.getRegion(), update.getRegion(), update.getRegion().end());
  rewriter.replaceOp(op, update);
}

/// Where a step reads a carried value after it has written the next one, it reads a
/// copy that is taken first: so the next one takes its place, in every iteration.
static void copyCarriedInputs(RewriterBase &rewriter, scf::ForOp loop) {
  rewriter.setInsertionPointToStart(loop.getBody());
  for (BlockArgument carried : loop.getRegionIterArgs()) {
    auto isOverwritten = [](OpOperand &use) {
      auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
      return op && op.isDpsInit(&use);
    };
    if (!isa<RankedTensorType>(carried.getType()) || carried.hasOneUse() ||
        llvm::none_of(carried.getUses(), isOverwritten))
      continue;
    auto copy = bufferization::AllocTensorOp::create(
        rewriter, loop.getLoc(), cast<RankedTensorType>(carried.getType()), ValueRange(), carried);
    rewriter.replaceUsesWithIf(carried, copy.getResult(), [&](OpOperand &use) {
      return use.getOwner() != copy && isa<linalg::LinalgOp>(use.getOwner()) &&
             !isOverwritten(use);
    });
  }
}

/// Drops the slices of whole states that tiling leaves behind.
static void foldWholeSlices(scf::ForallOp loop) {
  RewritePatternSet patterns(loop.getContext());
  tensor::ExtractSliceOp::getCanonicalizationPatterns(patterns, loop.getContext());
  tensor::InsertSliceOp::getCanonicalizationPatterns(patterns, loop.getContext());
  (void)applyPatternsGreedily(loop, std::move(patterns));
}

static LogicalResult lowerLoop(RewriterBase &rewriter, scf::ForallOp loop) {
  auto collect = [&](auto ops) {
    loop->walk([&](typename decltype(ops)::value_type op) { ops.push_back(op); });
    return ops;
  };
  for (OnlineAttentionOp op : collect(SmallVector<OnlineAttentionOp>()))
    if (failed(cutKeys(rewriter, op)))
      return failure();
  foldWholeSlices(loop);
  SmallVector<linalg::AggregatedOpInterface> ops;
  loop->walk([&](linalg::AggregatedOpInterface op) { ops.push_back(op); });
  for (linalg::AggregatedOpInterface op : ops)
    if (failed(decompose(rewriter, op)))
      return failure();
  for (linalg::GenericOp op : collect(SmallVector<linalg::GenericOp>()))
    updateInPlace(rewriter, op);
  for (scf::ForOp inner : collect(SmallVector<scf::ForOp>()))
    copyCarriedInputs(rewriter, inner);
  // Loops that are mapped keep dimensions of one iteration.
  SmallVector<Attribute> mapping;
  for (int64_t dim = loop.getRank(); dim > 0; --dim) {
    auto id = gpu::MappingId(int64_t(gpu::MappingId::LinearDim0) + dim - 1);
    mapping.push_back(gpu::GPUThreadMappingAttr::get(loop.getContext(), id));
  }
  loop.setMappingAttr(rewriter.getArrayAttr(mapping));
  return success();
}

namespace {
struct ConvertSattnToThreadsPass
    : sattn::impl::ConvertSattnToThreadsPassBase<ConvertSattnToThreadsPass> {
  void runOnOperation() override {
    SmallVector<scf::ForallOp> loops;
    getOperation()->walk([&](scf::ForallOp loop) {
      if (isThreadLoop(loop))
        loops.push_back(loop);
    });
    IRRewriter rewriter(&getContext());
    for (scf::ForallOp loop : loops)
      if (failed(lowerLoop(rewriter, loop)))
        return signalPassFailure();
  }
};
} // namespace
