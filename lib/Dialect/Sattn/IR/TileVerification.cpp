//===- TileVerification.cpp - Verifiers of online_attention and finalize -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops on tiles: fixed axes instead of maps, and a state whose members
// depend on the link.
//
//===----------------------------------------------------------------------===//

#include "SattnVerification.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::sattn;

/// The dimensions of a tile, as `NamedTensor` numbers them without batch.
static constexpr unsigned kM = 0, kN = 1, kR = 2, kE = 3;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

/// Names of the members of the state of a link, as the messages show them.
static StringRef getStateMembers(Link link) {
  switch (link) {
  case Link::Softmax:
    return "acc, ref, sum";
  case Link::Linear:
    return "acc, sum";
  case Link::Argmax:
    return "acc, ref";
  case Link::Identity:
  case Link::Exp:
  case Link::Sigmoid:
    return "acc";
  }
  return "acc";
}

static LogicalResult verifyStateMembers(Operation *op, Link link,
                                        ValueRange state) {
  StringRef members = getStateMembers(link);
  if (state.size() != members.count(',') + 1)
    return op->emitOpError("expected the state (")
           << members << ") with link '" << stringifyLink(link) << "', got "
           << state.size() << (state.size() == 1 ? " tensor" : " tensors");
  return success();
}

/// The accumulator is m x e, the other members have one element per row.
static void addState(ValueRange state, SmallVectorImpl<NamedTensor> &tensors) {
  tensors.emplace_back("acc", state.front().getType(),
                       ArrayRef<std::optional<unsigned>>{kM, kE});
  for (auto [i, member] : llvm::enumerate(state.drop_front()))
    tensors.emplace_back("state " + Twine(i + 1), member.getType(),
                         ArrayRef<std::optional<unsigned>>{kM});
}

//===----------------------------------------------------------------------===//
// online_attention
//===----------------------------------------------------------------------===//

static LogicalResult verifyScoreMaps(OnlineAttentionOp op) {
  auto maps =
      llvm::to_vector(op.getScoreMaps().getAsValueRange<AffineMapAttr>());
  if (maps.size() != op.getScoreOperands().size())
    return op.emitOpError("expected one score map per score operand (")
           << op.getScoreOperands().size() << "), got " << maps.size();
  for (auto [i, map] : llvm::enumerate(maps))
    if (map.getNumDims() != 2 || map.getNumSymbols() != 0 ||
        !map.isProjectedPermutation())
      return op.emitOpError("expected score map ")
             << i << " to be a projected permutation of (m, n), got "
             << AffineMapAttr::get(map);
  return success();
}

static LogicalResult verifyElementTypes(OnlineAttentionOp op) {
  Type expected =
      cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  if (op.getScale().getType() != expected)
    return op.emitOpError("expected a scale of type ")
           << expected << ", got " << op.getScale().getType();
  for (Value member : op.getState())
    if (getElementTypeOrSelf(member) != expected)
      return op.emitOpError("expected a state of element type ")
             << expected << ", got " << member.getType();
  return success();
}

static SmallVector<NamedTensor> getTileTensors(OnlineAttentionOp op) {
  using Dims = ArrayRef<std::optional<unsigned>>;
  SmallVector<NamedTensor> tensors;
  tensors.emplace_back("query", op.getQuery().getType(), Dims{kM, kR});
  // The columns of several keys follow each other.
  bool isSingle = op.getKeys().size() == 1;
  std::optional<unsigned> columns =
      isSingle ? std::optional<unsigned>(kR) : std::nullopt;
  for (auto [i, key] : llvm::enumerate(op.getKeys()))
    tensors.emplace_back(isSingle ? Twine("key") : "key " + Twine(i),
                         key.getType(), Dims{kN, columns});
  tensors.emplace_back("value", op.getValue().getType(), Dims{kN, kE});
  if (op.getMask())
    tensors.emplace_back("mask", op.getMask().getType(), Dims{kM, kN});
  if (op.getQuerySegments()) {
    tensors.emplace_back("query_segments", op.getQuerySegments().getType(),
                         Dims{kM});
    tensors.emplace_back("key_segments", op.getKeySegments().getType(),
                         Dims{kN});
  }
  auto maps = op.getScoreMaps().getAsValueRange<AffineMapAttr>();
  for (auto [i, operand, map] : llvm::enumerate(op.getScoreOperands(), maps))
    tensors.emplace_back("score operand " + Twine(i), operand.getType(), map);
  addState(op.getState(), tensors);
  return tensors;
}

