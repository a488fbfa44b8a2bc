//===- SelectTiling.cpp - Decide the tile sizes of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where numbers of the target meet an attention: everything below
// obeys the attribute that is written here.
//
//===----------------------------------------------------------------------===//

#include "SelectTiling.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"
#include "sattn/Target/KnownTargets.h"
#include "sattn/Target/NVTarget.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNSELECTTILINGPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// Rows of a query tile and of a key tile that amortise packing and loop
/// overheads; more gains nothing.
static constexpr int64_t kQueryRows = 128, kKeyRows = 192;
/// Tiles per thread that even out their unequal work.
static constexpr int64_t kTilesPerThread = 2;

namespace {
/// What the decision depends on; unknown extents are dynamic.
struct Problem {
  int64_t numBatch = 1, queries, keys, depth, valueDepth;
  int64_t elementBytes;
  /// Rows of a panel of queries and of the register tile.
  int64_t panel, tileRows;
};
} // namespace

int64_t mlir::sattn::getStaticExtent(AttentionOp op, const AttentionMaps &maps, unsigned dim) {
  std::pair<Value, AffineMap> tensors[] = {{op.getQuery(), maps.getQuery()},
                                           {op.getKeys().front(), maps.getKey()},
                                           {op.getValue(), maps.getValue()},
                                           {op.getOuts().front(), maps.getOutput()}};
  for (auto [tensor, map] : tensors)
    if (std::optional<unsigned> axis = getAxisOfDim(map, dim))
      if (auto type = cast<RankedTensorType>(tensor.getType()); !type.isDynamicDim(*axis))
        return type.getDimSize(*axis);
  return ShapedType::kDynamic;
}

static Problem getProblem(AttentionOp op, const TargetInfo &target) {
  AttentionMaps maps(op);
  Problem problem;
  problem.queries = getStaticExtent(op, maps, maps.getM());
  problem.keys = getStaticExtent(op, maps, maps.getN());
  problem.depth = getStaticExtent(op, maps, maps.getR());
  problem.valueDepth = getStaticExtent(op, maps, maps.getE());
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim) {
    int64_t extent = getStaticExtent(op, maps, dim);
    bool known = !ShapedType::isDynamic(problem.numBatch) && !ShapedType::isDynamic(extent);
    problem.numBatch = known ? problem.numBatch * extent : ShapedType::kDynamic;
  }
  int64_t bits = cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType().getWidth();
  problem.elementBytes = bits / 8;
  problem.panel = target.getPanelRows(bits);
  problem.tileRows = target.tileRows;
  return problem;
}

/// Number of query tiles; dynamic if unknown.
static int64_t getNumTiles(const Problem &problem, int64_t query) {
  if (ShapedType::isDynamic(problem.numBatch) || ShapedType::isDynamic(problem.queries))
    return ShapedType::kDynamic;
  return problem.numBatch * llvm::divideCeil(problem.queries, query);
}

/// Bytes that one thread touches again and again: packed query, accumulator, a
/// panel of scores, key and value tile.
static int64_t getScratchBytes(const Problem &problem, int64_t query, int64_t key) {
  int64_t depths = problem.depth + problem.valueDepth;
  return problem.elementBytes * (query * depths + problem.panel * key + key * depths);
}

/// Of the sizes down to half of `query`, the one on whose rows most levels agree.
static int64_t alignToLevels(AttentionOp op, const Problem &problem, int64_t query) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  if (!structure)
    return query;
  int64_t best = query, bestLevels = -1;
  for (int64_t rows = query; rows >= problem.panel && 2 * rows >= query; rows -= problem.panel) {
    int64_t numLevels = llvm::count_if(llvm::seq<unsigned>(0, structure.getNumLevels()), [&](unsigned level) {
      return structure.isUniformFor(level, rows);
    });
    if (numLevels > bestLevels) {
      best = rows;
      bestLevels = numLevels;
    }
  }
  return best;
}

static int64_t selectQueryRows(AttentionOp op, const Problem &problem, const TargetInfo &target,
                               int64_t key) {
  if (op->hasAttr(kFewQueriesAttrName))
    return kFewQueries;
  int64_t query = std::max(problem.panel, kQueryRows / problem.panel * problem.panel);
  if (!ShapedType::isDynamic(problem.queries)) {
    // Less than a panel is not padded to one: the tile is what there is.
    if (problem.queries <= problem.panel)
      return std::max<int64_t>(problem.queries, 1);
    query = std::min<int64_t>(query, llvm::alignTo(problem.queries, problem.panel));
  }
  query = alignToLevels(op, problem, query);
  auto isTooLarge = [&] {
    int64_t numTiles = getNumTiles(problem, query);
    return getScratchBytes(problem, query, key) > target.l2Bytes ||
           (!ShapedType::isDynamic(numTiles) && numTiles < kTilesPerThread * target.numThreads);
  };
  while (query > problem.panel && isTooLarge())
    query = llvm::alignTo(query / 2, problem.panel);
  return query;
}

