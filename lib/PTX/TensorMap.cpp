//===- TensorMap.cpp - Tensor maps of TMA -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/TensorMap.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Twine;

static constexpr uint64_t kMagic = 0x70616d2d6e747461; // "attn-map"

static Error makeError(const Twine &message) {
  return llvm::createStringError(message);
}

static unsigned getTypeBytes(TensorMapType type) {
  switch (type) {
  case TensorMapType::U8:
    return 1;
  case TensorMapType::U16:
  case TensorMapType::F16:
  case TensorMapType::BF16:
    return 2;
  case TensorMapType::U32:
  case TensorMapType::I32:
  case TensorMapType::F32:
    return 4;
  case TensorMapType::U64:
  case TensorMapType::I64:
  case TensorMapType::F64:
    return 8;
  }
  return 0;
}

static bool isFloat(TensorMapType type) {
  return type == TensorMapType::F16 || type == TensorMapType::BF16 ||
         type == TensorMapType::F32 || type == TensorMapType::F64;
}

//===----------------------------------------------------------------------===//
// Checks of cuTensorMapEncodeTiled
//===----------------------------------------------------------------------===//

static Error checkLengths(const TiledTensor &tensor) {
  size_t rank = tensor.dims.size();
  if (rank == 0 || rank > TensorMap::kMaxRank)
    return makeError("expected 1 to 5 dimensions, got " + Twine(rank));
  auto check = [](const char *what, size_t got, size_t expected) -> Error {
    if (got == expected)
      return Error::success();
    return makeError("expected " + Twine(expected) + " " + what + ", got " +
                     Twine(got));
  };
  if (Error error = check("strides", tensor.strides.size(), rank - 1))
    return error;
  if (Error error = check("box dimensions", tensor.box.size(), rank))
    return error;
  return check("element strides", tensor.elementStrides.size(), rank);
}

static Error checkTensor(const TiledTensor &tensor) {
  if (tensor.address % 16 != 0)
    return makeError("expected an address that is a multiple of 16 bytes, "
                     "got 0x" +
                     Twine::utohexstr(tensor.address));
  for (auto [i, dim] : llvm::enumerate(tensor.dims))
    if (dim == 0 || dim > uint64_t(1) << 32)
      return makeError("expected dimension " + Twine(i) +
                       " to be 1 to 2^32, got " + Twine(dim));
  for (auto [i, stride] : llvm::enumerate(tensor.strides))
    if (stride % 16 != 0 || stride >= uint64_t(1) << 40)
      return makeError("expected the stride of dimension " + Twine(i + 1) +
                       " to be a multiple of 16 bytes below 2^40, got " +
                       Twine(stride));
  return Error::success();
}

static Error checkBox(const TiledTensor &tensor) {
  for (auto [i, size] : llvm::enumerate(tensor.box))
    if (size == 0 || size > 256)
      return makeError("expected box dimension " + Twine(i) +
                       " to be 1 to 256, got " + Twine(size));
  for (auto [i, step] : llvm::enumerate(tensor.elementStrides))
    if (step == 0 || step > 8)
      return makeError("expected the element stride of dimension " + Twine(i) +
                       " to be 1 to 8, got " + Twine(step));
  uint32_t rowBytes = tensor.box[0] * getTypeBytes(tensor.type);
  if (rowBytes % 16 != 0)
    return makeError("expected rows of a box to be a multiple of 16 bytes, "
                     "got " +
                     Twine(rowBytes));
  uint32_t span = getSwizzleSpan(tensor.swizzle);
  if (span != 0 && rowBytes > span)
    return makeError("expected rows of a box to be at most " + Twine(span) +
                     " bytes (the swizzle's span), got " + Twine(rowBytes));
  if (tensor.fill == TensorMapFill::NaN && !isFloat(tensor.type))
    return makeError("expected a floating-point type to be filled with NaN");
  return Error::success();
}

