//===- BulkTransfer.h - Asynchronous copies of blocks of memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What cp.async.bulk and cp.async.bulk.tensor have in common: 16-byte chunks
// that go between global and shared memory through the async proxy, completed
// by an mbarrier (into shared memory) or in a bulk group (out of it).
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_BULKTRANSFER_H
#define SATTN_LIB_PTX_BULKTRANSFER_H

#include "sattn/PTX/Machine.h"
#include "sattn/PTX/TensorMap.h"

namespace mlir::sattn::ptx {

/// The chunks of one copy. `BoxChunk::shared` is the offset in the shared
/// memory of a block here.
struct TransferPlan {
  std::vector<BoxChunk> chunks;
  /// What bytes outside the tensor become.
  uint8_t fill[16] = {};
  /// Bytes that the mbarrier counts.
  uint32_t transactionBytes = 0;
};

/// Issues a copy into the shared memory of `target`, a block of the cluster,
/// that completes on the mbarrier at offset `mbarrier` there. False after an
/// error.
bool issueLoad(Warp &warp, const Instruction &instruction, unsigned lane,
               Block &target, TransferPlan plan, uint32_t mbarrier);

/// Issues a copy out of the own shared memory, in the bulk group of `lane`.
bool issueStore(Warp &warp, const Instruction &instruction, unsigned lane,
                TransferPlan plan);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_BULKTRANSFER_H
