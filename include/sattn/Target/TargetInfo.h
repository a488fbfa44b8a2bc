//===- TargetInfo.h - What the compiler knows about a target -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TARGET_TARGETINFO_H
#define SATTN_TARGET_TARGETINFO_H

#include <cstdint>
#include <string>

namespace mlir::sattn {

/// Numbers about a CPU that decisions are made of. Nobody asks for a target's
/// name: another CPU is another row of the table in KnownTargets.cpp.
struct TargetInfo {
  /// The name on the command line, and what LLVM calls the machine.
  std::string name, triple, cpu;
  /// Width and number of the vector registers.
  int64_t vectorBits = 0, numVectorRegisters = 0;
  /// Register tile of a matrix product: `tileRows` broadcast elements by
  /// `tileVectors` vectors; accumulators, one row of vectors and the broadcast
  /// stay in registers.
  int64_t tileRows = 0, tileVectors = 0;
  /// Data caches of one core.
  int64_t l1Bytes = 0, l2Bytes = 0;
  /// Threads to keep busy.
  int64_t numThreads = 1;
  /// Vectors of multiply-adds that one core starts per cycle, and bytes per cycle
  /// that memory gives to one core. No decision is made of these: reports compare
  /// work with them.
  int64_t fmasPerCycle = 2, memoryBytesPerCycle = 8;

  /// Elements of a vector register.
  int64_t getVectorLanes(int64_t elementBits) const {
    return vectorBits / elementBits;
  }
  /// Elements of one row of the register tile: a panel of queries.
  int64_t getPanelRows(int64_t elementBits) const {
    return tileVectors * getVectorLanes(elementBits);
  }
};

} // namespace mlir::sattn

#endif // SATTN_TARGET_TARGETINFO_H
