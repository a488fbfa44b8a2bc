//===- Order.h - Fences, and atomics as synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_ORDER_H
#define SATTN_LIB_PTX_ORDER_H

#include "sattn/PTX/Machine.h"

namespace mlir::sattn::ptx {

/// What a release at an address has published becomes known to `warp`.
void acquireAddress(Warp &warp, const uint8_t *memory);
/// Publishes at an address what `warp` knows.
void releaseAddress(Warp &warp, const Instruction &instruction, unsigned lane,
                    uint64_t address);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_ORDER_H
