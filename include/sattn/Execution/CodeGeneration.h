//===- CodeGeneration.h - From the LLVM dialect to machine code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_CODEGENERATION_H
#define SATTN_EXECUTION_CODEGENERATION_H

#include "mlir/IR/BuiltinOps.h"
#include "sattn/Target/TargetInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::sattn {

/// The CPU that this process runs on, whether or not it is in the table.
TargetInfo getHostTarget();

/// Lets contexts of `registry` translate to LLVM IR.
void registerCodeGeneration(DialectRegistry &registry);

/// A module of LLVM IR that owns its context.
struct TranslatedModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
};

/// Replaces the constructors of `module` by a function `name` that calls them, in
/// their order, and drops its destructors: for who runs them by hand.
void exposeConstructors(llvm::Module &module, StringRef name);

/// The code generator for one target. Errors are emitted as diagnostics.
class CodeGenerator {
public:
  /// `optimizationLevel` (0 to 3) is that of LLVM's passes on IR; 0 leaves them
  /// out. Instruction selection always runs at its highest level.
  static FailureOr<CodeGenerator> create(Location loc, const TargetInfo &target,
                                         unsigned optimizationLevel);

  /// Gives `module` the triple, data layout and attributes of the target.
  void prepare(llvm::Module &module);
  /// Translates and optimises a module in the LLVM dialect.
  FailureOr<TranslatedModule> translate(ModuleOp module);
  /// Generates an object or assembly file. `module` is not usable afterwards.
  FailureOr<SmallVector<char, 0>> emit(Location loc, TranslatedModule module,
                                       llvm::CodeGenFileType type);

  llvm::TargetMachine &getTargetMachine() { return *machine; }

private:
  std::unique_ptr<llvm::TargetMachine> machine;
  unsigned optimizationLevel = 2;
};

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_CODEGENERATION_H
