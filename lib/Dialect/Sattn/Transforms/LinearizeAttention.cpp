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
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"
#include <numeric>

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNLINEARIZEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The sums of one level. Axes: those of `batchDims`, slots, then columns x e
/// (`products`) or columns (`keys`, the sum of K alone that `linear` divides
/// by).
struct LevelSums {
  LevelColumns columns;
  /// Rows of a block; none if all positions are one.
  std::optional<int64_t> block;
  Value products, keys;

  SmallVector<Value> getTensors() const {
    return keys ? SmallVector<Value>{products, keys}
                : SmallVector<Value>{products};
  }
};

class LinearNest {
public:
  LinearNest(AttentionOp op, const LinearForm &form)
      : op(op), form(form), tile(op, form.chunk), maps(tile.getMaps()),
        results(op, maps, /*split=*/1), loc(op.getLoc()),
        type(cast<AttentionLikeOpInterface>(op.getOperation())
                 .getAccumulatorType()) {}

  SmallVector<Value> build(OpBuilder &builder);

private:
  OpFoldResult getExtent(OpBuilder &builder, unsigned dim);
  OpFoldResult apply(OpBuilder &builder, AffineExpr expr,
                     ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, operands);
  }
  OpFoldResult getMin(OpBuilder &builder, AffineExpr a, AffineExpr b,
                      ArrayRef<OpFoldResult> operands);

  // Sums.
  LevelSums buildSums(OpBuilder &builder, unsigned level);
  void buildBlockSums(OpBuilder &builder, const LevelSums &sums,
                      ValueRange indices, ValueRange destinations);
  SmallVector<Value> addKeys(OpBuilder &builder, const LevelSums &sums,
                             IterationTile box, OpFoldResult first,
                             OpFoldResult end, ValueRange sum);
  SmallVector<Value> buildZeroSums(OpBuilder &builder, const LevelSums &sums);

  // Chunks of queries.
  void buildChunk(OpBuilder &builder, ArrayRef<LevelSums> levels,
                  ValueRange indices, ValueRange destinations);
  SmallVector<Value> applySums(OpBuilder &builder, const LevelSums &sums,
                               ArrayRef<OpFoldResult> batch, OpFoldResult index,
                               ValueRange state);
  SmallVector<Value> scoreChunk(OpBuilder &builder, OpFoldResult first,
                                ValueRange state);
  SmallVector<Value> buildPairs(OpBuilder &builder, const Segment &segment,
                                double factor, OpFoldResult first,
                                ValueRange state);

  AttentionOp op;
  LinearForm form;
  AttentionTile tile;
  const AttentionMaps &maps;
  AttentionResults results;
  Location loc;
  FloatType type;
  /// Extents of the iteration space (batch..., m, n, r, e).
  SmallVector<OpFoldResult> extents;
  /// The batch-like dimensions that key or value have.
  SmallVector<unsigned> batchDims;
  /// True if queries and keys are known to be equally many and whole chunks.
  bool hasWholeChunks = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Small parts
//===----------------------------------------------------------------------===//

/// Extent of an iteration dimension: a constant if some tensor knows it.
OpFoldResult LinearNest::getExtent(OpBuilder &builder, unsigned dim) {
  std::pair<Value, AffineMap> tensors[] = {
      {op.getQuery(), maps.getQuery()},
      {op.getKeys().front(), maps.getKey()},
      {op.getValue(), maps.getValue()},
      {op.getOuts().front(), maps.getOutput()}};
  OpFoldResult extent = builder.getIndexAttr(1);
  for (auto [tensor, map] : tensors)
    if (std::optional<unsigned> axis = getAxisOfDim(map, dim)) {
      extent = tensor::getMixedSize(builder, loc, tensor, *axis);
      if (getConstantIntValue(extent))
        break;
    }
  return extent;
}

