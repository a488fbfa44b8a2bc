//===- TableEvaluation.cpp - Evaluate masks for all positions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stored masks are constants, often behind a slice or a comparison. Their
// meaning is what they evaluate to.
//
//===----------------------------------------------------------------------===//

#include "TableEvaluation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::sattn::raising;

/// Tables of 2048 x 2048 positions take about a second.
static constexpr int64_t kMaxPairs = int64_t(1) << 22;

namespace {
class PairEvaluator {
public:
  explicit PairEvaluator(const Axes &axes) : axes(axes) {}

  void set(ArrayRef<Atom> list, int64_t number);
  std::optional<double> evaluate(const Expr *expr);

private:
  std::optional<double> apply(const Expr *expr, ArrayRef<double> operands);
  std::optional<int64_t> getNumber(const DimIndex &index);
  /// The elements of a constant, null if `value` is none.
  const std::vector<double> *getElements(Value value);

  const Axes &axes;
  DenseMap<Atom, int64_t> numbers;
  /// Values at the current numbers.
  DenseMap<const Expr *, double> values;
  DenseMap<Value, std::optional<std::vector<double>>> constants;
};
} // namespace

void PairEvaluator::set(ArrayRef<Atom> list, int64_t number) {
  values.clear();
  for (Atom atom : llvm::reverse(list)) {
    numbers[atom] = number % axes.getExtent(atom);
    number /= axes.getExtent(atom);
  }
}

std::optional<int64_t> PairEvaluator::getNumber(const DimIndex &index) {
  int64_t number = 0;
  for (Atom atom : index.atoms) {
    auto it = numbers.find(atom);
    if (it == numbers.end())
      return std::nullopt;
    number = number * axes.getExtent(atom) + it->second;
  }
  return number + index.offset;
}

static DenseElementsAttr getDenseElements(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return nullptr;
  if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
    return dense;
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
  if (!resource)
    return nullptr;
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  bool isSplat;
  if (!blob || !DenseElementsAttr::isValidRawBuffer(
                   resource.getType(), blob->getData(), isSplat))
    return nullptr;
  return DenseElementsAttr::getFromRawBuffer(resource.getType(),
                                             blob->getData());
}

const std::vector<double> *PairEvaluator::getElements(Value value) {
  auto [it, isNew] = constants.insert({value, std::nullopt});
  if (isNew)
    if (DenseElementsAttr dense = getDenseElements(value)) {
      std::vector<double> elements;
      elements.reserve(dense.getNumElements());
      if (isa<FloatType>(dense.getElementType()))
        for (const APFloat &element : dense.getValues<APFloat>()) {
          APFloat wide = element;
          bool losesInfo;
          wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                       &losesInfo);
          elements.push_back(wide.convertToDouble());
        }
      else if (dense.getElementType().isIntOrIndex())
        for (const APInt &element : dense.getValues<APInt>())
          elements.push_back(element.getBitWidth() == 1
                                 ? double(element.getZExtValue())
                                 : double(element.getSExtValue()));
      else
        return nullptr;
      it->second = std::move(elements);
    }
  return it->second ? &*it->second : nullptr;
}

