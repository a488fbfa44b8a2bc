//===- PrintJSON.cpp - The plan of an attention for programs -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrintNV.h"
#include "Roofline.h"

#include "llvm/Support/JSON.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

static std::string toText(Attribute attr) {
  std::string text;
  llvm::raw_string_ostream(text) << attr;
  return text;
}

static llvm::json::Array toArray(ArrayRef<std::string> strings) {
  return llvm::json::Array(llvm::ArrayRef(strings));
}

static llvm::json::Array getLevels(const AttentionPlan &plan) {
  llvm::json::Array levels;
  PositionStructureAttrInterface structure = plan.getStructure();
  for (auto [level, rank] : llvm::enumerate(plan.cost.ranks))
    levels.push_back(llvm::json::Object{
        {"rank", rank},
        {"factor", structure ? structure.getScale(level) : 1.0},
        {"pairs", plan.cost.counts.pairsOfLevel[level]},
        {"keys_at_most", plan.cost.counts.keysOfLevel[level]}});
  return levels;
}

static llvm::json::Object getSizes(const AttentionPlan &plan) {
  AttentionMaps maps(plan.op);
  ArrayRef<int64_t> dims = plan.extents.dims;
  return llvm::json::Object{
      {"batch", llvm::json::Array(dims.take_front(maps.getNumBatch()))},
      {"queries", plan.extents.positions.queries},
      {"keys", plan.extents.positions.keys},
      {"query_offset", plan.extents.positions.queryOffset},
      {"columns", plan.getColumns()},
      {"value_columns", plan.getValueColumns()}};
}

static llvm::json::Object getNest(const AttentionPlan &plan) {
  llvm::json::Array segments;
  for (const TileSegment &segment : plan.tiling.example)
    segments.push_back(llvm::json::Object{{"first_key", segment.lo},
                                          {"keys", segment.hi - segment.lo},
                                          {"known_levels", segment.known},
                                          {"mixed", segment.mixed},
                                          {"masked", segment.masked}});
  return llvm::json::Object{{"tiling", toText(plan.tiling.attr)},
                            {"given", plan.tiling.given},
                            {"query_tiles", plan.tiling.tiles},
                            {"flops", plan.tiling.flops},
                            {"example_query", plan.tiling.exampleQuery},
                            {"example_segments", std::move(segments)}};
}

static llvm::json::Object getCost(const AttentionPlan &plan) {
  const AttentionCost &cost = plan.cost;
  return llvm::json::Object{{"pairs", cost.counts.pairs},
                            {"mean_depth", cost.getMeanDepth()},
                            {"mean_columns", cost.getMeanColumns()},
                            {"score_flops", cost.scoreFlops},
                            {"dense_score_flops", cost.denseScoreFlops},
                            {"value_flops", cost.valueFlops},
                            {"exponentials", cost.exponentials},
                            {"input_bytes", cost.inputBytes},
                            {"output_bytes", cost.outputBytes},
                            {"score_matrix_bytes", cost.scoreMatrixBytes},
                            {"key_cache_bytes", cost.keyCacheBytes},
                            {"dense_key_cache_bytes", cost.denseKeyCacheBytes},
                            {"value_cache_bytes", cost.valueCacheBytes}};
}

static llvm::json::Object getBound(const AttentionPlan &plan, const TargetInfo &target) {
  Roofline roofline = computeRoofline(plan, target);
  auto onCores = [&](int64_t cores) {
    return llvm::json::Object{{"cores", cores},
                              {"limit", roofline.getLimit(cores)},
                              {"cycles_at_least", roofline.getCycles(cores)}};
  };
  return llvm::json::Object{{"product_cycles", roofline.productCycles},
                            {"exponential_cycles", roofline.exponentialCycles},
                            {"memory_cycles", roofline.memoryCycles},
                            {"flops_per_byte", roofline.flopsPerByte},
                            {"ridge_flops_per_byte", roofline.ridge},
                            {"one_core", onCores(1)},
                            {"all_cores", onCores(target.numThreads)}};
}

void sattn_explain::printJSON(ArrayRef<AttentionPlan> plans, const ExplainTarget &target,
                              const EmittedFunctions &emitted, llvm::raw_ostream &os) {
  llvm::json::Array attentions;
  for (const AttentionPlan &plan : plans) {
    AttentionOp op = plan.op;
    llvm::json::Object attention{
        {"function", plan.function},
        {"location", plan.location},
        {"link", stringifyLink(op.getLink())},
        {"sizes", getSizes(plan)},
        {"assumptions", toArray(plan.assumptions)},
        {"uncounted", toArray(plan.uncounted)},
        {"decisions", toArray(plan.decisions)},
        {"linearized", plan.isLinearized},
        {"mean", bool(plan.getStructure() && plan.getStructure().isMean())},
        {"levels", getLevels(plan)},
        {"cost", getCost(plan)},
        {"nest", getNest(plan)}};
    if (target.chip)
      attention["kernel"] = getNVKernel(plan, *target.chip, emitted.at(plan.function));
    else
      attention["bound"] = getBound(plan, target.processor);
    for (auto [name, attr] : {std::pair<const char *, Attribute>{"structure", plan.getStructure()},
                              {"window", plan.getWindow()}})
      attention[name] = attr ? llvm::json::Value(toText(attr)) : llvm::json::Value(nullptr);
    attentions.push_back(std::move(attention));
  }
  llvm::json::Value root = 
      llvm::json::Object{{"target", target.getName()}, {"attentions", std::move(attentions)}};
  os << llvm::formatv("{0:2}", root) << "\n";
}
