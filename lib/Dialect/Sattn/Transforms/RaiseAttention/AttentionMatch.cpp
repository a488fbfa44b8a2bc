//===- AttentionMatch.cpp - Softmax attention in a tensor program -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the product with the value back to the product of query and key: which
// axes play which role, what the scale is, which masks there are, and what is
// left is the score as a function of the product.
//
//===----------------------------------------------------------------------===//

#include "AttentionMatch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::sattn::raising;

namespace {
class Matcher {
public:
  Matcher(ElementReader &reader, Value root, const MatchOptions &options,
          Refusal &refusal)
      : reader(reader), exprs(reader.getExprs()), axes(reader.getAxes()),
        options(options), refusal(refusal) {
    match.root = root;
  }

  bool run();
  AttentionMatch match;

private:
  bool matchValueProduct();
  bool matchScores();
  bool matchScoreProduct(const Expr *element, const Contraction &contraction);
  bool assignAxes();
  AtomList chooseQueryAxis(ArrayRef<Atom> candidates);
  void moveScale();
  bool splitMasks();
  bool checkGuards(const MaskSplitter &splitter, bool &zeroesEmptyRows);
  void assignMasks(const MaskSplitter &splitter);

  ElementReader &reader;
  ExprContext &exprs;
  Axes &axes;
  const MatchOptions &options;
  Refusal &refusal;

  const Expr *weight = nullptr;
  const Expr *divisor = nullptr;
  SoftmaxMatch softmax;
};
} // namespace

static SmallVector<Atom> getAtoms(const Access &access) {
  SmallVector<Atom> atoms;
  for (const DimIndex &dim : access)
    atoms.append(dim.atoms);
  return atoms;
}

//===----------------------------------------------------------------------===//
// The product with the value
//===----------------------------------------------------------------------===//

bool Matcher::matchValueProduct() {
  match.rootAccess = reader.getFullAccess(match.root);
  const Expr *output = reader.read(match.root, match.rootAccess);
  if (output->is<arith::DivFOp>()) {
    divisor = output->operands[1];
    output = output->operands[0];
  } else if (output->is<arith::MulFOp>()) {
    for (unsigned i : {0u, 1u}) {
      const Expr *factor = output->operands[i];
      if (factor->is<arith::DivFOp>() && factor->operands[0]->isReal(1)) {
        divisor = factor->operands[1];
        output = output->operands[1 - i];
        break;
      }
    }
  }
  std::optional<Contraction> contraction = readContraction(reader, output);
  if (!contraction)
    return false;
  unsigned weightSide = 0;
  ArrayRef<const Expr *> factors = contraction->product->operands;
  if (!containsExponential(factors[0])) {
    weightSide = 1;
    if (!containsExponential(factors[1])) {
      for (const Expr *factor : factors)
        if (Operation *obstacle = getObstacleToExponential(factor))
          return refusal.because("the weights are read through '" +
                                 obstacle->getName().getStringRef() +
                                 "', which is not looked through");
      return false;
    }
  }
  weight = factors[weightSide];
  match.value = factors[1 - weightSide];
  match.n = contraction->reduced;
  // From here on it looks like attention: say why it is not.
  if (!reader.isFull(output->value, output->access))
    return refusal.because("only a part of the product with the value is used");
  if (!contraction->init->isReal(0))
    return refusal.because("the product with the value is added to something");
  if (match.n.empty())
    return refusal.because("there is a single key");
  if (!llvm::all_of(match.n,
                    [&](Atom atom) { return match.value->dependsOn(atom); }))
    return refusal.because("the value does not depend on the key axis");
  return true;
}

//===----------------------------------------------------------------------===//
// The scores
//===----------------------------------------------------------------------===//

