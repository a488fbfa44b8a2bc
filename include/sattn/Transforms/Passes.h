//===- Passes.h - Passes that know nothing of the sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TRANSFORMS_PASSES_H
#define SATTN_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::sattn {

/// On a loop of scf: what LLVM is told about it (`sattn-annotate-loops`).
constexpr llvm::StringLiteral kLoopAnnotationAttrName = "llvm.loop_annotation";

/// On an `scf.for`: it fills its part of a buffer that nothing reads soon, each cache
/// line by stores that follow each other. A unit attribute for `sattn-stream-stores`.
constexpr llvm::StringLiteral kStreamAttrName = "sattn.stream";

#define GEN_PASS_DECL
#include "sattn/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "sattn/Transforms/Passes.h.inc"

} // namespace mlir::sattn

#endif // SATTN_TRANSFORMS_PASSES_H
