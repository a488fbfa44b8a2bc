//===- LinearizeAttention.cpp - Q (K^T V) for linear links -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two steps: for each summed level a tensor of sums of K^T V, one for each
// block or, causal, one for each chunk with the keys of its block before it;
// then a loop over chunks of queries, which start from Q times their sums.
//
//===----------------------------------------------------------------------===//

#include "AttentionResults.h"
#include "AttentionTile.h"
#include "LinearSums.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNLINEARIZEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
class LinearNest {
public:
  LinearNest(OpBuilder &builder, AttentionOp op, const LinearForm &form)
      : problem(builder, op, form), tile(op, form.chunk),
        results(op, problem.maps, /*split=*/1), loc(problem.loc) {}

  SmallVector<Value> build(OpBuilder &builder);

private:
  void buildChunk(OpBuilder &builder, ArrayRef<LevelSums> levels,
                  ValueRange indices, ValueRange destinations);
  Value hasKeys(OpBuilder &builder, const LevelSums &sums, OpFoldResult index);
  SmallVector<Value> multiply(OpBuilder &builder, const LevelSums &sums,
                              ArrayRef<OpFoldResult> batch, OpFoldResult index,
                              ValueRange state);
  SmallVector<Value> applySums(OpBuilder &builder, const LevelSums &sums,
                               ArrayRef<OpFoldResult> batch, OpFoldResult index,
                               ValueRange state);
  SmallVector<Value> scoreChunk(OpBuilder &builder, OpFoldResult first,
                                ValueRange state);
  SmallVector<Value> buildPairs(OpBuilder &builder, const Segment &segment,
                                double factor, OpFoldResult first,
                                ValueRange state);

  LinearProblem problem;
  AttentionTile tile;
  AttentionResults results;
  Location loc;
};
} // namespace

/// Whether the sums that the chunk of queries with this index reads have keys.
Value LinearNest::hasKeys(OpBuilder &builder, const LevelSums &sums,
                          OpFoldResult index) {
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  AffineExpr row = d0 * problem.form.chunk;
  OpFoldResult keys = problem.extents[problem.maps.getN()];
  OpFoldResult first = builder.getIndexAttr(0), end = keys;
  if (sums.block) {
    AffineExpr block = row.floorDiv(*sums.block);
    first = problem.apply(builder, block * *sums.block, {index});
    end = problem.getMin(builder, (block + 1) * *sums.block, d1, {index, keys});
  }
  if (problem.form.isCausal)
    end = problem.getMin(builder, row, d1, {index, keys});
  return arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt,
      getValueOrCreateConstantIndexOp(builder, loc, first),
      getValueOrCreateConstantIndexOp(builder, loc, end));
}

/// state + Q times the sums of a level that the chunk of queries reads.
SmallVector<Value> LinearNest::multiply(OpBuilder &builder,
                                        const LevelSums &sums,
                                        ArrayRef<OpFoldResult> batch,
                                        OpFoldResult index, ValueRange state) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  int64_t columns = sums.columns.end - sums.columns.first;
  auto slice = [&](Value tensor, ArrayRef<OpFoldResult> offsets,
                   ArrayRef<int64_t> shape) -> Value {
    SmallVector<OpFoldResult> strides(offsets.size(), one);
    SmallVector<OpFoldResult> sizes(offsets.size() - shape.size(), one);
    llvm::append_range(sizes,
                       getAsIndexOpFoldResult(builder.getContext(), shape));
    return tensor::ExtractSliceOp::create(
        builder, loc, RankedTensorType::get(shape, problem.type), tensor,
        offsets, sizes, strides);
  };
  OpFoldResult slot = index;
  if (!problem.form.isCausal) {
    AffineExpr row = builder.getAffineDimExpr(0) * problem.form.chunk;
    slot = sums.block
               ? problem.apply(builder, row.floorDiv(*sums.block), {index})
               : zero;
  }
  SmallVector<OpFoldResult> offsets;
  for (unsigned dim : problem.batchDims)
    offsets.push_back(batch[dim]);
  offsets.append({slot, zero});
  Value query =
      slice(tile.getQuery(), {zero, builder.getIndexAttr(sums.columns.first)},
            {problem.form.chunk, columns});
  SmallVector<Value> next(state);
  if (sums.keys) {
    Value keySum = slice(sums.keys, offsets, {columns});
    // Dimensions: m, r.
    next.back() = buildProduct(
        builder, loc, 2, {{query, {0, 1}}, {keySum, {1}}}, {state.back(), {0}});
  }
  offsets.push_back(zero);
  Value products =
      slice(sums.products, offsets, {columns, problem.getValueDepth()});
  // Dimensions: m, r, e.
  next.front() =
      buildProduct(builder, loc, 3, {{query, {0, 1}}, {products, {1, 2}}},
                   {state.front(), {0, 2}});
  return next;
}

/// The same, but sums without keys are left out: they are 0 whatever a query
/// is.
SmallVector<Value> LinearNest::applySums(OpBuilder &builder,
                                         const LevelSums &sums,
                                         ArrayRef<OpFoldResult> batch,
                                         OpFoldResult index, ValueRange state) {
  return scf::IfOp::create(
             builder, loc, hasKeys(builder, sums, index),
             [&](OpBuilder &b, Location) {
               scf::YieldOp::create(b, loc,
                                    multiply(b, sums, batch, index, state));
             },
             [&](OpBuilder &b, Location) {
               scf::YieldOp::create(b, loc, state);
             })
      .getResults();
}

