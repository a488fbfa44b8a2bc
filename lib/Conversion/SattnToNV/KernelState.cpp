//===- KernelState.cpp - What the patterns of one kernel share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelState.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Target/NVBudget.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// Columns of a step of a matrix product.
static constexpr int64_t kStepColumns = 16;

std::string sattn_nv::getReasonAgainstFragments(sattn::OnlineAttentionOp op) {
  if (op.getKeys().size() != 1)
    return "expected one key, got one per level";
  std::optional<QuerySource> query = matchQuerySource(getQueryRoot(op.getQuery()));
  if (!query)
    return "expected a query tile that is a slice, converted and scaled by columns";
  Type type = query->getElementType();
  auto getElementType = [](Value value) { return getElementTypeOrSelf(value.getType()); };
  Type valueType = getElementType(op.getValue());
  bool isTF32 = op.getPrecision() == sattn::Precision::TF32;
  if (!isTF32 &&
      ((!type.isF16() && !type.isBF16()) || getElementType(op.getKeys().front()) != type))
    return "expected query and key of one 16-bit type, or 'precision tf32'";
  if (!isTF32 && !valueType.isF16() && !valueType.isBF16())
    return "expected a value of a 16-bit type";
  if (op.getLink() == sattn::Link::Argmax)
    return "expected another link than argmax";
  auto keyType = cast<RankedTensorType>(op.getKeys().front().getType());
  auto isWidth = [](int64_t width) { return !ShapedType::isDynamic(width) && width % 8 == 0; };
  int64_t valueWidth = cast<RankedTensorType>(op.getValue().getType()).getDimSize(1);
  if (keyType.isDynamicDim(1) || !isWidth(valueWidth) || !isWidth(query->columns))
    return "expected static widths that are multiples of 8";
  // In registers, f32 takes twice the room.
  int64_t maxWidth = isTF32 ? 128 : 256;
  if (query->columns > maxWidth || valueWidth > maxWidth)
    return ("expected widths of at most " + Twine(maxWidth)).str();
  if (!getMaxRows(op.getKeys().front()))
    return "expected key tiles of a bounded number of rows";
  if (auto structure = op.getStructureAttr())
    for (unsigned level = 0; level < structure.getNumLevels(); ++level)
      if (structure.getScale(level) != 1.0)
        return "expected the scales of levels in the query";
  return "";
}

bool sattn_nv::canHaveProducers(sattn::OnlineAttentionOp op, int64_t warps) {
  // Widest whose accumulators, scores, weights and query fit 240 registers. With one
  // group of four warps there are no registers to hand over.
  constexpr int64_t kMaxColumns = 128;
  // Of a tensor map.
  constexpr int64_t kMaxRank = 5;
  if (warps != 8 && warps != 12)
    return false;
  std::optional<QuerySource> query = matchQuerySource(getQueryRoot(op.getQuery()));
  // wgmma does not transpose values of tf32.
  if (!query || query->getElementType().isF32() || query->columns > kMaxColumns ||
      cast<RankedTensorType>(op.getValue().getType()).getDimSize(1) > kMaxColumns)
    return false;
  for (Value tile : {query->slice, op.getKeys().front(), Value(op.getValue())}) {
    auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>();
    if (!slice || slice.getSourceType().getRank() > kMaxRank ||
        getConstantIntValue(slice.getMixedOffsets().back()) != 0)
      return false;
  }
  return true;
}

FragType KernelState::getOperand(ArrayRef<int64_t> shape, Type elementType,
                                 bool isTransposed) const {
  if (!elementType.isF32())
    return getFragment(shape, elementType, Layout::a);
  return getFragment(shape, FloatTF32Type::get(elementType.getContext()),
                     isTransposed ? Layout::acc : Layout::a);
}

FragType KernelState::getFragment(ArrayRef<int64_t> shape, Type elementType, Layout layout) const {
  return FragType::get(elementType.getContext(), shape, elementType, layout, config.getWarps());
}

Value KernelState::stageStreamed(OpBuilder &builder, Location loc, Value tile) const {
  auto type = cast<RankedTensorType>(tile.getType());
  int64_t columns = llvm::alignTo(type.getDimSize(1), kStepColumns);
  auto tileType =
      TileType::get(builder.getContext(), {keyRows, columns}, type.getElementType());
  return StageOp::create(builder, loc, tileType, Role::streamed, tile);
}

void KernelState::release(OpBuilder &builder, Location loc, Value tile) const {
  if (hasProducers())
    ReleaseOp::create(builder, loc, tile);
}

LogicalResult KernelState::initialize() {
  SmallVector<sattn::OnlineAttentionOp> steps;
  loop->walk([&](sattn::OnlineAttentionOp op) { steps.push_back(op); });
  for (sattn::OnlineAttentionOp op : steps) {
    if (std::string reason = getReasonAgainstFragments(op); !reason.empty())
      return op.emitOpError("has no form on tensor cores (") << reason << ")";
    int64_t rows = *getMaxRows(op.getKeys().front());
    keyRows = std::max<int64_t>(keyRows, llvm::alignTo(rows, kStepColumns));
  }
  for (sattn::OnlineAttentionOp op : steps)
    if (failed(loadQuery(op)))
      return failure();
  first = steps.front();
  overlap = overlap && canDelay(steps);
  for (sattn::OnlineAttentionOp op : steps)
    if (op.getAcc().getDefiningOp<linalg::FillOp>())
      starts.insert(op.getAcc());
  return success();
}

