//===- MatrixProduct.h - Numerics of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// D = A B + C as mma and wgmma compute it here. PTX fixes neither the order of
// the sum nor its roundings ("at least single precision", order unspecified,
// mma: "Floating-point operations"), so a model must choose:
//
//   Every product is exact: two 11-bit (f16, tf32) or 8-bit (bf16) significands
//   fit the 24 bits of a float. C and the K products are then added one after
//   the other, k ascending, each sum rounded to the nearest float. With f16
//   accumulators the result is rounded to f16 once.
//
// Tensor cores instead align the products of a few k to the largest exponent
// and truncate the sum. Both err by at most a few units in the last place of
// the largest partial sum per step, the model by K half units, so a tolerance
// that holds for any order of summation in float holds for both; a checker must
// use such a tolerance and never compare bits. The model is no better than the
// hardware: it does not hide a kernel's loss of accuracy behind sums in double.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MATRIXPRODUCT_H
#define SATTN_PTX_MATRIXPRODUCT_H

#include "llvm/Support/Compiler.h"
#include <cstring>

namespace mlir::sattn::ptx {

constexpr unsigned kProductLanes = 8;

/// A block of `rows` x 8 `vectors` elements of d, which has `columns` columns,
/// as `multiplyAdd`. It stays in registers while k runs. Columns are the lanes
/// of vectors, so no sum is reordered, and as products are exact a fused
/// multiply-add gives the same bits as a product and a sum: what instructions
/// the compiler chooses changes the speed alone.
template <unsigned rows, unsigned vectors>
LLVM_ATTRIBUTE_ALWAYS_INLINE void multiplyBlock(const float *a, const float *b,
                                                float *d, unsigned columns,
                                                unsigned depth) {
  using Vector =
      float __attribute__((vector_size(kProductLanes * sizeof(float))));
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

/// d (rows x columns) += a (rows x depth) b (depth x columns), all dense and
/// row-major; d may not overlap a or b. `rows` is a multiple of 4, `columns`
/// one of 8.
void multiplyAdd(const float *a, const float *b, float *d, unsigned rows,
                 unsigned columns, unsigned depth);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MATRIXPRODUCT_H
