//===- Cost.cpp - Pairs, FLOPs and bytes of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts by asking the structure for the keys of each single row, so that every
// attribute with PositionStructureAttrInterface is counted without being known.
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/Utils/Cost.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Ranges of one row
//===----------------------------------------------------------------------===//

/// Value of an expression over d0, d1 without the detour over attributes: it is
/// evaluated for every row and level.
static int64_t evaluate(AffineExpr expr, int64_t d0, int64_t d1) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dim.getPosition() == 0 ? d0 : d1;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t lhs = evaluate(binary.getLHS(), d0, d1);
  int64_t rhs = evaluate(binary.getRHS(), d0, d1);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(lhs, rhs);
  case AffineExprKind::CeilDiv:
    return llvm::divideCeilSigned(lhs, rhs);
  default:
    return llvm::mod(lhs, rhs);
  }
}

namespace {
/// Positions lo <= j < hi.
struct Interval {
  int64_t lo, hi;

  int64_t size() const { return std::max<int64_t>(hi - lo, 0); }
  bool contains(int64_t j) const { return lo <= j && j < hi; }
  /// Cuts the interval to what `range` leaves to the row at position `i`.
  Interval clip(const KeyRange &range, int64_t i) const {
    Interval result = *this;
    if (range.outerLo)
      result.lo = std::max(lo, evaluate(range.outerLo, i, i + 1));
    if (range.outerHi)
      result.hi = std::min(hi, evaluate(range.outerHi, i, i + 1));
    return result;
  }
};

/// The key ranges of a structure's levels and of a window, asked for once.
class RowRanges {
public:
  RowRanges(PositionStructureAttrInterface structure, WindowAttr window) {
    if (window)
      windowRange = window.getKeyRange();
    levels.resize(structure ? structure.getNumLevels() : 1);
    for (unsigned level = 0; structure && level < levels.size(); ++level)
      if (!structure.isUnbounded(level))
        levels[level] = structure.getKeyRange(level, structure.getContext());
  }

  unsigned getNumLevels() const { return levels.size(); }
  Interval getWindow(int64_t i, Interval keys) const { return keys.clip(windowRange, i); }
  Interval getLevel(unsigned level, int64_t i, Interval keys) const {
    return keys.clip(levels[level], i);
  }

private:
  KeyRange windowRange;
  SmallVector<KeyRange> levels;
};
} // namespace

PairCounts mlir::sattn::countPairs(PositionStructureAttrInterface structure,
                                   WindowAttr window, const PositionExtents &extents) {
  RowRanges ranges(structure, window);
  PairCounts counts;
  counts.pairsOfLevel.resize(ranges.getNumLevels());
  counts.keysOfLevel.resize(ranges.getNumLevels());
  Interval keys = {extents.keyOffset, extents.keyOffset + extents.keys};
  if (extents.keyLimit)
    keys.hi = std::min(keys.hi, *extents.keyLimit);

  for (int64_t m = 0; m < extents.queries; ++m) {
    int64_t i = extents.queryOffset + m;
    Interval row = ranges.getWindow(i, keys);
    counts.pairs += row.size();
    for (auto [level, pairs] : llvm::enumerate(counts.pairsOfLevel))
      pairs += ranges.getLevel(level, i, row).size();
  }
  for (int64_t i = keys.lo; i < keys.hi; ++i) {
    Interval row = ranges.getWindow(i, keys);
    for (auto [level, most] : llvm::enumerate(counts.keysOfLevel))
      most = std::max(most, ranges.getLevel(level, i, row).size());
  }
  return counts;
}

unsigned mlir::sattn::getDepth(PositionStructureAttrInterface structure,
                               WindowAttr window, int64_t i, int64_t j) {
  RowRanges ranges(structure, window);
  Interval self = {j, j + 1};
  if (!ranges.getWindow(i, self).contains(j))
    return 0;
  unsigned depth = 0;
  while (depth < ranges.getNumLevels() && ranges.getLevel(depth, i, self).contains(j))
    ++depth;
  return depth;
}

//===----------------------------------------------------------------------===//
// Extents of an op
//===----------------------------------------------------------------------===//

static std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (value && matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

std::optional<AttentionExtents> mlir::sattn::getAttentionExtents(
    AttentionOp op, function_ref<std::optional<int64_t>(Value, unsigned)> getExtent) {
  AttentionMaps maps(op);
  AttentionExtents extents;
  extents.dims.assign(maps.getNumDims(), ShapedType::kDynamic);
  auto read = [&](Value tensor, AffineMap map) {
    for (auto [axis, size] : llvm::enumerate(cast<ShapedType>(tensor.getType()).getShape())) {
      int64_t &extent = extents.dims[map.getDimPosition(axis)];
      if (ShapedType::isDynamic(extent))
        extent = size;
    }
  };
  auto ask = [&](Value tensor, AffineMap map) {
    for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
      int64_t &extent = extents.dims[map.getDimPosition(axis)];
      if (ShapedType::isDynamic(extent))
        extent = getExtent(tensor, axis).value_or(ShapedType::kDynamic);
    }
  };
  for (auto &&visit : {function_ref<void(Value, AffineMap)>(read),
                       function_ref<void(Value, AffineMap)>(ask)}) {
    visit(op.getQuery(), maps.getQuery());
    visit(op.getKeys().front(), maps.getKey());
    visit(op.getValue(), maps.getValue());
    visit(op.getOuts().front(), maps.getOutput());
  }
  // Several keys have columns of their own: r is the query's.
  extents.dims[maps.getR()] = cast<ShapedType>(op.getQuery().getType())
                                  .getDimSize(*getAxisOfDim(maps.getQuery(), maps.getR()));
  if (llvm::any_of(extents.dims, ShapedType::isDynamic))
    return std::nullopt;

  PositionExtents &positions = extents.positions;
  positions.queries = extents.dims[maps.getM()];
  positions.keys = extents.dims[maps.getN()];
  positions.keyOffset = getConstant(op.getKeyOffset()).value_or(0);
  if (op.getQueryOffset())
    positions.queryOffset = getConstant(op.getQueryOffset())
                                .value_or(positions.keyOffset + positions.keys - positions.queries);
  positions.keyLimit = getConstant(op.getKeyLimit());
  return extents;
}

