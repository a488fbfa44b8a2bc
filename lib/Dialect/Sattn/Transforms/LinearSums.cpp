//===- LinearSums.cpp - Sums of K^T V over blocks -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One block at a time: the chunks of its keys are summed on their own and added
// to the sum so far, which, causal, is first written into the chunk's slot.
//
//===----------------------------------------------------------------------===//

#include "LinearSums.h"
#include "AttentionTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Problem
//===----------------------------------------------------------------------===//

/// Extent of an iteration dimension: a constant if some tensor knows it.
static OpFoldResult getExtent(OpBuilder &builder, AttentionOp op,
                              const AttentionMaps &maps, unsigned dim) {
  std::pair<Value, AffineMap> tensors[] = {
      {op.getQuery(), maps.getQuery()},
      {op.getKeys().front(), maps.getKey()},
      {op.getValue(), maps.getValue()},
      {op.getOuts().front(), maps.getOutput()}};
  OpFoldResult extent = builder.getIndexAttr(1);
  for (auto [tensor, map] : tensors)
    if (std::optional<unsigned> axis = getAxisOfDim(map, dim)) {
      extent = tensor::getMixedSize(builder, op.getLoc(), tensor, *axis);
      if (getConstantIntValue(extent))
        break;
    }
  return extent;
}

LinearProblem::LinearProblem(OpBuilder &builder, AttentionOp op,
                             const LinearForm &form)
    : op(op), form(form), maps(op), loc(op.getLoc()),
      type(cast<AttentionLikeOpInterface>(op.getOperation())
               .getAccumulatorType()) {
  for (unsigned dim = 0; dim < maps.getNumDims(); ++dim)
    extents.push_back(getExtent(builder, op, maps, dim));
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim)
    if (getAxisOfDim(maps.getKey(), dim) || getAxisOfDim(maps.getValue(), dim))
      batchDims.push_back(dim);
  std::optional<int64_t> queries = getConstantIntValue(extents[maps.getM()]);
  hasWholeChunks = queries && *queries % form.chunk == 0 &&
                   queries == getConstantIntValue(extents[maps.getN()]);
}

OpFoldResult LinearProblem::apply(OpBuilder &builder, AffineExpr expr,
                                  ArrayRef<OpFoldResult> operands) const {
  return affine::makeComposedFoldedAffineApply(builder, loc, expr, operands);
}

OpFoldResult LinearProblem::getMin(OpBuilder &builder, AffineExpr a,
                                   AffineExpr b,
                                   ArrayRef<OpFoldResult> operands) const {
  AffineMap map =
      AffineMap::get(operands.size(), 0, {a, b}, builder.getContext());
  return affine::makeComposedFoldedAffineMin(builder, loc, map, operands);
}

