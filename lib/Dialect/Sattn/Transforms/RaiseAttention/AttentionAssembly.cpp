//===- AttentionAssembly.cpp - Build the raised attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are the tensors nearest to the inputs that hold what is needed, so
// that scales, casts, transposes and repeated heads fall away. What depends on
// the score or on both positions is computed in the score region; what depends
// on one of them stays a tensor.
//
//===----------------------------------------------------------------------===//

#include "AttentionAssembly.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::raising;

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static FloatType getFloatType(const Holder &holder) {
  return dyn_cast<FloatType>(
      cast<RankedTensorType>(holder.tensor.getType()).getElementType());
}

static const Holder *findHolder(const Expr *expr, Type type) {
  for (const Holder &holder : expr->holders)
    if (getFloatType(holder) == type)
      return &holder;
  return nullptr;
}

/// Query, key and value get one element type: the narrowest that the program
/// holds all three in, since wider copies are casts of it.
bool AttentionAssembly::chooseHolders(Refusal &refusal) {
  FloatType best;
  for (const Holder &holder : match.query->holders) {
    FloatType type = getFloatType(holder);
    if (!type || !findHolder(match.key, type) || !findHolder(match.value, type))
      continue;
    if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type))
      continue;
    if (!best || type.getWidth() < best.getWidth())
      best = type;
  }
  if (!best)
    return refusal.because("query, key and value are not tensors of one float "
                           "type that attention takes");
  query = *findHolder(match.query, best);
  key = *findHolder(match.key, best);
  value = *findHolder(match.value, best);
  if (match.mask)
    mask = match.mask->holders.front();
  auto root = dyn_cast<FloatType>(
      cast<RankedTensorType>(match.root.getType()).getElementType());
  if (!root || !isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(root))
    return refusal.because("the result is not of a float type that attention "
                           "gives");
  return true;
}

FloatType AttentionAssembly::getScoreType() const {
  MLIRContext *context = match.root.getContext();
  return getFloatType(query).isF64() ? FloatType(Float64Type::get(context))
                                     : FloatType(Float32Type::get(context));
}

bool AttentionAssembly::chooseOperand(const Expr *expr, Refusal &refusal) {
  if (llvm::is_contained(operands, expr))
    return true;
  if (expr->kind == Expr::Kind::Scalar) {
    operands.push_back(expr);
    operandHolders.push_back({});
    return true;
  }
  if (expr->holders.empty())
    return refusal.because(
        "the score reads a part of a tensor that no tensor holds on its own");
  operands.push_back(expr);
  operandHolders.push_back(expr->holders.front());
  return true;
}

/// True if `expr` is better read from a tensor than computed for each pair.
bool AttentionAssembly::stays(const Expr *expr) const {
  if (expr->holders.empty() ||
      (expr->dependsOnAny(match.m) && expr->dependsOnAny(match.n)))
    return false;
  return llvm::any_of(expr->getNodes(), [](const Expr *node) {
    return node->kind == Expr::Kind::Element;
  });
}

/// Integer divisions are only pure with a constant divisor.
static bool mayTrap(const Expr *expr) {
  if (!expr->is<arith::DivSIOp>() && !expr->is<arith::DivUIOp>() &&
      !expr->is<arith::CeilDivSIOp>() && !expr->is<arith::CeilDivUIOp>() &&
      !expr->is<arith::FloorDivSIOp>())
    return false;
  const Expr *divisor = expr->operands[1];
  return divisor->kind != Expr::Kind::Integer || divisor->integer == 0 ||
         divisor->integer == -1;
}

bool AttentionAssembly::chooseOperands(const Expr *expr, Refusal &refusal) {
  if (expr == match.product)
    return true;
  switch (expr->kind) {
  case Expr::Kind::Real:
  case Expr::Kind::Integer:
    return true;
  case Expr::Kind::Index:
    if (expr->index.atoms == match.m || expr->index.atoms == match.n)
      return true;
    if (!expr->holders.empty())
      return chooseOperand(expr, refusal);
    return refusal.because(
        "the score depends on a position that is no query and no key");
  case Expr::Kind::Scalar:
  case Expr::Kind::Element:
    return chooseOperand(expr, refusal);
  case Expr::Kind::Accumulator:
    return false;
  case Expr::Kind::Apply:
    break;
  }
  if (stays(expr) && !expr->contains(match.product))
    return chooseOperand(expr, refusal);
  if (mayTrap(expr))
    return chooseOperand(expr, refusal);
  if (chosen.contains(expr))
    return true;
  size_t known = operands.size();
  auto knownChosen = chosen;
  Refusal inner;
  if (llvm::all_of(expr->operands, [&](const Expr *operand) {
        return chooseOperands(operand, inner);
      })) {
    chosen.insert(expr);
    return true;
  }
  chosen = knownChosen;
  operands.truncate(known);
  operandHolders.truncate(known);
  if (expr->holders.empty() || expr->contains(match.product)) {
    refusal = inner;
    return false;
  }
  return chooseOperand(expr, refusal);
}

