//===- OnlineAttentionToNV.cpp - A tile op on fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One step of FlashAttention: S = Q K^T, the score region and what drops pairs,
// the weights, the new reference and sum, and O = O alpha + P V. That product may be left
// for the next step (`KernelState::isDelayed`).
//
//===----------------------------------------------------------------------===//

#include "FragmentBuilder.h"
#include "KernelState.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::sattn_nv;

static constexpr double kLog2E = 1.4426950408889634;
static constexpr float kInfinity = std::numeric_limits<float>::infinity();

namespace {
/// Lowers one `online_attention`.
class TileStep {
public:
  TileStep(sattn::OnlineAttentionOp op, ArrayRef<ValueRange> state, const KernelState &kernel,
           OpBuilder &builder);

  /// The new state; of the accumulator, the values that it is held as.
  SmallVector<SmallVector<Value>> build();

private:
  Value buildQueryColumns(int64_t first, int64_t extent);
  Value buildPrefixProduct();
  Value buildLevels();
  Value buildLevels(int64_t strip, int64_t columns);
  Value buildLevelWeights(Value scores, Value firstKey, unsigned coarse);
  void loadOperands();
  Value applyRegion(ScalarBuilder &b, ValueRange args, Value score, Value &keep);
  Value buildKeep(ScalarBuilder &b, ValueRange args, Value keep);
  Value dropPairs(Value scores);
  bool dropsPairs();
  /// True if the value of a dropped pair may be anything: not just rows that the
  /// key tile lacks, whose values are zero.
  bool dropsValues();
  Value buildPlainWeights(Value scores);
  SmallVector<SmallVector<Value>> buildSoftmax(Value scores);
  Value buildKept(Value scores);
  void startDelayed();
  Value finishDelayed();
  SmallVector<Value> addProduct(Value acc, Value weights);

  sattn::OnlineAttentionOp op;
  SmallVector<Value> state;
  const KernelState &kernel;
  FragmentBuilder fragments;
  FragType accType, scoreType;
  /// Whether the new product is left for the next tile.
  bool delays;
  /// The weights and the value tile of the delayed product, and that product once started;
  /// null without one.
  Value delayedWeights, delayedTile, delayedProduct;
  QueryTile query;
  Value keyTile, row, column;
  /// Which pairs are present, where that matters to values.
  Value kept;
  /// Elements of the score region, then mask and segment identifiers.
  SmallVector<Value> operands;
  /// Number of keys in the tile where that is not all of its rows.
  Value numKeys;
  bool hasRegion;
  /// What scores are multiplied with: where softmax has no region, on their way
  /// into the exponent of 2.
  Value factor;
};
} // namespace

TileStep::TileStep(sattn::OnlineAttentionOp op, ArrayRef<ValueRange> adapted,
                   const KernelState &kernel, OpBuilder &builder)
    : op(op), kernel(kernel), fragments(builder, op.getLoc()),
      query(kernel.getQuery(op.getQuery())) {
  for (ValueRange values : adapted)
    state.push_back(values.front());
  delays = kernel.isDelayed(op.getResult(0));
  if (adapted.front().size() > 1) {
    delayedWeights = adapted.front()[1];
    delayedTile = adapted.front()[2];
  }
  accType = cast<FragType>(state.front().getType());
  scoreType = accType.getLike(Layout::acc, builder.getF32Type(), kernel.getKeyRows());
  row = op.getQueryOffset() ? op.getQueryOffset() : fragments.index(0);
  column = op.getKeyOffset() ? op.getKeyOffset() : fragments.index(0);
  Value key = op.getKeys().front();
  auto keyType = cast<RankedTensorType>(key.getType());
  if (keyType.getDimSize(0) != kernel.getKeyRows())
    numKeys = tensor::DimOp::create(builder, op.getLoc(), key, 0);
  Block &block = op.getScore().front();
  hasRegion = block.getOperations().size() > 1 ||
              block.getTerminator()->getNumOperands() > 1 ||
              block.getTerminator()->getOperand(0) != block.getArgument(0);
}

/// Columns [first, first + extent) of the query, zero-extended to steps of 16.
Value TileStep::buildQueryColumns(int64_t first, int64_t extent) {
  OpBuilder &builder = fragments.getBuilder();
  int64_t lo = first / 16 * 16, hi = llvm::alignTo(first + extent, 16);
  FragType type = kernel.getOperand({accType.getShape().front(), hi - lo}, query.elementType,
                                    /*isTransposed=*/false);
  if (!query.tile)
    return extent == cast<FragType>(query.fragment.getType()).getNumColumns()
               ? query.fragment
               : ColumnsOp::create(builder, op.getLoc(), type, query.fragment, first, extent)
                     .getResult();
  Value fragment = LoadAOp::create(builder, op.getLoc(), type, query.tile, lo);
  if (extent == hi - lo)
    return fragment;
  return ColumnsOp::create(builder, op.getLoc(), type, fragment, first - lo, extent);
}

