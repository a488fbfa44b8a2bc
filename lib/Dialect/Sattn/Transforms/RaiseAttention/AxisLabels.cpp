//===- AxisLabels.cpp - Labels of axes and reshapes to them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only expand_shape and collapse_shape are made: they cost nothing. An axis
// that would need a transpose is refused.
//
//===----------------------------------------------------------------------===//

#include "AxisLabels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn::raising;

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

/// The atom behind `atom` in the same dimension, in every access that has
/// `atom`; nothing if they differ.
static std::optional<Atom> getCommonSuccessor(Atom atom,
                                              ArrayRef<Holder> holders) {
  std::optional<Atom> common;
  for (const Holder &holder : holders)
    for (const DimIndex &dim : holder.access) {
      auto it = llvm::find(dim.atoms, atom);
      if (it == dim.atoms.end())
        continue;
      if (std::next(it) == dim.atoms.end() ||
          (common && *common != *std::next(it)))
        return std::nullopt;
      common = *std::next(it);
    }
  return common;
}

/// True if `second` follows `first` wherever it is.
static bool alwaysFollows(Atom second, Atom first, ArrayRef<Holder> holders) {
  for (const Holder &holder : holders)
    for (const DimIndex &dim : holder.access) {
      auto it = llvm::find(dim.atoms, second);
      if (it == dim.atoms.end())
        continue;
      if (it == dim.atoms.begin() || *std::prev(it) != first)
        return false;
    }
  return true;
}

/// One label per batch-like atom; atoms that are never apart share one.
void AxisLabels::mergeBatchAtoms(ArrayRef<Atom> batch,
                                 ArrayRef<Holder> holders) {
  llvm::SmallDenseSet<Atom> done;
  for (Atom atom : batch) {
    if (done.contains(atom))
      continue;
    AtomList label = {atom};
    done.insert(atom);
    while (std::optional<Atom> next =
               getCommonSuccessor(label.back(), holders)) {
      if (!llvm::is_contained(batch, *next) || done.contains(*next) ||
          !alwaysFollows(*next, label.back(), holders))
        break;
      label.push_back(*next);
      done.insert(*next);
    }
    labels.push_back(label);
  }
}

bool AxisLabels::assign(const Roles &roles, const Axes &axes,
                        ArrayRef<Holder> holders, Refusal &refusal) {
  this->axes = &axes;
  root = roles.root;
  numUnits = roles.numUnits;
  SmallVector<Holder> all = llvm::to_vector(holders);
  all.push_back(root);
  SmallVector<Atom> batch;
  for (const DimIndex &dim : root.access)
    for (Atom atom : dim.atoms)
      if (!llvm::is_contained(roles.m, atom) &&
          !llvm::is_contained(roles.e, atom))
        batch.push_back(atom);
  labels.resize(numUnits);
  mergeBatchAtoms(batch, all);
  labels.append({roles.m, roles.n, roles.r, roles.e});
  for (const Holder &holder : all)
    if (!checkHolder(holder))
      return refusal.because("an axis is stored in pieces that no reshape joins");
  return true;
}

std::optional<unsigned> AxisLabels::find(ArrayRef<Atom> atoms) const {
  for (auto [label, list] : llvm::enumerate(labels))
    if (!atoms.empty() && ArrayRef<Atom>(list) == atoms)
      return label;
  return std::nullopt;
}

std::optional<SmallVector<SmallVector<AxisLabels::Piece, 2>>>
AxisLabels::getPieces(const Access &access) const {
  SmallVector<SmallVector<Piece, 2>> pieces;
  llvm::SmallBitVector seen(labels.size());
  // Where in its label the last piece ended.
  unsigned label = ~0u, position = 0;
  for (const DimIndex &dim : access) {
    SmallVector<Piece, 2> &parts = pieces.emplace_back();
    for (Atom atom : dim.atoms) {
      bool continues = label != ~0u && position < labels[label].size() &&
                       labels[label][position] == atom;
      if (!continues) {
        if (label != ~0u && position != labels[label].size())
          return std::nullopt;
        auto it = llvm::find_if(labels, [&](const AtomList &list) {
          return !list.empty() && list.front() == atom;
        });
        if (it == labels.end() || seen[it - labels.begin()])
          return std::nullopt;
        label = it - labels.begin();
        seen.set(label);
        position = 0;
      }
      ++position;
      int64_t extent = axes->getExtent(atom);
      if (continues && !parts.empty() && parts.back().label == label) {
        int64_t &whole = parts.back().extent;
        whole = ShapedType::isDynamic(whole) || ShapedType::isDynamic(extent)
                    ? ShapedType::kDynamic
                    : whole * extent;
      } else {
        parts.push_back({label, extent});
      }
    }
  }
  if (label != ~0u && position != labels[label].size())
    return std::nullopt;
  return pieces;
}

