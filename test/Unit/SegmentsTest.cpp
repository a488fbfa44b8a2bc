//===- SegmentsTest.cpp - Brute force over computeSegments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws random structures, windows, tiles and offsets, evaluates the bounds and
// compares every pair with the definition: each pair of the window is covered
// exactly once, with the right depth, and segments that are not masked hold no
// pair outside the window.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/MLIRContext.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "sattn/Dialect/Sattn/Utils/Segments.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir;
using namespace mlir::sattn;

static constexpr int64_t kUnbounded = WindowAttr::kUnbounded;

/// Value of an affine expression in d0.
static int64_t evaluate(AffineExpr expr, int64_t d0) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (isa<AffineDimExpr>(expr))
    return d0;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t lhs = evaluate(binary.getLHS(), d0), rhs = evaluate(binary.getRHS(), d0);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(lhs, rhs);
  case AffineExprKind::CeilDiv:
    return llvm::divideCeilSigned(lhs, rhs);
  default:
    return llvm::mod(lhs, rhs);
  }
}

static bool contains(const Segment &segment, int64_t i0, int64_t j) {
  return llvm::all_of(segment.lo, [&](AffineExpr lo) { return evaluate(lo, i0) <= j; }) &&
         llvm::all_of(segment.hi, [&](AffineExpr hi) { return j < evaluate(hi, i0); });
}

namespace {
/// One case, with the definitions that the segments are compared with.
struct Case {
  SmallVector<int64_t> extents; // blocks or widths; empty: no structure
  bool bands = false;
  int64_t left = kUnbounded, right = kUnbounded;
  int64_t rows = 1;
  bool aligned = false;

  unsigned getDepth(int64_t i, int64_t j) const {
    unsigned depth = 0;
    for (int64_t extent : extents)
      if (extent == kUnbounded || (bands ? std::abs(i - j) < extent
                                         : llvm::divideFloorSigned(i, extent) ==
                                               llvm::divideFloorSigned(j, extent)))
        ++depth;
    return extents.empty() ? 1 : depth;
  }
  bool isKept(int64_t i, int64_t j) const {
    return (left == kUnbounded || j >= i - left) && (right == kUnbounded || j <= i + right);
  }
  PositionStructureAttrInterface getStructure(MLIRContext *context) const {
    if (extents.empty())
      return {};
    SmallVector<int64_t> ranks(extents.size(), 1);
    auto scales = DenseF64ArrayAttr::get(context, {});
    if (bands)
      return BandsAttr::get(context, ranks, extents, scales, false);
    return LevelsAttr::get(context, ranks, extents, scales, false);
  }
  WindowAttr getWindow(MLIRContext *context) const {
    if (left == kUnbounded && right == kUnbounded)
      return {};
    return WindowAttr::get(context, left, right);
  }
  SmallVector<Segment> getSegments(MLIRContext *context) const {
    return computeSegments(getStructure(context), getWindow(context), rows, aligned, context);
  }
  std::string toString() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << (bands ? "widths" : "blocks") << " [";
    llvm::interleaveComma(extents, os);
    os << "] window <" << left << ", " << right << "> rows " << rows
       << (aligned ? " aligned" : "");
    return text;
  }
};

class Segments : public ::testing::Test {
protected:
  Segments() { context.loadDialect<SattnDialect>(); }

  /// Every pair of the tile at i0 is covered once and as the definition says.
  void checkTile(const Case &test, int64_t i0) {
    SmallVector<Segment> segments = test.getSegments(&context);
    int64_t previous = -1;
    for (int64_t j = i0 - 70; j < i0 + test.rows + 70; ++j) {
      SmallVector<int64_t> covering;
      for (const auto &[index, segment] : llvm::enumerate(segments))
        if (contains(segment, i0, j))
          covering.push_back(index);
      for (int64_t i = i0; i < i0 + test.rows; ++i)
        ASSERT_TRUE(isRight(test, segments, covering, i, j))
            << test.toString() << " i0 " << i0 << ": pair (" << i << ", " << j << ") covered by "
            << covering.size() << " segments or not as it should be";
      if (covering.empty())
        continue;
      ASSERT_GE(covering.front(), previous) << test.toString() << ": segments out of order";
      previous = covering.front();
    }
  }

