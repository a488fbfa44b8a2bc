//===- Segments.cpp - Key ranges of constant contraction depth -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each level d the rows of a tile have an outer range S_d (some row shares
// the level with j) and an inner range A_d (all rows do). Both nest: finer levels
// lie inside coarser ones. In key order the cuts are
//
//   S_1.lo  A_1.lo  S_2.lo  ...  A_L.lo  A_L.hi  S_L.hi  ...  A_1.hi  S_1.hi
//
// [A_d.lo, S_{d+1}.lo) and its mirror image have depth d, [S_d.lo, A_d.lo) and its
// mirror image are mixed. Where an inner range is empty (the tile straddles a
// block) the cuts are out of order; a piece therefore starts at the largest cut
// before it and is empty if its own end is smaller. A mixed piece always ends at a
// cut that is not less than any before it, so neighbouring ones can be merged.
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/Utils/Segments.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// A cut, and constant-offset functions of i0 that enclose it.
struct Cut {
  AffineExpr expr, atLeast, atMost;
};

class SegmentBuilder {
public:
  SegmentBuilder(PositionStructureAttrInterface structure, WindowAttr window,
                 int64_t rows, bool aligned, MLIRContext *context);
  SmallVector<Segment> build();

private:
  Cut makeCut(AffineExpr expr, AffineExpr atLeast = {}, AffineExpr atMost = {});
  bool isAtMost(const Cut &a, const Cut &b) const;
  bool isUniform(unsigned level) const;

  void addCut(const Cut *cut, unsigned known, bool mixed, bool isLargest);
  void addPiece(const Cut *end, unsigned known, bool mixed);
  void addSplitByWindow(ArrayRef<Cut> lo, ArrayRef<Cut> hi, unsigned known);
  void addSegment(ArrayRef<Cut> lo, ArrayRef<Cut> hi, unsigned known,
                  bool mixed, bool masked);
  unsigned getKnownBefore(const Cut &end, unsigned level);
  void addTo(SmallVectorImpl<Cut> &list, const Cut &cut, bool lower);

  PositionStructureAttrInterface structure;
  unsigned numLevels = 1, firstBounded = 1;
  int64_t rows;
  bool aligned;
  AffineExpr i0, i1;
  SmallVector<KeyRange> ranges;
  std::optional<Cut> outerLo, outerHi, innerLo, innerHi;
  /// All cuts so far, and those of them that may be the largest.
  SmallVector<Cut> cuts, largest;
  SmallVector<Segment> segments;
};
} // namespace

SegmentBuilder::SegmentBuilder(PositionStructureAttrInterface structure,
                               WindowAttr window, int64_t rows, bool aligned,
                               MLIRContext *context)
    : structure(structure), rows(rows), aligned(aligned) {
  i0 = getAffineDimExpr(0, context);
  i1 = i0 + rows;
  if (structure) {
    numLevels = structure.getNumLevels();
    firstBounded = 0;
    while (firstBounded < numLevels && structure.isUnbounded(firstBounded))
      ++firstBounded;
    ranges.resize(numLevels);
    for (unsigned level = firstBounded; level < numLevels; ++level)
      ranges[level] = structure.getKeyRange(level, context);
  }
  if (!window)
    return;
  // The inner range is shrunk so that the masked edges have whole tiles' sizes.
  if (!window.isLeftUnbounded()) {
    outerLo = makeCut(i0 - window.getLeft());
    innerLo = makeCut(i1 - (window.getLeft() + 1) / rows * rows);
  }
  if (!window.isRightUnbounded()) {
    outerHi = makeCut(i1 + window.getRight());
    innerHi = makeCut(i0 + (window.getRight() + 1) / rows * rows);
  }
}

Cut SegmentBuilder::makeCut(AffineExpr expr, AffineExpr atLeast,
                            AffineExpr atMost) {
  // Key ranges speak of d1 = i1, which here is i0 + rows.
  expr = expr.replaceDims({i0, i1});
  return {expr, atLeast ? atLeast : expr, atMost ? atMost : expr};
}

