//===- OnlineAttentionDecomposition.cpp - Meaning of tile ops -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `online_attention` and `finalize` mean, as plain linalg: the state moves
// to the new maximum at every step.
//
//===----------------------------------------------------------------------===//

#include "LinkLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// online_attention
//===----------------------------------------------------------------------===//

namespace {
class TileStep {
public:
  TileStep(OnlineAttentionOp op, const PairSpace &space,
           const AttentionMaps &maps)
      : op(op), space(space), maps(maps),
        type(cast<AttentionLikeOpInterface>(op.getOperation())
                 .getAccumulatorType()) {}

  /// The new state, in the accumulator's type.
  SmallVector<MappedTensor> build(const ScoredPairs &pairs);

private:
  SmallVector<MappedTensor> buildSoftmax(ScoredPairs pairs);
  SmallVector<MappedTensor> buildArgmaxStep(ScoredPairs pairs);
  /// The given state tensor in the accumulator's type.
  MappedTensor getState(unsigned index);
  MappedTensor addProduct(MappedTensor weights, MappedTensor keep,
                          MappedTensor init) {
    return buildProduct(space, weights, keep, {op.getValue(), maps.getValue()},
                        init);
  }
  /// fn(element of `tensor`, element of `row`) for each element.
  using RowFn = function_ref<Value(OpBuilder &, Location, Value, Value)>;
  MappedTensor mapRows(MappedTensor tensor, MappedTensor row, RowFn fn);

  OnlineAttentionOp op;
  const PairSpace &space;
  const AttentionMaps &maps;
  FloatType type;
};
} // namespace

MappedTensor TileStep::getState(unsigned index) {
  Value state = op.getState()[index];
  SmallVector<unsigned> dims =
      index == 0 ? space.getRowDims(space.getE()) : space.getRowDims();
  MappedTensor mapped = {state, space.getMap(dims)};
  if (getElementTypeOrSelf(state) == type)
    return mapped;
  return space.generic(dims, {mapped}, space.empty(mapped.map, type),
                       [&](OpBuilder &b, Location loc,
                           ValueRange elements) -> SmallVector<Value> {
                         return {buildFloatCast(b, loc, elements[0], type)};
                       });
}

MappedTensor TileStep::mapRows(MappedTensor tensor, MappedTensor row,
                               RowFn fn) {
  SmallVector<unsigned> dims = space.getRowDims();
  if (getAxisOfDim(tensor.map, space.getN()))
    dims.push_back(space.getN());
  if (getAxisOfDim(tensor.map, space.getE()))
    dims.push_back(space.getE());
  return space.generic(dims, {tensor, row}, space.empty(tensor.map, type),
                       [&](OpBuilder &b, Location loc,
                           ValueRange elements) -> SmallVector<Value> {
                         return {fn(b, loc, elements[0], elements[1])};
                       });
}

SmallVector<MappedTensor> TileStep::buildSoftmax(ScoredPairs pairs) {
  MappedTensor acc = getState(0), ref = getState(1), sum = getState(2);
  // References are logarithms to base 2.
  pairs.scores = space.generic(
      space.getRowDims(space.getN()), {pairs.scores},
      space.empty(pairs.scores.map, type),
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value log2e = buildFloat(b, loc, type, llvm::numbers::log2e);
        return {arith::MulFOp::create(b, loc, elements[0], log2e)};
      });
  MappedTensor newRef = buildRowMax(space, pairs, ref);
  auto exp2 = [](OpBuilder &b, Location loc, Value x, Value row) -> Value {
    Value shifted = arith::SubFOp::create(b, loc, x, buildShift(b, loc, row));
    return math::Exp2Op::create(b, loc, shifted);
  };
  MappedTensor factor = mapRows(ref, newRef, exp2);
  auto rescale = [](OpBuilder &b, Location loc, Value x, Value row) -> Value {
    return arith::MulFOp::create(b, loc, x, row);
  };
  MappedTensor weights = buildWeights(space, pairs, newRef, exp2);
  return {addProduct(weights, pairs.keep, mapRows(acc, factor, rescale)),
          newRef, buildRowSum(space, weights, mapRows(sum, factor, rescale))};
}

SmallVector<MappedTensor> TileStep::buildArgmaxStep(ScoredPairs pairs) {
  MappedTensor acc = getState(0);
  RowArgmax argmax = buildArgmax(space, pairs, getState(1));
  pairs.keep = buildIsPlace(space, argmax.place);
  MappedTensor weights = buildWeights(
      space, pairs, {}, [&](OpBuilder &b, Location loc, Value, Value) -> Value {
        return buildFloat(b, loc, type, 1.0);
      });
  MappedTensor rest =
      mapRows(acc, argmax.place,
              [&](OpBuilder &b, Location loc, Value x, Value place) -> Value {
                Value nowhere = arith::ConstantIndexOp::create(b, loc, -1);
                Value stays = arith::CmpIOp::create(
                    b, loc, arith::CmpIPredicate::eq, place, nowhere);
                return arith::SelectOp::create(b, loc, stays, x,
                                               buildFloat(b, loc, type, 0.0));
              });
  return {addProduct(weights, pairs.keep, rest), argmax.best};
}