//===----------------------------------------------------------------------===//
// Cost of an op
//===----------------------------------------------------------------------===//

double AttentionCost::getMeanColumns(int64_t multiple) const {
  if (counts.pairs == 0)
    return 0;
  double sum = 0;
  int64_t columns = 0;
  for (auto [level, rank] : llvm::enumerate(ranks)) {
    columns += rank;
    sum += double(counts.getPairsOfDepth(level + 1)) * llvm::alignTo(columns, multiple);
  }
  return sum / counts.pairs;
}

double AttentionCost::getMeanDepth() const {
  double sum = 0;
  for (int64_t pairs : counts.pairsOfLevel)
    sum += pairs;
  return counts.pairs ? sum / counts.pairs : 0;
}

/// Elements of a tensor with the axes of `map`, dimension `without` left out.
static double getSize(AffineMap map, const AttentionExtents &extents,
                      std::optional<unsigned> without = std::nullopt) {
  double size = 1;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    if (map.getDimPosition(axis) != without)
      size *= extents.dims[map.getDimPosition(axis)];
  return size;
}

static double getElementBytes(Value tensor) {
  return llvm::divideCeil(getElementTypeOrSelf(tensor).getIntOrFloatBitWidth(), 8);
}

static bool hasExponential(Link link) {
  return link == Link::Softmax || link == Link::Exp || link == Link::Sigmoid;
}

static void addTensorBytes(AttentionCost &cost, AttentionOp op, const AttentionMaps &maps,
                           const AttentionExtents &extents) {
  auto add = [&](double &sum, Value tensor, AffineMap map) {
    sum += getSize(map, extents) * getElementBytes(tensor);
  };
  add(cost.inputBytes, op.getQuery(), maps.getQuery());
  add(cost.inputBytes, op.getValue(), maps.getValue());
  if (op.getKeys().size() == 1)
    add(cost.inputBytes, op.getKeys().front(), maps.getKey());
  else // one key per level: as many rows as a cache holds
    cost.inputBytes += cost.keyCacheBytes;
  if (op.getMask())
    add(cost.inputBytes, op.getMask(), maps.getMask());
  for (auto [operand, map] : llvm::zip_equal(op.getScoreOperands(), maps.getScoreOperands()))
    add(cost.inputBytes, operand, map);
  add(cost.outputBytes, op.getOuts().front(), maps.getOutput());
  if (op.getOuts().size() == 2)
    add(cost.outputBytes, op.getOuts().back(), maps.getRowMap());
}

AttentionCost mlir::sattn::computeCost(AttentionOp op, const AttentionExtents &extents) {
  AttentionMaps maps(op);
  AttentionCost cost;
  PositionStructureAttrInterface structure = op.getStructureAttr();
  int64_t columns = extents.dims[maps.getR()];
  cost.ranks = structure ? llvm::to_vector(structure.getRanks()) : SmallVector<int64_t>{columns};
  cost.counts = countPairs(structure, op.getWindowAttr(), extents.positions);

  double batch = 1;
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim)
    batch *= extents.dims[dim];
  double pairs = batch * cost.counts.pairs;
  cost.denseScoreFlops = 2 * pairs * columns;
  cost.valueFlops = 2 * pairs * extents.dims[maps.getE()];
  for (auto [rank, count] : llvm::zip_equal(cost.ranks, cost.counts.pairsOfLevel))
    cost.scoreFlops += 2 * batch * count * rank;
  if (hasExponential(op.getLink()))
    cost.exponentials = pairs;

  double keyBytes = getElementBytes(op.getKeys().front()) *
                    getSize(maps.getKey().dropResult(*getAxisOfDim(maps.getKey(), maps.getR())),
                            extents, maps.getN());
  for (auto [rank, rows] : llvm::zip_equal(cost.ranks, cost.counts.keysOfLevel))
    cost.keyCacheBytes += keyBytes * rank * rows;
  int64_t rows = cost.counts.keysOfLevel.front();
  cost.denseKeyCacheBytes = keyBytes * columns * rows;
  cost.valueCacheBytes =
      getElementBytes(op.getValue()) * getSize(maps.getValue(), extents, maps.getN()) * rows;
  bool isDouble = getElementTypeOrSelf(op.getQuery()).isF64();
  cost.scoreMatrixBytes = batch * extents.dims[maps.getM()] * extents.dims[maps.getN()] *
                          (isDouble ? 8 : 4);
  addTensorBytes(cost, op, maps, extents);
  return cost;
}

double mlir::sattn::getMatrixMacs(StructuredMatrixAttrInterface structure, Part part,
                                  int64_t rows, int64_t columns) {
  auto getSize = [](ArrayRef<int64_t> shape) {
    double size = 1;
    for (int64_t extent : shape)
      size *= extent;
    return size;
  };
  double macs = 0;
  for (const MlbtcTerm &term : structure.toMlbtc(rows, columns)) {
    if (part != Part::Key)
      macs += getSize(term.left);
    if (part != Part::Query && !term.isRightIdentity)
      macs += getSize(term.right);
  }
  return macs;
}
