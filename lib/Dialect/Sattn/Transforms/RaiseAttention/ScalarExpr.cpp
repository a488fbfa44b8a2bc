//===- ScalarExpr.cpp - One tensor element as a scalar expression -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Uniquing and the few simplifications that make masks, scales and casts of
// different front ends look alike: constants, neutral elements, negated
// comparisons, booleans that travel as integers.
//
//===----------------------------------------------------------------------===//

#include "ScalarExpr.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sattn::raising;

//===----------------------------------------------------------------------===//
// Expr
//===----------------------------------------------------------------------===//

void DimIndex::profile(llvm::FoldingSetNodeID &id) const {
  id.AddInteger(atoms.size());
  for (Atom atom : atoms)
    id.AddInteger(atom);
  id.AddInteger(offset);
}

void Expr::Profile(llvm::FoldingSetNodeID &id) const {
  id.AddInteger(static_cast<unsigned>(kind));
  id.AddPointer(type.getAsOpaquePointer());
  id.AddInteger(llvm::bit_cast<uint64_t>(real));
  id.AddInteger(integer);
  id.AddPointer(value.getAsOpaquePointer());
  index.profile(id);
  id.AddInteger(access.size());
  for (const DimIndex &dim : access)
    dim.profile(id);
  id.AddPointer(name ? name->getAsOpaquePointer() : nullptr);
  id.AddPointer(attributes ? attributes.getAsOpaquePointer() : nullptr);
  for (const Expr *operand : operands)
    id.AddPointer(operand);
}

SmallVector<const Expr *> Expr::getNodes() const {
  llvm::SetVector<const Expr *> seen;
  SmallVector<const Expr *> worklist = {this};
  while (!worklist.empty()) {
    const Expr *expr = worklist.pop_back_val();
    if (!seen.insert(expr))
      continue;
    for (const Expr *operand : llvm::reverse(expr->operands))
      worklist.push_back(operand);
  }
  return seen.takeVector();
}

bool Expr::contains(const Expr *inner) const {
  return llvm::is_contained(getNodes(), inner);
}

SmallVector<const Expr *> Expr::getElements() const {
  SmallVector<const Expr *> elements;
  for (const Expr *expr : getNodes())
    if (expr->kind == Kind::Element)
      elements.push_back(expr);
  return elements;
}

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

Type ExprContext::canonicalType(Type type) const {
  return isa<FloatType>(type) ? Type(Float64Type::get(context)) : type;
}

const Expr *ExprContext::unique(Expr &&expr) {
  llvm::FoldingSetNodeID id;
  expr.Profile(id);
  void *position = nullptr;
  if (Expr *known = nodes.FindNodeOrInsertPos(id, position))
    return known;
  auto add = [&](ArrayRef<Atom> atoms) {
    expr.atoms.append(atoms.begin(), atoms.end());
  };
  add(expr.index.atoms);
  for (const DimIndex &dim : expr.access)
    add(dim.atoms);
  for (const Expr *operand : expr.operands)
    add(operand->atoms);
  llvm::sort(expr.atoms);
  expr.atoms.erase(llvm::unique(expr.atoms), expr.atoms.end());
  storage.push_back(std::make_unique<Expr>(std::move(expr)));
  nodes.InsertNode(storage.back().get(), position);
  return storage.back().get();
}

const Expr *ExprContext::real(double value) {
  Expr expr;
  expr.kind = Expr::Kind::Real;
  expr.type = Float64Type::get(context);
  expr.real = value;
  return unique(std::move(expr));
}

const Expr *ExprContext::integer(int64_t value, Type type) {
  Expr expr;
  expr.kind = Expr::Kind::Integer;
  expr.type = type;
  expr.integer = type.isInteger(1) ? (value & 1) : value;
  return unique(std::move(expr));
}

const Expr *ExprContext::boolean(bool value) {
  return integer(value, IntegerType::get(context, 1));
}

const Expr *ExprContext::scalar(Value value) {
  Expr expr;
  expr.kind = Expr::Kind::Scalar;
  expr.type = canonicalType(value.getType());
  expr.value = value;
  return unique(std::move(expr));
}

const Expr *ExprContext::index(DimIndex index) {
  if (index.atoms.empty())
    return integer(index.offset, IndexType::get(context));
  Expr expr;
  expr.kind = Expr::Kind::Index;
  expr.type = IndexType::get(context);
  expr.index = std::move(index);
  return unique(std::move(expr));
}

