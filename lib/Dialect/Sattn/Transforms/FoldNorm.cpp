//===- FoldNorm.cpp - Fold a norm of the keys into the score -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <x, norm(z)> = (<gain x, z> - mean(z) <gain, x>) / sigma(z) + <bias, x>: a
// norm of the keys is a function of the score of the raw keys and of four
// numbers per row. The keys are then free for `sattn-reassociate`.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNFOLDNORMPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// What the score region needs of the rows, as score operands.
struct RowStatistics {
  /// Of the keys; `mean` is null for an RMS norm.
  Value mean, sigma;
  /// Of the queries, times the scale of the scores; null where not needed.
  Value gainSum, biasSum;
};

class NormFolder {
public:
  NormFolder(RewriterBase &rewriter, AttentionOp op, NormOp norm)
      : rewriter(rewriter), op(op), norm(norm), loc(norm.getLoc()), maps(op),
        accumulator(cast<AttentionLikeOpInterface>(op.getOperation())
                        .getAccumulatorType()) {}
  void fold();

private:
  /// The query times the gain.
  Value buildQuery();
  /// scale * sum_r query[..., r] vector[r]; `vector` may be null for ones.
  Value buildQuerySum(Value vector);
  RowStatistics buildStatistics();
  /// Puts the function of the score in front of the region.
  void rewriteRegion(const RowStatistics &rows);
  Labels getLabels(AffineMap map);

  RewriterBase &rewriter;
  AttentionOp op;
  NormOp norm;
  Location loc;
  AttentionMaps maps;
  FloatType accumulator;
};
} // namespace

Labels NormFolder::getLabels(AffineMap map) {
  Labels labels;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    labels.push_back(map.getDimPosition(axis));
  return labels;
}

Value NormFolder::buildQuery() {
  if (!norm.getGain())
    return op.getQuery();
  Value query = op.getQuery();
  Labels labels = getLabels(maps.getQuery());
  Value empty =
      createEmpty(rewriter, loc, tensor::getMixedSizes(rewriter, loc, query),
                  getElementTypeOrSelf(query));
  Value product =
      createGeneric(
          rewriter, loc, {{query, labels}, {norm.getGain(), {maps.getR()}}},
          {{empty, labels}}, accumulator,
          [](OpBuilder &b, Location bodyLoc, ValueRange in, ValueRange) {
            Value product = arith::MulFOp::create(b, bodyLoc, in[0], in[1]);
            return SmallVector<Value>{product};
          })
          .front();
  return convertTensor(rewriter, loc, product,
                       cast<RankedTensorType>(query.getType()));
}

Value NormFolder::buildQuerySum(Value vector) {
  Value query = op.getQuery();
  Labels labels = getLabels(maps.getQuery());
  SmallVector<LabelledTensor> inputs{{query, labels}};
  if (vector)
    inputs.push_back({vector, {maps.getR()}});
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(rewriter, loc, query);
  unsigned axis = *getAxisOfDim(maps.getQuery(), maps.getR());
  shape.erase(shape.begin() + axis);
  Labels rows = labels;
  rows.erase(rows.begin() + axis);
  Value zero = createFilled(rewriter, loc, shape, accumulator, 0.0);
  double scale = op.getScale().convertToDouble();
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange in,
                  ValueRange out) {
    Value factor = arith::ConstantOp::create(
        b, bodyLoc, b.getFloatAttr(accumulator, scale));
    Value term = arith::MulFOp::create(b, bodyLoc, in[0], factor);
    if (vector)
      term = arith::MulFOp::create(b, bodyLoc, term, in[1]);
    Value sum = arith::AddFOp::create(b, bodyLoc, out[0], term);
    return SmallVector<Value>{sum};
  };
  return createGeneric(rewriter, loc, inputs, {{zero, rows}}, accumulator, body)
      .front();
}

RowStatistics NormFolder::buildStatistics() {
  RowStatistics rows;
  std::tie(rows.mean, rows.sigma) = norm.buildStatistics(rewriter);
  // An f64 gain makes f64 statistics.
  for (Value *value : {&rows.mean, &rows.sigma})
    if (*value)
      *value = convertTensor(
          rewriter, loc, *value,
          cast<RankedTensorType>(value->getType()).clone(accumulator));
  if (rows.mean)
    rows.gainSum = buildQuerySum(norm.getGain());
  if (norm.getBias())
    rows.biasSum = buildQuerySum(norm.getBias());
  return rows;
}

