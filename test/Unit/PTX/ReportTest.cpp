//===- ReportTest.cpp - What the interpreter refuses, and what it says -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One kernel per kind of mistake; each has a twin, here or in another test,
// that is right and runs.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {
/// Expects every seed to find the mistake, with all of `parts` in the text.
void expectReport(llvm::StringRef body, std::vector<std::string> parts,
                  unsigned threads = 64) {
  for (uint64_t seed = 1; seed < 6; ++seed) {
    KernelRun run(makeKernel(body), threads);
    run.options.seed = seed;
    std::string error = run.go();
    for (const std::string &part : parts)
      EXPECT_NE(error.find(part), std::string::npos)
          << "seed " << seed << ": expected '" << part << "' in '" << error
          << "'";
  }
}

const std::string shared = ".shared .align 16 .b8 tile[1024];\n"
                           "mov.u32 %r1, tile;\n"
                           "mad.lo.u32 %r2, %r0, 4, %r1;\n";
} // namespace

TEST(PTXReport, aWriteAndAReadWithoutABarrierRace) {
  expectReport(shared + R"(st.shared.u32 [%r2], %r0;
bar.sync 0;
add.u32 %r5, %r0, 7;
st.shared.u32 [%r2], %r5;
xor.b32 %r3, %r0, 32;
mad.lo.u32 %r3, %r3, 4, %r1;
ld.shared.u32 %r4, [%r3];)",
               {"data race on shared address", "are not ordered",
                "st.shared.u32 [%r2], %r5"});
}

TEST(PTXReport, lanesOfOneWarpRace) {
  const std::string exchange = shared + R"(st.shared.u32 [%r2], %r0;
SYNC
xor.b32 %r3, %r0, 1;
mad.lo.u32 %r3, %r3, 4, %r1;
ld.shared.u32 %r4, [%r3];)";
  std::string wrong = exchange, right = exchange;
  wrong.replace(wrong.find("SYNC"), 4, "");
  right.replace(right.find("SYNC"), 4, "bar.warp.sync -1;");
  expectReport(wrong, {"data race", "lane"}, 32);
  EXPECT_EQ(getError(right), "");
}

TEST(PTXReport, aWriteAfterAReadRaces) {
  expectReport(shared + R"(st.shared.u32 [%r2], %r0;
bar.sync 0;
xor.b32 %r3, %r0, 32;
mad.lo.u32 %r3, %r3, 4, %r1;
ld.shared.u32 %r4, [%r3];
add.u32 %r5, %r0, 7;
st.shared.u32 [%r2], %r5;)",
               {"data race", "st.shared.u32 [%r2], %r5"});
}

/// Lanes share a word: each may update its own part, not read its neighbour's.
TEST(PTXReport, lanesOwnPartsOfAWord) {
  for (int bytes : {1, 2}) {
    auto update = [&](int distance) {
      std::string n = std::to_string(bytes), type = "u" + std::to_string(8 * bytes);
      return shared + "mad.lo.u32 %r3, %r0, " + n + ", %r1;\nst.shared." + type +
             " [%r3], %r0;\nbar.warp.sync -1;\nxor.b32 %r5, %r3, " +
             std::to_string(distance * bytes) + ";\nld.shared." + type +
             " %r4, [%r5];\nadd.u32 %r4, %r4, 7;\nst.shared." + type + " [%r3], %r4;";
    };
    EXPECT_EQ(getError(update(0)), "");
    expectReport(update(1), {"data race", "[%r3], %r4"}, 32);
  }
}

TEST(PTXReport, blocksRaceInGlobalMemory) {
  KernelRun run(makeKernel(R"(mov.u32 %r1, %ctaid.x;
    st.global.u32 [%d0], %r1;)"));
  run.config.grid.x = 2;
  EXPECT_NE(run.go().find("data race on global memory"), std::string::npos);
  // A write of the value that is there is none.
  KernelRun same(makeKernel("st.global.u32 [%d0], 7;"));
  same.config.grid.x = 2;
  EXPECT_EQ(same.go(), "");
}

TEST(PTXReport, atomicsAndFencesOrderBlocks) {
  // One block publishes, the other one waits for the flag.
  const std::string handOver = R"(
    mov.u32 %r1, %ctaid.x;
    setp.eq.u32 %p0, %r1, 0;
    @!%p0 bra reader;
    st.global.u32 [%d1+8], 5;
    FENCE
    st.WEAK.global.u32 [%d1], 1;
    ret;
  reader:
    ld.relaxed.gpu.global.u32 %r2, [%d1];
    setp.eq.u32 %p1, %r2, 0;
    @%p1 bra reader;
    fence.acq_rel.gpu;
    ld.global.u32 %r3, [%d1+8];
    st.global.u32 [%d0], %r3;)";
  auto run = [&](const char *fence, const char *semantics) {
    std::string body = handOver;
    body.replace(body.find("FENCE"), 5, fence);
    body.replace(body.find("WEAK"), 4, semantics);
    KernelRun kernel(makeKernel(body), 1);
    kernel.config.grid.x = 2;
    kernel.options.residentBlocks = 2;
    std::string error = kernel.go();
    if (error.empty()) {
      EXPECT_EQ(kernel.out[0], 5u);
    }
    return error;
  };
  EXPECT_EQ(run("fence.acq_rel.gpu;", "relaxed.gpu"), "");
  EXPECT_EQ(run("", "release.gpu"), "");
  EXPECT_NE(run("", "relaxed.gpu").find("data race"), std::string::npos);
  EXPECT_NE(run("fence.acq_rel.gpu;", "weak").find("data race"),
            std::string::npos);
}

