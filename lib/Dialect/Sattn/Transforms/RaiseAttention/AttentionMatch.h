//===- AttentionMatch.h - Softmax attention in a tensor program -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONMATCH_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONMATCH_H

#include "ElementReader.h"

namespace mlir::sattn::raising {

/// Why something is not raised. Empty: it does not look like attention at all.
struct Refusal {
  std::string reason;

  bool isSilent() const { return reason.empty(); }
  /// Notes the reason, returns false.
  bool because(const Twine &text) {
    reason = text.str();
    return false;
  }
};

/// Keys that a row may read: i - left <= j <= i + right. Absent: no bound.
struct Band {
  std::optional<int64_t> left, right;

  Band intersect(const Band &other) const;
};

/// A condition under which a pair exists, and the score of pairs that do not.
struct MaskTerm {
  /// The condition, null if the band says it.
  const Expr *keep = nullptr;
  Band band;
  /// The whole condition as the program had it, for guards that test it too.
  const Expr *condition = nullptr;
  bool isFinite = false;
};

/// A sum of products: the body of a contraction.
struct Contraction {
  linalg::LinalgOp op;
  const Expr *init;
  const Expr *product;
  AtomList reduced;
};

/// softmax(score(q . k)) v, found in a program.
struct AttentionMatch {
  /// The value to replace and the access that names its axes.
  Value root;
  Access rootAccess;
  /// The product of query and key, which a score region replaces.
  linalg::LinalgOp scores;
  const Expr *query = nullptr, *key = nullptr, *value = nullptr;
  /// Axes: queries, keys, depth, value depth.
  AtomList m, n, r, e;
  double scale = 1;
  /// The score as a function of `product`, which is already scaled.
  const Expr *product = nullptr;
  const Expr *score = nullptr;
  /// A boolean tensor of pairs that exist, and other conditions; may be null.
  const Expr *mask = nullptr;
  const Expr *keep = nullptr;
  Band band;
};

struct MatchOptions {
  /// Promise that each query row keeps a key.
  bool assumeLiveRows = false;
};

/// Reads `element` as a contraction: a reduction that adds up products.
std::optional<Contraction> readContraction(ElementReader &reader,
                                           const Expr *element);

/// Matches attention whose result is `root`.
std::optional<AttentionMatch> matchAttention(ElementReader &reader, Value root,
                                             const MatchOptions &options,
                                             Refusal &refusal);

/// `expr` with `from` replaced by `to`.
const Expr *substitute(ExprContext &exprs, const Expr *expr, const Expr *from,
                       const Expr *to);

/// A weight as exp(score) over its row sum.
struct SoftmaxMatch {
  /// The score, without what is subtracted from whole rows.
  const Expr *score = nullptr;
  /// Conditions on rows and whether the row is zero when they hold.
  SmallVector<std::pair<const Expr *, bool>, 2> guards;
};

/// Matches `weight` as softmax over the axis `n`. `divisor`, if any, divides the
/// product with the value instead of the weights.
bool matchSoftmax(ElementReader &reader, const Expr *weight, ArrayRef<Atom> n,
                  const Expr *divisor, SoftmaxMatch &match, Refusal &refusal);

/// True if `expr` is made of an exponential or a softmax.
bool containsExponential(const Expr *expr);

/// An operation that hides an exponential from `expr`, null if there is none.
Operation *getObstacleToExponential(const Expr *expr);

/// What tests of whole rows may refer to.
struct GuardContext {
  const Expr *score;
  ArrayRef<Atom> n;
  ArrayRef<MaskTerm> terms;
};

/// True if `condition` holds (or, if `zeroWhen` is false, fails) exactly for
/// rows without keys. `usesMask` tells whether it asks the masks, not the
/// scores.
bool isEmptyRowTest(ElementReader &reader, const Expr *condition, bool zeroWhen,
                    const GuardContext &context, bool &usesMask);

/// Splits masks off `match.score` into band, mask and keep.
/// `hasEmptyRowGuard` says that the program turns rows without keys into 0.
class MaskSplitter {
public:
  MaskSplitter(ElementReader &reader, const AttentionMatch &match)
      : reader(reader), exprs(reader.getExprs()), match(match) {}

  /// The score without masks. Terms are collected in `getTerms`. Masks with a
  /// finite score are only split off if `allowFinite`.
  const Expr *split(const Expr *score, bool allowFinite);
  ArrayRef<MaskTerm> getTerms() const { return terms; }
  bool hasFiniteTerms() const {
    return llvm::any_of(terms, [](const MaskTerm &t) { return t.isFinite; });
  }
  /// True if the terms are bands that leave a key to each row.
  bool leavesKeyToEachRow() const;

private:
  const Expr *splitNode(const Expr *score);
  bool splitSelect(const Expr *score, const Expr *&rest);
  bool splitAddend(const Expr *addend);
  bool addTerm(const Expr *keep, double absent);
  std::optional<Band> getBand(const Expr *keep);
  std::optional<Band> getBandOfTable(const Expr *expr, bool isCondition,
                                     double &absent);

  ElementReader &reader;
  ExprContext &exprs;
  const AttentionMatch &match;
  bool allowFinite = false;
  SmallVector<MaskTerm> terms;
};

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONMATCH_H
