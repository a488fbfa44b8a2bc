//===- TileSources.cpp - Where the operands of a tile op come from -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileSources.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// True if `value` is a slice that starts at row and column 0 of a matrix.
static bool isLeadingSlice(tensor::ExtractSliceOp slice) {
  return slice.getSourceType().getRank() == 2 && slice.getType().getRank() == 2 &&
         llvm::all_of(slice.getMixedOffsets(), [](OpFoldResult offset) {
           return getConstantIntValue(offset) == 0;
         });
}

Value sattn_nv::getQueryRoot(Value query) {
  while (auto slice = query.getDefiningOp<tensor::ExtractSliceOp>()) {
    if (!isLeadingSlice(slice) || isa<BlockArgument>(slice.getSource()))
      break;
    query = slice.getSource();
  }
  return query;
}

Value sattn_nv::stripRowPadding(Value value) {
  auto pad = value.getDefiningOp<tensor::PadOp>();
  if (!pad || !pad.hasZeroLowPad())
    return value;
  SmallVector<OpFoldResult> high = pad.getMixedHighPad();
  if (llvm::any_of(llvm::drop_begin(high),
                   [](OpFoldResult rows) { return getConstantIntValue(rows) != 0; }))
    return value;
  Value padding = pad.getConstantPaddingValue();
  bool isZero = padding && (matchPattern(padding, m_AnyZeroFloat()) ||
                            matchPattern(padding, m_Zero()));
  return isZero ? pad.getSource() : value;
}

/// Reads `factors` off a body that is extf, mulf with a constant vector, or both.
static bool matchFactors(linalg::GenericOp generic, SmallVectorImpl<float> &factors) {
  Block &body = *generic.getBlock();
  Value element = body.getTerminator()->getOperand(0);
  if (auto mul = element.getDefiningOp<arith::MulFOp>()) {
    DenseFPElementsAttr constant;
    if (generic.getNumDpsInputs() != 2 || mul.getRhs() != body.getArgument(1) ||
        !matchPattern(generic.getDpsInputs()[1], m_Constant(&constant)) ||
        !generic.getIndexingMapsArray()[1].isMinorIdentity())
      return false;
    for (APFloat value : constant.getValues<APFloat>())
      factors.push_back(float(value.convertToDouble()));
    element = mul.getLhs();
  }
  if (auto extend = element.getDefiningOp<arith::ExtFOp>())
    element = extend.getIn();
  return element == body.getArgument(0) && generic.getIndexingMapsArray()[0].isIdentity();
}

std::optional<QuerySource> sattn_nv::matchQuerySource(Value root) {
  auto type = cast<RankedTensorType>(root.getType());
  if (!type.hasStaticShape())
    return std::nullopt;
  QuerySource source;
  source.rows = type.getDimSize(0);
  source.columns = type.getDimSize(1);
  if (auto generic = root.getDefiningOp<linalg::GenericOp>()) {
    if (!matchFactors(generic, source.factors))
      return std::nullopt;
    root = generic.getDpsInputs().front();
  }
  source.slice = stripRowPadding(root);
  if (source.factors.empty() || int64_t(source.factors.size()) == source.columns)
    return source;
  return std::nullopt;
}

std::optional<int64_t> sattn_nv::getMaxRows(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (!type.isDynamicDim(0))
    return type.getDimSize(0);
  auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice)
    return std::nullopt;
  for (OpFoldResult size : slice.getMixedSizes()) {
    auto value = dyn_cast<Value>(size);
    auto minimum = value ? value.getDefiningOp<affine::AffineMinOp>() : affine::AffineMinOp();
    if (!minimum)
      continue;
    for (AffineExpr expr : minimum.getMap().getResults())
      if (auto constant = dyn_cast<AffineConstantExpr>(expr))
        return constant.getValue();
  }
  return std::nullopt;
}
