//===- Roofline.h - What limits an attention on a target -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_EXPLAIN_ROOFLINE_H
#define SATTN_TOOLS_SATTN_EXPLAIN_ROOFLINE_H

#include "AttentionPlan.h"

namespace sattn_explain {

/// Cycles below which no kernel of this nest can stay, resource by resource.
/// Products and exponentials share the vector units of a core and add up; memory
/// traffic overlaps with them and is shared by all cores. Packing, loops and
/// vectors that are not full come on top: a real kernel needs more.
struct Roofline {
  /// Core cycles of the multiply-adds of the nest, and of the exponentials.
  double productCycles = 0, exponentialCycles = 0;
  /// Cycles that operands and results take once through memory.
  double memoryCycles = 0;
  /// FLOP of the nest per byte, and the least number of them at which products
  /// take longer than memory.
  double flopsPerByte = 0, ridge = 0;

  double getVectorCycles() const { return productCycles + exponentialCycles; }
  /// On `cores` that share the query tiles evenly.
  double getCycles(int64_t cores = 1) const {
    return std::max(getVectorCycles() / cores, memoryCycles);
  }
  /// The resource that takes most of them: products, exponentials or memory.
  llvm::StringRef getLimit(int64_t cores = 1) const {
    if (memoryCycles > getVectorCycles() / cores)
      return "memory";
    return exponentialCycles > productCycles ? "exponentials" : "products";
  }
};

Roofline computeRoofline(const AttentionPlan &plan,
                         const mlir::sattn::TargetInfo &target);

} // namespace sattn_explain

#endif // SATTN_TOOLS_SATTN_EXPLAIN_ROOFLINE_H
