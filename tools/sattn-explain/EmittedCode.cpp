//===- EmittedCode.cpp - Kernels as they are emitted -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Estimates are one thing, code another: the program is compiled, and asked.
//
//===----------------------------------------------------------------------===//

#include "NVPlan.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Matchers.h"
#include "sattn/Execution/PTXGeneration.h"
#include "llvm/ADT/STLExtras.h"
#include <ctime>

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

static int64_t getConstant(Value value) {
  IntegerAttr attr;
  return value && matchPattern(value, m_Constant(&attr)) ? attr.getInt() : 0;
}

/// Adds what ptxas says of `text`.
static llvm::Error assemble(StringRef text, const NVTarget &target, StringRef wanted,
                            EmittedCode &code) {
  llvm::Expected<std::string> ptxas = findPtxas(wanted);
  if (!ptxas) {
    llvm::consumeError(ptxas.takeError());
    return llvm::createStringError("ptxas not found");
  }
  llvm::Expected<Cubin> cubin = assemblePTX(text, target.name, *ptxas);
  if (!cubin)
    return cubin.takeError();
  for (EmittedKernel &kernel : code.kernels) {
    auto resources = llvm::find_if(cubin->kernels, [&](const KernelResources &r) {
      return r.kernel == kernel.name;
    });
    if (resources != cubin->kernels.end())
      kernel.resources = *resources;
  }
  return llvm::Error::success();
}

EmittedCode sattn_explain::emitKernels(ModuleOp module, StringRef function,
                                       const NVTarget &target, StringRef ptxas) {
  EmittedCode code;
  OwningOpRef<ModuleOp> copy = module.clone();
  // Remarks say what the plan says; an error is part of the report.
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && code.compileError.empty())
      code.compileError = diagnostic.str();
    return success();
  });
  std::clock_t start = std::clock();
  FailureOr<std::string> text = lowerToPTX(*copy, target.name, function);
  code.secondsToPTX = double(std::clock() - start) / CLOCKS_PER_SEC;
  if (failed(text)) {
    if (code.compileError.empty())
      code.compileError = "expected a kernel, got none";
    return code;
  }
  copy->walk([&](gpu::LaunchFuncOp launch) {
    EmittedKernel kernel;
    kernel.name = launch.getKernelName().str();
    kernel.threads = getConstant(launch.getBlockSizeX());
    kernel.sharedBytes = getConstant(launch.getDynamicSharedMemorySize());
    code.kernels.push_back(std::move(kernel));
  });
  if (llvm::Error error = assemble(*text, target, ptxas, code))
    code.ptxasError = llvm::toString(std::move(error));
  return code;
}
