//===- AttentionVerification.cpp - Verifiers of attention and score -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both ops go through the same functions; `score` merely lacks a value. The
// order matters: nothing looks at axes before the indexing maps are known to be
// sound.
//
//===----------------------------------------------------------------------===//

#include "SattnVerification.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Indexing maps
//===----------------------------------------------------------------------===//

namespace {
/// What the map of one tensor may and must contain, of m, n, r, e in this
/// order.
struct MapRule {
  std::string name;
  StringRef allowed;
  bool needsAll = true;
};
} // namespace

static constexpr StringLiteral kReserved = "mnre";

/// One rule per map, in the order of the maps.
static SmallVector<MapRule> getMapRules(AttentionLikeOpInterface op,
                                        bool hasValue) {
  SmallVector<MapRule> rules = {{"query", "mr"}, {"key", "nr"}};
  if (hasValue)
    rules.push_back({"value", "ne"});
  if (op.getMask())
    rules.push_back({"mask", "mn", /*needsAll=*/false});
  for (unsigned i = 0; i < op.getScoreOperands().size(); ++i)
    rules.push_back(
        {"score operand " + std::to_string(i), "mn", /*needsAll=*/false});
  rules.push_back({"output", hasValue ? "me" : "mn"});
  return rules;
}

/// The maps are projected permutations over one space of 4 or more dimensions.
static LogicalResult verifyMapForm(Operation *op, ArrayRef<AffineMap> maps,
                                   ArrayRef<MapRule> rules) {
  if (maps.size() != rules.size()) {
    InFlightDiagnostic diagnostic = op->emitOpError("expected ")
                                    << rules.size() << " indexing maps (";
    llvm::interleaveComma(rules, diagnostic, [&](const MapRule &rule) {
      diagnostic << rule.name;
    });
    return diagnostic << "), got " << maps.size();
  }
  unsigned numDims = maps.front().getNumDims();
  if (numDims < 4)
    return op->emitOpError("expected indexing maps with 4 or more dimensions "
                           "(batch-like ones, m, n, r, e), got ")
           << numDims;
  for (auto [map, rule] : llvm::zip(maps, rules)) {
    if (map.getNumDims() != numDims)
      return op->emitOpError(
                 "expected indexing maps over the same dimensions, got ")
             << numDims << " for 'query' and " << map.getNumDims() << " for '"
             << rule.name << "'";
    if (map.getNumSymbols() != 0 || !map.isProjectedPermutation())
      return op->emitOpError("expected the indexing map of '")
             << rule.name
             << "' to be a projected permutation without symbols, got "
             << AffineMapAttr::get(map);
  }
  return success();
}

/// m, n, r, e are where they belong.
static LogicalResult verifyReservedDims(Operation *op, ArrayRef<AffineMap> maps,
                                        ArrayRef<MapRule> rules) {
  unsigned numBatch = maps.front().getNumDims() - 4;
  for (auto [map, rule] : llvm::zip(maps, rules))
    for (auto [i, letter] : llvm::enumerate(kReserved)) {
      bool present = getAxisOfDim(map, numBatch + i).has_value();
      bool allowed = rule.allowed.contains(letter);
      if (present && !allowed)
        return op->emitOpError("expected no dimension '")
               << StringRef(&letter, 1) << "' in the dims of '" << rule.name
               << "'";
      if (!present && allowed && rule.needsAll)
        return op->emitOpError("expected dimension '")
               << StringRef(&letter, 1) << "' in the dims of '" << rule.name
               << "'";
    }
  return success();
}

/// The output has every batch-like dimension, in order: two ops that differ
/// only in the names of labels are equal.
static LogicalResult verifyBatchDims(Operation *op, AffineMap output) {
  unsigned numBatch = output.getNumDims() - 4;
  unsigned next = 0;
  for (unsigned axis = 0; axis < output.getNumResults(); ++axis) {
    unsigned dim = output.getDimPosition(axis);
    if (dim >= numBatch)
      continue;
    if (dim < next)
      return op->emitOpError("expected batch-like dimensions in the order of "
                             "the output, got ")
             << AffineMapAttr::get(output);
    next = dim + 1;
  }
  for (unsigned dim = 0; dim < numBatch; ++dim)
    if (!getAxisOfDim(output, dim))
      return op->emitOpError("expected dimension '")
             << getDimLabel(dim, numBatch)
             << "' in the dims of the output (only n and r are reduced)";
  return success();
}