llvm::Expected<TensorMap> TensorMap::encodeTiled(const TiledTensor &tensor) {
  if (Error error = checkLengths(tensor))
    return error;
  if (getTypeBytes(tensor.type) == 0)
    return makeError("expected a type of 1 to 8 bytes, got type number " +
                     Twine(unsigned(tensor.type)));
  if (Error error = checkTensor(tensor))
    return error;
  if (Error error = checkBox(tensor))
    return error;

  TensorMap map;
  std::memset(&map, 0, sizeof(map));
  map.magic = kMagic;
  map.address = tensor.address;
  map.rank = tensor.dims.size();
  map.type = tensor.type;
  map.swizzle = tensor.swizzle;
  map.fill = tensor.fill;
  for (unsigned i = 0; i != map.rank; ++i) {
    map.lastIndices[i] = uint32_t(tensor.dims[i] - 1);
    map.elementStrides[i] = i == 0 ? 1 : tensor.elementStrides[i];
    map.boxCounts[i] = llvm::divideCeil(tensor.box[i], map.elementStrides[i]);
    if (i != 0)
      map.strides[i - 1] = tensor.strides[i - 1];
  }
  return map;
}

llvm::Expected<TensorMap> TensorMap::read(const void *bytes) {
  TensorMap map;
  std::memcpy(&map, bytes, sizeof(map));
  // Whoever changed single bytes must not lead copies astray.
  bool valid = map.magic == kMagic && map.rank >= 1 && map.rank <= kMaxRank &&
               getTypeBytes(map.type) != 0 && map.swizzle <= Swizzle::Bytes128;
  for (unsigned i = 0; valid && i != map.rank; ++i)
    valid = map.boxCounts[i] >= 1 && map.boxCounts[i] <= 256;
  valid = valid && map.boxCounts[0] * getTypeBytes(map.type) % 16 == 0;
  if (!valid)
    return makeError("expected a tensor map, got 128 bytes that "
                     "TensorMap::encodeTiled did not make");
  return map;
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

unsigned TensorMap::getElementBytes() const { return getTypeBytes(type); }

uint32_t TensorMap::getBoxBytes() const {
  uint32_t bytes = getElementBytes();
  for (unsigned i = 0; i != rank; ++i)
    bytes *= boxCounts[i];
  return bytes;
}

uint32_t TensorMap::getRowPitch() const {
  return std::max(boxCounts[0] * getElementBytes(), getSwizzleSpan(swizzle));
}

uint32_t TensorMap::getBoxExtent() const {
  uint32_t rows = 1;
  for (unsigned i = 1; i != rank; ++i)
    rows *= boxCounts[i];
  return rows * getRowPitch();
}

/// Visits the chunks of the row that starts at index `first` of dimension 0.
static void visitRow(const TensorMap &map, bool inside, int64_t first,
                     uint64_t global, uint32_t shared,
                     llvm::function_ref<void(const BoxChunk &)> visit) {
  int64_t bytes = map.getElementBytes();
  // The tensor's bytes in this row, counted from the start of the box.
  int64_t begin = -first * bytes;
  int64_t end = (int64_t(map.lastIndices[0]) + 1 - first) * bytes;
  int64_t rowBytes = map.boxCounts[0] * bytes;
  for (int64_t chunk = 0; chunk != rowBytes; chunk += 16) {
    int64_t low = std::clamp<int64_t>(begin - chunk, 0, 16);
    int64_t high = std::clamp<int64_t>(end - chunk, low, 16);
    visit({uint32_t(shared + chunk), global + uint64_t(first * bytes + chunk),
           uint8_t(inside ? low : 0), uint8_t(inside ? high : 0)});
  }
}

void TensorMap::forEachChunk(
    ArrayRef<int32_t> coordinates,
    llvm::function_ref<void(const BoxChunk &)> visit) const {
  unsigned index[kMaxRank] = {};
  for (uint32_t row = 0;; ++row) {
    bool inside = true;
    uint64_t global = address;
    for (unsigned i = 1; i != rank; ++i) {
      int64_t position =
          int64_t(coordinates[i]) + int64_t(index[i]) * elementStrides[i];
      inside &= position >= 0 && position <= int64_t(lastIndices[i]);
      global += uint64_t(position) * strides[i - 1];
    }
    visitRow(*this, inside, coordinates[0], global, row * getRowPitch(), visit);
    unsigned i = 1;
    while (i < rank && ++index[i] == boxCounts[i])
      index[i++] = 0;
    if (i >= rank)
      return;
  }
}

void TensorMap::fillChunk(uint8_t *chunk) const {
  std::memset(chunk, fill == TensorMapFill::NaN ? 0xff : 0, 16);
  if (fill == TensorMapFill::NaN)
    for (unsigned i = getElementBytes() - 1; i < 16; i += getElementBytes())
      chunk[i] = 0x7f;
}
