//===- Pipeline.cpp - Rings of tiles in shared memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All streamed tiles of a block are one stream, whatever loops they are in.
//
//===----------------------------------------------------------------------===//

#include "TileStream.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVPIPELINEPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
/// Rewrites one loop over query tiles.
class RingBuilder : TileStream {
public:
  RingBuilder(scf::ForallOp root, ConfigAttr config)
      : TileStream(root), root(root), config(config), rewriter(root.getContext()),
        loc(root.getLoc()) {}

  LogicalResult build();

private:
  Value allocate(TileType type, int64_t numSlots);
  void fetch(OpBuilder &builder, const TileSegment &segment, unsigned operand, Value index,
             Value slot);
  void fetchFirst(OpBuilder &builder, unsigned segment, unsigned operand, Value slot);
  void buildSingleStage();
  void buildPrologue();
  void buildUses(unsigned segment, Value current, Value next, Value nextIndex);
  void buildLoop(unsigned segment);
  void buildDoubleStages();

  scf::ForallOp root;
  ConfigAttr config;
  IRRewriter rewriter;
  Location loc;
  /// What each stage reads; the stages themselves are replaced one by one.
  DenseMap<Operation *, Value> sources;
  SmallVector<Value> rings, residentTiles;
  /// The slot of the stream's next tile; slots that stages are to be replaced by.
  Value slot, zero, one;
  SmallVector<std::pair<StageOp, Value>> replacements;
  int64_t numBytes = 0;
};
} // namespace

Value RingBuilder::allocate(TileType type, int64_t numSlots) {
  Value tile = AllocOp::create(rewriter, loc, type, numSlots, numBytes);
  numBytes += llvm::alignTo(type.getNumBytes() * numSlots, kTileAlignment);
  return tile;
}

/// Fetches the tile that `operand` has in iteration `index` of a segment's loop.
void RingBuilder::fetch(OpBuilder &builder, const TileSegment &segment, unsigned operand,
                        Value index, Value target) {
  StageOp stage = segment.stages[operand];
  IRMapping mapping;
  if (index)
    mapping.map(scf::ForOp(segment.loop).getInductionVar(), index);
  Value source = clone(builder, sources.at(stage), mapping);
  Value tile = SlotOp::create(builder, loc, stage.getType(), rings[operand], target);
  CopyAsyncOp::create(builder, loc, source, tile);
}

/// Fetches the first tile of the stream from segment number `index` on, if any.
void RingBuilder::fetchFirst(OpBuilder &builder, unsigned index, unsigned operand, Value target) {
  if (index == segments.size())
    return;
  const TileSegment &segment = segments[index];
  scf::ForOp loop = segment.loop;
  if (!loop)
    return fetch(builder, segment, operand, {}, target);
  IRMapping mapping;
  Value lower = clone(builder, loop.getLowerBound(), mapping);
  Value upper = clone(builder, loop.getUpperBound(), mapping);
  Value exists =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, lower, upper);
  bool isLast = index + 1 == segments.size();
  auto choice = scf::IfOp::create(builder, loc, exists, /*withElseRegion=*/!isLast);
  OpBuilder yes = choice.getThenBodyBuilder();
  fetch(yes, segment, operand, lower, target);
  if (isLast)
    return;
  OpBuilder no = choice.getElseBodyBuilder();
  fetchFirst(no, index + 1, operand, target);
}

//===----------------------------------------------------------------------===//
// One slot
//===----------------------------------------------------------------------===//

void RingBuilder::buildSingleStage() {
  auto replace = [&](StageOp stage, Value ring) {
    rewriter.setInsertionPoint(stage);
    Value first = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value tile = SlotOp::create(rewriter, loc, stage.getType(), ring, first);
    BarrierOp::create(rewriter, loc); // Everybody has read what was there.
    CopyAsyncOp::create(rewriter, loc, stage.getSource(), tile);
    CommitOp::create(rewriter, loc);
    WaitOp::create(rewriter, loc, 0);
    BarrierOp::create(rewriter, loc);
    rewriter.replaceOp(stage, tile);
  };
  for (StageOp stage : resident) {
    rewriter.setInsertionPointToStart(root.getBody());
    replace(stage, allocate(stage.getType(), 1));
  }
  for (unsigned operand = 0; operand < numOperands; ++operand) {
    rewriter.setInsertionPointToStart(root.getBody());
    Value ring = allocate(getWidest(operand), 1);
    for (const TileSegment &segment : segments)
      replace(segment.stages[operand], ring);
  }
}

//===----------------------------------------------------------------------===//
// Two slots
//===----------------------------------------------------------------------===//

