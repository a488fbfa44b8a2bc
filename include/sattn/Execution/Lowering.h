//===- Lowering.h - From entry functions to the LLVM dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_LOWERING_H
#define SATTN_EXECUTION_LOWERING_H

#include "mlir/Pass/PassManager.h"
#include "sattn/Execution/Signature.h"

namespace mlir::sattn {

struct LoweringOptions {
  /// The one function that is wanted; every public function where empty.
  std::string entry;
  /// Pass pipeline in textual form, with or without `builtin.module(...)`; it
  /// runs after `sattn-export-entries` and ends in the LLVM dialect.
  std::string pipeline;
  /// Accepts a pipeline that ends earlier, such as an empty one.
  bool isPartial = false;
  /// Verifies the module after each pass instead of once at the end, which takes
  /// as long as half of the passes: for pipelines that are not the project's own.
  bool verifyEachPass = true;
  /// Called on each pass manager before it runs (printing, timing, ...).
  std::function<LogicalResult(PassManager &)> configurePassManager;
};

/// The names of the functions that `sattn-export-entries` exports.
SmallVector<std::string> getEntryNames(ModuleOp module);

/// Makes every function but `entry` private; nothing where `entry` is empty. An error
/// names the public functions.
LogicalResult selectEntry(ModuleOp module, StringRef entry);

/// Exports the entries of `module` and runs the pipeline. Fails with a
/// diagnostic where anything but the LLVM dialect is left. Returns the
/// signatures of the entries.
FailureOr<std::vector<EntrySignature>>
lowerEntries(ModuleOp module, const LoweringOptions &options);

/// Adds `text` to `manager`, which runs on modules.
LogicalResult addPipeline(Location loc, StringRef text, PassManager &manager);

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_LOWERING_H
