//===- KnownTargetsTest.cpp - The table of targets -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/KnownTargets.h"
#include "gtest/gtest.h"

using namespace mlir::sattn;

static std::string getError(llvm::StringRef text) {
  llvm::Expected<TargetInfo> target = parseTarget(text);
  return target ? "" : llvm::toString(target.takeError());
}

TEST(KnownTargets, EveryRowIsSound) {
  EXPECT_GE(getKnownTargets().size(), 3u);
  for (const TargetInfo &row : getKnownTargets()) {
    SCOPED_TRACE(row.name);
    // Parsing checks that the register tile fits.
    llvm::Expected<TargetInfo> target = parseTarget(row.name);
    ASSERT_TRUE(bool(target));
    EXPECT_EQ(target->name, row.name);
    EXPECT_GT(row.l2Bytes, row.l1Bytes);
    EXPECT_GE(row.l1Bytes, 16 << 10);
    EXPECT_GE(row.numThreads, 1);
    EXPECT_GE(row.fmasPerCycle, 1);
    EXPECT_GE(row.memoryBytesPerCycle, 1);
    // Eight chains of multiply-adds hide their latency.
    EXPECT_GE(row.tileRows * row.tileVectors, 8);
    EXPECT_EQ(row.getPanelRows(32), 2 * row.getPanelRows(64));
    EXPECT_FALSE(row.triple.empty());
    EXPECT_FALSE(row.cpu.empty());
  }
}

TEST(KnownTargets, NumbersByHand) {
  llvm::Expected<TargetInfo> target =
      parseTarget("x86-64-v3,threads=3,l2-bytes=2000000,tile-rows=4,tile-vectors=3,"
                  "fmas-per-cycle=1,memory-bytes-per-cycle=5");
  ASSERT_TRUE(bool(target));
  EXPECT_EQ(target->numThreads, 3);
  EXPECT_EQ(target->l2Bytes, 2000000);
  EXPECT_EQ(target->getPanelRows(32), 24);
  EXPECT_EQ(target->l1Bytes, 32 << 10);
  EXPECT_EQ(target->fmasPerCycle, 1);
  EXPECT_EQ(target->memoryBytesPerCycle, 5);
}

TEST(KnownTargets, Errors) {
  EXPECT_EQ(getError("z80"),
            "expected a target of native, x86-64-v3, x86-64-v4, aarch64, got 'z80'");
  EXPECT_NE(getError("").find("got ''"), std::string::npos);
  EXPECT_NE(getError("aarch64,cores=4").find("got 'cores'"), std::string::npos);
  EXPECT_EQ(getError("aarch64,threads=none"),
            "expected a positive number for 'threads' in a target, got 'none'");
  EXPECT_EQ(getError("aarch64,threads=0"),
            "expected a positive number for 'threads' in a target, got '0'");
  EXPECT_EQ(getError("x86-64-v3,tile-rows=8"),
            "expected a register tile that fits 16 vector registers, got 8 x 2 vectors (which "
            "takes 19)");
  EXPECT_NE(getError("x86-64-v3,vector-bits=100").find("got vector-bits = 100"),
            std::string::npos);
}

TEST(KnownTargets, Native) {
  llvm::Expected<TargetInfo> native = parseTarget("native");
  // A machine without a row says so; it has no numbers to check.
  if (!native) {
    EXPECT_NE(llvm::toString(native.takeError()).find("for target 'native'"), std::string::npos);
    return;
  }
  EXPECT_EQ(native->name, "native");
  EXPECT_GE(native->numThreads, 1);
  EXPECT_GE(native->l2Bytes, native->l1Bytes);
}