/// The scores of a tile whose pairs all use the columns of the key slice.
Value TileStep::buildPrefixProduct() {
  int64_t columns = cast<RankedTensorType>(op.getKeys().front().getType()).getDimSize(1);
  // Columns behind the query's width are zero already.
  if (columns == cast<RankedTensorType>(getQueryRoot(op.getQuery()).getType()).getDimSize(1))
    columns = llvm::alignTo(columns, 16);
  // What is loaded for this product alone is loaded piece by piece.
  int64_t step = query.tile ? 64 : columns;
  Value scores = fragments.fill(scoreType, 0.0f);
  for (int64_t first = 0; first < columns; first += step)
    scores = MmaOp::create(fragments.getBuilder(), fragments.getLoc(), scoreType,
                           buildQueryColumns(first, std::min(step, columns - first)), keyTile,
                           scores, /*where=*/Value(), /*transposed=*/false, first, /*strip=*/0,
                           /*warpgroup=*/kernel.hasProducers(), /*async=*/delays);
  return scores;
}

/// The scores of a tile whose pairs differ in depth. Single warps compute them, strip by
/// strip: a second accumulator of all keys does not fit the registers.
Value TileStep::buildLevels() {
  constexpr int64_t kStripColumns = 16;
  SmallVector<Value> strips;
  for (int64_t strip = 0; strip < kernel.getKeyRows(); strip += kStripColumns)
    strips.push_back(buildLevels(strip, kStripColumns));
  return ConcatOp::create(fragments.getBuilder(), fragments.getLoc(), scoreType, strips);
}

/// The scores for `columns` keys from `strip` on: the levels that all pairs have, then level
/// by level those that are active.
Value TileStep::buildLevels(int64_t strip, int64_t columns) {
  sattn::PositionStructureAttrInterface structure = op.getStructureAttr();
  OpBuilder &builder = fragments.getBuilder();
  FragType type = scoreType.getLike(Layout::acc, builder.getF32Type(), columns);
  Value firstKey =
      arith::AddIOp::create(builder, fragments.getLoc(), column, fragments.index(strip));
  unsigned coarse = 0;
  while (coarse < structure.getNumLevels() && structure.isUnbounded(coarse))
    ++coarse;
  auto addLevels = [&](Value acc, unsigned from, unsigned to, Value where) -> Value {
    int64_t first = structure.getPrefixRank(from), end = structure.getPrefixRank(to);
    return MmaOp::create(builder, fragments.getLoc(), type, buildQueryColumns(first, end - first),
                         keyTile, acc, where, /*transposed=*/false, /*first=*/first / 16 * 16,
                         strip);
  };
  Value scores = addLevels(fragments.fill(type, 0.0f), 0, coarse, /*where=*/{});
  FragType markType = type.getLike(Layout::acc, builder.getI1Type(), columns);
  for (unsigned level = coarse; level < structure.getNumLevels(); ++level) {
    auto isActive = [&](ScalarBuilder &b, ValueRange args) {
      return structure.buildIsActive(level, b.getBuilder(), b.getLoc(), args[0], args[1]);
    };
    Value where = fragments.map(markType, {}, isActive, row, firstKey);
    scores = addLevels(scores, level, level + 1, where);
  }
  return structure.isMean() ? buildLevelWeights(scores, firstKey, coarse) : scores;
}

/// Multiplies by 1/n for the n levels that are active.
Value TileStep::buildLevelWeights(Value scores, Value firstKey, unsigned coarse) {
  sattn::PositionStructureAttrInterface structure = op.getStructureAttr();
  auto body = [&](ScalarBuilder &b, ValueRange args) {
    Value weight = b.constant(float(structure.getWeight(coarse)));
    for (unsigned level = coarse; level < structure.getNumLevels(); ++level) {
      Value active =
          structure.buildIsActive(level, b.getBuilder(), b.getLoc(), args[1], args[2]);
      weight = b.select(active, b.constant(float(structure.getWeight(level + 1))), weight);
    }
    return b.mul(args[0], weight);
  };
  return fragments.map(cast<FragType>(scores.getType()), {scores}, body, row, firstKey);
}

//===----------------------------------------------------------------------===//
// Score region and dropped pairs
//===----------------------------------------------------------------------===//

