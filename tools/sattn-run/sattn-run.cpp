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

#include "DeviceChoice.h"
#include "InputProgram.h"
#include "Inputs.h"
#include "MutationReport.h"
#include "Report.h"
#include "sattn/Runtime/AtomicFile.h"
#include "sattn/Runtime/Npy.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::sattn;

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
  sattn-run attention.mlir --input=... --benchmark --threads=1 --report=r.json

The benchmark counts the multiply-adds of attention, project and contractions
(two FLOP each; exponentials, masks and packing count nothing) in the program
and for the inputs that are given; --flops puts another number in its place.

On NVIDIA's side attention becomes kernels, everything else stays with the host:

  sattn-run attention.mlir --target=emulated-sm_80 --input=... --output=@o.npy
  sattn-run attention.mlir --target=cuda --input=... --benchmark

emulated-sm_80 (or any later chip of sattn-compile) runs the PTX in an interpreter,
which needs no card and looks for races, wrong addresses and the like; what it finds
ends the run with the lines of the PTX. --seed, --asynchrony and --checks steer it;
with it --benchmark counts instructions. cuda is the first card, cuda:1 the second.
How good its checks are: --mutate deletes each barrier, fence, wait, arrival and commit
of each kernel in turn and prints the deletions that no run notices.

To look inside: --mlir-print-ir-after-all, --mlir-timing and the other options of
MLIR's pass manager work here, too.
)";

