//===- CodeGeneration.cpp - From the LLVM dialect to machine code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Translation, LLVM's optimisation passes and its code generator, in process.
// What JIT and object files share.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/CodeGeneration.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "sattn/Target/KnownTargets.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mlir;
using namespace mlir::sattn;

TargetInfo mlir::sattn::getHostTarget() {
  if (llvm::Expected<TargetInfo> native = getNativeTarget())
    return *native;
  else
    llvm::consumeError(native.takeError());
  TargetInfo host;
  host.name = "native";
  host.triple = llvm::sys::getProcessTriple();
  host.cpu = llvm::sys::getHostCPUName().str();
  host.vectorBits = 128;
  host.numVectorRegisters = 16;
  return host;
}

/// What the CPU's name does not say about its instructions.
static std::string getFeatures(const TargetInfo &target) {
  llvm::SubtargetFeatures features;
  // A virtual machine may hide instructions that its CPU's name implies.
  if (target.name == "native")
    for (const auto &[name, enabled] : llvm::sys::getHostCPUFeatures())
      features.AddFeature(name, enabled);
  // Some CPUs would split vectors of 512 bits.
  if (llvm::Triple(target.triple).getArch() == llvm::Triple::x86_64)
    features.AddFeature("prefer-256-bit", false);
  return features.getString();
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

void mlir::sattn::registerCodeGeneration(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
}

static void initializeTargets() {
  static bool once = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)once;
}

FailureOr<CodeGenerator> CodeGenerator::create(Location loc,
                                               const TargetInfo &target,
                                               unsigned optimizationLevel) {
  initializeTargets();
  llvm::Triple triple(target.triple);
  std::string message;
  const llvm::Target *found =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!found)
    return emitError(loc, "cannot generate code for ")
           << target.triple << ": " << message;
  CodeGenerator generator;
  generator.optimizationLevel = optimizationLevel;
  generator.machine.reset(found->createTargetMachine(
      triple, target.cpu, getFeatures(target), llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
  if (!generator.machine)
    return emitError(loc, "cannot generate code for ") << target.triple;
  // Assembly is for people: it says where loops and spills are.
  generator.machine->Options.MCOptions.AsmVerbose = true;
  return generator;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned level) {
  static const llvm::OptimizationLevel kLevels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(kLevels[std::min(level, 3u)])
      .run(module, modules);
}

/// LLVM reports errors of code generation to its context, which by default
/// prints and ends the process.
namespace {
struct ErrorCollector : llvm::DiagnosticHandler {
  explicit ErrorCollector(std::string &message) : message(message) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() == llvm::DS_Error && message.empty()) {
      llvm::raw_string_ostream os(message);
      llvm::DiagnosticPrinterRawOStream printer(os);
      info.print(printer);
    }
    return true;
  }
  std::string &message;
};
} // namespace

void CodeGenerator::prepare(llvm::Module &module) {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  for (llvm::Function &function : module)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", machine->getTargetCPU());
      function.addFnAttr("target-features", machine->getTargetFeatureString());
    }
}

/// Rounds to bf16, to nearest even, for CPUs without such an instruction:
/// compilers keep this function in their run-time libraries, older ones do not
/// have it. The result is in the low bits of the register that returns a float,
/// which is where a bf16 is returned.
static constexpr StringLiteral kTruncateToBF16 = R"(
define weak hidden float @__truncsfbf2(float %x) {
  %bits = bitcast float %x to i32
  %high = lshr i32 %bits, 16
  %odd = and i32 %high, 1
  %bias = add i32 %odd, 32767
  %sum = add i32 %bits, %bias
  %rounded = lshr i32 %sum, 16
  %quiet = or i32 %high, 64
  %nan = fcmp uno float %x, %x
  %result = select i1 %nan, i32 %quiet, i32 %rounded
  %float = bitcast i32 %result to float
  ret float %float
})";

/// True if some value of `module` is a bf16 or a vector of them.
static bool usesBF16(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      auto isBF16 = [](llvm::Value *value) {
        return value->getType()->getScalarType()->isBFloatTy();
      };
      if (isBF16(&instruction) ||
          llvm::any_of(instruction.operand_values(), isBF16))
        return true;
    }
  return false;
}

static void addBF16Support(llvm::Module &module) {
  if (!usesBF16(module) || module.getFunction("__truncsfbf2"))
    return;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> support = llvm::parseAssemblyString(
      kTruncateToBF16, diagnostic, module.getContext());
  llvm::Linker::linkModules(module, std::move(support));
}

FailureOr<TranslatedModule> CodeGenerator::translate(ModuleOp module) {
  TranslatedModule result;
  result.context = std::make_unique<llvm::LLVMContext>();
  result.module = translateModuleToLLVMIR(module, *result.context, "sattn");
  if (!result.module)
    return module.emitError("translation to LLVM IR failed"), failure();
  addBF16Support(*result.module);
  prepare(*result.module);
  if (optimizationLevel > 0)
    optimize(*result.module, *machine, optimizationLevel);
  return result;
}

void mlir::sattn::exposeConstructors(llvm::Module &module, StringRef name) {
  llvm::LLVMContext &context = module.getContext();
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(context, "entry", function));
  std::vector<std::pair<unsigned, llvm::Function *>> constructors;
  for (auto element : llvm::orc::getConstructors(module))
    constructors.emplace_back(element.Priority, element.Func);
  llvm::stable_sort(constructors, llvm::less_first());
  for (auto [priority, constructor] : constructors)
    builder.CreateCall(constructor);
  builder.CreateRetVoid();
  for (StringRef list : {"llvm.global_ctors", "llvm.global_dtors"})
    if (llvm::GlobalVariable *variable = module.getNamedGlobal(list))
      variable->eraseFromParent();
}

FailureOr<SmallVector<char, 0>>
CodeGenerator::emit(Location loc, TranslatedModule translated,
                    llvm::CodeGenFileType type) {
  std::string message;
  translated.context->setDiagnosticHandler(
      std::make_unique<ErrorCollector>(message));
  SmallVector<char, 0> code;
  llvm::raw_svector_ostream os(code);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, type))
    return emitError(loc, "the target cannot emit such a file"), failure();
  passes.run(*translated.module);
  if (!message.empty())
    return emitError(loc, "code generation failed: ") << message, failure();
  return code;
}
