//===- MatrixDescriptorTest.cpp - Tests of swizzles and descriptors -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expected addresses come from the figures of the PTX ISA ("Shared Memory
// Matrix Layout", in units of 128-bit elements) as tables of chunk numbers.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixDescriptor.h"
#include "gtest/gtest.h"
#include <set>

using namespace mlir::sattn::ptx;

namespace {

//===----------------------------------------------------------------------===//
// Swizzles: which chunk of its row each chunk becomes, row by row
//===----------------------------------------------------------------------===//

TEST(PTXSwizzleTest, Bytes128) {
  const unsigned table[8][8] = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6},
      {2, 3, 0, 1, 6, 7, 4, 5}, {3, 2, 1, 0, 7, 6, 5, 4},
      {4, 5, 6, 7, 0, 1, 2, 3}, {5, 4, 7, 6, 1, 0, 3, 2},
      {6, 7, 4, 5, 2, 3, 0, 1}, {7, 6, 5, 4, 3, 2, 1, 0}};
  for (unsigned row = 0; row != 32; ++row)
    for (unsigned chunk = 0; chunk != 8; ++chunk)
      for (unsigned byte : {0, 3, 15})
        EXPECT_EQ(applySwizzle(Swizzle::Bytes128,
                               4096 + row * 128 + chunk * 16 + byte),
                  4096 + row * 128 + table[row % 8][chunk] * 16 + byte);
}

TEST(PTXSwizzleTest, Bytes64) {
  const unsigned table[8][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2},
                                {1, 0, 3, 2}, {2, 3, 0, 1}, {2, 3, 0, 1},
                                {3, 2, 1, 0}, {3, 2, 1, 0}};
  for (unsigned row = 0; row != 32; ++row)
    for (unsigned chunk = 0; chunk != 4; ++chunk)
      EXPECT_EQ(applySwizzle(Swizzle::Bytes64, 512 + row * 64 + chunk * 16 + 5),
                512 + row * 64 + table[row % 8][chunk] * 16 + 5);
}

TEST(PTXSwizzleTest, Bytes32) {
  const unsigned table[8][2] = {{0, 1}, {0, 1}, {0, 1}, {0, 1},
                                {1, 0}, {1, 0}, {1, 0}, {1, 0}};
  for (unsigned row = 0; row != 32; ++row)
    for (unsigned chunk = 0; chunk != 2; ++chunk)
      EXPECT_EQ(applySwizzle(Swizzle::Bytes32, row * 32 + chunk * 16 + 7),
                row * 32 + table[row % 8][chunk] * 16 + 7);
}

TEST(PTXSwizzleTest, NoneAndSizes) {
  EXPECT_EQ(applySwizzle(Swizzle::None, 0xffff), 0xffffu);
  EXPECT_EQ(getSwizzleSpan(Swizzle::None), 0u);
  EXPECT_EQ(getSwizzleSpan(Swizzle::Bytes32), 32u);
  EXPECT_EQ(getSwizzleSpan(Swizzle::Bytes64), 64u);
  EXPECT_EQ(getSwizzleSpan(Swizzle::Bytes128), 128u);
  EXPECT_EQ(getSwizzlePeriod(Swizzle::Bytes32), 256u);
  EXPECT_EQ(getSwizzlePeriod(Swizzle::Bytes64), 512u);
  EXPECT_EQ(getSwizzlePeriod(Swizzle::Bytes128), 1024u);
}

TEST(PTXSwizzleTest, BaseOffsetMovesThePattern) {
  // A pattern that starts in line 3 looks, from there, as one that starts at 0.
  for (unsigned row = 0; row != 8; ++row)
    for (unsigned chunk = 0; chunk != 8; ++chunk)
      EXPECT_EQ(
          applySwizzle(Swizzle::Bytes128, 3 * 128 + row * 128 + chunk * 16, 3),
          3 * 128 + applySwizzle(Swizzle::Bytes128, row * 128 + chunk * 16));
}

//===----------------------------------------------------------------------===//
// The register value
//===----------------------------------------------------------------------===//

