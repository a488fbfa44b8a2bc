//===- MemoryTest.cpp - Loads, stores, addresses, atomics and copies -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ld, st, mov of vectors, cvta, isspacep, atom, red and cp.async, with results
// from the PTX ISA.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {
/// Runs `body` in one thread; `in` and the expected words of `out`.
void expectOut(llvm::StringRef body, std::vector<uint64_t> in,
               std::vector<uint64_t> out, llvm::StringRef declarations = "") {
  KernelRun run(makeKernel(body, "sm_90a", declarations), 1);
  std::copy(in.begin(), in.end(), run.in.begin());
  ASSERT_EQ(run.go(), "") << body.str();
  run.out.resize(out.size());
  EXPECT_EQ(run.out, out) << body.str();
}
} // namespace

TEST(PTXMemory, loadsExtendToTheRegister) {
  expectOut(R"(ld.global.s8 %r1, [%d1];
    st.global.u32 [%d0], %r1;
    ld.global.u8 %r1, [%d1];
    st.global.u32 [%d0+8], %r1;
    ld.global.s16 %d2, [%d1];
    st.global.u64 [%d0+16], %d2;
    ld.global.b8 %h1, [%d1+1];
    st.global.u16 [%d0+24], %h1;)",
            {0x8180}, {0xffffff80, 0x80, 0xffffffffffff8180, 0x81});
}

TEST(PTXMemory, storesTruncateTheRegister) {
  expectOut(R"(mov.u32 %r1, 0x12345678;
    st.global.u8 [%d0], %r1;
    mov.u32 %r2, 0x9abc;
    cvt.u16.u32 %h1, %r2;
    st.global.b8 [%d0+8], %h1;
    st.global.u16 [%d0+16], %r1;)",
            {}, {0x78, 0xbc, 0x5678});
}

TEST(PTXMemory, vectorsAndHints) {
  expectOut(
      R"(ld.global.nc.L1::evict_last.L2::128B.v4.b32 {%r1, %r2, _, %r4}, [%d1];
    st.global.cs.v2.b32 [%d0], {%r4, %r1};
    ld.volatile.global.v2.b64 {%d2, %d3}, [%d1];
    st.global.wb.b64 [%d0+8], %d3;
    ldu.global.v2.u16 {%h1, %h2}, [%d1+4];
    st.global.u16 [%d0+16], %h2;
    ld.relaxed.gpu.global.L1::no_allocate.b32 %r5, [%d1+4];
    st.release.gpu.global.b32 [%d0+24], %r5;)",
      {0x0002000300000001, 0x0000000400000005},
      {0x0000000100000004, 0x0000000400000005, 2, 0x20003});
}

TEST(PTXMemory, everySpaceAndGenericAddresses) {
  expectOut(R"(
    .shared .align 8 .b8 tile[16];
    .local .align 8 .b8 stack[16];
    mov.u32 %r1, tile;
    st.shared.u32 [%r1+4], 7;
    mov.u64 %d2, tile;
    cvta.shared.u64 %d3, %d2;
    ld.u32 %r2, [%d3+4];
    st.global.u32 [%d0], %r2;
    cvta.to.shared.u64 %d4, %d3;
    sub.u64 %d4, %d4, %d2;
    st.global.u64 [%d0+8], %d4;
    mov.u64 %d5, stack;
    st.local.u32 [stack+8], 9;
    cvta.local.u64 %d6, %d5;
    ld.u32 %r3, [%d6+8];
    st.global.u32 [%d0+16], %r3;
    isspacep.shared %p1, %d3;
    isspacep.global %p2, %d0;
    isspacep.local %p3, %d3;
    selp.u32 %r4, 1, 0, %p1;
    selp.u32 %r5, 2, 0, %p2;
    selp.u32 %r6, 4, 0, %p3;
    or.b32 %r4, %r4, %r5;
    or.b32 %r4, %r4, %r6;
    st.global.u32 [%d0+24], %r4;
    ld.const.u32 %r7, [table+4];
    mov.u64 %d7, counter;
    ld.global.u16 %r8, [%d7];
    add.u32 %r7, %r7, %r8;
    st.global.u32 [%d0+32], %r7;
    mov.u64 %d8, out;
    cvta.param.u64 %d9, %d8;
    ld.u64 %d10, [%d9];
    sub.u64 %d10, %d10, %d0;
    st.global.u64 [%d0+40], %d10;)",
            {}, {7, 0, 9, 3, 105, 0},
            ".const .align 4 .u32 table[2] = {5, 100}; "
            ".global .u16 counter = 5;");
}

