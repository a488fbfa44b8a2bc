//===- MatrixNumericsTest.cpp - Tests of matrix numerics -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixElement.h"
#include "sattn/PTX/MatrixProduct.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace mlir::sattn::ptx;
using llvm::APFloat;

namespace {

float decodeWith(const llvm::fltSemantics &format, unsigned bits) {
  APFloat value(format, llvm::APInt(16, bits));
  bool lost;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lost);
  return value.convertToFloat();
}

unsigned encodeWith(const llvm::fltSemantics &format, float number) {
  APFloat value(number);
  bool lost;
  value.convert(format, APFloat::rmNearestTiesToEven, &lost);
  return unsigned(value.bitcastToAPInt().getZExtValue());
}

TEST(PTXMatrixNumericsTest, DecodesEverySixteenBitNumber) {
  for (unsigned bits = 0; bits != 0x10000; ++bits) {
    float half = decodeWith(APFloat::IEEEhalf(), bits);
    float brain = decodeWith(APFloat::BFloat(), bits);
    if (std::isnan(half))
      EXPECT_TRUE(std::isnan(decodeF16(bits))) << bits;
    else
      EXPECT_EQ(detail::toBits(half), detail::toBits(decodeF16(bits))) << bits;
    if (std::isnan(brain))
      EXPECT_TRUE(std::isnan(decodeBF16(bits))) << bits;
    else
      EXPECT_EQ(detail::toBits(brain), detail::toBits(decodeBF16(bits)))
          << bits;
  }
}

TEST(PTXMatrixNumericsTest, EncodesNearestEven) {
  // Each number, the middle to its neighbour, and one float to either side.
  auto check = [](float value) {
    if (std::isnan(value)) {
      EXPECT_EQ(encodeF16(value), 0x7fff);
      EXPECT_EQ(encodeBF16(value), 0x7fff);
      return;
    }
    EXPECT_EQ(encodeF16(value), encodeWith(APFloat::IEEEhalf(), value))
        << value;
    EXPECT_EQ(encodeBF16(value), encodeWith(APFloat::BFloat(), value)) << value;
  };
  for (unsigned bits = 0; bits != 0xffff; ++bits) {
    for (float value : {(decodeF16(bits) + decodeF16(bits + 1)) / 2,
                        (decodeBF16(bits) + decodeBF16(bits + 1)) / 2}) {
      check(value);
      check(std::nextafter(value, -INFINITY));
      check(std::nextafter(value, INFINITY));
    }
    check(decodeF16(bits));
  }
  EXPECT_EQ(encodeF16(65519.996f), 0x7bff);
  EXPECT_EQ(encodeF16(65520.0f), 0x7c00);
  EXPECT_EQ(encodeF16(-0x1p-25f), 0x8000);
}

TEST(PTXMatrixNumericsTest, TF32IgnoresThirteenBits) {
  EXPECT_EQ(decodeTF32(detail::toBits(1.0f) | 0x1fff), 1.0f);
  EXPECT_EQ(decodeTF32(detail::toBits(1.0f) | 0x2000), 1.0f + 0x1p-10f);
  EXPECT_EQ(decodeMatrixElement(MatrixElement::F16, 0xffff3c00), 1.0f);
  EXPECT_EQ(decodeMatrixElement(MatrixElement::BF16, 0xffff3f80), 1.0f);
  EXPECT_EQ(decodeMatrixElement(MatrixElement::F32, 0x3f800001),
            std::nextafter(1.0f, 2.0f));
}

TEST(PTXMatrixNumericsTest, SmallIntegersAreExact) {
  constexpr unsigned rows = 8, columns = 24, depth = 16;
  std::vector<float> a(rows * depth), b(depth * columns), d(rows * columns);
  std::vector<int> expected(rows * columns);
  for (unsigned i = 0; i != a.size(); ++i)
    a[i] = int(i * 7 % 31) - 15;
  for (unsigned i = 0; i != b.size(); ++i)
    b[i] = int(i * 11 % 29) - 14;
  for (unsigned i = 0; i != rows; ++i)
    for (unsigned n = 0; n != columns; ++n) {
      d[i * columns + n] = float(100 * i + n);
      int sum = 100 * i + n;
      for (unsigned k = 0; k != depth; ++k)
        sum += int(a[i * depth + k]) * int(b[k * columns + n]);
      expected[i * columns + n] = sum;
    }
  multiplyAdd(a.data(), b.data(), d.data(), rows, columns, depth);
  for (unsigned i = 0; i != d.size(); ++i)
    EXPECT_EQ(d[i], float(expected[i]));
}

/// `c` plus the product of the row `a` and the column `b`, computed in every
/// element of a 4 x 24 matrix, where it must be the same.
float multiplyOne(std::vector<float> a, std::vector<float> b, float c) {
  constexpr unsigned rows = 4, columns = 24;
  unsigned depth = a.size();
  std::vector<float> left, right, d(rows * columns, c);
  for (unsigned i = 0; i != rows; ++i)
    left.insert(left.end(), a.begin(), a.end());
  for (float value : b)
    right.insert(right.end(), columns, value);
  multiplyAdd(left.data(), right.data(), d.data(), rows, columns, depth);
  for (float value : d)
    EXPECT_EQ(detail::toBits(value), detail::toBits(d[0]));
  return d[0];
}

TEST(PTXMatrixNumericsTest, ProductsAreExactAndSumsAreFloats) {
  // (1 + 2^-10)^2 needs 21 bits: exact, so nothing is left after subtraction
  // of its leading part but the rest of the product.
  float x = 1 + 0x1p-10f;
  EXPECT_EQ(multiplyOne({x}, {x}, -(1 + 0x1p-9f)), 0x1p-20f);
  // 2^24 + 1 is no float: each of the four sums rounds to 2^24, whereas the
  // exact sum would be 2^24 + 4.
  std::vector<float> ones(4, 1);
  EXPECT_EQ(multiplyOne(ones, ones, 0x1p24f), 0x1p24f);
}

TEST(PTXMatrixNumericsTest, ErrorIsThatOfAnyFloatSum) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  constexpr unsigned depth = 64;
  for (int round = 0; round != 100; ++round) {
    std::vector<float> a(depth), b(depth);
    double exact = 0, size = 0;
    for (unsigned k = 0; k != depth; ++k) {
      a[k] = decodeF16(encodeF16(normal(random)));
      b[k] = decodeF16(encodeF16(normal(random)));
      exact += double(a[k]) * b[k];
      size += std::fabs(double(a[k]) * b[k]);
    }
    EXPECT_LE(std::fabs(multiplyOne(a, b, 0) - exact), depth * 0x1p-24 * size);
  }
}

TEST(PTXMatrixNumericsTest, NonFiniteValuesPropagate) {
  float inf = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(multiplyOne({0}, {inf}, 0)));
  EXPECT_EQ(multiplyOne({1}, {inf}, 1), inf);
}

} // namespace
