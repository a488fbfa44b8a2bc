//===- Passes.h - Passes on the sattn_nv dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_H
#define SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::sattn_nv {

#define GEN_PASS_DECL
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"

} // namespace mlir::sattn_nv

#endif // SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_H