/// True if a <= b is known for every i0.
bool SegmentBuilder::isAtMost(const Cut &a, const Cut &b) const {
  for (AffineExpr upper : {a.expr, a.atMost})
    for (AffineExpr lower : {b.expr, b.atLeast}) {
      AffineExpr difference = lower - upper;
      if (aligned)
        difference = difference.replaceDims({i0 * rows});
      difference = simplifyAffineExpr(difference, /*numDims=*/1, /*numSymbols=*/0);
      if (auto constant = dyn_cast<AffineConstantExpr>(difference))
        if (constant.getValue() >= 0)
          return true;
    }
  return false;
}

/// True if the rows of every tile agree on the level: S and A are one range.
bool SegmentBuilder::isUniform(unsigned level) const {
  return rows == 1 || (aligned && structure.isUniformFor(level, rows));
}

SmallVector<Segment> SegmentBuilder::build() {
  // A row shares every level with itself, hence the bounds by i0 and i1.
  for (unsigned level = firstBounded; level < numLevels; ++level) {
    const KeyRange &range = ranges[level];
    Cut outer = makeCut(range.outerLo, /*atLeast=*/{}, /*atMost=*/i0);
    bool isFirst = level == firstBounded;
    addCut(&outer, level, /*mixed=*/false, isFirst || isUniform(level - 1));
    if (isUniform(level))
      continue;
    Cut inner = makeCut(range.innerLo, /*atLeast=*/{}, /*atMost=*/i1 - 1);
    addCut(&inner, level, /*mixed=*/true, /*isLargest=*/true);
  }
  for (unsigned level = numLevels; level-- > firstBounded;) {
    const KeyRange &range = ranges[level];
    bool uniform = isUniform(level);
    Cut inner = makeCut(range.innerHi, /*atLeast=*/uniform ? i1 : i0 + 1);
    addCut(&inner, level + 1, /*mixed=*/false, uniform);
    if (uniform)
      continue;
    Cut outer = makeCut(range.outerHi, /*atLeast=*/i1);
    addCut(&outer, level, /*mixed=*/true, /*isLargest=*/true);
  }
  addCut(nullptr, firstBounded, /*mixed=*/false, /*isLargest=*/true);
  return std::move(segments);
}

/// Ends the current piece at `cut` (null: never); `isLargest` if no cut before it
/// can be larger.
void SegmentBuilder::addCut(const Cut *cut, unsigned known, bool mixed,
                            bool isLargest) {
  addPiece(cut, known, mixed);
  if (!cut)
    return;
  cuts.push_back(*cut);
  if (isLargest)
    largest = {*cut};
  else
    addTo(largest, *cut, /*lower=*/true);
}

/// Adds a bound to a list of which the largest (`lower`) or the smallest counts,
/// unless another one is known to make it superfluous.
void SegmentBuilder::addTo(SmallVectorImpl<Cut> &list, const Cut &cut,
                           bool lower) {
  auto implies = [&](const Cut &a, const Cut &b) {
    return lower ? isAtMost(b, a) : isAtMost(a, b);
  };
  if (llvm::any_of(list, [&](const Cut &other) { return implies(other, cut); }))
    return;
  llvm::erase_if(list, [&](const Cut &other) { return implies(cut, other); });
  list.push_back(cut);
}

