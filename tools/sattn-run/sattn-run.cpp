//===- sattn-run.cpp - Compile MLIR and run it on real input -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Options, then: read, compile, make inputs, run, write outputs. Outputs are
// written last and all together, so a failed run leaves no file behind.
//
//===----------------------------------------------------------------------===//

#include "Benchmark.h"
#include "Inputs.h"
#include "Report.h"
#include "mlir/IR/AsmState.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "sattn/Execution/CodeGeneration.h"
#include "sattn/InitAll.h"
#include "sattn/Runtime/AtomicFile.h"
#include "sattn/Runtime/Npy.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"
#include "llvm/TargetParser/Host.h"
#include <csignal>

using namespace mlir;
using namespace mlir::sattn;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    R"(sattn-run: compile MLIR and run it on real input

Compiles one public function of a file for this processor, calls it and writes
its results:

  sattn-run attention.mlir --input=@q.npy --input=@k.npy --input=@v.npy --output=@o.npy

Inputs are given in the order of the function's arguments, outputs in the order
of its results. Without --output the results are printed.

  --input=@q.npy              a NumPy file; bf16 is any 2-byte type
  --input=4x64xf32            zeros (enough for a destination that is not read)
  --input=4x64xf32=1.5        one value everywhere
  --input=4x64xf32=random:7   normally distributed numbers, the same for a seed
  --input=0.125               a scalar

  sattn-run attention.mlir --entry=mlr --pipeline=sattn-to-reference ...
  sattn-run attention.mlir --input=... --benchmark --threads=1 --flops=2147483648

To look inside: --mlir-print-ir-after-all, --mlir-timing and the other options of
MLIR's pass manager work here, too.
)";

enum class Clock { Wall, Cpu };

namespace {
/// Made in `main` and not before: LLVM's own options, which share names with
/// these, have to be gone.
struct Options {
  cl::OptionCategory category{"Options"};
  cl::opt<std::string> inputFile{
      cl::Positional, cl::desc("<file.mlir, or - for standard input>"),
      cl::init("-"), cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("The function to run (default: the only public one)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::list<std::string> inputs{
      "input",
      cl::desc("One per argument: @file.npy, shape and type, or a number"),
      cl::value_desc("input"), cl::cat(category)};
  cl::list<std::string> outputs{
      "output",
      cl::desc("One per result: @file.npy (default: print the results)"),
      cl::value_desc("@file.npy"), cl::cat(category)};
  cl::opt<std::string> pipeline{
      "pipeline",
      cl::desc("sattn-to-cpu, sattn-to-reference or any pass pipeline that "
               "ends in the "
               "LLVM dialect (default: sattn-to-cpu)"),
      cl::value_desc("passes"), cl::init("sattn-to-cpu"), cl::cat(category)};
  cl::opt<std::string> target{"target", cl::desc("Where to run: native"),
                              cl::value_desc("name"), cl::init("native"),
                              cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads", cl::desc("Number of threads (default: all)"),
      cl::value_desc("n"), cl::init(0), cl::cat(category)};
  cl::opt<unsigned> optLevel{
      "opt-level",
      cl::desc("Level of LLVM's optimisation passes, 0 to 3 (default: 2)"),
      cl::value_desc("n"), cl::init(2), cl::cat(category)};
  cl::opt<bool> runBenchmark{"benchmark",
                             cl::desc("Time the function and print a report"),
                             cl::cat(category)};
  cl::opt<unsigned> warmUp{"warm-up",
                           cl::desc("Runs before the timed ones (default: 2)"),
                           cl::value_desc("n"), cl::init(2), cl::cat(category)};
  cl::opt<unsigned> repetitions{
      "repetitions",
      cl::desc("Timed runs (default: about a second, at least 5)"),
      cl::value_desc("n"), cl::init(0), cl::cat(category)};
  cl::opt<Clock> benchmarkClock{
      "clock", cl::desc("What to time"),
      cl::values(
          clEnumValN(Clock::Wall, "wall", "the time that passes (default)"),
          clEnumValN(Clock::Cpu, "cpu",
                     "the time of the processor, steadier on a busy machine; "
                     "needs --threads=1")),
      cl::init(Clock::Wall), cl::cat(category)};
  cl::opt<double> flops{
      "flops", cl::desc("Floating-point operations of one run, for GFLOP/s"),
      cl::value_desc("n"), cl::init(0), cl::cat(category)};
  cl::opt<std::string> reportFile{"report", cl::desc("Write a report as JSON"),
                                  cl::value_desc("file.json"),
                                  cl::cat(category)};
};
} // namespace

static Options *options;

/// Prints the one diagnostic of a failed run.
static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs()) << message << "\n";
  return 1;
}
static int fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

/// Options that cannot be right, before any work.
static std::string checkOptions() {
  if (options->target != "native")
    return "expected --target=native, got --target=" + options->target;
  if (options->optLevel > 3)
    return "expected --opt-level=0 to 3, got " +
           std::to_string(options->optLevel);
  if (options->threads > 4096)
    return "expected --threads of at most 4096, got " +
           std::to_string(options->threads);
  if (options->benchmarkClock == Clock::Cpu && options->threads != 1)
    return "expected --threads=1 with --clock=cpu (the processor's time sums "
           "over threads)";
  if (options->flops < 0)
    return "expected --flops of at least 0";
  for (const std::string &output : options->outputs)
    if (output.size() < 2 || output[0] != '@')
      return "expected --output=@FILE.npy, got --output=" + output;
  return "";
}

static OwningOpRef<ModuleOp> parseInput(llvm::SourceMgr &sources,
                                        MLIRContext &context) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(options->inputFile, &message);
  if (!file) {
    fail(message);
    return nullptr;
  }
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, &context);
}

