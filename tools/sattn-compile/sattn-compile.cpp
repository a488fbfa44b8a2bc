//===- sattn-compile.cpp - Compile MLIR to files -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Options, then: read, lower as far as the wanted stage, write. Files appear
// whole or not at all.
//
//===----------------------------------------------------------------------===//

#include "CompilerOptions.h"
#include "InputProgram.h"
#include "Linker.h"
#include "sattn/Execution/CodeGeneration.h"
#include "sattn/Execution/EntryPoints.h"
#include "sattn/Execution/PTXGeneration.h"
#include "sattn/Execution/Ptxas.h"
#include "sattn/Runtime/AtomicFile.h"
#include "sattn/Target/KnownTargets.h"
#include "sattn/Target/NVTarget.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::sattn;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    R"(sattn-compile: compile MLIR to an object file, a library or any stage before

Compiles the public functions of a file for a CPU:

  sattn-compile attention.mlir --emit=shared -o libattention.so
  sattn-compile attention.mlir --target=x86-64-v4 --emit=obj -o attention.o
  sattn-compile attention.mlir --target=aarch64 --emit=asm

With obj and shared, a C header is written beside the output (attention.h): it
explains how to call the functions. Each takes an array of input tensors and one
of output tensors, checks them and returns a status. The other stages are text:

  entries        the functions on buffers of their callers, before any lowering
  tilings        attention with its tiling decided (level 2)
  level-nest     loops over query and key tiles, independent of the target (3)
  vectors        vector code on tensors, before bufferization (4)
  llvm-dialect   the LLVM dialect of MLIR, after all passes
  llvm           LLVM IR with the functions that C calls, after LLVM's own passes
  asm            assembly

All but llvm and asm are MLIR, which sattn-run runs and sattn-compile goes on
from. tilings, level-nest and vectors are stages of sattn-to-cpu.

Or compiles their attention to kernels for an NVIDIA chip, without CUDA:

  sattn-compile attention.mlir --target=sm_80 -o attention.ptx

The stages are tilings, level-nest, fragments, kernels, nvvm (of sattn-to-nvvm), ptx,
which is the default, and cubin, for which ptxas of the CUDA Toolkit is needed. PTX
for sm_80 also assembles for later chips. All but ptx and cubin are text that
sattn-run --target=emulated-sm_80 runs, without a card.
)";

namespace {
/// What `sattn-compile` can be asked for beside what every compiler can.
struct CompileOptions : CompilerOptions {
  cl::opt<std::string> outputFile{
      "o", cl::desc("Where to write; - is standard output (default for text)"),
      cl::value_desc("file"), cl::init("-"), cl::cat(category)};
  cl::opt<std::string> headerFile{
      "header",
      cl::desc("Where to write the C header (default: beside the output)"),
      cl::value_desc("file.h"), cl::cat(category)};
  cl::opt<std::string> stage{
      "emit",
      cl::desc(
          "entries, tilings, level-nest, vectors, llvm-dialect, llvm, asm, "
          "obj or shared (default: llvm); for NVIDIA tilings, level-nest, "
          "fragments, kernels, nvvm, ptx or cubin (default: ptx)"),
      cl::value_desc("stage"), cl::init("llvm"), cl::cat(category)};
  cl::opt<std::string> linker{
      "linker",
      cl::desc(
          "C compiler that links shared libraries (default: $CC, clang-22, "
          "clang or cc)"),
      cl::value_desc("program"), cl::cat(category)};

  cl::opt<std::string> ptxas{
      "ptxas",
      cl::desc("Assembler for --emit=cubin (default: ptxas on PATH, in "
               "$CUDA_HOME/bin or /usr/local/cuda/bin)"),
      cl::value_desc("program"), cl::cat(category)};
  cl::opt<std::string> ptxasInfo{
      "ptxas-info",
      cl::desc("With --emit=cubin, write registers, shared memory and spills "
               "of each kernel as JSON; - is standard output"),
      cl::value_desc("file.json"), cl::cat(category)};

  bool isBinary() const {
    return stage == "obj" || stage == "shared" || stage == "cubin";
  }
  /// A stage that `sattn-to-cpu` can stop after.
  bool isStageOfPipeline() const {
    return stage == "tilings" || stage == "level-nest" || stage == "vectors";
  }
  /// The stages that are MLIR before the LLVM dialect.
  bool isPartial() const { return stage == "entries" || isStageOfPipeline(); }

  /// True for a chip that gets kernels.
  bool isForNV() const { return findNVTarget(target) != nullptr; }
  /// The stage, by default the last one of the target's kind.
  StringRef getStage() const {
    return isForNV() && stage.getNumOccurrences() == 0 ? StringRef("ptx")
                                                       : StringRef(stage);
  }

  /// An error where an option cannot be right, whatever the program.
  llvm::Error check() const;

private:
  llvm::Error checkForNV() const;
};
} // namespace

