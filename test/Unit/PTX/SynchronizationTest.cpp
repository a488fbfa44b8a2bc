//===- SynchronizationTest.cpp - Collectives, barriers and mbarriers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// shfl, vote, match, redux, activemask, bar, barrier.cluster, mbarrier: results
// from the PTX ISA, over several orders of warps.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {
/// Runs `body` under a few seeds and compares each thread's result.
template <typename Expected>
void expectThreads(llvm::StringRef body, unsigned threads, Expected expected) {
  for (uint64_t seed = 1; seed < 5; ++seed) {
    KernelRun run(makeKernel(body), threads);
    run.options.seed = seed;
    run.options.asynchrony = Asynchrony(seed % 3);
    for (unsigned i = 0; i < threads; ++i)
      run.in[i] = 100 + i;
    ASSERT_EQ(run.go(), "") << body.str();
    for (unsigned i = 0; i < threads; ++i)
      EXPECT_EQ(run.out[i], uint64_t(expected(i)))
          << "thread " << i << " of " << body.str();
  }
}
} // namespace

TEST(PTXCollective, shuffles) {
  expectThreads(R"(shfl.sync.bfly.b32 %r1|%p1, %r0, 1, 31, -1;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned i) { return i ^ 1; });
  expectThreads(R"(shfl.sync.idx.b32 %r1, %r0, 5, 31, 0xffffffff;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned) { return 5; });
  // Lanes below the offset keep their own value; the predicate says so.
  expectThreads(R"(shfl.sync.up.b32 %r1|%p1, %r0, 3, 0, -1;
    selp.u32 %r2, 1000, 0, %p1;
    add.u32 %r1, %r1, %r2;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned i) { return i < 3 ? i : 1000 + i - 3; });
  // Segments of eight lanes: c = (32 - 8) << 8 | 7 for down and idx.
  expectThreads(R"(shfl.sync.down.b32 %r1|%p1, %r0, 2, 0x181f, -1;
    selp.u32 %r2, 1000, 0, %p1;
    add.u32 %r1, %r1, %r2;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned i) { return i % 8 < 6 ? 1000 + i + 2 : i; });
  expectThreads(R"(shfl.sync.idx.b32 %r1, %r0, 9, 0x181f, -1;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned i) { return i / 8 * 8 + 1; });
}

TEST(PTXCollective, votesAndMatches) {
  expectThreads(R"(setp.lt.u32 %p1, %r0, 4;
    vote.sync.ballot.b32 %r1, %p1, -1;
    vote.sync.all.pred %p2, %p1, -1;
    vote.sync.any.pred %p3, %p1, -1;
    vote.sync.uni.pred %p4, !%p1, -1;
    selp.u32 %r2, 0x100, 0, %p2;
    selp.u32 %r3, 0x200, 0, %p3;
    selp.u32 %r4, 0x400, 0, %p4;
    or.b32 %r1, %r1, %r2;
    or.b32 %r1, %r1, %r3;
    or.b32 %r1, %r1, %r4;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned) { return 0x20f; });
  expectThreads(R"(shr.u32 %r1, %r0, 3;
    match.any.sync.b32 %r2, %r1, -1;
    st.global.u32 [%d0], %r2;)",
                32, [](unsigned i) { return 0xffu << (i / 8 * 8); });
  expectThreads(R"(mov.u64 %d2, 7;
    match.all.sync.b64 %r2|%p1, %d2, -1;
    selp.u32 %r2, %r2, 0, %p1;
    st.global.u32 [%d0], %r2;)",
                32, [](unsigned) { return 0xffffffff; });
}

TEST(PTXCollective, reductions) {
  expectThreads(R"(redux.sync.add.s32 %r1, %r0, -1;
    redux.sync.max.u32 %r2, %r0, -1;
    redux.sync.xor.b32 %r3, %r0, -1;
    redux.sync.or.b32 %r4, %r0, -1;
    sub.s32 %r5, 10, %r0;
    redux.sync.min.s32 %r5, %r5, -1;
    add.u32 %r1, %r1, %r2;
    add.u32 %r1, %r1, %r3;
    add.u32 %r1, %r1, %r4;
    sub.u32 %r1, %r1, %r5;
    st.global.u32 [%d0], %r1;)",
                32, [](unsigned) { return 496 + 31 + 0 + 31 + 21; });
}

TEST(PTXCollective, divergedLanesMeetInACollective) {
  // Both sides of a branch come to one shuffle of all lanes.
  expectThreads(R"(setp.lt.u32 %p1, %r0, 16;
    mov.u32 %r1, %r0;
    @%p1 bra low;
    add.u32 %r1, %r1, 100;
  low:
    shfl.sync.bfly.b32 %r2, %r1, 16, 31, -1;
    st.global.u32 [%d0], %r2;)",
                32, [](unsigned i) { return i < 16 ? i + 116 : i - 16; });
  // Only half of the lanes take part; they alone are in the mask.
  expectThreads(R"(setp.lt.u32 %p1, %r0, 16;
    mov.u32 %r2, 7;
    @!%p1 bra done;
    activemask.b32 %r3;
    shfl.sync.bfly.b32 %r2, %r0, 1, 31, 0xffff;
  done:
    st.global.u32 [%d0], %r2;)",
                32, [](unsigned i) { return i < 16 ? i ^ 1 : 7; });
}

