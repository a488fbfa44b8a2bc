//===- RolesToNVVM.cpp - Rings, producers and consumers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mbarriers, TMA copies and setmaxnreg (PTX ISA, "mbarrier", "cp.async.bulk.tensor",
// "setmaxnreg"). A ring is the offset of its slots and that of its barriers: first one
// per slot that says it is full, then one per slot that says it is empty.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// Address space of the shared memory of a cluster, which TMA writes to.
static constexpr unsigned kClusterSpace = 7;

/// A try to wait gives up after this many nanoseconds, and is repeated.
static constexpr int64_t kWaitNanoseconds = 10000000;

namespace {
/// One slot of a ring: offsets in shared memory.
struct RingSlot {
  RingSlot(ThreadBuilder &thread, RingType type, ValueRange ring, Value index);

  Value data, full, empty;
  /// 0 or 1: parity of the phase in which the tile arrives.
  Value phase;
};
} // namespace

RingSlot::RingSlot(ThreadBuilder &thread, RingType type, ValueRange ring, Value index) {
  int64_t stages = type.getStages();
  Value number = thread.toI32(index), slot = thread.remainder(number, stages);
  phase = thread.andWith(thread.divide(number, stages), 1);
  data = thread.add(ring[0], thread.mul(slot, type.getTile().getNumBytes()));
  full = thread.add(ring[1], thread.mul(slot, RingType::kBarrierBytes));
  empty = thread.add(full, stages * RingType::kBarrierBytes);
}

/// Waits until the phase of parity `phase` of a barrier is over.
static void buildWait(ThreadBuilder &thread, Value barrier, Value phase) {
  NVVM::MBarrierTryWaitParityOp::create(thread.getBuilder(), thread.getLoc(),
                                        thread.getSharedPointer(barrier), phase,
                                        thread.constant(kWaitNanoseconds));
}

/// Whether lanes need no synchronization before `op`: only products of warp groups read the
/// tile, and what stands before `op` is the wait for one (converted already), which all lanes
/// have executed.
static bool isSynchronized(ReleaseOp op) {
  auto pop = op.getTile().getDefiningOp<PopOp>();
  if (!pop || !llvm::all_of(op.getTile().getUsers(), [](Operation *user) {
        auto product = dyn_cast<MmaOp>(user);
        return isa<ReleaseOp>(user) || (product && product.getWarpgroup());
      }))
    return false;
  Operation *before = op->getPrevNode();
  while (isa_and_nonnull<MmaOp, MmaWaitOp>(before))
    before = before->getPrevNode();
  auto result = dyn_cast_or_null<LLVM::ExtractValueOp>(before);
  auto assembly = result ? result.getContainer().getDefiningOp<LLVM::InlineAsmOp>()
                         : LLVM::InlineAsmOp();
  return assembly && assembly.getAsmString().starts_with("wgmma.wait_group");
}

/// Runs what is built next in `condition` only; the caller guards the insertion point.
static void enterIf(ThreadBuilder &thread, Value condition) {
  auto branch = scf::IfOp::create(thread.getBuilder(), thread.getLoc(), condition,
                                  /*withElseRegion=*/false);
  thread.getBuilder().setInsertionPointToStart(branch.thenBlock());
}

namespace {
struct RingPattern : OpConversionPattern<RingOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(RingOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder thread(rewriter, op.getLoc());
    replaceWithRegisters(rewriter, op,
                         {thread.constant(op.getOffset()), thread.constant(op.getBarriers())});
    return success();
  }
};

/// One thread makes all barriers, then they are there for all.
struct RingInitPattern : OpConversionPattern<RingInitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(RingInitOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct PushPattern : OpConversionPattern<PushOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(PushOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};

struct PopPattern : OpConversionPattern<PopOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(PopOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder thread(rewriter, op.getLoc());
    RingSlot slot(thread, op.getRing().getType(), adaptor.getRing(), adaptor.getIndex().front());
    buildWait(thread, slot.full, slot.phase);
    replaceWithRegisters(rewriter, op, {slot.data, slot.empty});
    return success();
  }
};

struct ReleasePattern : OpConversionPattern<ReleaseOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReleaseOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    bool synchronized = isSynchronized(op);
    ThreadBuilder thread(rewriter, op.getLoc());
    Value isFirst = arith::CmpIOp::create(rewriter, op.getLoc(), arith::CmpIPredicate::eq,
                                          thread.getLane(), thread.constant(0));
    // The warp's lanes have all read what they read.
    if (!synchronized)
      NVVM::SyncWarpOp::create(rewriter, op.getLoc(), thread.constant(-1));
    enterIf(thread, isFirst);
    NVVM::MBarrierArriveOp::create(rewriter, op.getLoc(), rewriter.getI64Type(),
                                   thread.getSharedPointer(adaptor.getTile()[1]), Value());
    rewriter.eraseOp(op);
    return success();
  }
};

struct RolesPattern : OpConversionPattern<RolesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(RolesOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;
};
} // namespace

