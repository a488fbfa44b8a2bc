//===- KeyBounds.cpp - Key rows that a query tile reads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeyBounds.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

KeyBounds::KeyBounds(MLIRContext *context, OpFoldResult tile,
                     std::optional<int64_t> numTiles, int64_t rows,
                     OpFoldResult queryOffset, OpFoldResult keyOffset,
                     OpFoldResult numKeys)
    : context(context), rows(rows) {
  // The tile's index, not its first row, is the variable: so affine sees what the
  // tile size divides.
  std::optional<int64_t> lastTile;
  if (numTiles)
    lastTile = *numTiles - 1;
  position = getAffineConstantExpr(0, context);
  if (lastTile != 0)
    position = getExpr(tile, 0, lastTile) * rows;
  this->queryOffset = getExpr(queryOffset);
  position = position + this->queryOffset;
  this->keyOffset = getExpr(keyOffset);
  clipLo.push_back(getAffineConstantExpr(0, context));
  clipHi.push_back(getExpr(numKeys, 0));
}

AffineExpr KeyBounds::getExpr(OpFoldResult value, std::optional<int64_t> min,
                              std::optional<int64_t> max) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return getAffineConstantExpr(*constant, context);
  operands.push_back(value);
  minima.push_back(min);
  maxima.push_back(max);
  return getAffineDimExpr(operands.size() - 1, context);
}

void KeyBounds::clipByPosition(OpFoldResult limit) {
  clipHi.push_back(getExpr(limit) - keyOffset);
}

void KeyBounds::clipToPart(OpBuilder &builder, Location loc, OpFoldResult part,
                           OpFoldResult partRows) {
  AffineExpr first;
  if (std::optional<int64_t> constant = getConstantIntValue(partRows)) {
    first = getExpr(part, 0) * *constant;
  } else {
    // A product of two variables is not affine.
    Value product = arith::MulIOp::create(
        builder, loc, getValueOrCreateConstantIndexOp(builder, loc, part),
        getValueOrCreateConstantIndexOp(builder, loc, partRows));
    first = getExpr(product, 0);
  }
  clipLo = {first};
  clipHi.push_back(first + getExpr(partRows, 0));
}

void KeyBounds::addCache(AffineExpr base, OpFoldResult numRows) {
  cacheEnds.push_back(base.replaceDims({queryOffset}) - keyOffset + getExpr(numRows, 0));
}

bool KeyBounds::isAligned() const {
  return position.getLargestKnownDivisor() % rows == 0;
}

/// `getBoundForAffineExpr`, and floor divisions by constants.
std::optional<int64_t> KeyBounds::getBound(AffineExpr expr, bool isUpper) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return (isUpper ? maxima : minima)[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  if (binary.getKind() == AffineExprKind::Add) {
    std::optional<int64_t> lhs = getBound(binary.getLHS(), isUpper);
    std::optional<int64_t> rhs = getBound(binary.getRHS(), isUpper);
    return lhs && rhs ? std::optional(*lhs + *rhs) : std::nullopt;
  }
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (!factor || factor.getValue() == 0)
    return std::nullopt;
  bool flips = factor.getValue() < 0;
  std::optional<int64_t> lhs = getBound(binary.getLHS(), isUpper != flips);
  if (!lhs)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Mul)
    return *lhs * factor.getValue();
  if (binary.getKind() == AffineExprKind::FloorDiv && !flips)
    return llvm::divideFloorSigned(*lhs, factor.getValue());
  return std::nullopt;
}

bool KeyBounds::isAtMost(AffineExpr a, AffineExpr b) const {
  AffineExpr difference = simplifyAffineExpr(b - a, operands.size(), /*numSymbols=*/0);
  std::optional<int64_t> min = getBound(difference, /*isUpper=*/false);
  return min && *min >= 0;
}

AffineMap KeyBounds::getMap(ArrayRef<AffineExpr> exprs) const {
  return AffineMap::get(operands.size(), /*symbolCount=*/0, exprs, context);
}

std::optional<KeyRows> KeyBounds::getRows(OpBuilder &builder, Location loc,
                                          const Segment &segment, int64_t keyTile,
                                          unsigned numCaches, bool beyond) const {
  auto simplify = [&](AffineExpr expr) {
    return simplifyAffineExpr(expr, operands.size(), /*numSymbols=*/0);
  };
  auto getRow = [&](AffineExpr bound) {
    return simplify(bound.replaceDims({position}) - keyOffset);
  };
  SmallVector<AffineExpr> lo, hi;
  llvm::append_range(lo, llvm::map_range(segment.lo, getRow));
  llvm::append_range(hi, llvm::map_range(segment.hi, getRow));
  auto addLo = [&](AffineExpr clip) {
    if (llvm::none_of(lo, [&](AffineExpr expr) { return isAtMost(clip, expr); }))
      lo.push_back(clip);
  };
  auto addHi = [&](AffineExpr clip) {
    if (llvm::none_of(hi, [&](AffineExpr expr) { return isAtMost(expr, clip); }))
      hi.push_back(clip);
  };
  llvm::for_each(clipLo, addLo);
  llvm::for_each(clipHi, addHi);
  llvm::for_each(ArrayRef(cacheEnds).take_front(numCaches), addHi);
  if (beyond)
    addLo(simplify(cacheEnds[numCaches]));
  for (AffineExpr lower : lo)
    for (AffineExpr upper : hi)
      if (isAtMost(upper, lower))
        return std::nullopt;

  KeyRows result;
  result.lo = affine::makeComposedFoldedAffineMax(builder, loc, getMap(lo), operands);
  result.hi = affine::makeComposedFoldedAffineMin(builder, loc, getMap(hi), operands);
  auto isWhole = [&](AffineExpr expr) {
    return expr.getLargestKnownDivisor() % keyTile == 0;
  };
  result.wholeTiles = llvm::all_of(lo, isWhole) && llvm::all_of(hi, isWhole);
  if (lo.size() == 1 && hi.size() == 1) {
    if (auto constant = dyn_cast<AffineConstantExpr>(simplify(hi.front() - lo.front())))
      result.size = constant.getValue();
  }
  return result;
}
