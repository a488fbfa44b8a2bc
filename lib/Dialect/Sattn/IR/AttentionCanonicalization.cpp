//===- AttentionCanonicalization.cpp - Clauses that say nothing -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Canonicalizations of the attention-like ops: clauses that keep every pair,
// use every column or shift by 0 go away, so that passes and CSE see one form.
// Each pattern is written once for all ops that have the clause.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// What the patterns ask about an op
//===----------------------------------------------------------------------===//

static AttentionLikeOpInterface asLike(Operation *op) {
  return cast<AttentionLikeOpInterface>(op);
}

/// Numbers of queries and keys, as far as they are static.
static std::pair<int64_t, int64_t> getNumPositions(OnlineAttentionOp op) {
  return {cast<ShapedType>(op.getQuery().getType()).getDimSize(0),
          cast<ShapedType>(op.getValue().getType()).getDimSize(0)};
}

/// A tensor that has all keys, and its map.
static std::pair<Value, AffineMap> getAllKeys(AttentionOp op,
                                              const AttentionMaps &maps) {
  return {op.getValue(), maps.getValue()};
}
static std::pair<Value, AffineMap> getAllKeys(ScoreOp op,
                                              const AttentionMaps &maps) {
  return {op.getKeys().front(), maps.getKey()};
}

template <typename OpTy>
static std::pair<int64_t, int64_t> getNumPositions(OpTy op) {
  AttentionMaps maps(op);
  auto getExtent = [](Value tensor, AffineMap map, unsigned dim) {
    return cast<ShapedType>(tensor.getType())
        .getDimSize(*getAxisOfDim(map, dim));
  };
  auto [keys, keysMap] = getAllKeys(op, maps);
  return {getExtent(op.getQuery(), maps.getQuery(), maps.getM()),
          getExtent(keys, keysMap, maps.getN())};
}

/// C7: an absent query offset would be refused.
template <typename OpTy> static bool needsQueryOffset(OpTy op) {
  if (isa<OnlineAttentionOp>(op.getOperation()) ||
      !asLike(op).hasPositionClauses())
    return false;
  auto [queries, keys] = getNumPositions(op);
  return !ShapedType::isDynamic(queries) && !ShapedType::isDynamic(keys) &&
         queries != keys;
}

/// Removes entry `index` of the label lists.
static ArrayAttr dropMap(ArrayAttr maps, unsigned index) {
  SmallVector<Attribute> kept(maps.getValue());
  kept.erase(kept.begin() + index);
  return ArrayAttr::get(maps.getContext(), kept);
}

/// The label lists hold query, key, value if any, mask if any, score operands.
static void dropMaskMap(OnlineAttentionOp op) {}
static void dropMaskMap(AttentionOp op) {
  op.setIndexingMapsAttr(dropMap(op.getIndexingMaps(), 3));
}
static void dropMaskMap(ScoreOp op) {
  op.setIndexingMapsAttr(dropMap(op.getIndexingMaps(), 2));
}

static void dropScoreMap(OnlineAttentionOp op, unsigned index) {
  op.setScoreMapsAttr(dropMap(op.getScoreMaps(), index));
}
static void dropScoreMap(AttentionOp op, unsigned index) {
  op.setIndexingMapsAttr(
      dropMap(op.getIndexingMaps(), 3 + bool(op.getMask()) + index));
}
static void dropScoreMap(ScoreOp op, unsigned index) {
  op.setIndexingMapsAttr(
      dropMap(op.getIndexingMaps(), 2 + bool(op.getMask()) + index));
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
/// `window <*, *>` -> nothing.
template <typename OpTy> struct DropUnboundedWindow : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    WindowAttr window = op.getWindowAttr();
    if (!window || !window.isLeftUnbounded() || !window.isRightUnbounded())
      return rewriter.notifyMatchFailure(op,
                                         "expected a window without bounds");
    rewriter.modifyOpInPlace(op, [&] { op.removeWindowAttr(); });
    return success();
  }
};

/// A structure that uses every column once for every pair -> nothing.
template <typename OpTy> struct DropTrivialStructure : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    PositionStructureAttrInterface structure = op.getStructureAttr();
    if (!structure || op.getKeys().size() != 1)
      return rewriter.notifyMatchFailure(op,
                                         "expected a structure over one key");
    if (structure.isMean() && structure.getNumLevels() != 1)
      return rewriter.notifyMatchFailure(
          op, "expected no mean over several levels");
    for (unsigned level = 0; level < structure.getNumLevels(); ++level)
      if (!structure.isUnbounded(level) || structure.getScale(level) != 1.0)
        return rewriter.notifyMatchFailure(
            op, "expected unbounded levels of scale 1");
    rewriter.modifyOpInPlace(op, [&] { op.removeStructureAttr(); });
    return success();
  }
};

/// A constant mask that keeps every pair -> nothing.
template <typename OpTy> struct DropTrueMask : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    DenseElementsAttr mask;
    if (!op.getMask() || !matchPattern(op.getMask(), m_Constant(&mask)) ||
        !mask.isSplat() || !mask.getSplatValue<bool>())
      return rewriter.notifyMatchFailure(op,
                                         "expected a constant mask of ones");
    rewriter.modifyOpInPlace(op, [&] {
      dropMaskMap(op);
      op.getMaskMutable().clear();
    });
    return success();
  }
};

