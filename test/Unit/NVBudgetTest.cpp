//===- NVBudgetTest.cpp - What kernels take of NVIDIA chips -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/NVBudget.h"
#include "sattn/Target/NVChip.h"
#include "gtest/gtest.h"

using namespace mlir::sattn;

static NVKernelShape makeShape(int64_t query, int64_t key, int64_t depth, int64_t valueDepth) {
  NVKernelShape shape;
  shape.tiles = {query, key, /*stages=*/2};
  shape.depth = depth;
  shape.valueDepth = valueDepth;
  return shape;
}

TEST(NVChips, EveryTargetHasARow) {
  for (const NVTarget &target : getNVTargets()) {
    SCOPED_TRACE(target.name.str());
    const NVChip &chip = getNVChip(target);
    EXPECT_EQ(chip.target, target.name);
    EXPECT_GE(chip.numSMs, 16);
    // Exponentials: 16 (sm_103: 32) per clock and multiprocessor at 1 to 2.6 GHz.
    double perClock = target.name == "sm_103" ? 32 : 16;
    double gigahertz = chip.teraExponentials * 1e3 / (chip.numSMs * perClock);
    EXPECT_GT(gigahertz, 1.0);
    EXPECT_LT(gigahertz, 2.6);
    // Tensor cores: 2^10 to 2^13 operations per clock and multiprocessor.
    double operations = chip.tensorTeraflops * 1e3 / (chip.numSMs * gigahertz);
    EXPECT_GT(operations, 500);
    EXPECT_LT(operations, 8400);
    EXPECT_GT(chip.tensorTeraflops, chip.singleTeraflops);
    EXPECT_GT(chip.singleTeraflops, chip.doubleTeraflops);
  }
}

TEST(NVBudget, RegistersFollowFromTheFragments) {
  NVRegisters plain = estimateNVRegisters(makeShape(64, 64, 64, 128));
  EXPECT_EQ(plain.accumulator, 64);
  EXPECT_EQ(plain.query, 16);
  EXPECT_EQ(plain.scores, 32);
  EXPECT_EQ(plain.checks, 0);
  EXPECT_EQ(plain.describe(), "accumulator 64, query 16, scores 32, other 44");
  // Widths are rounded up to what one product takes.
  EXPECT_EQ(estimateNVRegisters(makeShape(64, 64, 40, 24)).query, 12);
  EXPECT_EQ(estimateNVRegisters(makeShape(64, 64, 40, 24)).accumulator, 16);
}

TEST(NVBudget, WideQueriesAreNotHeld) {
  EXPECT_TRUE(holdsNVQuery(128, 128));
  EXPECT_TRUE(holdsNVQuery(192, 128));
  EXPECT_TRUE(holdsNVQuery(128, 256));
  EXPECT_FALSE(holdsNVQuery(256, 256));
  NVKernelShape shape{/*tiles=*/{128, 32, 2}, /*depth=*/256, /*valueDepth=*/256};
  EXPECT_EQ(estimateNVRegisters(shape).query, 2 * 64 * 2 / 8);
}

TEST(NVBudget, ChecksCountWhereTheAccumulatorIsFull) {
  NVKernelShape shape = makeShape(64, 128, 64, 64);
  int64_t plain = estimateNVRegisters(shape).getTotal();
  shape.dropsPairs = true;
  EXPECT_EQ(estimateNVRegisters(shape).getTotal(), plain + 32 + 2);
  shape.hasMixedLevels = true;
  EXPECT_EQ(estimateNVRegisters(shape).getTotal(), plain + 32 + 2 + 8);
  // Checks take what the accumulator does not need yet, here 10 more.
  shape.checksFirstOnly = true;
  EXPECT_EQ(estimateNVRegisters(shape).getTotal(), plain + 42 - 32);
  shape.tiles.key = 64;
  EXPECT_EQ(estimateNVRegisters(shape).getTotal(), plain - 32);
}

TEST(NVBudget, ThreadsShareTheRegisterFile) {
  EXPECT_EQ(getNVMaxRegisters(makeShape(64, 64, 64, 64)), 255);
  EXPECT_EQ(getNVMaxRegisters(makeShape(256, 64, 64, 64)), 128);
  EXPECT_EQ(getNVMaxRegisters(makeShape(512, 64, 64, 64)), 64);
  NVKernelShape roles = makeShape(128, 128, 64, 64);
  roles.hasProducers = true;
  EXPECT_EQ(roles.getThreads(), 384);
  EXPECT_EQ(getNVMaxRegisters(roles), 240);
  EXPECT_EQ(estimateNVRegisters(roles).describe(),
            "accumulator 32, query 16, scores 64, weights 32, other 20");
  EXPECT_EQ(estimateNVLaunchRegisters(roles), 168);
  EXPECT_EQ(estimateNVLaunchRegisters(makeShape(64, 64, 64, 64)), 124);
  roles.tiles.query = 192;
  EXPECT_EQ(getNVMaxRegisters(roles), 160);
  for (int64_t warps : {8, 12})
    EXPECT_LE(32 * (4 * kNVProducerRegisters + warps * getNVConsumerRegisters(warps)), 65536);
}

TEST(NVBudget, ReasonsSayWhatIsExpected) {
  const NVTarget &target = *findNVTarget("sm_86");
  EXPECT_EQ(getReasonAgainstNVBudget(target, makeShape(64, 64, 64, 64)), "");
  EXPECT_EQ(getReasonAgainstNVBudget(target, makeShape(512, 64, 64, 64)),
            "expected at most 64 registers per thread, got ~124 (accumulator 32, query 16, "
            "scores 32, other 44)");
  EXPECT_EQ(getReasonAgainstNVBudget(target, makeShape(64, 128, 128, 128)),
            "expected at most 101376 bytes of shared memory per block, got 147456 (a query tile "
            "of 64 rows, 2 slots of 128 keys and values)");
  EXPECT_EQ(getReasonAgainstNVBudget(target, makeShape(1024, 64, 64, 64)),
            "expected at most 1024 threads per block, got 2048");
}

TEST(NVBudget, Occupancy) {
  const NVTarget &target = *findNVTarget("sm_80");
  NVOccupancy registers = getNVOccupancy(target, /*threads=*/128, /*registers=*/96, 40960);
  EXPECT_EQ(registers.blocks, 4);
  EXPECT_EQ(registers.limit, "shared memory");
  registers = getNVOccupancy(target, 128, 250, 40960);
  EXPECT_EQ(registers.blocks, 2);
  EXPECT_EQ(registers.limit, "registers");
  registers = getNVOccupancy(target, 1024, 16, 0);
  EXPECT_EQ(registers.blocks, 2);
  EXPECT_EQ(registers.limit, "threads");
}
