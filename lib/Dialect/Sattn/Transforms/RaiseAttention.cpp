//===- RaiseAttention.cpp - Recognise attention written in linalg -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each contraction that multiplies something with an exponential in it is
// looked at as the last step of attention. What follows it (a division by the
// row sums, a transpose, a cast) is taken along where nothing else reads the
// value in between. The match itself is in RaiseAttention/.
//
//===----------------------------------------------------------------------===//

#include "RaiseAttention/AttentionAssembly.h"
#include "RaiseAttention/Rewriting.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNRAISEATTENTIONPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::raising;

namespace {
struct RaiseAttentionPass
    : sattn::impl::SattnRaiseAttentionPassBase<RaiseAttentionPass> {
  using SattnRaiseAttentionPassBase::SattnRaiseAttentionPassBase;

  void runOnOperation() override;

private:
  void raise(linalg::LinalgOp contraction);
  bool raiseTo(Value root, Value product, Refusal &refusal);

  /// Producers of replaced values.
  SmallVector<Operation *> replaced;
};
} // namespace

bool RaiseAttentionPass::raiseTo(Value root, Value product, Refusal &refusal) {
  std::optional<AttentionMatch> match;
  std::optional<AttentionAssembly> assembly;
  auto tryMatch = [&](ElementReader &reader) {
    match.reset();
    if (isTailOf(reader, root, product))
      match = matchAttention(reader, root, {assumeLiveRows}, refusal);
    if (!match)
      return false;
    assembly.emplace(reader, *match);
    return assembly->prepare(refusal);
  };
  auto rewrite = [&] {
    if (!diesWith(match->scores, root, refusal))
      return false;
    OpBuilder b(root.getDefiningOp());
    root.replaceAllUsesWith(assembly->create(b));
    replaced.push_back(root.getDefiningOp());
    ++numRaised;
    return true;
  };
  return matchAndRewrite(&getContext(), {assumeNoBroadcast}, refusal, tryMatch,
                         rewrite);
}

void RaiseAttentionPass::raise(linalg::LinalgOp contraction) {
  Value product = contraction->getResult(0);
  std::string reason;
  SmallVector<Value> tail = getTail(product);
  for (Value root : llvm::reverse(tail)) {
    if (isReshape(root.getDefiningOp()))
      continue;
    Refusal refusal;
    if (raiseTo(root, product, refusal))
      return;
    if (reason.empty())
      reason = refusal.reason;
  }
  if (!reason.empty())
    contraction.emitRemark("[sattn-raise-attention] not raised: ") << reason;
}

void RaiseAttentionPass::runOnOperation() {
  SmallVector<linalg::LinalgOp> contractions;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (isProductOfTwo(op))
      contractions.push_back(op);
  });
  for (linalg::LinalgOp op : contractions)
    raise(op);
  eraseDead(replaced);
  replaced.clear();
}