/// `query_offset(0)` and `key_offset(0)` -> nothing, where C7 permits it.
template <typename OpTy> struct DropZeroOffset : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto isZero = [](Value value) {
      return value && matchPattern(value, m_Zero());
    };
    bool dropQuery = isZero(op.getQueryOffset()) && !needsQueryOffset(op);
    bool dropKey = isZero(op.getKeyOffset());
    if (!dropQuery && !dropKey)
      return rewriter.notifyMatchFailure(
          op, "expected an offset of 0 that may be absent");
    rewriter.modifyOpInPlace(op, [&] {
      if (dropQuery)
        op.getQueryOffsetMutable().clear();
      if (dropKey)
        op.getKeyOffsetMutable().clear();
    });
    return success();
  }
};

/// Folding a cast into the op can make the numbers of queries and keys static
/// and different: the query offset, 0 until now, is written out then (C7).
template <typename OpTy> struct SpellOutZeroOffset : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (op.getQueryOffset() || !needsQueryOffset(op))
      return rewriter.notifyMatchFailure(
          op, "expected an op that needs a query offset");
    Value zero = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 0);
    rewriter.modifyOpInPlace(op,
                             [&] { op.getQueryOffsetMutable().assign(zero); });
    return success();
  }
};

/// A constant `key_limit` behind the last key -> nothing.
template <typename OpTy> struct DropHighKeyLimit : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getKeyLimit() || !op.getKeyLimit().getType().isIndex())
      return rewriter.notifyMatchFailure(op, "expected one key limit");
    std::optional<int64_t> limit = getConstantIntValue(op.getKeyLimit());
    std::optional<int64_t> offset = op.getKeyOffset()
                                        ? getConstantIntValue(op.getKeyOffset())
                                        : std::optional<int64_t>(0);
    auto [queries, keys] = getNumPositions(op);
    if (!limit || !offset || ShapedType::isDynamic(keys) ||
        *offset + keys > *limit)
      return rewriter.notifyMatchFailure(
          op, "expected constants and keys below the limit");
    rewriter.modifyOpInPlace(op, [&] { op.getKeyLimitMutable().clear(); });
    return success();
  }
};

/// Score operands whose element the region ignores -> nothing.
template <typename OpTy>
struct DropUnusedScoreOperands : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Block &block = op.getScore().front();
    SmallVector<unsigned> unused;
    for (unsigned i = 0; i < op.getScoreOperands().size(); ++i)
      if (block.getArgument(3 + i).use_empty())
        unused.push_back(i);
    if (unused.empty())
      return rewriter.notifyMatchFailure(op,
                                         "expected an unused score operand");
    rewriter.modifyOpInPlace(op, [&] {
      for (unsigned i : llvm::reverse(unused)) {
        dropScoreMap(op, i);
        op.getScoreOperandsMutable().erase(i);
        block.eraseArgument(3 + i);
      }
    });
    return success();
  }
};

/// `sattn.yield %score, true` -> `sattn.yield %score`.
struct DropTrueKeep : OpRewritePattern<YieldOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(YieldOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumOperands() != 2 || !matchPattern(op.getOperand(1), m_One()))
      return rewriter.notifyMatchFailure(op,
                                         "expected a pair that is always kept");
    rewriter.modifyOpInPlace(op, [&] { op->eraseOperand(1); });
    return success();
  }
};

/// Destinations are never read: `outs` of a linalg.fill -> its own destination.
template <typename OpTy> struct DropFillOfDestination : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    for (OpOperand &out : op.getOutsMutable())
      if (auto fill = out.get().template getDefiningOp<linalg::FillOp>()) {
        rewriter.modifyOpInPlace(op,
                                 [&] { out.set(fill.getOutputs().front()); });
        changed = true;
      }
    return success(changed);
  }
};
} // namespace

template <typename OpTy>
static void addClausePatterns(RewritePatternSet &patterns,
                              MLIRContext *context) {
  patterns.add<DropUnboundedWindow<OpTy>, DropTrivialStructure<OpTy>,
               DropTrueMask<OpTy>, DropZeroOffset<OpTy>, DropHighKeyLimit<OpTy>,
               DropUnusedScoreOperands<OpTy>>(context);
}

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  addClausePatterns<AttentionOp>(patterns, context);
  patterns
      .add<SpellOutZeroOffset<AttentionOp>, DropFillOfDestination<AttentionOp>>(
          context);
}

void ScoreOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  addClausePatterns<ScoreOp>(patterns, context);
  patterns.add<SpellOutZeroOffset<ScoreOp>, DropFillOfDestination<ScoreOp>>(
      context);
}

void OnlineAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                    MLIRContext *context) {
  addClausePatterns<OnlineAttentionOp>(patterns, context);
}

void FinalizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<DropFillOfDestination<FinalizeOp>>(context);
}

void YieldOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<DropTrueKeep>(context);
}
