//===- Specialize.cpp - Producers and consumers of tiles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One nest becomes two: that of the producer has addresses and fetches only, that of
// the consumers no address. Both count tiles, so they agree on slots and phases.
//
//===----------------------------------------------------------------------===//

#include "TileStream.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"
#include "sattn/Target/NVBudget.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVSPECIALIZEPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
/// Where a staged tile lies in its tensor.
struct TileBox {
  Value buffer;
  SmallVector<OpFoldResult> offsets;
  int64_t axis = 0, rows = 0, columns = 0;
  /// The description of such boxes.
  Value map;
};

/// Rewrites one loop over query tiles.
class Specializer : TileStream {
public:
  Specializer(scf::ForallOp root, ConfigAttr config)
      : TileStream(root), root(root), config(config), rewriter(root.getContext()),
        loc(root.getLoc()) {}

  LogicalResult build();

private:
  LogicalResult describe(StageOp stage);
  FailureOr<TileBox> getBox(StageOp stage);
  Value getMap(const TileBox &box);
  Value allocate(TileType type, int64_t numSlots);
  void buildRings();
  void push(OpBuilder &builder, StageOp stage, Value ring, Value index, IRMapping &mapping);
  void buildProducer(Block *block);
  Value pushLoop(const TileSegment &segment, Value index);
  void pop(StageOp stage, Value ring, Value index);
  void buildConsumer(Block *block);
  Value popLoop(TileSegment &segment, Value index);
  Value addOne(OpBuilder &builder, Value index) {
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    return arith::AddIOp::create(builder, loc, index, one);
  }

  scf::ForallOp root;
  ConfigAttr config;
  IRRewriter rewriter;
  Location loc;
  DenseMap<Operation *, TileBox> boxes;
  SmallVector<std::pair<TileBox, Value>> maps;
  SmallVector<Value> rings, residentRings;
  int64_t numBytes = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

static Value stripCasts(Value value) {
  while (auto cast = value.getDefiningOp<memref::CastOp>())
    value = cast.getSource();
  return value;
}

/// The box that `stage` reads: a slice of rows of a tensor, or a whole matrix.
FailureOr<TileBox> Specializer::getBox(StageOp stage) {
  TileBox box;
  box.buffer = stripCasts(stage.getSource());
  box.rows = stage.getType().getNumRows();
  auto source = cast<MemRefType>(stage.getSource().getType());
  if (source.isDynamicDim(1))
    return stage.emitOpError("expected a static number of columns");
  box.columns = source.getDimSize(1);
  box.offsets.assign(2, rewriter.getIndexAttr(0));
  if (auto slice = box.buffer.getDefiningOp<memref::SubViewOp>()) {
    box.buffer = stripCasts(slice.getSource());
    box.offsets = slice.getMixedOffsets();
    box.axis = slice.getDroppedDims().find_first_unset();
  }
  // Behind a slice are the rows of the tensor, in front of the tensor there are none.
  if (source.getDimSize(0) == 0)
    box.offsets[box.axis] = rewriter.getIndexAttr(-box.rows);
  if (root->isAncestor(box.buffer.getParentRegion()->getParentOp()))
    return stage.emitOpError("expected a slice of a tensor from outside the loop");
  // Columns of a panel are counted from the tensor's first one.
  if (getConstantIntValue(box.offsets.back()) != 0)
    return stage.emitOpError("expected a slice from the first column on");
  return box;
}

/// Makes the description of the boxes that `box` is one of, once.
Value Specializer::getMap(const TileBox &box) {
  for (auto &[other, map] : maps)
    if (other.buffer == box.buffer && other.axis == box.axis && other.rows == box.rows &&
        other.columns == box.columns)
      return map;
  constexpr unsigned kMapWords = 16; // 128 bytes.
  auto type = LLVM::LLVMArrayType::get(rewriter.getI64Type(), kMapWords);
  rewriter.setInsertionPoint(root);
  Value map = TensorMapOp::create(rewriter, loc, type, box.buffer, box.axis, box.rows, box.columns);
  maps.emplace_back(box, map);
  return map;
}

LogicalResult Specializer::describe(StageOp stage) {
  FailureOr<TileBox> box = getBox(stage);
  if (failed(box))
    return failure();
  bool isReleased = llvm::any_of(stage->getUsers(), [](Operation *user) {
    return isa<ReleaseOp, scf::ForOp, scf::YieldOp>(user);
  });
  if (stage.getRole() == Role::streamed && !isReleased)
    return stage.emitOpError("expected a streamed tile to be released (its slot would stay full)");
  box->map = getMap(*box);
  boxes[stage] = *box;
  return success();
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

Value Specializer::allocate(TileType type, int64_t numSlots) {
  auto ringType = RingType::get(rewriter.getContext(), numSlots, type);
  Value ring = RingOp::create(rewriter, loc, ringType, numBytes, /*barriers=*/0);
  numBytes += llvm::alignTo(ringType.getNumBytes(), kTileAlignment);
  return ring;
}

/// Tiles first, as they are aligned, then all barriers.
void Specializer::buildRings() {
  rewriter.setInsertionPointToStart(root.getBody());
  for (unsigned operand = 0; operand < numOperands; ++operand)
    rings.push_back(allocate(getWidest(operand), config.getStages()));
  for (StageOp stage : resident)
    residentRings.push_back(allocate(stage.getType(), 1));
  SmallVector<Value> all = llvm::to_vector(llvm::concat<Value>(rings, residentRings));
  for (Value value : all) {
    auto ring = value.getDefiningOp<RingOp>();
    ring.setBarriers(numBytes);
    numBytes += ring.getType().getNumBarrierBytes();
  }
  RingInitOp::create(rewriter, loc, all, config.getWarps());
}

//===----------------------------------------------------------------------===//
// Producer
//===----------------------------------------------------------------------===//

void Specializer::push(OpBuilder &builder, StageOp stage, Value ring, Value index,
                       IRMapping &mapping) {
  const TileBox &box = boxes.at(stage);
  SmallVector<Value> coordinates;
  for (OpFoldResult offset : box.offsets)
    if (auto value = dyn_cast<Value>(offset))
      coordinates.push_back(clone(builder, value, mapping));
    else
      coordinates.push_back(getValueOrCreateConstantIndexOp(builder, loc, offset));
  PushOp::create(builder, loc, box.map, coordinates, stage.getType().getNumPanels(), ring, index);
}

/// The same loop with nothing but fetches; the number of the next tile.
Value Specializer::pushLoop(const TileSegment &segment, Value index) {
  scf::ForOp loop = segment.loop;
  IRMapping outside;
  Value lower = clone(rewriter, loop.getLowerBound(), outside);
  Value upper = clone(rewriter, loop.getUpperBound(), outside);
  Value step = clone(rewriter, loop.getStep(), outside);
  auto body = [&](OpBuilder &builder, Location, Value counter, ValueRange carried) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), counter);
    for (auto [stage, ring] : llvm::zip_equal(segment.stages, rings))
      push(builder, stage, ring, carried.front(), mapping);
    scf::YieldOp::create(builder, loc, addOne(builder, carried.front()));
  };
  return scf::ForOp::create(rewriter, loc, lower, upper, step, index, body).getResult(0);
}