TEST(PTXBarrier, exchangesThroughSharedMemory) {
  expectThreads(R"(
    .shared .align 4 .u32 slots[128];
    mov.u32 %r1, slots;
    mad.lo.u32 %r2, %r0, 4, %r1;
    st.shared.u32 [%r2], %r0;
    barrier.cta.sync.aligned 0;
    xor.b32 %r3, %r0, 96;
    mad.lo.u32 %r3, %r3, 4, %r1;
    ld.shared.u32 %r4, [%r3];
    st.global.u32 [%d0], %r4;)",
                128, [](unsigned i) { return i ^ 96; });
}

TEST(PTXBarrier, oneWarpProducesForTheOther) {
  // Warp 0 arrives, warp 1 waits, on a barrier of 64 threads.
  expectThreads(R"(
    .shared .align 4 .u32 slots[32];
    mov.u32 %r1, slots;
    and.b32 %r2, %r0, 31;
    mad.lo.u32 %r2, %r2, 4, %r1;
    setp.ge.u32 %p1, %r0, 32;
    @%p1 bra consumer;
    st.shared.u32 [%r2], %r0;
    bar.arrive 3, 64;
    st.global.u32 [%d0], 1;
    ret;
  consumer:
    bar.sync 3, 64;
    ld.shared.u32 %r4, [%r2];
    st.global.u32 [%d0], %r4;)",
                64, [](unsigned i) { return i < 32 ? 1 : i - 32; });
}

TEST(PTXBarrier, reducesPredicates) {
  expectThreads(R"(setp.lt.u32 %p1, %r0, 40;
    bar.red.popc.u32 %r1, 0, %p1;
    barrier.cta.red.or.pred %p2, 1, %p1;
    bar.red.and.pred %p3, 0, !%p1;
    selp.u32 %r2, 100, 0, %p2;
    selp.u32 %r3, 1000, 0, %p3;
    add.u32 %r1, %r1, %r2;
    add.u32 %r1, %r1, %r3;
    st.global.u32 [%d0], %r1;)",
                64, [](unsigned) { return 140; });
}

TEST(PTXBarrier, threadsThatHaveExitedAreNotWaitedFor) {
  expectThreads(R"(setp.ge.u32 %p1, %r0, 32;
    st.global.u32 [%d0], 1;
    @%p1 exit;
    bar.sync 0;
    st.global.u32 [%d0], 2;)",
                64, [](unsigned i) { return i < 32 ? 2 : 1; });
}

TEST(PTXBarrier, clustersExchangeSharedMemory) {
  KernelRun run(makeKernel(R"(
    .shared .align 4 .u32 slot;
    mov.u32 %r1, %cluster_ctarank;
    add.u32 %r2, %r1, 50;
    st.shared.u32 [slot], %r2;
    barrier.cluster.arrive.release.aligned;
    barrier.cluster.wait.acquire.aligned;
    xor.b32 %r3, %r1, 1;
    mov.u32 %r4, slot;
    mapa.shared::cluster.u32 %r5, %r4, %r3;
    ld.shared::cluster.u32 %r6, [%r5];
    mad.wide.u32 %d0, %r1, 8, %d0;
    st.global.u32 [%d0], %r6;
    barrier.cluster.arrive.relaxed.aligned;
    barrier.cluster.wait.aligned;)"),
                1);
  run.config.grid.x = 2;
  Dim3 cluster;
  cluster.x = 2;
  run.config.cluster = cluster;
  ASSERT_EQ(run.go(), "");
  EXPECT_EQ(run.out[0], 51u);
  EXPECT_EQ(run.out[1], 50u);
}