OpFoldResult LinearNest::getMin(OpBuilder &builder, AffineExpr a, AffineExpr b,
                                ArrayRef<OpFoldResult> operands) {
  AffineMap map =
      AffineMap::get(operands.size(), 0, {a, b}, builder.getContext());
  return affine::makeComposedFoldedAffineMin(builder, loc, map, operands);
}

static Value buildZero(OpBuilder &builder, Location loc,
                       ArrayRef<int64_t> shape, FloatType type) {
  return createFilled(builder, loc,
                      getAsIndexOpFoldResult(builder.getContext(), shape), type,
                      0.0);
}

/// `target` += the product of `inputs` over the dimensions that it lacks. Loops
/// run in the order of the dimensions, so that the last one, contiguous in
/// `target`, is the innermost.
static Value buildProduct(OpBuilder &builder, Location loc, unsigned numDims,
                          ArrayRef<LabelledTensor> inputs,
                          const LabelledTensor &target) {
  auto type = cast<FloatType>(getElementTypeOrSelf(target.value));
  SmallVector<Value> operands;
  SmallVector<AffineMap> indexingMaps;
  auto getMap = [&](ArrayRef<unsigned> labels) {
    return AffineMap::getMultiDimMapWithTargets(numDims, labels,
                                                builder.getContext());
  };
  for (const LabelledTensor &input : inputs) {
    operands.push_back(input.value);
    indexingMaps.push_back(getMap(input.labels));
  }
  indexingMaps.push_back(getMap(target.labels));
  SmallVector<utils::IteratorType> iterators(numDims,
                                             utils::IteratorType::reduction);
  for (unsigned label : target.labels)
    iterators[label] = utils::IteratorType::parallel;
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
    Value product = convertFloat(b, bodyLoc, args[0], type);
    ValueRange others = args.drop_front().drop_back();
    for (Value factor : others.empty() ? others : others.drop_back())
      product = arith::MulFOp::create(b, bodyLoc, product,
                                      convertFloat(b, bodyLoc, factor, type));
    Value sum =
        others.empty()
            ? Value(arith::AddFOp::create(b, bodyLoc, args.back(), product))
            : Value(math::FmaOp::create(
                  b, bodyLoc, product,
                  convertFloat(b, bodyLoc, others.back(), type), args.back()));
    linalg::YieldOp::create(b, bodyLoc, sum);
  };
  return linalg::GenericOp::create(
             builder, loc, TypeRange{target.value.getType()}, operands,
             ValueRange{target.value}, indexingMaps, iterators, body)
      .getResult(0);
}