static llvm::Expected<std::vector<HostTensor>>
makeInputs(const EntrySignature &signature) {
  if (options->inputs.size() != signature.inputs.size()) {
    std::string text = "@" + signature.name + ": expected " +
                       std::to_string(signature.inputs.size()) + " --input (";
    for (auto [index, input] : llvm::enumerate(signature.inputs))
      text += (index ? ", " : "") + input.getTypeName();
    return llvm::createStringError(text + "), got " +
                                   std::to_string(options->inputs.size()));
  }
  std::vector<HostTensor> tensors;
  for (auto [index, wanted] : llvm::enumerate(signature.inputs)) {
    llvm::Expected<HostTensor> tensor =
        makeInput(options->inputs[index], wanted);
    if (!tensor)
      return llvm::createStringError("input #" + std::to_string(index) + ": " +
                                     llvm::toString(tensor.takeError()));
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

static llvm::Expected<std::vector<HostTensor>>
makeOutputs(const Kernel &kernel, ArrayRef<TensorRef> inputRefs) {
  const EntrySignature &signature = kernel.getSignature();
  if (!options->outputs.empty() &&
      options->outputs.size() != signature.outputs.size())
    return llvm::createStringError("@" + signature.name + ": expected " +
                                   std::to_string(signature.outputs.size()) +
                                   " --output or none, got " +
                                   std::to_string(options->outputs.size()));
  auto shapes = kernel.getResultShapes(inputRefs);
  if (!shapes)
    return shapes.takeError();
  std::vector<HostTensor> tensors;
  for (auto [index, wanted] : llvm::enumerate(signature.outputs)) {
    llvm::Expected<HostTensor> tensor =
        HostTensor::create(wanted.type, (*shapes)[index]);
    if (!tensor)
      return llvm::createStringError("output #" + std::to_string(index) + ": " +
                                     llvm::toString(tensor.takeError()));
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

static std::vector<TensorRef> getRefs(std::vector<HostTensor> &tensors) {
  std::vector<TensorRef> refs;
  for (HostTensor &tensor : tensors)
    refs.push_back(tensor.getRef());
  return refs;
}

/// Writes everything that was asked for, or nothing.
static llvm::Error writeFiles(const Report &report) {
  AtomicFiles files;
  for (auto [path, tensor] : llvm::zip(options->outputs, report.outputs))
    if (llvm::Error error =
            files.add(StringRef(path).drop_front(),
                      [&, &tensor = tensor](llvm::raw_ostream &os) {
                        writeNpy(os, tensor);
                      }))
      return error;
  if (!options->reportFile.empty())
    if (llvm::Error error =
            files.add(options->reportFile, [&](llvm::raw_ostream &os) {
              os << llvm::formatv("{0:2}", report.toJSON()) << "\n";
            }))
      return error;
  return files.commit();
}

static int runKernel(const Kernel &kernel) {
  llvm::Expected<std::vector<HostTensor>> inputTensors =
      makeInputs(kernel.getSignature());
  if (!inputTensors)
    return fail(inputTensors.takeError());
  std::vector<TensorRef> inputRefs = getRefs(*inputTensors);
  llvm::Expected<std::vector<HostTensor>> outputTensors =
      makeOutputs(kernel, inputRefs);
  if (!outputTensors)
    return fail(outputTensors.takeError());
  std::vector<TensorRef> outputRefs = getRefs(*outputTensors);

  Report report;
  report.file = options->inputFile;
  report.pipeline = options->pipeline;
  report.cpu = llvm::sys::getHostCPUName().str();
  report.numThreads = options->threads;
  report.kernel = &kernel;
  report.inputs = inputRefs;
  report.outputs = outputRefs;
  report.flops = options->flops;
  report.cpuClock = options->benchmarkClock == Clock::Cpu;
  resetHeapUse();
  if (llvm::Error error = kernel.run(inputRefs, outputRefs))
    return fail(std::move(error));
  report.heap = getHeapUse();
  if (options->runBenchmark) {
    BenchmarkOptions benchmarkOptions;
    benchmarkOptions.warmUp = options->warmUp;
    benchmarkOptions.repetitions = options->repetitions;
    benchmarkOptions.cpuClock = report.cpuClock;
    benchmarkOptions.numThreads =
        options->threads ? options->threads : kernel.getMaxThreads();
    llvm::Expected<BenchmarkResult> result =
        benchmark(kernel, inputRefs, outputRefs, benchmarkOptions);
    if (!result)
      return fail(result.takeError());
    report.benchmark = std::move(*result);
  }
  if (llvm::Error error = writeFiles(report))
    return fail(std::move(error));
  if (options->runBenchmark)
    report.print(llvm::outs());
  else if (options->outputs.empty())
    for (auto [index, output] : llvm::enumerate(outputRefs))
      printTensor(llvm::outs() << "result #" << index << ": ", output);
  return 0;
}

static int compileAndRun() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  registerCodeGeneration(registry);
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module = parseInput(sources, context);
  if (!module)
    return 1;
  KernelOptions kernelOptions;
  kernelOptions.entry = options->entry;
  kernelOptions.pipeline = options->pipeline;
  kernelOptions.optimizationLevel = options->optLevel;
  kernelOptions.numThreads = options->threads;
  kernelOptions.configurePassManager = [](PassManager &manager) {
    if (failed(applyPassManagerCLOptions(manager)))
      return failure();
    applyDefaultTimingPassManagerCLOptions(manager);
    return success();
  };
  FailureOr<Kernel> kernel = Kernel::compile(*module, kernelOptions);
  return failed(kernel) ? 1 : runKernel(*kernel);
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
  return compileAndRun();
}
