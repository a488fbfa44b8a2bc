//===- SelectNVTiling.cpp - Tensor cores or threads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On NVIDIA chips a tile of several queries is for tensor cores, a tile of one query
// for a thread.
//
//===----------------------------------------------------------------------===//

#include "SelectTiling.h"
#include "sattn/Target/NVBudget.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

/// Matrix products on tensor cores take steps of 16 columns, halves of them zero.
static constexpr int64_t kColumns = 8;

static std::string printType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

static int64_t getElementBytes(AttentionOp op) {
  return getElementTypeOrSelf(op.getQuery()).getIntOrFloatBitWidth() / 8;
}

/// Why the element types are not for tensor cores; empty if they are.
static std::string getReasonOfTypes(AttentionOp op) {
  // All operands are f32: verified.
  if (op.getPrecision() == Precision::TF32)
    return "";
  Type query = getElementTypeOrSelf(op.getQuery()), value = getElementTypeOrSelf(op.getValue());
  if (!isHalf(query))
    return "expected a query of f16 or bf16, or precision tf32, which tensor "
           "cores multiply, got " +
           printType(query);
  for (Value key : op.getKeys())
    if (getElementTypeOrSelf(key) != query)
      return "expected a key of the query's type, got " + printType(getElementTypeOrSelf(key));
  if (!isHalf(value))
    return "expected a value of f16 or bf16, got " + printType(value);
  return "";
}

/// The same of the order of axes: columns are adjacent, rows in front of columns.
static std::string getReasonOfAxes(AttentionOp op, const AttentionMaps &maps) {
  auto isLast = [](AffineMap map, unsigned dim) {
    return getAxisOfDim(map, dim) == map.getNumResults() - 1;
  };
  if (!isLast(maps.getQuery(), maps.getR()) || !isLast(maps.getKey(), maps.getR()) ||
      !isLast(maps.getValue(), maps.getE()) || !isLast(maps.getOutput(), maps.getE()))
    return "expected features on the last axis of query, key, value and output";
  SmallVector<AffineMap> pairs(maps.getScoreOperands());
  if (maps.getMask())
    pairs.push_back(maps.getMask());
  for (AffineMap map : pairs) {
    std::optional<unsigned> m = getAxisOfDim(map, maps.getM()), n = getAxisOfDim(map, maps.getN());
    if (m && n && *m > *n)
      return "expected masks and score operands with queries in front of keys";
  }
  return "";
}

/// The same of widths and of the columns at which levels begin.
static std::string getReasonOfWidths(AttentionOp op, int64_t depth, int64_t valueDepth) {
  for (int64_t width : {depth, valueDepth})
    if (width % kColumns != 0)
      return ("expected widths that are multiples of " + Twine(kColumns) + ", got " + Twine(width))
          .str();
  PositionStructureAttrInterface structure = op.getStructureAttr();
  for (unsigned level = 0; structure && level < structure.getNumLevels(); ++level)
    if (structure.getPrefixRank(level) % 2 != 0)
      return ("expected levels that begin at an even column, got " +
              Twine(structure.getPrefixRank(level)))
          .str();
  return "";
}

std::string mlir::sattn::getReasonAgainstTensorCores(AttentionOp op, const NVTarget &target) {
  AttentionMaps maps(op);
  if (op.getKeys().size() != 1)
    return "expected one key, got one per level";
  if (std::string reason = getReasonOfTypes(op); !reason.empty())
    return reason;
  auto isTensor = [](Value position) { return position && isa<TensorType>(position.getType()); };
  if (op.getStructure() && (isTensor(op.getQueryOffset()) || isTensor(op.getKeyOffset())))
    return "expected levels at positions that do not depend on the batch row";
  if (op.getLink() == Link::Argmax)
    return "expected another link than argmax, which adds nothing up";
  if (std::string reason = getReasonOfAxes(op, maps); !reason.empty())
    return reason;
  int64_t depth = getStaticExtent(op, maps, maps.getR());
  int64_t valueDepth = getStaticExtent(op, maps, maps.getE());
  if (std::string reason = getReasonOfWidths(op, depth, valueDepth); !reason.empty())
    return reason;
  if (!selectNVTiles(target, depth, valueDepth, getElementBytes(op)))
    return ("expected widths that fit a tile, got " + Twine(depth) + " and " + Twine(valueDepth))
        .str();
  return "";
}

