//===- SoftmaxMatch.cpp - Weights that are a softmax -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weight is a softmax if it is exp(x - c) divided by the sum of the very same
// expression over the keys, whatever c is, as long as it does not depend on the
// key: a row maximum, a maximum with a guard, or nothing. Where the division
// happens (weights, exponent, output) does not matter.
//
//===----------------------------------------------------------------------===//

#include "AttentionMatch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn::raising;

static constexpr double kInf = std::numeric_limits<double>::infinity();

static bool containsExponential(const Expr *expr,
                                llvm::SmallDenseSet<const Expr *> &seen) {
  if (expr->is<math::ExpOp>())
    return true;
  if (!seen.insert(expr).second)
    return false;
  if (expr->kind == Expr::Kind::Element)
    return expr->value.getDefiningOp<linalg::SoftmaxOp>() != nullptr;
  // Sigmoid and softplus are no weights.
  ArrayRef<const Expr *> operands = expr->operands;
  if (expr->is<arith::DivFOp>())
    operands = operands.take_front();
  if (expr->is<math::LogOp>() || expr->is<math::Log1pOp>())
    return false;
  return llvm::any_of(operands, [&](const Expr *operand) {
    return containsExponential(operand, seen);
  });
}

bool mlir::sattn::raising::containsExponential(const Expr *expr) {
  llvm::SmallDenseSet<const Expr *> seen;
  return ::containsExponential(expr, seen);
}

/// Operations between an exponential and `value` that are not looked through.
static bool isFromExponential(Value value, unsigned depth) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && linalgOp.getNumReductionLoops() > 0)
    return false;
  if (linalgOp && !linalgOp.getBlock()->getOps<math::ExpOp>().empty())
    return true;
  SmallVector<Value> operands = llvm::to_vector(op->getOperands());
  op->walk([&](tensor::ExtractOp extract) {
    operands.push_back(extract.getTensor());
  });
  return isa<linalg::SoftmaxOp>(op) ||
         llvm::any_of(operands, [&](Value operand) {
           return isa<RankedTensorType>(operand.getType()) &&
                  isFromExponential(operand, depth - 1);
         });
}