//===----------------------------------------------------------------------===//
// Delayed products
//===----------------------------------------------------------------------===//

/// Each state passes from one tile op to the next, so that each value tile is released
/// once, and loops are over the tiles of one state.
bool KernelState::canDelay(ArrayRef<sattn::OnlineAttentionOp> steps) const {
  Type valueType =
      getElementTypeOrSelf(sattn::OnlineAttentionOp(first).getValue().getType());
  DenseSet<Operation *> parents;
  return hasProducers() && llvm::all_of(steps, [&](sattn::OnlineAttentionOp op) {
           Operation *parent = op->getParentOp();
           return op.getAcc().hasOneUse() && op.getResult(0).hasOneUse() &&
                  getElementTypeOrSelf(op.getValue().getType()) == valueType &&
                  (parent == loop || (isa<scf::ForOp>(parent) && parents.insert(parent).second));
         });
}

bool KernelState::isDelayed(Value acc) const {
  return overlap && !starts.contains(acc);
}

std::pair<FragType, TileType> KernelState::getDelayedTypes(FragType acc) const {
  Type type = getElementTypeOrSelf(sattn::OnlineAttentionOp(first).getValue().getType());
  return {acc.getLike(Layout::a, type, keyRows),
          TileType::get(acc.getContext(), {keyRows, acc.getNumColumns()}, type)};
}

/// No row of the tensor that `tile` is a slice of.
static Value buildEmptySlice(OpBuilder &builder, Location loc, Value tile) {
  auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>();
  unsigned rank = slice.getSourceType().getRank();
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)),
      strides(rank, builder.getIndexAttr(1)), sizes(strides);
  sizes[slice.getDroppedDims().find_first_unset()] = builder.getIndexAttr(0);
  sizes.back() = slice.getMixedSizes().back();
  auto type = RankedTensorType::get({0, slice.getType().getDimSize(1)},
                                    slice.getType().getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, type, slice.getSource(), offsets, sizes,
                                        strides);
}

SmallVector<Value> KernelState::buildZeroProduct(OpBuilder &builder, Location loc,
                                                 FragType acc) const {
  sattn::OnlineAttentionOp op = first;
  auto [weightType, tileType] = getDelayedTypes(acc);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0.0f));
  Value scores = FillOp::create(
      builder, loc, acc.getLike(Layout::acc, builder.getF32Type(), keyRows), zero);
  Value weights = ToAOp::create(builder, loc, weightType, scores);
  // Tiles are fetched in pairs.
  release(builder, loc,
          stageStreamed(builder, loc, buildEmptySlice(builder, loc, op.getKeys().front())));
  Value tile = stageStreamed(builder, loc, buildEmptySlice(builder, loc, op.getValue()));
  return {weights, tile};
}

/// A factor of all columns goes to the scores, exactly; factors that differ are
/// multiplied into the 16-bit query relative to the largest, so nothing overflows.
static double splitFactors(SmallVectorImpl<float> &factors) {
  if (factors.empty())
    return 1.0;
  if (llvm::all_equal(factors)) {
    double factor = factors.front();
    factors.clear();
    return factor;
  }
  float largest = 0;
  for (float factor : factors)
    largest = std::max(largest, std::abs(factor));
  if (largest == 0)
    return 1.0;
  for (float &factor : factors)
    factor /= largest;
  return largest;
}

LogicalResult KernelState::loadQuery(sattn::OnlineAttentionOp op) {
  Value root = getQueryRoot(op.getQuery());
  if (queries.contains(root))
    return success();
  QuerySource source = *matchQuerySource(root);
  int64_t unit = kStepColumns * config.getWarps();
  if (source.rows % unit != 0)
    return op.emitOpError("expected query tiles of a multiple of ")
           << unit << " rows (16 per warp), got " << source.rows;
  OpBuilder builder(op.getContext());
  builder.setInsertionPointAfterValue(root);
  Location loc = root.getLoc();
  int64_t columns = llvm::alignTo(source.columns, kStepColumns);
  Type elementType = source.getElementType();
  auto tileType = TileType::get(op.getContext(), {source.rows, columns}, elementType);
  Value tile = StageOp::create(builder, loc, tileType, Role::resident, source.slice);
  QueryTile query;
  query.elementType = elementType;
  query.factor = splitFactors(source.factors);
  int64_t valueColumns = cast<RankedTensorType>(op.getValue().getType()).getDimSize(1);
  if (!sattn::holdsNVQuery(columns, valueColumns) && source.factors.empty()) {
    query.tile = tile;
    queries[root] = query;
    return success();
  }
  query.fragment = LoadAOp::create(
      builder, loc, getOperand({source.rows, columns}, elementType, /*isTransposed=*/false), tile);
  if (!source.factors.empty()) {
    source.factors.resize(columns, 0.0f);
    query.fragment = ScaleColumnsOp::create(builder, loc, query.fragment.getType(), query.fragment,
                                            builder.getDenseF32ArrayAttr(source.factors));
  }
  queries[root] = query;
  return success();
}
