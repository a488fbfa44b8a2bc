//===- SattnVerification.cpp - Conditions that several ops share -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `attention`, `score` and `online_attention` must fulfil alike is checked
// here and nowhere else. Labels C1, C4, ... are those of the op descriptions
// and of the invalid*.mlir tests.
//
//===----------------------------------------------------------------------===//

#include "SattnVerification.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;

NamedTensor::NamedTensor(const Twine &name, Type type, AffineMap map)
    : name(name.str()), type(cast<ShapedType>(type)) {
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    dims.push_back(map.getDimPosition(axis));
}

NamedTensor::NamedTensor(const Twine &name, Type type,
                         ArrayRef<std::optional<unsigned>> dims)
    : name(name.str()), type(cast<ShapedType>(type)), dims(dims) {}

//===----------------------------------------------------------------------===//
// Ranks and extents
//===----------------------------------------------------------------------===//

static std::string getLabels(const NamedTensor &tensor, unsigned numBatch) {
  std::string labels;
  llvm::raw_string_ostream os(labels);
  llvm::interleave(
      tensor.dims, os,
      [&](std::optional<unsigned> dim) {
        os << (dim ? getDimLabel(*dim, numBatch) : "_");
      },
      " ");
  return labels;
}

LogicalResult mlir::sattn::verifyRanks(Operation *op,
                                       ArrayRef<NamedTensor> tensors,
                                       unsigned numBatch) {
  for (const NamedTensor &tensor : tensors)
    if (tensor.type.getRank() != int64_t(tensor.dims.size()))
      return op->emitOpError("expected '")
             << tensor.name << "' of rank " << tensor.dims.size()
             << " (its dims are '" << getLabels(tensor, numBatch) << "'), got "
             << tensor.type;
  return success();
}

