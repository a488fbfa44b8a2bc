//===- SelectTiling.h - What decisions on tiles share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_SELECTTILING_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_SELECTTILING_H

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"

namespace mlir::sattn {

/// Extent of an iteration dimension, dynamic if no tensor knows it.
int64_t getStaticExtent(AttentionOp op, const AttentionMaps &maps, unsigned dim);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_SELECTTILING_H
