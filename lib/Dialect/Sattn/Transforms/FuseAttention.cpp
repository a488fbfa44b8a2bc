//===- FuseAttention.cpp - From score, link and product to attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `sattn.score` carries all clauses, so only the link and the axes of the
// product with the value have to be recognised. Elements are read as in
// raising: see RaiseAttention/.
//
//===----------------------------------------------------------------------===//

#include "RaiseAttention/AttentionMatch.h"
#include "RaiseAttention/AxisLabels.h"
#include "RaiseAttention/Rewriting.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNFUSEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::raising;

//===----------------------------------------------------------------------===//
// The link
//===----------------------------------------------------------------------===//

/// The element of the result of `sattn.score` below `expr`, null if there is
/// none or more than one.
static const Expr *findScore(ElementReader &reader, const Expr *expr) {
  const Expr *score = nullptr;
  for (const Expr *element : expr->getElements()) {
    const Expr *found = nullptr;
    if (element->value.getDefiningOp<ScoreOp>())
      found = element;
    else if (auto softmax = element->value.getDefiningOp<linalg::SoftmaxOp>())
      found = findScore(reader,
                        reader.read(softmax.getInput(), element->access));
    if (found && score && found != score)
      return nullptr;
    if (found)
      score = found;
  }
  return score;
}

/// 1 / (1 + exp(-score)).
static bool isSigmoid(const Expr *weight, const Expr *score) {
  if (!weight->is<arith::DivFOp>() || !weight->operands[0]->isReal(1) ||
      !weight->operands[1]->is<arith::AddFOp>())
    return false;
  ArrayRef<const Expr *> terms = weight->operands[1]->operands;
  const Expr *other = terms[terms[0]->isReal(1) ? 1 : 0];
  return (terms[0]->isReal(1) || terms[1]->isReal(1)) &&
         other->is<math::ExpOp>() &&
         other->operands[0]->is<arith::NegFOp>() &&
         other->operands[0]->operands[0] == score;
}

namespace {
/// One product of weights and a value that may become an attention.
class Fusion {
public:
  Fusion(ElementReader &reader, Value root, Refusal &refusal)
      : reader(reader), root(root), refusal(refusal) {}

  bool match();
  /// The value that replaces the root.
  Value create(OpBuilder &b);
  ScoreOp getScore() const { return op; }

private:
  bool matchProduct();
  bool matchLink();
  bool matchLinear();
  bool checkAbsentPairs();
  bool assignLabels();
  AffineMap translate(AffineMap map) const;

  ElementReader &reader;
  Value root;
  Refusal &refusal;
  ScoreOp op;
  Access rootAccess;
  const Expr *weight = nullptr, *score = nullptr, *divisor = nullptr;
  const Expr *valueExpr = nullptr;
  AtomList n;
  Link link = Link::Softmax;
  AxisLabels labels;
  Holder value;
  /// The label of each dimension of the iteration space of `op`.
  SmallVector<unsigned> labelOfDim;
};
} // namespace

bool Fusion::matchProduct() {
  rootAccess = reader.getFullAccess(root);
  const Expr *output = reader.read(root, rootAccess);
  if (output->is<arith::DivFOp>()) {
    divisor = output->operands[1];
    output = output->operands[0];
  }
  std::optional<Contraction> contraction = readContraction(reader, output);
  if (!contraction)
    return false;
  for (unsigned i : {0u, 1u}) {
    weight = contraction->product->operands[i];
    valueExpr = contraction->product->operands[1 - i];
    if ((score = findScore(reader, weight)))
      break;
  }
  if (!score)
    return false;
  op = score->value.getDefiningOp<ScoreOp>();
  n = contraction->reduced;
  if (!reader.isFull(output->value, output->access) ||
      !reader.isFull(score->value, score->access))
    return refusal.because("only a part of the scores or the product is used");
  if (!contraction->init->isReal(0))
    return refusal.because("the product with the value is added to something");
  AffineMap scores = AttentionMaps(op).getOutput();
  unsigned axis = *getAxisOfDim(scores, AttentionMaps(op).getN());
  if (n.empty() || score->access[axis].atoms != n)
    return refusal.because("the product with the value does not sum over the "
                           "keys");
  return true;
}

/// score / sum(score), on the weights or on the product.
bool Fusion::matchLinear() {
  const Expr *sum = divisor;
  if (weight->is<arith::DivFOp>() && weight->operands[0] == score && !divisor)
    sum = weight->operands[1];
  else if (weight != score)
    return false;
  if (!sum)
    return false;
  std::optional<ElementReader::Reduction> reduction =
      reader.readReduction(sum, n);
  if (!reduction || !reduction->init->isReal(0) ||
      !reduction->body->is<arith::AddFOp>())
    return false;
  ArrayRef<const Expr *> terms = reduction->body->operands;
  return (terms[0] == score && terms[1]->kind == Expr::Kind::Accumulator) ||
         (terms[1] == score && terms[0]->kind == Expr::Kind::Accumulator);
}