std::optional<double> PairEvaluator::apply(const Expr *expr,
                                           ArrayRef<double> x) {
  if (expr->is<arith::AddIOp>() || expr->is<arith::AddFOp>())
    return x[0] + x[1];
  if (expr->is<arith::SubIOp>() || expr->is<arith::SubFOp>())
    return x[0] - x[1];
  if (expr->is<arith::MulIOp>() || expr->is<arith::MulFOp>())
    return x[0] * x[1];
  if (expr->is<arith::AndIOp>() && expr->type.isInteger(1))
    return x[0] != 0 && x[1] != 0;
  if (expr->is<arith::OrIOp>() && expr->type.isInteger(1))
    return x[0] != 0 || x[1] != 0;
  if (expr->is<arith::XOrIOp>() && expr->type.isInteger(1))
    return x[0] != x[1];
  if (expr->is<arith::SelectOp>())
    return x[0] != 0 ? x[1] : x[2];
  if (expr->is<arith::NegFOp>())
    return -x[0];
  bool isFromBoolean = expr->operands[0]->type.isInteger(1);
  if (expr->is<arith::ExtUIOp>() || expr->is<arith::UIToFPOp>())
    return x[0] >= 0 ? std::optional<double>(x[0]) : std::nullopt;
  if (expr->is<arith::ExtSIOp>() || expr->is<arith::SIToFPOp>())
    return isFromBoolean ? -x[0] : x[0];
  if (expr->is<arith::IndexCastOp>() || expr->is<arith::IndexCastUIOp>())
    return x[0];
  if (expr->is<arith::CmpIOp>() && !isFromBoolean) {
    auto predicate =
        cast<arith::CmpIPredicateAttr>(expr->attributes.get("predicate"))
            .getValue();
    if (predicate >= arith::CmpIPredicate::ult && (x[0] < 0 || x[1] < 0))
      return std::nullopt;
    return arith::applyCmpPredicate(
        predicate, APInt(64, int64_t(x[0]), /*isSigned=*/true),
        APInt(64, int64_t(x[1]), /*isSigned=*/true));
  }
  if (expr->is<arith::CmpFOp>())
    return arith::applyCmpPredicate(
        cast<arith::CmpFPredicateAttr>(expr->attributes.get("predicate"))
            .getValue(),
        APFloat(x[0]), APFloat(x[1]));
  return std::nullopt;
}

std::optional<double> PairEvaluator::evaluate(const Expr *expr) {
  switch (expr->kind) {
  case Expr::Kind::Real:
    return expr->real;
  case Expr::Kind::Integer:
    return double(expr->integer);
  case Expr::Kind::Index: {
    std::optional<int64_t> number = getNumber(expr->index);
    return number ? std::optional<double>(double(*number)) : std::nullopt;
  }
  case Expr::Kind::Element: {
    const std::vector<double> *elements = getElements(expr->value);
    if (!elements)
      return std::nullopt;
    int64_t position = 0;
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(expr->value.getType()).getShape();
    for (auto [dim, extent] : llvm::zip(expr->access, shape)) {
      std::optional<int64_t> number = getNumber(dim);
      if (!number || *number < 0 || *number >= extent)
        return std::nullopt;
      position = position * extent + *number;
    }
    return (*elements)[position];
  }
  case Expr::Kind::Apply: {
    if (auto it = values.find(expr); it != values.end())
      return it->second;
    SmallVector<double> operands;
    for (const Expr *operand : expr->operands) {
      std::optional<double> value = evaluate(operand);
      if (!value)
        return std::nullopt;
      operands.push_back(*value);
    }
    std::optional<double> value = apply(expr, operands);
    if (value)
      values[expr] = *value;
    return value;
  }
  case Expr::Kind::Scalar:
  case Expr::Kind::Accumulator:
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<PairTable>
mlir::sattn::raising::evaluatePairs(const Expr *expr, ArrayRef<Atom> m,
                                    ArrayRef<Atom> n, const Axes &axes) {
  int64_t numQueries = axes.getExtent(m), numKeys = axes.getExtent(n);
  if (ShapedType::isDynamic(numQueries) || ShapedType::isDynamic(numKeys) ||
      numQueries * numKeys > kMaxPairs)
    return std::nullopt;
  // A mask of one axis is no relation of the two positions.
  if (!expr->dependsOnAny(m) || !expr->dependsOnAny(n))
    return std::nullopt;
  PairEvaluator evaluator(axes);
  PairTable table{numQueries, numKeys, {}};
  for (int64_t i = 0; i < numQueries; ++i)
    for (int64_t j = 0; j < numKeys; ++j) {
      evaluator.set(m, i);
      evaluator.set(n, j);
      std::optional<double> value = evaluator.evaluate(expr);
      if (!value)
        return std::nullopt;
      table.values.push_back(*value);
    }
  return table;
}
