//===- MatrixProduct.cpp - Numerics of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks of d stay in registers while k runs. Columns are the lanes of vectors,
// so no sum is reordered, and since products are exact a fused multiply-add
// gives the same bits as a product and a sum: the clones differ in speed alone.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixProduct.h"
#include "llvm/Support/Compiler.h"
#include <cstring>

using namespace mlir::sattn::ptx;

/// Chooses the widest vectors of the machine when the program starts. Resolvers
/// run before sanitizers are ready.
#if defined(__x86_64__) && defined(__linux__) &&                               \
    !LLVM_ADDRESS_SANITIZER_BUILD && !LLVM_MEMORY_SANITIZER_BUILD &&           \
    !LLVM_THREAD_SANITIZER_BUILD
#define SATTN_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SATTN_VECTOR_CLONES
#endif

namespace {
/// Eight floats of a row, at any address.
using Vector = float __attribute__((vector_size(32), aligned(4), may_alias));

constexpr unsigned kLanes = 8;
} // namespace

/// A block of `rows` x 8 `vectors` elements of d, which has `columns` columns.
template <unsigned rows, unsigned vectors>
static inline __attribute__((always_inline)) void
multiplyBlock(const float *a, const float *b, float *d, unsigned columns,
              unsigned depth) {
  Vector sums[rows][vectors];
  for (unsigned i = 0; i != rows; ++i)
    std::memcpy(sums[i], d + i * columns, sizeof(sums[i]));
  for (unsigned k = 0; k != depth; ++k) {
    Vector row[vectors];
    std::memcpy(row, b + k * columns, sizeof(row));
    for (unsigned i = 0; i != rows; ++i)
      for (unsigned n = 0; n != vectors; ++n)
        sums[i][n] += a[i * depth + k] * row[n];
  }
  for (unsigned i = 0; i != rows; ++i)
    std::memcpy(d + i * columns, sums[i], sizeof(sums[i]));
}

SATTN_VECTOR_CLONES
void mlir::sattn::ptx::multiplyAdd(const float *a, const float *b, float *d,
                                   unsigned rows, unsigned columns,
                                   unsigned depth) {
  constexpr unsigned blockRows = 4;
  for (unsigned i = 0; i != rows; i += blockRows) {
    unsigned n = 0;
    for (; n + 2 * kLanes <= columns; n += 2 * kLanes)
      multiplyBlock<blockRows, 2>(a + i * depth, b + n, d + i * columns + n,
                                  columns, depth);
    if (n != columns)
      multiplyBlock<blockRows, 1>(a + i * depth, b + n, d + i * columns + n,
                                  columns, depth);
  }
}