const Expr *ExprContext::element(Value tensor, Access access) {
  Expr expr;
  expr.kind = Expr::Kind::Element;
  expr.type =
      canonicalType(cast<RankedTensorType>(tensor.getType()).getElementType());
  expr.value = tensor;
  expr.access = std::move(access);
  return unique(std::move(expr));
}

const Expr *ExprContext::accumulator(Type type) {
  Expr expr;
  expr.kind = Expr::Kind::Accumulator;
  expr.type = canonicalType(type);
  return unique(std::move(expr));
}

const Expr *ExprContext::apply(OperationName name, DictionaryAttr attributes,
                               Type type, ArrayRef<const Expr *> operands) {
  Expr expr;
  expr.kind = Expr::Kind::Apply;
  expr.type = canonicalType(type);
  expr.name = name;
  SmallVector<NamedAttribute> kept;
  if (std::optional<NamedAttribute> predicate =
          attributes.getNamed("predicate"))
    kept.push_back(*predicate);
  expr.attributes = DictionaryAttr::get(context, kept);
  expr.operands.assign(operands.begin(), operands.end());
  if (const Expr *simpler = simplify(expr))
    return simpler;
  return unique(std::move(expr));
}

//===----------------------------------------------------------------------===//
// Simplification
//===----------------------------------------------------------------------===//

static bool isNumber(const Expr *expr) {
  return expr->kind == Expr::Kind::Integer;
}

const Expr *ExprContext::logicalNot(const Expr *expr) {
  if (const Expr *known = negations.lookup(expr))
    return known;
  const Expr *negated =
      apply<arith::XOrIOp>(expr->type, {expr, boolean(true)});
  negations[expr] = negated;
  return negated;
}

const Expr *ExprContext::simplify(const Expr &expr) {
  if (expr.is<arith::ExtFOp>() || expr.is<arith::TruncFOp>())
    return expr.operands[0];
  if (expr.is<arith::SelectOp>()) {
    if (expr.operands[0]->isTrue() || expr.operands[1] == expr.operands[2])
      return expr.operands[1];
    if (expr.operands[0]->isFalse())
      return expr.operands[2];
    // A boolean that is chosen by a boolean is a conjunction or a disjunction.
    if (expr.type.isInteger(1)) {
      const Expr *condition = expr.operands[0];
      if (expr.operands[2]->isFalse())
        return apply<arith::AndIOp>(expr.type, {condition, expr.operands[1]});
      if (expr.operands[1]->isTrue())
        return apply<arith::OrIOp>(expr.type, {condition, expr.operands[2]});
    }
    return nullptr;
  }
  if (expr.is<arith::CmpIOp>())
    return simplifyCompare(expr);
  if (isa<FloatType>(expr.type))
    return simplifyReal(expr);
  return simplifyInteger(expr);
}

const Expr *ExprContext::simplifyReal(const Expr &expr) {
  const Expr *a = expr.operands[0];
  const Expr *b = expr.operands.size() > 1 ? expr.operands[1] : nullptr;
  double x = a->real, y = b ? b->real : 0;
  bool constant =
      llvm::all_of(expr.operands, [](const Expr *o) { return o->isReal(); });
  if (expr.is<arith::SIToFPOp>() || expr.is<arith::UIToFPOp>())
    return isNumber(a) ? real(static_cast<double>(a->integer)) : nullptr;
  if (expr.is<arith::AddFOp>()) {
    if (constant)
      return real(x + y);
    return a->isReal(0) ? b : b->isReal(0) ? a : nullptr;
  }
  if (expr.is<arith::SubFOp>())
    return constant ? real(x - y) : b->isReal(0) ? a : nullptr;
  if (expr.is<arith::MulFOp>()) {
    if (constant)
      return real(x * y);
    return a->isReal(1) ? b : b->isReal(1) ? a : nullptr;
  }
  if (expr.is<arith::DivFOp>())
    return constant ? real(x / y) : b->isReal(1) ? a : nullptr;
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (expr.is<arith::MaximumFOp>() || expr.is<arith::MaxNumFOp>())
    return a->isReal(-inf) ? b : b->isReal(-inf) ? a : nullptr;
  if (!constant)
    return nullptr;
  if (expr.is<arith::NegFOp>())
    return real(-x);
  if (expr.is<math::SqrtOp>())
    return real(std::sqrt(x));
  if (expr.is<math::RsqrtOp>())
    return real(1 / std::sqrt(x));
  if (expr.is<math::PowFOp>())
    return real(std::pow(x, y));
  return nullptr;
}