/// a + b, of static shape.
static Value addTensors(OpBuilder &builder, Location loc, Value a, Value b) {
  unsigned rank = cast<RankedTensorType>(a.getType()).getRank();
  Labels labels(rank);
  std::iota(labels.begin(), labels.end(), 0);
  return buildProduct(builder, loc, rank, {{a, labels}}, {b, labels});
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SmallVector<Value> LinearNest::buildZeroSums(OpBuilder &builder,
                                             const LevelSums &sums) {
  int64_t columns = sums.columns.end - sums.columns.first;
  int64_t valueDepth = *getConstantIntValue(extents[maps.getE()]);
  SmallVector<Value> zeros = {
      buildZero(builder, loc, {columns, valueDepth}, type)};
  if (op.getLink() == Link::Linear)
    zeros.push_back(buildZero(builder, loc, {columns}, type));
  return zeros;
}

/// `sum` and the keys of rows [first, min(end, first + chunk)), summed up on
/// their own first: the error does not grow with each key.
SmallVector<Value> LinearNest::addKeys(OpBuilder &builder,
                                       const LevelSums &sums, IterationTile box,
                                       OpFoldResult first, OpFoldResult end,
                                       ValueRange sum) {
  unsigned n = maps.getN(), r = maps.getR(), e = maps.getE();
  const LevelColumns &columns = sums.columns;
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  box.offsets[n] = first;
  box.sizes[n] = builder.getIndexAttr(form.chunk);
  if (!hasWholeChunks)
    box.sizes[n] =
        getMin(builder, d1 - d0, builder.getAffineConstantExpr(form.chunk),
               {first, end});
  box.offsets[r] = builder.getIndexAttr(columns.first);
  box.sizes[r] = builder.getIndexAttr(columns.end - columns.first);
  Value key = extractTile(builder, loc, op.getKeys().front(), maps.getKey(),
                          box, {n, r});
  Value value =
      extractTile(builder, loc, op.getValue(), maps.getValue(), box, {n, e});

  // Dimensions: n, r, e.
  SmallVector<LabelledTensor> inputs = {{key, {0, 1}}};
  if (llvm::any_of(columns.factors,
                   [](double factor) { return factor != 1.0; })) {
    auto factorType =
        RankedTensorType::get(int64_t(columns.factors.size()), type);
    SmallVector<Attribute> factors;
    for (double factor : columns.factors)
      factors.push_back(builder.getFloatAttr(type, factor));
    Value constant = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(factorType, factors));
    inputs.push_back({constant, {1}});
  }
  SmallVector<Value> zeros = buildZeroSums(builder, sums), more;
  if (zeros.size() == 2)
    more.push_back(buildProduct(builder, loc, 2, inputs, {zeros[1], {1}}));
  inputs.push_back({value, {0, 2}});
  more.insert(more.begin(),
              buildProduct(builder, loc, 3, inputs, {zeros[0], {1, 2}}));
  for (auto [part, total] : llvm::zip_equal(more, sum))
    part = addTensors(builder, loc, part, total);
  return more;
}

/// The tensors of sums of a level. One forall over the batch and the blocks; in
/// it the chunks of a block one after the other.
LevelSums LinearNest::buildSums(OpBuilder &builder, unsigned level) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  LevelSums sums;
  sums.columns = getLevelColumns(structure, level,
                                 *getConstantIntValue(extents[maps.getR()]));
  sums.block = *getBlockRows(structure, level);
  AffineExpr d0 = builder.getAffineDimExpr(0);
  OpFoldResult queries = extents[maps.getM()];
  OpFoldResult blocks = builder.getIndexAttr(1);
  if (sums.block)
    blocks = apply(builder, d0.ceilDiv(*sums.block), {queries});
  OpFoldResult slots = form.isCausal
                           ? apply(builder, d0.ceilDiv(form.chunk), {queries})
                           : blocks;

  SmallVector<OpFoldResult> bounds, shape;
  for (unsigned dim : batchDims)
    bounds.push_back(extents[dim]);
  shape = bounds;
  bounds.push_back(blocks);
  shape.push_back(slots);
  shape.push_back(builder.getIndexAttr(sums.columns.end - sums.columns.first));
  SmallVector<Value> destinations;
  if (op.getLink() == Link::Linear)
    destinations.push_back(tensor::EmptyOp::create(builder, loc, shape, type));
  shape.push_back(extents[maps.getE()]);
  destinations.insert(destinations.begin(),
                      tensor::EmptyOp::create(builder, loc, shape, type));

  auto forall =
      scf::ForallOp::create(builder, loc, bounds, destinations, std::nullopt);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(forall.getTerminator());
    buildBlockSums(builder, sums, forall.getInductionVars(),
                   forall.getRegionIterArgs());
  }
  sums.products = forall.getResult(0);
  if (forall.getNumResults() == 2)
    sums.keys = forall.getResult(1);
  return sums;
}

