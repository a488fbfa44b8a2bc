//===- Harness.cpp - Runs a few lines of PTX in a test -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text around a body, and the buffers of a launch.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "sattn/PTX/FloatFormats.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

std::string ptx::makeKernel(llvm::StringRef body, llvm::StringRef target,
                            llvm::StringRef declarations) {
  return (".version 8.3 .target " + target + " .address_size 64 " +
          declarations +
          " .visible .entry k(.param .u64 out, .param .u64 in) {"
          " .reg .pred %p<16>; .reg .b16 %h<32>; .reg .b32 %r<64>;"
          " .reg .b64 %d<32>; .reg .f32 %f<32>; .reg .f64 %g<32>;"
          " mov.u32 %r0, %tid.x;"
          " ld.param.u64 %d0, [out]; ld.param.u64 %d1, [in];"
          " mad.wide.u32 %d0, %r0, 8, %d0;"
          " mad.wide.u32 %d1, %r0, 8, %d1;\n" +
          body + "\nret;\n}\n")
      .str();
}

std::string KernelRun::go() {
  auto module = parseModule(source);
  if (!module)
    return llvm::toString(module.takeError());
  GlobalMemory memory;
  memory.add(in.data(), in.size() * sizeof(uint64_t));
  memory.add(out.data(), out.size() * sizeof(uint64_t));
  auto program = Program::create(std::move(*module), memory);
  if (!program)
    return llvm::toString(program.takeError());
  const void *pointers[] = {out.data(), in.data()};
  const void *parameters[] = {&pointers[0], &pointers[1]};
  config.parameters = parameters;
  auto result = Machine::launch(**program, "k", config, options);
  if (!result)
    return llvm::toString(result.takeError());
  statistics = *result;
  return "";
}

std::string ptx::getError(llvm::StringRef body, unsigned threads,
                          llvm::StringRef declarations) {
  return KernelRun(makeKernel(body, "sm_90a", declarations), threads).go();
}

/// The register of operand `index` in a class: $d is 8, $a is 9, ...
static std::string getRegister(char which, unsigned index) {
  return "%" + std::string(1, which) + std::to_string(8 + index);
}

static std::string getType(char which) {
  return which == 'h' ? "u16" : which == 'd' ? "u64" : "u32";
}

static uint64_t evaluate(const Case &test) {
  llvm::StringRef classes = test.classes;
  std::string body, instruction = test.instruction;
  auto replace = [&](char placeholder, const std::string &name) {
    for (size_t at;
         (at = instruction.find({'$', placeholder})) != std::string::npos;)
      instruction.replace(at, 2, name);
  };
  for (size_t i = 1; i < classes.size(); ++i) {
    char which = classes[i] == 'p' ? 'r' : classes[i];
    body += "ld.global." + getType(which) + " " + getRegister(which, i) +
            ", [%d1+" + std::to_string(8 * (i - 1)) + "];\n";
    if (classes[i] == 'p')
      body += "setp.ne.u32 " + getRegister('p', i) + ", " +
              getRegister('r', i) + ", 0;\n";
    replace('a' + (i - 1 < 3 ? i - 1 : i), getRegister(classes[i], i));
  }
  replace('d', getRegister(classes[0], 0));
  body += instruction + ";\n";
  char result = classes[0];
  if (result == 'p') {
    body += "selp.u32 %r8, 1, 0, %p8;\n";
    result = 'r';
  }
  body += "st.global." + getType(result) + " [%d0], " + getRegister(result, 0) +
          ";";
  KernelRun run(makeKernel(body, "sm_90a"), 1);
  std::copy(test.inputs.begin(), test.inputs.end(), run.in.begin());
  EXPECT_EQ(run.go(), "");
  return run.out[0];
}

void ptx::expectCases(llvm::ArrayRef<Case> cases) {
  for (const Case &test : cases) {
    std::string inputs;
    for (uint64_t input : test.inputs)
      inputs += " 0x" + llvm::utohexstr(input);
    EXPECT_EQ(llvm::utohexstr(evaluate(test)), llvm::utohexstr(test.expected))
        << test.instruction << " of" << inputs;
  }
}

uint64_t ptx::bits(float value) { return bitCast<uint32_t>(value); }
uint64_t ptx::bits(double value) { return bitCast<uint64_t>(value); }
