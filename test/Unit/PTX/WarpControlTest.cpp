//===- WarpControlTest.cpp - Tests of elect, mapa, setmaxnreg -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"
#include "KernelRunner.h"
#include <set>

using namespace mlir::sattn::ptx;

namespace {

/// Stores %r0 and %r1 to two words per thread at %a0.
const char *kStorePair = "mad.wide.u32 %d0, %tid, 8, %a0;\n"
                         "st.global.v2.b32 [%d0], {%r0, %r1};\n";

TEST(PTXElectTest, OneLeaderOfTheMask) {
  std::set<unsigned> leaders;
  for (uint64_t seed = 1; seed != 20; ++seed) {
    std::vector<uint32_t> result(64);
    KernelRunner runner;
    runner.options.seed = seed;
    runner.add(result);
    EXPECT_EQ(runner.run(std::string("elect.sync %r0|%p0, 0xffffffff;\n"
                                     "selp.u32 %r1, 1, 0, %p0;\n") +
                             kStorePair,
                         32),
              "");
    unsigned elected = 0;
    for (unsigned lane = 0; lane != 32; ++lane) {
      EXPECT_EQ(result[2 * lane], result[0]);
      EXPECT_EQ(result[2 * lane + 1], lane == result[0] ? 1u : 0u);
      elected += result[2 * lane + 1];
    }
    EXPECT_EQ(elected, 1u);
    leaders.insert(result[0]);
  }
  EXPECT_GT(leaders.size(), 5u);
}

TEST(PTXElectTest, OnlyMembersTakePart) {
  std::vector<uint32_t> result(64, 77);
  KernelRunner runner;
  runner.add(result);
  EXPECT_EQ(runner.run(std::string("mov.u32 %r0, 55;\nmov.u32 %r1, 55;\n"
                                   "setp.ge.u32 %p1, %tid, 8;\n"
                                   "@%p1 bra DONE;\n"
                                   "elect.sync _|%p0, 0xff;\n"
                                   "selp.u32 %r1, 1, 0, %p0;\nDONE:\n") +
                           kStorePair,
                       32),
            "");
  unsigned elected = 0;
  for (unsigned lane = 0; lane != 32; ++lane) {
    EXPECT_EQ(result[2 * lane], 55u);
    if (lane < 8)
      elected += result[2 * lane + 1];
    else
      EXPECT_EQ(result[2 * lane + 1], 55u);
  }
  EXPECT_EQ(elected, 1u);
  expectError(runner.run("elect.sync _|%p0, 0xff;\n", 32), "member mask");
}

TEST(PTXClusterAddressTest, OwnBlock) {
  std::vector<uint32_t> result(64);
  KernelRunner runner;
  runner.add(result);
  // What is written through the mapped address is read through the own one.
  EXPECT_EQ(runner.run(std::string("mov.u32 %r40, smem;\n"
                                   "mad.lo.u32 %r41, %tid, 4, %r40;\n"
                                   "mapa.shared::cluster.u32 %r42, %r41, 0;\n"
                                   "st.shared::cluster.b32 [%r42], %tid;\n"
                                   "ld.shared.b32 %r0, [%r41];\n"
                                   "getctarank.shared::cluster.u32 %r1, %r42;"
                                   "\n") +
                           kStorePair,
                       32, 128),
            "");
  for (unsigned lane = 0; lane != 32; ++lane) {
    EXPECT_EQ(result[2 * lane], lane);
    EXPECT_EQ(result[2 * lane + 1], 0u);
  }
  expectError(runner.run("mov.u32 %r40, smem;\n"
                         "mapa.shared::cluster.u32 %r42, %r40, 1;\n",
                         32, 128),
              "expected a rank below 1, got 1");
}

//===----------------------------------------------------------------------===//
// setmaxnreg
//===----------------------------------------------------------------------===//

std::string runBudget(const std::string &directives, unsigned producer,
                      unsigned consumer, unsigned threads = 384) {
  KernelRunner runner;
  runner.directives = directives;
  return runner.run("setp.lt.u32 %p0, %tid, 128;\n@!%p0 bra CONSUMER;\n"
                    "setmaxnreg.dec.sync.aligned.u32 " +
                        std::to_string(producer) +
                        ";\nbra DONE;\nCONSUMER:\n"
                        "setmaxnreg.inc.sync.aligned.u32 " +
                        std::to_string(consumer) + ";\nDONE:\n",
                    threads);
}

TEST(PTXSetmaxnregTest, FitsTheRegisterFile) {
  // 65536 / 384 = 170, in steps of 8: 168. The producer gives 144 x 128, each
  // consumer takes 72 x 128.
  std::string bounds = ".maxntid 384, 1, 1\n.minnctapersm 1\n";
  EXPECT_EQ(runBudget(bounds, 24, 240), "");
  std::string error = runBudget(bounds, 40, 240);
  expectError(error, "deadlock");
  expectError(error, "setmaxnreg.inc");
  expectError(error, "2304 registers");
  // Three consumers: 65536 / 512 = 128.
  std::string four = ".maxntid 512, 1, 1\n.minnctapersm 1\n";
  EXPECT_EQ(runBudget(four, 24, 160, 512), "");
  expectError(runBudget(four, 24, 240, 512), "deadlock");
  EXPECT_EQ(runBudget(".maxntid 384, 1, 1\n.maxnreg 128\n", 32, 176), "");
}

TEST(PTXSetmaxnregTest, Errors) {
  std::string bounds = ".maxntid 384, 1, 1\n.minnctapersm 1\n";
  expectError(runBudget("", 24, 240), "setmaxnreg has no effect otherwise");
  expectError(runBudget(".maxntid 384, 1, 1\n", 24, 240),
              "setmaxnreg has no effect otherwise");
  expectError(runBudget(bounds, 176, 240),
              "expected at most 168 registers (what the warp has), got 176");
  expectError(runBudget(bounds, 24, 160),
              "expected at least 168 registers (what the warp has), got 160");
  expectError(runBudget(bounds, 20, 240),
              "expected a multiple of 8 from 24 to 256, got 20");
  expectError(runBudget(bounds, 24, 264), "from 24 to 256, got 264");
  expectError(runBudget(bounds, 28, 240), "multiple of 8");
}

} // namespace
