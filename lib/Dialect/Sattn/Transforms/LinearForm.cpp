//===- LinearForm.cpp - Whether attention is linear in its tokens -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pair of depth d has the score w_d <q, k> over the columns of its first d
// levels, w_d = 1 or 1/d. That is a sum over its levels l <= d of
//
//   w_l <q, k> over the columns of level l
//     + (w_l - w_(l-1)) <q, k> over the columns of the levels before,
//
// and each of these terms exists for every pair of a block of level l: a sum of
// K^T V over the block serves all its queries.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

using namespace mlir;
using namespace mlir::sattn;

/// Fewer rows than this are not worth a step of their own.
static constexpr int64_t kLeastRows = 8;
/// Loops over elements reach about half the rate of a register tile.
static constexpr double kLoopPenalty = 2.0;

LevelColumns
mlir::sattn::getLevelColumns(PositionStructureAttrInterface structure,
                             unsigned level, int64_t numColumns) {
  if (!structure)
    return {0, numColumns, SmallVector<double>(numColumns, 1.0)};
  LevelColumns columns;
  int64_t own = structure.getPrefixRank(level);
  columns.end = structure.getPrefixRank(level + 1);
  double weight = structure.getWeight(level + 1);
  double before = level ? structure.getWeight(level) : 0.0;
  columns.first = weight == before ? own : 0;
  for (int64_t column = columns.first; column < columns.end; ++column)
    columns.factors.push_back(column < own ? weight - before : weight);
  return columns;
}

FailureOr<std::optional<int64_t>>
mlir::sattn::getBlockRows(PositionStructureAttrInterface structure,
                          unsigned level) {
  if (!structure || structure.isUnbounded(level))
    return std::optional<int64_t>();
  MLIRContext *context = structure.getContext();
  KeyRange range = structure.getKeyRange(level, context);
  if (!range.outerHi)
    return failure();
  // The first row's block starts at 0 and ends behind its last position.
  Builder builder(context);
  SmallVector<Attribute> rows;
  AffineMap end = AffineMap::get(2, 0, range.outerHi);
  if (failed(end.constantFold(
          {builder.getIndexAttr(0), builder.getIndexAttr(1)}, rows)))
    return failure();
  int64_t size = cast<IntegerAttr>(rows.front()).getInt();
  if (size < 1 || !structure.isUniformFor(level, size))
    return failure();
  return std::optional<int64_t>(size);
}

//===----------------------------------------------------------------------===//
// The form
//===----------------------------------------------------------------------===//

static bool isZero(Value position) {
  return !position || matchPattern(position, m_Zero());
}

/// Why the clauses of `op` rule the form out; null if they do not.
static const char *getClauseObstacle(AttentionOp op) {
  WindowAttr window = op.getWindowAttr();
  bool isCausal = window && window.isLeftUnbounded() &&
                  !window.isRightUnbounded() && window.getRight() == 0;
  if (op.getLink() != Link::Identity && op.getLink() != Link::Linear)
    return "the link is not linear in the scores";
  if (op.getTiling())
    return "its tiling is given";
  if (op.getKeys().size() != 1)
    return "each level has its own key";
  if (op.getMask() || op.getQuerySegments() || op.getKeyLimit())
    return "pairs are dropped by data";
  if (!cast<AttentionLikeOpInterface>(op.getOperation()).hasIdentityScore())
    return "it has a score region";
  if (window && !isCausal)
    return "its window is not the causal one";
  if (!isZero(op.getQueryOffset()) || !isZero(op.getKeyOffset()))
    return "its positions do not start at 0";
  if (op.getLse())
    return "its log-sum-exp is asked for";
  return nullptr;
}

/// The most rows of a chunk that are whole parts of longer blocks and whole
/// multiples of shorter ones; 0 if there are none.
static int64_t getChunkRows(ArrayRef<std::optional<int64_t>> blocks,
                            int64_t most) {
  for (int64_t rows = most; rows >= kLeastRows; --rows)
    if (llvm::all_of(blocks, [&](std::optional<int64_t> block) {
          return !block || *block % rows == 0 || rows % *block == 0;
        }))
      return rows;
  return 0;
}

