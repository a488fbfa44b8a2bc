//===- Kernel.cpp - A compiled entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compilation for this process, calls through the C ABI, and the words for what
// an entry point answers.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/Kernel.h"
#include "sattn/Execution/CodeGeneration.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

namespace {
/// Seconds since the last question.
class Stopwatch {
public:
  double lap() {
    auto now = std::chrono::steady_clock::now();
    double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    return seconds;
  }

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};
} // namespace

static FailureOr<EntrySignature>
getOnlySignature(ModuleOp module, ArrayRef<EntrySignature> signatures) {
  if (signatures.size() == 1)
    return signatures.front();
  InFlightDiagnostic diagnostic = module.emitError();
  if (signatures.empty())
    return diagnostic << "expected a public function with a body, got none";
  diagnostic << "expected one public function or the name of an entry, got ";
  llvm::interleaveComma(signatures, diagnostic,
                        [&](const EntrySignature &signature) {
                          diagnostic << "@" << signature.name;
                        });
  return diagnostic;
}

/// What loads the kernels on the device.
static constexpr StringLiteral kInitialize = "sattn_initialize";

LogicalResult Kernel::link(Location loc, ArrayRef<char> object) {
  auto report = [&](llvm::Error error) -> LogicalResult {
    return emitError(loc, "cannot link the kernel: ")
           << llvm::toString(std::move(error));
  };
  SmallVector<Jit::Symbol> symbols;
  if (gpu)
    for (const GpuRuntime::Function &function : GpuRuntime::getFunctions())
      symbols.push_back({function.name, function.address});
  llvm::Expected<Jit> linked = Jit::link(object, symbols);
  if (!linked)
    return report(linked.takeError());
  jit = std::make_unique<Jit>(std::move(*linked));
  auto entry = jit->lookupFunction<EntryPoint>(signature.name);
  if (!entry)
    return report(entry.takeError());
  auto shapes = jit->lookupFunction<EntryPoint>(signature.shapesName);
  if (!shapes)
    return report(shapes.takeError());
  entryPoint = *entry;
  shapesEntryPoint = *shapes;
  if (!gpu)
    return success();
  auto initialize = jit->lookupFunction<void (*)()>(kInitialize);
  if (!initialize)
    return report(initialize.takeError());
  GpuRuntime::Scope scope(*gpu);
  (*initialize)();
  if (llvm::Error error = gpu->takeError())
    return emitError(loc, "cannot load the kernels on ")
           << gpu->getDevice().getName() << ": "
           << llvm::toString(std::move(error));
  return success();
}

