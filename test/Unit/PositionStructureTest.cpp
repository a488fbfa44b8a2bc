//===- PositionStructureTest.cpp - Questions of position structures -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `#sattn.levels` and `#sattn.bands` answer through
// PositionStructureAttrInterface, against the definition of each, pair by pair.
//
//===----------------------------------------------------------------------===//

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class PositionStructureTest : public ::testing::Test {
protected:
  PositionStructureTest() { context.loadDialect<SattnDialect>(); }

  PositionStructureAttrInterface parse(StringRef text) {
    return cast<PositionStructureAttrInterface>(parseAttribute(text, &context));
  }

  /// Value of a bound of `getKeyRange` for rows [i0, i1).
  int64_t evaluate(AffineExpr expr, int64_t i0, int64_t i1) {
    AffineMap map = AffineMap::get(/*dimCount=*/2, /*symbolCount=*/0, expr);
    Builder builder(&context);
    SmallVector<Attribute> result;
    EXPECT_TRUE(succeeded(map.constantFold(
        {builder.getIndexAttr(i0), builder.getIndexAttr(i1)}, result)));
    return cast<IntegerAttr>(result.front()).getInt();
  }

  /// Compares both ranges of every finite level with `isActive(level, i, j)`.
  template <typename IsActive>
  void checkKeyRanges(PositionStructureAttrInterface structure, IsActive isActive) {
    constexpr int64_t length = 24;
    for (unsigned level = 0; level < structure.getNumLevels(); ++level) {
      if (structure.isUnbounded(level))
        continue;
      KeyRange range = structure.getKeyRange(level, &context);
      for (int64_t i0 = 0; i0 < length; ++i0)
        for (int64_t i1 = i0 + 1; i1 <= length; ++i1)
          for (int64_t j = 0; j < length; ++j) {
            bool any = false, all = true;
            for (int64_t i = i0; i < i1; ++i) {
              any |= isActive(level, i, j);
              all &= isActive(level, i, j);
            }
            EXPECT_EQ(any, evaluate(range.outerLo, i0, i1) <= j &&
                               j < evaluate(range.outerHi, i0, i1))
                << "level " << level << " rows " << i0 << ".." << i1 << " key " << j;
            EXPECT_EQ(all, evaluate(range.innerLo, i0, i1) <= j &&
                               j < evaluate(range.innerHi, i0, i1))
                << "level " << level << " rows " << i0 << ".." << i1 << " key " << j;
          }
    }
  }

  MLIRContext context;
};

TEST_F(PositionStructureTest, levelsFacts) {
  auto structure = parse("#sattn.levels<ranks = [32, 16, 8], blocks = [*, 16, 4], "
                         "scales = [0.25, 0.5, 2.0], mean>");
  EXPECT_EQ(structure.getNumLevels(), 3u);
  EXPECT_EQ(structure.getPrefixRank(0), 0);
  EXPECT_EQ(structure.getPrefixRank(2), 48);
  EXPECT_EQ(structure.getPrefixRank(3), 56);
  EXPECT_EQ(structure.getScale(1), 0.5);
  EXPECT_EQ(structure.getWeight(2), 0.5);
  EXPECT_TRUE(structure.isUnbounded(0));
  EXPECT_FALSE(structure.isUnbounded(1));
}

TEST_F(PositionStructureTest, scalesAndMeanAreOptional) {
  auto structure = parse("#sattn.levels<ranks = [4, 4], blocks = [*, 2]>");
  EXPECT_EQ(structure.getScale(1), 1.0);
  EXPECT_EQ(structure.getWeight(2), 1.0);
}

TEST_F(PositionStructureTest, levelsKeyRanges) {
  const int64_t blocks[] = {0, 12, 4, 1};
  checkKeyRanges(parse("#sattn.levels<ranks = [1, 1, 1, 1], blocks = [*, 12, 4, 1]>"),
                 [&](unsigned level, int64_t i, int64_t j) {
                   return i / blocks[level] == j / blocks[level];
                 });
}

TEST_F(PositionStructureTest, bandsKeyRanges) {
  const int64_t widths[] = {0, 9, 3, 1};
  checkKeyRanges(parse("#sattn.bands<ranks = [1, 1, 1, 1], widths = [*, 9, 3, 1]>"),
                 [&](unsigned level, int64_t i, int64_t j) {
                   return std::abs(i - j) < widths[level];
                 });
}

TEST_F(PositionStructureTest, uniformRows) {
  auto levels = parse("#sattn.levels<ranks = [1, 1], blocks = [*, 12]>");
  EXPECT_TRUE(levels.isUniformFor(0, 7));
  EXPECT_TRUE(levels.isUniformFor(1, 4));
  EXPECT_FALSE(levels.isUniformFor(1, 8));
  auto bands = parse("#sattn.bands<ranks = [1, 1], widths = [*, 12]>");
  EXPECT_TRUE(bands.isUniformFor(0, 7));
  EXPECT_FALSE(bands.isUniformFor(1, 4));
  EXPECT_TRUE(bands.isUniformFor(1, 1));
}

TEST_F(PositionStructureTest, residualForgetsKnownLevels) {
  auto structure = parse("#sattn.levels<ranks = [8, 4, 2], blocks = [*, 8, 4], "
                         "scales = [0.5, 0.25, 2.0], mean>");
  EXPECT_EQ(structure.getResidual(2),
            parse("#sattn.levels<ranks = [8, 4, 2], blocks = [*, *, 4], mean>"));
}

} // namespace