bool Fusion::matchLink() {
  if (weight == score && !divisor) {
    link = Link::Identity;
    return true;
  }
  if (!divisor && isSigmoid(weight, score)) {
    link = Link::Sigmoid;
    return true;
  }
  if (matchLinear()) {
    link = Link::Linear;
    return true;
  }
  SoftmaxMatch softmax;
  if (!matchSoftmax(reader, weight, n, divisor, softmax, refusal))
    return false;
  if (softmax.score != score)
    return refusal.because("something lies between the scores and the softmax");
  GuardContext context{score, n, {}};
  bool usesMask = false;
  for (auto [condition, zeroWhen] : softmax.guards)
    if (!isEmptyRowTest(reader, condition, zeroWhen, context, usesMask))
      return refusal.because("whole rows of the weights are set to 0 under a "
                             "condition that is no test for rows without keys");
  link = Link::Softmax;
  return true;
}

/// An absent pair has weight 0 in attention. In the matrix it is -inf, or 0.
bool Fusion::checkAbsentPairs() {
  if (!cast<AttentionLikeOpInterface>(op.getOperation()).canDropPairs())
    return true;
  bool needsZero = link == Link::Identity || link == Link::Linear;
  if (needsZero != op.getZeroAbsent())
    return refusal.because(needsZero ? "absent pairs are -inf, not 0 "
                                       "(zero_absent), without a softmax"
                                     : "absent pairs are 0 (zero_absent), which "
                                       "a softmax counts");
  return true;
}

bool Fusion::assignLabels() {
  AttentionMaps maps(op);
  AffineMap output = maps.getOutput();
  AxisLabels::Roles roles;
  roles.root = {root, rootAccess};
  roles.n = n;
  for (auto [axis, dim] : llvm::enumerate(score->access)) {
    unsigned loop = output.getDimPosition(axis);
    if (loop == maps.getM())
      roles.m = dim.atoms;
    else if (loop != maps.getN() && dim.atoms.empty())
      ++roles.numUnits;
  }
  for (const DimIndex &dim : rootAccess)
    for (Atom atom : dim.atoms)
      if (valueExpr->dependsOn(atom) && !score->dependsOn(atom))
        roles.e = {atom};
  for (const Holder &holder : valueExpr->holders)
    if (isa<FloatType>(getElementTypeOrSelf(holder.tensor))) {
      value = holder;
      break;
    }
  if (!value.tensor)
    return refusal.because("no float tensor holds the value on its own");
  Holder scores{score->value, score->access};
  if (!labels.assign(roles, reader.getAxes(), {value, scores}, refusal))
    return false;
  if (ShapedType::isDynamic(labels.getExtent(labels.getE())))
    return refusal.because("the depth of the value is dynamic");

  unsigned nextUnit = 0;
  labelOfDim.assign(maps.getNumDims(), 0);
  for (auto [axis, dim] : llvm::enumerate(score->access)) {
    unsigned loop = output.getDimPosition(axis);
    if (loop == maps.getM() || loop == maps.getN())
      continue;
    std::optional<unsigned> label =
        dim.atoms.empty() ? nextUnit++ : labels.find(dim.atoms);
    if (!label)
      return refusal.because("an axis of the scores is split before the product "
                             "with the value");
    labelOfDim[loop] = *label;
  }
  labelOfDim[maps.getM()] = labels.getM();
  labelOfDim[maps.getN()] = labels.getN();
  labelOfDim[maps.getR()] = labels.getR();
  labelOfDim[maps.getE()] = labels.getE();
  // Positions and segments with a batch axis mean the first label of the result.
  auto hasBatchAxis = [](Value operand, int64_t rank) {
    auto type = operand ? dyn_cast<RankedTensorType>(operand.getType())
                        : RankedTensorType();
    return type && type.getRank() > rank;
  };
  bool usesBatchDim = hasBatchAxis(op.getQueryOffset(), 0) ||
                      hasBatchAxis(op.getKeyOffset(), 0) ||
                      hasBatchAxis(op.getKeyLimit(), 0) ||
                      hasBatchAxis(op.getQuerySegments(), 1) ||
                      hasBatchAxis(op.getKeySegments(), 1);
  if (usesBatchDim && labelOfDim[maps.getPositionBatchDim()] != 0)
    return refusal.because("positions or segments per batch row belong to an "
                           "axis that is not the first of the result");
  return true;
}

bool Fusion::match() {
  return matchProduct() && matchLink() && checkAbsentPairs() && assignLabels();
}

AffineMap Fusion::translate(AffineMap map) const {
  SmallVector<unsigned> list;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis)
    list.push_back(labelOfDim[map.getDimPosition(axis)]);
  return labels.getMap(list, map.getContext());
}

