//===- Random.h - Reproducible random numbers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_RANDOM_H
#define SATTN_PTX_RANDOM_H

#include <cstdint>

namespace mlir::sattn::ptx {

/// SplitMix64: the same numbers for the same seed everywhere.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, bound).
  uint32_t below(uint32_t bound) {
    return (next() >> 32) * uint64_t(bound) >> 32;
  }

private:
  uint64_t state;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_RANDOM_H
