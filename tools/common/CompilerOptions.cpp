//===- CompilerOptions.cpp - Options of the tools that compile -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the command line to the options of the library.
//
//===----------------------------------------------------------------------===//

#include "CompilerOptions.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Support/Timing.h"
#include "sattn/InitAll.h"
#include "sattn/Target/KnownTargets.h"
#include <csignal>

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::resetCommandLine() {
  // A file that grows beyond a limit is an error like every other.
  std::signal(SIGXFSZ, SIG_IGN);
  llvm::cl::ResetCommandLineParser();
}

void mlir::sattn::parseCommandLine(int argc, char **argv,
                                   const char *overview) {
  mlir::registerAllPasses();
  mlir::sattn::registerAllPasses();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  llvm::cl::ParseCommandLineOptions(argc, argv, overview);
}

llvm::Error CompilerOptions::check() const {
  if (optLevel > 3)
    return llvm::createStringError("expected --opt-level=0 to 3, got " +
                                   llvm::Twine(optLevel));
  // A machine that is no target can still run other pipelines.
  if (!pipeline.empty() && target == "native")
    return llvm::Error::success();
  return parseTarget(target).takeError();
}

std::string CompilerOptions::getPipeline() const {
  return pipeline.empty() ? "sattn-to-cpu{target=" + target + "}"
                          : pipeline.getValue();
}

LoweringOptions CompilerOptions::getLoweringOptions() const {
  LoweringOptions options;
  options.entry = entry;
  options.pipeline = getPipeline();
  options.verifyEachPass = !pipeline.empty();
  options.configurePassManager = [](PassManager &manager) {
    if (failed(applyPassManagerCLOptions(manager)))
      return failure();
    applyDefaultTimingPassManagerCLOptions(manager);
    return success();
  };
  return options;
}
