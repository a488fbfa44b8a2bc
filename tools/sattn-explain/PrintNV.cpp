//===- PrintNV.cpp - The kernel for an NVIDIA chip in words and as JSON -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrintNV.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

/// 0.00123 -> "1.23 ms".
static std::string duration(double seconds) {
  const char *units[] = {"s", "ms", "us", "ns"};
  unsigned unit = 0;
  while (seconds < 1 && unit < 3) {
    seconds *= 1000;
    ++unit;
  }
  return llvm::formatv("{0:F2} {1}", seconds, units[unit]);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printPath(const NVPlan &kernel, llvm::raw_ostream &os) {
  int64_t warps = kernel.shape.getWarps();
  line(os, "kernel");
  switch (kernel.path) {
  case KernelPath::Warpgroups:
    os << "tensor cores by wgmma: " << warps << " warps multiply, 4 more fetch tiles by TMA\n";
    return;
  case KernelPath::Warps:
    os << "tensor cores by mma.sync: " << warps << " warps, tiles by cp.async\n";
    return;
  case KernelPath::Scalar:
    os << "scalar, a query per thread: " << kernel.reason << "\n";
    return;
  }
}

static void printBudget(const NVPlan &kernel, const NVTarget &target, llvm::raw_ostream &os) {
  const NVTiles &tiles = kernel.shape.tiles;
  line(os, "tiles") << tiles.query << " queries x " << tiles.key << " keys, " << tiles.stages
                    << " slots for keys and values: ";
  if (kernel.row)
    os << "the table's row for widths up to " << kernel.row->maxDepth << " and "
       << kernel.row->maxValueDepth << "\n";
  else
    os << "no row of the table\n";
  line(os, "registers") << "about " << kernel.registers.getTotal() << " of at most "
                        << kernel.maxRegisters << " per thread ("
                        << kernel.registers.describe() << ")\n";
  line(os, "shared") << kernel.sharedBytes << " of at most " << target.sharedBytes
                     << " bytes per block\n";
  if (!kernel.overBudget.empty())
    line(os) << "over the budget: " << kernel.overBudget << "\n";
}

/// Blocks that a multiprocessor runs at a time, by what ptxas says or the estimate.
static NVOccupancy getOccupancy(const NVPlan &kernel, const NVTarget &target,
                                const EmittedCode &code) {
  int64_t registers = estimateNVLaunchRegisters(kernel.shape);
  for (const EmittedKernel &emitted : code.kernels)
    if (emitted.resources && emitted.threads == kernel.threads &&
        emitted.sharedBytes == kernel.sharedBytes)
      registers = emitted.resources->registers;
  return getNVOccupancy(target, kernel.threads, registers, kernel.sharedBytes);
}

static void printBlocks(const AttentionPlan &plan, const NVPlan &kernel, const NVTarget &target,
                        const EmittedCode &code, llvm::raw_ostream &os) {
  const NVChip &chip = getNVChip(target);
  int64_t split = plan.tiling.attr.getSplit();
  line(os, "blocks") << kernel.blocks << " of " << kernel.threads << " threads for "
                     << chip.numSMs << " multiprocessors";
  if (split > 1)
    os << ", keys in " << split << " parts that are merged";
  os << "\n";
  if (kernel.path == KernelPath::Scalar)
    return;
  NVOccupancy occupancy = getOccupancy(kernel, target, code);
  line(os) << occupancy.blocks << " at a time on each, limited by " << occupancy.limit << "\n";
}

static void printKernel(const EmittedKernel &kernel, llvm::raw_ostream &os) {
  line(os) << "@" << kernel.name << ": " << kernel.threads << " threads, " << kernel.sharedBytes
           << " bytes of shared memory";
  if (kernel.resources) {
    const KernelResources &resources = *kernel.resources;
    os << ", " << resources.registers << " registers, ";
    if (resources.hasSpills())
      os << resources.spillStoreBytes << " bytes of spills";
    else
      os << "no spills";
    os << ", " << resources.codeBytes << " bytes of code";
  }
  os << "\n";
}

static void printCode(const EmittedCode &code, llvm::raw_ostream &os) {
  line(os, "emitted");
  if (!code.compileError.empty()) {
    os << "nothing: " << code.compileError << "\n";
    return;
  }
  os << llvm::formatv("{0} to PTX in {1:F2} s of processor time{2}\n",
                      code.kernels.size() == 1 ? "1 kernel"
                                               : std::to_string(code.kernels.size()) + " kernels",
                      code.secondsToPTX,
                      code.ptxasError.empty() ? "" : ", " + code.ptxasError);
  // What is around attention is many kernels of few threads each.
  std::vector<EmittedKernel> others;
  for (const EmittedKernel &kernel : code.kernels)
    if (kernel.sharedBytes == 0 && code.kernels.size() > 1)
      others.push_back(kernel);
    else
      printKernel(kernel, os);
  if (others.empty())
    return;
  int64_t registers = 0;
  for (const EmittedKernel &kernel : others)
    registers = std::max(registers, kernel.resources ? kernel.resources->registers : 0);
  line(os) << others.size() << " without shared memory";
  if (registers)
    os << ", at most " << registers << " registers";
  os << "\n";
}

static void printBound(const AttentionPlan &plan, const NVPlan &kernel, const NVTarget &target,
                       llvm::raw_ostream &os) {
  const NVChip &chip = getNVChip(target);
  NVRoofline roofline = computeNVRoofline(plan, kernel, chip);
  bool isScalar = kernel.path == KernelPath::Scalar;
  line(os, "bound") << roofline.getLimit() << ": at least " << duration(roofline.getSeconds())
                    << " on " << chip.product << "\n";
  line(os) << (isScalar ? "products " : "products of whole tiles ")
           << duration(roofline.productSeconds) << ", exponentials "
           << duration(roofline.exponentialSeconds) << ", memory "
           << duration(roofline.memorySeconds)
           << llvm::formatv(" ({0:F1} % of the multiprocessors busy)\n",
                            100 * roofline.busyShare);
  double teraflops =
      isScalar ? chip.getTeraflops(plan.getElementBytes()) : chip.tensorTeraflops;
  line(os) << llvm::format("%g TFLOP/s%s, %g T exponentials/s, %g GB/s: ", teraflops,
                           isScalar ? "" : " of tensor cores", chip.teraExponentials,
                           chip.memoryGigabytes)
           << llvm::format("an exponential takes as long as %.0f FLOP, a byte as long as %.0f\n",
                           teraflops / chip.teraExponentials,
                           teraflops * 1e3 / chip.memoryGigabytes);
}

void sattn_explain::printNVText(const AttentionPlan &plan, const NVTarget &target,
                                const EmittedCode &code, llvm::raw_ostream &os) {
  NVPlan kernel = planKernel(plan, target);
  printPath(kernel, os);
  if (kernel.path != KernelPath::Scalar)
    printBudget(kernel, target, os);
  printBlocks(plan, kernel, target, code, os);
  printCode(code, os);
  printBound(plan, kernel, target, os);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Object getRegisters(const NVPlan &kernel) {
  const NVRegisters &registers = kernel.registers;
  return llvm::json::Object{{"estimate", registers.getTotal()},
                            {"at_most", kernel.maxRegisters},
                            {"accumulator", registers.accumulator},
                            {"query", registers.query},
                            {"scores", registers.scores},
                            {"weights", registers.weights},
                            {"checks", registers.checks},
                            {"other", registers.other}};
}

static llvm::json::Object getCode(const EmittedCode &code) {
  llvm::json::Array kernels;
  for (const EmittedKernel &kernel : code.kernels) {
    llvm::json::Object object{{"kernel", kernel.name},
                              {"threads", kernel.threads},
                              {"shared_bytes", kernel.sharedBytes}};
    if (kernel.resources)
      object["ptxas"] = std::move(describeResources(*kernel.resources).front());
    kernels.push_back(std::move(object));
  }
  auto orNull = [](const std::string &text) {
    return text.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(text);
  };
  return llvm::json::Object{{"kernels", std::move(kernels)},
                            {"seconds_to_ptx", code.secondsToPTX},
                            {"compile_error", orNull(code.compileError)},
                            {"ptxas_error", orNull(code.ptxasError)}};
}

static llvm::json::Object getBound(const AttentionPlan &plan, const NVPlan &kernel,
                                   const NVChip &chip) {
  NVRoofline roofline = computeNVRoofline(plan, kernel, chip);
  return llvm::json::Object{{"product", chip.product},
                            {"limit", roofline.getLimit()},
                            {"seconds_at_least", roofline.getSeconds()},
                            {"product_seconds", roofline.productSeconds},
                            {"exponential_seconds", roofline.exponentialSeconds},
                            {"memory_seconds", roofline.memorySeconds},
                            {"tile_flops", roofline.flops},
                            {"tile_exponentials", roofline.exponentials},
                            {"busy_share", roofline.busyShare}};
}

llvm::json::Object sattn_explain::getNVKernel(const AttentionPlan &plan, const NVTarget &target,
                                              const EmittedCode &code) {
  NVPlan kernel = planKernel(plan, target);
  const NVChip &chip = getNVChip(target);
  llvm::json::Object object{{"path", stringify(kernel.path)},
                            {"threads", kernel.threads},
                            {"blocks", kernel.blocks},
                            {"multiprocessors", chip.numSMs},
                            {"split", plan.tiling.attr.getSplit()},
                            {"emitted", getCode(code)},
                            {"bound", getBound(plan, kernel, chip)}};
  if (kernel.path == KernelPath::Scalar) {
    object["reason"] = kernel.reason;
    return object;
  }
  NVOccupancy occupancy = getOccupancy(kernel, target, code);
  object["blocks_per_multiprocessor"] = occupancy.blocks;
  object["blocks_limited_by"] = occupancy.limit;
  const NVTiles &tiles = kernel.shape.tiles;
  object["tiles"] = llvm::json::Object{
      {"query", tiles.query}, {"key", tiles.key}, {"slots", tiles.stages}};
  object["row"] = kernel.row ? llvm::json::Value(llvm::json::Object{
                                   {"columns_at_most", kernel.row->maxDepth},
                                   {"value_columns_at_most", kernel.row->maxValueDepth}})
                             : llvm::json::Value(nullptr);
  object["registers"] = getRegisters(kernel);
  object["shared_bytes"] = kernel.sharedBytes;
  object["shared_bytes_at_most"] = target.sharedBytes;
  object["over_budget"] = kernel.overBudget.empty() ? llvm::json::Value(nullptr)
                                                    : llvm::json::Value(kernel.overBudget);
  return object;
}