TEST(PTXMatrixDescriptorTest, Fields) {
  // Start 0x12340: bits 0-13 = 0x1234. Leading 0x80: bits 16-29 = 8. Stride
  // 1024: bits 32-45 = 64. Base offset 5: bits 49-51. 128 bytes: 1 in bits
  // 62-63.
  MatrixDescriptor descriptor{0x12340, 0x80, 1024, 5, Swizzle::Bytes128};
  uint64_t bits =
      0x1234ull | 8ull << 16 | 64ull << 32 | 5ull << 49 | 1ull << 62;
  EXPECT_EQ(descriptor.encode(), bits);
  descriptor.swizzle = Swizzle::Bytes64;
  EXPECT_EQ(descriptor.encode() >> 62, 2u);
  descriptor.swizzle = Swizzle::Bytes32;
  EXPECT_EQ(descriptor.encode() >> 62, 3u);
  descriptor.swizzle = Swizzle::None;
  EXPECT_EQ(descriptor.encode() >> 62, 0u);

  llvm::Expected<MatrixDescriptor> decoded = MatrixDescriptor::decode(bits);
  ASSERT_TRUE(bool(decoded));
  EXPECT_EQ(decoded->start, 0x12340u);
  EXPECT_EQ(decoded->leading, 0x80u);
  EXPECT_EQ(decoded->stride, 1024u);
  EXPECT_EQ(decoded->baseOffset, 5u);
  EXPECT_EQ(decoded->swizzle, Swizzle::Bytes128);
  const Swizzle modes[] = {Swizzle::None, Swizzle::Bytes128, Swizzle::Bytes64,
                           Swizzle::Bytes32};
  for (unsigned mode = 0; mode != 4; ++mode)
    EXPECT_EQ(MatrixDescriptor::decode(uint64_t(mode) << 62)->swizzle,
              modes[mode]);
}

TEST(PTXMatrixDescriptorTest, ReservedBitsAreAnError) {
  for (unsigned bit : {14, 15, 30, 31, 46, 47, 48, 52, 61}) {
    llvm::Expected<MatrixDescriptor> decoded =
        MatrixDescriptor::decode(1ull << bit);
    EXPECT_FALSE(bool(decoded)) << bit;
    EXPECT_NE(llvm::toString(decoded.takeError()).find("reserved bits"),
              std::string::npos);
  }
}

//===----------------------------------------------------------------------===//
// Addresses, K-major
//===----------------------------------------------------------------------===//

TEST(PTXMatrixDescriptorTest, KMajorNone) {
  // Core matrices of 8 rows by 16 bytes, 128 contiguous bytes each; here two
  // along K 1024 bytes apart, four along M 128 bytes apart.
  MatrixDescriptor descriptor{0x400, 1024, 128, 0, Swizzle::None};
  auto at = [&](unsigned m, unsigned k) {
    return descriptor.getAddress(Major::K, 2, m, k);
  };
  EXPECT_EQ(at(0, 0), 0x400u);
  EXPECT_EQ(at(0, 7), 0x400u + 14);
  EXPECT_EQ(at(1, 0), 0x400u + 16);
  EXPECT_EQ(at(7, 7), 0x400u + 126);
  EXPECT_EQ(at(8, 0), 0x400u + 128);
  EXPECT_EQ(at(0, 8), 0x400u + 1024);
  EXPECT_EQ(at(31, 15), 0x400u + 1024 + 3 * 128 + 7 * 16 + 14);
  // tf32: four elements in 16 bytes.
  EXPECT_EQ(descriptor.getAddress(Major::K, 4, 9, 5),
            0x400u + 1024 + 128 + 16 + 4);
}

TEST(PTXMatrixDescriptorTest, KMajorSwizzled) {
  // Figure "K major 128B swizzling": rows of 8 chunks, chunk c of row r at
  // c xor r. A k16 step takes 32 bytes: chunks 2 s and 2 s + 1.
  for (unsigned step = 0; step != 4; ++step) {
    MatrixDescriptor descriptor{2048 + step * 32, 16, 1024, 0,
                                Swizzle::Bytes128};
    for (unsigned m = 0; m != 64; ++m)
      for (unsigned k = 0; k != 16; ++k) {
        unsigned chunk = (2 * step + k / 8) ^ (m % 8);
        EXPECT_EQ(descriptor.getAddress(Major::K, 2, m, k),
                  2048 + m / 8 * 1024 + m % 8 * 128 + chunk * 16 + k % 8 * 2);
      }
  }
  // "K major 64B swizzling": rows of 4 chunks, 2 rows in a line.
  const unsigned swizzled64[8] = {0, 0, 1, 1, 2, 2, 3, 3};
  MatrixDescriptor half{1024 + 32, 0, 512, 0, Swizzle::Bytes64};
  for (unsigned m = 0; m != 32; ++m)
    for (unsigned k = 0; k != 16; ++k)
      EXPECT_EQ(half.getAddress(Major::K, 2, m, k),
                1024 + m / 8 * 512 + m % 8 * 64 +
                    ((2 + k / 8) ^ swizzled64[m % 8]) * 16 + k % 8 * 2);
  // "K major 32B swizzling": rows of 2 chunks, 4 rows in a line.
  MatrixDescriptor quarter{512, 0, 256, 0, Swizzle::Bytes32};
  for (unsigned m = 0; m != 32; ++m)
    for (unsigned k = 0; k != 8; ++k)
      EXPECT_EQ(quarter.getAddress(Major::K, 4, m, k),
                512 + m / 8 * 256 + m % 8 * 32 +
                    (k / 4 ^ (m % 8 >= 4 ? 1 : 0)) * 16 + k % 4 * 4);
}

