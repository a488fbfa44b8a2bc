//===- MaskSplitter.cpp - Masks in the score of an attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Masks are selects with -inf or with a large negative number, or addends that
// are 0 or such a number. Conditions that bound the distance of the two
// positions become a band, from their formula or, for constants and static
// shapes, from their values.
//
//===----------------------------------------------------------------------===//

#include "AttentionMatch.h"
#include "TableEvaluation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::sattn::raising;

static constexpr double kInf = std::numeric_limits<double>::infinity();
/// A score at or below this has weight 0 next to any ordinary score.
static constexpr double kAbsentScore = -1.0e4;

static bool isAbsentScore(const Expr *expr) {
  return expr->isReal() && expr->real <= kAbsentScore;
}

static const Expr *substitute(ExprContext &exprs, const Expr *expr,
                              DenseMap<const Expr *, const Expr *> &known) {
  auto it = known.find(expr);
  if (it != known.end())
    return it->second;
  const Expr *result = expr;
  SmallVector<const Expr *> operands;
  for (const Expr *operand : expr->operands)
    operands.push_back(substitute(exprs, operand, known));
  if (ArrayRef<const Expr *>(operands) != ArrayRef<const Expr *>(expr->operands))
    result = exprs.rebuild(expr, operands);
  known[expr] = result;
  return result;
}

const Expr *mlir::sattn::raising::substitute(ExprContext &exprs,
                                             const Expr *expr, const Expr *from,
                                             const Expr *to) {
  DenseMap<const Expr *, const Expr *> known = {{from, to}};
  return ::substitute(exprs, expr, known);
}

//===----------------------------------------------------------------------===//
// Bands
//===----------------------------------------------------------------------===//

Band Band::intersect(const Band &other) const {
  auto smaller = [](std::optional<int64_t> a, std::optional<int64_t> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
  };
  return {smaller(left, other.left), smaller(right, other.right)};
}

namespace {
/// query * i + key * j + constant.
struct LinearForm {
  int64_t query = 0, key = 0, constant = 0;
};
} // namespace

static std::optional<LinearForm> getLinearForm(const Expr *expr,
                                               const AttentionMatch &match,
                                               unsigned depth = 0) {
  constexpr unsigned kMaxDepth = 12;
  if (depth > kMaxDepth)
    return std::nullopt;
  if (expr->kind == Expr::Kind::Integer)
    return LinearForm{0, 0, expr->integer};
  if (expr->kind == Expr::Kind::Index) {
    if (expr->index.atoms == match.m)
      return LinearForm{1, 0, expr->index.offset};
    if (expr->index.atoms == match.n)
      return LinearForm{0, 1, expr->index.offset};
    return std::nullopt;
  }
  if (expr->is<arith::IndexCastOp>() || expr->is<arith::IndexCastUIOp>() ||
      expr->is<arith::ExtSIOp>() || expr->is<arith::TruncIOp>() ||
      expr->is<arith::SIToFPOp>())
    return getLinearForm(expr->operands[0], match, depth + 1);
  bool isSum = expr->is<arith::AddIOp>() || expr->is<arith::AddFOp>();
  bool isDifference = expr->is<arith::SubIOp>() || expr->is<arith::SubFOp>();
  if (!isSum && !isDifference)
    return std::nullopt;
  std::optional<LinearForm> a =
      getLinearForm(expr->operands[0], match, depth + 1);
  std::optional<LinearForm> b =
      getLinearForm(expr->operands[1], match, depth + 1);
  if (!a || !b)
    return std::nullopt;
  int64_t sign = isSum ? 1 : -1;
  return LinearForm{a->query + sign * b->query, a->key + sign * b->key,
                    a->constant + sign * b->constant};
}

