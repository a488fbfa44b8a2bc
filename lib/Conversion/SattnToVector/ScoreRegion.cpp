//===- ScoreRegion.cpp - Score regions on rows of queries -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoreRegion.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sattn;

static Value splatConstant(TileBuilder &builder, arith::ConstantOp op) {
  VectorType type = builder.getRowType(op.getType());
  return arith::ConstantOp::create(builder,
                                   DenseElementsAttr::get(type, op.getValue()));
}

/// One op on vectors: same name, attributes and properties, row types.
static void cloneOnRow(TileBuilder &builder, Operation *op, IRMapping &map) {
  Operation *clone = builder.clone(*op, map);
  for (OpResult result : clone->getResults())
    result.setType(builder.getRowType(result.getType()));
}

/// One copy of the op per lane, with scalars taken from and put into rows.
static void clonePerLane(TileBuilder &builder, Operation *op, IRMapping &rows) {
  SmallVector<Value> used;
  op->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands())
      if (rows.contains(operand) && !llvm::is_contained(used, operand))
        used.push_back(operand);
  });
  SmallVector<SmallVector<Value>> lanes(op->getNumResults());
  for (int64_t lane = 0; lane < builder.getLanes(); ++lane) {
    IRMapping scalars;
    for (Value value : used)
      scalars.map(value,
                  vector::ExtractOp::create(builder, rows.lookup(value), lane));
    Operation *clone = builder.clone(*op, scalars);
    for (auto [list, result] : llvm::zip(lanes, clone->getResults()))
      list.push_back(result);
  }
  for (auto [result, list] : llvm::zip(op->getResults(), lanes))
    rows.map(result, vector::FromElementsOp::create(
                         builder, builder.getRowType(result.getType()), list));
}

SmallVector<Value> mlir::sattn::buildRegionOnRow(TileBuilder &builder,
                                                 Block &block,
                                                 ValueRange arguments) {
  IRMapping rows;
  rows.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator()) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      rows.map(constant.getResult(), splatConstant(builder, constant));
      continue;
    }
    if (OpTrait::hasElementwiseMappableTraits(&op) && op.getNumRegions() == 0)
      cloneOnRow(builder, &op, rows);
    else
      clonePerLane(builder, &op, rows);
  }
  SmallVector<Value> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(rows.lookup(operand));
  return results;
}