namespace {
/// Warp 1 hands words to warp 0 through two slots with full and empty
/// mbarriers, eight times.
const char *ring = R"(
    .shared .align 8 .b8 full[16];
    .shared .align 8 .b8 empty[16];
    .shared .align 8 .b8 data[256];
    setp.eq.u32 %p0, %r0, 0;
    mov.u32 %r10, full;
    mov.u32 %r11, empty;
    @%p0 mbarrier.init.shared::cta.b64 [%r10], 32;
    @%p0 mbarrier.init.shared::cta.b64 [%r10+8], 32;
    @%p0 mbarrier.init.shared.b64 [%r11], 1;
    @%p0 mbarrier.init.shared.b64 [%r11+8], 1;
    bar.sync 0;
    mov.u32 %r1, 0;
    mov.u32 %r9, 0;
    mov.u32 %r12, data;
    and.b32 %r13, %r0, 31;
    mad.lo.u32 %r12, %r13, 4, %r12;
    setp.ge.u32 %p1, %r0, 32;
  loop:
    and.b32 %r2, %r1, 1;
    mad.lo.u32 %r3, %r2, 8, %r10;
    mad.lo.u32 %r4, %r2, 8, %r11;
    mad.lo.u32 %r5, %r2, 128, %r12;
    shr.u32 %r6, %r1, 1;
    and.b32 %r6, %r6, 1;
    @%p1 bra producer;
  waitFull:
    mbarrier.try_wait.parity.shared.b64 %p2, [%r3], %r6;
    @!%p2 bra waitFull;
    ld.shared.u32 %r7, [%r5];
    add.u32 %r9, %r9, %r7;
    bar.warp.sync -1;
    @%p0 mbarrier.arrive.shared.b64 _, [%r4];
    bra next;
  producer:
    xor.b32 %r6, %r6, 1;
  waitEmpty:
    mbarrier.test_wait.parity.shared::cta.b64 %p2, [%r4], %r6;
    @!%p2 bra waitEmpty;
    add.u32 %r7, %r1, %r13;
    st.shared.u32 [%r5], %r7;
    mbarrier.arrive.release.cta.shared::cta.b64 %d5, [%r3];
  next:
    add.u32 %r1, %r1, 1;
    setp.lt.u32 %p3, %r1, 8;
    @%p3 bra loop;
    st.global.u32 [%d0], %r9;)";
} // namespace

TEST(PTXMbarrier, aRingOfTwoSlots) {
  expectThreads(ring, 64, [](unsigned i) { return i < 32 ? 28 + 8 * i : 0; });
}

TEST(PTXMbarrier, tokensAndCounts) {
  expectThreads(R"(
    .shared .align 8 .b8 barrier[8];
    mov.u32 %r1, barrier;
    mbarrier.init.shared.b64 [%r1], 3;
    mbarrier.arrive.shared.b64 %d2, [%r1];
    mbarrier.pending_count.b64 %r2, %d2;
    mbarrier.arrive.shared.b64 %d3, [%r1], 2;
    mbarrier.test_wait.shared.b64 %p1, [%r1], %d2;
    selp.u32 %r3, 10, 0, %p1;
    mbarrier.arrive_drop.shared.b64 %d4, [%r1];
    mbarrier.arrive.shared.b64 %d5, [%r1];
    mbarrier.test_wait.shared.b64 %p2, [%r1], %d5;
    selp.u32 %r4, 100, 0, %p2;
    mbarrier.arrive.shared.b64 _, [%r1];
    mbarrier.try_wait.shared.b64 %p3, [%r1], %d5, 1000;
    selp.u32 %r5, 1000, 0, %p3;
    add.u32 %r2, %r2, %r3;
    add.u32 %r2, %r2, %r4;
    add.u32 %r2, %r2, %r5;
    mbarrier.inval.shared.b64 [%r1];
    st.global.u32 [%d0], %r2;)",
                1, [](unsigned) { return 3 + 10 + 1000; });
}

TEST(PTXMbarrier, transactionsHoldThePhaseOpen) {
  expectThreads(R"(
    .shared .align 8 .b8 barrier[8];
    mov.u32 %r1, barrier;
    mbarrier.init.shared.b64 [%r1], 1;
    mbarrier.arrive.expect_tx.shared.b64 _, [%r1], 64;
    mbarrier.test_wait.parity.shared.b64 %p1, [%r1], 0;
    mbarrier.complete_tx.relaxed.cta.shared.b64 [%r1], 64;
    mbarrier.test_wait.parity.shared.b64 %p2, [%r1], 0;
    selp.u32 %r2, 1, 0, %p1;
    selp.u32 %r3, 2, 0, %p2;
    add.u32 %r2, %r2, %r3;
    st.global.u32 [%d0], %r2;)",
                1, [](unsigned) { return 2; });
}

TEST(PTXMbarrier, copiesArrive) {
  expectThreads(R"(
    .shared .align 8 .b8 barrier[8];
    .shared .align 16 .b8 data[256];
    mov.u32 %r1, barrier;
    mov.u32 %r2, data;
    setp.eq.u32 %p0, %r0, 0;
    @%p0 mbarrier.init.shared.b64 [%r1], 32;
    bar.sync 0;
    mad.lo.u32 %r3, %r0, 8, %r2;
    cp.async.ca.shared.global [%r3], [%d1], 8;
    cp.async.mbarrier.arrive.noinc.shared.b64 [%r1];
  again:
    mbarrier.try_wait.parity.shared.b64 %p1, [%r1], 0;
    @!%p1 bra again;
    xor.b32 %r4, %r0, 1;
    mad.lo.u32 %r4, %r4, 8, %r2;
    ld.shared.u64 %d2, [%r4];
    st.global.u64 [%d0], %d2;)",
                32, [](unsigned i) { return 100 + (i ^ 1); });
}