static LogicalResult verifyMaps(AttentionLikeOpInterface op, ArrayAttr attr,
                                bool hasValue) {
  auto maps = llvm::to_vector(attr.getAsValueRange<AffineMapAttr>());
  SmallVector<MapRule> rules = getMapRules(op, hasValue);
  if (failed(verifyMapForm(op, maps, rules)) ||
      failed(verifyReservedDims(op, maps, rules)))
    return failure();
  return verifyBatchDims(op, maps.back());
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static void addKeys(AttentionLikeOpInterface op, const AttentionMaps &maps,
                    SmallVectorImpl<NamedTensor> &tensors) {
  OperandRange keys = op.getKeys();
  for (auto [i, key] : llvm::enumerate(keys)) {
    NamedTensor &tensor = tensors.emplace_back(
        keys.size() == 1 ? Twine("key") : "key " + Twine(i), key.getType(),
        maps.getKey());
    if (keys.size() == 1)
      continue;
    // The columns of a level are compared with its rank instead.
    for (std::optional<unsigned> &dim : tensor.dims)
      if (dim == maps.getR() || (dim == maps.getN() && op.isBlockCache(i)))
        dim = std::nullopt;
  }
}

/// Segments and positions have no list in `dims`: they may follow the first
/// batch-like label of the output.
static LogicalResult addClauses(AttentionLikeOpInterface op,
                                const AttentionMaps &maps,
                                SmallVectorImpl<NamedTensor> &tensors) {
  auto add = [&](StringRef name, Value value,
                 std::optional<unsigned> dim) -> LogicalResult {
    auto type = value ? dyn_cast<RankedTensorType>(value.getType())
                      : RankedTensorType();
    if (!type)
      return success();
    SmallVector<std::optional<unsigned>> dims;
    if (!dim || type.getRank() > 1)
      dims.push_back(maps.getPositionBatchDim());
    if (dim)
      dims.push_back(*dim);
    if (maps.getNumBatch() == 0 && (!dim || type.getRank() > 1))
      return op->emitOpError("expected '")
             << name
             << "' without a batch axis (the output has no batch-like "
                "dimension), got "
             << type;
    tensors.emplace_back(name, type, dims);
    return success();
  };
  return success(
      succeeded(add("query_segments", op.getQuerySegments(), maps.getM())) &&
      succeeded(add("key_segments", op.getKeySegments(), maps.getN())) &&
      succeeded(add("query_offset", op.getQueryOffset(), std::nullopt)) &&
      succeeded(add("key_offset", op.getKeyOffset(), std::nullopt)) &&
      succeeded(add("key_limit", op.getKeyLimit(), std::nullopt)));
}

/// C10: r and e are static wherever they occur.
static LogicalResult verifyStaticDepths(Operation *op,
                                        ArrayRef<NamedTensor> tensors,
                                        const AttentionMaps &maps) {
  for (const NamedTensor &tensor : tensors)
    for (auto [dim, extent] : llvm::zip(tensor.dims, tensor.type.getShape()))
      if ((dim == maps.getR() || dim == maps.getE()) &&
          ShapedType::isDynamic(extent))
        return op->emitOpError("expected static depths 'r' and 'e', got ")
               << tensor.type << " for '" << tensor.name << "'";
  return success();
}

/// C7: an absent offset is 0, which is rarely meant where the numbers of
/// queries and keys differ.
static LogicalResult verifyQueryOffset(AttentionLikeOpInterface op,
                                       int64_t queries, int64_t keys) {
  if (!op.hasPositionClauses() || op.getQueryOffset() ||
      ShapedType::isDynamic(queries) || ShapedType::isDynamic(keys) ||
      queries == keys)
    return success();
  InFlightDiagnostic diagnostic =
      op->emitOpError("expected a 'query_offset' with a window or a structure "
                      "and different "
                      "static numbers of queries (")
      << queries << ") and keys (" << keys << ")";
  diagnostic.attachNote() << "the position of the first query: 0, or "
                          << keys - queries
                          << " if the last query belongs to the last key";
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// attention and score
//===----------------------------------------------------------------------===//

static int64_t getExtent(Value tensor, AffineMap map, unsigned dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getDimSize(*getAxisOfDim(map, dim));
}

/// The conditions on query, keys, clauses and what `tensors` holds already.
static LogicalResult verifyPairs(AttentionLikeOpInterface op,
                                 const AttentionMaps &maps,
                                 SmallVectorImpl<NamedTensor> &tensors,
                                 Value rowsOfKeys) {
  if (failed(verifySegmentTypes(op)) || failed(addClauses(op, maps, tensors)))
    return failure();
  if (Value mask = op.getMask())
    tensors.emplace_back("mask", mask.getType(), maps.getMask());
  for (auto [i, operand] : llvm::enumerate(op.getScoreOperands()))
    tensors.emplace_back("score operand " + Twine(i), operand.getType(),
                         maps.getScoreOperands()[i]);
  unsigned numBatch = maps.getNumBatch();
  if (failed(verifyRanks(op, tensors, numBatch)) ||
      failed(verifyStaticDepths(op, tensors, maps)) ||
      failed(verifyLevels(
          op, getExtent(op.getQuery(), maps.getQuery(), maps.getR()),
          *getAxisOfDim(maps.getKey(), maps.getR()))) ||
      failed(verifyExtents(op, tensors, numBatch)))
    return failure();
  AffineMap rowsMap = maps.getValue() ? maps.getValue() : maps.getKey();
  return verifyQueryOffset(
      op, getExtent(op.getQuery(), maps.getQuery(), maps.getM()),
      getExtent(rowsOfKeys, rowsMap, maps.getN()));
}

/// C6
static LogicalResult verifyNormalizer(AttentionOp op) {
  bool needed = op.getLink() == Link::Exp, present = bool(op.getNormalizer());
  if (needed && !present)
    return op.emitOpError("expected a 'normalizer' operand with link 'exp'");
  if (present && !needed)
    return op.emitOpError("expected no 'normalizer' with link '")
           << stringifyLink(op.getLink()) << "' (only 'exp' subtracts one)";
  return success();
}

static LogicalResult verifyLseType(AttentionOp op) {
  if (op.getOuts().size() != 2)
    return success();
  Type expected =
      cast<AttentionLikeOpInterface>(op.getOperation()).getAccumulatorType();
  Type actual = getElementTypeOrSelf(op.getOuts().back());
  if (actual != expected)
    return op.emitOpError("expected log-sum-exp of type ")
           << expected << ", got " << actual;
  return success();
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyNumResults(*this, getLink(), getOuts().size())) ||
      failed(verifyNumKeys(*this)) || failed(verifyNormalizer(*this)) ||
      failed(verifyLseType(*this)) || failed(verifyPrecision(*this, getPrecision(), getValue())) ||
      failed(verifyMaps(*this, getIndexingMaps(), /*hasValue=*/true)))
    return failure();
  AttentionMaps maps(*this);
  SmallVector<NamedTensor> tensors;
  tensors.emplace_back("query", getQuery().getType(), maps.getQuery());
  addKeys(*this, maps, tensors);
  tensors.emplace_back("value", getValue().getType(), maps.getValue());
  tensors.emplace_back("output", getOuts().front().getType(), maps.getOutput());
  if (getOuts().size() == 2)
    tensors.emplace_back("lse", getOuts().back().getType(), maps.getRowMap());
  if (getNormalizer())
    tensors.emplace_back("normalizer", getNormalizer().getType(),
                         maps.getRowMap());
  return verifyPairs(*this, maps, tensors, getValue());
}

LogicalResult AttentionOp::verifyRegions() { return verifyScoreRegion(*this); }

LogicalResult ScoreOp::verify() {
  if (getOuts().size() != 1)
    return emitOpError("expected one result (the scores), got ")
           << getOuts().size();
  if (failed(verifyNumKeys(*this)) ||
      failed(verifyMaps(*this, getIndexingMaps(), /*hasValue=*/false)))
    return failure();
  AttentionMaps maps(*this);
  SmallVector<NamedTensor> tensors;
  tensors.emplace_back("query", getQuery().getType(), maps.getQuery());
  addKeys(*this, maps, tensors);
  tensors.emplace_back("output", getOuts().front().getType(), maps.getOutput());
  return verifyPairs(*this, maps, tensors, getKeys().front());
}

LogicalResult ScoreOp::verifyRegions() { return verifyScoreRegion(*this); }