const Expr *ExprContext::simplifyInteger(const Expr &expr) {
  const Expr *a = expr.operands[0];
  const Expr *b = expr.operands.size() > 1 ? expr.operands[1] : nullptr;
  bool constant = llvm::all_of(expr.operands, isNumber);
  if (constant && (expr.is<arith::IndexCastOp>() || expr.is<arith::ExtSIOp>()))
    return integer(a->type.isInteger(1) ? -a->integer : a->integer, expr.type);
  if (constant && (expr.is<arith::ExtUIOp>() || expr.is<arith::IndexCastUIOp>())
      && (a->integer >= 0 || a->type.isIndex()))
    return integer(a->integer, expr.type);
  if (expr.is<arith::AddIOp>()) {
    if (constant && !expr.type.isInteger(1))
      return integer(a->integer + b->integer, expr.type);
    return a->isInteger(0) ? b : b->isInteger(0) ? a : nullptr;
  }
  if (expr.is<arith::SubIOp>()) {
    if (constant && !expr.type.isInteger(1))
      return integer(a->integer - b->integer, expr.type);
    return b->isInteger(0) ? a : nullptr;
  }
  if (expr.is<arith::MulIOp>() && constant && !expr.type.isInteger(1))
    return integer(a->integer * b->integer, expr.type);
  if (!expr.type.isInteger(1))
    return nullptr;
  if (expr.is<arith::AndIOp>()) {
    if (a->isFalse() || b->isFalse())
      return boolean(false);
    return a->isTrue() ? b : b->isTrue() || a == b ? a : nullptr;
  }
  if (expr.is<arith::OrIOp>()) {
    if (a->isTrue() || b->isTrue())
      return boolean(true);
    return a->isFalse() ? b : b->isFalse() || a == b ? a : nullptr;
  }
  if (!expr.is<arith::XOrIOp>())
    return nullptr;
  if (a->isFalse() || b->isFalse())
    return a->isFalse() ? b : a;
  if (a->isTrue())
    std::swap(a, b);
  if (!b->isTrue())
    return nullptr;
  // not a
  if (isNumber(a))
    return boolean(!a->integer);
  if (a->is<arith::XOrIOp>() && a->operands[1]->isTrue())
    return a->operands[0];
  if (a->is<arith::OrIOp>() || a->is<arith::AndIOp>()) {
    const Expr *first = logicalNot(a->operands[0]);
    const Expr *second = logicalNot(a->operands[1]);
    return a->is<arith::OrIOp>()
               ? apply<arith::AndIOp>(a->type, {first, second})
               : apply<arith::OrIOp>(a->type, {first, second});
  }
  if (a->is<arith::CmpIOp>()) {
    auto predicate = cast<arith::CmpIPredicateAttr>(
        a->attributes.get("predicate"));
    auto inverse = arith::CmpIPredicateAttr::get(
        context, arith::invertPredicate(predicate.getValue()));
    return apply(*a->name,
                 DictionaryAttr::get(
                     context, NamedAttribute(
                                  StringAttr::get(context, "predicate"), inverse)),
                 a->type, a->operands);
  }
  return nullptr;
}

/// Comparisons of booleans with constants, also of booleans that were widened.
const Expr *ExprContext::simplifyCompare(const Expr &expr) {
  auto predicate =
      cast<arith::CmpIPredicateAttr>(expr.attributes.get("predicate"))
          .getValue();
  const Expr *a = expr.operands[0], *b = expr.operands[1];
  if (isNumber(a) && isNumber(b) && !a->type.isInteger(1)) {
    unsigned width = a->type.isIndex() ? 64 : a->type.getIntOrFloatBitWidth();
    return boolean(arith::applyCmpPredicate(
        predicate, APInt(width, a->integer, /*isSigned=*/true, /*implicitTrunc=*/true),
        APInt(width, b->integer, /*isSigned=*/true, /*implicitTrunc=*/true)));
  }
  bool equal = predicate == arith::CmpIPredicate::eq;
  if ((!equal && predicate != arith::CmpIPredicate::ne) || !isNumber(b))
    return nullptr;
  if (a->is<arith::ExtUIOp>() && a->operands[0]->type.isInteger(1)) {
    if (b->integer != 0 && b->integer != 1)
      return boolean(!equal);
    return equal == (b->integer == 1) ? a->operands[0]
                                      : logicalNot(a->operands[0]);
  }
  if (!a->type.isInteger(1))
    return nullptr;
  return equal == b->isTrue() ? a : logicalNot(a);
}
