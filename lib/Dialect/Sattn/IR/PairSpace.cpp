//===- PairSpace.cpp - Grid of query-key pairs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors over dimensions of the iteration space and generics on them.
//
//===----------------------------------------------------------------------===//

#include "PairSpace.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace mlir::sattn;

PairSpace::PairSpace(OpBuilder &builder, Location loc, unsigned numBatch,
                     ArrayRef<MappedTensor> tensors)
    : builder(builder), loc(loc), numBatch(numBatch) {
  for (unsigned dim = 0; dim < numBatch + 4; ++dim) {
    const MappedTensor *first = nullptr;
    std::optional<int64_t> extent;
    for (const MappedTensor &tensor : tensors)
      if (std::optional<unsigned> axis = getAxisOfDim(tensor.map, dim)) {
        int64_t size =
            cast<RankedTensorType>(tensor.tensor.getType()).getDimSize(*axis);
        if (!first)
          first = &tensor;
        if (!extent && !ShapedType::isDynamic(size))
          extent = size;
      }
    if (extent)
      extents.push_back(builder.getIndexAttr(*extent));
    else if (first)
      extents.push_back(tensor::getMixedSize(builder, loc, first->tensor,
                                             *getAxisOfDim(first->map, dim)));
    else // Nothing has this dimension.
      extents.push_back(builder.getIndexAttr(1));
  }
}

SmallVector<unsigned> PairSpace::getRowDims(ArrayRef<unsigned> more) const {
  SmallVector<unsigned> dims = llvm::to_vector(llvm::seq(0u, numBatch + 1));
  dims.append(more.begin(), more.end());
  return dims;
}

AffineMap PairSpace::getMap(ArrayRef<unsigned> dims) const {
  return AffineMap::getMultiDimMapWithTargets(numBatch + 4, dims,
                                              builder.getContext());
}

MappedTensor PairSpace::empty(AffineMap map, Type elementType) const {
  SmallVector<OpFoldResult> sizes;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    sizes.push_back(extents[map.getDimPosition(axis)]);
  return {tensor::EmptyOp::create(builder, loc, sizes, elementType), map};
}

MappedTensor PairSpace::fill(AffineMap map, TypedAttr value) const {
  MappedTensor init = empty(map, value.getType());
  Value constant = arith::ConstantOp::create(builder, loc, value);
  return {
      linalg::FillOp::create(builder, loc, constant, init.tensor).getResult(0),
      map};
}

/// `map` as a function of `dims` alone.
static AffineMap restrictTo(AffineMap map, ArrayRef<unsigned> dims) {
  SmallVector<unsigned> targets;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    targets.push_back(llvm::find(dims, map.getDimPosition(axis)) -
                      dims.begin());
  return AffineMap::getMultiDimMapWithTargets(dims.size(), targets,
                                              map.getContext());
}

SmallVector<Value> PairSpace::generic(ArrayRef<unsigned> dims,
                                      ArrayRef<MappedTensor> inputs,
                                      ArrayRef<MappedTensor> outputs,
                                      Body body) const {
  SmallVector<Value> ins, outs;
  SmallVector<AffineMap> maps;
  for (const MappedTensor &input : inputs) {
    ins.push_back(input.tensor);
    maps.push_back(restrictTo(input.map, dims));
  }
  for (const MappedTensor &output : outputs) {
    outs.push_back(output.tensor);
    maps.push_back(restrictTo(output.map, dims));
  }
  SmallVector<utils::IteratorType> iterators;
  for (unsigned dim : dims)
    iterators.push_back(getAxisOfDim(outputs.front().map, dim)
                            ? utils::IteratorType::parallel
                            : utils::IteratorType::reduction);
  auto op = linalg::GenericOp::create(
      builder, loc, TypeRange(ValueRange(outs)), ins, outs, maps, iterators,
      [&](OpBuilder &b, Location bodyLoc, ValueRange elements) {
        linalg::YieldOp::create(b, bodyLoc, body(b, bodyLoc, elements));
      });
  return llvm::to_vector_of<Value>(op.getResults());
}

MappedTensor PairSpace::generic(ArrayRef<unsigned> dims,
                                ArrayRef<MappedTensor> inputs,
                                MappedTensor output, Body body) const {
  return {generic(dims, inputs, ArrayRef(output), body).front(), output.map};
}

Value mlir::sattn::buildSlice(OpBuilder &b, Location loc, Value tensor,
                              unsigned axis, OpFoldResult first,
                              OpFoldResult count) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  offsets[axis] = first;
  sizes[axis] = count;
  // The verifier of extract_slice refuses offset 0 of an axis of extent 0.
  auto type = cast<RankedTensorType>(tensor.getType());
  if (llvm::is_contained(type.getShape(), 0))
    return tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, tensor, offsets, sizes,
                                        strides);
}

Value mlir::sattn::buildFloatCast(OpBuilder &b, Location loc, Value value,
                                  Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (value.getType() == type)
    return value;
  if (from < to)
    return arith::ExtFOp::create(b, loc, type, value);
  if (from > to)
    return arith::TruncFOp::create(b, loc, type, value);
  // f16 and bf16: neither holds the other.
  return arith::TruncFOp::create(
      b, loc, type, arith::ExtFOp::create(b, loc, b.getF32Type(), value));
}

Value mlir::sattn::buildFloat(OpBuilder &b, Location loc, Type type,
                              double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
}

TypedAttr mlir::sattn::getMinusInfinity(FloatType type) {
  return FloatAttr::get(
      type, APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true));
}

Value mlir::sattn::buildIsMinusInfinity(OpBuilder &b, Location loc, Value value,
                                        bool isIt) {
  Value infinity = arith::ConstantOp::create(
      b, loc, getMinusInfinity(cast<FloatType>(value.getType())));
  return arith::CmpFOp::create(
      b, loc, isIt ? arith::CmpFPredicate::OEQ : arith::CmpFPredicate::UNE,
      value, infinity);
}