void Specializer::buildProducer(Block *block) {
  rewriter.setInsertionPointToStart(block);
  Value index = arith::ConstantIndexOp::create(rewriter, loc, 0);
  for (auto [stage, ring] : llvm::zip_equal(resident, residentRings)) {
    IRMapping mapping;
    push(rewriter, stage, ring, index, mapping);
  }
  for (const TileSegment &segment : segments) {
    if (segment.loop) {
      index = pushLoop(segment, index);
      continue;
    }
    IRMapping mapping;
    for (auto [stage, ring] : llvm::zip_equal(segment.stages, rings))
      push(rewriter, stage, ring, index, mapping);
    index = addOne(rewriter, index);
  }
}

//===----------------------------------------------------------------------===//
// Consumer
//===----------------------------------------------------------------------===//

void Specializer::pop(StageOp stage, Value ring, Value index) {
  rewriter.setInsertionPoint(stage);
  auto tile = PopOp::create(rewriter, loc, stage.getType(), ring, index);
  rewriter.replaceOp(stage, tile);
  rewriter.setInsertionPointAfter(tile);
}

Value Specializer::popLoop(TileSegment &segment, Value index) {
  rewriter.setInsertionPoint(segment.loop);
  auto count = [&](OpBuilder &builder, Location, ArrayRef<BlockArgument> carried) {
    return SmallVector<Value>{addOne(builder, carried.front())};
  };
  auto loop = cast<scf::ForOp>(*segment.loop.replaceWithAdditionalYields(
      rewriter, index, /*replaceInitOperandUsesInLoop=*/false, count));
  for (auto [stage, ring] : llvm::zip_equal(segment.stages, rings))
    pop(stage, ring, loop.getRegionIterArgs().back());
  segment.loop = loop;
  return loop.getResults().back();
}

void Specializer::buildConsumer(Block *block) {
  rewriter.setInsertionPointToStart(block);
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  for (auto [stage, ring] : llvm::zip_equal(resident, residentRings))
    pop(stage, ring, zero);
  Value index = zero;
  for (TileSegment &segment : segments) {
    if (segment.loop) {
      index = popLoop(segment, index);
      continue;
    }
    for (auto [stage, ring] : llvm::zip_equal(segment.stages, rings))
      pop(stage, ring, index);
    index = addOne(rewriter, index);
  }
}

LogicalResult Specializer::build() {
  if (failed(collect()))
    return failure();
  for (StageOp stage : resident)
    if (failed(describe(stage)))
      return failure();
  for (const TileSegment &segment : segments)
    for (StageOp stage : segment.stages)
      if (failed(describe(stage)))
        return failure();
  buildRings();
  auto roles = RolesOp::create(rewriter, loc, config.getWarps(), sattn::kNVProducerRegisters,
                               sattn::getNVConsumerRegisters(config.getWarps()));
  Block *producer = rewriter.createBlock(&roles.getProducer());
  Block *consumer = rewriter.createBlock(&roles.getConsumer());
  buildProducer(producer);
  Operation *terminator = root.getBody()->getTerminator();
  for (Operation *op = roles->getNextNode(); op != terminator;) {
    Operation *next = op->getNextNode();
    op->moveBefore(consumer, consumer->end());
    op = next;
  }
  buildConsumer(consumer);
  root->setAttr(SattnNVDialect::kSharedBytes, rewriter.getI32IntegerAttr(numBytes));
  return success();
}

namespace {
struct SpecializePass : sattn_nv::impl::SattnNVSpecializePassBase<SpecializePass> {
  void runOnOperation() override {
    SmallVector<std::pair<scf::ForallOp, ConfigAttr>> loops;
    getOperation()->walk([&](scf::ForallOp loop) {
      auto config = loop->getAttrOfType<ConfigAttr>(SattnNVDialect::kConfig);
      if (config && config.getProducers() != 0)
        loops.emplace_back(loop, config);
    });
    for (auto [loop, config] : loops)
      if (failed(Specializer(loop, config).build()))
        return signalPassFailure();
  }
};
} // namespace
