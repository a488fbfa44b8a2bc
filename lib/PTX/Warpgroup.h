//===- Warpgroup.h - Matrix products of four warps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A wgmma.mma_async belongs to the four warps of a warp-group: it starts when
// the last of them has issued it, reads B and A for all of them, and is over
// for all of them at once. So whichever warp waits first performs the product
// for all, after those that the group issued before, and a wait returns only
// when every warp has issued what is waited for.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_WARPGROUP_H
#define SATTN_LIB_PTX_WARPGROUP_H

#include "sattn/PTX/Machine.h"
#include "sattn/PTX/MatrixDescriptor.h"
#include "sattn/PTX/MatrixElement.h"

namespace mlir::sattn::ptx {

constexpr unsigned kWarpsPerGroup = 4;

/// The operands and modifiers of a wgmma.mma_async.
struct WgmmaForm {
  unsigned columns = 0;
  MatrixElement multiplicand = MatrixElement::F16;
  MatrixElement result = MatrixElement::F32;
  bool aInRegisters = false, negateA = false, negateB = false;
  Major aMajor = Major::K, bMajor = Major::K;

  unsigned getDepth() const { return 32 / getMatrixElementBytes(multiplicand); }
  unsigned getResultRegisters() const {
    return columns * getMatrixElementBytes(result) / 8;
  }

  uint32_t pack() const;
  static WgmmaForm unpack(uint32_t bits);
};

/// One wgmma.mma_async of a warp-group.
struct WarpgroupProduct {
  const Instruction *instruction = nullptr;
  WgmmaForm form;
  MatrixDescriptor a, b;
  bool accumulate = true;
  bool performed = false;
  /// When it was over, in the clock of the block's asynchronous work; 0 as long
  /// as no warp has waited for it.
  uint32_t endTime = 0;
  /// What it reads of shared memory: B for all warps, the rows of A of each.
  RaceDetector::SharedRead bRead, aReads[kWarpsPerGroup];
  /// The warps that have issued it, and their registers then.
  Warp *warps[kWarpsPerGroup] = {};
  std::shared_ptr<Frame> frames[kWarpsPerGroup];

  bool isComplete() const;
};

/// The products of four consecutive warps of a block.
class Warpgroup {
public:
  /// The product that `warp` issues now: the next one in its order. An error
  /// (null) where the warps before it issued something else.
  std::shared_ptr<WarpgroupProduct> issue(Warp &warp,
                                          const Instruction &instruction,
                                          const WarpgroupProduct &product);

  /// Performs `last` and all products before it. False after an error.
  bool performUpTo(const WarpgroupProduct &last);

private:
  /// Products that were not performed, or not issued by all warps.
  std::deque<std::shared_ptr<WarpgroupProduct>> products;
  /// Number of the first of `products`, and of the next of each warp.
  uint64_t first = 0, next[kWarpsPerGroup] = {};
};

/// Computes D of all four warps.
bool performProduct(const WarpgroupProduct &product);

/// `warp` issues its part: from now on B and the warp's rows of A are read.
/// False after a race with what happened before.
bool beginReads(WarpgroupProduct &product, Warp &warp);

/// `warp` has waited for `product`, and with it for the reads of all warps.
void endReads(WarpgroupProduct &product, Warp &warp);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_WARPGROUP_H
