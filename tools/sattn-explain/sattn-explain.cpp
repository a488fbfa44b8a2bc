//===- sattn-explain.cpp - Say what will be computed, how and why -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NVPlan.h"

#include "InputProgram.h"
#include "mlir/Support/FileUtilities.h"
#include "sattn/Target/KnownTargets.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace sattn_explain;
namespace cl = llvm::cl;

static constexpr char kOverview[] = R"(Says what each sattn.attention of a program computes, how and why.

  sattn-explain in.mlir                    levels, columns, FLOPs, bytes, caches, tiling in words
  sattn-explain in.mlir --format=json      the same for programs
  sattn-explain in.mlir --format=svg -o levels.svg
                                           a picture: which pair uses how many columns
  sattn-explain in.mlir --target=sm_90a    the kernel for an NVIDIA chip: tiles, registers, shared
                                           memory, blocks, what limits it on a card of that kind

For an NVIDIA chip the program is compiled, too, and assembled where ptxas is found.

Sizes that the program leaves open are assumed, and the answer says so; pass
--queries, --keys and --batch to choose them.
)";

namespace {
enum class Format { Text, JSON, SVG };
} // namespace

static cl::OptionCategory category("sattn-explain options");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<in.mlir, - for standard input>"),
                                      cl::init("-"), cl::cat(category));
static cl::opt<std::string> outputFile("o", cl::desc("Where to write (default: standard output)"),
                                       cl::value_desc("file"), cl::init("-"), cl::cat(category));
static cl::opt<Format> format("format", cl::desc("What to write:"), cl::init(Format::Text),
                              cl::values(clEnumValN(Format::Text, "text", "words (default)"),
                                         clEnumValN(Format::JSON, "json", "one JSON object"),
                                         clEnumValN(Format::SVG, "svg", "a picture of the levels")),
                              cl::cat(category));
static cl::opt<std::string> targetText("target", cl::desc("Target that tile sizes are selected for: name[,key=value...] as in "
                                                          "--sattn-select-tiling, sm_80 or a later chip (native)"),
                                       cl::value_desc("target"), cl::init("native"), cl::cat(category));
static cl::opt<int64_t> queries("queries", cl::desc("Number of queries where it is dynamic (1024)"),
                                cl::init(1024), cl::cat(category));
static cl::opt<int64_t> keys("keys", cl::desc("Number of keys where it is dynamic (as queries)"),
                             cl::init(-1), cl::cat(category));
static cl::opt<int64_t> batch("batch", cl::desc("Extent of dynamic batch-like axes (1)"),
                              cl::init(1), cl::cat(category));

static cl::opt<std::string> ptxas("ptxas",
                                  cl::desc("Assembler that says how many registers kernels take (default: ptxas on "
                                           "PATH, in $CUDA_HOME/bin or /usr/local/cuda/bin)"),
                                  cl::value_desc("program"), cl::cat(category));

static llvm::Expected<ExplainTarget> getTarget() {
  ExplainTarget target;
  target.chip = mlir::sattn::findNVTarget(targetText);
  if (target.chip)
    return target;
  llvm::Expected<mlir::sattn::TargetInfo> processor = mlir::sattn::parseTarget(targetText);
  if (!processor)
    return processor.takeError();
  target.processor = *processor;
  return target;
}

/// Compiles every function with an attention; a picture needs none.
static EmittedFunctions emitFunctions(ModuleOp module, llvm::ArrayRef<AttentionPlan> plans,
                                      const ExplainTarget &target) {
  EmittedFunctions emitted;
  if (target.chip && format != Format::SVG)
    for (const AttentionPlan &plan : plans)
      if (!emitted.count(plan.function))
        emitted[plan.function] = emitKernels(module, plan.function, *target.chip, ptxas);
  return emitted;
}

static llvm::Expected<OpenExtents> getOpenExtents() {
  OpenExtents open = {queries, keys.getNumOccurrences() ? int64_t(keys) : int64_t(queries), batch};
  constexpr int64_t most = int64_t(1) << 24;
  for (auto [name, extent] :
       {std::pair{"queries", open.queries}, {"keys", open.keys}, {"batch", open.batch}})
    if (extent < 0 || extent > most)
      return llvm::createStringError(llvm::Twine("expected --") + name + " between 0 and " +
                                     llvm::Twine(most) + ", got " + llvm::Twine(extent));
  return open;
}

static int explain() {
  llvm::Expected<OpenExtents> open = getOpenExtents();
  if (!open)
    return mlir::sattn::fail(open.takeError());
  llvm::Expected<ExplainTarget> target = getTarget();
  if (!target)
    return mlir::sattn::fail(target.takeError());
  mlir::sattn::InputProgram program;
  if (failed(program.read(inputFile)))
    return 1;
  FailureOr<std::vector<AttentionPlan>> plans = buildPlans(program.getModule(), *open, *target);
  if (failed(plans))
    return 1;
  if (plans->empty())
    return mlir::sattn::fail("'" + inputFile +
                             "' has no sattn.attention to explain (a graph of score, link and "
                             "product becomes one by sattn-opt --sattn-fuse-attention)");

  EmittedFunctions emitted = emitFunctions(program.getModule(), *plans, *target);
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> output = openOutputFile(outputFile, &message);
  if (!output)
    return mlir::sattn::fail(message);
  switch (format) {
  case Format::Text:
    llvm::interleave(*plans, [&](const AttentionPlan &plan) { printText(plan, *target, emitted, output->os()); },
                     [&] { output->os() << "\n"; });
    break;
  case Format::JSON:
    printJSON(*plans, *target, emitted, output->os());
    break;
  case Format::SVG:
    printSVG(*plans, output->os());
    break;
  }
  output->keep();
  return 0;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  return explain();
}
