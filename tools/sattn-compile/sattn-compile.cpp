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

#include "Linker.h"
#include "mlir/IR/AsmState.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "sattn/Execution/CodeGeneration.h"
#include "sattn/Execution/EntryPoints.h"
#include "sattn/Execution/Lowering.h"
#include "sattn/InitAll.h"
#include "sattn/Runtime/AtomicFile.h"
#include "sattn/Target/KnownTargets.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"
#include <csignal>

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
  vectors        vector code on tensors, before bufferization (of sattn-to-cpu)
  llvm-dialect   the LLVM dialect of MLIR, after all passes
  llvm           LLVM IR, after LLVM's own passes
  asm            assembly
)";

namespace {
/// Made in `main` and not before: LLVM's own options, which share names with
/// these, have to be gone.
struct Options {
  cl::OptionCategory category{"Options"};
  cl::opt<std::string> inputFile{
      cl::Positional, cl::desc("<file.mlir, or - for standard input>"),
      cl::init("-"), cl::cat(category)};
  cl::opt<std::string> outputFile{
      "o", cl::desc("Where to write; - is standard output (default for text)"),
      cl::value_desc("file"), cl::init("-"), cl::cat(category)};
  cl::opt<std::string> headerFile{
      "header",
      cl::desc("Where to write the C header (default: beside the output)"),
      cl::value_desc("file.h"), cl::cat(category)};
  cl::opt<std::string> targetName{
      "target",
      cl::desc(
          "native, x86-64-v3, x86-64-v4 or aarch64, with numbers replaced by "
          "hand if wanted: x86-64-v3,l2-bytes=1048576 (default: native)"),
      cl::value_desc("target"), cl::init("native"), cl::cat(category)};
  cl::opt<std::string> stage{
      "emit",
      cl::desc("entries, vectors, llvm-dialect, llvm, asm, obj or "
               "shared (default: llvm)"),
      cl::value_desc("stage"), cl::init("llvm"), cl::cat(category)};
  cl::opt<std::string> entry{
      "entry",
      cl::desc("Compile this function only (default: every public one)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> pipeline{
      "pipeline",
      cl::desc("sattn-to-cpu, sattn-to-reference or any pass pipeline that "
               "ends in the "
               "LLVM dialect (default: sattn-to-cpu for the target)"),
      cl::value_desc("passes"), cl::cat(category)};
  cl::opt<unsigned> optLevel{
      "opt-level",
      cl::desc("Level of LLVM's optimisation passes, 0 to 3 (default: 2)"),
      cl::value_desc("n"), cl::init(2), cl::cat(category)};
  cl::opt<std::string> linker{
      "linker",
      cl::desc(
          "C compiler that links shared libraries (default: $CC, clang-22, "
          "clang or cc)"),
      cl::value_desc("program"), cl::cat(category)};
};
} // namespace

static Options *options;

static constexpr StringLiteral kStages[] = {
    "entries", "vectors", "llvm-dialect", "llvm", "asm", "obj", "shared"};

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs()) << message << "\n";
  return 1;
}
static int fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

static bool isBinary() {
  return options->stage == "obj" || options->stage == "shared";
}

/// The stages that are MLIR before the LLVM dialect.
static bool isPartial() {
  return options->stage == "entries" || options->stage == "vectors";
}

/// Options that cannot be right, before any work.
static std::string checkOptions() {
  if (!llvm::is_contained(kStages, StringRef(options->stage)))
    return "expected --emit=" + llvm::join(ArrayRef(kStages), ", ") +
           ", got --emit=" + options->stage;
  if (options->optLevel > 3)
    return "expected --opt-level=0 to 3, got " +
           std::to_string(options->optLevel);
  if (isBinary() && options->outputFile == "-")
    return "expected -o FILE with --emit=" + options->stage;
  if (!isBinary() && !options->headerFile.empty())
    return "expected --header only with --emit=obj and --emit=shared";
  return "";
}

