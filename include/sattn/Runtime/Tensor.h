//===- Tensor.h - Dense tensors in host memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_RUNTIME_TENSOR_H
#define SATTN_RUNTIME_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

namespace mlir::sattn {

/// Element types that cross the border of a compiled function. The numbers are
/// those of `sattn_type` in the C ABI.
enum class ElementType : int32_t {
  I1 = 0, ///< one byte, 0 or 1
  I8 = 1,
  I16 = 2,
  I32 = 3,
  I64 = 4,
  Index = 5, ///< 8 bytes
  F16 = 6,
  BF16 = 7,
  F32 = 8,
  F64 = 9,
};

/// Bytes of one element.
unsigned getElementSize(ElementType type);
/// As MLIR spells it: "i1", "index", "bf16", ...
llvm::StringRef getElementName(ElementType type);
/// The inverse of `getElementName`.
std::optional<ElementType> parseElementType(llvm::StringRef name);

/// "2x8x64xf32", "f32" for rank 0.
std::string formatShapedType(llvm::ArrayRef<int64_t> shape,
                             llvm::StringRef element);

/// A dense row-major tensor in somebody else's memory.
struct TensorRef {
  ElementType type = ElementType::F32;
  llvm::ArrayRef<int64_t> shape;
  void *data = nullptr;
};

/// A dense row-major tensor that owns its memory, aligned to 64 bytes.
class HostTensor {
public:
  HostTensor() = default;

  /// A tensor filled with zero bytes. Fails where the size overflows, an extent
  /// is negative or memory is lacking.
  static llvm::Expected<HostTensor> create(ElementType type,
                                           llvm::ArrayRef<int64_t> shape);

  ElementType getType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getNumElements() const { return numElements; }
  int64_t getNumBytes() const { return numElements * getElementSize(type); }
  char *getData() { return data.get(); }
  const char *getData() const { return data.get(); }
  TensorRef getRef() { return {type, shape, data.get()}; }

private:
  struct Free {
    void operator()(char *pointer) const { std::free(pointer); }
  };
  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  int64_t numElements = 0;
  std::unique_ptr<char, Free> data;
};

/// Number of elements of `shape`; nothing where an extent is negative or the
/// size in bytes does not fit in 63 bits.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape,
                                     unsigned elementSize);

} // namespace mlir::sattn

#endif // SATTN_RUNTIME_TENSOR_H
