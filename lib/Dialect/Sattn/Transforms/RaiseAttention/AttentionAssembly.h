//===- AttentionAssembly.h - Build the raised attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONASSEMBLY_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONASSEMBLY_H

#include "AttentionMatch.h"
#include "AxisLabels.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn::raising {

/// Turns a match into `sattn.attention`. Everything that can go wrong does so in
/// `prepare`, which makes no IR.
class AttentionAssembly {
public:
  AttentionAssembly(ElementReader &reader, const AttentionMatch &match)
      : axes(reader.getAxes()), match(match) {}

  /// Chooses the tensors and labels; false with the reason if there are none.
  bool prepare(Refusal &refusal);
  /// Makes the op in front of the producer of the root. Returns the value that
  /// replaces the root.
  Value create(OpBuilder &b);

private:
  bool chooseHolders(Refusal &refusal);
  bool chooseOperands(const Expr *expr, Refusal &refusal);
  bool chooseOperand(const Expr *expr, Refusal &refusal);
  bool stays(const Expr *expr) const;
  FloatType getScoreType() const;
  Value createOffset(OpBuilder &b, Location loc, WindowAttr &window);
  void fillRegion(OpBuilder &b, AttentionOp op, bool hasOffset);

  const Axes &axes;
  const AttentionMatch &match;
  AxisLabels labels;

  Holder query, key, value, mask;
  /// Score operands: elements of tensors, or scalars.
  SmallVector<const Expr *> operands;
  SmallVector<Holder> operandHolders;
  /// Expressions whose operands are chosen.
  llvm::SmallDenseSet<const Expr *> chosen;
  int64_t queryOffset = 0;
};

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ATTENTIONASSEMBLY_H
