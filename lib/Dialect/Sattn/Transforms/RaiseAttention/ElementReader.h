//===- ElementReader.h - Read tensor programs as expressions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ELEMENTREADER_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ELEMENTREADER_H

#include "ScalarExpr.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::sattn::raising {

/// The axes of the iteration space and how reshapes split them. A split found
/// while reading only holds from the next round on, since expressions that were
/// already made name the axis as a whole: see `startRound`.
class Axes {
public:
  /// The atoms of axis `dim` of `owner` (an operation's loop or a value's
  /// dimension), major first.
  AtomList get(const void *owner, unsigned dim, int64_t extent);
  int64_t getExtent(Atom atom) const { return atoms[atom].extent; }
  /// Product of the extents, or dynamic.
  int64_t getExtent(ArrayRef<Atom> list) const;
  /// Asks for `atom` to be split so that its minor part has extent `minor`.
  void split(Atom atom, int64_t minor);
  /// True if a split was asked for in this round.
  bool hasSplit() const { return hasNewSplit; }
  /// Forgets the atoms, not the splits.
  void startRound();

private:
  using Axis = std::pair<const void *, unsigned>;
  struct AtomInfo {
    Axis axis;
    unsigned position;
    int64_t extent;
  };
  llvm::MapVector<Axis, SmallVector<int64_t>> extents;
  llvm::MapVector<Axis, AtomList> lists;
  SmallVector<AtomInfo> atoms;
  bool hasNewSplit = false;
};

struct ReadOptions {
  /// Promise that dynamic extents do not decide about a broadcast at run time.
  bool assumeNoBroadcast = false;
};

/// Reads elements of tensors as expressions, through elementwise linalg ops,
/// broadcasts, transposes, reshapes and slices. Everything else is an element
/// node.
class ElementReader {
public:
  ElementReader(ExprContext &exprs, Axes &axes, const ReadOptions &options)
      : exprs(exprs), axes(axes), options(options) {}

  ExprContext &getExprs() { return exprs; }
  Axes &getAxes() { return axes; }
  /// An access to every element of `tensor`, one axis per dimension.
  Access getFullAccess(Value tensor);
  const Expr *read(Value tensor, const Access &access);
  /// True if `access` reaches every element of `tensor` exactly once, so that
  /// the tensor can stand for an expression.
  bool isFull(Value tensor, const Access &access) const;

  /// The body of a linalg op with reduction loops, around one of its results.
  struct Reduction {
    linalg::LinalgOp op;
    const Expr *init;
    /// The yielded value; the running value is the accumulator node.
    const Expr *body;
    /// The loops that are reduced, with the axes that they run over.
    AtomList reduced;
  };
  /// Reads `element` as the result of a reduction. If it reduces one loop,
  /// `axis` names the atoms of that loop; without it they are new axes.
  std::optional<Reduction>
  readReduction(const Expr *element,
                std::optional<ArrayRef<Atom>> axis = std::nullopt);

private:
  /// What loop indices and block arguments are while reading one linalg op.
  struct Binding {
    linalg::LinalgOp op;
    SmallVector<std::optional<DimIndex>> loops;
    /// The result whose running value is the accumulator, if any.
    std::optional<unsigned> accumulatorResult;
    /// Values of the body that were read.
    mutable DenseMap<Value, const Expr *> scalars;

    Block *getBody() const { return linalg::LinalgOp(op).getBlock(); }
  };

  const Expr *readUncached(Value tensor, const Access &access);
  const Expr *readLinalg(linalg::LinalgOp op, unsigned result,
                         const Access &access);
  const Expr *readElementwise(Operation *op, const Access &access);
  const Expr *readScalar(Value value, const Binding *binding);
  const Expr *readArgument(BlockArgument argument, const Binding &binding);
  const Expr *readOperation(Operation *op, const Binding *binding);
  const Expr *readConstant(Attribute value, Type type);
  std::optional<Binding> bind(linalg::LinalgOp op, unsigned result,
                              const Access &access);
  Value dropBroadcastTest(Value index, const Binding &binding);
  std::optional<Access> getOperandAccess(const Binding &binding,
                                         OpOperand &operand);
  bool joinDims(RankedTensorType type, ArrayRef<int64_t> group,
                const Access &access, DimIndex &joined);
  std::optional<Access> accessThroughReshape(Value source, Value result,
                                             const Access &access);
  std::optional<Access> accessThroughSlice(Operation *op, const Access &access);
  /// Distributes the atoms of `list` over dimensions of the given extents.
  std::optional<SmallVector<AtomList>> distribute(ArrayRef<Atom> list,
                                                  ArrayRef<int64_t> extents);

  ExprContext &exprs;
  Axes &axes;
  ReadOptions options;
  /// Guards the stack against long chains of operations.
  unsigned depth = 0;
  DenseMap<Value, const Expr *> scalars;
  DenseMap<Value, SmallVector<std::pair<Access, const Expr *>, 1>> cache;
};

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_ELEMENTREADER_H
