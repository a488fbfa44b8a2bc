//===- MatrixProduct.cpp - Numerics of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixProduct.h"
#include "Lanes.h"

using namespace mlir::sattn::ptx;

static LLVM_ATTRIBUTE_ALWAYS_INLINE void
multiplyAll(const float *a, const float *b, float *d, unsigned rows,
            unsigned columns, unsigned depth) {
  constexpr unsigned blockRows = 4, width = kProductLanes;
  for (unsigned i = 0; i != rows; i += blockRows) {
    unsigned n = 0;
    for (; n + 2 * width <= columns; n += 2 * width)
      multiplyBlock<blockRows, 2>(a + i * depth, b + n, d + i * columns + n,
                                  columns, depth);
    if (n != columns)
      multiplyBlock<blockRows, 1>(a + i * depth, b + n, d + i * columns + n,
                                  columns, depth);
  }
}

SATTN_PTX_FAST static void multiplyFast(const float *a, const float *b,
                                        float *d, unsigned rows,
                                        unsigned columns, unsigned depth) {
  multiplyAll(a, b, d, rows, columns, depth);
}

void mlir::sattn::ptx::multiplyAdd(const float *a, const float *b, float *d,
                                   unsigned rows, unsigned columns,
                                   unsigned depth) {
  if (hasFastLanes())
    multiplyFast(a, b, d, rows, columns, depth);
  else
    multiplyAll(a, b, d, rows, columns, depth);
}
