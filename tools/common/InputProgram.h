//===- InputProgram.h - The program that a tool reads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_COMMON_INPUTPROGRAM_H
#define SATTN_TOOLS_COMMON_INPUTPROGRAM_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::sattn {

/// Prints the one diagnostic of a failed run that no location goes with.
/// Returns the exit status.
int fail(const llvm::Twine &message);
int fail(llvm::Error error);

/// A module with its context and the text that diagnostics quote. The context
/// knows every dialect, translation to LLVM IR included; diagnostics are
/// printed as they come.
class InputProgram {
public:
  InputProgram();
  /// Reads `path`, `-` for standard input. A failure has been diagnosed.
  LogicalResult read(llvm::StringRef path);
  ModuleOp getModule() { return *module; }

private:
  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
};

} // namespace mlir::sattn

#endif // SATTN_TOOLS_COMMON_INPUTPROGRAM_H