LogicalResult mlir::sattn::verifyExtents(Operation *op,
                                         ArrayRef<NamedTensor> tensors,
                                         unsigned numBatch) {
  // The first tensor with a static extent of each dimension.
  SmallVector<std::pair<const NamedTensor *, int64_t>> known(
      numBatch + 4, {nullptr, ShapedType::kDynamic});
  for (const NamedTensor &tensor : tensors)
    for (auto [dim, extent] : llvm::zip(tensor.dims, tensor.type.getShape())) {
      if (!dim || ShapedType::isDynamic(extent))
        continue;
      auto &[first, firstExtent] = known[*dim];
      if (!first) {
        first = &tensor;
        firstExtent = extent;
        continue;
      }
      if (extent == firstExtent)
        continue;
      // C4
      InFlightDiagnostic diagnostic =
          op->emitOpError("expected equal extents for dimension '")
          << getDimLabel(*dim, numBatch) << "', got " << firstExtent << " in '"
          << first->name << "' and " << extent << " in '" << tensor.name << "'";
      if (*dim < numBatch && extent > 0 && firstExtent % extent == 0)
        diagnostic.attachNote()
            << "for grouped heads split the head axis with "
               "tensor.expand_shape and leave it out of the key (see dims)";
      return diagnostic;
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

LogicalResult mlir::sattn::verifyNumKeys(AttentionLikeOpInterface op) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  // C11
  size_t numKeys = op.getKeys().size();
  if (numKeys == 1)
    return success();
  if (structure && numKeys != structure.getNumLevels())
    return op->emitOpError("expected 1 key or one key per level (")
           << structure.getNumLevels() << "), got " << numKeys;
  // On a tile the structure is gone where the depth is the same for all pairs.
  if (numKeys == 0 || (!structure && !isa<OnlineAttentionOp>(op)))
    return op->emitOpError(
               "expected 1 key (several need a 'structure' with one "
               "level per key), got ")
           << numKeys;
  return success();
}

LogicalResult mlir::sattn::verifyPrecision(AttentionLikeOpInterface op,
                                           Precision precision, Value value) {
  if (precision == Precision::Full)
    return success();
  SmallVector<Value> operands = {op.getQuery()};
  llvm::append_range(operands, op.getKeys());
  operands.push_back(value);
  for (Value operand : operands)
    if (Type type = getElementTypeOrSelf(operand); !type.isF32())
      return op->emitOpError(
                 "expected query, keys and value of f32 with precision '")
             << stringifyPrecision(precision) << "', got " << type;
  return success();
}

LogicalResult mlir::sattn::verifyLevels(AttentionLikeOpInterface op,
                                        int64_t depth, unsigned depthAxis) {
  PositionStructureAttrInterface structure = op.getStructureAttr();
  // C1
  if (structure) {
    int64_t sum = structure.getPrefixRank(structure.getNumLevels());
    if (!ShapedType::isDynamic(depth) && sum != depth)
      return op->emitOpError(
                 "expected the ranks of 'structure' to sum to the query depth ")
             << depth << ", got " << sum;
  }
  if (op.getKeys().size() == 1)
    return success();
  // C11, second half
  int64_t columns = 0;
  bool isStatic = true;
  for (auto [i, key] : llvm::enumerate(op.getKeys())) {
    int64_t extent = cast<ShapedType>(key.getType()).getDimSize(depthAxis);
    isStatic &= !ShapedType::isDynamic(extent);
    columns += extent;
    if (structure && extent != structure.getRanks()[i] &&
        !ShapedType::isDynamic(extent))
      return op->emitOpError("expected key ")
             << i << " to have the columns of its level, "
             << structure.getRanks()[i] << ", got " << extent;
  }
  if (isStatic && !ShapedType::isDynamic(depth) && columns != depth)
    return op->emitOpError(
               "expected the columns of all keys to sum to the query depth ")
           << depth << ", got " << columns;
  return success();
}

//===----------------------------------------------------------------------===//
// Links, segments
//===----------------------------------------------------------------------===//

LogicalResult mlir::sattn::verifyNumResults(Operation *op, Link link,
                                            unsigned numResults) {
  if (numResults != 1 && numResults != 2)
    return op->emitOpError(
               "expected one result or two (output and log-sum-exp), got ")
           << numResults;
  // C5
  bool hasNormaliser = link == Link::Softmax || link == Link::Linear;
  if (numResults == 2 && !hasNormaliser)
    return op->emitOpError("expected one result with link '")
           << stringifyLink(link) << "' (it has no row normaliser), got 2";
  return success();
}

LogicalResult mlir::sattn::verifySegmentTypes(AttentionLikeOpInterface op) {
  Value query = op.getQuerySegments(), key = op.getKeySegments();
  if (bool(query) != bool(key))
    return op->emitOpError(
               "expected segments of query and key, got only those of the ")
           << (query ? "query" : "key");
  if (query && getElementTypeOrSelf(query) != getElementTypeOrSelf(key))
    return op->emitOpError("expected segments of one element type, got ")
           << getElementTypeOrSelf(query) << " and "
           << getElementTypeOrSelf(key);
  return success();
}

//===----------------------------------------------------------------------===//
// C8, the score region
//===----------------------------------------------------------------------===//

static bool isScalar(Type type) {
  return isa<IntegerType, IndexType, FloatType>(type);
}

static LogicalResult verifyScoreArguments(AttentionLikeOpInterface op,
                                          Block &block) {
  OperandRange operands = op.getScoreOperands();
  if (block.getNumArguments() != 3 + operands.size())
    return op->emitOpError("expected ")
           << 3 + operands.size()
           << " score region arguments (score, query position, key position, "
              "one per operand), got "
           << block.getNumArguments();
  SmallVector<Type> expected = {op.getAccumulatorType(),
                                IndexType::get(op->getContext()),
                                IndexType::get(op->getContext())};
  for (Value operand : operands)
    expected.push_back(getElementTypeOrSelf(operand));
  for (auto [i, types] :
       llvm::enumerate(llvm::zip(block.getArgumentTypes(), expected))) {
    auto [actual, wanted] = types;
    if (actual != wanted)
      return op->emitOpError("expected score region argument ")
             << i << " of type " << wanted << ", got " << actual;
    if (!isScalar(actual))
      return op->emitOpError("expected score operands of integers, indices or "
                             "floats, got elements of type ")
             << actual;
  }
  return success();
}

static LogicalResult verifyScoreYield(AttentionLikeOpInterface op,
                                      Operation *terminator) {
  auto yield = dyn_cast<YieldOp>(terminator);
  if (!yield)
    return op->emitOpError(
               "expected the score region to end in 'sattn.yield', got '")
           << terminator->getName() << "'";
  TypeRange types = yield.getOperandTypes();
  if (types.size() != 1 && types.size() != 2)
    return yield->emitOpError("expected the score and, at most, whether to "
                              "keep the pair, got ")
           << types.size() << " values";
  if (types.front() != op.getAccumulatorType())
    return yield->emitOpError("expected a score of type ")
           << op.getAccumulatorType() << ", got " << types.front();
  if (types.size() == 2 && !types.back().isInteger(1))
    return yield->emitOpError(
               "expected a second value of type 'i1' (keep this pair?), got ")
           << types.back();
  return success();
}

LogicalResult mlir::sattn::verifyScoreRegion(AttentionLikeOpInterface op) {
  Block &block = op.getScore().front();
  if (failed(verifyScoreArguments(op, block)) ||
      failed(verifyScoreYield(op, block.getTerminator())))
    return failure();
  for (Operation &nested : block.without_terminator()) {
    // Lowerings turn each op into one on vectors of scores.
    if (nested.getNumRegions() != 0 ||
        !llvm::all_of(nested.getResultTypes(), isScalar))
      return nested.emitOpError(
          "expected only scalar ops without regions in a score region");
    if (!isPure(&nested))
      return nested.emitOpError(
          "expected only ops without side effects in a score region");
  }
  return success();
}
