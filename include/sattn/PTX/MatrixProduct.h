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

namespace mlir::sattn::ptx {

/// d (rows x columns) += a (rows x depth) b (depth x columns), all dense and
/// row-major; d may not overlap a or b. `rows` is a multiple of 4, `columns`
/// one of 8.
void multiplyAdd(const float *a, const float *b, float *d, unsigned rows,
                 unsigned columns, unsigned depth);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MATRIXPRODUCT_H
