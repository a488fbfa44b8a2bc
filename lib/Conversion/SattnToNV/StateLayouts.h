//===- StateLayouts.h - Which tensors become fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTONV_STATELAYOUTS_H
#define SATTN_LIB_CONVERSION_SATTNTONV_STATELAYOUTS_H

#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

namespace mlir::sattn_nv {

/// Layouts of the states of tile ops. A fact of the data flow, not of types:
/// reference and sum are both `tensor<64xf32>`, yet one is the same in all lanes
/// of a quad and the other a partial sum per lane.
class StateLayouts {
public:
  /// Follows the states of all tile ops below `root` through loops.
  explicit StateLayouts(Operation *root);

  /// The layout of a tensor that is (part of) a state; none for others.
  std::optional<Layout> lookup(Value value) const;

private:
  void add(ValueRange state, sattn::Link link);
  void propagate(SmallVectorImpl<std::pair<Value, Layout>> &worklist);

  SmallVector<std::pair<Value, Layout>> seeds;
  DenseMap<Value, Layout> layouts;
};

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNTONV_STATELAYOUTS_H
