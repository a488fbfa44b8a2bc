//===- AttentionPlan.h - What sattn-explain knows of one attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_EXPLAIN_ATTENTIONPLAN_H
#define SATTN_TOOLS_SATTN_EXPLAIN_ATTENTIONPLAN_H

#include "sattn/Dialect/Sattn/Utils/Cost.h"
#include "sattn/Target/NVTarget.h"
#include "sattn/Target/TargetInfo.h"
#include <map>

namespace sattn_explain {

struct EmittedCode;

/// What the answers are for: a processor, or an NVIDIA chip where that is not null.
struct ExplainTarget {
  mlir::sattn::TargetInfo processor;
  const mlir::sattn::NVTarget *chip = nullptr;

  llvm::StringRef getName() const { return chip ? llvm::StringRef(chip->name) : processor.name; }
};

/// Sizes for extents that the program leaves open.
struct OpenExtents {
  int64_t queries = 1024, keys = 1024, batch = 1;
};

/// Keys lo <= j < hi that one loop of a query tile treats alike, see `Segment`.
struct TileSegment {
  int64_t lo, hi;
  unsigned known;
  bool mixed, masked;
};

/// The level nest of an attention.
struct TilingPlan {
  mlir::sattn::TilingAttr attr;
  /// True if the program has the attribute, else it was selected for the target.
  bool given = false;
  int64_t tiles = 0;
  /// Work of the nest: mixed ranges use every column, masked ones every pair. Key
  /// tiles are not rounded up, since remainders are peeled.
  double flops = 0;
  /// The same of whole tiles, as tensor cores have it: every row and key of a tile,
  /// columns in steps of 16; and the pairs in them.
  double tileFlops = 0, tilePairs = 0;
  /// The tile with most segments: its first query and its segments.
  int64_t exampleQuery = 0;
  std::vector<TileSegment> example;
};

/// One attention of a program, ready to be printed.
struct AttentionPlan {
  mlir::sattn::AttentionOp op;
  std::string function, location;
  mlir::sattn::AttentionExtents extents;
  /// What was assumed to fill in what the program leaves open, a sentence each.
  std::vector<std::string> assumptions;
  /// Clauses that drop pairs by data, so that the counts are upper bounds.
  std::vector<std::string> uncounted;
  /// Decisions of sattn-to-cpu on the order of products, a sentence each.
  std::vector<std::string> decisions;
  /// True if Q (K^T V) is taken: cost and tiling are those of (Q K^T) V.
  bool isLinearized = false;
  mlir::sattn::AttentionCost cost;
  TilingPlan tiling;

  mlir::sattn::PositionStructureAttrInterface getStructure() const {
    return mlir::sattn::AttentionOp(op).getStructureAttr();
  }
  mlir::sattn::WindowAttr getWindow() const {
    return mlir::sattn::AttentionOp(op).getWindowAttr();
  }
  /// Of the query.
  int64_t getElementBytes() const;
  int64_t getColumns() const;
  int64_t getValueColumns() const;
  /// Columns of the first `depth` levels.
  int64_t getPrefixColumns(unsigned depth) const;
  /// Extents of the batch-like axes, `2 x 8`, or `none`.
  std::string getBatchText() const;
};

/// The attentions of `module`, in program order. One that is too large to count is
/// diagnosed.
mlir::FailureOr<std::vector<AttentionPlan>>
buildPlans(mlir::Operation *module, const OpenExtents &open, const ExplainTarget &target);

/// Code of the functions of a program for an NVIDIA chip, by name.
using EmittedFunctions = std::map<std::string, EmittedCode>;

void printText(const AttentionPlan &plan, const ExplainTarget &target,
               const EmittedFunctions &emitted, llvm::raw_ostream &os);
void printJSON(llvm::ArrayRef<AttentionPlan> plans, const ExplainTarget &target,
               const EmittedFunctions &emitted, llvm::raw_ostream &os);
void printSVG(llvm::ArrayRef<AttentionPlan> plans, llvm::raw_ostream &os);

} // namespace sattn_explain

#endif // SATTN_TOOLS_SATTN_EXPLAIN_ATTENTIONPLAN_H