TEST(PTXReport, aDeadlockSaysWhoWaitsOnWhat) {
  expectReport(R"(setp.lt.u32 %p0, %r0, 32;
@%p0 bra one;
bar.sync 1, 64;
bra done;
one:
bar.sync 2, 64;
done:)",
               {"deadlock: every warp waits",
                "warp 0, lanes 0xFFFFFFFF: line 7: waits for barrier 2",
                "waits for barrier 1 (32 of 64 threads have arrived)",
                "waits for barrier 2 (32 of 64 threads have arrived)"});
  expectReport(R"(.shared .align 8 .b8 b[8];
mov.u32 %r1, b;
mbarrier.init.shared.b64 [%r1], 2;
mbarrier.arrive.expect_tx.shared.b64 _, [%r1], 16;
again:
mbarrier.try_wait.parity.shared.b64 %p1, [%r1], 0;
@!%p1 bra again;)",
               {"deadlock", "mbarrier at shared memory offset 0, phase 0 (1 of "
                            "2 arrivals and 16 bytes of copies are missing)"},
               1);
}

TEST(PTXReport, pollingForEverIsADeadlock) {
  expectReport(R"(.shared .align 8 .b8 b[8];
mov.u32 %r1, b;
mbarrier.init.shared.b64 [%r1], 1;
again:
mbarrier.test_wait.parity.shared.b64 %p1, [%r1], 0;
@!%p1 bra again;)",
               {"deadlock: every warp polls and nothing changes"}, 1);
  KernelRun run(makeKernel("again: bra again;"));
  run.options.maxInstructions = 10000;
  EXPECT_NE(run.go().find("more than 10000 instructions"), std::string::npos);
}

TEST(PTXReport, divergentCollectives) {
  expectReport(R"(setp.lt.u32 %p0, %r0, 16;
@%p0 bar.sync 0;)",
               {"ptx line 3: expected all lanes of the warp to execute this "
                "together, got lanes 0xFFFF of 0xFFFFFFFF",
                "bar.sync 0"},
               32);
  expectReport(R"(setp.lt.u32 %p0, %r0, 16;
@%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;)",
               {"ptx line 3: a thread of the member mask 0xFFFFFFFF skips "
                "this: thread (16, 0, 0)"},
               32);
  expectReport("shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffff;",
               {"that is not in the member mask 0xFFFF"}, 32);
  expectReport(R"(setp.lt.u32 %p0, %r0, 16;
@!%p0 bra done;
shfl.sync.bfly.b32 %r1, %r0, 16, 31, 0xffff;
done:)",
               {"reads from lane 16, which does not take part"}, 32);
  expectReport(R"(setp.lt.u32 %p0, %r0, 16;
@!%p0 bra done;
bar.warp.sync -1;
done:)",
               {"deadlock", "lanes 0xFFFF0000 to take part"}, 32);
}

TEST(PTXReport, misalignedAccesses) {
  expectReport(shared + "ld.shared.u32 %r3, [%r1+2];",
               {"ptx line 5: misaligned shared memory access: address 1026 is "
                "not a multiple of 4"});
  expectReport("ld.global.v2.u32 {%r1, %r2}, [%d1+4];",
               {"misaligned global memory access", "multiple of 8"});
  expectReport(".local .align 8 .b8 s[16];\nst.local.u64 [s+4], %d0;",
               {"misaligned local memory access"});
  expectReport("ld.param.u64 %d2, [out+4];",
               {"misaligned param memory access"});
}