static constexpr StringLiteral kStages[] = {
    "entries", "tilings", "level-nest", "vectors", "llvm-dialect",
    "llvm",    "asm",     "obj",        "shared"};

static constexpr StringLiteral kNVStages[] = {
    "tilings", "level-nest", "fragments", "kernels", "nvvm", "ptx", "cubin"};

llvm::Error CompileOptions::checkForNV() const {
  using llvm::createStringError;
  if (!llvm::is_contained(kNVStages, getStage()))
    return createStringError("expected --emit=" +
                             llvm::join(ArrayRef(kNVStages), ", ") +
                             " with --target=" + target + ", got --emit=" + stage);
  if (!pipeline.empty() || !headerFile.empty())
    return createStringError("expected no --pipeline or --header with --target=" +
                             target);
  if (stage == "cubin" && outputFile == "-")
    return createStringError("expected -o FILE with --emit=cubin");
  if (stage != "cubin" && (!ptxas.empty() || !ptxasInfo.empty()))
    return createStringError(
        "expected --ptxas and --ptxas-info only with --emit=cubin");
  return llvm::Error::success();
}

llvm::Error CompileOptions::check() const {
  using llvm::createStringError;
  if (isForNV())
    return checkForNV();
  if (llvm::Error error = CompilerOptions::check())
    return error;
  if (!ptxas.empty() || !ptxasInfo.empty())
    return createStringError("expected --ptxas and --ptxas-info only with "
                             "--target=sm_80 or a later chip");
  if (!llvm::is_contained(kStages, StringRef(stage)))
    return createStringError(
        "expected --emit=" + llvm::join(ArrayRef(kStages), ", ") +
        ", got --emit=" + stage);
  if (isStageOfPipeline() && !pipeline.empty())
    return createStringError("expected no --pipeline with --emit=" + stage +
                             " (a stage of sattn-to-cpu)");
  if (isBinary() && outputFile == "-")
    return createStringError("expected -o FILE with --emit=" + stage);
  if (!isBinary() && !headerFile.empty())
    return createStringError(
        "expected --header only with --emit=obj and --emit=shared");
  return llvm::Error::success();
}

/// attention.o -> attention.h
static std::string getHeaderPath(const CompileOptions &options) {
  if (!options.headerFile.empty())
    return options.headerFile;
  llvm::SmallString<128> path(options.outputFile);
  llvm::sys::path::replace_extension(path, "h");
  return std::string(path);
}

/// A macro name from a file name.
static std::string getGuard(StringRef path) {
  std::string guard =
      "SATTN_GENERATED_" + llvm::sys::path::filename(path).upper();
  for (char &c : guard)
    if (!llvm::isAlnum(c))
      c = '_';
  return guard;
}

/// The names have to be C's, and not its words.
static LogicalResult checkNames(ModuleOp module,
                                ArrayRef<EntrySignature> signatures) {
  for (const EntrySignature &signature : signatures)
    for (StringRef name :
         {StringRef(signature.name), StringRef(signature.shapesName)})
      if (name.empty() || llvm::isDigit(name.front()) ||
          !llvm::all_of(name,
                        [](char c) { return llvm::isAlnum(c) || c == '_'; }))
        return module.emitError("expected names that C can spell, got @")
               << name;
  if (signatures.empty())
    return module.emitError("expected a public function with a body, got none");
  return success();
}

static std::string
printToString(llvm::function_ref<void(llvm::raw_ostream &)> print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os);
  return text;
}

static int writeText(const CompileOptions &options, StringRef text) {
  if (options.outputFile == "-") {
    llvm::outs() << text;
    return 0;
  }
  AtomicFiles files;
  if (llvm::Error error = files.add(options.outputFile,
                                    [&](llvm::raw_ostream &os) { os << text; }))
    return fail(std::move(error));
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  return 0;
}

static int writeBinary(const CompileOptions &options, ArrayRef<char> object,
                       const TargetInfo &target,
                       ArrayRef<EntrySignature> signatures) {
  AtomicFiles files;
  std::string header = getHeaderPath(options);
  if (header == options.outputFile)
    return fail("expected the header and the output in different files, got '" +
                header + "' twice");
  if (llvm::Error error = files.add(header, [&](llvm::raw_ostream &os) {
        printCHeader(os, getGuard(header), signatures);
      }))
    return fail(std::move(error));
  llvm::Error error =
      options.stage == "obj"
          ? files.add(options.outputFile,
                      [&](llvm::raw_ostream &os) {
                        os.write(object.data(), object.size());
                      })
          : files.addNamed(options.outputFile, [&](StringRef path) {
              return linkSharedLibrary(object, target.triple, options.linker,
                                       path);
            });
  if (error)
    return fail(std::move(error));
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  return 0;
}

static LoweringOptions getLoweringOptions(const CompileOptions &options) {
  LoweringOptions lowering = options.getLoweringOptions();
  lowering.isPartial = options.isPartial();
  if (options.stage == "entries")
    lowering.pipeline.clear();
  else if (options.isStageOfPipeline())
    lowering.pipeline = "sattn-to-cpu{target=" + options.target +
                        " stop-after=" + options.stage + "}";
  return lowering;
}

