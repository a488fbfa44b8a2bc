//===- ScoreLowering.cpp - Scores of all pairs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Per level one contraction and one sum where the level is active; then one
// generic that applies scale, depth weight and score region and evaluates the
// clauses that say which pairs exist.
//
//===----------------------------------------------------------------------===//

#include "ScoreLowering.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The columns of one level and where they are kept.
struct Level {
  unsigned index;
  /// Columns of the query.
  Value query;
  /// Columns of the key, or the key that this level has for itself.
  Value key;
  /// The key holds one block only: row n is not key n.
  bool isCache;
};

/// Positions of the pair that a generic's body looks at.
struct Positions {
  Value query, key;
};

class ScoreBuilder {
public:
  ScoreBuilder(const PairSpace &space, AttentionLikeOpInterface op,
               const AttentionMaps &maps)
      : space(space), op(op), maps(maps), structure(op.getStructureAttr()),
        type(op.getAccumulatorType()) {}

  /// sum_l scale_l <q_l, k_l> over the active levels.
  MappedTensor buildSums();
  ScoredPairs buildPairs(MappedTensor sums, Value scale,
                         bool dropMinusInfinity);

private:
  SmallVector<Level> getLevels();
  MappedTensor buildProduct(const Level &level, MappedTensor init);
  MappedTensor buildCachedProduct(const Level &level, MappedTensor init);

  // All of these are for the bodies of generics over (batch..., m, n, ...).
  Value buildPosition(OpBuilder &b, Location loc, Value position);
  Positions buildPositions(OpBuilder &b, Location loc);
  Value buildCacheRow(OpBuilder &b, Location loc, const Level &level,
                      Value &isPresent);
  /// Null if the level is active for every pair.
  Value buildIsActive(OpBuilder &b, Location loc, const Level &level,
                      Positions at);
  Value buildMeanWeight(OpBuilder &b, Location loc, Value value, Positions at);
  Value buildWindow(OpBuilder &b, Location loc, Positions at, Value keep);
  /// Inlines the score region; its second result is ANDed to `keep`.
  Value inlineRegion(OpBuilder &b, Location loc, Value score, Positions at,
                     ValueRange elements, Value &keep);

  SmallVector<unsigned> getPairDims() const {
    return space.getRowDims(space.getN());
  }

  const PairSpace &space;
  AttentionLikeOpInterface op;
  const AttentionMaps &maps;
  PositionStructureAttrInterface structure;
  FloatType type;
  SmallVector<Level> levels;
};
} // namespace

static Value buildAnd(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  return lhs ? arith::AndIOp::create(b, loc, lhs, rhs) : rhs;
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

SmallVector<Level> ScoreBuilder::getLevels() {
  OpBuilder &b = space.getBuilder();
  Location loc = space.getLoc();
  OperandRange keys = op.getKeys();
  bool keyPerLevel = keys.size() > 1;
  unsigned queryAxis = *getAxisOfDim(maps.getQuery(), space.getR());
  unsigned keyAxis = *getAxisOfDim(maps.getKey(), space.getR());
  if (!structure && !keyPerLevel)
    return {{0, op.getQuery(), keys.front(), /*isCache=*/false}};

  SmallVector<Level> result;
  AffineExpr sum = b.getAffineDimExpr(0) + b.getAffineDimExpr(1);
  OpFoldResult first = b.getIndexAttr(0);
  unsigned numLevels = keyPerLevel ? keys.size() : structure.getNumLevels();
  for (unsigned i = 0; i < numLevels; ++i) {
    OpFoldResult count =
        structure ? OpFoldResult(b.getIndexAttr(structure.getRanks()[i]))
                  : tensor::getMixedSize(b, loc, keys[i], keyAxis);
    Value query = buildSlice(b, loc, op.getQuery(), queryAxis, first, count);
    Value key = keyPerLevel
                    ? Value(keys[i])
                    : buildSlice(b, loc, keys.front(), keyAxis, first, count);
    bool isCache = keyPerLevel && structure && !structure.isUnbounded(i);
    result.push_back({i, query, key, isCache});
    first = affine::makeComposedFoldedAffineApply(
        b, loc, AffineMap::get(2, 0, sum), {first, count});
  }
  return result;
}

MappedTensor ScoreBuilder::buildProduct(const Level &level, MappedTensor init) {
  SmallVector<unsigned> dims = space.getRowDims({space.getN(), space.getR()});
  return space.generic(
      dims, {{level.query, maps.getQuery()}, {level.key, maps.getKey()}}, init,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value product = arith::MulFOp::create(
            b, loc, buildFloatCast(b, loc, elements[0], type),
            buildFloatCast(b, loc, elements[1], type));
        return {arith::AddFOp::create(b, loc, elements[2], product)};
      });
}

