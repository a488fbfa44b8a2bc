//===- MachineTest.cpp - Control flow, calls and launches -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the machine does around the instructions: divergence and reconvergence,
// calls, special registers, limits of launches.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

TEST(PTXMachine, everyThreadStoresItsIndex) {
  KernelRun run(makeKernel("st.global.u32 [%d0], %r0;"), 70);
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 70; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), i);
  EXPECT_EQ(run.out[70], 0u);
}

TEST(PTXMachine, lanesThatLeaveALoopOneByOneMeetBehindIt) {
  // Adds 1 + ... + tid, then every lane adds the number of its warp's lanes
  // that are active: all 32 are back.
  KernelRun run(makeKernel(R"(
    mov.u32 %r1, 0;
    mov.u32 %r2, %r0;
  loop:
    setp.eq.u32 %p0, %r2, 0;
    @%p0 bra done;
    add.u32 %r1, %r1, %r2;
    sub.u32 %r2, %r2, 1;
    bra.uni loop;
  done:
    st.global.u32 [%d0], %r1;)"));
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), i * (i + 1) / 2);
}

TEST(PTXMachine, bothSidesOfABranchRun) {
  KernelRun run(makeKernel(R"(
    rem.u32 %r1, %r0, 2;
    setp.eq.u32 %p0, %r1, 0;
    @!%p0 bra odd;
    mov.u32 %r2, 100;
    bra done;
  odd:
    mov.u32 %r2, 200;
  done:
    add.u32 %r2, %r2, %r0;
    st.global.u32 [%d0], %r2;)"));
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), (i % 2 ? 200 : 100) + i);
}

TEST(PTXMachine, aFunctionReturnsAtDifferentPlaces) {
  // f(x) = x < 8 ? x + 1 : 2 * x
  const char *function = R"(
.func (.param .b32 result) f(.param .b32 x)
{
  .reg .pred %p<2>;
  .reg .b32 %r<4>;
  ld.param.b32 %r1, [x];
  setp.lt.u32 %p1, %r1, 8;
  @%p1 bra small;
  add.u32 %r2, %r1, %r1;
  st.param.b32 [result], %r2;
  ret;
small:
  add.u32 %r2, %r1, 1;
  st.param.b32 [result], %r2;
  ret;
})";
  KernelRun run(makeKernel(R"(
  {
    .param .b32 argument;
    .param .b32 value;
    st.param.b32 [argument], %r0;
    call.uni (value), f, (argument);
    ld.param.b32 %r1, [value];
  }
    st.global.u32 [%d0], %r1;)",
                           "sm_90a", function));
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), i < 8 ? i + 1 : 2 * i);
}

TEST(PTXMachine, anUnknownInstructionIsNamed) {
  EXPECT_EQ(getError("frobnicate.sync.b32 %r1, %r2;"),
            "ptx line 2: unknown instruction 'frobnicate.sync.b32': "
            "frobnicate.sync.b32 %r1, %r2");
}

TEST(PTXMachine, aGlobalAccessOutOfBoundsIsReported) {
  EXPECT_NE(getError("ld.global.u32 %r1, [%d1+8192];")
                .find("ptx line 2: global memory access of 4 bytes"),
            std::string::npos);
}

TEST(PTXMachine, aTableOfTargetsDiverges) {
  KernelRun run(makeKernel(R"(
    and.b32 %r1, %r0, 3;
  table: .branchtargets zero, one, two, one;
    brx.idx %r1, table;
  zero:
    mov.u32 %r2, 10;
    bra done;
  one:
    mov.u32 %r2, 20;
    bra done;
  two:
    mov.u32 %r2, 30;
  done:
    shfl.sync.idx.b32 %r3, %r2, 2, 31, -1;
    add.u32 %r2, %r2, %r3;
    st.global.u32 [%d0], %r2;)"));
  ASSERT_EQ(run.go(), "");
  const unsigned expected[] = {40, 50, 60, 50};
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), expected[i % 4]);
  EXPECT_NE(getError("table: .branchtargets a, b;\nbrx.idx %r0, table;\n"
                     "a:\nb:")
                .find("index 2 is outside of the list of 2 targets"),
            std::string::npos);
}

TEST(PTXMachine, labelsAndRegistersOfInlineAssemblyHaveScopes) {
  // As LLVM repeats a body of inline assembly.
  std::string wait = R"({
    .reg .pred P1;
    .reg .b32 n;
    mov.u32 n, 3;
  LAB_WAIT:
    sub.u32 n, n, 1;
    setp.eq.u32 P1, n, 0;
    @P1 bra.uni DONE;
    add.u32 %r1, %r1, 1;
    bra.uni LAB_WAIT;
  DONE:
  }
)";
  KernelRun run(makeKernel("mov.u32 %r1, 0;\n" + wait + wait +
                           "st.global.u32 [%d0], %r1;"));
  ASSERT_EQ(run.go(), "");
  EXPECT_EQ(run.out[0], 4u);
}

TEST(PTXMachine, aFunctionCallsItself) {
  // Triangular numbers; lanes recurse to different depths.
  const char *function = R"(
.func (.param .b32 result) sum(.param .b32 n);
.func (.param .b32 result) sum(.param .b32 n)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<2>;
  .local .align 4 .b8 own[4];
  ld.param.b32 %r1, [n];
  st.local.b32 [own], %r1;
  mov.b32 %r3, 0;
  setp.eq.u32 %p1, %r1, 0;
  @%p1 bra done;
  add.s32 %r2, %r1, -1;
  {
    .param .b32 param0;
    .param .b32 retval0;
    st.param.b32 [param0], %r2;
    call.uni (retval0), sum, (param0);
    ld.param.b32 %r3, [retval0];
  }
done:
  mov.b64 %rd1, own;
  ld.local.b32 %r4, [%rd1];
  add.u32 %r3, %r3, %r4;
  st.param.b32 [result], %r3;
  ret;
})";
  KernelRun run(makeKernel(R"({
    .param .b32 a;
    .param .b32 b;
    st.param.b32 [a], %r0;
    call.uni (b), sum, (a);
    ld.param.b32 %r1, [b];
  }
    st.global.u32 [%d0], %r1;)",
                           "sm_90a", function));
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(uint32_t(run.out[i]), i * (i + 1) / 2);
}

