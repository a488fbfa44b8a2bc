//===- InputProgram.cpp - The program that a tool reads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One context and one way to print diagnostics for every tool that reads MLIR.
//
//===----------------------------------------------------------------------===//

#include "InputProgram.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "sattn/Execution/CodeGeneration.h"
#include "sattn/Execution/PTXGeneration.h"
#include "sattn/InitAll.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::sattn;

int mlir::sattn::fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs()) << message << "\n";
  return 1;
}

int mlir::sattn::fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

static DialectRegistry getRegistry() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  registerCodeGeneration(registry);
  registerPTXGeneration(registry);
  return registry;
}

InputProgram::InputProgram()
    : context(getRegistry()), handler(sources, &context) {
  context.printOpOnDiagnostic(false);
}

LogicalResult InputProgram::read(StringRef path) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &message);
  if (!file)
    return failure(fail(message));
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  return success(bool(module));
}
