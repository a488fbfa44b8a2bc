//===- SattnNVRingOps.cpp - Verification of rings and roles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of blocks whose warps have roles: what would otherwise show as a block
// that waits for ever, or as a launch that fails.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// CUDA driver API, cuTensorMapEncodeTiled.
static constexpr int64_t kMaxRank = 5, kMaxBoxRows = 256, kStrideUnit = 16;

/// CUDA C++ Programming Guide, "Compute Capabilities", 9.0.
static constexpr int64_t kMultiprocessorRegisters = 64 << 10;

LogicalResult TensorMapOp::verify() {
  auto type = cast<MemRefType>(getSource().getType());
  int64_t axis = getAxis(), rows = getRows(), columns = getColumns(), rank = type.getRank();
  if (rank < 2 || rank > kMaxRank)
    return emitOpError() << "expected a rank of 2 to " << kMaxRank << ", got " << rank;
  if (axis < 0 || axis >= rank - 1)
    return emitOpError() << "expected an axis of rows below " << rank - 1 << ", got " << axis;
  if (rows < 1 || rows > kMaxBoxRows)
    return emitOpError() << "expected 1 to " << kMaxBoxRows << " rows, got " << rows;
  if (columns < 1 || (!type.isDynamicDim(rank - 1) && columns > type.getDimSize(rank - 1)))
    return emitOpError() << "expected columns of " << type << ", got " << columns;
  if (!type.getElementType().isF16() && !type.getElementType().isBF16())
    return emitOpError() << "expected f16 or bf16, got " << type.getElementType();
  auto [strides, offset] = type.getStridesAndOffset();
  if (strides.back() != 1)
    return emitOpError() << "expected adjacent columns, got " << type;
  for (int64_t stride : ArrayRef(strides).drop_back())
    if (!ShapedType::isDynamic(stride) && stride * 2 % kStrideUnit != 0)
      return emitOpError() << "expected strides that are multiples of " << kStrideUnit
                           << " bytes, got " << 2 * stride;
  return success();
}

LogicalResult RingOp::verify() {
  // The swizzle speaks of addresses, so tiles start where it starts.
  if (int64_t(getOffset()) < 0 || int64_t(getOffset()) % 1024 != 0)
    return emitOpError() << "expected an offset that is a multiple of 1024, got "
                         << int64_t(getOffset());
  if (int64_t(getBarriers()) % RingType::kBarrierBytes != 0)
    return emitOpError() << "expected barriers at a multiple of " << RingType::kBarrierBytes
                         << ", got " << int64_t(getBarriers());
  return success();
}

LogicalResult RolesOp::verify() {
  int64_t consumers = getConsumers(), producerRegisters = getProducerRegisters(),
          consumerRegisters = getConsumerRegisters();
  if (consumers < kWarpgroup || consumers % kWarpgroup != 0)
    return emitOpError() << "expected a multiple of " << kWarpgroup << " consumers, got "
                         << consumers;
  // PTX ISA, "setmaxnreg".
  for (int64_t registers : {producerRegisters, consumerRegisters})
    if (registers < 24 || registers > 256 || registers % 8 != 0)
      return emitOpError() << "expected 24 to 256 registers, a multiple of 8, got " << registers;
  int64_t total = ConfigAttr::kThreadsPerWarp *
                  (kWarpgroup * producerRegisters + consumers * consumerRegisters);
  if (total > kMultiprocessorRegisters)
    return emitOpError() << "expected at most " << kMultiprocessorRegisters
                         << " registers in all warps, got " << total;
  return success();
}

LogicalResult PushOp::verify() {
  TileType tile = getRing().getType().getTile();
  int64_t panels = getPanels();
  if (panels < 1 || panels > tile.getNumPanels())
    return emitOpError() << "expected 1 to " << tile.getNumPanels() << " panels, got " << panels;
  if (getCoordinates().size() < 2 || int64_t(getCoordinates().size()) > kMaxRank)
    return emitOpError() << "expected 2 to " << kMaxRank << " coordinates, got "
                         << getCoordinates().size();
  return success();
}

LogicalResult PopOp::verify() {
  TileType slot = getRing().getType().getTile(), type = getType();
  if (type.getElementType() != slot.getElementType() || type.getNumRows() != slot.getNumRows() ||
      type.getNumColumns() > slot.getNumColumns())
    return emitOpError() << "expected the type, rows and at most the columns of " << slot
                         << ", got " << type;
  return success();
}