TEST(PTXMachine, dynamicSharedMemoryFollowsTheStaticOne) {
  KernelRun run(makeKernel(R"(
    .shared .align 4 .b8 fixed[20];
    mov.u32 %r1, fixed;
    mov.u32 %r2, smem;
    sub.u32 %r3, %r2, %r1;
    st.shared.u32 [smem+60], %r3;
    ld.shared.u32 %r4, [%r2+60];
    and.b32 %r5, %r2, 1023;
    add.u32 %r4, %r4, %r5;
    mov.u32 %r6, %dynamic_smem_size;
    add.u32 %r4, %r4, %r6;
    st.global.u32 [%d0], %r4;)",
                           "sm_90a", ".extern .shared .align 1024 .b8 smem[];"),
                1);
  run.config.dynamicSharedBytes = 64;
  ASSERT_EQ(run.go(), "");
  EXPECT_EQ(run.out[0], 1024u + 64);
  run.config.dynamicSharedBytes = 60;
  EXPECT_NE(run.go().find("out of bounds"), std::string::npos);
}

TEST(PTXMachine, specialRegisters) {
  KernelRun run(makeKernel(R"(
    mov.u32 %r1, %ctaid.y;
    mov.u32 %r2, %nctaid.x;
    mov.u32 %r3, %ctaid.x;
    mad.lo.u32 %r4, %r1, %r2, %r3;
    mov.u32 %r5, %tid.y;
    mov.u32 %r6, %ntid.x;
    mad.lo.u32 %r7, %r5, %r6, %r0;
    mad.lo.u32 %r8, %r4, 64, %r7;
    ld.param.u64 %d2, [out];
    mad.wide.u32 %d2, %r8, 8, %d2;
    mov.u32 %r9, %laneid;
    mov.u32 %r10, %lanemask_lt;
    popc.b32 %r10, %r10;
    mov.u32 %r11, %warpid;
    mad.lo.u32 %r11, %r11, 1000, %r9;
    mad.lo.u32 %r11, %r10, 10000, %r11;
    st.global.u32 [%d2], %r11;)"));
  run.config.grid.x = 3;
  run.config.grid.y = 2;
  run.config.block.x = 16;
  run.config.block.y = 4;
  ASSERT_EQ(run.go(), "");
  for (unsigned i = 0; i < 6 * 64; ++i)
    EXPECT_EQ(uint32_t(run.out[i]),
              i % 32 * 10000 + i % 64 / 32 * 1000 + i % 32);
}

TEST(PTXMachine, theSeedDecidesTheOrder) {
  // The order in which warps draw tickets differs between seeds and is the same
  // for the same seed.
  auto draw = [](uint64_t seed) {
    KernelRun run(makeKernel(R"(
      ld.param.u64 %d2, [in];
      atom.global.add.u32 %r1, [%d2], 1;
      st.global.u32 [%d0], %r1;)"),
                  256);
    run.options.seed = seed;
    EXPECT_EQ(run.go(), "");
    return run.out;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

namespace {
std::string getParseError(llvm::StringRef text) {
  auto module = parseModule(text);
  return module ? "" : llvm::toString(module.takeError());
}
} // namespace

TEST(PTXParser, directivesAroundTheCode) {
  EXPECT_EQ(getParseError(R"(
.version 8.3
.target sm_90a, debug
.address_size 64
.file 1 "a.cu"
.section .debug_abbrev { .b8 1
.b8 17
}
/* a comment
   of two lines */
.visible .entry k(
  .param .u64 .ptr .global .align 16 a,
  .param .align 64 .b8 map[128]
)
.maxntid 128, 1, 1
.minnctapersm 1
.reqnctapercluster 2, 1, 1
{
  .loc 1 3 5
  .pragma "nounroll";
  ret;
})"),
            "");
}

TEST(PTXParser, mistakesAreShownWithTheirLine) {
  EXPECT_EQ(getParseError(""), "ptx line 1: expected a .version directive");
  EXPECT_EQ(getParseError(".version 8.3\n.address_size 32"),
            "ptx line 2: expected 64-bit addresses, got 32-bit ones");
  std::string head = ".version 8.3\n.target sm_80\n";
  EXPECT_EQ(getParseError(head + ".global .align 3 .b8 x;"),
            "ptx line 3: expected an alignment that is a power of two, got 3");
  EXPECT_EQ(getParseError(head + ".visible .entry k() {\n ret;\n"),
            "ptx line 5: expected an instruction, got 'end of text'");
  EXPECT_EQ(getParseError(head + ".entry k() { @%p1 ret; }"),
            "ptx line 3: expected a predicate, got '%p1'");
  EXPECT_EQ(getParseError(head + ".entry k() { a: a: ret; }"),
            "ptx line 3: label 'a' is there twice");
  EXPECT_EQ(getParseError(head + ".entry k() .what 3 { ret; }"),
            "ptx line 3: unknown directive '.what' of a function");
  EXPECT_EQ(getParseError(head + ".entry k() { .reg .b32 %r<2>; add %r1 $; }"),
            "ptx line 3: expected ';', got '$'");
}
