//===- ControlFlow.h - Where diverged lanes meet again -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_CONTROLFLOW_H
#define SATTN_LIB_PTX_CONTROLFLOW_H

#include "sattn/PTX/Program.h"

namespace mlir::sattn::ptx {

/// The instruction behind the last one of a function: returns, or ends the
/// thread.
Instruction makeFunctionEnd(bool isEntry);

/// Sets `Instruction::reconverge` of every branch to its immediate post
/// dominator (~0 where there is none: an endless loop).
void computeReconvergence(const Program &program, const FunctionCode &code,
                          llvm::MutableArrayRef<Instruction> instructions);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_CONTROLFLOW_H
