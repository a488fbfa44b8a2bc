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

/// A strong read at `memory`: what was published there becomes known to `warp`,
/// at once where it acquires, else with its next fence.
void observe(Warp &warp, const uint8_t *memory, bool acquires);
/// A strong write at `memory` publishes what `warp` knows, where it releases,
/// or what the last fence made known.
void publish(Warp &warp, const uint8_t *memory, bool releases);
void fence(Warp &warp);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_ORDER_H
