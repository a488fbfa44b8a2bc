//===- LaneOrderTest.cpp - What orders the lanes of a warp -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An arrival or a wait of one lane orders that lane; the others need a
// bar.warp.sync with it (PTX ISA, "Memory Consistency Model: Causality Order",
// and bar.warp.sync: "guarantees memory ordering among participating threads").
// Each program without one is reported, each with one is not.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {

/// Two warps: %r2 is the lane, %p0 holds for lane 0 of each; the mbarrier at
/// %r1 waits for `arrivals`. Word `lane` of the buffer behind it is at %r3,
/// word 0 at %r1 + 64; warp 0 has written all of them if `isFilled`.
std::string runWarps(const std::string &first, const std::string &second,
                     unsigned arrivals = 1, bool isFilled = false) {
  std::string body = R"(
mov.u32 %r1, buffer;
and.b32 %r2, %r0, 31;
mad.lo.u32 %r3, %r2, 4, %r1;
add.u32 %r3, %r3, 64;
setp.eq.u32 %p0, %r2, 0;
setp.eq.u32 %p1, %r0, 0;
setp.ge.u32 %p2, %r0, 32;
@%p1 mbarrier.init.shared.b64 [%r1], )" +
                     std::to_string(arrivals) + ";\n" +
                     (isFilled ? "@!%p2 st.shared.u32 [%r3], 77;\n" : "") +
                     "bar.sync 0;\n@%p2 bra SECOND;\n" + first +
                     "bra DONE;\nSECOND:\n" + second + "DONE:\n";
  std::string error;
  for (uint64_t seed = 1; seed != 5 && error.empty(); ++seed) {
    KernelRun run(
        makeKernel(body, "sm_90a", ".shared .align 128 .b8 buffer[256];"), 64);
    run.options.seed = seed;
    error = run.go();
  }
  return error;
}

constexpr char kWait[] =
    "WAIT: mbarrier.try_wait.parity.shared.b64 %p3, [%r1], 0;\n"
    "@!%p3 bra WAIT;\n";
constexpr char kArrive[] = "mbarrier.arrive.shared.b64 _, [%r1];\n";
constexpr char kArriveFirst[] = "@%p0 mbarrier.arrive.shared.b64 _, [%r1];\n";
constexpr char kSync[] = "bar.warp.sync -1;\n";
constexpr char kWrite[] = "st.shared.u32 [%r3], %r2;\n";
constexpr char kRead[] = "ld.shared.u32 %r4, [%r3];\n";
/// All lanes read word 0.
constexpr char kReadFirst[] = "ld.shared.u32 %r4, [%r1+64];\n";

void expectRace(const std::string &error) {
  EXPECT_NE(error.find("data race on shared address"), std::string::npos)
      << error;
}

} // namespace

TEST(PTXLaneOrder, anArrivalOfOneLanePublishesItsOwnWrites) {
  expectRace(
      runWarps(std::string(kWrite) + kArriveFirst, std::string(kWait) + kRead));
  EXPECT_EQ(runWarps(std::string(kWrite) + kSync + kArriveFirst,
                     std::string(kWait) + kRead),
            "");
  // What that lane wrote itself is published.
  EXPECT_EQ(
      runWarps("@%p0 st.shared.u32 [%r3], %r2;\n" + std::string(kArriveFirst),
               std::string(kWait) + kReadFirst),
      "");
}

TEST(PTXLaneOrder, arrivalsOfAllLanesPublishEverything) {
  EXPECT_EQ(
      runWarps(std::string(kWrite) + kArrive, std::string(kWait) + kRead, 32),
      "");
  // One after another: the last one is no different.
  std::string each = kWrite;
  for (unsigned lane = 0; lane != 32; ++lane)
    each +=
        "setp.eq.u32 %p4, %r2, " + std::to_string(lane) + ";\n@%p4 " + kArrive;
  EXPECT_EQ(runWarps(each, std::string(kWait) + kRead, 32), "");
}

TEST(PTXLaneOrder, anArrivalOfOneLaneEndsItsOwnReads) {
  std::string overwrite = std::string(kWait) + kWrite;
  for (const char *reads : {kRead, kReadFirst}) {
    expectRace(runWarps(std::string(reads) + kArriveFirst, overwrite, 1, true));
    EXPECT_EQ(
        runWarps(std::string(reads) + kSync + kArriveFirst, overwrite, 1, true),
        "");
  }
}

TEST(PTXLaneOrder, aPartOfTheLanesIsEnough) {
  // The upper lanes neither read nor are synchronised.
  std::string half = "setp.lt.u32 %p4, %r2, 16;\n@!%p4 bra REST;\n";
  std::string overwrite = std::string(kWait) + "@%p0 " + kWrite;
  EXPECT_EQ(runWarps(half + kReadFirst + "bar.warp.sync 0xffff;\n" +
                         kArriveFirst + "REST:\n",
                     overwrite, 1, true),
            "");
  expectRace(runWarps(half + kReadFirst + kArriveFirst + "REST:\n", overwrite,
                      1, true));
}

TEST(PTXLaneOrder, aWaitOfOneLaneOrdersThatLane) {
  std::string publish = std::string(kWrite) + kSync + kArriveFirst;
  std::string waitFirst =
      "@!%p0 bra WAITED;\n" + std::string(kWait) + "WAITED:\n";
  expectRace(runWarps(publish, waitFirst + kRead));
  EXPECT_EQ(runWarps(publish, waitFirst + kSync + kRead), "");
  EXPECT_EQ(runWarps(publish, waitFirst + "@%p0 " + kRead), "");
  // The lane that has waited passes on what it knows, with its own arrival.
  EXPECT_EQ(
      runWarps(publish, waitFirst + "@%p0 bar.warp.sync 1;\n" + kSync + kRead),
      "");
}

TEST(PTXLaneOrder, aProxyFenceOfOneLaneCoversWhatIsOrderedBeforeIt) {
  // 128 bytes, a word of each lane, go to global memory.
  std::string store =
      "ld.param.u64 %d2, [out];\n"
      "@!%p0 bra STORED;\n"
      "fence.proxy.async.shared::cta;\n"
      "add.u32 %r5, %r1, 64;\n"
      "cp.async.bulk.global.shared::cta.bulk_group [%d2], [%r5], "
      "128;\n"
      "cp.async.bulk.commit_group;\n"
      "cp.async.bulk.wait_group 0;\n"
      "STORED:\n";
  expectRace(runWarps(std::string(kWrite) + store, ""));
  EXPECT_EQ(runWarps(std::string(kWrite) + kSync + store, ""), "");
  expectRace(runWarps(
      std::string(kWrite) + "fence.proxy.async.shared::cta;\n" + store, ""));
}
