//===- MatrixFragmentTest.cpp - Tests of matrix fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expected positions are written out from the text and the figures of the PTX
// ISA ("Matrix Fragments for mma...", "ldmatrix", "Register Fragments" of
// wgmma), one case per form, so that none follows the library's one rule.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixFragment.h"
#include "gtest/gtest.h"
#include <functional>
#include <ostream>
#include <set>
#include <utility>

using namespace mlir::sattn::ptx;

namespace mlir::sattn::ptx {
static void PrintTo(const MatrixPosition &position, std::ostream *os) {
  *os << "(" << position.row << ", " << position.column << ")";
}
} // namespace mlir::sattn::ptx

namespace {

using Layout = std::function<MatrixPosition(unsigned lane, unsigned index)>;

/// `actual` is `expected` for all lanes and indices, and each element of a
/// rows x columns matrix is held exactly once.
void expectLayout(const Layout &actual, const Layout &expected,
                  unsigned elements, unsigned rows, unsigned columns) {
  std::set<std::pair<unsigned, unsigned>> held;
  for (unsigned lane = 0; lane != 32; ++lane) {
    for (unsigned i = 0; i != elements; ++i) {
      MatrixPosition position = actual(lane, i);
      EXPECT_EQ(position, expected(lane, i)) << "lane " << lane << " i " << i;
      EXPECT_LT(position.row, rows);
      EXPECT_LT(position.column, columns);
      EXPECT_TRUE(held.insert({position.row, position.column}).second);
    }
  }
  EXPECT_EQ(held.size(), rows * columns);
}

TEST(PTXMatrixFragmentTest, MmaM16N8K16Half) {
  expectLayout([](unsigned l, unsigned i) { return getMmaAPosition(2, l, i); },
               [](unsigned l, unsigned i) {
                 unsigned group = l >> 2, thread = l % 4;
                 bool upper = i < 2 || (i >= 4 && i < 6);
                 return MatrixPosition{upper ? group : group + 8,
                                       thread * 2 + (i & 1) + (i < 4 ? 0 : 8)};
               },
               8, 16, 16);
  expectLayout(
      [](unsigned l, unsigned i) { return getMmaBPosition(2, l, i); },
      [](unsigned l, unsigned i) {
        unsigned group = l >> 2, thread = l % 4;
        return MatrixPosition{thread * 2 + (i & 1) + (i < 2 ? 0 : 8), group};
      },
      4, 16, 8);
}

TEST(PTXMatrixFragmentTest, MmaM16N8K8Half) {
  expectLayout(
      [](unsigned l, unsigned i) { return getMmaAPosition(2, l, i); },
      [](unsigned l, unsigned i) {
        unsigned group = l >> 2, thread = l % 4;
        return MatrixPosition{i < 2 ? group : group + 8, thread * 2 + (i & 1)};
      },
      4, 16, 8);
  expectLayout([](unsigned l, unsigned i) { return getMmaBPosition(2, l, i); },
               [](unsigned l, unsigned i) {
                 return MatrixPosition{l % 4 * 2 + i, l >> 2};
               },
               2, 8, 8);
}

TEST(PTXMatrixFragmentTest, MmaM16N8K8TF32) {
  expectLayout([](unsigned l, unsigned i) { return getMmaAPosition(4, l, i); },
               [](unsigned l, unsigned i) {
                 unsigned group = l >> 2, thread = l % 4;
                 return MatrixPosition{i == 0 || i == 2 ? group : group + 8,
                                       i < 2 ? thread : thread + 4};
               },
               4, 16, 8);
  expectLayout([](unsigned l, unsigned i) { return getMmaBPosition(4, l, i); },
               [](unsigned l, unsigned i) {
                 return MatrixPosition{i == 0 ? l % 4 : l % 4 + 4, l >> 2};
               },
               2, 8, 8);
}

TEST(PTXMatrixFragmentTest, MmaM16N8K4TF32) {
  expectLayout([](unsigned l, unsigned i) { return getMmaAPosition(4, l, i); },
               [](unsigned l, unsigned i) {
                 return MatrixPosition{i == 0 ? l >> 2 : (l >> 2) + 8, l % 4};
               },
               2, 16, 4);
  expectLayout([](unsigned l, unsigned i) { return getMmaBPosition(4, l, i); },
               [](unsigned l, unsigned) {
                 return MatrixPosition{l % 4, l >> 2};
               },
               1, 4, 8);
}

TEST(PTXMatrixFragmentTest, MmaAccumulator) {
  expectLayout(
      [](unsigned l, unsigned i) { return getMmaCPosition(l, i); },
      [](unsigned l, unsigned i) {
        unsigned group = l >> 2, thread = l % 4;
        return MatrixPosition{i < 2 ? group : group + 8, thread * 2 + (i & 1)};
      },
      4, 16, 8);
}

/// The corners of the figures, as literals.
TEST(PTXMatrixFragmentTest, MmaFigures) {
  // m16n8k16, A: T0 {a0 a1 | a4 a5}, T3 at columns 6, 7 and 14, 15.
  EXPECT_EQ(getMmaAPosition(2, 0, 4), (MatrixPosition{0, 8}));
  EXPECT_EQ(getMmaAPosition(2, 3, 1), (MatrixPosition{0, 7}));
  EXPECT_EQ(getMmaAPosition(2, 31, 7), (MatrixPosition{15, 15}));
  EXPECT_EQ(getMmaAPosition(2, 28, 2), (MatrixPosition{15, 0}));
  EXPECT_EQ(getMmaBPosition(2, 31, 3), (MatrixPosition{15, 7}));
  EXPECT_EQ(getMmaBPosition(2, 4, 0), (MatrixPosition{0, 1}));
  EXPECT_EQ(getMmaCPosition(31, 3), (MatrixPosition{15, 7}));
  EXPECT_EQ(getMmaCPosition(5, 0), (MatrixPosition{1, 2}));
}

TEST(PTXMatrixFragmentTest, Matrix8x8) {
  // ldmatrix: row r is held by threads 4r to 4r + 3, two elements each.
  expectLayout(
      [](unsigned l, unsigned i) { return getMatrix8x8Position(false, l, i); },
      [](unsigned l, unsigned i) {
        return MatrixPosition{l / 4, 2 * (l % 4) + i};
      },
      2, 8, 8);
  // With .trans the matrix is loaded in column-major format.
  expectLayout(
      [](unsigned l, unsigned i) { return getMatrix8x8Position(true, l, i); },
      [](unsigned l, unsigned i) {
        return MatrixPosition{2 * (l % 4) + i, l / 4};
      },
      2, 8, 8);
  EXPECT_EQ(getMatrix8x8Position(true, 4, 0), (MatrixPosition{0, 1}));
  EXPECT_EQ(getMatrix8x8Position(true, 3, 1), (MatrixPosition{7, 0}));
}

TEST(PTXMatrixFragmentTest, WgmmaRegisters) {
  for (unsigned warp = 0; warp != 4; ++warp) {
    for (unsigned l = 0; l != 32; ++l) {
      unsigned group = l >> 2, thread = l % 4;
      // "WGMMA .m64nNk16 register fragment layout for matrix A": d0 d1 in row
      // group, d2 d3 in row group + 8, d4 d5 and d6 d7 the same, 8 columns on.
      for (unsigned i = 0; i != 8; ++i)
        EXPECT_EQ(getWgmmaAPosition(2, warp, l, i),
                  (MatrixPosition{warp * 16 + group + (i / 2 % 2 ? 8 : 0),
                                  thread * 2 + (i & 1) + (i >= 4 ? 8 : 0)}));
      // ".m64nNk8 ... tf32": a0 row group, a1 row group + 8, a2 a3 4 columns
      // on.
      const unsigned rows[] = {group, group + 8, group, group + 8};
      const unsigned columns[] = {thread, thread, thread + 4, thread + 4};
      for (unsigned i = 0; i != 4; ++i)
        EXPECT_EQ(getWgmmaAPosition(4, warp, l, i),
                  (MatrixPosition{warp * 16 + rows[i], columns[i]}));
    }
  }
}

TEST(PTXMatrixFragmentTest, WgmmaAccumulator) {
  constexpr unsigned columns = 24;
  std::set<std::pair<unsigned, unsigned>> held;
  for (unsigned warp = 0; warp != 4; ++warp) {
    for (unsigned l = 0; l != 32; ++l) {
      unsigned i = 0;
      // The figure of D: d(4j), d(4j+1) in row group, d(4j+2), d(4j+3) in row
      // group + 8, of the columns from 8 j on.
      for (unsigned j = 0; j != columns / 8; ++j)
        for (unsigned half = 0; half != 2; ++half)
          for (unsigned pair = 0; pair != 2; ++pair, ++i) {
            MatrixPosition position = getWgmmaDPosition(warp, l, i);
            EXPECT_EQ(position, (MatrixPosition{16 * warp + l / 4 + 8 * half,
                                                8 * j + l % 4 * 2 + pair}));
            held.insert({position.row, position.column});
          }
    }
  }
  EXPECT_EQ(held.size(), 64 * columns);
  EXPECT_EQ(getWgmmaDPosition(3, 31, 11), (MatrixPosition{63, 23}));
  EXPECT_EQ(getWgmmaDPosition(1, 0, 4), (MatrixPosition{16, 8}));
}

} // namespace
