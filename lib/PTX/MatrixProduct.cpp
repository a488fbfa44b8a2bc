//===- MatrixProduct.cpp - Numerics of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The innermost loop runs over columns, which are independent: compilers make
// vector code of it without reordering any sum.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MatrixProduct.h"

using namespace mlir::sattn::ptx;

void mlir::sattn::ptx::multiplyAdd(const float *a, const float *b, float *d,
                                   unsigned rows, unsigned columns,
                                   unsigned depth) {
  for (unsigned i = 0; i != rows; ++i) {
    float *__restrict row = d + i * columns;
    for (unsigned k = 0; k != depth; ++k) {
      float factor = a[i * depth + k];
      const float *bRow = b + k * columns;
      for (unsigned n = 0; n != columns; ++n)
        row[n] += factor * bRow[n];
    }
  }
}