SmallVector<MappedTensor> TileStep::build(const ScoredPairs &pairs) {
  Link link = op.getLink();
  if (link == Link::Softmax)
    return buildSoftmax(pairs);
  if (link == Link::Argmax)
    return buildArgmaxStep(pairs);
  MappedTensor weights = buildWeights(
      space, pairs, {}, [&](OpBuilder &b, Location loc, Value score, Value) {
        return buildPlainWeight(b, loc, link, score);
      });
  SmallVector<MappedTensor> state = {
      addProduct(weights, pairs.keep, getState(0))};
  if (link == Link::Linear)
    state.push_back(buildRowSum(space, weights, getState(1)));
  return state;
}

/// Converts `tensor` to the element type of `type` and to `type`.
static Value convertTo(const PairSpace &space, MappedTensor tensor, Type type) {
  Type elementType = getElementTypeOrSelf(type);
  if (getElementTypeOrSelf(tensor.tensor) != elementType) {
    SmallVector<unsigned> dims;
    for (unsigned axis = 0; axis < tensor.map.getNumResults(); ++axis)
      dims.push_back(tensor.map.getDimPosition(axis));
    tensor = space.generic(
        dims, {tensor}, space.empty(tensor.map, elementType),
        [&](OpBuilder &b, Location loc,
            ValueRange elements) -> SmallVector<Value> {
          return {buildFloatCast(b, loc, elements[0], elementType)};
        });
  }
  return castTo(space, tensor, type);
}

FailureOr<SmallVector<Value>>
OnlineAttentionOp::decomposeOperation(OpBuilder &b) {
  auto op = cast<AttentionLikeOpInterface>(getOperation());
  if (failed(checkLowerable(op)))
    return failure();
  AttentionMaps maps(*this);
  SmallVector<MappedTensor> tensors = {{getAcc(), maps.getOutput()},
                                       {getQuery(), maps.getQuery()},
                                       {getValue(), maps.getValue()}};
  PairSpace space(b, getLoc(), maps.getNumBatch(), tensors);
  Value scale =
      buildFloatCast(b, getLoc(), getScale(), op.getAccumulatorType());
  bool dropMinusInfinity = getLink() == Link::Softmax || getLink() == Link::Exp;
  ScoredPairs pairs = buildScores(space, op, maps, scale, dropMinusInfinity);
  SmallVector<Value> results;
  for (auto [tensor, type] :
       llvm::zip(TileStep(*this, space, maps).build(pairs), getResultTypes()))
    results.push_back(convertTo(space, tensor, type));
  return results;
}

//===----------------------------------------------------------------------===//
// finalize
//===----------------------------------------------------------------------===//

/// The first rows of a state, as many as the destination has.
static MappedTensor takeRows(const PairSpace &space, Value state,
                             OpFoldResult rows, bool hasColumns) {
  OpBuilder &b = space.getBuilder();
  Value slice = buildSlice(b, space.getLoc(), state, /*axis=*/0,
                           b.getIndexAttr(0), rows);
  SmallVector<unsigned> dims = space.getRowDims();
  if (hasColumns)
    dims.push_back(space.getE());
  return {slice, space.getMap(dims)};
}

/// ln 2 (ref + log2 sum), or log(sum) without a reference.
static MappedTensor buildStateLse(const PairSpace &space, MappedTensor ref,
                                  MappedTensor sum, Type elementType) {
  SmallVector<MappedTensor> inputs = {sum};
  if (ref.tensor)
    inputs.push_back(ref);
  return space.generic(
      space.getRowDims(), inputs, space.empty(sum.map, elementType),
      [&](OpBuilder &b, Location loc,
          ValueRange elements) -> SmallVector<Value> {
        Value lse;
        if (ref.tensor) {
          Value ln2 =
              buildFloat(b, loc, elements[0].getType(), llvm::numbers::ln2);
          lse = math::Log2Op::create(b, loc, elements[0]);
          lse = arith::AddFOp::create(b, loc, elements[1], lse);
          lse = arith::MulFOp::create(b, loc, ln2, lse);
        } else {
          lse = math::LogOp::create(b, loc, elements[0]);
        }
        return {buildFloatCast(b, loc, lse, elementType)};
      });
}

FailureOr<SmallVector<Value>> FinalizeOp::decomposeOperation(OpBuilder &b) {
  Value out = getOuts().front();
  AffineMap outMap =
      AffineMap::getMultiDimMapWithTargets(4, {0, 3}, getContext());
  PairSpace space(b, getLoc(), /*numBatch=*/0, MappedTensor{out, outMap});
  OpFoldResult rows = tensor::getMixedSize(b, getLoc(), out, 0);
  MappedTensor acc =
      takeRows(space, getState().front(), rows, /*hasColumns=*/true);
  MappedTensor ref, sum;
  if (getLink() == Link::Softmax)
    ref = takeRows(space, getState()[1], rows, /*hasColumns=*/false);
  if (getLink() == Link::Softmax || getLink() == Link::Linear)
    sum = takeRows(space, getState().back(), rows, /*hasColumns=*/false);
  Type elementType = getElementTypeOrSelf(out);
  SmallVector<Value> results = {castTo(
      space, buildOutput(space, acc, sum, outMap, elementType), out.getType())};
  if (getNumResults() == 2) {
    Type type = getResult(1).getType();
    MappedTensor lse =
        buildStateLse(space, ref, sum, getElementTypeOrSelf(type));
    results.push_back(castTo(space, lse, type));
  }
  return results;
}