bool AxisLabels::checkHolder(const Holder &holder) const {
  auto pieces = getPieces(holder.access);
  if (!pieces)
    return false;
  // expand_shape cannot tell two dynamic extents apart.
  return llvm::all_of(*pieces, [](ArrayRef<Piece> parts) {
    return llvm::count_if(parts, [](const Piece &piece) {
             return ShapedType::isDynamic(piece.extent);
           }) <= 1;
  });
}

int64_t AxisLabels::getExtent(unsigned label) const {
  return axes->getExtent(labels[label]);
}

AffineMap AxisLabels::getMap(ArrayRef<unsigned> list,
                             MLIRContext *context) const {
  return AffineMap::getMultiDimMapWithTargets(labels.size(), list, context);
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// Collapses `tensor` so that result dimension i is the group i.
static Value collapse(OpBuilder &b, Location loc, Value tensor,
                      ArrayRef<ReassociationIndices> groups) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (static_cast<int64_t>(groups.size()) == type.getRank())
    return tensor;
  return tensor::CollapseShapeOp::create(b, loc, tensor, groups);
}

/// Splits dimension i of `tensor` into the extents `parts[i]`.
static Value expand(OpBuilder &b, Location loc, Value tensor,
                    ArrayRef<SmallVector<int64_t>> parts) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<ReassociationIndices> groups;
  SmallVector<int64_t> shape;
  SmallVector<OpFoldResult> sizes;
  for (auto [dim, extents] : llvm::enumerate(parts)) {
    ReassociationIndices &group = groups.emplace_back();
    int64_t known = 1;
    for (int64_t extent : extents)
      if (!ShapedType::isDynamic(extent))
        known *= extent;
    for (int64_t extent : extents) {
      group.push_back(shape.size());
      shape.push_back(extent);
      if (!ShapedType::isDynamic(extent)) {
        sizes.push_back(b.getIndexAttr(extent));
        continue;
      }
      Value size = tensor::DimOp::create(b, loc, tensor, dim);
      if (known != 1)
        size = arith::DivUIOp::create(
            b, loc, size, arith::ConstantIndexOp::create(b, loc, known));
      sizes.push_back(size);
    }
  }
  if (static_cast<int64_t>(shape.size()) == type.getRank())
    return tensor;
  return tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      groups, sizes);
}

/// Removes the dimensions of extent 1 that `isUnit` names.
static Value dropUnits(OpBuilder &b, Location loc, Value tensor,
                       const llvm::SmallBitVector &isUnit) {
  if (isUnit.none())
    return tensor;
  SmallVector<ReassociationIndices> groups;
  ReassociationIndices units;
  for (unsigned dim = 0; dim < isUnit.size(); ++dim) {
    units.push_back(dim);
    if (isUnit[dim])
      continue;
    groups.push_back(std::exchange(units, {}));
  }
  if (!groups.empty())
    groups.back().append(units);
  return collapse(b, loc, tensor, groups);
}

/// Adds dimensions of extent 1 so that `isUnit` names them.
static Value addUnits(OpBuilder &b, Location loc, Value tensor,
                      const llvm::SmallBitVector &isUnit) {
  if (isUnit.none())
    return tensor;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
  if (shape.empty()) {
    SmallVector<int64_t> ones(isUnit.size(), 1);
    return tensor::ExpandShapeOp::create(
        b, loc,
        RankedTensorType::get(
            ones, cast<RankedTensorType>(tensor.getType()).getElementType()),
        tensor, ArrayRef<ReassociationIndices>{}, SmallVector<OpFoldResult>(
            ones.size(), b.getIndexAttr(1)));
  }
  SmallVector<SmallVector<int64_t>> parts;
  SmallVector<int64_t> units;
  unsigned next = 0;
  for (unsigned dim = 0; dim < isUnit.size(); ++dim) {
    if (isUnit[dim]) {
      units.push_back(1);
      continue;
    }
    units.push_back(shape[next++]);
    parts.push_back(std::exchange(units, {}));
  }
  parts.back().append(units);
  return expand(b, loc, tensor, parts);
}