/// The slots of one block: the sum of all its keys or, causal, for each of its
/// chunks of queries the sum of the keys before it.
void LinearNest::buildBlockSums(OpBuilder &builder, const LevelSums &sums,
                                ValueRange indices, ValueRange destinations) {
  auto terminator =
      cast<scf::InParallelOp>(builder.getInsertionBlock()->getTerminator());
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  AffineExpr chunk = builder.getAffineConstantExpr(form.chunk);
  OpFoldResult keys = extents[maps.getN()], block = indices.back();
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  // Rows of the block, of keys or (causal) of queries, which step the slots.
  OpFoldResult rows = form.isCausal ? extents[maps.getM()] : keys;
  OpFoldResult first = zero, end = rows;
  if (sums.block) {
    first = apply(builder, d0 * *sums.block, {block});
    end = getMin(builder, d0 * *sums.block + *sums.block, d1, {block, rows});
  }
  IterationTile box;
  box.offsets.assign(maps.getNumDims(), zero);
  box.sizes = extents;
  for (auto [dim, index] : llvm::zip(batchDims, indices)) {
    box.offsets[dim] = index;
    box.sizes[dim] = one;
  }
  OpFoldResult firstSlot =
      form.isCausal ? apply(builder, d0.floorDiv(chunk), {first}) : block;
  OpFoldResult numSlots = one;
  if (form.isCausal)
    numSlots = apply(builder, (d1 - d0).ceilDiv(form.chunk), {first, end});

  // Sum, then the slices of the destinations that the block owns.
  SmallVector<Value> carried = buildZeroSums(builder, sums);
  size_t numSums = carried.size();
  SmallVector<SmallVector<OpFoldResult>> offsets, sizes;
  auto getBox = [&](Value tensor, OpFoldResult slot, OpFoldResult count) {
    auto shape = cast<RankedTensorType>(tensor.getType())
                     .getShape()
                     .drop_front(batchDims.size() + 1);
    SmallVector<OpFoldResult> boxOffsets(indices.drop_back().begin(),
                                         indices.drop_back().end());
    SmallVector<OpFoldResult> boxSizes(batchDims.size(), one);
    boxOffsets.push_back(slot);
    boxSizes.push_back(count);
    for (int64_t extent : shape) {
      boxOffsets.push_back(zero);
      boxSizes.push_back(builder.getIndexAttr(extent));
    }
    return std::pair(boxOffsets, boxSizes);
  };
  if (form.isCausal)
    for (Value destination : destinations) {
      auto [from, size] = getBox(destination, firstSlot, numSlots);
      SmallVector<OpFoldResult> strides(from.size(), one);
      carried.push_back(tensor::ExtractSliceOp::create(
          builder, loc, destination, from, size, strides));
    }
  auto body = [&](OpBuilder &b, Location, Value row, ValueRange values) {
    SmallVector<Value> next;
    for (auto [sum, slice] :
         llvm::zip(values.take_front(numSums), values.drop_front(numSums))) {
      auto type = cast<RankedTensorType>(slice.getType());
      SmallVector<OpFoldResult> from(type.getRank(), zero),
          strides(type.getRank(), one), size;
      size.assign(batchDims.size() + 1, one);
      for (int64_t extent : type.getShape().drop_front(batchDims.size() + 1))
        size.push_back(b.getIndexAttr(extent));
      from[batchDims.size()] =
          apply(b, (d0 - d1).floorDiv(chunk), {row, first});
      next.push_back(tensor::InsertSliceOp::create(b, loc, sum, slice, from,
                                                   size, strides));
    }
    // Queries may go on where there are no keys any more.
    OpFoldResult begin = row, behind = end;
    if (!hasWholeChunks) {
      begin = getMin(b, d0, d1, {row, keys});
      behind = getMin(b, d0, d1, {end, keys});
    }
    SmallVector<Value> sum =
        addKeys(b, sums, box, begin, behind, values.take_front(numSums));
    sum.append(next);
    scf::YieldOp::create(b, loc, sum);
  };
  Value lo = getValueOrCreateConstantIndexOp(builder, loc, first);
  Value hi = getValueOrCreateConstantIndexOp(builder, loc, end);
  Value step = arith::ConstantIndexOp::create(builder, loc, form.chunk);
  auto loop = scf::ForOp::create(builder, loc, lo, hi, step, carried, body);

  ValueRange written =
      form.isCausal ? loop.getResults().drop_front(numSums) : loop.getResults();
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>>
      boxes;
  for (Value destination : destinations)
    boxes.push_back(getBox(destination, firstSlot, numSlots));
  builder.setInsertionPointToEnd(terminator.getBody());
  for (auto [value, destination, box] :
       llvm::zip_equal(written, destinations, boxes)) {
    SmallVector<OpFoldResult> strides(box.first.size(), one);
    tensor::ParallelInsertSliceOp::create(builder, loc, value, destination,
                                          box.first, box.second, strides);
  }
}

