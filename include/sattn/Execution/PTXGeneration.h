//===- PTXGeneration.h - From kernels to PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_PTXGENERATION_H
#define SATTN_EXECUTION_PTXGENERATION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include <string>

namespace mlir::sattn {

/// Adds to `registry` what `lowerToPTX` needs of MLIR: translations to LLVM IR and
/// the serialisation of `gpu.module`.
void registerPTXGeneration(DialectRegistry &registry);

/// Runs `sattn-to-nvvm` for `target`, a row of the table of NVIDIA targets, on
/// `module` and gives the PTX of its kernels. `module` is changed. No CUDA is needed.
/// `entry` is the one function that is wanted; all where empty. Errors are diagnosed; a
/// module without kernels is one.
FailureOr<std::string> lowerToPTX(ModuleOp module, StringRef target,
                                  StringRef entry = "");

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_PTXGENERATION_H
