//===- PrintText.cpp - The plan of an attention in words -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrintNV.h"
#include "Roofline.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

std::string sattn_explain::scaled(double value) {
  const char *units[] = {" ", " k", " M", " G", " T", " P"};
  unsigned unit = 0;
  while (value >= 999.5 && unit < 5) {
    value /= 1000;
    ++unit;
  }
  return llvm::formatv(unit ? "{0:F2}{1}" : "{0:F0}{1}", value, units[unit]);
}

static double ratio(double part, double whole) { return whole ? part / whole : 0; }

static std::string percent(double part, double whole) {
  return llvm::formatv("{0:F1} %", 100 * ratio(part, whole));
}

llvm::raw_ostream &sattn_explain::line(llvm::raw_ostream &os, StringRef title) {
  return os << llvm::formatv("  {0,-12}", title);
}

static std::string getWindowText(WindowAttr window) {
  if (!window)
    return "every query reads every key";
  if (window.isLeftUnbounded() && window.getRight() == 0)
    return "causal: a query reads itself and every key before it";
  auto bound = [](bool unbounded, int64_t extent) {
    return unbounded ? std::string("all") : std::to_string(extent);
  };
  return "a query reads itself, " + bound(window.isLeftUnbounded(), window.getLeft()) +
         " keys before and " + bound(window.isRightUnbounded(), window.getRight()) + " after it";
}

static void printWhat(const AttentionPlan &plan, llvm::raw_ostream &os) {
  AttentionOp op = plan.op;
  const PositionExtents &positions = plan.extents.positions;
  line(os, "computes") << stringifyLink(op.getLink()) << " attention, "
                       << getElementTypeOrSelf(op.getQuery()) << ", "
                       << getWindowText(plan.getWindow()) << "\n";
  line(os, "sizes") << positions.queries << " queries x " << positions.keys << " keys, "
                    << plan.getColumns() << " columns, values of "
                    << plan.getValueColumns() << ", batch " << plan.getBatchText()
                    << "\n";
  for (const std::string &assumption : plan.assumptions)
    line(os) << "assumed " << assumption << "\n";
  for (const std::string &clause : plan.uncounted)
    line(os) << clause << " drops pairs by data: the counts below are upper bounds\n";
}

static void printStructure(const AttentionPlan &plan, llvm::raw_ostream &os) {
  PositionStructureAttrInterface structure = plan.getStructure();
  if (!structure) {
    line(os, "structure") << "none: each pair uses every column\n";
    return;
  }
  line(os, "structure") << structure.getNumLevels()
                        << " levels; a pair uses the columns of the levels it shares"
                        << (structure.isMean() ? ", divided by their number\n" : "\n");
  line(os) << "level  keys at most  columns    factor      pairs\n";
  int64_t first = 0;
  for (auto [level, rank] : llvm::enumerate(structure.getRanks())) {
    std::string columns = llvm::formatv("{0}..{1}", first, first + rank - 1);
    line(os) << llvm::formatv("{0,5}  {1,12}  {2,-9}  {3,-8:F5}  {4,7}\n", level + 1,
                              plan.cost.counts.keysOfLevel[level], columns,
                              structure.getScale(level),
                              percent(plan.cost.counts.pairsOfLevel[level], plan.cost.counts.pairs));
    first += rank;
  }
  line(os) << llvm::formatv("mean depth {0:F2} levels, {1:F2} of {2} columns per pair\n",
                            plan.cost.getMeanDepth(), plan.cost.getMeanColumns(),
                            plan.getColumns());
}

static void printDecisions(const AttentionPlan &plan, llvm::raw_ostream &os) {
  for (auto [index, decision] : llvm::enumerate(plan.decisions))
    line(os, index ? "" : "order") << decision << "\n";
  if (plan.isLinearized)
    line(os) << "work, bound and tiling are those of (Q K^T) V, for comparison\n";
}