LogicalResult RingInitPattern::matchAndRewrite(RingInitOp op, OneToNOpAdaptor adaptor,
                                               ConversionPatternRewriter &rewriter) const {
  ThreadBuilder thread(rewriter, op.getLoc());
  Value isFirst = arith::CmpIOp::create(rewriter, op.getLoc(), arith::CmpIPredicate::eq,
                                        thread.getThread(), thread.constant(0));
  {
    OpBuilder::InsertionGuard guard(rewriter);
    enterIf(thread, isFirst);
    for (auto [ring, values] : llvm::zip_equal(op.getRings(), adaptor.getRings())) {
      int64_t stages = cast<RingType>(ring.getType()).getStages();
      for (int64_t i = 0; i < 2 * stages; ++i) {
        // One thread fetches; the warps that read release.
        Value count = thread.constant(i < stages ? 1 : int64_t(op.getConsumers()));
        Value barrier = thread.add(values[1], i * RingType::kBarrierBytes);
        NVVM::MBarrierInitOp::create(rewriter, op.getLoc(), thread.getSharedPointer(barrier),
                                     count, Value());
      }
    }
    NVVM::FenceMbarrierInitOp::create(rewriter, op.getLoc());
  }
  NVVM::Barrier0Op::create(rewriter, op.getLoc());
  rewriter.eraseOp(op);
  return success();
}

LogicalResult PushPattern::matchAndRewrite(PushOp op, OneToNOpAdaptor adaptor,
                                           ConversionPatternRewriter &rewriter) const {
  Location loc = op.getLoc();
  ThreadBuilder thread(rewriter, loc);
  RingType type = op.getRing().getType();
  TileType tile = type.getTile();
  RingSlot slot(thread, type, adaptor.getRing(), adaptor.getIndex().front());
  // In the first round the phase before phase 0 counts as over.
  buildWait(thread, slot.empty, thread.xorOf(slot.phase, thread.constant(1)));
  Value full = thread.getSharedPointer(slot.full);
  int64_t panels = op.getPanels();
  NVVM::MBarrierArriveExpectTxOp::create(rewriter, loc, /*res=*/Type(), full,
                                         thread.constant(panels * tile.getPanelStride()),
                                         NVVM::MemScopeKind::CTA, /*relaxed=*/false, Value());
  // TMA counts axes from the contiguous one.
  SmallVector<Value> coordinates;
  for (ValueRange coordinate : llvm::reverse(adaptor.getCoordinates()))
    coordinates.push_back(thread.toI32(coordinate.front()));
  Value firstColumn = coordinates.front();
  auto clusterType = LLVM::LLVMPointerType::get(rewriter.getContext(), kClusterSpace);
  int64_t columns = TileType::kPanelBytes * 8 / tile.getElementType().getIntOrFloatBitWidth();
  for (int64_t panel = 0; panel < panels; ++panel) {
    coordinates.front() = thread.add(firstColumn, panel * columns);
    Value target = LLVM::AddrSpaceCastOp::create(
        rewriter, loc, clusterType,
        thread.getSharedPointer(thread.add(slot.data, panel * tile.getPanelStride())));
    NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        rewriter, loc, target, adaptor.getMap().front(), coordinates, full,
        /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(), /*l2CacheHint=*/Value(),
        NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false, /*group=*/NVVM::CTAGroupKindAttr(),
        /*predicate=*/Value());
  }
  rewriter.eraseOp(op);
  return success();
}

static void setRegisters(ThreadBuilder &thread, int64_t count, NVVM::SetMaxRegisterAction action) {
  NVVM::SetMaxRegisterOp::create(thread.getBuilder(), thread.getLoc(), count, action);
}

LogicalResult RolesPattern::matchAndRewrite(RolesOp op, OneToNOpAdaptor adaptor,
                                            ConversionPatternRewriter &rewriter) const {
  Location loc = op.getLoc();
  ThreadBuilder thread(rewriter, loc);
  // By a shuffle, so that ptxas knows that all lanes of a warp go the same way.
  Value warp = NVVM::ShflOp::create(rewriter, loc, thread.getI32(), thread.constant(-1),
                                    thread.getWarp(), thread.constant(0), thread.constant(31),
                                    NVVM::ShflKind::idx, UnitAttr());
  Value isConsumer = thread.isLess(warp, thread.constant(op.getConsumers()));
  auto choice = scf::IfOp::create(rewriter, loc, isConsumer, /*withElseRegion=*/true);

  rewriter.setInsertionPointToStart(choice.thenBlock());
  setRegisters(thread, op.getConsumerRegisters(), NVVM::SetMaxRegisterAction::increase);
  rewriter.inlineBlockBefore(&op.getConsumer().front(), choice.thenBlock()->getTerminator());

  rewriter.setInsertionPointToStart(choice.elseBlock());
  setRegisters(thread, op.getProducerRegisters(), NVVM::SetMaxRegisterAction::decrease);
  int64_t firstThread = ConfigAttr::kThreadsPerWarp * op.getConsumers();
  Value isFirst = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq,
                                        thread.getThread(), thread.constant(firstThread));
  enterIf(thread, isFirst);
  Block *block = rewriter.getInsertionBlock();
  rewriter.inlineBlockBefore(&op.getProducer().front(), block->getTerminator());
  rewriter.eraseOp(op);
  return success();
}

void sattn_nv::populateRolePatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<RingPattern, RingInitPattern, PushPattern, PopPattern, ReleasePattern,
               RolesPattern>(converter, patterns.getContext());
}
