//===- EmulatedAttention.h - Attention by emulated kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles one attention to PTX, runs the kernel in the interpreter and compares it
// with sums in double precision.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TEST_UNIT_NV_EMULATEDATTENTION_H
#define SATTN_TEST_UNIT_NV_EMULATEDATTENTION_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn {

/// An attention on tensors B x H x M x R, B x H/group x N x R and ... x E (with a
/// group, H is two axes).
struct AttentionCase {
  std::string name;
  int64_t batch = 1, heads = 1, queries = 64, keys = 64, depth = 64, valueDepth = 64;
  /// Heads that share a key head.
  int64_t group = 1;
  /// Element type: f16, bf16, f32 or f64.
  std::string element = "f16";
  /// Whether f32 may be multiplied as tf32.
  bool isTF32 = false;
  /// Whether tensor cores are expected to take it.
  bool onTensorCores = true;
  bool isDynamic = true;
  double scale = 0.125;
  /// Pairs with i - left <= j <= i + right; none: no bound.
  std::optional<int64_t> left, right;
  /// Position of the first query.
  int64_t queryOffset = 0;
  /// Columns and block of each level (0: all positions), mean over active levels.
  std::vector<int64_t> ranks, blocks;
  std::vector<double> levelScales;
  bool isMean = false;
  /// A key whose value has a NaN, by position.
  std::optional<int64_t> nanValueRow;
};

/// Every query sees every key, or those up to its own position.
AttentionCase makeCase(const char *name, int64_t queries, int64_t keys);
AttentionCase makeCausal(const char *name, int64_t length);

/// What a run gave.
struct EmulatedResult {
  /// Why there is no result: of the compiler or the interpreter.
  std::string error;
  /// Relative Frobenius error of the output, largest error of the log-sum-exp.
  double outputError = 0, lseError = 0;
  /// Elements that are NaN or infinite in one of both results only.
  int64_t numWrongNonFinite = 0;
};

/// Compiles `test` for `target` and runs it once per seed, which decides the data, the
/// order of warps and when asynchronous copies happen.
std::vector<EmulatedResult> runEmulated(const AttentionCase &test, const std::string &target,
                                        const std::vector<uint64_t> &seeds);

/// Expects that each run agrees with the formulas. Asynchronous work happens late, at
/// random or early with seeds of remainder 0, 1 and 2 by 3.
void expectMatch(const AttentionCase &test, const std::string &target,
                 const std::vector<uint64_t> &seeds);

} // namespace mlir::sattn

#endif // SATTN_TEST_UNIT_NV_EMULATEDATTENTION_H
