//===- AxisLabels.h - Labels of axes and reshapes to them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_AXISLABELS_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_AXISLABELS_H

#include "AttentionMatch.h"
#include "mlir/IR/Builders.h"

namespace mlir::sattn::raising {

/// The labels of an attention (batch-like ones, then m, n, r, e) in terms of
/// atoms, and the reshapes between tensors of the program, whose dimensions may
/// hold several labels or none, and tensors with one dimension per label.
class AxisLabels {
public:
  /// A tensor with one dimension per label.
  struct Labelled {
    Value tensor;
    SmallVector<unsigned> labels;
  };

  /// The axes of an attention whose result is `root`; a list may be empty.
  struct Roles {
    Holder root;
    AtomList m, n, r, e;
    /// Batch-like labels of extent 1, which no atom stands for. They come first.
    unsigned numUnits = 0;
  };

  /// Forms the labels. `holders` are the tensors that will be operands.
  bool assign(const Roles &roles, const Axes &axes, ArrayRef<Holder> holders,
              Refusal &refusal);

  unsigned getNumLabels() const { return labels.size(); }
  /// The label that stands for exactly these atoms, if any.
  std::optional<unsigned> find(ArrayRef<Atom> atoms) const;
  unsigned getM() const { return labels.size() - 4; }
  unsigned getN() const { return labels.size() - 3; }
  unsigned getR() const { return labels.size() - 2; }
  unsigned getE() const { return labels.size() - 1; }

  /// `holder` with one dimension per label; dimensions of extent 1 are added for
  /// the labels in `required` that it lacks.
  Labelled toLabels(OpBuilder &b, Location loc, const Holder &holder,
                    ArrayRef<unsigned> required) const;
  /// Labels of the result, in the order of the root.
  SmallVector<unsigned> getRootLabels() const;
  /// `tensor`, which has the dimensions `getRootLabels`, in the shape of the root.
  Value toRoot(OpBuilder &b, Location loc, Value tensor) const;
  int64_t getExtent(unsigned label) const;
  AffineMap getMap(ArrayRef<unsigned> list, MLIRContext *context) const;

private:
  /// Part of a dimension: consecutive atoms of one label.
  struct Piece {
    unsigned label;
    int64_t extent;
  };
  /// The pieces of each dimension; nothing if a label is torn apart.
  std::optional<SmallVector<SmallVector<Piece, 2>>>
  getPieces(const Access &access) const;
  void mergeBatchAtoms(ArrayRef<Atom> batch, ArrayRef<Holder> holders);
  bool checkHolder(const Holder &holder) const;

  SmallVector<AtomList> labels;
  unsigned numUnits = 0;
  Holder root;
  const Axes *axes = nullptr;
};

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_AXISLABELS_H