Operation *mlir::sattn::raising::getObstacleToExponential(const Expr *expr) {
  constexpr unsigned kMaxDepth = 8;
  for (const Expr *element : expr->getElements())
    if (!isa_and_present<linalg::LinalgOp>(element->value.getDefiningOp()) &&
        isFromExponential(element->value, kMaxDepth))
      return element->value.getDefiningOp();
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Sums and exponentials
//===----------------------------------------------------------------------===//

/// The two operands of a reduction body's `OpTy` other than the accumulator.
template <typename OpTy> static const Expr *getReducedTerm(const Expr *body) {
  if (!body->is<OpTy>())
    return nullptr;
  for (unsigned i : {0u, 1u})
    if (body->operands[i]->kind == Expr::Kind::Accumulator)
      return body->operands[1 - i];
  return nullptr;
}

std::optional<Contraction>
mlir::sattn::raising::readContraction(ElementReader &reader,
                                      const Expr *element) {
  std::optional<ElementReader::Reduction> reduction =
      reader.readReduction(element);
  if (!reduction)
    return std::nullopt;
  const Expr *product = getReducedTerm<arith::AddFOp>(reduction->body);
  if (!product || !product->is<arith::MulFOp>())
    return std::nullopt;
  return Contraction{reduction->op, reduction->init, product,
                     reduction->reduced};
}

/// What `element` adds up over the axis `n`, if it starts at 0.
static const Expr *getSummand(ElementReader &reader, const Expr *element,
                              ArrayRef<Atom> n) {
  std::optional<ElementReader::Reduction> reduction =
      reader.readReduction(element, n);
  if (!reduction || !reduction->init->isReal(0))
    return nullptr;
  return getReducedTerm<arith::AddFOp>(reduction->body);
}

/// Sums are sometimes guarded so that rows without keys do not divide by 0.
static const Expr *dropSumGuard(const Expr *sum) {
  if (!sum->is<arith::SelectOp>() || !sum->operands[0]->is<arith::CmpFOp>())
    return sum;
  const Expr *compare = sum->operands[0];
  for (unsigned i : {1u, 2u}) {
    const Expr *guarded = sum->operands[i], *other = sum->operands[3 - i];
    if (other->isReal() && compare->operands[0] == guarded &&
        compare->operands[1]->isReal(0))
      return guarded;
  }
  return sum;
}

/// The exponent of `expr`. Weights that are set to 0 after the exponential are
/// scores that are set to -inf before it.
static const Expr *getExponent(ExprContext &exprs, const Expr *expr) {
  if (expr->is<math::ExpOp>())
    return expr->operands[0];
  if (!expr->is<arith::SelectOp>())
    return nullptr;
  for (unsigned i : {1u, 2u}) {
    if (!expr->operands[3 - i]->isReal(0))
      continue;
    const Expr *exponent = getExponent(exprs, expr->operands[i]);
    if (!exponent)
      return nullptr;
    SmallVector<const Expr *, 3> operands = expr->operands;
    operands[i] = exponent;
    operands[3 - i] = exprs.real(-kInf);
    return exprs.rebuild(expr, operands);
  }
  return nullptr;
}

/// `exponent` without the part that is one value per row.
static const Expr *dropRowTerm(ExprContext &exprs, const Expr *exponent,
                               ArrayRef<Atom> n) {
  if (exponent->is<arith::SubFOp>() && !exponent->operands[1]->dependsOnAny(n))
    return exponent->operands[0];
  if (exponent->is<arith::SelectOp>())
    for (unsigned i : {1u, 2u}) {
      if (!exponent->operands[3 - i]->isReal(-kInf))
        continue;
      SmallVector<const Expr *, 3> operands = exponent->operands;
      operands[i] = dropRowTerm(exprs, operands[i], n);
      return exprs.rebuild(exponent, operands);
    }
  return exponent;
}

/// True if subtracting `row` from `score` in the exponent normalises: row is
/// log(sum(exp(score - c))) + c.
static bool isLogSumExp(ElementReader &reader, const Expr *row,
                        const Expr *score, ArrayRef<Atom> n) {
  ExprContext &exprs = reader.getExprs();
  const Expr *shift = nullptr, *log = row;
  if (row->is<arith::AddFOp>()) {
    bool first = row->operands[0]->is<math::LogOp>();
    log = row->operands[first ? 0 : 1];
    shift = row->operands[first ? 1 : 0];
  }
  if (!log->is<math::LogOp>())
    return false;
  // JAX takes the absolute value, which a sum of exponentials is already.
  const Expr *sum = log->operands[0];
  if (sum->is<math::AbsFOp>())
    sum = sum->operands[0];
  const Expr *summand = getSummand(reader, sum, n);
  const Expr *shifted =
      shift ? exprs.apply<arith::SubFOp>(score->type, {score, shift}) : score;
  return summand && summand->is<math::ExpOp>() &&
         summand->operands[0] == shifted;
}

//===----------------------------------------------------------------------===//
// The weight
//===----------------------------------------------------------------------===//

/// Splits `weight` into a numerator and a divisor, null if it has none.
static std::pair<const Expr *, const Expr *> splitQuotient(const Expr *weight) {
  if (weight->is<arith::DivFOp>())
    return {weight->operands[0], weight->operands[1]};
  if (weight->is<arith::MulFOp>())
    for (unsigned i : {0u, 1u}) {
      const Expr *factor = weight->operands[i];
      if (factor->is<arith::DivFOp>() && factor->operands[0]->isReal(1))
        return {weight->operands[1 - i], factor->operands[1]};
    }
  return {weight, nullptr};
}

bool mlir::sattn::raising::matchSoftmax(ElementReader &reader,
                                        const Expr *weight, ArrayRef<Atom> n,
                                        const Expr *divisor,
                                        SoftmaxMatch &match,
                                        Refusal &refusal) {
  ExprContext &exprs = reader.getExprs();
  while (weight->is<arith::SelectOp>() &&
         !weight->operands[0]->dependsOnAny(n)) {
    bool zeroWhen = weight->operands[1]->isReal(0);
    if (!zeroWhen && !weight->operands[2]->isReal(0))
      return refusal.because("whole rows of the weights are chosen between two "
                             "values, neither of which is 0");
    match.guards.push_back({weight->operands[0], zeroWhen});
    weight = weight->operands[zeroWhen ? 2 : 1];
  }
  if (weight->kind == Expr::Kind::Element) {
    auto softmax = weight->value.getDefiningOp<linalg::SoftmaxOp>();
    if (!softmax)
      return refusal.because("the weights are not a quotient of an exponential "
                             "and its row sum");
    if (!(weight->access[softmax.getDimension()] ==
          DimIndex{AtomList(n.begin(), n.end()), 0}))
      return refusal.because("the softmax runs over another axis than the "
                             "product with the value");
    match.score = reader.read(softmax.getInput(), weight->access);
    return true;
  }
  auto [numerator, ownDivisor] = splitQuotient(weight);
  if (ownDivisor && divisor)
    return refusal.because("the weights are divided twice");
  const Expr *sum = ownDivisor ? ownDivisor : divisor;
  const Expr *exponent = getExponent(exprs, numerator);
  if (!exponent)
    return refusal.because("the weights are not a quotient of an exponential "
                           "and its row sum");
  match.score = dropRowTerm(exprs, exponent, n);
  if (!sum) {
    if (exponent->is<arith::SubFOp>() &&
        isLogSumExp(reader, exponent->operands[1], exponent->operands[0], n))
      return true;
    return refusal.because("the weights are not divided by their row sum");
  }
  if (sum->dependsOnAny(n))
    return refusal.because("the divisor of the weights is not one per row");
  const Expr *summand = getSummand(reader, dropSumGuard(sum), n);
  if (!summand)
    return refusal.because("the divisor of the weights is not a sum over the "
                           "axis of the keys");
  if (summand != numerator)
    return refusal.because(
        "the divisor of the weights is the sum of something else");
  return true;
}

//===----------------------------------------------------------------------===//
// Tests for rows without keys
//===----------------------------------------------------------------------===//

namespace {
/// What a boolean is when no key, some keys or all keys of a row exist.
enum class Truth { False, True, Varies, Unknown };
enum class Row { Empty, Mixed, Full };

class RowTest {
public:
  RowTest(ElementReader &reader, const GuardContext &context, bool &usesMask,
          Row row)
      : reader(reader), context(context), usesMask(usesMask), row(row) {}

  Truth evaluate(const Expr *expr);

private:
  Truth exists() const {
    return row == Row::Empty  ? Truth::False
           : row == Row::Full ? Truth::True
                              : Truth::Varies;
  }
  static Truth negate(Truth truth);
  Truth evaluateCompare(const Expr *expr);
  Truth evaluateReduction(const Expr *expr);
  bool isRowMaximum(const Expr *expr);

  ElementReader &reader;
  const GuardContext &context;
  bool &usesMask;
  Row row;
};
} // namespace

Truth RowTest::negate(Truth truth) {
  if (truth == Truth::False)
    return Truth::True;
  return truth == Truth::True ? Truth::False : truth;
}

bool RowTest::isRowMaximum(const Expr *expr) {
  std::optional<ElementReader::Reduction> reduction =
      reader.readReduction(expr, context.n);
  if (!reduction || !reduction->init->isReal(-kInf))
    return false;
  const Expr *term = getReducedTerm<arith::MaximumFOp>(reduction->body);
  if (!term)
    term = getReducedTerm<arith::MaxNumFOp>(reduction->body);
  return term == context.score;
}

/// Scores and row maxima that are compared with -inf.
Truth RowTest::evaluateCompare(const Expr *expr) {
  const Expr *a = expr->operands[0], *b = expr->operands[1];
  if (a->isReal(-kInf))
    std::swap(a, b);
  if (!b->isReal(-kInf))
    return Truth::Unknown;
  Truth isAbsent = Truth::Unknown;
  if (a == context.score)
    isAbsent = negate(exists());
  else if (isRowMaximum(a))
    isAbsent = row == Row::Empty ? Truth::True : Truth::False;
  auto predicate =
      cast<arith::CmpFPredicateAttr>(expr->attributes.get("predicate"))
          .getValue();
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
  case arith::CmpFPredicate::UEQ:
    return isAbsent;
  case arith::CmpFPredicate::ONE:
  case arith::CmpFPredicate::UNE:
    return negate(isAbsent);
  default:
    return Truth::Unknown;
  }
}