/// Rows of a query tile per warp, and of the lowest tiles of the table.
static constexpr int64_t kWarpRows = 16, kFewRows = 64;

std::string mlir::sattn::getReasonAgainstKernel(AttentionOp op, TilingAttr tiling,
                                                const NVTarget &target) {
  int64_t query = tiling.getQuery();
  if (query == 1)
    return "";
  if (std::string reason = getReasonAgainstTensorCores(op, target); !reason.empty())
    return reason;
  if (query % kWarpRows != 0)
    return ("expected query tiles of a multiple of " + Twine(kWarpRows) + " rows, got " +
            Twine(query))
        .str();
  if (tiling.getLevels() != LevelLoops::Unrolled)
    return "expected unrolled levels, got rolled ones";
  return getReasonAgainstNVBudget(target, getNVKernelShape(op, tiling, target));
}

/// Blocks that keep a large chip busy, threads of a block of the scalar kernel.
static constexpr int64_t kBlocks = 128, kThreads = 64;

/// Parts of the key axis where one tile of queries per head cannot keep the chip busy.
static int64_t selectSplit(AttentionOp op, const AttentionMaps &maps, const NVTiles &tiles) {
  // Results of the other links cannot be merged.
  if (op.getLink() == Link::Linear || op.getLink() == Link::Argmax)
    return 1;
  bool isScalar = tiles.query == 1;
  int64_t queries = getStaticExtent(op, maps, maps.getM());
  int64_t keys = getStaticExtent(op, maps, maps.getN());
  if (ShapedType::isDynamic(queries) || ShapedType::isDynamic(keys) || queries == 0 ||
      queries > (isScalar ? kThreads : tiles.query))
    return 1;
  int64_t units = isScalar ? queries : 1;
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim) {
    int64_t extent = getStaticExtent(op, maps, dim);
    if (ShapedType::isDynamic(extent) || extent == 0)
      return 1;
    units *= extent;
  }
  int64_t wanted = llvm::divideCeil(isScalar ? kBlocks * kThreads : kBlocks, units);
  // At least this many keys make a part worth its merge.
  int64_t partRows = isScalar ? kThreads : 2 * tiles.key;
  return std::max<int64_t>(std::min(wanted, keys / partRows), 1);
}

/// The first row of the table whose kernel fits the registers and, where there are few
/// queries, is not twice as tall as the lowest; without one the first, which spills.
static NVTiles selectTiles(AttentionOp op, const AttentionMaps &maps, const NVTarget &target) {
  SmallVector<NVTileRow> rows =
      getNVTileRows(target, getStaticExtent(op, maps, maps.getR()),
                    getStaticExtent(op, maps, maps.getE()), getElementBytes(op));
  int64_t queries = getStaticExtent(op, maps, maps.getM());
  bool hasFewQueries = !ShapedType::isDynamic(queries) && queries <= kFewRows;
  auto fits = [&](const NVTileRow &row) {
    auto tiling = TilingAttr::get(op.getContext(), row.tiles.query, row.tiles.key,
                                  LevelLoops::Unrolled, /*split=*/1);
    NVKernelShape shape = getNVKernelShape(op, tiling, target);
    bool isTall = row.tiles.query > kFewRows && !shape.hasProducers;
    return !(isTall && hasFewQueries) && getReasonAgainstNVBudget(target, shape).empty();
  };
  auto row = llvm::find_if(rows, fits);
  return row == rows.end() ? rows.front().tiles : row->tiles;
}

TilingAttr mlir::sattn::selectTiling(AttentionOp op, const NVTarget &target,
                                     const TilingOverrides &overrides) {
  AttentionMaps maps(op);
  NVTiles tiles = {/*query=*/1, /*key=*/1, /*stages=*/1};
  if (getReasonAgainstTensorCores(op, target).empty())
    tiles = selectTiles(op, maps, target);
  // Depths are static on tensor cores and in threads: a loop per segment.
  return TilingAttr::get(op.getContext(), overrides.query ? overrides.query : tiles.query,
                         overrides.key ? overrides.key : tiles.key,
                         overrides.levels.value_or(LevelLoops::Unrolled),
                         overrides.split ? overrides.split : selectSplit(op, maps, tiles));
}
