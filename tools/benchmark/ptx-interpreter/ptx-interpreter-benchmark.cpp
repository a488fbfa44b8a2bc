//===- ptx-interpreter-benchmark.cpp - Speed of the PTX interpreter -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs loops of the kinds that attention kernels spend their instructions in,
// and prints millions of warp instructions per second of one core's time: the
// median of some repetitions, with every check on, and without the checks of
// races and uninitialized memory.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include <ctime>

using namespace mlir::sattn::ptx;

static llvm::cl::opt<unsigned>
    repetitions("repetitions", llvm::cl::desc("timed runs of each kernel"),
                llvm::cl::init(5));

namespace {
struct Kernel {
  const char *name;
  /// What the loop over %r1 from 0 to 4096 repeats.
  const char *body;
};

constexpr Kernel kernels[] = {
    {"arithmetic on f32 and addresses", R"(
  fma.rn.ftz.f32 %f1, %f2, %f3, %f1;
  mul.ftz.f32 %f4, %f1, %f3;
  add.ftz.f32 %f5, %f4, %f2;
  max.ftz.f32 %f6, %f5, %f4;
  mad.lo.s32 %r3, %r1, 12, %r2;
  shl.b32 %r4, %r3, 2;
  and.b32 %r4, %r4, 0xfc;
  mul.wide.u32 %d3, %r4, 4;
  setp.lt.f32 %p2, %f5, %f6;
  selp.f32 %f7, %f5, %f6, %p2;)"},
    {"softmax of a tile", R"(
  mul.ftz.f32 %f4, %f1, %f3;
  max.ftz.f32 %f5, %f4, %f2;
  shfl.sync.bfly.b32 %r5, %r3, 1, 31, -1;
  sub.ftz.f32 %f6, %f4, %f5;
  ex2.approx.ftz.f32 %f7, %f6;
  fma.rn.ftz.f32 %f8, %f8, %f7, %f7;
  mul.rn.f32 %f9, %f8, %f7;
  cvt.rn.bf16x2.f32 %r6, %f7, %f6;
  ex2.approx.ftz.f32 %f10, %f5;
  fma.rn.ftz.f32 %f1, %f1, %f10, %f7;)"},
    {"shared and global memory", R"(
  ld.shared.v4.b32 {%r8, %r9, %r10, %r11}, [%r7];
  add.u32 %r8, %r8, %r9;
  bar.sync 0;
  st.shared.v4.b32 [%r7], {%r8, %r9, %r10, %r11};
  xor.b32 %r12, %r8, %r10;
  add.u32 %r13, %r12, %r11;
  bar.sync 0;
  ld.global.b32 %r14, [%d1];
  add.u32 %r15, %r14, %r13;
  st.global.b32 [%d2], %r15;)"},
};
} // namespace

static std::string makeText(const Kernel &kernel) {
  return std::string(R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry k(.param .u64 in, .param .u64 out)
{
  .reg .pred %p<4>;
  .reg .b32 %r<16>;
  .reg .b32 %f<16>;
  .reg .b64 %d<4>;
  .shared .align 16 .b8 tile[2048];
  mov.u32 %r2, %tid.x;
  ld.param.u64 %d1, [in];
  ld.param.u64 %d2, [out];
  mad.wide.u32 %d1, %r2, 4, %d1;
  mov.u32 %r3, %ctaid.x;
  mad.wide.u32 %d2, %r3, 512, %d2;
  mad.wide.u32 %d2, %r2, 4, %d2;
  mov.u32 %r7, tile;
  mad.lo.u32 %r7, %r2, 16, %r7;
  st.shared.v4.b32 [%r7], {%r2, %r2, %r2, %r2};
  mov.u32 %r3, %r2;
  cvt.rn.f32.u32 %f1, %r2;
  mov.b32 %f2, 0f3F000000;
  mov.b32 %f3, 0f3F400000;
  mov.b32 %f8, 0f3F800000;
  mov.u32 %r1, 0;
loop:)") +
         kernel.body +
         R"(
  add.u32 %r1, %r1, 1;
  setp.lt.u32 %p1, %r1, 4096;
  @%p1 bra loop;
  ret;
})";
}

/// Millions of warp instructions per second.
static llvm::Expected<double> measure(const Program &program,
                                      llvm::ArrayRef<const void *> parameters,
                                      bool checks) {
  LaunchConfig config;
  config.grid.x = 4;
  config.block.x = 128;
  config.parameters = parameters;
  LaunchOptions options;
  options.checkRaces = options.checkUninitialized = checks;
  std::vector<double> rates;
  for (unsigned i = 0; i <= repetitions; ++i) {
    std::clock_t start = std::clock();
    auto statistics = Machine::launch(program, "k", config, options);
    if (!statistics)
      return statistics.takeError();
    double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    // The first run warms up.
    if (i)
      rates.push_back(statistics->warpInstructions / seconds / 1e6);
  }
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

static llvm::Error run(const Kernel &kernel) {
  auto module = parseModule(makeText(kernel));
  if (!module)
    return module.takeError();
  GlobalMemory memory;
  void *in = memory.allocate(4096), *out = memory.allocate(4096);
  auto program = Program::create(std::move(*module), memory);
  if (!program)
    return program.takeError();
  const void *parameters[] = {&in, &out};
  auto checked = measure(**program, parameters, true);
  if (!checked)
    return checked.takeError();
  auto unchecked = measure(**program, parameters, false);
  if (!unchecked)
    return unchecked.takeError();
  llvm::outs() << llvm::format("%-34s %8.1f %10.1f\n", kernel.name, *checked,
                               *unchecked);
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(
      argc, argv, "speed of the PTX interpreter on one core\n");
  if (repetitions == 0) {
    llvm::errs() << "expected at least one repetition\n";
    return 1;
  }
  llvm::outs() << "million warp instructions/s         checked  unchecked\n";
  for (const Kernel &kernel : kernels)
    if (llvm::Error error = run(kernel)) {
      llvm::errs() << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  return 0;
}