static int64_t selectKeyRows(const Problem &problem, const TargetInfo &target) {
  int64_t key = std::max(problem.tileRows, kKeyRows / problem.tileRows * problem.tileRows);
  if (!ShapedType::isDynamic(problem.keys))
    key = std::clamp<int64_t>(problem.keys, 1, key);
  while (key > problem.tileRows && getScratchBytes(problem, problem.panel, key) > target.l2Bytes)
    key = std::max(problem.tileRows, key / 2 / problem.tileRows * problem.tileRows);
  return key;
}

/// Parts of the key axis, so that few query tiles still keep all threads busy.
static int64_t selectSplit(AttentionOp op, const Problem &problem, const TargetInfo &target,
                           int64_t query, int64_t key) {
  int64_t numTiles = getNumTiles(problem, query);
  // Results of `linear` merge for positive row sums only, those of `argmax` not.
  bool mergeable = op.getLink() != Link::Linear && op.getLink() != Link::Argmax;
  if (!mergeable || ShapedType::isDynamic(numTiles) || ShapedType::isDynamic(problem.keys) ||
      numTiles == 0 || numTiles >= target.numThreads)
    return 1;
  int64_t parts = std::min<int64_t>(llvm::divideCeil(target.numThreads, numTiles),
                                    problem.keys / (2 * key));
  return std::max<int64_t>(parts, 1);
}

/// One loop per segment while there are only two, the core and the edge; more
/// loops have the same speed and more code.
static LevelLoops selectLoops(AttentionOp op, int64_t query) {
  size_t numSegments = computeSegments(op.getStructureAttr(), op.getWindowAttr(), query,
                                       /*aligned=*/!op.getQueryOffset(), op.getContext())
                           .size();
  return numSegments > 2 ? LevelLoops::Rolled : LevelLoops::Unrolled;
}

TilingAttr mlir::sattn::selectTiling(AttentionOp op, const TargetInfo &target,
                                     const TilingOverrides &overrides) {
  Problem problem = getProblem(op, target);
  int64_t key = overrides.key ? overrides.key : selectKeyRows(problem, target);
  int64_t query = overrides.query ? overrides.query : selectQueryRows(op, problem, target, key);
  int64_t split = overrides.split ? overrides.split : selectSplit(op, problem, target, query, key);
  LevelLoops levels = overrides.levels.value_or(selectLoops(op, query));
  return TilingAttr::get(op.getContext(), query, key, levels, split);
}

namespace {
struct SelectTilingPass : sattn::impl::SattnSelectTilingPassBase<SelectTilingPass> {
  using Base = sattn::impl::SattnSelectTilingPassBase<SelectTilingPass>;
  using Base::Base;

  void runOnOperation() override {
    TilingOverrides overrides;
    if (query < 0 || key < 0 || split < 0)
      return fail("expected sizes of 0 (select) or more");
    overrides.query = query;
    overrides.key = key;
    overrides.split = split;
    if (!levels.empty()) {
      overrides.levels = symbolizeLevelLoops(levels);
      if (!overrides.levels)
        return fail("expected levels to be 'unrolled' or 'rolled', got '" + levels + "'");
    }
    if (const NVTarget *chip = findNVTarget(target))
      return select(*chip, overrides);
    llvm::Expected<TargetInfo> parsed = parseTarget(target);
    if (!parsed)
      return fail(llvm::toString(parsed.takeError()));
    select(*parsed, overrides);
  }

private:
  void select(const TargetInfo &parsed, const TilingOverrides &overrides) {
    getOperation()->walk([&](AttentionOp op) {
      if (!op.getTiling())
        op.setTilingAttr(selectTiling(op, parsed, overrides));
    });
  }

  /// Sizes that are asked for have to fit the chip. Of tilings in the program, which may
  /// be for another target, only those stay that the chip has a kernel for.
  void select(const NVTarget &chip, const TilingOverrides &overrides) {
    getOperation()->walk([&](AttentionOp op) {
      TilingAttr given = op.getTilingAttr();
      TilingAttr tiling = given ? given : selectTiling(op, chip, overrides);
      std::string reason = getReasonAgainstKernel(op, tiling, chip);
      bool isForTensorCores = getReasonAgainstTensorCores(op, chip).empty();
      if (!reason.empty() && !given && isForTensorCores && isForced(overrides)) {
        op.emitError(reason);
        return signalPassFailure();
      }
      if (!reason.empty()) {
        TilingAttr wanted = tiling;
        tiling = selectTiling(op, chip);
        if (tiling != wanted)
          op.emitRemark("[sattn-select-tiling] ") << wanted << " became " << tiling << " ('"
                                                  << chip.name << "': " << reason << ")";
      }
      op.setTilingAttr(tiling);
      if (tiling.getQuery() == 1)
        reportScalarKernel(op, chip);
    });
  }

  static bool isForced(const TilingOverrides &overrides) {
    return overrides.query != 0 || overrides.key != 0 || overrides.levels;
  }

  static void reportScalarKernel(AttentionOp op, const NVTarget &chip) {
    std::string reason = getReasonAgainstTensorCores(op, chip);
    op.emitRemark("[sattn-select-tiling] attention runs on the scalar kernel (")
        << (reason.empty() ? "asked for a query tile of 1" : reason) << ")";
  }

  void fail(const Twine &message) {
    getOperation()->emitError(message);
    signalPassFailure();
  }
};
} // namespace
