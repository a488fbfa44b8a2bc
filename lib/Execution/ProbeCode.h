//===- ProbeCode.h - Loops that measure the processor -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the probes share: they are written as LLVM IR for the lanes and
// registers of this processor, compiled like every kernel, and timed.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_EXECUTION_PROBECODE_H
#define SATTN_LIB_EXECUTION_PROBECODE_H

#include "sattn/Execution/Jit.h"

namespace mlir::sattn {

/// Compiles LLVM IR for this processor, without passes on it.
llvm::Expected<Jit> compileProbe(llvm::StringRef text);

/// Seconds of a clock: the processor time of this process or that of the wall.
double readProbeClock(bool cpuClock);

} // namespace mlir::sattn

#endif // SATTN_LIB_EXECUTION_PROBECODE_H
