//===- DomainTile.cpp - Tiles of attention-like ops -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the tiling interfaces of attention, score and online_attention have in
// common: which part of an operand belongs to a tile, and the positions of a
// tile. Tiling changes operands and positions and nothing else.
//
//===----------------------------------------------------------------------===//

#include "DomainTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::sattn;

AxisDims mlir::sattn::getAxisDims(AffineMap map) {
  AxisDims dims;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    dims.push_back(map.getDimPosition(axis));
  return dims;
}

//===----------------------------------------------------------------------===//
// Iteration space
//===----------------------------------------------------------------------===//

IterationSpace::IterationSpace(unsigned numDims, ValueRange operands,
                               ArrayRef<AxisDims> dims)
    : sources(numDims) {
  auto isStatic = [](std::pair<Value, unsigned> source) {
    return !cast<ShapedType>(source.first.getType())
                .isDynamicDim(source.second);
  };
  for (auto [operand, operandDims] : llvm::zip(operands, dims))
    for (auto [axis, dim] : llvm::enumerate(operandDims)) {
      if (!dim)
        continue;
      std::pair<Value, unsigned> candidate(operand, axis);
      if (!sources[*dim].first ||
          (!isStatic(sources[*dim]) && isStatic(candidate)))
        sources[*dim] = candidate;
    }
}

OpFoldResult IterationSpace::getExtent(OpBuilder &b, Location loc,
                                       unsigned dim) const {
  return tensor::getMixedSize(b, loc, sources[dim].first, sources[dim].second);
}

SmallVector<Range> IterationSpace::getDomain(OpBuilder &b, Location loc) const {
  SmallVector<Range> domain;
  for (unsigned dim = 0; dim < sources.size(); ++dim)
    domain.push_back(
        {b.getIndexAttr(0), getExtent(b, loc, dim), b.getIndexAttr(1)});
  return domain;
}

/// Size of an axis of a slice; null if `tensor` is none.
static OpFoldResult getSliceSize(Value tensor, unsigned axis) {
  auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice)
    return {};
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(slice.getMixedSizes()))
    if (!dropped.test(dim) && axis-- == 0)
      return size;
  return {};
}

bool IterationSpace::isWhole(unsigned dim, OpFoldResult offset,
                             OpFoldResult size) const {
  if (!isZeroInteger(offset))
    return false;
  auto [tensor, axis] = sources[dim];
  int64_t extent = cast<ShapedType>(tensor.getType()).getDimSize(axis);
  if (!ShapedType::isDynamic(extent))
    return isConstantIntValue(size, extent);
  auto value = dyn_cast<Value>(size);
  if (!value)
    return false;
  // The domain's own extents are such values: tensor.dim, which folds to the
  // operand where the tensor is a slice.
  auto dimOp = value.getDefiningOp<tensor::DimOp>();
  if (dimOp && dimOp.getSource() == tensor &&
      dimOp.getConstantIndex() == int64_t(axis))
    return true;
  if (getSliceSize(tensor, axis) == size)
    return true;
  FailureOr<bool> isEqual =
      ValueBoundsConstraintSet::areEqual(value, {tensor, int64_t(axis)});
  return succeeded(isEqual) && *isEqual;
}

void mlir::sattn::getDomainOfResultTile(OpBuilder &b, Location loc,
                                        const IterationSpace &space,
                                        const AxisDims &dims,
                                        DomainTile resultTile,
                                        SmallVectorImpl<OpFoldResult> &offsets,
                                        SmallVectorImpl<OpFoldResult> &sizes) {
  for (Range range : space.getDomain(b, loc)) {
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
  }
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    offsets[*dim] = resultTile.offsets[axis];
    sizes[*dim] = resultTile.sizes[axis];
  }
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

void DomainTile::getPosition(OpBuilder &b, Location loc, Value tensor,
                             const AxisDims &dims,
                             SmallVector<OpFoldResult> &tensorOffsets,
                             SmallVector<OpFoldResult> &tensorSizes) const {
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    tensorOffsets.push_back(dim ? offsets[*dim] : b.getIndexAttr(0));
    tensorSizes.push_back(dim ? sizes[*dim]
                              : tensor::getMixedSize(b, loc, tensor, axis));
  }
}

/// True if the slice is all of a tensor of static shape.
static bool isWholeTensor(RankedTensorType type, ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes) {
  return type.hasStaticShape() && llvm::all_of(offsets, isZeroInteger) &&
         llvm::all_of(llvm::zip(sizes, type.getShape()), [](auto pair) {
           return isConstantIntValue(std::get<0>(pair), std::get<1>(pair));
         });
}

TilingResult mlir::sattn::cloneForTile(OpBuilder &b, Operation *op,
                                       ArrayRef<AxisDims> dims, DomainTile tile,
                                       ValueRange destinations) {
  Location loc = op->getLoc();
  TilingResult result;
  SmallVector<Value> operands;
  unsigned numCut = op->getNumOperands() - destinations.size();
  for (auto [operand, operandDims] :
       llvm::zip(op->getOperands().take_front(numCut), dims)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    SmallVector<OpFoldResult> offsets, sizes;
    if (type)
      tile.getPosition(b, loc, operand, operandDims, offsets, sizes);
    if (!type || isWholeTensor(type, offsets, sizes)) {
      operands.push_back(operand);
      continue;
    }
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    auto slice = tensor::ExtractSliceOp::create(b, loc, operand, offsets, sizes,
                                                strides);
    operands.push_back(slice);
    result.generatedSlices.push_back(slice);
  }
  llvm::append_range(operands, destinations);

  ValueRange outs = ArrayRef(operands).take_back(op->getNumResults());
  Operation *tiled = clone(b, op, outs.getTypes(), operands);
  result.tiledOps.push_back(tiled);
  llvm::append_range(result.tiledValues, tiled->getResults());
  return result;
}

