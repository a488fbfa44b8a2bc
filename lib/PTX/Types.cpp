//===- Types.cpp - Scalar types and state spaces of PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One table of names and sizes.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Types.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
struct TypeRow {
  llvm::StringLiteral name;
  unsigned bytes;
};
} // namespace

/// In the order of `ScalarType`.
static constexpr TypeRow types[] = {
    {"pred", 0},  {"b8", 1},   {"b16", 2},    {"b32", 4},  {"b64", 8},
    {"b128", 16}, {"u8", 1},   {"u16", 2},    {"u32", 4},  {"u64", 8},
    {"s8", 1},    {"s16", 2},  {"s32", 4},    {"s64", 8},  {"f16", 2},
    {"f16x2", 4}, {"bf16", 2}, {"bf16x2", 4}, {"tf32", 4}, {"f32", 4},
    {"f64", 8},
};

unsigned ptx::getByteSize(ScalarType type) { return types[int(type)].bytes; }

bool ptx::isSigned(ScalarType type) {
  return type >= ScalarType::S8 && type <= ScalarType::S64;
}

bool ptx::isFloat(ScalarType type) { return type >= ScalarType::F16; }

llvm::StringRef ptx::getName(ScalarType type) { return types[int(type)].name; }

std::optional<ScalarType> ptx::parseScalarType(llvm::StringRef name) {
  for (unsigned i = 0; i < std::size(types); ++i)
    if (types[i].name == name)
      return ScalarType(i);
  return std::nullopt;
}

llvm::StringRef ptx::getName(StateSpace space) {
  static constexpr llvm::StringLiteral names[] = {"generic", "global", "shared",
                                                  "local",   "param",  "const"};
  return names[int(space)];
}
