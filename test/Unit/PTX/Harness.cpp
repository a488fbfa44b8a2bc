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

uint64_t ptx::evaluate(llvm::StringRef body, llvm::ArrayRef<uint64_t> inputs) {
  KernelRun run(makeKernel(body), 1);
  std::copy(inputs.begin(), inputs.end(), run.in.begin());
  EXPECT_EQ(run.go(), "") << body.str();
  return run.out[0];
}