/// Peels constant factors off `factor` as long as a tensor holds what is left.
static const Expr *peelScale(const Expr *factor, double &scale) {
  const Expr *held = factor;
  double heldScale = 1, current = 1;
  while (true) {
    const Expr *inner = nullptr;
    if (factor->is<arith::MulFOp>()) {
      unsigned constant = factor->operands[0]->isReal() ? 0 : 1;
      if (!factor->operands[constant]->isReal())
        break;
      current *= factor->operands[constant]->real;
      inner = factor->operands[1 - constant];
    } else if (factor->is<arith::DivFOp>() && factor->operands[1]->isReal()) {
      current /= factor->operands[1]->real;
      inner = factor->operands[0];
    } else {
      break;
    }
    factor = inner;
    if (!factor->holders.empty()) {
      held = factor;
      heldScale = current;
    }
  }
  scale *= heldScale;
  return held;
}

bool Matcher::matchScoreProduct(const Expr *element,
                                const Contraction &contraction) {
  const Expr *a = contraction.product->operands[0];
  const Expr *b = contraction.product->operands[1];
  auto isKey = [&](const Expr *expr) {
    return llvm::all_of(match.n, [&](Atom n) { return expr->dependsOn(n); });
  };
  if (isKey(a))
    std::swap(a, b);
  if (a->dependsOnAny(match.n) || !isKey(b))
    return false;
  match.query = peelScale(a, match.scale);
  match.key = peelScale(b, match.scale);
  match.r = contraction.reduced;
  match.scores = contraction.op;
  match.product = element;
  if (!contraction.init->isReal(0))
    match.score = substitute(
        exprs, match.score, element,
        exprs.apply<arith::AddFOp>(element->type, {contraction.init, element}));
  return true;
}

/// Finds the product of query and key below the score. A second product, as in
/// relative position scores, stays a tensor.
bool Matcher::matchScores() {
  match.score = softmax.score;
  bool hasOther = false;
  for (const Expr *element : softmax.score->getElements()) {
    if (!element->dependsOnAny(match.n))
      continue;
    std::optional<Contraction> contraction = readContraction(reader, element);
    if (!contraction)
      continue;
    if (reader.isFull(element->value, element->access) &&
        matchScoreProduct(element, *contraction))
      return true;
    hasOther = true;
  }
  return refusal.because(hasOther ? "the scores are no product of one query and "
                                    "one key tensor"
                                  : "the scores do not come from a product of a "
                                    "query and a key");
}

/// Takes constant factors around the product into the scale.
void Matcher::moveScale() {
  while (true) {
    const Expr *parent = nullptr;
    for (const Expr *node : match.score->getNodes())
      if (llvm::is_contained(node->operands, match.product)) {
        if (parent)
          return;
        parent = node;
      }
    if (!parent)
      return;
    double factor = 1;
    if (parent->is<arith::MulFOp>()) {
      bool first = parent->operands[0]->isReal();
      if (!parent->operands[first ? 0 : 1]->isReal())
        return;
      factor = parent->operands[first ? 0 : 1]->real;
    } else if (parent->is<arith::DivFOp>() && parent->operands[1]->isReal()) {
      factor = 1 / parent->operands[1]->real;
    } else if (parent->is<arith::NegFOp>()) {
      factor = -1;
    } else {
      return;
    }
    if (!std::isfinite(match.scale * factor))
      return;
    match.scale *= factor;
    match.product = parent;
  }
}

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

/// Several axes of the query can be missing from key and value: the queries and
/// the groups that share a key head. The queries are those that positions or
/// stored tables are about, else the longest axis.
AtomList Matcher::chooseQueryAxis(ArrayRef<Atom> candidates) {
  for (const Expr *node : softmax.score->getNodes()) {
    if (node->kind == Expr::Kind::Index &&
        llvm::all_of(node->index.atoms, [&](Atom atom) {
          return llvm::is_contained(candidates, atom);
        }))
      return node->index.atoms;
  }
  for (const Expr *element : softmax.score->getElements()) {
    if (element->contains(match.product) || !element->dependsOnAny(match.n))
      continue;
    SmallVector<Atom> inside;
    for (Atom atom : candidates)
      if (element->dependsOn(atom))
        inside.push_back(atom);
    if (inside.size() == 1)
      return {inside.front()};
  }
  auto isLonger = [&](Atom a, Atom b) {
    int64_t x = axes.getExtent(a), y = axes.getExtent(b);
    return !ShapedType::isDynamic(y) && (ShapedType::isDynamic(x) || x >= y);
  };
  Atom longest = candidates.front();
  for (Atom atom : candidates.drop_front())
    if (isLonger(atom, longest))
      longest = atom;
  return {longest};
}

