//===- Transforms.h - Transformations of the sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H
#define SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H

#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Dialect/Sattn/Utils/Cost.h"

namespace mlir::sattn {

struct NVKernelShape;
struct NVTarget;
struct TargetInfo;

/// Builds the level nest of `op` in front of it and returns its results; `op` is
/// left in place. `op` has a `#sattn.tiling`. What cannot be tiled is diagnosed
/// on `op`. See `sattn-tile-attention` for the form of the nest. `edgesFirst`: key tiles
/// that need checks come before those that do not.
FailureOr<SmallVector<Value>> buildAttentionNest(RewriterBase &rewriter, AttentionOp op,
                                                 bool edgesFirst = false);

/// Tiling parameters that are given instead of selected; 0 or none: select.
struct TilingOverrides {
  int64_t query = 0, key = 0, split = 0;
  std::optional<LevelLoops> levels;
};

/// Up to so many queries are worked on row by row, not in panels.
constexpr int64_t kFewQueries = 8;
/// On an attention (unit): the number of queries is not known, but it is small.
constexpr llvm::StringLiteral kFewQueriesAttrName = "sattn.few_queries";

/// Decides the tile sizes of `op` for `target`. See `sattn-select-tiling`.
TilingAttr selectTiling(AttentionOp op, const TargetInfo &target,
                        const TilingOverrides &overrides = {});
/// The same for an NVIDIA chip: tiles of tensor cores, or one query and one key where
/// those do not take the op: the work of a thread.
TilingAttr selectTiling(AttentionOp op, const NVTarget &target,
                        const TilingOverrides &overrides = {});

/// Why tensor cores of `target` do not take `op`, in words; empty if they do.
std::string getReasonAgainstTensorCores(AttentionOp op, const NVTarget &target);

/// What decides registers and shared memory of the kernel of `op` on tensor cores, which
/// take it, with tiles as `tiling` says.
NVKernelShape getNVKernelShape(AttentionOp op, TilingAttr tiling, const NVTarget &target);

/// Why `target` has no kernel for `op` on tiles as `tiling` says, in words; empty if it
/// has one.
std::string getReasonAgainstKernel(AttentionOp op, TilingAttr tiling, const NVTarget &target);

/// Splits loops over key tiles of which the last may be smaller, where tile ops
/// check nothing else: whole tiles first, then the rest. See
/// `sattn-peel-key-loops`.
void peelKeyLoops(RewriterBase &rewriter, Operation *root);

/// How an attention whose link is linear in the scores can be computed without
/// any score between chunks of the sequence: the leading levels of the structure
/// whose blocks are longer than a chunk are Q (K^T V) with one K^T V for each block
/// (causal: for each prefix of a block), the pairs inside a chunk are scored.
struct LinearForm {
  /// Rows of a chunk of queries and keys; every summed block is a multiple of it.
  int64_t chunk = 0;
  /// Leading levels that are summed, and those that all pairs of a chunk share.
  unsigned numSummed = 0, numShared = 0;
  bool isCausal = false;
  /// True if the pairs inside a chunk have scores of their own: they are causal or
  /// share levels that are not summed.
  bool scoresChunk = false;
};

/// Rows of a chunk where no block asks for fewer: the pairs inside it cost as much
/// as the products with a sum of 64 x 64.
constexpr int64_t kLinearChunkRows = 128;

/// The linear form of `op` with at most `chunkRows` rows in a chunk, or none and the
/// reason in `obstacle`.
std::optional<LinearForm> getLinearForm(AttentionOp op, std::string &obstacle,
                                        int64_t chunkRows = kLinearChunkRows);

/// Columns [first, end) of level `level` that enter its sum, and their factors:
/// the sum over the summed levels gives a pair of depth d the columns of its first
/// d levels times `getWeight(d)`. `structure` is null for a single level of
/// `numColumns` columns.
struct LevelColumns {
  int64_t first, end;
  SmallVector<double> factors;
};
LevelColumns getLevelColumns(PositionStructureAttrInterface structure,
                             unsigned level, int64_t numColumns);

/// Rows of a block of `level`, none if all positions are one block. `structure`
/// may be null. A failure if the level is not made of aligned blocks.
FailureOr<std::optional<int64_t>>
getBlockRows(PositionStructureAttrInterface structure, unsigned level);

/// FLOPs of the linear form: those of its loops over elements count double, since
/// they reach about half the rate of a register tile.
double getLinearFlops(AttentionOp op, const LinearForm &form,
                      const AttentionExtents &extents);

/// What a dynamic extent is taken for where a decision depends on it.
constexpr int64_t kAssumedExtent = 1024;

/// A decision of a pass in words, and whether it changes the program.
struct Decision {
  std::string text;
  bool changes = false;
};

/// What `sattn-linearize-attention` decides, none where the link is not linear in
/// the scores. Dynamic extents are taken for `assumedExtent`.
std::optional<Decision> decideLinearForm(AttentionOp op, int64_t assumedExtent = kAssumedExtent,
                                         int64_t chunkRows = kLinearChunkRows);

/// What `sattn-reassociate` decides, none where no matrix is applied.
std::optional<Decision> decideMatrixForm(AttentionOp op, int64_t assumedExtent = kAssumedExtent,
                                         double flopsPerByte = 8.0);

/// What `sattn-fold-norm when-cheaper` decides, none where the keys have no norm.
std::optional<Decision> decideNormFold(AttentionOp op, int64_t assumedExtent = kAssumedExtent);

/// Builds `op` in its linear form in front of it and returns its results.
SmallVector<Value> buildLinearAttention(RewriterBase &rewriter, AttentionOp op,
                                        const LinearForm &form);

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_TRANSFORMS_TRANSFORMS_H
