//===- SattnDialect.cpp - The sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registration of the dialect's attributes and operations.
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/InliningUtils.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

#include "sattn/Dialect/Sattn/IR/SattnDialect.cpp.inc"

namespace {
/// All ops are values on tensors: they can be inlined everywhere.
struct SattnInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void SattnDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "sattn/Dialect/Sattn/IR/SattnOps.cpp.inc"
      >();
  addInterfaces<SattnInlinerInterface>();
}
