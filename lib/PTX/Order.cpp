//===- Order.cpp - Fences, and atomics as synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Strong accesses to one address order their threads where a release meets an
// acquire; a fence makes the relaxed accesses around it do so. PTX ISA, "Memory
// Consistency Model".
//
//===----------------------------------------------------------------------===//

#include "Order.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

void ptx::acquireAddress(Warp &warp, const uint8_t *memory) {}

void ptx::releaseAddress(Warp &warp, const Instruction &instruction,
                         unsigned lane, uint64_t address) {}
