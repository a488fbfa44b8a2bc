//===- KnownTargets.h - From a target's name to its numbers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TARGET_KNOWNTARGETS_H
#define SATTN_TARGET_KNOWNTARGETS_H

#include "sattn/Target/TargetInfo.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::sattn {

/// The table of targets.
llvm::ArrayRef<TargetInfo> getKnownTargets();

/// The row that this machine's instructions allow, with its own caches and number
/// of threads. An error where no row fits.
llvm::Expected<TargetInfo> getNativeTarget();

/// Reads `name[,key=value...]`: a row of the table, or `native`, with numbers
/// replaced. Keys: vector-bits, vector-registers, tile-rows, tile-vectors,
/// l1-bytes, l2-bytes, threads, fmas-per-cycle, memory-bytes-per-cycle.
llvm::Expected<TargetInfo> parseTarget(llvm::StringRef text);

} // namespace mlir::sattn

#endif // SATTN_TARGET_KNOWNTARGETS_H
