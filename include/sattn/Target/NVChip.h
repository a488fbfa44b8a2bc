//===- NVChip.h - What NVIDIA chips reach -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TARGET_NVCHIP_H
#define SATTN_TARGET_NVCHIP_H

#include "sattn/Target/NVTarget.h"

namespace mlir::sattn {

/// Peaks of the product that stands for a target, as its maker states them. They bound
/// kernels from below and choose nothing.
struct NVChip {
  /// Name of the target, and of the product.
  llvm::StringLiteral target, product;
  /// Streaming multiprocessors: a block runs on one of them. Threads that one of them
  /// holds (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability").
  int64_t numSMs, maxThreads;
  /// 10^12 operations per second: tensor cores on f16 with f32 accumulators, without
  /// sparsity; f32 and f64 outside of them (a multiply-add is two).
  double tensorTeraflops, singleTeraflops, doubleTeraflops;
  /// 10^12 evaluations of ex2 per second.
  double teraExponentials;
  /// 10^9 bytes of memory per second.
  double memoryGigabytes;

  /// Of operands with so many bytes outside of tensor cores.
  double getTeraflops(int64_t elementBytes) const {
    return elementBytes == 8 ? doubleTeraflops : singleTeraflops;
  }
};

/// The product of `target`.
const NVChip &getNVChip(const NVTarget &target);

} // namespace mlir::sattn

#endif // SATTN_TARGET_NVCHIP_H