/// Row of a cache that holds the key of this pair. A cache starts at the first
/// key that is in one block with the first query, since all queries share it.
Value ScoreBuilder::buildCacheRow(OpBuilder &b, Location loc,
                                  const Level &level, Value &isPresent) {
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value first = buildPosition(b, loc, op.getQueryOffset());
  Value end = arith::AddIOp::create(b, loc, first, one);
  AffineExpr base = structure.getKeyRange(level.index, b.getContext()).outerLo;
  Value start = affine::expandAffineExpr(b, loc, base, {first, end}, {});
  Value row = arith::SubIOp::create(b, loc, buildPositions(b, loc).key, start);
  unsigned axis = *getAxisOfDim(maps.getKey(), space.getN());
  Value rows = tensor::DimOp::create(b, loc, level.key, axis);
  // Unsigned: rows in front of the cache are absent as well.
  isPresent =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, row, rows);
  return row;
}

MappedTensor ScoreBuilder::buildCachedProduct(const Level &level,
                                              MappedTensor init) {
  SmallVector<unsigned> dims = space.getRowDims({space.getN(), space.getR()});
  return space.generic(
      dims, {{level.query, maps.getQuery()}}, init,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value isPresent;
        Value row = buildCacheRow(b, loc, level, isPresent);
        // linalg.index belongs into the generic itself, not into a nested op.
        SmallVector<Value> indices;
        for (unsigned axis = 0; axis < maps.getKey().getNumResults(); ++axis) {
          unsigned dim = maps.getKey().getDimPosition(axis);
          indices.push_back(dim == space.getN()
                                ? row
                                : Value(linalg::IndexOp::create(b, loc, dim)));
        }
        auto add = [&](OpBuilder &inner, Location) {
          Value key = tensor::ExtractOp::create(inner, loc, level.key, indices);
          Value product = arith::MulFOp::create(
              inner, loc, buildFloatCast(inner, loc, elements[0], type),
              buildFloatCast(inner, loc, key, type));
          Value sum = arith::AddFOp::create(inner, loc, elements[1], product);
          scf::YieldOp::create(inner, loc, sum);
        };
        auto skip = [&](OpBuilder &inner, Location) {
          scf::YieldOp::create(inner, loc, elements[1]);
        };
        return {scf::IfOp::create(b, loc, isPresent, add, skip).getResult(0)};
      });
}

Value ScoreBuilder::buildIsActive(OpBuilder &b, Location loc,
                                  const Level &level, Positions at) {
  if (!structure || structure.isUnbounded(level.index))
    return {};
  Value active = structure.buildIsActive(level.index, b, loc, at.query, at.key);
  if (level.isCache) {
    Value isPresent;
    buildCacheRow(b, loc, level, isPresent);
    active = arith::AndIOp::create(b, loc, active, isPresent);
  }
  return active;
}

MappedTensor ScoreBuilder::buildSums() {
  levels = getLevels();
  AffineMap map = space.getMap(getPairDims());
  TypedAttr zero = space.getBuilder().getFloatAttr(type, 0.0);
  MappedTensor sums = space.fill(map, zero);
  for (const Level &level : levels) {
    if (!structure) { // Columns that follow each other: one sum.
      sums = buildProduct(level, sums);
      continue;
    }
    MappedTensor product = space.fill(map, zero);
    product = level.isCache ? buildCachedProduct(level, product)
                            : buildProduct(level, product);
    sums = space.generic(
        getPairDims(), {product}, sums,
        [&](OpBuilder &b, Location loc,
            ValueRange elements) -> SmallVector<Value> {
          Value scale =
              buildFloat(b, loc, type, structure.getScale(level.index));
          Value term = arith::MulFOp::create(b, loc, scale, elements[0]);
          Value sum = arith::AddFOp::create(b, loc, elements[1], term);
          // Chosen by value: columns that a pair does not use may hold NaN.
          if (Value active =
                  buildIsActive(b, loc, level, buildPositions(b, loc)))
            sum = arith::SelectOp::create(b, loc, active, sum, elements[1]);
          return {sum};
        });
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

Value ScoreBuilder::buildPosition(OpBuilder &b, Location loc, Value position) {
  if (!position)
    return arith::ConstantIndexOp::create(b, loc, 0);
  if (isa<IndexType>(position.getType()))
    return position;
  Value batch = linalg::IndexOp::create(b, loc, maps.getPositionBatchDim());
  return tensor::ExtractOp::create(b, loc, position, batch);
}

Positions ScoreBuilder::buildPositions(OpBuilder &b, Location loc) {
  auto build = [&](Value offset, unsigned dim) -> Value {
    Value index = linalg::IndexOp::create(b, loc, dim);
    if (!offset)
      return index;
    return arith::AddIOp::create(b, loc, buildPosition(b, loc, offset), index);
  };
  return {build(op.getQueryOffset(), space.getM()),
          build(op.getKeyOffset(), space.getN())};
}

/// value / number of active levels.
Value ScoreBuilder::buildMeanWeight(OpBuilder &b, Location loc, Value value,
                                    Positions at) {
  Type i32 = b.getI32Type();
  unsigned always = 0;
  Value depth;
  for (const Level &level : levels) {
    Value active = buildIsActive(b, loc, level, at);
    if (!active) {
      ++always;
      continue;
    }
    Value one = arith::ExtUIOp::create(b, loc, i32, active);
    depth = depth ? arith::AddIOp::create(b, loc, depth, one) : one;
  }
  if (!depth)
    return arith::MulFOp::create(
        b, loc, value,
        buildFloat(b, loc, type, structure.getWeight(levels.size())));
  Value known = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(always));
  depth = arith::AddIOp::create(b, loc, depth, known);
  return arith::DivFOp::create(b, loc, value,
                               arith::UIToFPOp::create(b, loc, type, depth));
}

Value ScoreBuilder::buildWindow(OpBuilder &b, Location loc, Positions at,
                                Value keep) {
  WindowAttr window = op.getWindowAttr();
  auto limit = [&](Value from, Value to, int64_t width) {
    Value distance = arith::SubIOp::create(b, loc, to, from);
    Value bound = arith::ConstantIndexOp::create(b, loc, width);
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle,
                                         distance, bound);
    keep = buildAnd(b, loc, keep, inside);
  };
  if (!window.isLeftUnbounded())
    limit(at.key, at.query, window.getLeft());
  if (!window.isRightUnbounded())
    limit(at.query, at.key, window.getRight());
  return keep;
}

