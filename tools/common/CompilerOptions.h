//===- CompilerOptions.h - Options of the tools that compile -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_COMMON_COMPILEROPTIONS_H
#define SATTN_TOOLS_COMMON_COMPILEROPTIONS_H

#include "sattn/Execution/Lowering.h"
#include "sattn/Target/TargetInfo.h"
#include "llvm/Support/CommandLine.h"

namespace mlir::sattn {

/// Frees the names of LLVM's own options. A tool calls it before it makes its
/// options, which therefore are no globals.
void resetCommandLine();

/// Registers passes and the options of MLIR's pass manager and printer, then
/// parses. Exits where an option is unknown, as LLVM's tools do.
void parseCommandLine(int argc, char **argv, const char *overview);

/// What every tool that compiles can be asked for; a tool derives from it to
/// add what is its own.
struct CompilerOptions {
  llvm::cl::OptionCategory category{"Options"};
  llvm::cl::opt<std::string> inputFile{
      llvm::cl::Positional,
      llvm::cl::desc("<file.mlir, or - for standard input>"),
      llvm::cl::init("-"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> entry{
      "entry",
      llvm::cl::desc("The function to compile (default: every public one; "
                     "sattn-run wants one)"),
      llvm::cl::value_desc("name"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> target{
      "target",
      llvm::cl::desc("native, x86-64-v3, x86-64-v4 or aarch64, with numbers "
                     "replaced by hand if wanted: native,l2-bytes=1048576; "
                     "sattn-compile also takes sm_80 and later chips, sattn-run "
                     "emulated-sm_80 and later chips, cuda and cuda:1 for cards, "
                     "and of processors only native (default: native)"),
      llvm::cl::value_desc("target"), llvm::cl::init("native"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> pipeline{
      "pipeline",
      llvm::cl::desc("sattn-to-cpu, sattn-to-reference or any pass pipeline "
                     "that ends in the LLVM dialect (default: sattn-to-cpu for "
                     "the target)"),
      llvm::cl::value_desc("passes"), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> optLevel{
      "opt-level",
      llvm::cl::desc(
          "Level of LLVM's optimisation passes, 0 to 3 (default: 2)"),
      llvm::cl::value_desc("n"), llvm::cl::init(2), llvm::cl::cat(category)};

  /// An error where an option cannot be right, whatever the program.
  llvm::Error check() const;
  /// The pass pipeline that was given, or the default one for the target.
  std::string getPipeline() const;
  /// Entry, pipeline and what was asked of the pass manager.
  LoweringOptions getLoweringOptions() const;
};

} // namespace mlir::sattn

#endif // SATTN_TOOLS_COMMON_COMPILEROPTIONS_H
