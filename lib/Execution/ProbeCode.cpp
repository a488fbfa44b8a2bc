//===- ProbeCode.cpp - Loops that measure the processor -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the text of a loop to code in this process, and the clocks it is timed
// with.
//
//===----------------------------------------------------------------------===//

#include "ProbeCode.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "sattn/Execution/CodeGeneration.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include <ctime>

using namespace mlir;
using namespace mlir::sattn;

llvm::Expected<Jit> mlir::sattn::compileProbe(StringRef text) {
  TranslatedModule translated;
  translated.context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic diagnostic;
  translated.module =
      llvm::parseAssemblyString(text, diagnostic, *translated.context);
  if (!translated.module)
    return llvm::createStringError("cannot build the probe: " +
                                   diagnostic.getMessage());
  MLIRContext context;
  Location loc = UnknownLoc::get(&context);
  FailureOr<CodeGenerator> generator =
      CodeGenerator::create(loc, getHostTarget(), /*optimizationLevel=*/0);
  if (failed(generator))
    return llvm::createStringError("cannot build the probe");
  generator->prepare(*translated.module);
  auto object = generator->emit(loc, std::move(translated),
                                llvm::CodeGenFileType::ObjectFile);
  if (failed(object))
    return llvm::createStringError("cannot build the probe");
  return Jit::link(*object);
}

double mlir::sattn::readProbeClock(bool cpuClock) {
  timespec time;
  ::clock_gettime(cpuClock ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         1e-9 * static_cast<double>(time.tv_nsec);
}
