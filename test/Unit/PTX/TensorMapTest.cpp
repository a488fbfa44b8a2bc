//===- TensorMapTest.cpp - Tests of tensor maps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/TensorMap.h"
#include "gtest/gtest.h"
#include <cstring>
#include <map>
#include <vector>

using namespace mlir::sattn::ptx;

namespace {

/// Owns the arrays of a TiledTensor; starts as a valid 64 x 100 f16 matrix with
/// boxes of 64 x 8.
struct Arguments {
  TensorMapType type = TensorMapType::F16;
  uint64_t address = 0x10000;
  std::vector<uint64_t> dims = {64, 100}, strides = {128};
  std::vector<uint32_t> box = {64, 8}, elementStrides = {1, 1};
  Swizzle swizzle = Swizzle::Bytes128;
  TensorMapFill fill = TensorMapFill::Zero;

  llvm::Expected<TensorMap> encode() const {
    return TensorMap::encodeTiled(
        {type, address, dims, strides, box, elementStrides, swizzle, fill});
  }
  /// The message of encoding; empty if it works.
  std::string error() const {
    llvm::Expected<TensorMap> map = encode();
    return map ? "" : llvm::toString(map.takeError());
  }
};

//===----------------------------------------------------------------------===//
// The driver's checks
//===----------------------------------------------------------------------===//

TEST(PTXTensorMapTest, Ranks) {
  Arguments arguments;
  EXPECT_EQ(arguments.error(), "");
  arguments.dims = {};
  EXPECT_EQ(arguments.error(), "expected 1 to 5 dimensions, got 0");
  arguments.dims.assign(6, 8);
  EXPECT_EQ(arguments.error(), "expected 1 to 5 dimensions, got 6");
  arguments.dims = {64, 100, 3};
  EXPECT_EQ(arguments.error(), "expected 2 strides, got 1");
  arguments = {};
  arguments.box = {64};
  EXPECT_EQ(arguments.error(), "expected 2 box dimensions, got 1");
  arguments = {};
  arguments.elementStrides = {1, 1, 1};
  EXPECT_EQ(arguments.error(), "expected 2 element strides, got 3");
}

TEST(PTXTensorMapTest, AddressDimsAndStrides) {
  Arguments arguments;
  arguments.address = 0x10008;
  EXPECT_EQ(arguments.error(), "expected an address that is a multiple of 16 "
                               "bytes, got 0x10008");
  arguments = {};
  arguments.dims[1] = 0;
  EXPECT_EQ(arguments.error(), "expected dimension 1 to be 1 to 2^32, got 0");
  arguments.dims[1] = 1ull << 32;
  EXPECT_EQ(arguments.error(), "");
  arguments.dims[1] += 1;
  EXPECT_EQ(arguments.error(),
            "expected dimension 1 to be 1 to 2^32, got 4294967297");
  arguments = {};
  arguments.strides[0] = 136;
  EXPECT_EQ(arguments.error(), "expected the stride of dimension 1 to be a "
                               "multiple of 16 bytes below 2^40, got 136");
  arguments.strides[0] = 1ull << 40;
  EXPECT_NE(arguments.error(), "");
  arguments.strides[0] -= 16;
  EXPECT_EQ(arguments.error(), "");
}

TEST(PTXTensorMapTest, BoxAndFill) {
  Arguments arguments;
  arguments.box[1] = 256;
  EXPECT_EQ(arguments.error(), "");
  arguments.box[1] = 257;
  EXPECT_EQ(arguments.error(),
            "expected box dimension 1 to be 1 to 256, got 257");
  arguments.box[1] = 0;
  EXPECT_EQ(arguments.error(),
            "expected box dimension 1 to be 1 to 256, got 0");
  arguments = {};
  arguments.box[0] = 12;
  EXPECT_EQ(arguments.error(), "expected rows of a box to be a multiple of 16 "
                               "bytes, got 24");
  arguments.box[0] = 72;
  EXPECT_EQ(arguments.error(), "expected rows of a box to be at most 128 bytes "
                               "(the swizzle's span), got 144");
  arguments.swizzle = Swizzle::None;
  EXPECT_EQ(arguments.error(), "");
  arguments = {};
  arguments.box[0] = 32;
  arguments.swizzle = Swizzle::Bytes64;
  EXPECT_EQ(arguments.error(), "");
  arguments.swizzle = Swizzle::Bytes32;
  EXPECT_NE(arguments.error(), "");
  arguments = {};
  arguments.elementStrides[1] = 9;
  EXPECT_EQ(arguments.error(),
            "expected the element stride of dimension 1 to be 1 to 8, got 9");
  arguments.elementStrides[1] = 0;
  EXPECT_NE(arguments.error(), "");
  arguments = {};
  arguments.type = TensorMapType::U16;
  arguments.fill = TensorMapFill::NaN;
  EXPECT_EQ(arguments.error(),
            "expected a floating-point type to be filled with NaN");
  arguments.type = TensorMapType(11);
  EXPECT_EQ(arguments.error(),
            "expected a type of 1 to 8 bytes, got type number 11");
}

TEST(PTXTensorMapTest, ReadNeedsAMap) {
  Arguments arguments;
  alignas(64) char bytes[128];
  TensorMap map = llvm::cantFail(arguments.encode());
  std::memcpy(bytes, &map, sizeof(bytes));
  llvm::Expected<TensorMap> copy = TensorMap::read(bytes);
  ASSERT_TRUE(bool(copy));
  EXPECT_EQ(std::memcmp(&*copy, bytes, sizeof(bytes)), 0);
  TensorMap changed = map;
  changed.rank = 6;
  EXPECT_FALSE(bool(llvm::expectedToOptional(TensorMap::read(&changed))));
  changed = map;
  changed.boxCounts[0] = 3;
  EXPECT_FALSE(bool(llvm::expectedToOptional(TensorMap::read(&changed))));
  std::memset(bytes, 0, sizeof(bytes));
  llvm::Expected<TensorMap> none = TensorMap::read(bytes);
  EXPECT_FALSE(bool(none));
  EXPECT_NE(llvm::toString(none.takeError()).find("expected a tensor map"),
            std::string::npos);
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

/// What a box holds in shared memory before the swizzle: for each byte written
/// its device address, or -1 where it is filled.
std::map<uint32_t, int64_t> visit(const TensorMap &map,
                                  std::vector<int32_t> coordinates) {
  std::map<uint32_t, int64_t> bytes;
  map.forEachChunk(coordinates, [&](const BoxChunk &chunk) {
    EXPECT_EQ(chunk.shared % 16, 0u);
    for (unsigned i = 0; i != 16; ++i) {
      bool inside = i >= chunk.first && i < chunk.last;
      EXPECT_TRUE(bytes
                      .insert({chunk.shared + i,
                               inside ? int64_t(chunk.global + i) : -1})
                      .second);
    }
  });
  return bytes;
}

TEST(PTXTensorMapTest, InnerBox) {
  Arguments arguments;
  TensorMap map = llvm::cantFail(arguments.encode());
  EXPECT_EQ(map.getBoxBytes(), 1024u);
  EXPECT_EQ(map.getRowPitch(), 128u);
  EXPECT_EQ(map.getBoxExtent(), 1024u);
  std::map<uint32_t, int64_t> bytes = visit(map, {0, 16});
  ASSERT_EQ(bytes.size(), 1024u);
  for (auto [shared, global] : bytes)
    EXPECT_EQ(global, 0x10000 + 16 * 128 + int64_t(shared));
}

TEST(PTXTensorMapTest, OutsideIsFilledInEachDirection) {
  Arguments arguments;
  arguments.dims = {60, 100};
  TensorMap map = llvm::cantFail(arguments.encode());
  for (int32_t column : {-70, -10, -8, 0, 3, 59, 64})
    for (int32_t row : {-20, -3, 0, 96, 100}) {
      std::map<uint32_t, int64_t> bytes = visit(map, {column, row});
      ASSERT_EQ(bytes.size(), 1024u);
      for (int32_t i = 0; i != 64; ++i)
        for (int32_t j = 0; j != 8; ++j) {
          int64_t x = column + i, y = row + j;
          bool inside = x >= 0 && x < 60 && y >= 0 && y < 100;
          for (int32_t byte = 0; byte != 2; ++byte)
            EXPECT_EQ(bytes[j * 128 + i * 2 + byte],
                      inside ? 0x10000 + y * 128 + x * 2 + byte : -1);
        }
    }
}

TEST(PTXTensorMapTest, FiveDimensions) {
  Arguments arguments;
  arguments.type = TensorMapType::F32;
  arguments.dims = {8, 3, 4, 5, 6};
  arguments.strides = {32, 96, 384, 1920};
  arguments.box = {4, 2, 3, 2, 2};
  arguments.elementStrides.assign(5, 1);
  arguments.swizzle = Swizzle::None;
  TensorMap map = llvm::cantFail(arguments.encode());
  EXPECT_EQ(map.getBoxBytes(), 4u * 4 * 2 * 3 * 2 * 2);
  std::map<uint32_t, int64_t> bytes = visit(map, {4, 2, 2, 3, 5});
  uint32_t shared = 0;
  for (int64_t e = 5; e != 7; ++e)
    for (int64_t d = 3; d != 5; ++d)
      for (int64_t c = 2; c != 5; ++c)
        for (int64_t b = 2; b != 4; ++b)
          for (int64_t a = 4; a != 8; ++a, shared += 4) {
            bool inside = b < 3 && c < 4 && d < 5 && e < 6;
            EXPECT_EQ(bytes[shared], inside ? 0x10000 + a * 4 + b * 32 +
                                                  c * 96 + d * 384 + e * 1920
                                            : -1);
          }
  EXPECT_EQ(bytes.size(), shared);
}

TEST(PTXTensorMapTest, OneDimension) {
  Arguments arguments;
  arguments.dims = {100};
  arguments.strides = {};
  arguments.box = {16};
  arguments.elementStrides = {1};
  arguments.swizzle = Swizzle::None;
  TensorMap map = llvm::cantFail(arguments.encode());
  std::map<uint32_t, int64_t> bytes = visit(map, {90});
  ASSERT_EQ(bytes.size(), 32u);
  for (auto [shared, global] : bytes)
    EXPECT_EQ(global, shared < 20 ? 0x10000 + 180 + int64_t(shared) : -1);
}

TEST(PTXTensorMapTest, ElementStrides) {
  // ceil(7 / 3) = 3 rows: 10, 13, 16. The stride of dimension 0 is ignored.
  Arguments arguments;
  arguments.box = {64, 7};
  arguments.elementStrides = {2, 3};
  TensorMap map = llvm::cantFail(arguments.encode());
  EXPECT_EQ(map.getBoxBytes(), 3 * 128u);
  std::map<uint32_t, int64_t> bytes = visit(map, {0, 10});
  ASSERT_EQ(bytes.size(), 3 * 128u);
  for (auto [shared, global] : bytes)
    EXPECT_EQ(global,
              0x10000 + (10 + 3 * int64_t(shared / 128)) * 128 + shared % 128);
}

TEST(PTXTensorMapTest, NarrowRowsKeepTheSwizzleSpan) {
  Arguments arguments;
  arguments.box = {16, 4};
  TensorMap map = llvm::cantFail(arguments.encode());
  EXPECT_EQ(map.getRowPitch(), 128u);
  EXPECT_EQ(map.getBoxBytes(), 128u);
  EXPECT_EQ(map.getBoxExtent(), 512u);
  std::map<uint32_t, int64_t> bytes = visit(map, {16, 0});
  EXPECT_EQ(bytes.size(), 128u);
  for (auto [shared, global] : bytes) {
    EXPECT_LT(shared % 128, 32u);
    EXPECT_EQ(global, 0x10000 + int64_t(shared) + 32);
  }
}

TEST(PTXTensorMapTest, LargeTensorsDoNotOverflow) {
  Arguments arguments;
  arguments.dims = {64, 1ull << 32};
  arguments.strides = {(1ull << 40) - 16};
  TensorMap map = llvm::cantFail(arguments.encode());
  std::map<uint32_t, int64_t> bytes = visit(map, {0, 0x7ffffff0});
  EXPECT_EQ(uint64_t(bytes[128]), 0x10000 + 0x7ffffff1 * ((1ull << 40) - 16));
}

TEST(PTXTensorMapTest, Fill) {
  uint8_t chunk[16];
  Arguments arguments;
  llvm::cantFail(arguments.encode()).fillChunk(chunk);
  for (uint8_t byte : chunk)
    EXPECT_EQ(byte, 0);
  arguments.fill = TensorMapFill::NaN;
  llvm::cantFail(arguments.encode()).fillChunk(chunk);
  for (unsigned i = 0; i != 16; ++i)
    EXPECT_EQ(chunk[i], i % 2 ? 0x7f : 0xff);
  arguments.type = TensorMapType::F32;
  arguments.box[0] = 32;
  llvm::cantFail(arguments.encode()).fillChunk(chunk);
  for (unsigned i = 0; i != 16; ++i)
    EXPECT_EQ(chunk[i], i % 4 == 3 ? 0x7f : 0xff);
}

} // namespace