/// Resident tiles, then the first tile of the stream; a wait that leaves the
/// stream's copies under way.
void RingBuilder::buildPrologue() {
  Operation *first = nullptr;
  for (Operation &op : *root.getBody())
    if (auto stage = dyn_cast<StageOp>(op)) {
      first = stage;
      break;
    } else if (!segments.empty() && segments.front().loop && &op == segments.front().loop) {
      first = &op;
      break;
    }
  if (!first)
    return;
  rewriter.setInsertionPointToStart(root.getBody());
  for (unsigned operand = 0; operand < numOperands; ++operand)
    rings.push_back(allocate(getWidest(operand), 2));
  for (StageOp stage : resident)
    residentTiles.push_back(allocate(stage.getType(), 1));
  zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  one = arith::ConstantIndexOp::create(rewriter, loc, 1);
  slot = zero;

  rewriter.setInsertionPoint(first);
  for (auto [stage, tile] : llvm::zip_equal(resident, residentTiles)) {
    IRMapping mapping;
    Value source = clone(rewriter, stage.getSource(), mapping);
    CopyAsyncOp::create(rewriter, loc, source, tile);
    CommitOp::create(rewriter, loc);
  }
  for (unsigned operand = 0; operand < numOperands; ++operand) {
    fetchFirst(rewriter, 0, operand, zero);
    CommitOp::create(rewriter, loc);
  }
  if (!resident.empty()) {
    WaitOp::create(rewriter, loc, numOperands);
    BarrierOp::create(rewriter, loc);
  }
  for (auto [stage, tile] : llvm::zip_equal(resident, residentTiles))
    rewriter.replaceOp(stage, tile);
}

/// In front of each use: wait for the tile, fetch the next one of its operand.
/// `nextIndex` is null where the segment is a single step.
void RingBuilder::buildUses(unsigned index, Value current, Value next, Value nextIndex) {
  const TileSegment &segment = segments[index];
  for (unsigned operand = 0; operand < numOperands; ++operand) {
    StageOp stage = segment.stages[operand];
    rewriter.setInsertionPoint(stage);
    WaitOp::create(rewriter, loc, numOperands - 1);
    BarrierOp::create(rewriter, loc);
    if (!nextIndex) {
      fetchFirst(rewriter, index + 1, operand, next);
    } else {
      Value more = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::slt, nextIndex,
                                         scf::ForOp(segment.loop).getUpperBound());
      bool isLast = index + 1 == segments.size();
      auto choice = scf::IfOp::create(rewriter, loc, more, /*withElseRegion=*/!isLast);
      OpBuilder yes = choice.getThenBodyBuilder();
      fetch(yes, segment, operand, nextIndex, next);
      if (!isLast) {
        OpBuilder no = choice.getElseBodyBuilder();
        fetchFirst(no, index + 1, operand, next);
      }
    }
    CommitOp::create(rewriter, loc);
    replacements.emplace_back(
        stage, SlotOp::create(rewriter, loc, stage.getType(), rings[operand], current));
  }
}

/// The loop carries the slot of its next tile.
void RingBuilder::buildLoop(unsigned index) {
  scf::ForOp loop = segments[index].loop;
  rewriter.setInsertionPoint(loop);
  Value next;
  auto makeNext = [&](OpBuilder &builder, Location bodyLoc, ArrayRef<BlockArgument> carried) {
    next = arith::SubIOp::create(builder, bodyLoc, one, carried.front());
    return SmallVector<Value>{next};
  };
  loop = cast<scf::ForOp>(
      *loop.replaceWithAdditionalYields(rewriter, slot, /*replaceInitOperandUsesInLoop=*/false,
                                        makeNext));
  segments[index].loop = loop;
  // Made at the end of the body, used from its start on.
  next.getDefiningOp()->moveBefore(&loop.getBody()->front());
  rewriter.setInsertionPointAfter(next.getDefiningOp());
  Value nextIndex =
      arith::AddIOp::create(rewriter, loc, loop.getInductionVar(), loop.getStep());
  buildUses(index, loop.getRegionIterArgs().back(), next, nextIndex);
  slot = loop.getResults().back();
}

void RingBuilder::buildDoubleStages() {
  buildPrologue();
  for (unsigned index = 0; index < segments.size(); ++index) {
    if (segments[index].loop) {
      buildLoop(index);
      continue;
    }
    rewriter.setInsertionPoint(segments[index].stages.front());
    Value next = arith::SubIOp::create(rewriter, loc, one, slot);
    buildUses(index, slot, next, {});
    slot = next;
  }
  for (auto [stage, tile] : replacements)
    rewriter.replaceOp(stage, tile);
}

LogicalResult RingBuilder::build() {
  if (failed(collect()))
    return failure();
  root->walk([&](StageOp stage) { sources[stage] = stage.getSource(); });
  if (config.getStages() == 1)
    buildSingleStage();
  else
    buildDoubleStages();
  root->setAttr(SattnNVDialect::kSharedBytes, rewriter.getI32IntegerAttr(numBytes));
  return success();
}

namespace {
struct PipelinePass : sattn_nv::impl::SattnNVPipelinePassBase<PipelinePass> {
  void runOnOperation() override {
    SmallVector<std::pair<scf::ForallOp, ConfigAttr>> loops;
    getOperation()->walk([&](scf::ForallOp loop) {
      auto config = loop->getAttrOfType<ConfigAttr>(SattnNVDialect::kConfig);
      if (config && config.getProducers() == 0)
        loops.emplace_back(loop, config);
    });
    for (auto [loop, config] : loops)
      if (failed(RingBuilder(loop, config).build()))
        return signalPassFailure();
  }
};
} // namespace
