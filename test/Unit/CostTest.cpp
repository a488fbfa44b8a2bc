//===- CostTest.cpp - Counted pairs, FLOPs and bytes -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counting against brute force over pairs, against closed forms, and against the
// published figures of the rank lists of MLR attention.
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/Utils/Cost.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class CostTest : public ::testing::Test {
protected:
  CostTest() { context.loadDialect<SattnDialect, func::FuncDialect>(); }

  template <typename T> T parse(StringRef text) {
    return cast<T>(parseAttribute(text, &context));
  }

  /// Default power-of-two blocks for `ranks` and a sequence of `length`.
  std::string levels(ArrayRef<int64_t> ranks, int64_t length) {
    std::string text = "#sattn.levels<ranks = [";
    llvm::raw_string_ostream os(text);
    llvm::interleaveComma(ranks, os);
    os << "], blocks = [*";
    for (unsigned level = 1; level < ranks.size(); ++level)
      os << ", " << (length >> level);
    os << "]>";
    return text;
  }

  /// The one attention of a function whose body is `body`.
  AttentionOp parseAttention(const Twine &arguments, const Twine &body) {
    std::string text =
        ("func.func @f(" + arguments + ") { " + body + "\n return }").str();
    module = parseSourceString<ModuleOp>(text, &context);
    AttentionOp result;
    if (module)
      module->walk([&](AttentionOp op) { result = op; });
    EXPECT_TRUE(result);
    return result;
  }

  AttentionCost getCost(AttentionOp op) {
    auto extents = getAttentionExtents(op, [](Value, unsigned) { return std::nullopt; });
    EXPECT_TRUE(extents.has_value());
    return computeCost(op, *extents);
  }

  /// Attention of T = 1024, one head of 64, with this structure clause.
  AttentionCost getCostOf(ArrayRef<int64_t> ranks, StringRef window = "") {
    std::string type = "tensor<1024x64xf32>";
    return getCost(parseAttention(
        "%q: " + type + ", %k: " + type + ", %v: " + type + ", %o: " + type,
        "%r = sattn.attention query(%q : " + type + ") key(%k : " + type + ") value(%v : " +
            type + ") scale 1.0 structure " + levels(ranks, 1024) + window + " outs(%o : " +
            type + ") -> " + type));
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(CostTest, countsLikeBruteForce) {
  const char *structures[] = {
      "#sattn.levels<ranks = [4, 3, 2], blocks = [*, 12, 4]>",
      "#sattn.levels<ranks = [4, 3, 2], blocks = [*, *, 5]>",
      "#sattn.bands<ranks = [4, 3, 2], widths = [*, 7, 1]>"};
  const char *windows[] = {"#sattn.window<*, *>", "#sattn.window<*, 0>",
                           "#sattn.window<5, 0>", "#sattn.window<3, 4>"};
  const PositionExtents cases[] = {{26, 26, 0, 0, std::nullopt},
                                   {5, 26, 21, 0, std::nullopt},
                                   {9, 17, -3, -7, std::nullopt},
                                   {26, 26, 0, 0, 11},
                                   {0, 3, 0, 0, std::nullopt},
                                   {3, 0, 0, 0, std::nullopt}};
  for (const char *structureText : structures)
    for (const char *windowText : windows)
      for (const PositionExtents &extents : cases) {
        auto structure = parse<PositionStructureAttrInterface>(structureText);
        auto window = parse<WindowAttr>(windowText);
        PairCounts counts = countPairs(structure, window, extents);
        SmallVector<int64_t> byDepth(4);
        for (int64_t m = 0; m < extents.queries; ++m)
          for (int64_t n = 0; n < extents.keys; ++n) {
            int64_t j = extents.keyOffset + n;
            if (!extents.keyLimit || j < *extents.keyLimit)
              ++byDepth[getDepth(structure, window, extents.queryOffset + m, j)];
          }
        EXPECT_EQ(counts.pairs, byDepth[1] + byDepth[2] + byDepth[3]);
        for (unsigned depth = 1; depth <= 3; ++depth)
          EXPECT_EQ(counts.getPairsOfDepth(depth), byDepth[depth])
              << structureText << windowText << " depth " << depth;
      }
}

TEST_F(CostTest, depthOfAPair) {
  auto structure = parse<PositionStructureAttrInterface>(
      "#sattn.levels<ranks = [1, 1, 1], blocks = [*, 4, 2]>");
  auto causal = parse<WindowAttr>("#sattn.window<*, 0>");
  EXPECT_EQ(getDepth(structure, causal, 5, 4), 3u);
  EXPECT_EQ(getDepth(structure, causal, 6, 4), 2u);
  EXPECT_EQ(getDepth(structure, causal, 4, 3), 1u);
  EXPECT_EQ(getDepth(structure, causal, 4, 5), 0u);
  EXPECT_EQ(getDepth(structure, WindowAttr(), 4, 5), 3u);
  EXPECT_EQ(getDepth(PositionStructureAttrInterface(), causal, 4, 3), 1u);
}

// Causal: sum_l r_l T (b_l + 1) / 2 multiply-adds for the scores.
TEST_F(CostTest, causalClosedForm) {
  const int64_t ranks[] = {32, 8, 6, 4, 4, 4, 4, 2};
  AttentionCost cost = getCostOf(ranks, " window <*, 0>");
  double multiplyAdds = 0;
  for (unsigned level = 0; level < 8; ++level)
    multiplyAdds += ranks[level] * 1024.0 * ((1024 >> level) + 1) / 2;
  EXPECT_EQ(cost.scoreFlops, 2 * multiplyAdds);
  EXPECT_EQ(cost.denseScoreFlops, 2 * 64 * 1024.0 * 1025 / 2);
  EXPECT_EQ(cost.valueFlops, cost.denseScoreFlops);
  EXPECT_EQ(cost.exponentials, 1024.0 * 1025 / 2);
}

/// Published figures of a rank list of 64 columns, full attention.
struct Figures {
  SmallVector<int64_t> ranks;
  double meanColumns, scoreSaving, flopsRatio, keyCache, keyValueCache;
  /// Columns rounded up to 16: share of scores, ratio of all FLOPs.
  double roundedShare, roundedFlops;
};

TEST_F(CostTest, publishedFigures) {
  const Figures table[] = {
      {{32, 8, 6, 4, 4, 4, 4, 2}, 38.45, 1.66, 0.80, 0.60, 0.80, 0.656, 0.83},
      {{8, 8, 8, 8, 8, 8, 8, 8}, 15.94, 4.02, 0.62, 0.25, 0.62, 0.33, 0.67},
      {{16, 16, 16, 16}, 30.0, 2.13, 0.73, 0.47, 0.73, 0.469, 0.73},
      {{32, 32}, 48.0, 1.33, 0.875, 0.75, 0.875, 0.75, 0.875},
      {{32, 16, 16}, 44.0, 1.45, 0.84, 0.69, 0.84, 0.688, 0.84},
      {{48, 16}, 56.0, 1.14, 0.94, 0.875, 0.94, 0.875, 0.94},
      {{40, 16, 4, 4}, 49.5, 1.29, 0.89, 0.77, 0.89, 0.875, 0.94},
      {{32, 10, 8, 8, 4, 2}, 40.3, 1.59, 0.815, 0.63, 0.815, 0.688, 0.84}};
  for (const Figures &row : table) {
    AttentionCost cost = getCostOf(row.ranks);
    EXPECT_NEAR(cost.getMeanColumns(), row.meanColumns, 0.06);
    EXPECT_NEAR(cost.denseScoreFlops / cost.scoreFlops, row.scoreSaving, 0.0051);
    EXPECT_NEAR(cost.getFlops() / cost.getDenseFlops(), row.flopsRatio, 0.0051);
    EXPECT_NEAR(cost.keyCacheBytes / cost.denseKeyCacheBytes, row.keyCache, 0.0051);
    EXPECT_NEAR((cost.keyCacheBytes + cost.valueCacheBytes) /
                    (cost.denseKeyCacheBytes + cost.valueCacheBytes),
                row.keyValueCache, 0.0051);
    EXPECT_NEAR(cost.getMeanColumns(16) / 64, row.roundedShare, 0.0051);
    EXPECT_NEAR((cost.getMeanColumns(16) + 64) / 128, row.roundedFlops, 0.0051);
  }
}

// Grouped heads: 8 query heads read 2 key heads; the key is counted once.
TEST_F(CostTest, sharedHeadsAndTypes) {
  AttentionOp op = parseAttention(
      "%q: tensor<3x2x4x10x16xbf16>, %k: tensor<3x2x20x16xbf16>, %v: tensor<3x2x20x24xbf16>, "
      "%o: tensor<3x2x4x10x24xbf16>, %l: tensor<3x2x4x10xf32>",
      "%r:2 = sattn.attention query(%q : tensor<3x2x4x10x16xbf16>) key(%k : tensor<3x2x20x16xbf16>) "
      "value(%v : tensor<3x2x20x24xbf16>) scale 1.0 outs(%o, %l : tensor<3x2x4x10x24xbf16>, "
      "tensor<3x2x4x10xf32>) dims(b g h m r, b g n r, b g n e -> b g h m e) -> "
      "tensor<3x2x4x10x24xbf16>, tensor<3x2x4x10xf32>");
  AttentionCost cost = getCost(op);
  EXPECT_EQ(cost.scoreFlops, 2.0 * 24 * 10 * 20 * 16);
  EXPECT_EQ(cost.valueFlops, 2.0 * 24 * 10 * 20 * 24);
  EXPECT_EQ(cost.inputBytes, 2.0 * (24 * 10 * 16 + 6 * 20 * 16 + 6 * 20 * 24));
  EXPECT_EQ(cost.outputBytes, 2.0 * 24 * 10 * 24 + 4.0 * 24 * 10);
  EXPECT_EQ(cost.scoreMatrixBytes, 4.0 * 24 * 10 * 20);
  EXPECT_EQ(cost.keyCacheBytes, 2.0 * 6 * 20 * 16);
  EXPECT_EQ(cost.valueCacheBytes, 2.0 * 6 * 20 * 24);
}

TEST_F(CostTest, openExtentsAreAskedFor) {
  std::string type = "tensor<?x?x8xf32>";
  AttentionOp op = parseAttention(
      "%q: " + type + ", %k: " + type + ", %v: " + type + ", %o: " + type,
      "%r = sattn.attention query(%q : " + type + ") key(%k : " + type + ") value(%v : " + type +
          ") scale 1.0 outs(%o : " + type + ") -> " + type);
  EXPECT_FALSE(getAttentionExtents(op, [](Value, unsigned) { return std::nullopt; }));
  auto extents = getAttentionExtents(op, [&](Value value, unsigned axis) -> std::optional<int64_t> {
    return axis == 0 ? 3 : value == op.getQuery() ? 5 : 7;
  });
  ASSERT_TRUE(extents.has_value());
  EXPECT_EQ(extents->positions.queries, 5);
  EXPECT_EQ(extents->positions.keys, 7);
  EXPECT_EQ(computeCost(op, *extents).scoreFlops, 2.0 * 3 * 5 * 7 * 8);
}

} // namespace
