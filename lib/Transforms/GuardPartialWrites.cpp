//===- GuardPartialWrites.cpp - Writes that keep what they leave -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bufferization asks every write whether it also reads, i.e. whether something
// of its tensor outlives it. MLIR 22.1 compares the extents of a vector and of
// a tensor pair by pair, from the first on, and does not look at ranks, maps
// and masks: vector<16xf32> at [0, 0, 0] of tensor<1x13x16xf32> counts as all
// of it. A copy in front of such a write is then left out and the rest of the
// tensor is uninitialised memory. It asks for constant offsets, so an offset
// that is not known to be constant gives the right answer.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNGUARDPARTIALWRITESPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

/// True if every element of the tensor is written, given offsets of 0.
static bool coversTensor(vector::TransferWriteOp write) {
  return !write.getMask() && write.getPermutationMap().isIdentity() &&
         llvm::all_of(llvm::zip_equal(write.getShapedType().getShape(),
                                      write.getVectorType().getShape()),
                      [](auto extents) {
                        return std::get<0>(extents) <= std::get<1>(extents);
                      });
}

static bool isGuardNeeded(vector::TransferWriteOp write) {
  auto isZero = [](Value offset) { return getConstantIntValue(offset) == 0; };
  return isa<RankedTensorType>(write.getShapedType()) &&
         write.getShapedType().hasStaticShape() &&
         !write.getIndices().empty() &&
         llvm::all_of(write.getIndices(), isZero) && !coversTensor(write);
}

namespace {
struct GuardPartialWritesPass
    : sattn::impl::SattnGuardPartialWritesPassBase<GuardPartialWritesPass> {
  void runOnOperation() override {
    getOperation()->walk([&](vector::TransferWriteOp write) {
      if (!isGuardNeeded(write))
        return;
      OpBuilder builder(write);
      AffineMap zero = AffineMap::getConstantMap(0, &getContext());
      write.getIndicesMutable().slice(0, 1).assign(
          affine::AffineApplyOp::create(builder, write.getLoc(), zero,
                                        ValueRange()));
      ++numGuarded;
    });
  }
};
} // namespace
