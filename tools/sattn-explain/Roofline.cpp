//===- Roofline.cpp - What limits an attention on a target -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Roofline.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

/// A vector of exp2 is some ten instructions besides its load and store: half of
/// a polynomial of degree four in multiply-adds, half additions, shifts and a
/// maximum, which other units take. Together they fill the slots of this many
/// multiply-adds.
static constexpr double kFmasPerExponential = 8;

Roofline sattn_explain::computeRoofline(const AttentionPlan &plan, const TargetInfo &target) {
  // Scores, weights and accumulators are f32, those of f64 operands f64.
  bool isDouble = getElementTypeOrSelf(AttentionOp(plan.op).getQuery()).isF64();
  double fmasPerCycle = double(target.fmasPerCycle) * target.vectorBits / (isDouble ? 64 : 32);
  double bytes = plan.cost.inputBytes + plan.cost.outputBytes;
  Roofline roofline;
  roofline.productCycles = plan.tiling.flops / 2 / fmasPerCycle;
  roofline.exponentialCycles = plan.cost.exponentials * kFmasPerExponential / fmasPerCycle;
  roofline.memoryCycles = bytes / target.memoryBytesPerCycle;
  roofline.flopsPerByte = bytes ? plan.tiling.flops / bytes : 0;
  roofline.ridge = 2 * fmasPerCycle / target.memoryBytesPerCycle;
  return roofline;
}