/// C10
static LogicalResult verifyStaticState(OnlineAttentionOp op) {
  for (Value member : op.getState())
    if (!cast<ShapedType>(member.getType()).hasStaticShape())
      return op.emitOpError("expected a state of static shape (it is kept in "
                            "registers), got ")
             << member.getType();
  return success();
}

LogicalResult OnlineAttentionOp::verify() {
  if (failed(verifyNumKeys(*this)) ||
      failed(verifyStateMembers(*this, getLink(), getState())) ||
      failed(verifyScoreMaps(*this)) || failed(verifySegmentTypes(*this)) ||
      failed(verifyPrecision(*this, getPrecision(), getValue())) ||
      failed(verifyElementTypes(*this)))
    return failure();
  SmallVector<NamedTensor> tensors = getTileTensors(*this);
  if (failed(verifyRanks(*this, tensors, /*numBatch=*/0)) ||
      failed(verifyStaticState(*this)))
    return failure();
  int64_t depth = cast<ShapedType>(getQuery().getType()).getDimSize(1);
  if (failed(verifyLevels(*this, depth, /*depthAxis=*/1)))
    return failure();
  return verifyExtents(*this, tensors, /*numBatch=*/0);
}

LogicalResult OnlineAttentionOp::verifyRegions() {
  return verifyScoreRegion(*this);
}

//===----------------------------------------------------------------------===//
// finalize
//===----------------------------------------------------------------------===//

static LogicalResult verifyFinalizeTypes(FinalizeOp op) {
  Type expected = getElementTypeOrSelf(op.getState().front());
  if (!expected.isF32() && !expected.isF64())
    return op.emitOpError(
               "expected a state of element type 'f32' or 'f64', got ")
           << op.getState().front().getType();
  for (Value member : op.getState().drop_front())
    if (getElementTypeOrSelf(member) != expected)
      return op.emitOpError("expected a state of one element type, got ")
             << op.getState().front().getType() << " and " << member.getType();
  if (op.getOuts().size() == 2 &&
      getElementTypeOrSelf(op.getOuts().back()) != expected)
    return op.emitOpError("expected log-sum-exp of type ")
           << expected << ", got " << getElementTypeOrSelf(op.getOuts().back());
  return success();
}

LogicalResult FinalizeOp::verify() {
  if (failed(verifyStateMembers(*this, getLink(), getState())) ||
      failed(verifyNumResults(*this, getLink(), getOuts().size())) ||
      failed(verifyFinalizeTypes(*this)))
    return failure();
  SmallVector<NamedTensor> state, outs;
  addState(getState(), state);
  using Dims = ArrayRef<std::optional<unsigned>>;
  outs.emplace_back("output", getOuts().front().getType(), Dims{kM, kE});
  if (getOuts().size() == 2)
    outs.emplace_back("lse", getOuts().back().getType(), Dims{kM});
  if (failed(verifyRanks(*this, state, 0)) ||
      failed(verifyRanks(*this, outs, 0)) ||
      failed(verifyExtents(*this, state, 0)) ||
      failed(verifyExtents(*this, outs, 0)))
    return failure();
  int64_t stateRows = state.front().type.getDimSize(0),
          rows = outs.front().type.getDimSize(0);
  if (!ShapedType::isDynamic(stateRows) && !ShapedType::isDynamic(rows) &&
      rows > stateRows)
    return emitOpError("expected at most the rows of the state, ")
           << stateRows << ", got " << rows;
  int64_t stateDepth = state.front().type.getDimSize(1),
          depth = outs.front().type.getDimSize(1);
  if (!ShapedType::isDynamic(stateDepth) && !ShapedType::isDynamic(depth) &&
      depth != stateDepth)
    return emitOpError("expected equal extents for dimension 'e', got ")
           << stateDepth << " in 'acc' and " << depth << " in 'output'";
  return success();
}