static int compileModule(const CompileOptions &options, ModuleOp module,
                         const TargetInfo &target) {
  FailureOr<std::vector<EntrySignature>> signatures =
      lowerEntries(module, getLoweringOptions(options));
  if (failed(signatures))
    return 1;
  auto printModule = [&](llvm::raw_ostream &os) {
    os << *module.getOperation() << "\n";
  };
  // Without the entry points, which whoever goes on from here adds.
  if (options.isPartial() || options.stage == "llvm-dialect")
    return writeText(options, printToString(printModule));
  if (failed(checkNames(module, *signatures)) ||
      failed(emitEntryPoints(module, *signatures)))
    return 1;
  FailureOr<CodeGenerator> generator =
      CodeGenerator::create(module.getLoc(), target, options.optLevel);
  if (failed(generator))
    return 1;
  FailureOr<TranslatedModule> translated = generator->translate(module);
  if (failed(translated))
    return 1;
  if (options.stage == "llvm")
    return writeText(options, printToString([&](llvm::raw_ostream &os) {
                       os << *translated->module;
                     }));
  FailureOr<SmallVector<char, 0>> code = generator->emit(
      module.getLoc(), std::move(*translated),
      options.stage == "asm" ? llvm::CodeGenFileType::AssemblyFile
                             : llvm::CodeGenFileType::ObjectFile);
  if (failed(code))
    return 1;
  if (options.stage == "asm")
    return writeText(options, StringRef(code->data(), code->size()));
  return writeBinary(options, *code, target, *signatures);
}

/// Says what costs time at run time and is no error.
static void warnOf(const Cubin &cubin) {
  for (const std::string &warning : cubin.warnings)
    llvm::WithColor::warning() << warning << "\n";
  for (const KernelResources &kernel : cubin.kernels)
    if (kernel.hasSpills())
      llvm::WithColor::warning()
          << "kernel '" << kernel.kernel << "' spills registers: "
          << kernel.spillStoreBytes << " bytes of stores, "
          << kernel.spillLoadBytes << " bytes of loads\n";
}

/// Machine code of the chip, and what its kernels take.
static int writeCubin(const CompileOptions &options, StringRef text) {
  llvm::Expected<std::string> ptxas = findPtxas(options.ptxas);
  if (!ptxas)
    return fail(ptxas.takeError());
  llvm::Expected<Cubin> cubin = assemblePTX(text, options.target, *ptxas);
  if (!cubin)
    return fail(cubin.takeError());
  warnOf(*cubin);
  llvm::json::Value info = describeResources(cubin->kernels);
  auto printInfo = [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}", info) << "\n";
  };
  AtomicFiles files;
  if (llvm::Error error =
          files.add(options.outputFile, [&](llvm::raw_ostream &os) {
            os.write(cubin->data.data(), cubin->data.size());
          }))
    return fail(std::move(error));
  bool isInfoFile = !options.ptxasInfo.empty() && options.ptxasInfo != "-";
  if (isInfoFile)
    if (llvm::Error error = files.add(options.ptxasInfo, printInfo))
      return fail(std::move(error));
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  if (options.ptxasInfo == "-")
    printInfo(llvm::outs());
  return 0;
}

/// Kernels for an NVIDIA chip, or a stage on the way there.
static int compileKernels(const CompileOptions &options, ModuleOp module) {
  StringRef stage = options.getStage();
  if (stage == "ptx" || stage == "cubin") {
    FailureOr<std::string> text =
        lowerToPTX(module, options.target, options.entry);
    if (failed(text))
      return 1;
    return stage == "ptx" ? writeText(options, *text)
                          : writeCubin(options, *text);
  }
  LoweringOptions lowering = options.getLoweringOptions();
  lowering.isPartial = true;
  lowering.pipeline = "sattn-to-nvvm{target=" + options.target +
                      " stop-after=" + stage.str() + "}";
  if (failed(lowerEntries(module, lowering)))
    return 1;
  return writeText(options, printToString([&](llvm::raw_ostream &os) {
                     os << *module.getOperation() << "\n";
                   }));
}

static int compile(const CompileOptions &options) {
  if (options.isForNV()) {
    InputProgram program;
    if (failed(program.read(options.inputFile)))
      return 1;
    return compileKernels(options, program.getModule());
  }
  llvm::Expected<TargetInfo> target = parseTarget(options.target);
  if (!target)
    return fail(target.takeError());
  InputProgram program;
  if (failed(program.read(options.inputFile)))
    return 1;
  return compileModule(options, program.getModule(), *target);
}

int main(int argc, char **argv) {
  resetCommandLine();
  CompileOptions options;
  parseCommandLine(argc, argv, kOverview);
  if (llvm::Error error = options.check())
    return fail(std::move(error));
  return compile(options);
}
