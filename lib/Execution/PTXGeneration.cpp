//===- PTXGeneration.cpp - From kernels to PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/PTXGeneration.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Execution/Lowering.h"
#include "sattn/Pipelines/Pipelines.h"
#include "sattn/Target/NVTarget.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::registerPTXGeneration(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
  gpu::registerOffloadingLLVMTranslationInterfaceExternalModels(registry);
}

FailureOr<std::string> mlir::sattn::lowerToPTX(ModuleOp module, StringRef target,
                                               StringRef entry) {
  if (failed(selectEntry(module, entry)))
    return failure();
  if (!findNVTarget(target))
    return module.emitError("expected an NVIDIA target, got '") << target << "'";
  PassManager pm(module.getContext());
  if (!entry.empty())
    pm.addPass(createSymbolDCEPass());
  NVPipelineOptions options;
  options.target = target.str();
  buildNVPipeline(pm, options);
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = "isa";
  pm.addPass(createGpuModuleToBinaryPass(binary));
  if (failed(pm.run(module)))
    return failure();
  std::string text;
  module.walk([&](gpu::BinaryOp op) {
    for (Attribute object : op.getObjects())
      text += cast<gpu::ObjectAttr>(object).getObject().getValue();
  });
  // The text ends where its terminator is.
  text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
  if (text.empty())
    return module.emitError("expected an attention to compile, got none");
  return text;
}
