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
