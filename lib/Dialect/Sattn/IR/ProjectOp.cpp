//===- ProjectOp.cpp - sattn.project -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shapes of `sattn.project`: accessors, verification, reification. What it
// computes is in ProjectDecomposition.cpp.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

std::pair<int64_t, int64_t> ProjectOp::getMatrixShape() {
  return getStructure().getMatrixShape(getFactors().getTypes());
}

Value ProjectOp::getFactorWithHeads() {
  return getStructure().getFactorWithHeads(getFactors(), getPart());
}

bool ProjectOp::isHeadwise() {
  return getFactorWithHeads() &&
         getInput().getType().getRank() == getType().getRank();
}

/// Features that go in and that come out.
static std::pair<int64_t, int64_t> getFeatures(ProjectOp op) {
  auto [rows, columns] = op.getMatrixShape();
  switch (op.getPart()) {
  case Part::Full:
    return {columns, rows};
  case Part::Transposed:
    return {rows, columns};
  case Part::Query:
    return {rows, op.getStructure().getNumFeatures(rows, columns)};
  case Part::Key:
    return {columns, op.getStructure().getNumFeatures(rows, columns)};
  }
  llvm_unreachable("unknown part");
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyResultType(ProjectOp op, int64_t features) {
  RankedTensorType input = op.getInput().getType();
  Value factor = op.getFactorWithHeads();
  SmallVector<int64_t> expected(input.getShape().drop_back());
  expected.push_back(features);
  if (factor) {
    int64_t heads = cast<RankedTensorType>(factor.getType()).getDimSize(0);
    if (op.isHeadwise()) {
      int64_t given = input.getDimSize(input.getRank() - 3);
      if (failed(verifyCompatibleShape({heads}, {given})))
        return op.emitOpError("expected an input of ")
               << heads << " heads (those of the factors), got " << given;
    } else {
      expected.insert(expected.end() - 2, heads);
    }
  }
  auto expectedType =
      RankedTensorType::get(expected, op.getType().getElementType());
  if (op.getType().getShape().back() != features ||
      failed(verifyCompatibleShape(op.getType(), expectedType)))
    return op.emitOpError("expected a result of type ")
           << expectedType << ", got " << op.getType();
  return success();
}

LogicalResult ProjectOp::verify() {
  // C9
  auto [rows, columns] = getMatrixShape();
  if (failed(getStructure().verifyFactors([&] { return emitOpError(); },
                                          getFactors().getTypes(), rows,
                                          columns)))
    return failure();
  RankedTensorType input = getInput().getType();
  Type factorType = getElementTypeOrSelf(getFactors().front());
  if (input.getElementType() != factorType)
    return emitOpError("expected input and factors of one element type, got ")
           << input.getElementType() << " and " << factorType;

  auto [inputFeatures, resultFeatures] = getFeatures(*this);
  int64_t minRank = !getFactorWithHeads() ? 1 : isHeadwise() ? 3 : 2;
  if (input.getRank() < minRank)
    return emitOpError("expected an input with at least ")
           << minRank << (minRank == 1 ? " axis" : " axes") << ", got "
           << input;
  if (input.getShape().back() != inputFeatures)
    return emitOpError("expected an input of ")
           << inputFeatures << " features for part '"
           << stringifyPart(getPart()) << "' of a matrix of " << rows << " x "
           << columns << ", got " << input;
  return verifyResultType(*this, resultFeatures);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult
ProjectOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  RankedTensorType type = getType();
  int64_t rank = type.getRank();
  bool addsHeads = getFactorWithHeads() && !isHeadwise();
  SmallVector<OpFoldResult> &shape = shapes.emplace_back();
  for (auto [axis, extent] : llvm::enumerate(type.getShape())) {
    if (ShapedType::isStatic(extent)) {
      shape.push_back(builder.getIndexAttr(extent));
      continue;
    }
    // Axes: the input's, with the heads in front of its last two.
    int64_t headAxis = rank - 3;
    Value source = getInput();
    int64_t sourceAxis = axis;
    if (addsHeads && int64_t(axis) == headAxis) {
      source = getFactorWithHeads();
      sourceAxis = 0;
    } else if (addsHeads && int64_t(axis) > headAxis) {
      --sourceAxis;
    }
    shape.push_back(tensor::DimOp::create(builder, getLoc(), source, sourceAxis)
                        .getResult());
  }
  return success();
}