std::optional<LinearForm> mlir::sattn::getLinearForm(AttentionOp op,
                                                     std::string &obstacle,
                                                     int64_t chunkRows) {
  if (const char *clause = getClauseObstacle(op)) {
    obstacle = clause;
    return std::nullopt;
  }
  PositionStructureAttrInterface structure = op.getStructureAttr();
  unsigned numLevels = structure ? structure.getNumLevels() : 1;
  SmallVector<std::optional<int64_t>> blocks;
  for (unsigned level = 0; level < numLevels; ++level) {
    FailureOr<std::optional<int64_t>> block = getBlockRows(structure, level);
    if (failed(block)) {
      obstacle = "its levels are not aligned blocks";
      return std::nullopt;
    }
    blocks.push_back(*block);
  }
  LinearForm form;
  form.chunk = getChunkRows(blocks, chunkRows);
  if (form.chunk == 0) {
    obstacle = "no chunk of " + std::to_string(kLeastRows) + " to " +
               std::to_string(chunkRows) + " rows fits its blocks";
    return std::nullopt;
  }
  auto count = [&](auto isLeading) {
    return std::distance(blocks.begin(), llvm::find_if_not(blocks, isLeading));
  };
  form.isCausal = bool(op.getWindowAttr());
  form.numSummed = count(
      [&](std::optional<int64_t> rows) { return !rows || *rows > form.chunk; });
  form.numShared = count([&](std::optional<int64_t> rows) {
    return !rows || *rows >= form.chunk;
  });
  form.scoresChunk = form.isCausal || form.numSummed < numLevels;
  return form;
}

double mlir::sattn::getLinearFlops(AttentionOp op, const LinearForm &form,
                                   const AttentionExtents &extents) {
  AttentionMaps maps(op);
  double queries = extents.positions.queries, keys = extents.positions.keys;
  int64_t depth = extents.dims[maps.getR()],
          valueDepth = extents.dims[maps.getE()];
  double batch = 1;
  for (unsigned dim = 0; dim < maps.getNumBatch(); ++dim)
    batch *= extents.dims[dim];
  int64_t summed = 0;
  for (unsigned level = 0; level < form.numSummed; ++level) {
    LevelColumns columns = getLevelColumns(op.getStructureAttr(), level, depth);
    summed += columns.end - columns.first;
  }
  double flops = kLoopPenalty * 2 * summed * valueDepth * (queries + keys);
  if (form.scoresChunk)
    flops += 2 * queries * form.chunk * (depth + valueDepth);
  // Not causal: what the sums contain of the chunk's own pairs is taken out
  // again.
  if (form.scoresChunk && !form.isCausal)
    flops += 2 * queries * form.chunk * (summed + valueDepth);
  return batch * flops;
}

std::optional<Decision> mlir::sattn::decideLinearForm(AttentionOp op,
                                                      int64_t assumedExtent,
                                                      int64_t chunkRows) {
  if (op.getLink() != Link::Identity && op.getLink() != Link::Linear)
    return std::nullopt;
  std::string obstacle;
  std::optional<LinearForm> form = getLinearForm(op, obstacle, chunkRows);
  std::optional<AttentionExtents> extents =
      getAttentionExtents(op, [&](Value, unsigned) -> std::optional<int64_t> {
        return assumedExtent;
      });
  if (form && !extents)
    obstacle = "its extents are not known";
  if (!form || !extents)
    return Decision{"(Q K^T) V stays: " + obstacle, false};
  double direct = computeCost(op, *extents).getFlops();
  double linear = getLinearFlops(op, *form, *extents);
  Decision decision{"", linear < direct};
  llvm::raw_string_ostream(decision.text)
      << "(Q K^T) V: " << int64_t(direct) << " FLOPs; Q (K^T V) in chunks of "
      << form->chunk << ": " << int64_t(linear) << " FLOPs; "
      << (decision.changes ? "the second is taken" : "the first stays");
  return decision;
}
