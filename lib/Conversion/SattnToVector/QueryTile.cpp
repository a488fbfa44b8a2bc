//===- QueryTile.cpp - Where a query tile comes from -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QueryTile.h"
#include "RowPrefetch.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Source
//===----------------------------------------------------------------------===//

/// True if the body returns its first argument, perhaps extended, times the second
/// one if there are two.
static bool isExtensionTimesFactor(Block &body, unsigned numInputs) {
  auto yield = cast<linalg::YieldOp>(body.getTerminator());
  Value value = yield.getOperand(0);
  if (numInputs == 2) {
    auto product = value.getDefiningOp<arith::MulFOp>();
    if (!product || product.getRhs() != body.getArgument(1))
      return false;
    value = product.getLhs();
  }
  if (auto extension = value.getDefiningOp<arith::ExtFOp>())
    value = extension.getIn();
  return value == body.getArgument(0);
}

/// Whether `op` is an elementwise extension of a rank-2 tensor times a constant per
/// column, which goes to `factors`.
static bool matchColumnFactors(linalg::GenericOp op, SmallVector<double> &factors) {
  unsigned numInputs = op.getNumDpsInputs();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (op.getNumLoops() != 2 || op.getNumDpsInits() != 1 || numInputs == 0 || numInputs > 2 ||
      !maps.front().isIdentity() || !maps.back().isIdentity() ||
      !isExtensionTimesFactor(*op.getBody(), numInputs))
    return false;
  if (numInputs == 1)
    return true;
  DenseFPElementsAttr constant;
  if (maps[1] != AffineMap::get(2, 0, getAffineDimExpr(1, op.getContext())) ||
      !matchPattern(op.getDpsInputs()[1], m_Constant(&constant)))
    return false;
  for (const APFloat &factor : constant) {
    APFloat value = factor;
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    factors.push_back(value.convertToDouble());
  }
  return true;
}

QuerySource mlir::sattn::getQuerySource(Value query) {
  QuerySource source = {query, {}};
  auto generic = query.getDefiningOp<linalg::GenericOp>();
  if (generic && matchColumnFactors(generic, source.factors))
    source.tensor = generic.getDpsInputs().front();
  auto pad = source.tensor.getDefiningOp<tensor::PadOp>();
  if (pad && pad.hasZeroLowPad() && isConstantIntValue(pad.getMixedHighPad().back(), 0))
    source.tensor = pad.getSource();
  return source;
}

Value mlir::sattn::getWholeQuery(Value query) {
  auto prefix = query.getDefiningOp<tensor::ExtractSliceOp>();
  bool isPrefix = prefix && prefix.hasUnitStride() && prefix.hasZeroOffset() &&
                  prefix.getSourceType().getRank() == 2 &&
                  prefix.getSourceType().getDimSize(0) == prefix.getType().getDimSize(0) &&
                  !prefix.getSourceType().isDynamicDim(0);
  return isPrefix ? prefix.getSource() : query;
}

Value mlir::sattn::getNumQueries(TileBuilder &b, Value query) {
  return b.dim(getQuerySource(getWholeQuery(query)).tensor, 0);
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

/// The factors of the `block` columns from `column` on; null where all are 1.
static Value buildFactors(TileBuilder &b, ArrayRef<double> factors, Value column, int64_t block) {
  VectorType type = VectorType::get({block}, b.getElement());
  auto getAttr = [&](double factor) { return b.getFloatAttr(b.getElement(), factor); };
  if (llvm::all_equal(factors)) {
    if (factors.front() == 1.0)
      return {};
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, getAttr(factors.front())));
  }
  SmallVector<Attribute> values = llvm::map_to_vector(
      factors, [&](double factor) -> Attribute { return getAttr(factor); });
  auto tableType = RankedTensorType::get({int64_t(values.size())}, b.getElement());
  Value table = arith::ConstantOp::create(b, DenseElementsAttr::get(tableType, values));
  return vector::TransferReadOp::create(b, type, table, ValueRange{column}, b.scalar(0.0),
                                        ArrayRef<bool>{tableType.getDimSize(0) % block == 0});
}