FailureOr<Kernel> Kernel::compile(ModuleOp module,
                                  const KernelOptions &options) {
  Stopwatch watch;
  Location loc = module.getLoc();
  Kernel kernel;
  kernel.gpu = options.gpu;
  FailureOr<std::vector<EntrySignature>> signatures =
      lowerEntries(module, options);
  if (failed(signatures))
    return failure();
  FailureOr<EntrySignature> signature = getOnlySignature(module, *signatures);
  if (failed(signature) || failed(emitEntryPoints(module, *signature)))
    return failure();
  kernel.signature = std::move(*signature);
  kernel.times.passes = watch.lap();

  FailureOr<CodeGenerator> generator =
      CodeGenerator::create(loc, getHostTarget(), options.optimizationLevel);
  if (failed(generator))
    return failure();
  FailureOr<TranslatedModule> translated = generator->translate(module);
  if (failed(translated))
    return failure();
  if (options.gpu)
    exposeConstructors(*translated->module, kInitialize);
  FailureOr<SmallVector<char, 0>> object = generator->emit(
      loc, std::move(*translated), llvm::CodeGenFileType::ObjectFile);
  if (failed(object))
    return failure();
  kernel.times.codeGeneration = watch.lap();

  if (failed(kernel.link(loc, *object)))
    return failure();
  kernel.jit->setNumThreads(options.numThreads);
  kernel.times.linking = watch.lap();
  return kernel;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static SmallVector<AbiTensor> getAbiTensors(ArrayRef<TensorRef> tensors) {
  SmallVector<AbiTensor> result;
  for (const TensorRef &tensor : tensors)
    result.push_back({tensor.data, const_cast<int64_t *>(tensor.shape.data()),
                      static_cast<int32_t>(tensor.shape.size()),
                      static_cast<int32_t>(tensor.type)});
  return result;
}

llvm::Error Kernel::checkCounts(size_t numInputs, size_t numOutputs) const {
  auto check = [&](StringRef what, size_t expected, size_t got) -> llvm::Error {
    if (expected == got)
      return llvm::Error::success();
    return llvm::createStringError("@" + signature.name + ": expected " +
                                   std::to_string(expected) + " " + what.str() +
                                   (expected == 1 ? "" : "s") + ", got " +
                                   std::to_string(got));
  };
  if (llvm::Error error = check("input", signature.inputs.size(), numInputs))
    return error;
  return check("output", signature.outputs.size(), numOutputs);
}

llvm::Expected<SmallVector<SmallVector<int64_t>>>
Kernel::getResultShapes(ArrayRef<TensorRef> inputs) const {
  if (llvm::Error error = checkCounts(inputs.size(), signature.outputs.size()))
    return error;
  SmallVector<SmallVector<int64_t>> shapes;
  SmallVector<TensorRef> outputs;
  for (const EntryTensor &output : signature.outputs)
    shapes.push_back(SmallVector<int64_t>(output.shape.size(), 0));
  for (auto [output, shape] : llvm::zip_equal(signature.outputs, shapes))
    outputs.push_back({output.type, shape, nullptr});
  SmallVector<AbiTensor> abiInputs = getAbiTensors(inputs),
                         abiOutputs = getAbiTensors(outputs);
  int32_t status = shapesEntryPoint(abiInputs.data(), abiOutputs.data());
  if (llvm::Error error = describe(status, inputs, outputs))
    return error;
  return shapes;
}

llvm::Error Kernel::run(ArrayRef<TensorRef> inputs,
                        ArrayRef<TensorRef> outputs) const {
  if (llvm::Error error = checkCounts(inputs.size(), outputs.size()))
    return error;
  SmallVector<AbiTensor> abiInputs = getAbiTensors(inputs),
                         abiOutputs = getAbiTensors(outputs);
  std::optional<GpuRuntime::Scope> scope;
  if (gpu)
    scope.emplace(*gpu);
  int32_t status = entryPoint(abiInputs.data(), abiOutputs.data());
  // What failed on the device came first.
  if (gpu)
    if (llvm::Error error = gpu->takeError())
      return llvm::createStringError(gpu->getDevice().getName() + ": " +
                                     llvm::toString(std::move(error)));
  return describe(status, inputs, outputs);
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// "expected 64 (the extent of input #0, axis 2)".
std::string Kernel::describeExtent(unsigned argument, unsigned axis,
                                   ArrayRef<TensorRef> inputs) const {
  if (argument >= signature.inputs.size())
    return "the extent that follows from the inputs";
  const EntryTensor &tensor = signature.inputs[argument];
  if (!ShapedType::isDynamic(tensor.required[axis]))
    return std::to_string(tensor.required[axis]);
  for (auto [number, other] :
       llvm::enumerate(ArrayRef(signature.inputs).take_front(argument + 1)))
    for (auto [otherAxis, symbol] : llvm::enumerate(other.symbols))
      if (symbol == tensor.symbols[axis] &&
          (number != argument || otherAxis != axis))
        return std::to_string(inputs[number].shape[otherAxis]) +
               " (as input #" + std::to_string(number) + ", axis " +
               std::to_string(otherAxis) + ")";
  return "at least 0";
}

llvm::Error Kernel::describe(int32_t status, ArrayRef<TensorRef> inputs,
                             ArrayRef<TensorRef> outputs) const {
  if (status == 0)
    return llvm::Error::success();
  if (getStatusCode(status) == StatusCode::OutOfMemory)
    return llvm::createStringError("out of memory: the kernel asked for " +
                                   std::to_string(getRefusedBytes()) +
                                   " bytes");
  unsigned number = getStatusArgument(status), axis = getStatusAxis(status);
  bool isInput = number < inputs.size();
  const EntryTensor &expected = isInput
                                    ? signature.inputs[number]
                                    : signature.outputs[number - inputs.size()];
  const TensorRef &got =
      isInput ? inputs[number] : outputs[number - inputs.size()];
  std::string text = "@" + signature.name + ", " +
                     signature.describeArgument(number) + ": expected ";
  std::string gotType = formatShapedType(got.shape, getElementName(got.type));
  switch (getStatusCode(status)) {
  case StatusCode::WrongExtent:
    text += "axis " + std::to_string(axis) + " of extent " +
            describeExtent(number, axis, inputs) + ", got " +
            std::to_string(got.shape[axis]) + " in " + gotType;
    break;
  case StatusCode::TooLarge:
    text += "fewer than 2^63 bytes, got " + gotType;
    break;
  case StatusCode::NullPointer:
    text += "data, got a null pointer";
    break;
  default:
    text += expected.getTypeName() + ", got " + gotType;
    break;
  }
  return llvm::createStringError(text);
}
