//===- StructuredMatrixFactors.cpp - Factors of structured matrices -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verification of factor types (condition C9) and the IR that turns the factors
// of a named structure into those of its MLBTC terms.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static std::string toString(ArrayRef<int64_t> shape) {
  std::string text = "[heads]";
  for (int64_t extent : shape)
    text += ShapedType::isDynamic(extent) ? " x (static)"
                                          : " x " + std::to_string(extent);
  return text;
}

/// True if `type` has `shape`, with or without a leading head axis. An unknown
/// extent of `shape` stands for any static one.
static bool hasFactorShape(RankedTensorType type, ArrayRef<int64_t> shape) {
  if (!type || (type.getRank() != int64_t(shape.size()) &&
                type.getRank() != int64_t(shape.size()) + 1))
    return false;
  for (auto [actual, expected] :
       llvm::zip_equal(type.getShape().take_back(shape.size()), shape))
    if (ShapedType::isDynamic(actual) ||
        (ShapedType::isStatic(expected) && actual != expected))
      return false;
  return true;
}

LogicalResult
sattn::verifyMatrixFactors(function_ref<InFlightDiagnostic()> emitError,
                           ArrayRef<MatrixFactor> expected, TypeRange factors) {
  if (factors.size() != expected.size())
    return emitError() << "expected " << expected.size() << " factors, got "
                       << factors.size();
  int64_t heads = ShapedType::kDynamic;
  StringRef headsFrom;
  for (auto [factor, factorType] : llvm::zip_equal(expected, factors)) {
    auto type = dyn_cast<RankedTensorType>(factorType);
    if (!hasFactorShape(type, factor.shape))
      return emitError() << "expected factor '" << factor.name << "' of shape "
                         << toString(factor.shape) << ", got " << factorType;
    Type elementType = getElementTypeOrSelf(factors.front());
    if (type.getElementType() != elementType)
      return emitError() << "expected factors of one element type, got "
                         << elementType << " in '" << expected.front().name
                         << "' and " << type.getElementType() << " in '"
                         << factor.name << "'";
    if (type.getRank() == int64_t(factor.shape.size()) || type.isDynamicDim(0))
      continue;
    if (ShapedType::isStatic(heads) && heads != type.getDimSize(0))
      return emitError() << "expected factors with equal numbers of heads, got "
                         << heads << " in '" << headsFrom << "' and "
                         << type.getDimSize(0) << " in '" << factor.name << "'";
    heads = type.getDimSize(0);
    headsFrom = factor.name;
  }
  return success();
}

/// True if `part` reads a factor of the given side.
static bool readsSide(Part part, bool isLeft) {
  return part == Part::Full || part == Part::Transposed ||
         (part == Part::Query) == isLeft;
}

Value StructuredMatrixAttrInterface::getFactorWithHeads(ValueRange factors,
                                                        Part part) const {
  auto [rows, columns] = getMatrixShape(factors.getTypes());
  for (auto [expected, factor] :
       llvm::zip_equal(getFactors(rows, columns), factors)) {
    int64_t rank = cast<RankedTensorType>(factor.getType()).getRank();
    if (readsSide(part, expected.isLeft) &&
        rank > int64_t(expected.shape.size()))
      return factor;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Factors of the MLBTC terms
//===----------------------------------------------------------------------===//

SmallVector<Value> LowRankAttr::buildMlbtcFactors(OpBuilder &builder,
                                                  Location loc,
                                                  ValueRange factors, int64_t,
                                                  int64_t) const {
  // [H] x m x r to [H] x 1 x m x r.
  SmallVector<Value> result;
  for (Value factor : factors) {
    auto type = cast<RankedTensorType>(factor.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.insert(shape.end() - 2, 1);
    SmallVector<ReassociationIndices> axes;
    if (type.getRank() == 3)
      axes = {{0}, {1, 2}, {3}};
    else
      axes = {{0, 1}, {2}};
    result.push_back(tensor::ExpandShapeOp::create(
        builder, loc, type.clone(shape), factor, axes));
  }
  return result;
}

SmallVector<Value> BlockDiagonalAttr::buildMlbtcFactors(OpBuilder &, Location,
                                                        ValueRange factors,
                                                        int64_t,
                                                        int64_t) const {
  return {factors.front(), Value()};
}

/// `factor` with axes `from` as a tensor with axes `to`, copied along the axis
/// of `to` that `from` lacks and that has `extent`. Both get the head axis.
static Value broadcastFactor(OpBuilder &builder, Location loc, Value factor,
                             StringRef from, StringRef to, char axis,
                             int64_t extent) {
  auto type = cast<RankedTensorType>(factor.getType());
  std::string head = type.getRank() > int64_t(from.size()) ? "h" : "";
  LabelledTensor input{factor, toLabels(head + from.str())};
  LabelledTensor output{Value(), toLabels(head + to.str())};
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, factor),
                            shape;
  for (unsigned label : output.labels)
    shape.push_back(
        label == unsigned(axis)
            ? builder.getIndexAttr(extent)
            : sizes[llvm::find(input.labels, label) - input.labels.begin()]);
  Type elementType = type.getElementType();
  output.value = createEmpty(builder, loc, shape, elementType);
  return createGeneric(builder, loc, {input}, {output},
                       cast<FloatType>(elementType),
                       [](OpBuilder &, Location, ValueRange inputs,
                          ValueRange) { return SmallVector<Value>(inputs); })
      .front();
}

SmallVector<Value> KroneckerAttr::buildMlbtcFactors(OpBuilder &builder,
                                                    Location loc,
                                                    ValueRange factors, int64_t,
                                                    int64_t) const {
  // left[b, a, c] = A[a, c] and right[c, d, b] = B[b, d].
  return {
      broadcastFactor(builder, loc, factors[0], "ac", "bac", 'b',
                      getQuery()[1]),
      broadcastFactor(builder, loc, factors[1], "bd", "cdb", 'c', getKey()[0])};
}

SmallVector<Value> BttAttr::buildMlbtcFactors(OpBuilder &, Location,
                                              ValueRange factors, int64_t,
                                              int64_t) const {
  return SmallVector<Value>(factors);
}

SmallVector<Value> MonarchAttr::buildMlbtcFactors(OpBuilder &, Location,
                                                  ValueRange factors, int64_t,
                                                  int64_t) const {
  return SmallVector<Value>(factors);
}

SmallVector<Value> MlrAttr::buildMlbtcFactors(OpBuilder &, Location,
                                              ValueRange factors, int64_t,
                                              int64_t) const {
  SmallVector<Value> result;
  size_t levels = getRanks().size();
  for (auto [left, right] :
       llvm::zip_equal(factors.take_front(levels), factors.drop_front(levels)))
    result.append({left, right});
  return result;
}

SmallVector<Value> MlbtcAttr::buildMlbtcFactors(OpBuilder &, Location,
                                                ValueRange factors, int64_t,
                                                int64_t) const {
  return SmallVector<Value>(factors);
}
