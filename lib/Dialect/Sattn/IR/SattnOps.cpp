//===- SattnOps.cpp - Operations of the sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "SattnAssembly.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;

#include "sattn/Dialect/Sattn/IR/SattnOpInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "sattn/Dialect/Sattn/IR/SattnOps.cpp.inc"

//===----------------------------------------------------------------------===//
// AttentionLikeOpInterface
//===----------------------------------------------------------------------===//

bool AttentionLikeOpInterface::hasIdentityScore() {
  Block &block = getScore().front();
  auto yield = dyn_cast<YieldOp>(block.front());
  return yield && yield.getNumOperands() == 1 && block.getNumArguments() > 0 &&
         yield.getOperand(0) == block.getArgument(0);
}

FloatType AttentionLikeOpInterface::getAccumulatorType() {
  auto query = cast<RankedTensorType>(getQuery().getType());
  if (query.getElementType().isF64())
    return Float64Type::get(query.getContext());
  return Float32Type::get(query.getContext());
}

bool AttentionLikeOpInterface::hasPositionClauses() {
  WindowAttr window = getWindowAttr();
  if (window && !(window.isLeftUnbounded() && window.isRightUnbounded()))
    return true;
  PositionStructureAttrInterface structure = getStructureAttr();
  return structure &&
         llvm::any_of(llvm::seq(structure.getNumLevels()), [&](unsigned level) {
           return !structure.isUnbounded(level);
         });
}

bool AttentionLikeOpInterface::isBlockCache(unsigned index) {
  PositionStructureAttrInterface structure = getStructureAttr();
  return getKeys().size() > 1 && structure && !structure.isUnbounded(index);
}

bool AttentionLikeOpInterface::hasBlockCaches() {
  return llvm::any_of(llvm::seq<unsigned>(getKeys().size()),
                      [&](unsigned index) { return isBlockCache(index); });
}

bool AttentionLikeOpInterface::canDropPairs() {
  return getMask() || getQuerySegments() || getKeyLimit() || getWindowAttr() ||
         getScore().front().getTerminator()->getNumOperands() == 2;
}