bool TileStep::dropsValues() {
  // Producers fetch what is behind a slice, too.
  return (numKeys && kernel.hasProducers()) || op.getWindowAttr() || op.getKeyLimit() || op.getMask() || op.getQuerySegments() ||
         op.getScore().front().getTerminator()->getNumOperands() > 1;
}

bool TileStep::dropsPairs() { return numKeys || dropsValues(); }

/// Loads what the region and the clauses say about rows, columns and pairs.
void TileStep::loadOperands() {
  OpBuilder &builder = fragments.getBuilder();
  int64_t rows = accType.getShape().front(), keys = kernel.getKeyRows();
  auto load = [&](Value source, ArrayRef<unsigned> axes) {
    Type type = getElementTypeOrSelf(source.getType());
    SmallVector<int64_t> shape;
    for (unsigned axis : axes)
      shape.push_back(axis == 0 ? rows : keys);
    Layout layout = axes.size() == 2 ? Layout::acc : axes[0] == 0 ? Layout::row : Layout::col;
    operands.push_back(LoadOp::create(builder, op.getLoc(), kernel.getFragment(shape, type, layout),
                                      stripRowPadding(source)));
  };
  for (auto [operand, map] :
       llvm::zip_equal(op.getScoreOperands(), op.getScoreMaps().getAsValueRange<AffineMapAttr>())) {
    SmallVector<unsigned> axes;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      axes.push_back(map.getDimPosition(i));
    if (axes.empty())
      operands.push_back(tensor::ExtractOp::create(builder, op.getLoc(), operand, ValueRange()));
    else
      load(operand, axes);
  }
  if (op.getMask())
    load(op.getMask(), {0, 1});
  if (op.getQuerySegments()) {
    load(op.getQuerySegments(), {0});
    load(op.getKeySegments(), {1});
  }
}

/// Copies the score region. `args` are its elements, then row and column.
Value TileStep::applyRegion(ScalarBuilder &b, ValueRange args, Value score, Value &keep) {
  Block &block = op.getScore().front();
  IRMapping mapping;
  mapping.map(block.getArgument(0), score);
  mapping.map(block.getArgument(1), args[args.size() - 2]);
  mapping.map(block.getArgument(2), args[args.size() - 1]);
  for (unsigned i = 3; i < block.getNumArguments(); ++i)
    mapping.map(block.getArgument(i), args[i - 3]);
  for (Operation &nested : block.without_terminator())
    b.getBuilder().clone(nested, mapping);
  Operation *yield = block.getTerminator();
  if (yield->getNumOperands() > 1)
    keep = mapping.lookupOrDefault(yield->getOperand(1));
  return mapping.lookupOrDefault(yield->getOperand(0));
}

/// Whether a pair is present; null if all are. `args` as in `applyRegion`.
Value TileStep::buildKeep(ScalarBuilder &b, ValueRange args, Value keep) {
  OpBuilder &builder = b.getBuilder();
  Value i = args[args.size() - 2], j = args[args.size() - 1];
  auto require = [&](Value condition) { keep = keep ? b.andOf(keep, condition) : condition; };
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    require(arith::CmpIOp::create(builder, b.getLoc(), predicate, x, y));
  };
  auto shift = [&](Value x, int64_t by) -> Value {
    return by == 0 ? x
                   : arith::AddIOp::create(builder, b.getLoc(), x, b.index(by)).getResult();
  };
  if (auto window = op.getWindowAttr()) {
    if (!window.isRightUnbounded())
      compare(arith::CmpIPredicate::sle, j, shift(i, window.getRight()));
    if (!window.isLeftUnbounded())
      compare(arith::CmpIPredicate::sle, i, shift(j, window.getLeft()));
  }
  if (op.getKeyLimit())
    compare(arith::CmpIPredicate::slt, j, op.getKeyLimit());
  if (numKeys)
    compare(arith::CmpIPredicate::slt, j,
            arith::AddIOp::create(builder, b.getLoc(), column, numKeys));
  unsigned next = op.getScoreOperands().size();
  if (op.getMask())
    require(args[next++]);
  if (op.getQuerySegments())
    compare(arith::CmpIPredicate::eq, args[next], args[next + 1]);
  return keep;
}

