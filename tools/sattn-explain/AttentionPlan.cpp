//===- AttentionPlan.cpp - What sattn-explain knows of one attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionPlan.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

int64_t AttentionPlan::getElementBytes() const {
  return getElementTypeOrSelf(AttentionOp(op).getQuery()).getIntOrFloatBitWidth() / 8;
}

int64_t AttentionPlan::getColumns() const {
  return extents.dims[AttentionMaps(op).getR()];
}

int64_t AttentionPlan::getValueColumns() const {
  return extents.dims[AttentionMaps(op).getE()];
}

int64_t AttentionPlan::getPrefixColumns(unsigned depth) const {
  int64_t columns = 0;
  for (int64_t rank : ArrayRef(cost.ranks).take_front(depth))
    columns += rank;
  return columns;
}

std::string AttentionPlan::getBatchText() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  unsigned numBatch = AttentionMaps(op).getNumBatch();
  llvm::interleave(ArrayRef(extents.dims).take_front(numBatch), os, " x ");
  return numBatch ? text : "none";
}

/// Answers for dynamic extents, noting each in the plan.
static std::optional<AttentionExtents> fillIn(AttentionPlan &plan, const OpenExtents &open) {
  AttentionMaps maps(plan.op);
  auto getExtent = [&](Value tensor, unsigned axis) -> std::optional<int64_t> {
    AffineMap map = tensor == plan.op.getQuery()          ? maps.getQuery()
                    : tensor == plan.op.getKeys().front() ? maps.getKey()
                    : tensor == plan.op.getValue()        ? maps.getValue()
                                                          : maps.getOutput();
    unsigned dim = map.getDimPosition(axis);
    int64_t extent = dim == maps.getM()   ? open.queries
                     : dim == maps.getN() ? open.keys
                                          : open.batch;
    std::string name = dim == maps.getM()   ? "queries"
                       : dim == maps.getN() ? "keys"
                                            : "batch axis " + std::to_string(dim);
    plan.assumptions.push_back(name + " = " + std::to_string(extent) +
                               " (dynamic in the program)");
    return extent;
  };
  return getAttentionExtents(plan.op, getExtent);
}