//===----------------------------------------------------------------------===//
// Chunks of queries
//===----------------------------------------------------------------------===//

/// state + Q times the sums of a level that the chunk with this index reads.
/// Sums without keys are left out: they are 0 whatever a query is.
SmallVector<Value> LinearNest::applySums(OpBuilder &builder,
                                         const LevelSums &sums,
                                         ArrayRef<OpFoldResult> batch,
                                         OpFoldResult index, ValueRange state) {
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  OpFoldResult keys = extents[maps.getN()];
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  OpFoldResult first = zero, end = keys, slot = form.isCausal ? index : zero;
  AffineExpr row = d0 * form.chunk;
  if (sums.block) {
    AffineExpr block = row.floorDiv(*sums.block);
    first = apply(builder, block * *sums.block, {index});
    if (!form.isCausal) {
      slot = apply(builder, block, {index});
      end = getMin(builder, (block + 1) * *sums.block, d1, {index, keys});
    }
  }
  if (form.isCausal)
    end = getMin(builder, row, d1, {index, keys});
  Value hasKeys = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt,
      getValueOrCreateConstantIndexOp(builder, loc, first),
      getValueOrCreateConstantIndexOp(builder, loc, end));

  auto multiply = [&](OpBuilder &b, Location) {
    int64_t columns = sums.columns.end - sums.columns.first;
    auto slice = [&](Value tensor, ArrayRef<OpFoldResult> from,
                     ArrayRef<OpFoldResult> size,
                     ArrayRef<int64_t> shape) -> Value {
      SmallVector<OpFoldResult> strides(from.size(), one);
      auto sliceType = RankedTensorType::get(shape, type);
      return tensor::ExtractSliceOp::create(b, loc, sliceType, tensor, from,
                                            size, strides);
    };
    Value query =
        slice(tile.getQuery(), {zero, b.getIndexAttr(sums.columns.first)},
              {b.getIndexAttr(form.chunk), b.getIndexAttr(columns)},
              {form.chunk, columns});
    SmallVector<OpFoldResult> from, size(batchDims.size() + 1, one);
    for (unsigned dim : batchDims)
      from.push_back(batch[dim]);
    from.append({slot, zero});
    size.push_back(b.getIndexAttr(columns));
    SmallVector<Value> next(state);
    if (sums.keys) {
      Value keySum = slice(sums.keys, from, size, {columns});
      // Dimensions: m, r.
      next.back() = buildProduct(b, loc, 2, {{query, {0, 1}}, {keySum, {1}}},
                                 {state.back(), {0}});
    }
    int64_t valueDepth = *getConstantIntValue(extents[maps.getE()]);
    from.push_back(zero);
    size.push_back(b.getIndexAttr(valueDepth));
    Value products = slice(sums.products, from, size, {columns, valueDepth});
    // Dimensions: m, r, e.
    next.front() =
        buildProduct(b, loc, 3, {{query, {0, 1}}, {products, {1, 2}}},
                     {state.front(), {0, 2}});
    scf::YieldOp::create(b, loc, next);
  };
  auto keep = [&](OpBuilder &b, Location) {
    scf::YieldOp::create(b, loc, state);
  };
  return scf::IfOp::create(builder, loc, hasKeys, multiply, keep).getResults();
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
        builder, loc, builder.getFloatAttr(type, factor));
    depth.weight = arith::MulFOp::create(builder, loc, depth.weight, constant);
  }
  if (hasWholeChunks)
    return tile.buildStep(builder, loc, segment, depth, first,
                          builder.getIndexAttr(form.chunk), state);
  OpFoldResult keys = extents[maps.getN()];
  OpFoldResult end = getMin(builder, d0 + form.chunk, d1, {first, keys});
  AffineExpr chunk = builder.getAffineConstantExpr(form.chunk);
  // At most one iteration, none behind the last key.
  auto body = [&](OpBuilder &b, Location, Value row, ValueRange carried) {
    OpFoldResult size = getMin(b, d1 - d0, chunk, {row, end});
    scf::YieldOp::create(
        b, loc, tile.buildStep(b, loc, segment, depth, row, size, carried));
  };
  return scf::ForOp::create(
             builder, loc, getValueOrCreateConstantIndexOp(builder, loc, first),
             getValueOrCreateConstantIndexOp(builder, loc, end),
             arith::ConstantIndexOp::create(builder, loc, form.chunk), state,
             body)
      .getResults();
}

