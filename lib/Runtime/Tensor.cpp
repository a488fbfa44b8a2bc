//===- Tensor.cpp - Dense tensors in host memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Element types by name and size, and tensors that own their memory.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Tensor.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir::sattn;

namespace {
struct ElementInfo {
  llvm::StringLiteral name;
  unsigned size;
};
} // namespace

/// In the order of `ElementType`.
static constexpr ElementInfo kElements[] = {
    {"i1", 1},    {"i8", 1},  {"i16", 2},  {"i32", 4}, {"i64", 8},
    {"index", 8}, {"f16", 2}, {"bf16", 2}, {"f32", 4}, {"f64", 8},
};

unsigned mlir::sattn::getElementSize(ElementType type) {
  return kElements[static_cast<int32_t>(type)].size;
}

llvm::StringRef mlir::sattn::getElementName(ElementType type) {
  return kElements[static_cast<int32_t>(type)].name;
}

std::optional<ElementType> mlir::sattn::parseElementType(llvm::StringRef name) {
  int32_t number = 0;
  for (const ElementInfo &info : kElements) {
    if (info.name == name)
      return static_cast<ElementType>(number);
    ++number;
  }
  return std::nullopt;
}

std::string mlir::sattn::formatShapedType(llvm::ArrayRef<int64_t> shape,
                                          llvm::StringRef element) {
  std::string text;
  for (int64_t extent : shape)
    text +=
        (extent == INT64_MIN ? std::string("?") : std::to_string(extent)) + "x";
  return text + element.str();
}

std::optional<int64_t> mlir::sattn::countElements(llvm::ArrayRef<int64_t> shape,
                                                  unsigned elementSize) {
  bool overflow = false;
  int64_t bytes = elementSize, count = 1;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    count = count * (extent ? 1 : 0); // an extent of 0 anywhere: no elements
  }
  if (count == 0)
    return 0;
  for (int64_t extent : shape)
    overflow |= llvm::MulOverflow(bytes, extent, bytes);
  if (overflow)
    return std::nullopt;
  return bytes / elementSize;
}

llvm::Expected<HostTensor> HostTensor::create(ElementType type,
                                              llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> count = countElements(shape, getElementSize(type));
  std::string text = formatShapedType(shape, getElementName(type));
  if (!count)
    return llvm::createStringError(
        "expected extents whose product fits in memory, got " + text);
  HostTensor tensor;
  tensor.type = type;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.numElements = *count;
  size_t bytes = tensor.getNumBytes();
  if (bytes > SIZE_MAX - 64)
    return llvm::createStringError(
        "expected extents whose product fits in memory, got " + text);
  size_t rounded = llvm::alignTo(std::max<size_t>(bytes, 1), 64);
  tensor.data.reset(static_cast<char *>(std::aligned_alloc(64, rounded)));
  if (!tensor.data)
    return llvm::createStringError("out of memory: " + text + " needs " +
                                   std::to_string(bytes) + " bytes");
  std::memset(tensor.data.get(), 0, bytes);
  return tensor;
}
