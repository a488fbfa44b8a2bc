//===- KernelState.h - What the patterns of one kernel share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTONV_KERNELSTATE_H
#define SATTN_LIB_CONVERSION_SATTNTONV_KERNELSTATE_H

#include "StateLayouts.h"
#include "TileSources.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir {
class TypeConverter;
}

namespace mlir::sattn_nv {

/// A query tile in registers, or in shared memory to be loaded by each tile op (see
/// `sattn::holdsNVQuery`).
struct QueryTile {
  Value fragment, tile;
  Type elementType;
  /// The factor of all columns that is not in the fragment.
  double factor = 1.0;
};

/// What the tile ops of one loop over query tiles share.
class KernelState {
public:
  KernelState(scf::ForallOp loop, ConfigAttr config, bool overlap)
      : layouts(loop), loop(loop), config(config), overlap(overlap) {}

  /// Loads every query tile of the loop once and finds the rows of a key tile.
  /// What cannot be done is diagnosed.
  LogicalResult initialize();

  /// The first operand of products with tiles of `elementType`, by columns or
  /// transposed.
  FragType getOperand(ArrayRef<int64_t> shape, Type elementType, bool isTransposed) const;
  FragType getFragment(ArrayRef<int64_t> shape, Type elementType, Layout layout) const;
  /// `tile`, at most `keyRows` rows of a key or value, in shared memory.
  Value stageStreamed(OpBuilder &builder, Location loc, Value tile) const;
  const QueryTile &getQuery(Value query) const { return queries.at(getQueryRoot(query)); }
  int64_t getKeyRows() const { return keyRows; }
  /// Whether other warps fetch the tiles (`sattn-nv-specialize`).
  bool hasProducers() const { return config.getProducers() != 0; }
  /// Whether `acc`, an accumulator of a state, is held as three values: an accumulator,
  /// weights and a value tile whose product is still to be added. So it can run while the
  /// next weights are computed. A state that has seen no tile for sure is a zero only.
  bool isDelayed(Value acc) const;
  /// The types of the weights and the value tile of a delayed product.
  std::pair<FragType, TileType> getDelayedTypes(FragType acc) const;
  /// Weights of zero and a value tile of zeros: what is to be added where there may be no
  /// tile at all.
  SmallVector<Value> buildZeroProduct(OpBuilder &builder, Location loc, FragType acc) const;
  /// Says that `tile`, streamed, has been read.
  void release(OpBuilder &builder, Location loc, Value tile) const;

  StateLayouts layouts;

private:
  LogicalResult loadQuery(sattn::OnlineAttentionOp op);
  bool canDelay(ArrayRef<sattn::OnlineAttentionOp> steps) const;

  scf::ForallOp loop;
  ConfigAttr config;
  DenseMap<Value, QueryTile> queries;
  int64_t keyRows = 0;
  bool overlap;
  /// Accumulators that are zero because no tile has been seen.
  DenseSet<Value> starts;
  /// The first tile op.
  sattn::OnlineAttentionOp first;
};

/// Why `op` has no form on tensor cores; empty if it has one.
std::string getReasonAgainstFragments(sattn::OnlineAttentionOp op);
/// Whether producers can fetch the tiles of `op` for `warps` others.
bool canHaveProducers(sattn::OnlineAttentionOp op, int64_t warps);

void populateTileStepPatterns(RewritePatternSet &patterns, const TypeConverter &converter,
                              const KernelState &state);
void populateFinalizePatterns(RewritePatternSet &patterns, const TypeConverter &converter,
                              const KernelState &state);

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNTONV_KERNELSTATE_H