static void printCost(const AttentionPlan &plan, llvm::raw_ostream &os) {
  const AttentionCost &cost = plan.cost;
  line(os, "work") << "scores " << scaled(cost.scoreFlops) << "FLOP (all columns "
                   << scaled(cost.denseScoreFlops) << "FLOP), values "
                   << scaled(cost.valueFlops) << "FLOP, exp " << scaled(cost.exponentials)
                   << "\n";
  line(os) << "together " << scaled(cost.getFlops()) << "FLOP, "
           << percent(cost.getFlops(), cost.getDenseFlops())
           << " of the same attention with all columns: at most "
           << llvm::formatv("{0:F2}", ratio(cost.getDenseFlops(), cost.getFlops()))
           << " times faster\n";
  line(os, "memory") << "reads " << scaled(cost.inputBytes) << "B, writes "
                     << scaled(cost.outputBytes) << "B; the score matrix that is never made: "
                     << scaled(cost.scoreMatrixBytes) << "B\n";
  line(os, "cache") << "keys " << scaled(cost.keyCacheBytes) << "B, "
                    << percent(cost.keyCacheBytes, cost.denseKeyCacheBytes)
                    << " of all columns; keys and values "
                    << scaled(cost.keyCacheBytes + cost.valueCacheBytes) << "B, "
                    << percent(cost.keyCacheBytes + cost.valueCacheBytes,
                               cost.denseKeyCacheBytes + cost.valueCacheBytes)
                    << "\n";
}

static void printSegment(const AttentionPlan &plan, const TileSegment &segment,
                         llvm::raw_ostream &os) {
  unsigned most = plan.cost.ranks.size();
  line(os) << llvm::formatv("  keys {0,7}..{1,-7} ", segment.lo, segment.hi - 1);
  if (segment.mixed)
    os << segment.known << " or more levels, " << plan.getPrefixColumns(most) << " columns";
  else
    os << segment.known << (segment.known == 1 ? " level, " : " levels, ")
       << plan.getPrefixColumns(segment.known) << " columns";
  os << (segment.masked ? ", masked\n" : "\n");
}

static void printSelection(const ExplainTarget &explained, llvm::raw_ostream &os) {
  const TargetInfo &target = explained.processor;
  if (explained.chip)
    line(os) << "selected for " << explained.getName() << "\n";
  else
    line(os) << llvm::formatv("selected for {0}: registers {1} x {2} bits, register tile {3} rows x "
                              "{4} vectors, caches {5}B and {6}B, {7} threads\n",
                              target.name, target.numVectorRegisters, target.vectorBits,
                              target.tileRows, target.tileVectors, scaled(target.l1Bytes),
                              scaled(target.l2Bytes), target.numThreads);
}

static void printTiling(const AttentionPlan &plan, const ExplainTarget &target,
                        llvm::raw_ostream &os) {
  const TilingPlan &tiling = plan.tiling;
  line(os, "tiling") << tiling.attr << ": " << tiling.tiles << " query tiles for each of batch "
                     << plan.getBatchText() << "\n";
  if (tiling.given)
    line(os) << "given in the program\n";
  else
    printSelection(target, os);
  line(os) << "the nest does " << scaled(tiling.flops) << "FLOP, "
           << percent(tiling.flops - plan.cost.getFlops(), plan.cost.getFlops())
           << " more than exact (mixed ranges use every column, masked ones every pair)\n";
  if (!tiling.example.empty())
    line(os) << "e.g. the tile of query " << tiling.exampleQuery << ":\n";
  for (const TileSegment &segment : tiling.example)
    printSegment(plan, segment, os);
}

static void printBound(const AttentionPlan &plan, const TargetInfo &target,
                       llvm::raw_ostream &os) {
  Roofline roofline = computeRoofline(plan, target);
  auto cycles = [](double value) { return StringRef(scaled(value)).rtrim().str(); };
  line(os, "bound") << roofline.getLimit() << ": at least " << cycles(roofline.getCycles())
                    << " cycles of a core of " << target.name << " for the nest\n";
  line(os) << "products " << cycles(roofline.productCycles) << " + exponentials "
           << cycles(roofline.exponentialCycles) << ", memory "
           << cycles(roofline.memoryCycles) << " beside them\n";
  line(os) << llvm::formatv("{0:F1} FLOP per byte; memory limits products below {1:F1}\n",
                            roofline.flopsPerByte, roofline.ridge);
  if (target.numThreads > 1)
    line(os) << "on " << target.numThreads << " cores " << roofline.getLimit(target.numThreads)
             << ": at least " << cycles(roofline.getCycles(target.numThreads)) << " cycles\n";
}

void sattn_explain::printText(const AttentionPlan &plan, const ExplainTarget &target,
                              const EmittedFunctions &emitted, llvm::raw_ostream &os) {
  os << "@" << plan.function << " at " << plan.location << "\n";
  printWhat(plan, os);
  printStructure(plan, os);
  printCost(plan, os);
  printDecisions(plan, os);
  printTiling(plan, target, os);
  if (target.chip)
    printNVText(plan, *target.chip, emitted.at(plan.function), os);
  else
    printBound(plan, target.processor, os);
}