TEST(PTXMemory, vectorsArePackedAndUnpacked) {
  expectOut(R"(mov.b32 %r1, {%h1, %h2};
    mov.u32 %r2, 0x00020001;
    mov.b32 {%h1, %h2}, %r2;
    mov.b32 %r1, {%h2, %h1};
    st.global.u32 [%d0], %r1;
    mov.b64 %d2, {%r1, %r2};
    st.global.u64 [%d0+8], %d2;
    mov.b64 {_, %r3}, %d2;
    st.global.u32 [%d0+16], %r3;)",
            {}, {0x00010002, 0x0002000100010002, 0x00020001});
}

TEST(PTXMemory, atomicsReturnTheOldValue) {
  expectOut(R"(st.global.u64 [%d0], 10;
    atom.global.add.u32 %r1, [%d0], 5;
    atom.global.max.s32 %r2, [%d0], -1;
    atom.global.inc.u32 %r3, [%d0], 15;
    atom.global.dec.u32 %r4, [%d0], 99;
    atom.global.cas.b32 %r5, [%d0], 99, 6;
    atom.global.exch.b32 %r6, [%d0], 12;
    atom.global.and.b32 %r7, [%d0], 8;
    atom.global.xor.b32 %r8, [%d0], 1;
    st.global.v2.u32 [%d0+8], {%r1, %r2};
    st.global.v2.u32 [%d0+16], {%r3, %r4};
    st.global.v2.u32 [%d0+24], {%r5, %r6};
    st.global.v2.u32 [%d0+32], {%r7, %r8};)",
            {},
            {9, 10 | uint64_t(15) << 32, 15, 99 | uint64_t(6) << 32,
             12 | uint64_t(8) << 32},
            "");
}

TEST(PTXMemory, reductionsOfAllThreads) {
  KernelRun run(makeKernel(R"(
    .shared .align 4 .u32 sum;
    setp.eq.u32 %p0, %r0, 0;
    @%p0 st.shared.u32 [sum], 0;
    bar.sync 0;
    red.shared.add.u32 [sum], %r0;
    bar.sync 0;
    ld.shared.u32 %r1, [sum];
    st.global.u32 [%d0], %r1;
    ld.param.u64 %d2, [in];
    red.global.add.f32 [%d2], 0f3F800000;
    mov.u32 %r2, 0x3C003C00;
    red.relaxed.gpu.global.add.noftz.f16x2 [%d2+4], %r2;
    red.global.min.s64 [%d2+8], %d1;)"),
                64);
  run.in[1] = uint64_t(1) << 62;
  ASSERT_EQ(run.go(), "");
  EXPECT_EQ(uint32_t(run.out[63]), 63u * 64 / 2);
  EXPECT_EQ(uint32_t(run.in[0]), bits(64.0f));
  EXPECT_EQ(run.in[0] >> 32, 0x54005400u); // 64 in f16 twice
  EXPECT_EQ(run.in[1], reinterpret_cast<uintptr_t>(run.in.data()));
}