Value Fusion::create(OpBuilder &b) {
  Location loc = root.getLoc();
  AttentionMaps maps(op);
  AxisLabels::Labelled labelled =
      labels.toLabels(b, loc, value, {labels.getE(), labels.getN()});
  SmallVector<unsigned> order = labels.getRootLabels();
  SmallVector<OpFoldResult> sizes;
  AffineMap scoreMap = translate(maps.getOutput());
  for (unsigned label : order) {
    if (int64_t extent = labels.getExtent(label);
        !ShapedType::isDynamic(extent)) {
      sizes.push_back(b.getIndexAttr(extent));
      continue;
    }
    Value init = op.getOuts().front();
    if (std::optional<unsigned> axis = getAxisOfDim(scoreMap, label))
      sizes.push_back(
          tensor::DimOp::create(b, loc, init, *axis).getResult());
    else
      sizes.push_back(
          tensor::DimOp::create(b, loc, labelled.tensor,
                                llvm::find(labelled.labels, label) -
                                    labelled.labels.begin())
              .getResult());
  }
  Value init = tensor::EmptyOp::create(b, loc, sizes,
                                       getElementTypeOrSelf(root.getType()));
  SmallVector<AffineMap> list = {translate(maps.getQuery()),
                                 translate(maps.getKey()),
                                 labels.getMap(labelled.labels, b.getContext())};
  if (op.getMask())
    list.push_back(translate(maps.getMask()));
  for (AffineMap map : maps.getScoreOperands())
    list.push_back(translate(map));
  list.push_back(labels.getMap(order, b.getContext()));
  auto fused = AttentionOp::create(
      b, loc, init.getType(), op.getQuery(), op.getKeys(), labelled.tensor, op.getMask(),
      op.getQuerySegments(), op.getKeySegments(), op.getQueryOffset(), op.getKeyOffset(),
      op.getKeyLimit(),
      /*normalizer=*/nullptr, op.getScoreOperands(), init, op.getScaleAttr(), op.getStructureAttr(),
      op.getWindowAttr(), LinkAttr::get(b.getContext(), link),
      PrecisionAttr::get(b.getContext(), Precision::Full), /*tiling=*/nullptr,
      b.getAffineMapArrayAttr(list));
  IRMapping mapping;
  op.getScore().cloneInto(&fused.getScore(), mapping);
  return labels.toRoot(b, loc, fused.getOutput());
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct FuseAttentionPass
    : sattn::impl::SattnFuseAttentionPassBase<FuseAttentionPass> {
  void runOnOperation() override;

private:
  bool fuse(linalg::LinalgOp product);
  bool fuseTo(Value root, Value product, Refusal &refusal, ScoreOp &score);

  SmallVector<Operation *> replaced;
  /// Why the first product of each score was not fused.
  DenseMap<Operation *, std::string> reasons;
};
} // namespace

bool FuseAttentionPass::fuseTo(Value root, Value product, Refusal &refusal,
                               ScoreOp &score) {
  std::optional<Fusion> fusion;
  auto tryMatch = [&](ElementReader &reader) {
    fusion.emplace(reader, root, refusal);
    bool matches = isTailOf(reader, root, product) && fusion->match();
    score = fusion->getScore();
    return matches;
  };
  auto rewrite = [&] {
    if (!diesWith(score, root, refusal))
      return false;
    OpBuilder b(root.getDefiningOp());
    root.replaceAllUsesWith(fusion->create(b));
    replaced.push_back(root.getDefiningOp());
    return true;
  };
  return matchAndRewrite(&getContext(), {}, refusal, tryMatch, rewrite);
}

bool FuseAttentionPass::fuse(linalg::LinalgOp product) {
  SmallVector<Value> tail = getTail(product->getResult(0));
  for (Value root : llvm::reverse(tail)) {
    if (isReshape(root.getDefiningOp()))
      continue;
    Refusal refusal;
    ScoreOp score;
    if (fuseTo(root, product->getResult(0), refusal, score)) {
      ++numFused;
      return true;
    }
    if (score && !refusal.isSilent())
      reasons.insert({score, refusal.reason});
  }
  return false;
}

void FuseAttentionPass::runOnOperation() {
  SmallVector<linalg::LinalgOp> products;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (isProductOfTwo(op))
      products.push_back(op);
  });
  for (linalg::LinalgOp op : products)
    fuse(op);
  eraseDead(replaced);
  replaced.clear();
  getOperation()->walk([&](ScoreOp op) {
    auto it = reasons.find(op);
    op.emitRemark("[sattn-fuse-attention] not fused: ")
        << (it != reasons.end() ? StringRef(it->second)
                                : "no product with a value reads the scores "
                                  "through a link");
  });
  reasons.clear();
}