bool AttentionAssembly::prepare(Refusal &refusal) {
  if (!chooseHolders(refusal) || !chooseOperands(match.score, refusal) ||
      (match.keep && !chooseOperands(match.keep, refusal)))
    return false;
  SmallVector<Holder> holders = {query, key, value};
  if (match.mask)
    holders.push_back(mask);
  for (const Holder &holder : operandHolders)
    if (holder.tensor)
      holders.push_back(holder);
  if (!labels.assign({{match.root, match.rootAccess},
                      match.m,
                      match.n,
                      match.r,
                      match.e},
                     axes, holders, refusal))
    return false;
  for (unsigned label = 0; label < labels.getNumLabels(); ++label)
    if (labels.getExtent(label) == 0)
      return refusal.because("an axis has no elements");
  if (ShapedType::isDynamic(labels.getExtent(labels.getR())) ||
      ShapedType::isDynamic(labels.getExtent(labels.getE())))
    return refusal.because("the depth of query and key or of the value is "
                           "dynamic");
  return true;
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

/// The band as a window. Different numbers of queries and keys need an offset;
/// the right bound becomes one, so that a prefix of keys reads as causal.
Value AttentionAssembly::createOffset(OpBuilder &b, Location loc,
                                      WindowAttr &window) {
  const Band &band = match.band;
  if (!band.left && !band.right)
    return nullptr;
  int64_t numQueries = labels.getExtent(labels.getM());
  int64_t numKeys = labels.getExtent(labels.getN());
  bool needsOffset = !ShapedType::isDynamic(numQueries) &&
                     !ShapedType::isDynamic(numKeys) && numQueries != numKeys;
  queryOffset = needsOffset ? band.right.value_or(0) : 0;
  auto shifted = [&](std::optional<int64_t> bound, int64_t by) {
    return bound ? *bound + by : WindowAttr::kUnbounded;
  };
  window =
      WindowAttr::get(b.getContext(), shifted(band.left, queryOffset),
                      shifted(band.right, -queryOffset));
  if (!needsOffset)
    return nullptr;
  return arith::ConstantIndexOp::create(b, loc, queryOffset);
}

/// Products of rounded constants are an ulp off the number that was meant.
static double dropRoundingNoise(double scale) {
  double rounded = static_cast<double>(static_cast<float>(scale));
  return std::abs(rounded - scale) <= 1.0e-15 * std::abs(scale) ? rounded
                                                                : scale;
}

Value AttentionAssembly::create(OpBuilder &b) {
  Location loc = match.root.getLoc();
  MLIRContext *context = b.getContext();
  SmallVector<AxisLabels::Labelled> tensors;
  auto add = [&](const Holder &holder, ArrayRef<unsigned> required) {
    tensors.push_back(labels.toLabels(b, loc, holder, required));
    return tensors.back().tensor;
  };
  unsigned m = labels.getM(), n = labels.getN(), r = labels.getR(),
           e = labels.getE();
  Value queryValue = add(query, {r, m});
  Value keyValue = add(key, {r, n});
  Value valueValue = add(value, {e, n});
  Value maskValue = match.mask ? add(mask, {}) : Value();
  SmallVector<Value> operandValues;
  for (auto [expr, holder] : llvm::zip(operands, operandHolders)) {
    if (holder.tensor) {
      operandValues.push_back(add(holder, {}));
      continue;
    }
    Value scalar = expr->value;
    tensors.push_back({tensor::FromElementsOp::create(
                           b, loc,
                           RankedTensorType::get({}, scalar.getType()), scalar),
                       {}});
    operandValues.push_back(tensors.back().tensor);
  }

  SmallVector<unsigned> rootLabels = labels.getRootLabels();
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (unsigned label : rootLabels) {
    shape.push_back(labels.getExtent(label));
    if (!ShapedType::isDynamic(shape.back()))
      continue;
    for (const AxisLabels::Labelled &tensor : tensors) {
      auto it = llvm::find(tensor.labels, label);
      if (it == tensor.labels.end())
        continue;
      dynamic.push_back(tensor::DimOp::create(
          b, loc, tensor.tensor, it - tensor.labels.begin()));
      break;
    }
  }
  Type element =
      cast<RankedTensorType>(match.root.getType()).getElementType();
  Value init = tensor::EmptyOp::create(b, loc, shape, element, dynamic);

  SmallVector<Attribute> maps;
  for (const AxisLabels::Labelled &tensor : tensors)
    maps.push_back(
        AffineMapAttr::get(labels.getMap(tensor.labels, context)));
  maps.push_back(AffineMapAttr::get(labels.getMap(rootLabels, context)));

  WindowAttr window;
  Value offset = createOffset(b, loc, window);
  auto op = AttentionOp::create(
      b, loc, init.getType(), queryValue, keyValue, valueValue, maskValue,
      /*query_segments=*/nullptr, /*key_segments=*/nullptr, offset,
      /*key_offset=*/nullptr, /*key_limit=*/nullptr, /*normalizer=*/nullptr,
      operandValues, init, b.getF64FloatAttr(dropRoundingNoise(match.scale)),
      /*structure=*/nullptr, window, LinkAttr::get(context, Link::Softmax),
      PrecisionAttr::get(context, Precision::Full), /*tiling=*/nullptr,
      b.getArrayAttr(maps));
  fillRegion(b, op, offset != nullptr);
  return labels.toRoot(b, loc, op.getOutput());
}

//===----------------------------------------------------------------------===//
// The score region
//===----------------------------------------------------------------------===//

namespace {
/// Writes expressions as operations of the score region.
class RegionWriter {
public:
  RegionWriter(OpBuilder &b, Location loc, FloatType scoreType)
      : b(b), loc(loc), scoreType(scoreType) {}

  void define(const Expr *expr, Value value) {
    values[expr] = convert(value);
  }
  void definePosition(ArrayRef<Atom> axis, Value position) {
    positions.push_back({AtomList(axis.begin(), axis.end()), position});
  }
  Value write(const Expr *expr);

private:
  Value convert(Value value);
  Value create(const Expr *expr);

  OpBuilder &b;
  Location loc;
  FloatType scoreType;
  DenseMap<const Expr *, Value> values;
  SmallVector<std::pair<AtomList, Value>> positions;
};
} // namespace

/// Every float is of the type of scores.
Value RegionWriter::convert(Value value) {
  auto type = dyn_cast<FloatType>(value.getType());
  if (!type || type == scoreType)
    return value;
  if (type.getWidth() < scoreType.getWidth())
    return arith::ExtFOp::create(b, loc, scoreType, value);
  return arith::TruncFOp::create(b, loc, scoreType, value);
}

Value RegionWriter::write(const Expr *expr) {
  auto it = values.find(expr);
  if (it != values.end())
    return it->second;
  Value value = create(expr);
  values[expr] = value;
  return value;
}

Value RegionWriter::create(const Expr *expr) {
  switch (expr->kind) {
  case Expr::Kind::Real:
    return arith::ConstantOp::create(
        b, loc, b.getFloatAttr(scoreType, expr->real));
  case Expr::Kind::Integer:
    return arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(expr->type, expr->integer));
  case Expr::Kind::Index:
    for (auto &[axis, position] : positions)
      if (axis == expr->index.atoms) {
        if (expr->index.offset == 0)
          return position;
        return arith::AddIOp::create(
            b, loc, position,
            arith::ConstantIndexOp::create(b, loc, expr->index.offset));
      }
    break;
  case Expr::Kind::Apply: {
    OperationState state(loc, *expr->name);
    for (const Expr *operand : expr->operands)
      state.addOperands(write(operand));
    state.addTypes(isa<FloatType>(expr->type) ? Type(scoreType) : expr->type);
    state.addAttributes(expr->attributes.getValue());
    return b.create(state)->getResult(0);
  }
  case Expr::Kind::Scalar:
  case Expr::Kind::Element:
  case Expr::Kind::Accumulator:
    break;
  }
  llvm_unreachable("an operand that was not chosen");
}