/// The band that `keep`, one comparison of positions, says.
static std::optional<Band> getBandOfComparison(const Expr *keep,
                                               const AttentionMatch &match) {
  if (!keep->is<arith::CmpIOp>())
    return std::nullopt;
  std::optional<LinearForm> a = getLinearForm(keep->operands[0], match);
  std::optional<LinearForm> b = getLinearForm(keep->operands[1], match);
  if (!a || !b)
    return std::nullopt;
  // (j - i) * sign + constant <predicate> 0
  int64_t sign = a->key - b->key;
  int64_t constant = a->constant - b->constant;
  if ((sign != 1 && sign != -1) || a->query - b->query != -sign)
    return std::nullopt;
  auto predicate =
      cast<arith::CmpIPredicateAttr>(keep->attributes.get("predicate"))
          .getValue();
  bool isStrict = predicate == arith::CmpIPredicate::slt ||
                  predicate == arith::CmpIPredicate::sgt;
  bool isLess = predicate == arith::CmpIPredicate::slt ||
                predicate == arith::CmpIPredicate::sle;
  if (!isStrict && !isLess && predicate != arith::CmpIPredicate::sge)
    return std::nullopt;
  if (!isLess) {
    sign = -sign;
    constant = -constant;
  }
  // sign * (j - i) <= bound
  int64_t bound = -constant - (isStrict ? 1 : 0);
  return sign > 0 ? Band{std::nullopt, bound} : Band{bound, std::nullopt};
}

std::optional<Band> MaskSplitter::getBand(const Expr *keep) {
  if (std::optional<Band> band = getBandOfComparison(keep, match))
    return band;
  double absent;
  return getBandOfTable(keep, /*isCondition=*/true, absent);
}

