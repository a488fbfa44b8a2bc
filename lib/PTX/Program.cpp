//===- Program.cpp - A PTX module ready to run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Places variables, lays out the registers of functions and decodes them.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Program.h"
#include "ControlFlow.h"
#include "RegisterGuard.h"
#include "sattn/PTX/Decoder.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace mlir::sattn::ptx {

/// Makes a program of a module, step by step.
class ProgramBuilder {
public:
  explicit ProgramBuilder(Program &program) : program(program) {}
  llvm::Error run();

private:
  llvm::Error placeModuleVariables();
  void placeShared(const Variable &variable, FunctionCode &code);
  void layOut(FunctionCode &code);
  void layOutParameters(FunctionCode &code);
  void placeDynamicShared();
  llvm::Error decode(FunctionCode &code);
  llvm::Error decodeStatement(FunctionCode &code, const Statement &statement);

  Program &program;
  /// Shared memory of the module and of device functions, which every kernel
  /// has at the same place.
  uint32_t commonShared = 0;
};

} // namespace mlir::sattn::ptx

static bool isDynamicShared(const Variable &variable) {
  return variable.space == StateSpace::Shared && variable.size == 0;
}

llvm::Error ProgramBuilder::placeModuleVariables() {
  for (const Variable &variable : program.module->variables) {
    if (variable.space == StateSpace::Shared) {
      if (isDynamicShared(variable))
        continue;
      commonShared = llvm::alignTo(commonShared, variable.alignment);
      program.moduleSymbols[variable.name] = sharedBase + commonShared;
      commonShared += variable.size;
      continue;
    }
    if (variable.isExtern)
      return llvm::createStringError("ptx line " + llvm::Twine(variable.line) +
                                     ": variable '" + variable.name +
                                     "' is external and nobody defines it");
    void *data = program.memory.allocate(std::max<uint64_t>(variable.size, 1),
                                         variable.alignment);
    if (!data)
      return llvm::createStringError("no memory for variable '" +
                                     variable.name + "'");
    std::memset(data, 0, variable.size);
    if (!variable.initializer.empty())
      std::memcpy(data, variable.initializer.data(),
                  variable.initializer.size());
    program.variables[variable.name] = {data, variable.size};
    program.moduleSymbols[variable.name] = reinterpret_cast<uintptr_t>(data);
  }
  for (const Variable &variable : program.module->variables)
    for (const Variable::Relocation &relocation : variable.relocations) {
      auto symbol = program.moduleSymbols.find(relocation.symbol);
      if (symbol == program.moduleSymbols.end())
        return llvm::createStringError(
            "ptx line " + llvm::Twine(variable.line) + ": unknown symbol '" +
            relocation.symbol + "' in the value of '" + variable.name + "'");
      uint64_t address = symbol->second + relocation.addend;
      std::memcpy(static_cast<char *>(program.variables[variable.name].first) +
                      relocation.offset,
                  &address, sizeof address);
    }
  return llvm::Error::success();
}

void ProgramBuilder::placeShared(const Variable &variable, FunctionCode &code) {
  uint32_t &end =
      code.function->isEntry ? code.staticSharedBytes : commonShared;
  end = llvm::alignTo(end, variable.alignment);
  code.symbols[variable.name] = sharedBase + end;
  end += variable.size;
}

/// Parameters of a kernel lie in a buffer; those of device functions, and those
/// of the calls in a body, in the frame.
void ProgramBuilder::layOutParameters(FunctionCode &code) {
  for (const Variable &parameter : code.function->parameters) {
    if (!code.function->isEntry)
      continue;
    code.parameterBytes =
        llvm::alignTo(code.parameterBytes, parameter.alignment);
    code.parameterOffsets.push_back(code.parameterBytes);
    code.symbols[parameter.name] = code.parameterBytes;
    code.parameterBytes += parameter.size;
  }
  auto addArea = [&](const Variable &variable) {
    code.parameterAreas[variable.name] = {code.frameBytes,
                                          uint32_t(variable.size)};
    code.frameBytes += llvm::alignTo(variable.size * warpSize, 64);
  };
  if (!code.function->isEntry)
    for (const Variable &parameter : code.function->parameters)
      addArea(parameter);
  for (const Variable &result : code.function->results)
    addArea(result);
  for (const Variable &variable : code.function->variables)
    if (variable.space == StateSpace::Param)
      addArea(variable);
}