void NormFolder::rewriteRegion(const RowStatistics &rows) {
  Block &block = op.getScore().front();
  Value score = block.getArgument(0);
  auto add = [&](Value operand) -> Value {
    return operand ? block.addArgument(accumulator, loc) : Value();
  };
  Value mean = add(rows.mean), sigma = add(rows.sigma),
        gainSum = add(rows.gainSum), biasSum = add(rows.biasSum);
  rewriter.setInsertionPointToStart(&block);
  Value result = score;
  SmallPtrSet<Operation *, 4> own;
  auto remember = [&](Value value) {
    own.insert(value.getDefiningOp());
    return value;
  };
  if (mean) {
    Value correction =
        remember(arith::MulFOp::create(rewriter, loc, mean, gainSum));
    result = remember(arith::SubFOp::create(rewriter, loc, result, correction));
  }
  result = remember(arith::DivFOp::create(rewriter, loc, result, sigma));
  if (biasSum)
    result = remember(arith::AddFOp::create(rewriter, loc, result, biasSum));
  rewriter.replaceUsesWithIf(score, result, [&](OpOperand &use) {
    return !own.contains(use.getOwner());
  });
}

void NormFolder::fold() {
  rewriter.setInsertionPoint(op);
  RowStatistics rows = buildStatistics();
  Value query = buildQuery();
  unsigned r = maps.getR();
  AffineMap keyRows = maps.getKey().dropResult(*getAxisOfDim(maps.getKey(), r));
  AffineMap queryRows =
      maps.getQuery().dropResult(*getAxisOfDim(maps.getQuery(), r));
  rewriter.modifyOpInPlace(op, [&] {
    op.getQueryMutable().assign(query);
    op.getKeysMutable().assign(norm.getInput());
    SmallVector<Attribute> all(op.getIndexingMaps().getValue());
    Attribute output = all.pop_back_val();
    for (auto [operand, map] :
         {std::pair(rows.mean, keyRows), std::pair(rows.sigma, keyRows),
          std::pair(rows.gainSum, queryRows),
          std::pair(rows.biasSum, queryRows)}) {
      if (!operand)
        continue;
      op.getScoreOperandsMutable().append(operand);
      all.push_back(AffineMapAttr::get(map));
    }
    all.push_back(output);
    op.setIndexingMapsAttr(rewriter.getArrayAttr(all));
    rewriteRegion(rows);
  });
  if (norm->use_empty())
    rewriter.eraseOp(norm);
}

/// The reason why the norm of the keys of `op` stays, null if it can be folded.
static const char *getObstacle(AttentionOp op, NormOp norm) {
  if (op.getKeys().size() != 1 || op.getStructure())
    return "scores of a prefix of the columns are not a function of the whole "
           "score";
  if (norm.getSegments() && norm.getSegments()->size() > 1)
    return "several segments have statistics of their own";
  AttentionMaps maps(op);
  AffineMap key = maps.getKey();
  if (key.getDimPosition(key.getNumResults() - 1) != maps.getR())
    return "the norm is not over the depth";
  if (getElementTypeOrSelf(op.getQuery()).getIntOrFloatBitWidth() < 32)
    return "the product of query and gain would be rounded once more";
  return nullptr;
}

/// A pair pays a product, a difference and a quotient, about this many FLOPs.
static constexpr double kPairFlops = 10.0;
/// A kept norm writes each of its elements, and the attention reads it again: with
/// 4 bytes and 8 FLOPs for the time of a byte. The statistics are needed anyway.
static constexpr double kElementFlops = 64.0;

std::optional<Decision> mlir::sattn::decideNormFold(AttentionOp op,
                                                    int64_t assumedExtent) {
  auto norm = op.getKeys().front().getDefiningOp<NormOp>();
  if (!norm)
    return std::nullopt;
  if (const char *obstacle = getObstacle(op, norm))
    return Decision{"the norm of the keys stays: " + std::string(obstacle), false};
  std::optional<AttentionExtents> extents =
      getAttentionExtents(op, [&](Value, unsigned) -> std::optional<int64_t> {
        return assumedExtent;
      });
  if (!extents)
    return Decision{"the norm of the keys stays: its extents are not known", false};
  AttentionMaps maps(op);
  double pairs = computeCost(op, *extents).counts.pairs, elements = 1;
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim)
    pairs *= extents->dims[dim];
  for (unsigned axis = 0; axis < maps.getKey().getNumResults(); ++axis)
    elements *= extents->dims[maps.getKey().getDimPosition(axis)];
  double folded = kPairFlops * pairs, kept = kElementFlops * elements;
  Decision decision{"", folded < kept};
  llvm::raw_string_ostream(decision.text)
      << "norm of the keys in the score: " << int64_t(folded)
      << " FLOPs on pairs; on the keys: the time of " << int64_t(kept)
      << " FLOPs; " << (decision.changes ? "it is folded" : "it stays");
  return decision;
}

namespace {
struct FoldNormPass : sattn::impl::SattnFoldNormPassBase<FoldNormPass> {
  using SattnFoldNormPassBase::SattnFoldNormPassBase;

  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      auto norm = op.getKeys().front().getDefiningOp<NormOp>();
      if (!norm)
        continue;
      if (const char *obstacle = getObstacle(op, norm)) {
        op.emitRemark("[sattn-fold-norm] the norm of the keys stays: ")
            << obstacle;
        continue;
      }
      if (whenCheaper && !decideNormFold(op, assumeExtent)->changes)
        continue;
      NormFolder(rewriter, op, norm).fold();
      ++numFolded;
    }
  }
};
} // namespace