//===----------------------------------------------------------------------===//
// Addresses, MN-major
//===----------------------------------------------------------------------===//

TEST(PTXMatrixDescriptorTest, MNMajorNone) {
  // Core matrices of 8 k by 16 bytes along N: 128 contiguous bytes, one k per
  // 16 bytes. Stride: to the next 8 n. Leading: to the next 8 k.
  MatrixDescriptor descriptor{0, 2048, 128, 0, Swizzle::None};
  auto at = [&](unsigned n, unsigned k) {
    return descriptor.getAddress(Major::MN, 2, n, k);
  };
  EXPECT_EQ(at(1, 0), 2u);
  EXPECT_EQ(at(0, 1), 16u);
  EXPECT_EQ(at(7, 7), 126u);
  EXPECT_EQ(at(8, 0), 128u);
  EXPECT_EQ(at(0, 8), 2048u);
  EXPECT_EQ(at(23, 15), 2048u + 2 * 128 + 7 * 16 + 14);
}

TEST(PTXMatrixDescriptorTest, MNMajorSwizzled) {
  // "MN major 128B swizzling": each k is a line of 64 n; 8 lines are an atom.
  // Leading: to the next 64 n. Stride: to the next 8 k.
  MatrixDescriptor full{4096, 8192, 1024, 0, Swizzle::Bytes128};
  for (unsigned n = 0; n != 128; ++n)
    for (unsigned k = 0; k != 16; ++k)
      EXPECT_EQ(full.getAddress(Major::MN, 2, n, k),
                4096 + n / 64 * 8192 + k / 8 * 1024 + k % 8 * 128 +
                    ((n % 64 / 8) ^ (k % 8)) * 16 + n % 8 * 2);
  // "MN major 64B swizzling": 32 n each, two k in a line.
  MatrixDescriptor half{0, 2048, 512, 0, Swizzle::Bytes64};
  for (unsigned n = 0; n != 64; ++n)
    for (unsigned k = 0; k != 16; ++k)
      EXPECT_EQ(half.getAddress(Major::MN, 2, n, k),
                n / 32 * 2048 + k / 8 * 512 + k % 8 * 64 +
                    ((n % 32 / 8) ^ (k % 8 / 2)) * 16 + n % 8 * 2);
  // "MN major 32B swizzling": 16 n each, four k in a line.
  MatrixDescriptor quarter{0, 1024, 256, 0, Swizzle::Bytes32};
  for (unsigned n = 0; n != 32; ++n)
    for (unsigned k = 0; k != 16; ++k)
      EXPECT_EQ(quarter.getAddress(Major::MN, 2, n, k),
                n / 16 * 1024 + k / 8 * 256 + k % 8 * 32 +
                    ((n % 16 / 8) ^ (k % 8 / 4)) * 16 + n % 8 * 2);
}

/// No two elements of an operand share bytes, in any mode.
TEST(PTXMatrixDescriptorTest, ElementsAreDisjoint) {
  for (Swizzle swizzle :
       {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128}) {
    for (Major major : {Major::K, Major::MN}) {
      uint32_t atom =
          swizzle == Swizzle::None ? 128 : getSwizzlePeriod(swizzle);
      MatrixDescriptor descriptor{0, 8 * atom, atom, 0, swizzle};
      std::set<uint32_t> addresses;
      for (unsigned mn = 0; mn != 64; ++mn)
        for (unsigned k = 0; k != 16; ++k) {
          uint32_t address = descriptor.getAddress(major, 2, mn, k);
          EXPECT_EQ(address % 2, 0u);
          EXPECT_TRUE(addresses.insert(address).second);
        }
    }
  }
}

} // namespace