int64_t LinearProblem::getValueDepth() const {
  return *getConstantIntValue(extents[maps.getE()]);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Value mlir::sattn::buildProduct(OpBuilder &builder, Location loc,
                                unsigned numDims,
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
// One block
//===----------------------------------------------------------------------===//

namespace {
/// Offsets and sizes of a slice.
struct Box {
  SmallVector<OpFoldResult> offsets, sizes;
  SmallVector<OpFoldResult> getStrides(OpBuilder &builder) const {
    return SmallVector<OpFoldResult>(sizes.size(), builder.getIndexAttr(1));
  }
};

/// Builds the sums of one block: the body of the loop over batch and blocks.
class BlockSums {
public:
  BlockSums(OpBuilder &builder, const LinearProblem &problem,
            const LevelSums &sums, ValueRange indices);
  void build(OpBuilder &builder, ValueRange destinations);

private:
  SmallVector<Value> buildZeros(OpBuilder &builder);
  SmallVector<Value> addKeys(OpBuilder &builder, OpFoldResult row,
                             ValueRange sum);
  Value storeSum(OpBuilder &builder, OpFoldResult row, Value sum, Value slots);
  Box getSlots(OpBuilder &builder, Value destination);

  const LinearProblem &problem;
  const LevelSums &sums;
  ValueRange batch;
  Location loc;
  /// Rows of the block: of keys or, causal, of queries, which step the slots.
  OpFoldResult first, end;
  OpFoldResult firstSlot, numSlots;
  /// The keys and values of the block's place in the batch.
  IterationTile tile;
};
} // namespace

BlockSums::BlockSums(OpBuilder &builder, const LinearProblem &problem,
                     const LevelSums &sums, ValueRange indices)
    : problem(problem), sums(sums), batch(indices.drop_back()),
      loc(problem.loc) {
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  const AttentionMaps &maps = problem.maps;
  bool isCausal = problem.form.isCausal;
  OpFoldResult block = indices.back();
  OpFoldResult rows = problem.extents[isCausal ? maps.getM() : maps.getN()];
  first = builder.getIndexAttr(0);
  end = rows;
  if (sums.block) {
    first = problem.apply(builder, d0 * *sums.block, {block});
    end = problem.getMin(builder, d0 * *sums.block + *sums.block, d1,
                         {block, rows});
  }
  firstSlot = block;
  numSlots = builder.getIndexAttr(1);
  if (isCausal) {
    int64_t chunk = problem.form.chunk;
    firstSlot = problem.apply(builder, d0.floorDiv(chunk), {first});
    numSlots = problem.apply(builder, (d1 - d0).ceilDiv(chunk), {first, end});
  }
  tile.offsets.assign(maps.getNumDims(), builder.getIndexAttr(0));
  tile.sizes = problem.extents;
  for (auto [dim, index] : llvm::zip(problem.batchDims, batch)) {
    tile.offsets[dim] = index;
    tile.sizes[dim] = builder.getIndexAttr(1);
  }
}

SmallVector<Value> BlockSums::buildZeros(OpBuilder &builder) {
  auto build = [&](ArrayRef<int64_t> shape) {
    return createFilled(builder, loc,
                        getAsIndexOpFoldResult(builder.getContext(), shape),
                        problem.type, 0.0);
  };
  int64_t columns = sums.columns.end - sums.columns.first;
  SmallVector<Value> zeros = {build({columns, problem.getValueDepth()})};
  if (AttentionOp(problem.op).getLink() == Link::Linear)
    zeros.push_back(build({columns}));
  return zeros;
}

/// `sum` and the keys of the chunk from `row` on, summed up on their own first:
/// the error does not grow with each key.
SmallVector<Value> BlockSums::addKeys(OpBuilder &builder, OpFoldResult row,
                                      ValueRange sum) {
  const AttentionMaps &maps = problem.maps;
  unsigned n = maps.getN(), r = maps.getR(), e = maps.getE();
  const LevelColumns &columns = sums.columns;
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  tile.offsets[n] = row;
  tile.sizes[n] = builder.getIndexAttr(problem.form.chunk);
  if (!problem.hasWholeChunks) {
    // Queries may go on where there are no keys any more.
    OpFoldResult keys = problem.extents[n];
    OpFoldResult last = problem.getMin(builder, d0, d1, {end, keys});
    tile.offsets[n] = problem.getMin(builder, d0, d1, {row, keys});
    tile.sizes[n] = problem.getMin(
        builder, d1 - d0, builder.getAffineConstantExpr(problem.form.chunk),
        {tile.offsets[n], last});
  }
  tile.offsets[r] = builder.getIndexAttr(columns.first);
  tile.sizes[r] = builder.getIndexAttr(columns.end - columns.first);
  AttentionOp op = problem.op;
  Value key = extractTile(builder, loc, op.getKeys().front(), maps.getKey(),
                          tile, {n, r});
  Value value =
      extractTile(builder, loc, op.getValue(), maps.getValue(), tile, {n, e});

  // Dimensions: n, r, e.
  SmallVector<LabelledTensor> inputs = {{key, {0, 1}}};
  if (llvm::any_of(columns.factors,
                   [](double factor) { return factor != 1.0; })) {
    auto factors =
        llvm::map_to_vector(columns.factors, [&](double factor) -> Attribute {
          return builder.getFloatAttr(problem.type, factor);
        });
    auto type = RankedTensorType::get(int64_t(factors.size()), problem.type);
    Value constant = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, factors));
    inputs.push_back({constant, {1}});
  }
  SmallVector<Value> zeros = buildZeros(builder), more;
  if (zeros.size() == 2)
    more.push_back(buildProduct(builder, loc, 2, inputs, {zeros[1], {1}}));
  inputs.push_back({value, {0, 2}});
  more.insert(more.begin(),
              buildProduct(builder, loc, 3, inputs, {zeros[0], {1, 2}}));
  for (auto [part, total] : llvm::zip_equal(more, sum))
    part = addTensors(builder, loc, part, total);
  return more;
}

/// The slots of a destination that the block owns.
Box BlockSums::getSlots(OpBuilder &builder, Value destination) {
  Box box;
  box.offsets = getAsOpFoldResult(batch);
  box.sizes.assign(batch.size(), builder.getIndexAttr(1));
  box.offsets.push_back(firstSlot);
  box.sizes.push_back(numSlots);
  auto type = cast<RankedTensorType>(destination.getType());
  for (int64_t extent : type.getShape().drop_front(box.sizes.size())) {
    box.offsets.push_back(builder.getIndexAttr(0));
    box.sizes.push_back(builder.getIndexAttr(extent));
  }
  return box;
}

