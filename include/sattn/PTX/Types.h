//===- Types.h - Scalar types and state spaces of PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_TYPES_H
#define SATTN_PTX_TYPES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace mlir::sattn::ptx {

/// Fundamental types of registers, variables and instructions (PTX ISA,
/// "Types").
enum class ScalarType : uint8_t {
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64,
};

/// Bytes of one value of `type` in memory and in a lane of a register; 0 for
/// predicates, which are one bit per lane.
unsigned getByteSize(ScalarType type);
bool isSigned(ScalarType type);
/// f16, bf16 (also packed), tf32, f32, f64.
bool isFloat(ScalarType type);
/// "f32", as in the text, without the dot.
llvm::StringRef getName(ScalarType type);
/// The inverse of `getName`.
std::optional<ScalarType> parseScalarType(llvm::StringRef name);

/// Where an address points to. The sub-spaces `shared::cta` and
/// `shared::cluster` are both `Shared`: an address of the own block is valid in
/// both.
enum class StateSpace : uint8_t {
  Generic,
  Global,
  Shared,
  Local,
  Param,
  Const
};

/// "global", as in the text.
llvm::StringRef getName(StateSpace space);

/// Extent of a grid, block or cluster.
struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t getCount() const { return uint64_t(x) * y * z; }
  bool operator==(const Dim3 &other) const {
    return x == other.x && y == other.y && z == other.z;
  }
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_TYPES_H