//===----------------------------------------------------------------------===//
// Dimensions of operands
//===----------------------------------------------------------------------===//

static AxisDims getKeyDims(AttentionLikeOpInterface op, unsigned index,
                           const AttentionMaps &maps) {
  AxisDims dims = getAxisDims(maps.getKey());
  for (std::optional<unsigned> &dim : dims)
    if (dim == maps.getR() || (dim == maps.getN() && op.isBlockCache(index)))
      dim = std::nullopt;
  return dims;
}

/// Dimensions of the operands from the mask to the key limit; scalars have
/// none.
static void appendClauseDims(AttentionLikeOpInterface op,
                             const AttentionMaps &maps,
                             SmallVectorImpl<AxisDims> &dims) {
  if (op.getMask())
    dims.push_back(getAxisDims(maps.getMask()));
  auto append = [&](Value value, std::optional<unsigned> dim) {
    auto type = value ? dyn_cast<RankedTensorType>(value.getType())
                      : RankedTensorType();
    if (!value)
      return;
    AxisDims &axes = dims.emplace_back();
    if (type && type.getRank() > (dim ? 1 : 0))
      axes.push_back(maps.getPositionBatchDim());
    if (dim)
      axes.push_back(dim);
  };
  append(op.getQuerySegments(), maps.getM());
  append(op.getKeySegments(), maps.getN());
  for (Value position :
       {op.getQueryOffset(), op.getKeyOffset(), op.getKeyLimit()})
    append(position, std::nullopt);
}

static SmallVector<AxisDims> getQueryAndKeyDims(AttentionLikeOpInterface op,
                                                const AttentionMaps &maps) {
  SmallVector<AxisDims> dims = {getAxisDims(maps.getQuery())};
  for (unsigned i = 0; i < op.getKeys().size(); ++i)
    dims.push_back(getKeyDims(op, i, maps));
  return dims;
}

SmallVector<AxisDims> mlir::sattn::getOperandDims(AttentionOp op,
                                                  const AttentionMaps &maps) {
  SmallVector<AxisDims> dims = getQueryAndKeyDims(op, maps);
  dims.push_back(getAxisDims(maps.getValue()));
  appendClauseDims(op, maps, dims);
  if (op.getNormalizer())
    dims.push_back(getAxisDims(maps.getRowMap()));
  for (AffineMap map : maps.getScoreOperands())
    dims.push_back(getAxisDims(map));
  dims.push_back(getAxisDims(maps.getOutput()));
  if (op.getOuts().size() == 2)
    dims.push_back(getAxisDims(maps.getRowMap()));
  return dims;
}

SmallVector<AxisDims> mlir::sattn::getOperandDims(ScoreOp op,
                                                  const AttentionMaps &maps) {
  SmallVector<AxisDims> dims = getQueryAndKeyDims(op, maps);
  appendClauseDims(op, maps, dims);
  for (AffineMap map : maps.getScoreOperands())
    dims.push_back(getAxisDims(map));
  dims.push_back(getAxisDims(maps.getOutput()));
  return dims;
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

static Value addIndex(OpBuilder &b, Location loc, OpFoldResult x,
                      OpFoldResult y) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  return getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, d0 + d1, {x, y}));
}

/// One position per batch row: `positions` + `shift`, element by element.
static Value addIndexToTensor(OpBuilder &b, Location loc, Value positions,
                              OpFoldResult shift) {
  Value amount = getValueOrCreateConstantIndexOp(b, loc, shift);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, positions);
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getIndexType());
  AffineMap identity = b.getMultiDimIdentityMap(1);
  auto generic = linalg::GenericOp::create(
      b, loc, empty.getType(), positions, empty,
      ArrayRef<AffineMap>{identity, identity}, utils::IteratorType::parallel,
      [&](OpBuilder &nested, Location, ValueRange args) {
        Value sum = arith::AddIOp::create(nested, loc, args[0], amount);
        linalg::YieldOp::create(nested, loc, sum);
      });
  return generic.getResult(0);
}

Value mlir::sattn::shiftPosition(OpBuilder &b, Location loc, Value position,
                                 OpFoldResult shift) {
  if (isZeroInteger(shift))
    return position;
  if (!position)
    return getValueOrCreateConstantIndexOp(b, loc, shift);
  auto type = dyn_cast<RankedTensorType>(position.getType());
  if (!type)
    return addIndex(b, loc, position, shift);
  if (type.getDimSize(0) != 1)
    return addIndexToTensor(b, loc, position, shift);
  Value zero = getValueOrCreateConstantIndexOp(b, loc, b.getIndexAttr(0));
  return addIndex(
      b, loc, Value(tensor::ExtractOp::create(b, loc, position, zero)), shift);
}
