//===- MutationReport.h - What --mutate found -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_MUTATIONREPORT_H
#define SATTN_TOOLS_SATTN_RUN_MUTATIONREPORT_H

#include "sattn/PTX/MutationStudy.h"
#include "llvm/Support/JSON.h"

namespace mlir::sattn {

/// Prints, kernel by kernel, each mutation that was not detected with its PTX
/// line (and why it is equivalent, where a rule tells), then the score.
void printMutations(llvm::raw_ostream &os,
                    llvm::ArrayRef<ptx::KernelMutations> kernels);

/// The same as JSON, with the detected ones: an object with `score` (0 to 1),
/// `detected` and `total` (detected and undetected) over all kernels, and
/// `kernels`.
llvm::json::Object
describeMutations(llvm::ArrayRef<ptx::KernelMutations> kernels);

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_MUTATIONREPORT_H