void ProgramBuilder::layOut(FunctionCode &code) {
  for (const Register &reg : code.function->registers) {
    unsigned bytes = getByteSize(reg.type);
    if (bytes)
      code.frameBytes = llvm::alignTo(code.frameBytes, 64);
    code.registerOffsets.push_back(code.frameBytes);
    code.frameBytes += bytes ? bytes * warpSize : sizeof(uint32_t);
  }
  code.frameBytes = llvm::alignTo(code.frameBytes, 64);
  // What `_` writes to.
  code.sinkOffset = code.frameBytes;
  code.frameBytes += 16 * warpSize;
  layOutParameters(code);
  for (const Variable &variable : code.function->variables) {
    if (variable.space == StateSpace::Shared && !isDynamicShared(variable)) {
      placeShared(variable, code);
    } else if (variable.space == StateSpace::Local) {
      code.localBytes = llvm::alignTo(code.localBytes, variable.alignment);
      code.symbols[variable.name] = code.localBytes;
      code.localBytes += variable.size;
    }
  }
  code.localBytes = llvm::alignTo(code.localBytes, 16);
}

/// Dynamic shared memory follows the static one. Device functions see it at one
/// address, so the kernels of a module that has them agree on it.
void ProgramBuilder::placeDynamicShared() {
  bool shareOffset = false;
  uint32_t furthest = 0;
  unsigned alignment = 16;
  for (const Variable &variable : program.module->variables)
    if (isDynamicShared(variable))
      alignment = std::max(alignment, variable.alignment);
  for (auto &code : program.functions) {
    shareOffset |= !code->function->isEntry;
    code->dynamicSharedOffset =
        sharedBase + llvm::alignTo(code->staticSharedBytes, alignment);
    furthest = std::max(furthest, code->dynamicSharedOffset);
  }
  for (auto &code : program.functions) {
    if (shareOffset)
      code->dynamicSharedOffset = furthest;
    for (const Variable &variable : program.module->variables)
      if (isDynamicShared(variable))
        code->symbols[variable.name] = code->dynamicSharedOffset;
    for (const Variable &variable : code->function->variables)
      if (isDynamicShared(variable))
        code->symbols[variable.name] = code->dynamicSharedOffset;
  }
}

llvm::Error ProgramBuilder::decodeStatement(FunctionCode &code,
                                            const Statement &statement) {
  Instruction instruction;
  instruction.statement = &statement;
  Decoder decoder(program, code);
  if (statement.guard >= 0) {
    instruction.guard =
        Slot(Slot::Frame, code.registerOffsets[statement.guard]);
    instruction.guardNegated = statement.guardNegated;
  }
  for (DecodeFunction decode : getInstructionTable().find(statement.mnemonic)) {
    Instruction candidate = instruction;
    if (decode(decoder, statement, candidate)) {
      program.code.push_back(candidate);
      return llvm::Error::success();
    }
    if (decoder.hasFailed())
      return decoder.takeError();
  }
  decoder.failUnknown(statement);
  return decoder.takeError();
}

llvm::Error ProgramBuilder::decode(FunctionCode &code) {
  code.begin = program.code.size();
  code.end = code.begin + code.function->body.size() + 1;
  for (const Statement &statement : code.function->body)
    if (llvm::Error error = decodeStatement(code, statement))
      return error;
  program.code.push_back(makeFunctionEnd(code.function->isEntry));
  computeReconvergence(program, code,
                       llvm::MutableArrayRef(program.code).slice(code.begin));
  code.hasWgmma = addRegisterGuards(
      *code.function, llvm::MutableArrayRef(program.code).slice(code.begin),
      [&](std::vector<uint32_t> registers) {
        program.registerLists.push_back(std::move(registers));
        return llvm::ArrayRef<uint32_t>(program.registerLists.back());
      });
  return llvm::Error::success();
}

llvm::Error ProgramBuilder::run() {
  if (llvm::Error error = placeModuleVariables())
    return error;
  for (const auto &function : program.module->functions) {
    if (!function->isDefined)
      continue;
    program.functions.push_back(std::make_unique<FunctionCode>());
    program.functions.back()->function = function.get();
  }
  for (auto &code : program.functions)
    if (!code->function->isEntry)
      layOut(*code);
  for (auto &code : program.functions)
    if (code->function->isEntry) {
      code->staticSharedBytes = commonShared;
      layOut(*code);
    }
  placeDynamicShared();
  for (auto &code : program.functions)
    if (llvm::Error error = decode(*code))
      return error;
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Program>>
Program::create(std::unique_ptr<Module> module, GlobalMemory &memory) {
  std::unique_ptr<Program> program(new Program(std::move(module), memory));
  if (llvm::Error error = ProgramBuilder(*program).run())
    return error;
  return program;
}

Program::~Program() {
  for (auto &variable : variables)
    memory.release(variable.second.first);
}

const FunctionCode *Program::findFunction(llvm::StringRef name) const {
  for (const auto &code : functions)
    if (code->function->name == name)
      return code.get();
  return nullptr;
}

const FunctionCode *Program::findKernel(llvm::StringRef name) const {
  const FunctionCode *code = findFunction(name);
  return code && code->function->isEntry ? code : nullptr;
}

std::pair<void *, uint64_t> Program::findVariable(llvm::StringRef name) const {
  return variables.lookup(name);
}