/// attention.o -> attention.h
static std::string getHeaderPath() {
  if (!options->headerFile.empty())
    return options->headerFile;
  llvm::SmallString<128> path(options->outputFile);
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

static int writeText(StringRef text) {
  if (options->outputFile == "-") {
    llvm::outs() << text;
    return 0;
  }
  AtomicFiles files;
  if (llvm::Error error = files.add(options->outputFile,
                                    [&](llvm::raw_ostream &os) { os << text; }))
    return fail(std::move(error));
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  return 0;
}

static int writeBinary(ArrayRef<char> object, const TargetInfo &target,
                       ArrayRef<EntrySignature> signatures) {
  AtomicFiles files;
  std::string header = getHeaderPath();
  if (header == options->outputFile)
    return fail("expected the header and the output in different files, got '" +
                header + "' twice");
  if (llvm::Error error = files.add(header, [&](llvm::raw_ostream &os) {
        printCHeader(os, getGuard(header), signatures);
      }))
    return fail(std::move(error));
  llvm::Error error =
      options->stage == "obj"
          ? files.add(options->outputFile,
                      [&](llvm::raw_ostream &os) {
                        os.write(object.data(), object.size());
                      })
          : files.addNamed(options->outputFile, [&](StringRef path) {
              return linkSharedLibrary(object, target.triple, options->linker,
                                       path);
            });
  if (error)
    return fail(std::move(error));
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  return 0;
}

/// What runs unless a pipeline is given by hand.
static std::string getDefaultPipeline() {
  std::string text = "sattn-to-cpu{target=" + options->targetName;
  return text + (options->stage == "vectors" ? " stop-at-vectors=true}" : "}");
}

static LoweringOptions getLoweringOptions() {
  LoweringOptions loweringOptions;
  loweringOptions.entry = options->entry;
  loweringOptions.isPartial = isPartial();
  if (options->stage != "entries")
    loweringOptions.pipeline = options->pipeline.empty()
                                   ? getDefaultPipeline()
                                   : options->pipeline.getValue();
  loweringOptions.configurePassManager = [](PassManager &manager) {
    if (failed(applyPassManagerCLOptions(manager)))
      return failure();
    applyDefaultTimingPassManagerCLOptions(manager);
    return success();
  };
  return loweringOptions;
}

static int compileModule(ModuleOp module, const TargetInfo &target) {
  FailureOr<std::vector<EntrySignature>> signatures =
      lowerEntries(module, getLoweringOptions());
  if (failed(signatures))
    return 1;
  auto printModule = [&](llvm::raw_ostream &os) {
    os << *module.getOperation() << "\n";
  };
  if (isPartial())
    return writeText(printToString(printModule));
  if (failed(checkNames(module, *signatures)) ||
      failed(emitEntryPoints(module, *signatures)))
    return 1;
  if (options->stage == "llvm-dialect")
    return writeText(printToString(printModule));
  FailureOr<CodeGenerator> generator =
      CodeGenerator::create(module.getLoc(), target, options->optLevel);
  if (failed(generator))
    return 1;
  FailureOr<TranslatedModule> translated = generator->translate(module);
  if (failed(translated))
    return 1;
  if (options->stage == "llvm")
    return writeText(printToString(
        [&](llvm::raw_ostream &os) { os << *translated->module; }));
  FailureOr<SmallVector<char, 0>> code = generator->emit(
      module.getLoc(), std::move(*translated),
      options->stage == "asm" ? llvm::CodeGenFileType::AssemblyFile
                              : llvm::CodeGenFileType::ObjectFile);
  if (failed(code))
    return 1;
  if (options->stage == "asm")
    return writeText(StringRef(code->data(), code->size()));
  return writeBinary(*code, target, *signatures);
}

static int parseAndCompile(const TargetInfo &target) {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  registerCodeGeneration(registry);
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(options->inputFile, &message);
  if (!file)
    return fail(message);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  return module ? compileModule(*module, target) : 1;
}

int main(int argc, char **argv) {
  // A file that grows beyond a limit is an error like every other.
  std::signal(SIGXFSZ, SIG_IGN);
  cl::ResetCommandLineParser();
  Options ownOptions;
  options = &ownOptions;
  mlir::registerAllPasses();
  mlir::sattn::registerAllPasses();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  std::string problem = checkOptions();
  if (!problem.empty())
    return fail(problem);
  llvm::Expected<TargetInfo> target = parseTarget(options->targetName);
  if (!target)
    return fail(target.takeError());
  return parseAndCompile(*target);
}