/// Gives `tensor` the static extents `shape`, which its type may not know.
static Value refineType(OpBuilder &b, Location loc, Value tensor,
                        ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getShape() == shape)
    return tensor;
  return tensor::CastOp::create(
      b, loc, RankedTensorType::get(shape, type.getElementType()), tensor);
}

AxisLabels::Labelled AxisLabels::toLabels(OpBuilder &b, Location loc,
                                          const Holder &holder,
                                          ArrayRef<unsigned> required) const {
  auto pieces = *getPieces(holder.access);
  Value tensor = holder.tensor;
  SmallVector<int64_t> shape =
      llvm::to_vector(cast<RankedTensorType>(tensor.getType()).getShape());
  llvm::SmallBitVector isUnit(pieces.size());
  SmallVector<SmallVector<int64_t>> parts;
  for (auto [dim, list] : llvm::enumerate(pieces)) {
    isUnit[dim] = list.empty();
    if (list.empty()) {
      shape[dim] = 1;
      continue;
    }
    if (int64_t extent = axes->getExtent(holder.access[dim].atoms);
        !ShapedType::isDynamic(extent))
      shape[dim] = extent;
    SmallVector<int64_t> &extents = parts.emplace_back();
    for (const Piece &piece : list)
      extents.push_back(piece.extent);
  }
  tensor = refineType(b, loc, tensor, shape);
  tensor = dropUnits(b, loc, tensor, isUnit);
  tensor = expand(b, loc, tensor, parts);
  // Join the pieces of a label that lie in neighbouring dimensions.
  Labelled result;
  SmallVector<ReassociationIndices> groups;
  int64_t position = 0;
  for (ArrayRef<Piece> list : pieces)
    for (const Piece &piece : list) {
      if (result.labels.empty() || result.labels.back() != piece.label) {
        result.labels.push_back(piece.label);
        groups.emplace_back();
      }
      groups.back().push_back(position++);
    }
  result.tensor = collapse(b, loc, tensor, groups);
  for (unsigned label : required) {
    if (llvm::is_contained(result.labels, label))
      continue;
    // In front of the depth, or last.
    bool isRow = label == getM() || label == getN();
    unsigned place = result.labels.size();
    if (isRow && place > 0 &&
        (result.labels.back() == getR() || result.labels.back() == getE()))
      --place;
    llvm::SmallBitVector unit(result.labels.size() + 1);
    unit.set(place);
    result.tensor = addUnits(b, loc, result.tensor, unit);
    result.labels.insert(result.labels.begin() + place, label);
  }
  return result;
}

SmallVector<unsigned> AxisLabels::getRootLabels() const {
  SmallVector<unsigned> list = llvm::to_vector(llvm::seq(0u, numUnits));
  auto pieces = *getPieces(root.access);
  for (ArrayRef<Piece> parts : pieces)
    for (const Piece &piece : parts)
      if (list.empty() || list.back() != piece.label)
        list.push_back(piece.label);
  if (!llvm::is_contained(list, getM()))
    list.insert(!list.empty() && list.back() == getE() ? std::prev(list.end())
                                                       : list.end(),
                getM());
  if (!llvm::is_contained(list, getE()))
    list.push_back(getE());
  return list;
}

Value AxisLabels::toRoot(OpBuilder &b, Location loc, Value tensor) const {
  auto pieces = *getPieces(root.access);
  SmallVector<unsigned> order = getRootLabels();
  llvm::SmallBitVector isAdded(order.size());
  for (auto [dim, label] : llvm::enumerate(order))
    isAdded[dim] = labels[label].empty();
  tensor = dropUnits(b, loc, tensor, isAdded);
  // Labels to pieces, pieces to dimensions, then the dimensions of extent 1.
  SmallVector<SmallVector<int64_t>> parts;
  SmallVector<ReassociationIndices> groups;
  llvm::SmallBitVector isUnit(pieces.size());
  unsigned last = ~0u;
  int64_t position = 0;
  for (auto [dim, list] : llvm::enumerate(pieces)) {
    isUnit[dim] = list.empty();
    if (list.empty())
      continue;
    ReassociationIndices &group = groups.emplace_back();
    for (const Piece &piece : list) {
      if (piece.label != last)
        parts.emplace_back();
      last = piece.label;
      parts.back().push_back(piece.extent);
      group.push_back(position++);
    }
  }
  tensor = expand(b, loc, tensor, parts);
  tensor = collapse(b, loc, tensor, groups);
  tensor = addUnits(b, loc, tensor, isUnit);
  return refineType(
      b, loc, tensor,
      cast<RankedTensorType>(root.tensor.getType()).getShape());
}