/// The scores behind the region, -inf where a pair is dropped.
Value TileStep::dropPairs(Value scores) {
  if (!hasRegion && !dropsPairs())
    return scores;
  SmallVector<Value> inputs = {scores};
  for (Value operand : operands)
    if (isa<FragType>(operand.getType()))
      inputs.push_back(operand);
  auto body = [&](ScalarBuilder &b, ValueRange args) {
    // Scalars among the operands are not inputs of the map.
    SmallVector<Value> elements;
    auto next = args.drop_front().begin();
    for (Value operand : operands)
      elements.push_back(isa<FragType>(operand.getType()) ? *next++ : operand);
    elements.append({args[args.size() - 2], args[args.size() - 1]});
    Value score = args.front(), keep;
    if (hasRegion)
      score = applyRegion(b, elements, b.mul(score, factor), keep);
    keep = buildKeep(b, elements, keep);
    return keep ? b.select(keep, score, b.constant(-kInfinity)) : score;
  };
  return fragments.map(scoreType, inputs, body, row, column);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The weights of links without a reference; 0 where a pair is dropped.
Value TileStep::buildPlainWeights(Value scores) {
  sattn::Link link = op.getLink();
  auto body = [&](ScalarBuilder &b, ValueRange args) {
    Value score = hasRegion ? Value(args[0]) : b.mul(args[0], factor), weight = score;
    Value log2e = b.constant(float(kLog2E));
    if (link == sattn::Link::Exp)
      return b.exp2(b.mul(score, log2e));
    if (link == sattn::Link::Sigmoid) {
      Value e = b.exp2(b.neg(b.mul(score, log2e)));
      weight = b.div(b.constant(1.0f), b.add(b.constant(1.0f), e));
    }
    if (!dropsPairs())
      return weight;
    return b.select(b.isEqual(args[0], -kInfinity), b.constant(0.0f), weight);
  };
  return fragments.map(scoreType, {scores}, body);
}

/// Which pairs are present, a bit each; null if no value may be anything. Made before the
/// weights: scores take 32 times the registers.
Value TileStep::buildKept(Value scores) {
  if (!dropsValues())
    return {};
  auto keep = [&](ScalarBuilder &b, ValueRange args) {
    return b.isDifferent(args[0], -kInfinity);
  };
  OpBuilder &builder = fragments.getBuilder();
  auto getType = [&](Layout layout) {
    return scoreType.getLike(layout, builder.getI1Type(), scoreType.getNumColumns());
  };
  return ToBitsOp::create(builder, fragments.getLoc(), getType(Layout::bits),
                          fragments.map(getType(Layout::acc), {scores}, keep));
}

/// Starts acc + P V of the tile before.
void TileStep::startDelayed() {
  if (delayedTile)
    delayedProduct = MmaOp::create(fragments.getBuilder(), op.getLoc(), accType, delayedWeights,
                                   delayedTile, state.front(), /*where=*/Value(),
                                   /*transposed=*/true, /*first=*/0, /*strip=*/0,
                                   /*warpgroup=*/true, /*async=*/true);
}

/// The accumulator with all tiles before this one.
Value TileStep::finishDelayed() {
  if (!delayedProduct)
    return state.front();
  Value acc = MmaWaitOp::create(fragments.getBuilder(), op.getLoc(), accType, delayedProduct,
                                /*pending=*/0);
  kernel.release(fragments.getBuilder(), op.getLoc(), delayedTile);
  return acc;
}

/// acc + weights * value, as the values that it is held as.
SmallVector<Value> TileStep::addProduct(Value acc, Value weights) {
  OpBuilder &builder = fragments.getBuilder();
  Location loc = op.getLoc();
  FragType aType = kernel.getOperand(scoreType.getShape(), getElementTypeOrSelf(op.getValue()),
                                     /*isTransposed=*/true);
  Value a = ToAOp::create(builder, loc, aType, weights);
  Value valueTile = kernel.stageStreamed(builder, loc, op.getValue());
  if (kept)
    acc = SanitizeOp::create(builder, loc, accType, kept, valueTile, acc);
  if (delays)
    return {acc, a, valueTile};
  Value product = MmaOp::create(builder, loc, accType, a, valueTile, acc, /*where=*/Value(),
                                /*transposed=*/true, /*first=*/0, /*strip=*/0,
                                /*warpgroup=*/kernel.hasProducers());
  kernel.release(builder, loc, valueTile);
  return {product};
}

/// State (acc, ref, sum), relative to 2^ref.
SmallVector<SmallVector<Value>> TileStep::buildSoftmax(Value scores) {
  Value ref = state[1], sum = state[2];
  auto refType = cast<FragType>(ref.getType());
  Value exponent = hasRegion ? fragments.constant(float(kLog2E)) : factor;
  Value largest = fragments.reduceRows(Reduction::max, scores);
  Value newRef =
      fragments.map(refType, {ref, largest}, [&](ScalarBuilder &b, ValueRange args) {
        return b.max(args[0], b.mul(args[1], exponent));
      });
  // Nothing seen yet: subtract 0, -inf - -inf is NaN.
  Value shift = fragments.map(refType, {newRef}, [&](ScalarBuilder &b, ValueRange args) {
    return b.select(b.isEqual(args[0], -kInfinity), b.constant(0.0f), args[0]);
  });
  Value alpha = fragments.map(refType, {ref, shift}, [&](ScalarBuilder &b, ValueRange args) {
    return b.exp2(b.sub(args[0], args[1]));
  });
  Value weights =
      fragments.map(scoreType, {scores, shift}, [&](ScalarBuilder &b, ValueRange args) {
        return b.exp2(b.fma(args[0], exponent, b.neg(args[1])));
      });
  Value parts = ReduceOp::create(fragments.getBuilder(), op.getLoc(),
                                 cast<FragType>(sum.getType()), Reduction::add, weights);
  Value newSum = fragments.map(cast<FragType>(sum.getType()), {sum, alpha, parts},
                               [&](ScalarBuilder &b, ValueRange args) {
                                 return b.fma(args[0], args[1], args[2]);
                               });
  Value acc = finishDelayed();
  // The first tile has nothing to rescale.
  if (!delays || delayedTile)
    acc = fragments.map(accType, {acc, alpha}, [&](ScalarBuilder &b, ValueRange args) {
      return b.mul(args[0], args[1]);
    });
  return {addProduct(acc, weights), {newRef}, {newSum}};
}

SmallVector<SmallVector<Value>> TileStep::build() {
  OpBuilder &builder = fragments.getBuilder();
  Location loc = op.getLoc();
  keyTile = kernel.stageStreamed(builder, loc, op.getKeys().front());
  loadOperands();
  // By single warps while the delayed product is under way, or before it and with it.
  bool hasLevels = bool(op.getStructureAttr());
  if (hasLevels)
    startDelayed();
  Value scores = hasLevels ? buildLevels() : buildPrefixProduct();
  if (!hasLevels)
    startDelayed();
  if (delays && !hasLevels)
    scores = MmaWaitOp::create(builder, loc, scoreType, scores, /*pending=*/delayedTile ? 1 : 0);
  kernel.release(builder, loc, keyTile);
  FloatAttr scale;
  bool isSoftmax = op.getLink() == sattn::Link::Softmax;
  bool isConstant = matchPattern(op.getScale(), m_Constant(&scale));
  double constant = isConstant ? scale.getValueAsDouble() * query.factor : 0.0;
  // Softmax takes the largest score before the factor, so that must be positive.
  bool folds = isSoftmax && !hasRegion && constant > 0;
  if (isConstant)
    factor = fragments.constant(float(folds ? constant * kLog2E : constant));
  else
    factor = fragments.mul(op.getScale(), fragments.constant(float(query.factor)));
  if (isSoftmax && !hasRegion && !folds) {
    scores = fragments.map(scoreType, {scores}, [&](ScalarBuilder &b, ValueRange args) {
      return b.mul(args[0], factor);
    });
    factor = fragments.constant(float(kLog2E));
  }
  scores = dropPairs(scores);
  kept = buildKept(scores);
  if (isSoftmax)
    return buildSoftmax(scores);
  Value weights = buildPlainWeights(scores);
  SmallVector<SmallVector<Value>> result = {addProduct(finishDelayed(), weights)};
  if (op.getLink() == sattn::Link::Linear) {
    auto sumType = cast<FragType>(state[1].getType());
    Value parts = ReduceOp::create(builder, loc, sumType, Reduction::add, weights);
    result.push_back(
        {fragments.map(sumType, {state[1], parts}, [&](ScalarBuilder &b, ValueRange args) {
          return b.add(args[0], args[1]);
        })});
  }
  return result;
}

namespace {
struct OnlineAttentionPattern : OpConversionPattern<sattn::OnlineAttentionOp> {
  OnlineAttentionPattern(const TypeConverter &converter, MLIRContext *context,
                         const KernelState &kernel)
      : OpConversionPattern(converter, context), kernel(kernel) {}

  LogicalResult matchAndRewrite(sattn::OnlineAttentionOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithMultiple(op,
                                   TileStep(op, adaptor.getState(), kernel, rewriter).build());
    return success();
  }

private:
  const KernelState &kernel;
};
} // namespace

void sattn_nv::populateTileStepPatterns(RewritePatternSet &patterns,
                                        const TypeConverter &converter,
                                        const KernelState &state) {
  patterns.add<OnlineAttentionPattern>(converter, patterns.getContext(), state);
}
