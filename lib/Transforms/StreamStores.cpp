//===- StreamStores.cpp - Stores around the caches -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops that fill a buffer larger than the caches with whole vectors write around
// them: an ordinary store reads the line from memory first.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNSTREAMSTORESPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

/// True if `value` is known to be a multiple of `factor`.
static bool isMultiple(Value value, int64_t factor) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant % factor == 0;
  if (auto sum = value.getDefiningOp<arith::AddIOp>())
    return isMultiple(sum.getLhs(), factor) && isMultiple(sum.getRhs(), factor);
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return false;
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  return loop && argument == loop.getInductionVar() &&
         isMultiple(loop.getLowerBound(), factor) && isMultiple(loop.getStep(), factor);
}

/// Bytes of what a store writes.
static int64_t getBytes(VectorType type) {
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// True if the store writes a whole vector whose place in its buffer is a multiple of
/// its size: aligned if the buffer is.
static bool canStream(vector::TransferWriteOp write) {
  VectorType type = write.getVectorType();
  auto buffer = dyn_cast<MemRefType>(write.getBase().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!buffer || type.getRank() != 1 || write.getMask() || write.hasOutOfBoundsDim() ||
      !type.getElementType().isIntOrFloat() || !llvm::isPowerOf2_64(getBytes(type)) ||
      !write.getPermutationMap().isMinorIdentity() ||
      failed(buffer.getStridesAndOffset(strides, offset)) || strides.back() != 1)
    return false;
  int64_t size = type.getNumElements();
  return isMultiple(write.getIndices().back(), size) &&
         llvm::all_of(ArrayRef(strides).drop_back(), [&](int64_t stride) {
           return ShapedType::isStatic(stride) && stride % size == 0;
         });
}

/// The buffer that `view` is a part of.
static Value getWholeBuffer(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

static Value buildBytes(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  Value bytes = arith::ConstantIndexOp::create(b, loc, type.getElementTypeBitWidth() / 8);
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    bytes = arith::MulIOp::create(b, loc, bytes, memref::DimOp::create(b, loc, buffer, axis));
  return bytes;
}

/// True at run time if `view` starts at a multiple of `alignment` bytes.
static Value buildIsAligned(OpBuilder &b, Location loc, Value view, int64_t alignment) {
  auto type = cast<MemRefType>(view.getType());
  auto parts = memref::ExtractStridedMetadataOp::create(b, loc, view);
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, view);
  Value size = arith::ConstantIndexOp::create(b, loc, type.getElementTypeBitWidth() / 8);
  start = arith::AddIOp::create(b, loc, start,
                                arith::MulIOp::create(b, loc, parts.getOffset(), size));
  Value mask = arith::ConstantIndexOp::create(b, loc, alignment - 1);
  Value rest = arith::AndIOp::create(b, loc, start, mask);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest, zero);
}

namespace {
struct StreamStoresPass : sattn::impl::SattnStreamStoresPassBase<StreamStoresPass> {
  using SattnStreamStoresPassBase::SattnStreamStoresPassBase;

  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation()->walk([&](scf::ForOp loop) {
      if (loop->removeDiscardableAttr(sattn::kStreamAttrName))
        loops.push_back(loop);
    });
    llvm::SetVector<Operation *> scopes;
    for (scf::ForOp loop : loops)
      if (streamLoop(loop))
        scopes.insert(getScope(loop));
    for (Operation *scope : scopes)
      addFences(scope);
  }

  /// A copy of `loop` whose stores are not temporal, for large buffers.
  bool streamLoop(scf::ForOp loop) {
    if (minBytes <= 0 || loop.getNumResults() != 0)
      return false;
    SmallVector<vector::TransferWriteOp> writes;
    loop->walk([&](vector::TransferWriteOp write) { writes.push_back(write); });
    llvm::SetVector<Value> views;
    int64_t alignment = 1;
    for (vector::TransferWriteOp write : writes) {
      if (!canStream(write) || !loop.isDefinedOutsideOfLoop(write.getBase()))
        return false;
      views.insert(write.getBase());
      alignment = std::max(alignment, getBytes(write.getVectorType()));
    }
    if (views.empty())
      return false;

    OpBuilder b(loop);
    Value condition = buildCondition(b, loop.getLoc(), views.getArrayRef(), alignment);
    auto branch = scf::IfOp::create(b, loop.getLoc(), condition, /*withElseRegion=*/true);
    b.setInsertionPointToStart(branch.thenBlock());
    Operation *streaming = b.clone(*loop);
    loop->moveBefore(branch.elseBlock()->getTerminator());
    streaming->walk([](vector::TransferWriteOp write) {
      OpBuilder b(write);
      vector::StoreOp::create(b, write.getLoc(), write.getVector(), write.getBase(),
                              write.getIndices(), /*nontemporal=*/true,
                              llvm::Align(getBytes(write.getVectorType())));
      write.erase();
    });
    ++numLoops;
    return true;
  }

  /// Large and aligned.
  Value buildCondition(OpBuilder &b, Location loc, ArrayRef<Value> views, int64_t alignment) {
    Value limit = arith::ConstantIndexOp::create(b, loc, minBytes), condition;
    auto require = [&](Value term) {
      condition = condition ? arith::AndIOp::create(b, loc, condition, term).getResult() : term;
    };
    for (Value view : views) {
      Value bytes = buildBytes(b, loc, getWholeBuffer(view));
      require(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, bytes, limit));
      require(buildIsAligned(b, loc, view, alignment));
    }
    return condition;
  }

  /// The region of a thread, or the function.
  static Operation *getScope(Operation *op) {
    if (auto parallel = op->getParentOfType<omp::ParallelOp>())
      return parallel;
    return op->getParentOfType<FunctionOpInterface>();
  }

  /// Streamed stores are not ordered with those by which threads meet.
  static void addFences(Operation *scope) {
    for (Block &block : scope->getRegion(0)) {
      Operation *end = block.getTerminator();
      if (!end->hasTrait<OpTrait::ReturnLike>() && !isa<omp::TerminatorOp>(end))
        continue;
      OpBuilder b(end);
      LLVM::CallIntrinsicOp::create(b, end->getLoc(), b.getStringAttr("llvm.x86.sse.sfence"),
                                    ValueRange());
    }
  }
};
} // namespace
