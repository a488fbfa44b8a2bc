//===- TileStream.cpp - The tiles that a block stages -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileStream.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// True for what gives the same wherever it is computed: pure ops, and numbers read from
/// buffers (lengths, offsets), which the loop does not write: its results are floats.
static bool isSameEverywhere(Operation *op) {
  auto load = dyn_cast<memref::LoadOp>(op);
  bool isNumber = load && load.getResult().getType().isIntOrIndex();
  return (isNumber || isMemoryEffectFree(op)) && op->getNumRegions() == 0;
}

/// The address of a tile is computed elsewhere too: only counters may vary.
LogicalResult TileStream::checkAddress(StageOp stage, scf::ForOp loop) {
  SmallVector<Value> worklist = {stage.getSource()};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (!root.getRegion().isAncestor(value.getParentRegion()))
      continue;
    Operation *definition = value.getDefiningOp();
    if (definition && isSameEverywhere(definition)) {
      llvm::append_range(worklist, definition->getOperands());
      continue;
    }
    if (!definition && cast<BlockArgument>(value).getOwner() == root.getBody())
      continue;
    if (!loop || value != loop.getInductionVar())
      return stage.emitOpError("expected an address that depends on loop counters alone");
  }
  return success();
}

LogicalResult TileStream::collectLoop(scf::ForOp loop) {
  TileSegment segment;
  segment.loop = loop;
  WalkResult result = loop->walk([&](StageOp stage) {
    if (stage->getParentOp() != loop || stage.getRole() != Role::streamed) {
      stage.emitOpError("expected a streamed tile directly in a loop over key tiles");
      return WalkResult::interrupt();
    }
    segment.stages.push_back(stage);
    return failed(checkAddress(stage, loop)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (segment.stages.empty())
    return success();
  if (numOperands != 0 && segment.stages.size() != numOperands)
    return loop.emitError() << "expected " << numOperands << " streamed tiles per step, got "
                            << segment.stages.size();
  numOperands = segment.stages.size();
  segments.push_back(std::move(segment));
  return success();
}

LogicalResult TileStream::collect() {
  SmallVector<StageOp> single;
  for (Operation &op : *root.getBody()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (failed(collectLoop(loop)))
        return failure();
      continue;
    }
    auto stage = dyn_cast<StageOp>(op);
    if (!stage)
      continue;
    if (failed(checkAddress(stage, {})))
      return failure();
    if (stage.getRole() == Role::resident) {
      resident.push_back(stage);
      continue;
    }
    single.push_back(stage);
    // A step is complete with its product with the value, two operands.
    if (single.size() == (numOperands != 0 ? numOperands : 2)) {
      numOperands = single.size();
      segments.push_back({{}, single});
      single.clear();
    }
  }
  if (!single.empty())
    return single.front().emitOpError() << "expected " << numOperands
                                        << " streamed tiles per step";
  return success();
}

/// Computes `value` at the place of `builder`.
Value TileStream::clone(OpBuilder &builder, Value value, IRMapping &mapping) const {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *definition = value.getDefiningOp();
  if (!definition || !root->isProperAncestor(definition))
    return value;
  for (Value operand : definition->getOperands())
    mapping.map(operand, clone(builder, operand, mapping));
  builder.clone(*definition, mapping);
  return mapping.lookup(value);
}

TileType TileStream::getWidest(unsigned operand) const {
  TileType widest;
  for (const TileSegment &segment : segments)
    if (TileType type = StageOp(segment.stages[operand]).getType();
        !widest || type.getNumColumns() > widest.getNumColumns())
      widest = type;
  return widest;
}