Truth RowTest::evaluateReduction(const Expr *expr) {
  std::optional<ElementReader::Reduction> reduction =
      reader.readReduction(expr, context.n);
  if (!reduction || !expr->type.isInteger(1))
    return Truth::Unknown;
  const Expr *any = getReducedTerm<arith::OrIOp>(reduction->body);
  const Expr *all = getReducedTerm<arith::AndIOp>(reduction->body);
  if (!(any && reduction->init->isFalse()) &&
      !(all && reduction->init->isTrue()))
    return Truth::Unknown;
  Truth each = evaluate(any ? any : all);
  if (each == Truth::Varies)
    return any ? Truth::True : Truth::False;
  return each;
}

Truth RowTest::evaluate(const Expr *expr) {
  if (expr->isTrue() || expr->isFalse())
    return expr->isTrue() ? Truth::True : Truth::False;
  for (const MaskTerm &term : context.terms)
    if (expr == term.condition || expr == term.keep) {
      usesMask = true;
      if (!expr->dependsOnAny(context.n))
        return row == Row::Empty ? Truth::False : Truth::True;
      return exists();
    }
  if (expr->is<arith::CmpFOp>())
    return evaluateCompare(expr);
  if (expr->is<arith::XOrIOp>() && expr->operands[1]->isTrue())
    return negate(evaluate(expr->operands[0]));
  if (expr->kind == Expr::Kind::Element)
    return evaluateReduction(expr);
  return Truth::Unknown;
}

bool mlir::sattn::raising::isEmptyRowTest(ElementReader &reader,
                                          const Expr *condition, bool zeroWhen,
                                          const GuardContext &context,
                                          bool &usesMask) {
  for (Row row : {Row::Empty, Row::Mixed, Row::Full}) {
    Truth truth = RowTest(reader, context, usesMask, row).evaluate(condition);
    bool isZero = (row == Row::Empty);
    if (truth != (isZero == zeroWhen ? Truth::True : Truth::False))
      return false;
  }
  return true;
}