bool Matcher::assignAxes() {
  SmallVector<Atom> output = getAtoms(match.rootAccess);
  SmallVector<Atom> candidates;
  for (Atom atom : output) {
    bool inQuery = match.query->dependsOn(atom);
    bool inKey = match.key->dependsOn(atom);
    bool inValue = match.value->dependsOn(atom);
    if (inQuery && !inKey && !inValue)
      candidates.push_back(atom);
    if (inKey && !inQuery && !inValue)
      return refusal.because("the scores mix several products: an axis of the "
                             "rows belongs to the key");
    if (inValue && !inQuery && !inKey && !softmax.score->dependsOn(atom))
      match.e = {atom};
  }
  for (Atom atom : match.r)
    if (!match.query->dependsOn(atom) || !match.key->dependsOn(atom))
      return refusal.because("query and key are summed over different axes");
  if (!candidates.empty())
    match.m = chooseQueryAxis(candidates);
  return true;
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

bool Matcher::checkGuards(const MaskSplitter &splitter, bool &zeroesEmptyRows) {
  GuardContext context{softmax.score, match.n, splitter.getTerms()};
  for (auto [condition, zeroWhen] : softmax.guards) {
    bool usesMask = false;
    if (!isEmptyRowTest(reader, condition, zeroWhen, context, usesMask))
      return false;
    zeroesEmptyRows |= usesMask;
  }
  return true;
}

/// Masks with a finite score turn a row without keys into the mean of all
/// values. They are masks all the same where each row keeps a key, or where the
/// program turns such rows into 0 itself.
bool Matcher::splitMasks() {
  MaskSplitter splitter(reader, match);
  bool zeroesEmptyRows = options.assumeLiveRows;
  const Expr *rest = splitter.split(match.score, /*allowFinite=*/true);
  bool guarded = checkGuards(splitter, zeroesEmptyRows);
  bool isExact = !splitter.hasFiniteTerms() || splitter.leavesKeyToEachRow() ||
                 (guarded && zeroesEmptyRows);
  if (!isExact) {
    rest = splitter.split(match.score, /*allowFinite=*/false);
    guarded = checkGuards(splitter, zeroesEmptyRows);
  }
  if (!guarded)
    return refusal.because("whole rows of the weights are set to 0 under a "
                           "condition that is no test for rows without keys");
  match.score = rest;
  assignMasks(splitter);
  return true;
}

void Matcher::assignMasks(const MaskSplitter &splitter) {
  for (const MaskTerm &term : splitter.getTerms()) {
    match.band = match.band.intersect(term.band);
    if (!term.keep)
      continue;
    bool isTensor = term.keep->kind == Expr::Kind::Element &&
                    term.keep->type.isInteger(1) &&
                    !term.keep->holders.empty();
    if (isTensor && !match.mask)
      match.mask = term.keep;
    else if (term.keep != match.keep)
      match.keep = match.keep ? exprs.apply<arith::AndIOp>(
                                    match.keep->type, {match.keep, term.keep})
                              : term.keep;
  }
}

bool Matcher::run() {
  if (!matchValueProduct() ||
      !matchSoftmax(reader, weight, match.n, divisor, softmax, refusal) ||
      !matchScores() || !assignAxes())
    return false;
  moveScale();
  if (!splitMasks())
    return false;
  moveScale();
  return true;
}

std::optional<AttentionMatch>
mlir::sattn::raising::matchAttention(ElementReader &reader, Value root,
                                     const MatchOptions &options,
                                     Refusal &refusal) {
  Matcher matcher(reader, root, options, refusal);
  if (!matcher.run())
    return std::nullopt;
  return matcher.match;
}