/// Columns [column, column + block) of rows [row, row + block) as vectors along the
/// rows; rows behind the last one (null: there are none) repeat it.
static TileBuilder::Values readColumns(TileBuilder &b, Value query, Value row, Value column,
                                       int64_t block, Value factors, Value lastRow,
                                       bool wholeColumns) {
  Type type = getElementTypeOrSelf(query);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  TileBuilder::Values rows;
  for (int64_t i = 0; i < block; ++i) {
    Value index = b.add(row, i);
    if (lastRow)
      index = b.min(index, lastRow);
    Value part = vector::TransferReadOp::create(b, VectorType::get({block}, type), query,
                                                ValueRange{index, column}, zero,
                                                ArrayRef<bool>{wholeColumns});
    part = b.convert(part, b.getElement());
    rows.push_back(factors ? b.mulf(part, factors) : part);
  }
  return b.transpose(rows);
}

/// Queries whose share of prefetching (see RowPrefetch.h) one panel does: 4 KB ahead.
static constexpr int64_t kPrefetchedQueries = 8;

Value mlir::sattn::packQuery(TileBuilder &b, Value query, double factor) {
  QuerySource source = getQuerySource(query);
  auto type = cast<RankedTensorType>(source.tensor.getType());
  int64_t lanes = b.getLanes(), depth = type.getDimSize(1);
  int64_t block = std::gcd(kTransposeBlock, lanes);
  int64_t panels = llvm::divideCeil(cast<RankedTensorType>(query.getType()).getDimSize(0), lanes);
  bool wholeRows = !type.isDynamicDim(0) && type.getDimSize(0) % lanes == 0,
       wholeColumns = !ShapedType::isDynamic(depth) && depth % block == 0;
  SmallVector<double> factors(source.factors);
  if (factors.empty())
    factors.push_back(1.0);
  for (double &columnFactor : factors)
    columnFactor *= factor;

  SmallVector<Value> extents;
  if (ShapedType::isDynamic(depth))
    extents.push_back(b.dim(source.tensor, 1));
  Value packed = tensor::EmptyOp::create(b, SmallVector<int64_t>{panels, depth, lanes},
                                         b.getElement(), extents);
  Value rows = b.dim(source.tensor, 0), columns = b.dim(source.tensor, 1);
  Value lastRow = wholeRows ? Value() : b.add(rows, -1);
  Value lastColumn = wholeColumns ? Value() : b.add(columns, -1);
  auto packColumns = [&](Value panel, Value column, Value result, Value lastRow) {
    Value columnFactors = buildFactors(b, factors, column, block);
    for (int64_t lane = 0; lane < lanes; lane += block) {
      Value row = b.add(b.mul(panel, lanes), lane);
      TileBuilder::Values parts = readColumns(b, source.tensor, row, column, block, columnFactors,
                                              lastRow, wholeColumns);
      // Columns behind the last one are written to its place, before it is.
      for (int64_t c = block - 1; c >= 0; --c) {
        Value place = b.add(column, c);
        if (lastColumn)
          place = b.min(place, lastColumn);
        result = b.writeRow(parts[c], result, {panel, place, b.index(lane)});
      }
    }
    return TileBuilder::Values{result};
  };
  auto packRows = [&](Value panel, ValueRange carried, Value lastRow) {
    return b.loop(b.index(0), columns, block, carried, [&](Value column, ValueRange state) {
      return packColumns(panel, column, state[0], lastRow);
    });
  };
  RowPrefetch prefetch(b, source.tensor, b.index(kPrefetchedQueries));
  auto packPanel = [&](Value panel, ValueRange carried) {
    Value first = b.mul(panel, lanes);
    prefetch.emit(first, b.add(first, lanes));
    if (!lastRow)
      return packRows(panel, carried, Value());
    // Rows of a whole panel have constant places.
    Value end = b.mul(b.add(panel, 1), lanes);
    return b.branch(
        b.compare(arith::CmpIPredicate::sle, end, rows),
        [&] { return packRows(panel, carried, Value()); },
        [&] { return packRows(panel, carried, lastRow); });
  };
  return b.loop(b.index(0), b.getNumPanels(rows), 1, packed, packPanel).front();
}