TEST(PTXMemory, atomicsOfVectorsAndHalves) {
  expectOut(R"(mov.u32 %r1, 0x3F800000;
    mov.u32 %r2, 0x40000000;
    st.global.u64 [%d0], 0;
    atom.global.add.v2.f32 {%r3, %r4}, [%d0], {%r1, %r2};
    st.global.u32 [%d0+8], 0x3C00;
    mov.b32 {%h1, %h2}, %r1;
    mov.u16 %h3, 0x4000;
    atom.global.add.noftz.f16 %h1, [%d0+8], %h3;
    st.global.u16 [%d0+16], %h1;)",
            {}, {0x400000003f800000, 0x4200, 0x3c00});
}

namespace {
/// Copies 16 bytes per thread, waits, and stores what the neighbour copied.
const char *copyKernel = R"(
    .shared .align 16 .b8 tile[1024];
    ld.param.u64 %d2, [in];
    mad.wide.u32 %d2, %r0, 16, %d2;
    shl.b32 %r1, %r0, 4;
    mov.u32 %r2, tile;
    add.u32 %r3, %r2, %r1;
    cp.async.cg.shared.global [%r3], [%d2], 16;
    cp.async.commit_group;
    cp.async.wait_group 0;
    bar.sync 0;
    xor.b32 %r4, %r1, 16;
    add.u32 %r4, %r2, %r4;
    ld.shared.v2.u64 {%d3, %d4}, [%r4];
    st.global.u64 [%d0], %d4;)";
} // namespace

TEST(PTXMemory, copiesArriveUnderEveryAsynchrony) {
  for (Asynchrony asynchrony :
       {Asynchrony::Late, Asynchrony::Early, Asynchrony::Random})
    for (uint64_t seed = 1; seed < 4; ++seed) {
      KernelRun run(makeKernel(copyKernel), 64);
      run.options.asynchrony = asynchrony;
      run.options.seed = seed;
      for (unsigned i = 0; i < 128; ++i)
        run.in[i] = 1000 + i;
      ASSERT_EQ(run.go(), "");
      for (unsigned i = 0; i < 64; ++i)
        EXPECT_EQ(run.out[i], 1000 + 2 * (i ^ 1) + 1);
    }
}

TEST(PTXMemory, copiesFillWithZero) {
  expectOut(R"(
    .shared .align 16 .b8 tile[32];
    mov.u32 %r1, tile;
    mov.u32 %r2, 4;
    cp.async.ca.shared.global [%r1], [%d1], 16, %r2;
    setp.eq.u32 %p0, %r0, 0;
    cp.async.ca.shared.global.L2::128B [%r1+16], [%d1+8], 8, %p0;
    cp.async.ca.shared.global [%r1+24], [%d1+8], 8;
    cp.async.wait_all;
    ld.shared.v2.u64 {%d2, %d3}, [%r1];
    ld.shared.v2.u64 {%d4, %d5}, [%r1+16];
    st.global.v2.u64 [%d0], {%d2, %d3};
    st.global.v2.u64 [%d0+16], {%d4, %d5};)",
            {~uint64_t(0), 77}, {0xffffffff, 0, 0, 77});
}

TEST(PTXMemory, onlyOldGroupsAreWaitedFor) {
  // Late copies: the second group must not have arrived, and reading it is a
  // race with a copy in flight.
  const char *body = R"(
    .shared .align 16 .b8 tile[32];
    mov.u32 %r1, tile;
    cp.async.ca.shared.global [%r1], [%d1], 8;
    cp.async.commit_group;
    cp.async.ca.shared.global [%r1+16], [%d1+8], 8;
    cp.async.commit_group;
    cp.async.wait_group 1;
    ld.shared.u64 %d2, [%r1];
    st.global.u64 [%d0], %d2;
    ld.shared.u64 %d2, [%r1+16];)";
  KernelRun run(makeKernel(body), 1);
  run.in[0] = 5;
  run.options.asynchrony = Asynchrony::Early;
  EXPECT_NE(run.go().find("which is still in flight"), std::string::npos);
  EXPECT_EQ(run.out[0], 5u);
}