TEST(PTXReport, accessesOutOfBounds) {
  expectReport(shared + "st.shared.u32 [%r1+1024], %r0;",
               {"ptx line 5: shared memory access of 4 bytes at offset 1024 is "
                "out of bounds: the block has 1024 bytes"});
  expectReport("ld.global.u32 %r1, [%d1+8192];",
               {"global memory access of 4 bytes", "is out of bounds",
                "thread (", "block (0, 0, 0)"});
  expectReport(".local .align 8 .b8 s[16];\nst.local.u64 [s+16], %d0;",
               {"local memory access of 8 bytes at offset 16 is out of bounds: "
                "the thread has 16 bytes"});
  expectReport("ld.param.u64 %d2, [out+16];",
               {"kernel parameter access of 8 bytes at offset 16"});
}

TEST(PTXReport, uninitializedMemory) {
  expectReport(shared + "ld.shared.u32 %r3, [%r2];",
               {"read of shared memory that nobody has written"});
  expectReport(shared + "mbarrier.arrive.shared.b64 _, [%r1];",
               {"no mbarrier was initialized at shared memory offset 0"});
}

TEST(PTXReport, copiesThatNobodyWaitsFor) {
  expectReport(shared + R"(mad.lo.u32 %r2, %r0, 16, %r1;
ld.param.u64 %d2, [in];
mad.wide.u32 %d2, %r0, 16, %d2;
cp.async.cg.shared.global [%r2], [%d2], 16;
cp.async.commit_group;)",
               {"ptx line 8: the thread exits before it has waited for this"});
  // The wait is there, the barrier is not.
  expectReport(shared + R"(mad.lo.u32 %r2, %r0, 16, %r1;
ld.param.u64 %d2, [in];
mad.wide.u32 %d2, %r0, 16, %d2;
st.shared.v4.u32 [%r2], {%r0, %r0, %r0, %r0};
bar.sync 0;
cp.async.cg.shared.global [%r2], [%d2], 16;
cp.async.commit_group;
cp.async.wait_group 0;
xor.b32 %r3, %r0, 32;
mad.lo.u32 %r3, %r3, 16, %r1;
ld.shared.u32 %r4, [%r3];)",
               {"data race on shared address", "cp.async.cg.shared.global"});
}

TEST(PTXReport, barriersThatDoNotExist) {
  expectReport("bar.sync 16;", {"expected a barrier from 0 to 15, got 16"});
  expectReport("bar.sync 0, 33;", {"a multiple of 32, got 33"});
}

TEST(PTXReport, limitsOfALaunch) {
  std::string plain = makeKernel("");
  KernelRun threads(plain, 1025);
  EXPECT_NE(threads.go().find("at most 1024 threads per block, got 1025"),
            std::string::npos);
  KernelRun memory(plain);
  memory.config.dynamicSharedBytes = 228 << 10;
  EXPECT_NE(memory.go().find("at most 232448 bytes of shared memory per block "
                             "on sm_90a, got 233472"),
            std::string::npos);
  KernelRun ampere(makeKernel("", "sm_86"));
  ampere.config.dynamicSharedBytes = 100 << 10;
  EXPECT_NE(ampere.go().find("at most 101376 bytes"), std::string::npos);
  std::string bounded = plain;
  bounded.replace(bounded.find(") {"), 3, ") .maxntid 64, 1, 1 {");
  KernelRun many(bounded, 65);
  EXPECT_NE(many.go().find("allows at most 64 threads per block, got 65"),
            std::string::npos);
  KernelRun grid(plain);
  grid.config.grid.y = 65536;
  EXPECT_NE(grid.go().find("expected a grid of at most"), std::string::npos);
}

TEST(PTXReport, aTrapAndADivergingUniformBranch) {
  expectReport("trap;", {"ptx line 2: the kernel traps"});
  expectReport(R"(setp.lt.u32 %p0, %r0, 16;
@%p0 bra.uni done;
done:)",
               {"a branch that is marked .uni diverges"}, 32);
}

TEST(PTXReport, instructionsThatAreNotKnown) {
  expectReport("add.s32.foo %r1, %r2, %r3;",
               {"ptx line 2: unknown instruction 'add.s32.foo'"});
  expectReport("setp.lo.s32 %p1, %r1, %r2;",
               {"unknown instruction 'setp.lo.s32'"});
  expectReport("add.s32 %r1, %d2, %r3;",
               {"expected an operand of 4 bytes, got '%d2' of 8"});
  expectReport("mov.u32 %r1, %nosuch;", {"unknown special register '%nosuch'"});
  expectReport("bra nowhere;", {"expected a label, got 'nowhere'"});
  expectReport("call nobody;", {"function 'nobody' is not defined"});
  expectReport("ld.global.u32 %r1, [%r99];", {"unknown symbol '%r99'"});
  expectReport("add.s32 %r1, %r2", {"expected ';', got 'ret'"});
}