/// Evaluates `expr` for every pair of positions: a condition, or an addend that
/// is 0 where the pair exists and one value, `absent`, where it does not.
std::optional<Band> MaskSplitter::getBandOfTable(const Expr *expr,
                                                 bool isCondition,
                                                 double &absent) {
  std::optional<PairTable> table =
      evaluatePairs(expr, match.m, match.n, reader.getAxes());
  if (!table)
    return std::nullopt;
  absent = 0;
  std::optional<int64_t> left, right;
  auto exists = [&](int64_t i, int64_t j) {
    return isCondition ? table->get(i, j) != 0 : table->get(i, j) == 0;
  };
  for (int64_t i = 0; i < table->numQueries; ++i)
    for (int64_t j = 0; j < table->numKeys; ++j) {
      if (exists(i, j)) {
        left = std::max(left.value_or(i - j), i - j);
        right = std::max(right.value_or(j - i), j - i);
      } else if (!isCondition) {
        if (absent != 0 && absent != table->get(i, j))
          return std::nullopt;
        absent = table->get(i, j);
      }
    }
  if (!left || (!isCondition && absent > kAbsentScore))
    return std::nullopt;
  for (int64_t i = 0; i < table->numQueries; ++i)
    for (int64_t j = 0; j < table->numKeys; ++j)
      if (exists(i, j) != (i - j <= *left && j - i <= *right))
        return std::nullopt;
  Band band;
  if (*left < table->numQueries - 1)
    band.left = *left;
  if (*right < table->numKeys - 1)
    band.right = *right;
  return band;
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

/// The parts of a conjunction, each once.
static SmallVector<const Expr *> getConjuncts(const Expr *expr) {
  llvm::SetVector<const Expr *> seen;
  seen.insert(expr);
  SmallVector<const Expr *> conjuncts;
  for (size_t i = 0; i < seen.size(); ++i) {
    const Expr *part = seen[i];
    if (part->is<arith::AndIOp>())
      seen.insert(part->operands.begin(), part->operands.end());
    else
      conjuncts.push_back(part);
  }
  return conjuncts;
}

/// Notes that pairs without `keep` have the score `absent`. A finite one is
/// only a mask if every part of the condition is a band or nothing else tells
/// what becomes of rows without keys.
bool MaskSplitter::addTerm(const Expr *keep, double absent) {
  bool isFinite = absent != -kInf;
  if (isFinite && !allowFinite)
    return false;
  for (const Expr *conjunct : getConjuncts(keep)) {
    MaskTerm term;
    term.condition = keep;
    term.isFinite = isFinite;
    if (std::optional<Band> band = getBand(conjunct))
      term.band = *band;
    else
      term.keep = conjunct;
    terms.push_back(term);
  }
  return true;
}

bool MaskSplitter::splitSelect(const Expr *score, const Expr *&rest) {
  const Expr *condition = score->operands[0];
  if (condition->contains(match.product))
    return false;
  for (unsigned i : {1u, 2u}) {
    if (!isAbsentScore(score->operands[3 - i]))
      continue;
    rest = score->operands[i];
    return addTerm(i == 1 ? condition : exprs.logicalNot(condition),
                   score->operands[3 - i]->real);
  }
  return false;
}

/// A mask that is added: 0 or a large negative number.
bool MaskSplitter::splitAddend(const Expr *addend) {
  if (addend->is<arith::SelectOp>())
    for (unsigned i : {1u, 2u})
      if (addend->operands[i]->isReal(0) &&
          isAbsentScore(addend->operands[3 - i])) {
        const Expr *condition = addend->operands[0];
        return addTerm(i == 1 ? condition : exprs.logicalNot(condition),
                       addend->operands[3 - i]->real);
      }
  double absent;
  std::optional<Band> band =
      getBandOfTable(addend, /*isCondition=*/false, absent);
  if (!band || (absent != -kInf && !allowFinite))
    return false;
  MaskTerm term;
  term.band = *band;
  term.isFinite = absent != -kInf;
  terms.push_back(term);
  return true;
}

const Expr *MaskSplitter::splitNode(const Expr *score) {
  if (score == match.product || !score->contains(match.product))
    return score;
  const Expr *rest = nullptr;
  if (score->is<arith::SelectOp>())
    return splitSelect(score, rest) ? splitNode(rest) : score;
  if (score->operands.size() != 2)
    return score;
  const Expr *a = score->operands[0], *b = score->operands[1];
  bool isSum = score->is<arith::AddFOp>();
  if (isSum || score->is<arith::MulFOp>())
    if (!a->contains(match.product))
      std::swap(a, b);
  if (b->contains(match.product))
    return score;
  if (isSum) {
    if (splitAddend(b))
      return splitNode(a);
    // Sums of masks and biases that are added together.
    if (b->is<arith::AddFOp>())
      return splitNode(exprs.rebuild(
          score, {exprs.rebuild(score, {a, b->operands[0]}), b->operands[1]}));
    return exprs.rebuild(score, {splitNode(a), b});
  }
  // What keeps absent scores absent.
  if (score->is<arith::SubFOp>() ||
      ((score->is<arith::MulFOp>() || score->is<arith::DivFOp>()) &&
       b->isReal() && b->real > 0))
    return exprs.rebuild(score, {splitNode(a), b});
  if (score->is<arith::MaximumFOp>() && isAbsentScore(b) && allowFinite) {
    MaskTerm term;
    term.isFinite = true;
    terms.push_back(term);
    return splitNode(a);
  }
  return score;
}

const Expr *MaskSplitter::split(const Expr *score, bool allowFinite) {
  this->allowFinite = allowFinite;
  terms.clear();
  return splitNode(score);
}

bool MaskSplitter::leavesKeyToEachRow() const {
  Band band;
  for (const MaskTerm &term : terms) {
    if (term.keep)
      return false;
    band = band.intersect(term.band);
  }
  if (band.right && *band.right < 0)
    return false;
  if (!band.left)
    return true;
  // Row i reads keys from i - left on: the last row must find one.
  const Axes &axes = reader.getAxes();
  int64_t numQueries = axes.getExtent(match.m);
  int64_t numKeys = axes.getExtent(match.n);
  if (ShapedType::isDynamic(numQueries) || ShapedType::isDynamic(numKeys))
    return false;
  return *band.left >= 0 && numQueries - 1 - *band.left < numKeys;
}
