//===- ScalarExpr.h - One tensor element as a scalar expression -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one element of a tensor is, as a function of loop indices. Broadcasts,
// transposes, reshapes and casts between float types do not show here: two
// front ends that print the same formula differently give the same expression.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SCALAREXPR_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SCALAREXPR_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/FoldingSet.h"
#include <memory>

namespace mlir::sattn::raising {

/// One axis of the iteration space. Axes that a reshape splits are several
/// atoms, an axis of extent 1 is none.
using Atom = unsigned;
using AtomList = SmallVector<Atom, 2>;

/// Index into one dimension of a tensor: the row-major number of `atoms` plus a
/// constant.
struct DimIndex {
  AtomList atoms;
  int64_t offset = 0;

  bool operator==(const DimIndex &other) const {
    return atoms == other.atoms && offset == other.offset;
  }
  void profile(llvm::FoldingSetNodeID &id) const;
};

/// One index per dimension of a tensor.
using Access = SmallVector<DimIndex, 4>;

/// A tensor that holds an expression, one element per value of the atoms.
struct Holder {
  Value tensor;
  Access access;
};

/// A node. Nodes are unique: equal expressions are one pointer.
class Expr : public llvm::FoldingSetNode {
public:
  enum class Kind {
    Real,        // float constant, always as f64
    Integer,     // integer, index or i1 constant
    Scalar,      // a scalar SSA value
    Index,       // number of a position along some axis
    Element,     // an element of a tensor that is not looked through
    Accumulator, // the running value in the body of a reduction
    Apply,       // a scalar operation of the arith or math dialect
  };

  Kind kind;
  /// Type of the value; every float type is written f64.
  Type type;
  double real = 0;
  int64_t integer = 0;
  Value value;
  DimIndex index;
  Access access;
  std::optional<OperationName> name;
  DictionaryAttr attributes;
  SmallVector<const Expr *, 3> operands;
  /// Atoms that the value depends on, sorted.
  SmallVector<Atom, 6> atoms;
  /// Tensors that hold the value, the one nearest to the inputs first.
  mutable SmallVector<Holder, 2> holders;

  bool isReal() const { return kind == Kind::Real; }
  bool isReal(double x) const { return isReal() && real == x; }
  bool isTrue() const { return isInteger(1) && type.isInteger(1); }
  bool isFalse() const { return isInteger(0) && type.isInteger(1); }
  bool isInteger(int64_t x) const {
    return kind == Kind::Integer && integer == x;
  }
  template <typename OpTy> bool is() const {
    return kind == Kind::Apply && name->getTypeID() == TypeID::get<OpTy>();
  }
  bool dependsOn(Atom atom) const { return llvm::is_contained(atoms, atom); }
  bool dependsOnAny(ArrayRef<Atom> some) const {
    return llvm::any_of(some, [&](Atom atom) { return dependsOn(atom); });
  }
  /// True if `inner` is this node or an operand of it, at any depth.
  bool contains(const Expr *inner) const;
  /// The element nodes at or below this node, each once, in preorder.
  SmallVector<const Expr *> getElements() const;
  /// All nodes at or below this node, each once, in preorder.
  SmallVector<const Expr *> getNodes() const;

  void Profile(llvm::FoldingSetNodeID &id) const;
};

/// Makes, simplifies and owns expressions.
class ExprContext {
public:
  explicit ExprContext(MLIRContext *context) : context(context) {}

  MLIRContext *getContext() const { return context; }
  const Expr *real(double value);
  const Expr *integer(int64_t value, Type type);
  const Expr *boolean(bool value);
  const Expr *scalar(Value value);
  const Expr *index(DimIndex index);
  const Expr *element(Value tensor, Access access);
  const Expr *accumulator(Type type);
  /// `name` applied to `operands`, simplified. Only the predicate of
  /// `attributes` is kept: fast-math and overflow flags are promises that the
  /// raised program does not need.
  const Expr *apply(OperationName name, DictionaryAttr attributes, Type type,
                    ArrayRef<const Expr *> operands);
  template <typename OpTy>
  const Expr *apply(Type type, ArrayRef<const Expr *> operands) {
    return apply(OperationName(OpTy::getOperationName(), context),
                 DictionaryAttr::get(context), type, operands);
  }
  /// `expr` with its operands replaced.
  const Expr *rebuild(const Expr *expr, ArrayRef<const Expr *> operands) {
    return apply(*expr->name, expr->attributes, expr->type, operands);
  }
  const Expr *logicalNot(const Expr *expr);
  /// The type that stands for `type` in expressions.
  Type canonicalType(Type type) const;

private:
  const Expr *unique(Expr &&expr);
  const Expr *simplify(const Expr &expr);
  const Expr *simplifyReal(const Expr &expr);
  const Expr *simplifyInteger(const Expr &expr);
  const Expr *simplifyCompare(const Expr &expr);

  MLIRContext *context;
  DenseMap<const Expr *, const Expr *> negations;
  llvm::FoldingSet<Expr> nodes;
  SmallVector<std::unique_ptr<Expr>> storage;
};

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_SCALAREXPR_H
