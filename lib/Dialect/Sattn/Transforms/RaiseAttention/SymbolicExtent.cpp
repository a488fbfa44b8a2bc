//===- SymbolicExtent.cpp - Products of dynamic extents -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shapes that a program computes are followed back to the extents of its
// inputs, so that a `tensor.reshape` reads as an expand_shape or collapse_shape.
//
//===----------------------------------------------------------------------===//

#include "SymbolicExtent.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace mlir::sattn::raising;

static void sortSymbols(SymbolicExtent &extent) {
  llvm::sort(extent.symbols, [](const auto &a, const auto &b) {
    return std::make_pair(a.first.getAsOpaquePointer(), a.second) <
           std::make_pair(b.first.getAsOpaquePointer(), b.second);
  });
}

SymbolicExtent SymbolicExtent::operator*(const SymbolicExtent &other) const {
  SymbolicExtent product = *this;
  product.factor *= other.factor;
  product.symbols.append(other.symbols);
  sortSymbols(product);
  return product;
}

bool SymbolicExtent::divides(const SymbolicExtent &other) const {
  if (factor == 0 || other.factor % factor != 0)
    return false;
  auto rest = other.symbols;
  for (const auto &symbol : symbols) {
    auto it = llvm::find(rest, symbol);
    if (it == rest.end())
      return false;
    rest.erase(it);
  }
  return true;
}

/// Shape computations guard against negative extents, which do not exist.
static bool isTestForNegative(Value condition, unsigned depth) {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  return compare && compare.getPredicate() == arith::CmpIPredicate::slt &&
         matchPattern(compare.getRhs(), m_Zero()) &&
         getSymbolicExtent(compare.getLhs(), depth).factor > 0;
}

/// Longer computations are symbols of their own.
static constexpr unsigned kMaxDepth = 10;

SymbolicExtent mlir::sattn::raising::getSymbolicExtent(Value value,
                                                       unsigned depth) {
  if (depth > kMaxDepth)
    return {1, {{value, -1}}};
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return {constant.getSExtValue(), {}};
  Operation *op = value.getDefiningOp();
  if (isa_and_present<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
                      arith::TruncIOp>(op))
    return getSymbolicExtent(op->getOperand(0), depth + 1);
  if (isa_and_present<arith::MulIOp>(op))
    return getSymbolicExtent(op->getOperand(0), depth + 1) *
           getSymbolicExtent(op->getOperand(1), depth + 1);
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    if (isTestForNegative(select.getCondition(), depth + 1))
      return getSymbolicExtent(select.getFalseValue(), depth + 1);
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op))
    if (std::optional<int64_t> index = dim.getConstantIndex())
      if (isa<RankedTensorType>(dim.getSource().getType()))
        return getDimExtent(dim.getSource(), *index, depth + 1);
  return {1, {{value, -1}}};
}

SymbolicExtent mlir::sattn::raising::getDimExtent(Value tensor, int64_t dim,
                                                  unsigned depth) {
  if (depth > kMaxDepth)
    return {1, {{tensor, dim}}};
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return {type.getDimSize(dim), {}};
  Operation *op = tensor.getDefiningOp();
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return getSymbolicExtent(empty.getDynamicSize(dim), depth + 1);
  if (auto dps = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return getDimExtent(dps.getTiedOpOperand(cast<OpResult>(tensor))->get(),
                        dim, depth + 1);
  if (auto reshape = dyn_cast_or_null<tensor::ReshapeOp>(op))
    if (auto shape =
            reshape.getShape().getDefiningOp<tensor::FromElementsOp>())
      return getSymbolicExtent(shape.getElements()[dim], depth + 1);
  return {1, {{tensor, dim}}};
}

std::optional<SmallVector<ReshapeGroup>>
mlir::sattn::raising::getReshapeGroups(Value source, Value result) {
  int64_t sourceRank = cast<RankedTensorType>(source.getType()).getRank();
  int64_t resultRank = cast<RankedTensorType>(result.getType()).getRank();
  SmallVector<ReshapeGroup> groups;
  int64_t i = 0, j = 0;
  while (i < sourceRank && j < resultRank) {
    ReshapeGroup group{{i}, {j}};
    SymbolicExtent a = getDimExtent(source, i++);
    SymbolicExtent b = getDimExtent(result, j++);
    while (!(a == b)) {
      if (a.divides(b) && i < sourceRank) {
        group.source.push_back(i);
        a = a * getDimExtent(source, i++);
      } else if (b.divides(a) && j < resultRank) {
        group.result.push_back(j);
        b = b * getDimExtent(result, j++);
      } else {
        return std::nullopt;
      }
    }
    groups.push_back(group);
  }
  // What is left has extent 1.
  for (; i < sourceRank; ++i) {
    if (groups.empty() || !(getDimExtent(source, i) == SymbolicExtent()))
      return std::nullopt;
    groups.back().source.push_back(i);
  }
  for (; j < resultRank; ++j) {
    if (groups.empty() || !(getDimExtent(result, j) == SymbolicExtent()))
      return std::nullopt;
    groups.back().result.push_back(j);
  }
  return groups;
}