void SegmentBuilder::addPiece(const Cut *end, unsigned known, bool mixed) {
  // The pruned list `largest` may have lost a cut that proves emptiness.
  if (end && llvm::any_of(cuts, [&](const Cut &cut) { return isAtMost(*end, cut); }))
    return;
  SmallVector<Cut> lo = largest, hi;
  if (end)
    hi.push_back(*end);
  if (outerLo)
    addTo(lo, *outerLo, /*lower=*/true);
  if (outerHi)
    addTo(hi, *outerHi, /*lower=*/false);
  if (!mixed)
    return addSplitByWindow(lo, hi, known);

  bool insideLo = !innerLo || llvm::any_of(lo, [&](const Cut &cut) {
    return isAtMost(*innerLo, cut);
  });
  bool insideHi = !innerHi || llvm::any_of(hi, [&](const Cut &cut) {
    return isAtMost(cut, *innerHi);
  });
  addSegment(lo, hi, getKnownBefore(*end, known), /*mixed=*/true,
             !(insideLo && insideHi));
}

/// Leading levels that are active for every pair of a mixed piece of `level`
/// which ends at `end`. Such a piece lies in S_level, so in every coarser range on
/// which the rows agree; it starts behind A.lo of every coarser level.
unsigned SegmentBuilder::getKnownBefore(const Cut &end, unsigned level) {
  unsigned known = firstBounded;
  while (known < level &&
         (isUniform(known) || isAtMost(end, makeCut(ranges[known].innerHi))))
    ++known;
  return known;
}

/// Cuts a piece of constant depth where the window starts to drop pairs.
void SegmentBuilder::addSplitByWindow(ArrayRef<Cut> lo, ArrayRef<Cut> hi,
                                      unsigned known) {
  if (innerLo && innerHi && isAtMost(*innerHi, *innerLo))
    return addSegment(lo, hi, known, /*mixed=*/false, /*masked=*/true);

  SmallVector<Cut> coreLo(lo), coreHi(hi), rightLo(lo);
  if (innerLo) {
    SmallVector<Cut> leftHi(hi);
    addTo(leftHi, *innerLo, /*lower=*/false);
    addTo(coreLo, *innerLo, /*lower=*/true);
    rightLo = coreLo;
    addSegment(lo, leftHi, known, /*mixed=*/false, /*masked=*/true);
  }
  if (innerHi) {
    addTo(coreHi, *innerHi, /*lower=*/false);
    addTo(rightLo, *innerHi, /*lower=*/true);
  }
  addSegment(coreLo, coreHi, known, /*mixed=*/false, /*masked=*/false);
  if (innerHi)
    addSegment(rightLo, hi, known, /*mixed=*/false, /*masked=*/true);
}

void SegmentBuilder::addSegment(ArrayRef<Cut> lo, ArrayRef<Cut> hi,
                                unsigned known, bool mixed, bool masked) {
  for (const Cut &lower : lo)
    for (const Cut &upper : hi)
      if (isAtMost(upper, lower))
        return;
  auto getExprs = [&](ArrayRef<Cut> list) {
    return llvm::map_to_vector<2>(list, [](const Cut &cut) {
      return simplifyAffineExpr(cut.expr, /*numDims=*/1, /*numSymbols=*/0);
    });
  };
  if (mixed && !segments.empty() && segments.back().mixed) {
    Segment &last = segments.back();
    last.hi = getExprs(hi);
    last.known = std::min(last.known, known);
    last.masked |= masked;
    return;
  }
  segments.push_back({getExprs(lo), getExprs(hi), known, mixed, masked});
}

SmallVector<Segment>
mlir::sattn::computeSegments(PositionStructureAttrInterface structure,
                             WindowAttr window, int64_t rows, bool aligned,
                             MLIRContext *context) {
  return SegmentBuilder(structure, window, rows, aligned, context).build();
}

Segment mlir::sattn::getCommonKind(ArrayRef<Segment> segments) {
  Segment common;
  common.known = segments.front().known;
  for (const Segment &segment : segments) {
    common.mixed |= segment.mixed || segment.known != common.known;
    common.masked |= segment.masked;
    common.known = std::min(common.known, segment.known);
  }
  return common;
}

WindowAttr mlir::sattn::getTransposed(WindowAttr window) {
  return window ? WindowAttr::get(window.getContext(), window.getRight(),
                                  window.getLeft())
                : window;
}