static llvm::Expected<std::vector<HostTensor>>
makeInputs(const RunOptions &options, const EntrySignature &signature) {
  if (options.inputs.size() != signature.inputs.size()) {
    std::string text = "@" + signature.name + ": expected " +
                       std::to_string(signature.inputs.size()) + " --input (";
    for (auto [index, input] : llvm::enumerate(signature.inputs))
      text += (index ? ", " : "") + input.getTypeName();
    return llvm::createStringError(text + "), got " +
                                   std::to_string(options.inputs.size()));
  }
  std::vector<HostTensor> tensors;
  for (auto [index, wanted] : llvm::enumerate(signature.inputs)) {
    llvm::Expected<HostTensor> tensor =
        makeInput(options.inputs[index], wanted);
    if (!tensor)
      return llvm::createStringError("input #" + std::to_string(index) + ": " +
                                     llvm::toString(tensor.takeError()));
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

static llvm::Expected<std::vector<HostTensor>>
makeOutputs(const RunOptions &options, const Kernel &kernel,
            ArrayRef<TensorRef> inputRefs) {
  const EntrySignature &signature = kernel.getSignature();
  if (!options.outputs.empty() &&
      options.outputs.size() != signature.outputs.size())
    return llvm::createStringError("@" + signature.name + ": expected " +
                                   std::to_string(signature.outputs.size()) +
                                   " --output or none, got " +
                                   std::to_string(options.outputs.size()));
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
static llvm::Error writeFiles(const RunOptions &options, const Report &report) {
  AtomicFiles files;
  for (auto [path, tensor] : llvm::zip(options.outputs, report.outputs))
    if (llvm::Error error =
            files.add(StringRef(path).drop_front(),
                      [&, &tensor = tensor](llvm::raw_ostream &os) {
                        writeNpy(os, tensor);
                      }))
      return error;
  if (!options.reportFile.empty())
    if (llvm::Error error =
            files.add(options.reportFile, [&](llvm::raw_ostream &os) {
              os << llvm::formatv("{0:2}", report.toJSON()) << "\n";
            }))
      return error;
  return files.commit();
}

/// The pipeline that was given, else the one for the target.
static std::string getPipeline(const RunOptions &options,
                               const DeviceChoice &device) {
  return device.runtime && options.pipeline.empty()
             ? "sattn-to-nvvm{target=" + device.chip + " stop-after=program}"
             : options.getPipeline();
}

/// The work of a run: given, else counted in `program`, which has not been
/// lowered.
static void setWork(const RunOptions &options, ModuleOp program,
                    Report &report) {
  report.workIsGiven = options.flops.getNumOccurrences() > 0;
  if (report.workIsGiven)
    report.work.flops = options.flops;
  else
    report.work =
        countFlops(program, report.kernel->getSignature().name, report.inputs);
}

/// Times the kernel, on a card by what its runtime measures; the interpreter
/// has counted in the one run before.
static llvm::Error runBenchmark(const RunOptions &options, const Kernel &kernel,
                                GpuRuntime *gpu, Report &report) {
  if (options.isEmulated())
    return llvm::Error::success();
  if (gpu) {
    unsigned repetitions = options.repetitions ? options.repetitions : 20;
    for (unsigned run = 0; run < options.warmUp + repetitions; ++run) {
      if (run == options.warmUp)
        gpu->resetStatistics();
      if (llvm::Error error = kernel.run(report.inputs, report.outputs))
        return error;
    }
    return llvm::Error::success();
  }
  BenchmarkOptions benchmarkOptions;
  benchmarkOptions.warmUp = options.warmUp;
  benchmarkOptions.repetitions = options.repetitions;
  benchmarkOptions.cpuClock = report.cpuClock;
  benchmarkOptions.numThreads =
      options.threads ? options.threads : kernel.getMaxThreads();
  llvm::Expected<BenchmarkResult> result =
      benchmark(kernel, report.inputs, report.outputs, benchmarkOptions);
  if (!result)
    return result.takeError();
  report.benchmark = std::move(*result);
  return llvm::Error::success();
}

/// `program` is what `kernel` was compiled from; null where nobody asks.
static int runKernel(const RunOptions &options, const Kernel &kernel,
                     const DeviceChoice &device, ModuleOp program) {
  GpuRuntime *gpu = device.runtime.get();
  llvm::Expected<std::vector<HostTensor>> inputTensors =
      makeInputs(options, kernel.getSignature());
  if (!inputTensors)
    return fail(inputTensors.takeError());
  std::vector<TensorRef> inputRefs = getRefs(*inputTensors);
  llvm::Expected<std::vector<HostTensor>> outputTensors =
      makeOutputs(options, kernel, inputRefs);
  if (!outputTensors)
    return fail(outputTensors.takeError());
  std::vector<TensorRef> outputRefs = getRefs(*outputTensors);

  Report report;
  report.file = options.inputFile;
  report.pipeline = getPipeline(options, device);
  if (gpu)
    report.device = gpu->getDevice().getName();
  report.cpu = llvm::sys::getHostCPUName().str();
  report.numThreads = options.threads;
  report.kernel = &kernel;
  report.inputs = inputRefs;
  report.outputs = outputRefs;
  report.cpuClock = options.benchmarkClock == Clock::Cpu;
  resetHeapUse();
  if (gpu)
    gpu->resetStatistics();
  if (llvm::Error error = kernel.run(inputRefs, outputRefs))
    return fail(std::move(error));
  report.heap = getHeapUse();
  report.isBenchmark = options.runBenchmark;
  if (options.runBenchmark) {
    setWork(options, program, report);
    if (llvm::Error error = runBenchmark(options, kernel, gpu, report))
      return fail(std::move(error));
  }
  if (gpu)
    report.kernels = gpu->getStatistics();
  if (device.study)
    report.mutations = device.study->getKernels();
  if (llvm::Error error = writeFiles(options, report))
    return fail(std::move(error));
  if (options.runBenchmark)
    report.print(llvm::outs());
  else if (report.mutations)
    printMutations(llvm::outs(), *report.mutations);
  else if (options.outputs.empty())
    for (auto [index, output] : llvm::enumerate(outputRefs))
      printTensor(llvm::outs() << "result #" << index << ": ", output);
  return 0;
}

static int compileAndRun(const RunOptions &options) {
  DeviceChoice device;
  if (options.hasDevice()) {
    llvm::Expected<DeviceChoice> choice = chooseDevice(options);
    if (!choice)
      return fail(choice.takeError());
    device = std::move(*choice);
  }
  InputProgram program;
  if (failed(program.read(options.inputFile)))
    return 1;
  KernelOptions kernelOptions;
  static_cast<LoweringOptions &>(kernelOptions) = options.getLoweringOptions();
  kernelOptions.pipeline = getPipeline(options, device);
  kernelOptions.gpu = device.runtime;
  kernelOptions.optimizationLevel = options.optLevel;
  kernelOptions.numThreads = options.threads;
  OwningOpRef<ModuleOp> original;
  if (options.runBenchmark)
    original = program.getModule().clone();
  FailureOr<Kernel> kernel =
      Kernel::compile(program.getModule(), kernelOptions);
  return failed(kernel) ? 1 : runKernel(options, *kernel, device, *original);
}

int main(int argc, char **argv) {
  resetCommandLine();
  RunOptions options;
  parseCommandLine(argc, argv, kOverview);
  if (llvm::Error error = options.check())
    return fail(std::move(error));
  return compileAndRun(options);
}