/// One step on the keys of rows [first, first + chunk), as far as there are
/// any; their scores times `factor`.
SmallVector<Value> LinearNest::buildPairs(OpBuilder &builder,
                                          const Segment &segment, double factor,
                                          OpFoldResult first,
                                          ValueRange state) {
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  StepDepth depth = tile.getDepth(builder, loc, segment);
  if (factor != 1.0) {
    Value constant = arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(problem.type, factor));
    depth.weight = arith::MulFOp::create(builder, loc, depth.weight, constant);
  }
  if (problem.hasWholeChunks)
    return tile.buildStep(builder, loc, segment, depth, first,
                          builder.getIndexAttr(problem.form.chunk), state);
  OpFoldResult keys = problem.extents[problem.maps.getN()];
  OpFoldResult end =
      problem.getMin(builder, d0 + problem.form.chunk, d1, {first, keys});
  AffineExpr chunk = builder.getAffineConstantExpr(problem.form.chunk);
  // At most one iteration, none behind the last key.
  auto body = [&](OpBuilder &b, Location, Value row, ValueRange carried) {
    OpFoldResult size = problem.getMin(b, d1 - d0, chunk, {row, end});
    scf::YieldOp::create(
        b, loc, tile.buildStep(b, loc, segment, depth, row, size, carried));
  };
  return scf::ForOp::create(
             builder, loc, getValueOrCreateConstantIndexOp(builder, loc, first),
             getValueOrCreateConstantIndexOp(builder, loc, end),
             arith::ConstantIndexOp::create(builder, loc, problem.form.chunk),
             state, body)
      .getResults();
}

/// The pairs inside a chunk. Not causal, their part in the sums is taken out.
SmallVector<Value> LinearNest::scoreChunk(OpBuilder &builder,
                                          OpFoldResult first,
                                          ValueRange state) {
  PositionStructureAttrInterface structure = problem.op.getStructureAttr();
  Segment pairs;
  pairs.known = problem.form.numShared;
  pairs.mixed = structure && problem.form.numShared < structure.getNumLevels();
  pairs.masked = problem.form.isCausal;
  SmallVector<Value> result = buildPairs(builder, pairs, 1.0, first, state);
  if (problem.form.isCausal)
    return result;
  Segment summed;
  summed.known = problem.form.numSummed;
  return buildPairs(builder, summed, -1.0, first, result);
}

void LinearNest::buildChunk(OpBuilder &builder, ArrayRef<LevelSums> levels,
                            ValueRange indices, ValueRange destinations) {
  auto terminator =
      cast<scf::InParallelOp>(builder.getInsertionBlock()->getTerminator());
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  SmallVector<OpFoldResult> batch = getAsOpFoldResult(indices.drop_back());
  OpFoldResult index = indices.back(), zero = builder.getIndexAttr(0);
  OpFoldResult first = problem.apply(builder, d0 * problem.form.chunk, {index});
  IterationTile box;
  box.offsets = batch;
  box.offsets.push_back(first);
  box.offsets.append(3, zero);
  box.sizes.assign(batch.size(), builder.getIndexAttr(1));
  AffineExpr chunk = builder.getAffineConstantExpr(problem.form.chunk);
  box.sizes.push_back(
      problem.hasWholeChunks
          ? OpFoldResult(builder.getIndexAttr(problem.form.chunk))
          : problem.getMin(builder, chunk, d1 - d0,
                           {first, problem.extents[problem.maps.getM()]}));
  llvm::append_range(box.sizes, ArrayRef(problem.extents).take_back(3));
  tile.begin(builder, loc, box, zero, zero);
  SmallVector<Value> state = tile.buildInitialState(builder, loc);
  for (const LevelSums &sums : levels)
    state = applySums(builder, sums, batch, index, state);
  if (problem.form.scoresChunk)
    state = scoreChunk(builder, first, state);
  results.buildTile(builder, box, state, destinations, terminator);
}

SmallVector<Value> LinearNest::build(OpBuilder &builder) {
  SmallVector<LevelSums> levels;
  for (unsigned level = 0; level < problem.form.numSummed; ++level)
    levels.push_back(buildLevelSums(builder, problem, level));
  SmallVector<OpFoldResult> bounds(
      ArrayRef(problem.extents).take_front(problem.maps.getNumBatch()));
  bounds.push_back(problem.apply(
      builder, builder.getAffineDimExpr(0).ceilDiv(problem.form.chunk),
      {problem.extents[problem.maps.getM()]}));
  auto forall = scf::ForallOp::create(
      builder, loc, bounds, results.buildDestinations(builder, problem.extents),
      std::nullopt);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(forall.getTerminator());
  buildChunk(builder, levels, forall.getInductionVars(),
             forall.getRegionIterArgs());
  return results.buildResults(builder, forall.getResults());
}

SmallVector<Value> mlir::sattn::buildLinearAttention(RewriterBase &rewriter,
                                                     AttentionOp op,
                                                     const LinearForm &form) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  return LinearNest(rewriter, op, form).build(rewriter);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct LinearizeAttentionPass
    : sattn::impl::SattnLinearizeAttentionPassBase<LinearizeAttentionPass> {
  using SattnLinearizeAttentionPassBase::SattnLinearizeAttentionPassBase;

  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) {
      if (op.getLink() == Link::Identity || op.getLink() == Link::Linear)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      std::optional<Decision> decision =
          decideLinearForm(op, assumeExtent, chunk);
      if (report)
        op.emitRemark("[sattn-linearize-attention] ") << decision->text;
      std::string obstacle;
      std::optional<LinearForm> form = getLinearForm(op, obstacle, chunk);
      if (!form || !(decision->changes || force))
        continue;
      rewriter.replaceOp(op, buildLinearAttention(rewriter, op, *form));
      ++numLinearized;
    }
  }
};
} // namespace
