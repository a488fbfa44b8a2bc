//===- Lowering.cpp - From entry functions to the LLVM dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What happens to a module before code is generated: choose the entry, export,
// run the pipeline, look whether it went all the way.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/Lowering.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/IR/EntryAttributes.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::sattn;

SmallVector<std::string> mlir::sattn::getEntryNames(ModuleOp module) {
  SmallVector<std::string> names;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (!function.isExternal() && function.isPublic())
      names.push_back(function.getName().str());
  return names;
}

LogicalResult mlir::sattn::addPipeline(Location loc, StringRef text,
                                       PassManager &manager) {
  text = text.trim();
  if (text.empty())
    return success();
  if (text.consume_front("builtin.module(") && !text.consume_back(")"))
    return emitError(loc,
                     "expected a pass pipeline, got unbalanced parentheses");
  std::string message;
  llvm::raw_string_ostream os(message);
  if (succeeded(parsePassPipeline(text, manager, os)))
    return success();
  // The parser's message points into the text, over three lines.
  StringRef reason =
      StringRef(message).split("error: ").second.split('\n').first;
  return emitError(loc, "expected a pass pipeline, got '")
         << text << "': " << reason;
}

LogicalResult mlir::sattn::selectEntry(ModuleOp module, StringRef entry) {
  if (entry.empty())
    return success();
  SmallVector<std::string> names = getEntryNames(module);
  if (!llvm::is_contained(names, entry)) {
    InFlightDiagnostic diagnostic =
        module.emitError("expected a public function @") << entry << ", got ";
    if (names.empty())
      diagnostic << "none";
    llvm::interleaveComma(names, diagnostic,
                          [&](StringRef name) { diagnostic << "@" << name; });
    return diagnostic;
  }
  for (auto function : module.getOps<FunctionOpInterface>())
    if (function.getName() != entry)
      function.setPrivate();
  return success();
}

/// True if translation to LLVM IR knows the op.
static bool isTranslatable(Operation *op) {
  return isa<ModuleOp, gpu::BinaryOp, gpu::LaunchFuncOp>(op) ||
         isa_and_nonnull<LLVM::LLVMDialect, omp::OpenMPDialect>(
             op->getDialect());
}

FailureOr<std::vector<EntrySignature>>
mlir::sattn::lowerEntries(ModuleOp module, const LoweringOptions &options) {
  if (failed(selectEntry(module, options.entry)))
    return failure();
  PassManager manager(module.getContext());
  manager.enableVerifier(options.verifyEachPass);
  if (options.configurePassManager &&
      failed(options.configurePassManager(manager)))
    return failure();
  if (!options.entry.empty())
    manager.addPass(createSymbolDCEPass());
  manager.addPass(createSattnExportEntriesPass());
  if (failed(addPipeline(module.getLoc(), options.pipeline, manager)) ||
      failed(manager.run(module)))
    return failure();
  if (!options.verifyEachPass && failed(verify(module)))
    return failure();
  if (options.isPartial)
    return readSignatures(module);
  WalkResult result = module.walk([](Operation *op) {
    if (isTranslatable(op))
      return WalkResult::advance();
    op->emitError(
        "expected the pipeline to lower everything to the LLVM dialect, got '")
        << op->getName() << "'";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return readSignatures(module);
}
