//===- TensorMap.h - Tensor maps of TMA -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What cuTensorMapEncodeTiled makes and cp.async.bulk.tensor reads: the shape
// of a tensor in global memory and of the boxes that are copied. The arguments
// are those of the driver, the checks are the ones that its documentation
// lists; the encoding in the 128 bytes is our own, as the driver's is not
// public.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_TENSORMAP_H
#define SATTN_PTX_TENSORMAP_H

#include "sattn/PTX/Swizzle.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace mlir::sattn::ptx {

/// CUtensorMapDataType, with the driver's numbers.
enum class TensorMapType : uint8_t {
  U8 = 0,
  U16 = 1,
  U32 = 2,
  I32 = 3,
  U64 = 4,
  I64 = 5,
  F16 = 6,
  F32 = 7,
  F64 = 8,
  BF16 = 9
};

/// CUtensorMapFloatOOBfill.
enum class TensorMapFill : uint8_t { Zero = 0, NaN = 1 };

/// Arguments of cuTensorMapEncodeTiled; dimension 0 is the contiguous one.
/// Interleaved layouts, packed 4- and 6-bit types, types that flush or round on
/// the way and swizzle atoms above 16 bytes do not exist here.
struct TiledTensor {
  TensorMapType type = TensorMapType::F16;
  /// Device address of element (0, ..., 0).
  uint64_t address = 0;
  /// Elements per dimension; the length is the rank, 1 to 5.
  llvm::ArrayRef<uint64_t> dims;
  /// Bytes from one index to the next of dimensions 1, ..., rank - 1.
  llvm::ArrayRef<uint64_t> strides;
  /// Elements of a box per dimension, before the division by elementStrides.
  llvm::ArrayRef<uint32_t> box;
  /// Step inside a box per dimension; that of dimension 0 is ignored.
  llvm::ArrayRef<uint32_t> elementStrides;
  Swizzle swizzle = Swizzle::None;
  TensorMapFill fill = TensorMapFill::Zero;
};

/// 16 bytes of a box: swizzles move such chunks as a whole.
struct BoxChunk {
  /// Distance from the start of the box in shared memory, before the swizzle.
  uint32_t shared;
  /// Device address of the first byte, meaningful where `first` < `last`.
  uint64_t global;
  /// The bytes [first, last) lie inside the tensor, the others are filled.
  uint8_t first, last;
};

/// The opaque 128 bytes of a CUtensorMap.
struct alignas(64) TensorMap {
  static constexpr unsigned kMaxRank = 5;

  uint64_t magic;
  uint64_t address;
  uint64_t strides[kMaxRank - 1];
  /// Sizes are 1 to 2^32 and stored minus 1.
  uint32_t lastIndices[kMaxRank];
  /// Elements that a box has per dimension, after elementStrides.
  uint16_t boxCounts[kMaxRank];
  uint8_t elementStrides[kMaxRank];
  uint8_t rank;
  TensorMapType type;
  Swizzle swizzle;
  TensorMapFill fill;
  uint8_t unused[128 - 89];

  /// Checks the arguments as the driver does and makes the map.
  static llvm::Expected<TensorMap> encodeTiled(const TiledTensor &tensor);

  /// The map in the 128 bytes at `bytes`, whatever their alignment; an error if
  /// `encodeTiled` did not make them.
  static llvm::Expected<TensorMap> read(const void *bytes);

  unsigned getElementBytes() const;

  /// Bytes that a copy of one box adds to the count of its mbarrier. Elements
  /// outside the tensor count too.
  uint32_t getBoxBytes() const;

  /// Bytes from one row of dimension 0 to the next in shared memory: the row
  /// itself, or the swizzle span where that is larger.
  uint32_t getRowPitch() const;

  /// Bytes of shared memory from the first to the last byte of a box.
  uint32_t getBoxExtent() const;

  /// Calls `visit` for each chunk of the box at `coordinates` (one per
  /// dimension, they may be negative or beyond the tensor).
  void forEachChunk(llvm::ArrayRef<int32_t> coordinates,
                    llvm::function_ref<void(const BoxChunk &)> visit) const;

  /// Writes what stands for elements outside the tensor to 16 bytes.
  void fillChunk(uint8_t *chunk) const;
};

static_assert(sizeof(TensorMap) == 128, "a CUtensorMap has 128 bytes");

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_TENSORMAP_H