Value ScoreBuilder::inlineRegion(OpBuilder &b, Location loc, Value score,
                                 Positions at, ValueRange elements,
                                 Value &keep) {
  Block &block = op.getScore().front();
  IRMapping mapping;
  SmallVector<Value> arguments = {score, at.query, at.key};
  arguments.append(elements.begin(), elements.end());
  mapping.map(block.getArguments(), arguments);
  for (Operation &inner : block.without_terminator())
    b.clone(inner, mapping);
  Operation *yield = block.getTerminator();
  if (yield->getNumOperands() == 2)
    keep =
        buildAnd(b, loc, keep, mapping.lookupOrDefault(yield->getOperand(1)));
  return mapping.lookupOrDefault(yield->getOperand(0));
}

ScoredPairs ScoreBuilder::buildPairs(MappedTensor sums, Value scale,
                                     bool dropMinusInfinity) {
  size_t numOperands = op.getScoreOperands().size();
  SmallVector<MappedTensor> inputs = {sums};
  for (auto [operand, map] :
       llvm::zip(op.getScoreOperands(), maps.getScoreOperands()))
    inputs.push_back({operand, map});
  if (op.getMask())
    inputs.push_back({op.getMask(), maps.getMask()});
  auto addSegments = [&](Value segments, unsigned dim) {
    SmallVector<unsigned> dims = {dim};
    if (cast<RankedTensorType>(segments.getType()).getRank() == 2)
      dims.insert(dims.begin(), maps.getPositionBatchDim());
    inputs.push_back({segments, space.getMap(dims)});
  };
  if (op.getQuerySegments()) {
    addSegments(op.getQuerySegments(), space.getM());
    addSegments(op.getKeySegments(), space.getN());
  }

  OpBuilder &builder = space.getBuilder();
  AffineMap map = space.getMap(getPairDims());
  SmallVector<MappedTensor> outputs = {space.empty(map, type),
                                       space.empty(map, builder.getI1Type())};
  SmallVector<Value> results = space.generic(
      getPairDims(), inputs, outputs,
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Positions at = buildPositions(b, loc);
        ValueRange clauses = elements.drop_front(1 + numOperands);
        Value keep;
        Value score = arith::MulFOp::create(b, loc, scale, elements[0]);
        if (structure && structure.isMean())
          score = buildMeanWeight(b, loc, score, at);
        score = inlineRegion(b, loc, score, at, elements.slice(1, numOperands),
                             keep);
        if (op.getWindowAttr())
          keep = buildWindow(b, loc, at, keep);
        if (Value limit = op.getKeyLimit())
          keep = buildAnd(
              b, loc, keep,
              arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, at.key,
                                    buildPosition(b, loc, limit)));
        if (op.getMask()) {
          keep = buildAnd(b, loc, keep, clauses.front());
          clauses = clauses.drop_front();
        }
        if (op.getQuerySegments())
          keep =
              buildAnd(b, loc, keep,
                       arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                             clauses[0], clauses[1]));
        if (dropMinusInfinity)
          keep = buildAnd(b, loc, keep,
                          buildIsMinusInfinity(b, loc, score, false));
        if (!keep)
          keep = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
        return {score, keep};
      });
  return {{results[0], map}, {results[1], map}};
}

ScoredPairs mlir::sattn::buildScores(const PairSpace &space,
                                     AttentionLikeOpInterface op,
                                     const AttentionMaps &maps, Value scale,
                                     bool dropMinusInfinity) {
  ScoreBuilder builder(space, op, maps);
  return builder.buildPairs(builder.buildSums(), scale, dropMinusInfinity);
}

LogicalResult mlir::sattn::checkLowerable(AttentionLikeOpInterface op) {
  Value mask = op.getMask();
  if (mask && cast<RankedTensorType>(mask.getType()).getEncoding())
    return op->emitError("expected a dense 'mask', got ")
           << mask.getType()
           << " (the reference lowering visits every pair; "
              "sparse_tensor.convert makes it dense)";
  return success();
}