void AttentionAssembly::fillRegion(OpBuilder &b, AttentionOp op,
                                   bool hasOffset) {
  OpBuilder::InsertionGuard guard(b);
  Location loc = op.getLoc();
  SmallVector<Type> types = {getScoreType(), b.getIndexType(),
                             b.getIndexType()};
  for (Value operand : op.getScoreOperands())
    types.push_back(
        cast<RankedTensorType>(operand.getType()).getElementType());
  SmallVector<Location> locs(types.size(), loc);
  Block *block = b.createBlock(&op.getScore(), {}, types, locs);
  RegionWriter writer(b, loc, getScoreType());
  writer.define(match.product, block->getArgument(0));
  for (auto [expr, argument] :
       llvm::zip(operands, block->getArguments().drop_front(3)))
    writer.define(expr, argument);
  bool readsQueryPosition = false;
  for (const Expr *root : {match.score, match.keep})
    if (root)
      for (const Expr *node : root->getNodes())
        readsQueryPosition |= node->kind == Expr::Kind::Index &&
                              node->index.atoms == match.m;
  Value position = block->getArgument(1);
  if (hasOffset && queryOffset != 0 && readsQueryPosition)
    position = arith::SubIOp::create(
        b, loc, position, arith::ConstantIndexOp::create(b, loc, queryOffset));
  writer.definePosition(match.m, position);
  writer.definePosition(match.n, block->getArgument(2));
  SmallVector<Value> results = {writer.write(match.score)};
  if (match.keep)
    results.push_back(writer.write(match.keep));
  YieldOp::create(b, loc, results);
}