static void noteOpenPositions(AttentionPlan &plan) {
  auto isOpen = [](Value value) { return value && !matchPattern(value, m_Constant()); };
  if (isOpen(plan.op.getQueryOffset()))
    plan.assumptions.push_back("query_offset = " +
                               std::to_string(plan.extents.positions.queryOffset) +
                               " (the queries are the last positions)");
  if (isOpen(plan.op.getKeyOffset()))
    plan.assumptions.push_back("key_offset = 0");
  if (isOpen(plan.op.getKeyLimit()))
    plan.uncounted.push_back("key_limit");
  if (plan.op.getMask())
    plan.uncounted.push_back("mask");
  if (plan.op.getQuerySegments())
    plan.uncounted.push_back("segments");
  if (plan.op.getScore().front().getTerminator()->getNumOperands() == 2)
    plan.uncounted.push_back("the score region");
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// Value of a bound at i0, the position of a tile's first row.
static int64_t evaluate(AffineExpr expr, int64_t i0) {
  Builder builder(expr.getContext());
  SmallVector<Attribute> result;
  LogicalResult folded =
      AffineMap::get(/*dimCount=*/1, /*symbolCount=*/0, expr)
          .constantFold({builder.getIndexAttr(i0)}, result);
  (void)folded; // constant operands always fold
  return cast<IntegerAttr>(result.front()).getInt();
}

static std::vector<TileSegment> getTileSegments(ArrayRef<Segment> segments,
                                                const PositionExtents &positions,
                                                int64_t i0) {
  std::vector<TileSegment> result;
  for (const Segment &segment : segments) {
    TileSegment tile{positions.keyOffset, positions.keyOffset + positions.keys, segment.known,
                     segment.mixed, segment.masked};
    if (positions.keyLimit)
      tile.hi = std::min(tile.hi, *positions.keyLimit);
    for (AffineExpr lo : segment.lo)
      tile.lo = std::max(tile.lo, evaluate(lo, i0));
    for (AffineExpr hi : segment.hi)
      tile.hi = std::min(tile.hi, evaluate(hi, i0));
    if (tile.lo < tile.hi)
      result.push_back(tile);
  }
  return result;
}

/// Adds the work of one segment of a tile with `numRows` queries.
static void addWork(const AttentionPlan &plan, const TileSegment &segment, int64_t numRows,
                    double batch, TilingPlan &tiling) {
  constexpr int64_t step = 16;
  unsigned depth = segment.mixed ? plan.cost.ranks.size() : segment.known;
  int64_t keys = segment.hi - segment.lo, columns = plan.getPrefixColumns(depth);
  tiling.flops += 2 * batch * numRows * keys * (columns + plan.getValueColumns());
  double pairs = batch * tiling.attr.getQuery() * llvm::alignTo(keys, tiling.attr.getKey());
  tiling.tilePairs += pairs;
  tiling.tileFlops += 2 * pairs * (llvm::alignTo(columns, step) +
                                   llvm::alignTo(plan.getValueColumns(), step));
}

static TilingAttr selectTiles(AttentionOp op, const ExplainTarget &target) {
  if (!target.chip)
    return selectTiling(op, target.processor);
  return selectTiling(op, *target.chip);
}

/// Whether the tiling in the program is taken: of those that it has for another target
/// kernels take what suits them.
static bool takesGiven(AttentionOp op, const ExplainTarget &target) {
  TilingAttr given = op.getTilingAttr();
  return given && (!target.chip || getReasonAgainstKernel(op, given, *target.chip).empty());
}

static TilingPlan planTiles(const AttentionPlan &plan, const ExplainTarget &target) {
  const PositionExtents &positions = plan.extents.positions;
  TilingPlan result;
  result.given = takesGiven(plan.op, target);
  result.attr =
      result.given ? AttentionOp(plan.op).getTilingAttr() : selectTiles(plan.op, target);
  int64_t rows = result.attr.getQuery();
  bool aligned = positions.queryOffset % rows == 0;
  SmallVector<Segment> segments = computeSegments(plan.getStructure(), plan.getWindow(), rows,
                                                  aligned, AttentionOp(plan.op).getContext());
  double batch = 1;
  for (int64_t extent : ArrayRef(plan.extents.dims).drop_back(4))
    batch *= extent;
  for (int64_t m = 0; m < positions.queries; m += rows, ++result.tiles) {
    auto tile = getTileSegments(segments, positions, positions.queryOffset + m);
    for (const TileSegment &segment : tile)
      addWork(plan, segment, std::min(rows, positions.queries - m), batch, result);
    if (tile.size() > result.example.size()) {
      result.exampleQuery = positions.queryOffset + m;
      result.example = std::move(tile);
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

static LogicalResult checkCountable(AttentionOp op, const PositionExtents &positions) {
  constexpr int64_t most = int64_t(1) << 24;
  if (positions.queries <= most && positions.keys <= most)
    return success();
  return op.emitError() << "expected at most " << most << " queries and keys, got "
                        << positions.queries << " and " << positions.keys
                        << " (they are counted one by one)";
}

static std::string getLocationText(Location loc) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    os << file.getFilename().getValue() << ":" << file.getLine() << ":" << file.getColumn();
  else
    os << loc;
  return text;
}

/// The order of products, as sattn-to-cpu decides it: dynamic extents count as
/// `kAssumedExtent`, whatever is assumed for the other numbers.
static void noteDecisions(AttentionPlan &plan) {
  std::optional<Decision> fold = decideNormFold(plan.op);
  if (fold && fold->changes)
    plan.decisions.push_back(fold->text + " with the option fold-norm (not by default: digits cancel "
                             "where the mean of a key is much larger than its deviation)");
  else if (fold)
    plan.decisions.push_back(fold->text);
  std::optional<Decision> linear = decideLinearForm(plan.op);
  for (const std::optional<Decision> &decision : {decideMatrixForm(plan.op), linear})
    if (decision)
      plan.decisions.push_back(decision->text);
  plan.isLinearized = linear && linear->changes;
}

static FailureOr<AttentionPlan> buildPlan(AttentionOp op, const OpenExtents &open,
                                          const ExplainTarget &target) {
  AttentionPlan plan;
  plan.op = op;
  if (auto function = op->getParentOfType<FunctionOpInterface>())
    plan.function = function.getName().str();
  plan.location = getLocationText(op.getLoc());
  std::optional<AttentionExtents> extents = fillIn(plan, open);
  if (!extents)
    return op.emitError("expected every extent to follow from the operands");
  plan.extents = *extents;
  if (failed(checkCountable(op, plan.extents.positions)))
    return failure();
  noteOpenPositions(plan);
  // On NVIDIA's side nothing is reordered.
  if (!target.chip)
    noteDecisions(plan);
  plan.cost = computeCost(op, plan.extents);
  plan.tiling = planTiles(plan, target);
  return plan;
}

FailureOr<std::vector<AttentionPlan>>
sattn_explain::buildPlans(Operation *module, const OpenExtents &open,
                          const ExplainTarget &target) {
  std::vector<AttentionPlan> plans;
  WalkResult result = module->walk([&](AttentionOp op) {
    FailureOr<AttentionPlan> plan = buildPlan(op, open, target);
    if (failed(plan))
      return WalkResult::interrupt();
    plans.push_back(std::move(*plan));
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return plans;
}