/// The pairs inside a chunk. Not causal, their part in the sums is taken out.
SmallVector<Value> LinearNest::scoreChunk(OpBuilder &builder,
                                          OpFoldResult first,
                                          ValueRange state) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  Segment pairs;
  pairs.known = form.numShared;
  pairs.mixed = structure && form.numShared < structure.getNumLevels();
  pairs.masked = form.isCausal;
  SmallVector<Value> result = buildPairs(builder, pairs, 1.0, first, state);
  if (form.isCausal)
    return result;
  Segment summed;
  summed.known = form.numSummed;
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
  OpFoldResult first = apply(builder, d0 * form.chunk, {index});
  IterationTile box;
  box.offsets = batch;
  box.offsets.push_back(first);
  box.offsets.append(3, zero);
  box.sizes.assign(batch.size(), builder.getIndexAttr(1));
  AffineExpr chunk = builder.getAffineConstantExpr(form.chunk);
  box.sizes.push_back(
      hasWholeChunks
          ? OpFoldResult(builder.getIndexAttr(form.chunk))
          : getMin(builder, chunk, d1 - d0, {first, extents[maps.getM()]}));
  llvm::append_range(box.sizes, ArrayRef(extents).take_back(3));
  tile.begin(builder, loc, box, zero, zero);
  SmallVector<Value> state = tile.buildInitialState(builder, loc);
  for (const LevelSums &sums : levels)
    state = applySums(builder, sums, batch, index, state);
  if (form.scoresChunk)
    state = scoreChunk(builder, first, state);
  results.buildTile(builder, box, state, destinations, terminator);
}

SmallVector<Value> LinearNest::build(OpBuilder &builder) {
  for (unsigned dim = 0; dim < maps.getNumDims(); ++dim)
    extents.push_back(getExtent(builder, dim));
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim)
    if (getAxisOfDim(maps.getKey(), dim) || getAxisOfDim(maps.getValue(), dim))
      batchDims.push_back(dim);
  std::optional<int64_t> queries = getConstantIntValue(extents[maps.getM()]);
  hasWholeChunks = queries && *queries % form.chunk == 0 &&
                   queries == getConstantIntValue(extents[maps.getN()]);
  SmallVector<LevelSums> levels;
  for (unsigned level = 0; level < form.numSummed; ++level)
    levels.push_back(buildSums(builder, level));
  SmallVector<OpFoldResult> bounds(
      ArrayRef(extents).take_front(maps.getNumBatch()));
  bounds.push_back(apply(builder,
                         builder.getAffineDimExpr(0).ceilDiv(form.chunk),
                         {extents[maps.getM()]}));
  auto forall = scf::ForallOp::create(
      builder, loc, bounds, results.buildDestinations(builder, extents),
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
  return LinearNest(op, form).build(rewriter);
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
