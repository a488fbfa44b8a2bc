//===- AllocationStatus.h - Lack of memory as a result -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_EXECUTION_ALLOCATIONSTATUS_H
#define SATTN_LIB_EXECUTION_ALLOCATIONSTATUS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::sattn {

/// Gives each of `entries`, and each function of `module` that they need and
/// that may allocate, one more argument: a pointer to an i32. Where memory
/// cannot be had, or where the number of bytes overflows, `outOfMemory` is
/// stored there, what the function has allocated is freed, and it returns at
/// once; nothing is stored otherwise. A parallel loop skips the iteration that
/// fails, and its function returns behind the loop.
///
/// `module` is in the LLVM dialect with OpenMP. Fails with a diagnostic where
/// an allocation stands where it cannot be left: in a parallel region outside
/// of its loops.
LogicalResult addAllocationStatus(ModuleOp module,
                                  ArrayRef<LLVM::LLVMFuncOp> entries,
                                  int32_t outOfMemory);

} // namespace mlir::sattn

#endif // SATTN_LIB_EXECUTION_ALLOCATIONSTATUS_H