  static bool isRight(const Case &test, ArrayRef<Segment> segments, ArrayRef<int64_t> covering,
                      int64_t i, int64_t j) {
    bool kept = test.isKept(i, j);
    if (covering.empty())
      return !kept;
    const Segment &segment = segments[covering.front()];
    unsigned depth = test.getDepth(i, j);
    return covering.size() == 1 && (kept || segment.masked) &&
           (segment.mixed ? depth >= segment.known : depth == segment.known);
  }

  /// Number of segments, and how many of them are mixed.
  std::pair<size_t, size_t> count(const Case &test) {
    SmallVector<Segment> segments = test.getSegments(&context);
    size_t numMixed = llvm::count_if(segments, [](const Segment &s) { return s.mixed; });
    return {segments.size(), numMixed};
  }

  MLIRContext context;
};
} // namespace

static Case draw(std::mt19937 &random) {
  auto pick = [&](int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(random);
  };
  Case test;
  test.rows = pick(0, 3) ? pick(1, 24) : int64_t(1) << pick(0, 5);
  test.bands = pick(0, 2) == 0;
  test.aligned = pick(0, 1);
  if (pick(0, 9)) {
    test.extents.assign(pick(1, 2), kUnbounded);
    int64_t extent = test.bands ? pick(1, 40) : (pick(1, 6) << pick(0, 4));
    for (int64_t level = pick(0, 4); level > 0; --level) {
      test.extents.push_back(extent);
      if (test.bands) {
        extent = pick(1, extent);
        continue;
      }
      SmallVector<int64_t> divisors;
      for (int64_t divisor = 1; divisor <= extent; ++divisor)
        if (extent % divisor == 0)
          divisors.push_back(divisor);
      extent = divisors[pick(0, divisors.size() - 1)];
    }
  }
  if (pick(0, 2))
    test.left = pick(0, 1) ? pick(0, 40) : kUnbounded;
  if (pick(0, 2))
    test.right = pick(0, 1) ? 0 : pick(0, 40);
  return test;
}

TEST_F(Segments, CoverEveryPairOnce) {
  std::mt19937 random(20250611);
  for (int n = 0; n < 3000 && !HasFatalFailure(); ++n) {
    Case test = draw(random);
    int64_t i0 = std::uniform_int_distribution<int64_t>(-60, 90)(random);
    checkTile(test, test.aligned ? i0 / test.rows * test.rows : i0);
  }
}

// The backward pass walks over keys: same levels, transposed window.
TEST_F(Segments, TransposedWindow) {
  WindowAttr window = WindowAttr::get(&context, 5, kUnbounded);
  EXPECT_EQ(getTransposed(window), WindowAttr::get(&context, kUnbounded, 5));
  EXPECT_FALSE(getTransposed(WindowAttr()));
}

TEST_F(Segments, AlignmentKeepsTheirNumberSmall) {
  using Count = std::pair<size_t, size_t>;
  const int64_t all = kUnbounded;
  // No clause; causal; sliding with and without room for whole unmasked tiles.
  EXPECT_EQ(count({{}, false, all, all, 64, true}), Count(1, 0));
  EXPECT_EQ(count({{}, false, all, 0, 64, true}), Count(2, 0));
  EXPECT_EQ(count({{}, false, 1024, 0, 64, true}), Count(3, 0));
  EXPECT_EQ(count({{}, false, 64, 0, 64, true}), Count(1, 0));
  // Blocks that the tile divides: one segment per level on each side.
  EXPECT_EQ(count({{all, 256, 64}, false, all, 0, 64, true}), Count(3, 0));
  EXPECT_EQ(count({{all, 256, 64}, false, all, all, 64, true}), Count(5, 0));
  // Levels finer than the tile are one mixed segment.
  SmallVector<int64_t> blocks = {all, 512, 256, 128, 64, 32, 16, 8};
  EXPECT_EQ(count({blocks, false, all, 0, 128, true}), Count(4, 1));
  EXPECT_EQ(count({blocks, false, all, all, 128, true}), Count(7, 1));
}