/// Writes `sum` into the slot of the chunk of queries from `row` on.
Value BlockSums::storeSum(OpBuilder &builder, OpFoldResult row, Value sum,
                          Value slots) {
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  Box box = getSlots(builder, slots);
  std::fill(box.offsets.begin(), box.offsets.end(), builder.getIndexAttr(0));
  box.offsets[batch.size()] = problem.apply(
      builder, (d0 - d1).floorDiv(problem.form.chunk), {row, first});
  box.sizes[batch.size()] = builder.getIndexAttr(1);
  return tensor::InsertSliceOp::create(builder, loc, sum, slots, box.offsets,
                                       box.sizes, box.getStrides(builder));
}

void BlockSums::build(OpBuilder &builder, ValueRange destinations) {
  auto terminator =
      cast<scf::InParallelOp>(builder.getInsertionBlock()->getTerminator());
  SmallVector<Box> boxes;
  for (Value destination : destinations)
    boxes.push_back(getSlots(builder, destination));
  // The sum; causal, then the block's slots.
  SmallVector<Value> carried = buildZeros(builder);
  size_t numSums = carried.size();
  if (problem.form.isCausal)
    for (auto [destination, box] : llvm::zip_equal(destinations, boxes))
      carried.push_back(
          tensor::ExtractSliceOp::create(builder, loc, destination, box.offsets,
                                         box.sizes, box.getStrides(builder)));
  auto body = [&](OpBuilder &b, Location, Value row, ValueRange values) {
    ValueRange sum = values.take_front(numSums);
    SmallVector<Value> stored;
    for (auto [value, slots] : llvm::zip(sum, values.drop_front(numSums)))
      stored.push_back(storeSum(b, row, value, slots));
    SmallVector<Value> next = addKeys(b, row, sum);
    next.append(stored);
    scf::YieldOp::create(b, loc, next);
  };
  auto loop = scf::ForOp::create(
      builder, loc, getValueOrCreateConstantIndexOp(builder, loc, first),
      getValueOrCreateConstantIndexOp(builder, loc, end),
      arith::ConstantIndexOp::create(builder, loc, problem.form.chunk), carried,
      body);
  ValueRange written = loop.getResults();
  if (problem.form.isCausal)
    written = written.drop_front(numSums);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(terminator.getBody());
  for (auto [value, destination, box] :
       llvm::zip_equal(written, destinations, boxes))
    tensor::ParallelInsertSliceOp::create(builder, loc, value, destination,
                                          box.offsets, box.sizes,
                                          box.getStrides(builder));
}

//===----------------------------------------------------------------------===//
// All blocks
//===----------------------------------------------------------------------===//

LevelSums mlir::sattn::buildLevelSums(OpBuilder &builder,
                                      const LinearProblem &problem,
                                      unsigned level) {
  AttentionOp op = problem.op;
  const AttentionMaps &maps = problem.maps;
  PositionStructureAttrInterface structure = op.getStructureAttr();
  LevelSums sums;
  sums.columns = getLevelColumns(
      structure, level, *getConstantIntValue(problem.extents[maps.getR()]));
  sums.block = *getBlockRows(structure, level);
  AffineExpr d0 = builder.getAffineDimExpr(0);
  OpFoldResult queries = problem.extents[maps.getM()];
  OpFoldResult blocks = builder.getIndexAttr(1);
  if (sums.block)
    blocks = problem.apply(builder, d0.ceilDiv(*sums.block), {queries});
  OpFoldResult slots = blocks;
  if (problem.form.isCausal)
    slots = problem.apply(builder, d0.ceilDiv(problem.form.chunk), {queries});

  SmallVector<OpFoldResult> bounds;
  for (unsigned dim : problem.batchDims)
    bounds.push_back(problem.extents[dim]);
  SmallVector<OpFoldResult> shape = bounds;
  bounds.push_back(blocks);
  shape.push_back(slots);
  shape.push_back(builder.getIndexAttr(sums.columns.end - sums.columns.first));
  SmallVector<Value> destinations;
  auto addDestination = [&] {
    destinations.insert(
        destinations.begin(),
        tensor::EmptyOp::create(builder, problem.loc, shape, problem.type));
  };
  if (op.getLink() == Link::Linear)
    addDestination();
  shape.push_back(problem.extents[maps.getE()]);
  addDestination();

  auto forall = scf::ForallOp::create(builder, problem.loc, bounds,
                                      destinations, std::nullopt);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(forall.getTerminator());
  BlockSums(builder, problem, sums, forall.getInductionVars())
      .build(builder, forall.getRegionIterArgs());
  sums.products = forall.getResult(0);
  if (forall.getNumResults() == 2)
    sums.keys = forall.getResult(1);
  return sums;
}
