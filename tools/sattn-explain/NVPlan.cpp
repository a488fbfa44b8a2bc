//===- NVPlan.cpp - The kernel of an attention for an NVIDIA chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NVPlan.h"

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

StringRef sattn_explain::stringify(KernelPath path) {
  switch (path) {
  case KernelPath::Warpgroups:
    return "wgmma";
  case KernelPath::Warps:
    return "mma.sync";
  case KernelPath::Scalar:
    return "scalar";
  }
  return "";
}

/// Batch-like extents of `plan`, multiplied.
static int64_t getBatch(const AttentionPlan &plan) {
  int64_t batch = 1;
  for (int64_t extent : ArrayRef(plan.extents.dims).drop_back(4))
    batch *= extent;
  return batch;
}

static void planTensorCores(const AttentionPlan &plan, const NVTarget &target, NVPlan &kernel) {
  TilingAttr tiling = plan.tiling.attr;
  kernel.shape = getNVKernelShape(plan.op, tiling, target);
  const NVKernelShape &shape = kernel.shape;
  kernel.path = shape.hasProducers ? KernelPath::Warpgroups : KernelPath::Warps;
  for (const NVTileRow &row : getNVTileRows(target, shape.depth, shape.valueDepth, shape.elementBytes))
    if (!kernel.row && row.tiles.query == tiling.getQuery() && row.tiles.key == tiling.getKey())
      kernel.row = row;
  kernel.registers = estimateNVRegisters(shape);
  kernel.maxRegisters = getNVMaxRegisters(shape);
  kernel.sharedBytes = getNVSharedBytes(shape);
  kernel.overBudget = getReasonAgainstNVBudget(target, shape);
  kernel.threads = shape.getThreads();
  kernel.blocks = getBatch(plan) * plan.tiling.tiles * tiling.getSplit();
}

NVPlan sattn_explain::planKernel(const AttentionPlan &plan, const NVTarget &target) {
  /// Threads of a block of scalar kernels.
  constexpr int64_t scalarThreads = 64;
  NVPlan kernel;
  TilingAttr tiling = plan.tiling.attr;
  if (tiling.getQuery() != 1) {
    planTensorCores(plan, target, kernel);
    return kernel;
  }
  kernel.reason = getReasonAgainstTensorCores(plan.op, target);
  if (kernel.reason.empty())
    kernel.reason = "the program asks for query tiles of 1";
  kernel.threads = scalarThreads;
  kernel.blocks =
      llvm::divideCeil(getBatch(plan) * plan.tiling.tiles * tiling.getSplit(), scalarThreads);
  return kernel;
}

StringRef NVRoofline::getLimit() const {
  if (memorySeconds >= std::max(productSeconds, exponentialSeconds))
    return "memory";
  return exponentialSeconds > productSeconds ? "exponentials" : "products";
}

NVRoofline sattn_explain::computeNVRoofline(const AttentionPlan &plan, const NVPlan &kernel,
                                            const NVChip &chip) {
  NVRoofline roofline;
  bool isScalar = kernel.path == KernelPath::Scalar;
  roofline.flops = isScalar ? plan.tiling.flops : plan.tiling.tileFlops;
  roofline.exponentials = plan.cost.exponentials;
  if (!isScalar && roofline.exponentials > 0)
    roofline.exponentials = plan.tiling.tilePairs;
  // Each multiprocessor has as many blocks as the one with most of them, or fewer.
  int64_t rounds = llvm::divideCeil(kernel.blocks, chip.numSMs);
  roofline.busyShare = rounds ? double(kernel.blocks) / double(rounds * chip.numSMs) : 1;
  double teraflops = isScalar ? chip.getTeraflops(plan.getElementBytes()) : chip.tensorTeraflops;
  roofline.productSeconds = roofline.flops / (teraflops * 1e12 * roofline.busyShare);
  roofline.exponentialSeconds =
      roofline.exponentials / (chip.teraExponentials * 1e12 * roofline.busyShare);
  roofline.memorySeconds =
      (plan.cost.inputBytes + plan.cost.outputBytes) / (chip.memoryGigabytes * 1e9);
  return roofline;
}
