//===- TileStream.h - The tiles that a block stages -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All streamed tiles of a block are one stream, whatever loops they are in. How they
// get to shared memory is the business of a pass.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTNNV_TRANSFORMS_TILESTREAM_H
#define SATTN_LIB_DIALECT_SATTNNV_TRANSFORMS_TILESTREAM_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

namespace mlir::sattn_nv {

/// Where slots and tiles start: after so many bytes the swizzle repeats.
inline constexpr int64_t kTileAlignment = 1024;

/// Steps that fetch one tile of each operand: a loop of them, or a single one.
struct TileSegment {
  scf::ForOp loop;
  SmallVector<StageOp> stages;
};

/// The tiles that one loop over query tiles stages.
class TileStream {
public:
  explicit TileStream(scf::ForallOp root) : root(root) {}

  /// Finds all stages. Diagnosed: tiles that are not one stream, addresses that
  /// depend on more than loop counters.
  LogicalResult collect();

  /// Computes `value` at the place of `builder`; `mapping` has what is there.
  Value clone(OpBuilder &builder, Value value, IRMapping &mapping) const;

  /// The type of `operand` with the most columns.
  TileType getWidest(unsigned operand) const;

  /// Tiles for the whole kernel, then the stream, in program order.
  SmallVector<StageOp> resident;
  SmallVector<TileSegment> segments;
  /// Streamed tiles per step.
  unsigned numOperands = 0;

private:
  LogicalResult collectLoop(scf::ForOp loop);
  LogicalResult checkAddress(StageOp stage, scf::ForOp loop);

  scf::ForallOp root;
};

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_DIALECT_SATTNNV_TRANSFORMS_TILESTREAM_H
