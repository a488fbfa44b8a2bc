//===- ElementReader.cpp - Read tensor programs as expressions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are read on demand from a tensor and an access to it. Index arithmetic
// is done on lists of atoms: a transpose permutes them, a broadcast drops some,
// a reshape concatenates and splits lists.
//
//===----------------------------------------------------------------------===//

#include "ElementReader.h"
#include "SymbolicExtent.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::sattn::raising;

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

AtomList Axes::get(const void *owner, unsigned dim, int64_t extent) {
  Axis axis{owner, dim};
  auto [it, isNew] = lists.insert({axis, {}});
  if (!isNew)
    return it->second;
  auto known = extents.find(axis);
  SmallVector<int64_t> parts =
      known != extents.end() ? known->second : SmallVector<int64_t>{extent};
  for (auto [position, part] : llvm::enumerate(parts)) {
    if (part == 1)
      continue;
    it->second.push_back(atoms.size());
    atoms.push_back({axis, static_cast<unsigned>(position), part});
  }
  return it->second;
}

int64_t Axes::getExtent(ArrayRef<Atom> list) const {
  int64_t product = 1;
  for (Atom atom : list) {
    if (ShapedType::isDynamic(getExtent(atom)))
      return ShapedType::kDynamic;
    product *= getExtent(atom);
  }
  return product;
}

void Axes::split(Atom atom, int64_t minor) {
  const AtomInfo &info = atoms[atom];
  auto [it, isNew] = extents.insert({info.axis, {}});
  if (isNew)
    for (Atom other : lists[info.axis])
      it->second.push_back(atoms[other].extent);
  // Another split of this axis in this round moved the positions: wait.
  if (info.position >= it->second.size() ||
      it->second[info.position] != info.extent) {
    hasNewSplit = true;
    return;
  }
  int64_t major = ShapedType::isDynamic(info.extent) ? info.extent
                                                     : info.extent / minor;
  it->second[info.position] = minor;
  it->second.insert(it->second.begin() + info.position, major);
  hasNewSplit = true;
}

void Axes::startRound() {
  lists.clear();
  atoms.clear();
  hasNewSplit = false;
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

static RankedTensorType getTensorType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

Access ElementReader::getFullAccess(Value tensor) {
  Access access;
  for (auto [dim, extent] : llvm::enumerate(getTensorType(tensor).getShape()))
    access.push_back({axes.get(tensor.getAsOpaquePointer(), dim, extent), 0});
  return access;
}

bool ElementReader::isFull(Value tensor, const Access &access) const {
  llvm::SmallDenseSet<Atom> seen;
  for (auto [extent, dim] : llvm::zip(getTensorType(tensor).getShape(), access)) {
    if (dim.offset != 0)
      return false;
    int64_t covered = axes.getExtent(dim.atoms);
    if (!ShapedType::isDynamic(covered) && !ShapedType::isDynamic(extent) &&
        covered != extent)
      return false;
    // A dynamic dimension that nothing runs over is read at index 0 only.
    if (ShapedType::isDynamic(extent) && dim.atoms.empty())
      return false;
    for (Atom atom : dim.atoms)
      if (!seen.insert(atom).second)
        return false;
  }
  return true;
}

std::optional<SmallVector<AtomList>>
ElementReader::distribute(ArrayRef<Atom> list, ArrayRef<int64_t> extents) {
  // Nothing runs over an empty dimension.
  if (llvm::is_contained(extents, 0) ||
      llvm::any_of(list, [&](Atom atom) { return axes.getExtent(atom) == 0; }))
    return std::nullopt;
  SmallVector<AtomList> result(extents.size());
  SmallVector<unsigned> dynamic;
  for (auto [position, extent] : llvm::enumerate(extents))
    if (ShapedType::isDynamic(extent))
      dynamic.push_back(position);
  if (dynamic.size() > 1)
    return std::nullopt;
  unsigned first = dynamic.empty() ? 0 : dynamic.front() + 1;
  // Minor dimensions take their atoms from the end.
  for (unsigned position = extents.size(); position-- > first;) {
    int64_t needed = extents[position];
    while (needed != 1) {
      if (list.empty())
        return std::nullopt;
      Atom atom = list.back();
      int64_t extent = axes.getExtent(atom);
      if (ShapedType::isDynamic(extent) || extent > needed) {
        if (ShapedType::isDynamic(extent) || extent % needed == 0)
          axes.split(atom, needed);
        return std::nullopt;
      }
      if (needed % extent != 0)
        return std::nullopt;
      needed /= extent;
      result[position].insert(result[position].begin(), atom);
      list = list.drop_back();
    }
  }
  // Major ones in front of the dynamic dimension take them from the front.
  for (unsigned position = 0; position + 1 < first; ++position) {
    int64_t needed = extents[position];
    while (needed != 1) {
      if (list.empty())
        return std::nullopt;
      Atom atom = list.front();
      int64_t extent = axes.getExtent(atom);
      if (ShapedType::isDynamic(extent))
        return std::nullopt;
      if (extent > needed) {
        if (extent % needed == 0)
          axes.split(atom, extent / needed);
        return std::nullopt;
      }
      if (needed % extent != 0)
        return std::nullopt;
      needed /= extent;
      result[position].push_back(atom);
      list = list.drop_front();
    }
  }
  if (!dynamic.empty())
    result[dynamic.front()].assign(list.begin(), list.end());
  else if (!list.empty())
    return std::nullopt;
  return result;
}

/// The row-major number of several dimensions. All of each is read, or only one
/// has more than one element.
bool ElementReader::joinDims(RankedTensorType type, ArrayRef<int64_t> group,
                             const Access &access, DimIndex &joined) {
  for (int64_t position : group) {
    const DimIndex &part = access[position];
    bool isPartial = part.offset != 0 || axes.getExtent(part.atoms) !=
                                             type.getDimSize(position);
    if (isPartial && group.size() > 1)
      return false;
    joined.atoms.append(part.atoms);
    joined.offset += part.offset;
  }
  return true;
}

/// The dimensions of source and result of a reshape that belong together.
static std::optional<SmallVector<ReshapeGroup>> getGroups(Value result) {
  Operation *op = result.getDefiningOp();
  if (isa<tensor::ReshapeOp>(op))
    return getReshapeGroups(op->getOperand(0), result);
  auto expand = dyn_cast<tensor::ExpandShapeOp>(op);
  SmallVector<ReassociationIndices> map =
      expand ? expand.getReassociationIndices()
             : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  SmallVector<ReshapeGroup> groups;
  for (auto [position, list] : llvm::enumerate(map)) {
    ReassociationIndices one = {static_cast<int64_t>(position)};
    groups.push_back(expand ? ReshapeGroup{one, list}
                            : ReshapeGroup{list, one});
  }
  return groups;
}

/// Access to the source of a reshape.
std::optional<Access>
ElementReader::accessThroughReshape(Value source, Value result,
                                    const Access &access) {
  std::optional<SmallVector<ReshapeGroup>> groups = getGroups(result);
  if (!groups)
    return std::nullopt;
  RankedTensorType sourceType = getTensorType(source), resultType = getTensorType(result);
  Access mapped(sourceType.getRank());
  for (const ReshapeGroup &group : *groups) {
    DimIndex joined;
    if (!joinDims(resultType, group.result, access, joined))
      return std::nullopt;
    if (group.source.size() == 1) {
      mapped[group.source.front()] = joined;
      continue;
    }
    if (joined.offset != 0 ||
        (group.result.size() == 1 &&
         axes.getExtent(joined.atoms) !=
             resultType.getDimSize(group.result.front())))
      return std::nullopt;
    SmallVector<int64_t> extents;
    for (int64_t position : group.source)
      extents.push_back(sourceType.getDimSize(position));
    std::optional<SmallVector<AtomList>> parts =
        distribute(joined.atoms, extents);
    if (!parts)
      return std::nullopt;
    for (auto [position, part] : llvm::zip(group.source, *parts))
      mapped[position].atoms = part;
  }
  return mapped;
}

std::optional<Access> ElementReader::accessThroughSlice(Operation *op,
                                                        const Access &access) {
  auto slice = cast<tensor::ExtractSliceOp>(op);
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  Access mapped;
  unsigned next = 0;
  for (unsigned dim = 0; dim < dropped.size(); ++dim) {
    int64_t offset = slice.getStaticOffset(dim);
    if (ShapedType::isDynamic(offset) || slice.getStaticStride(dim) != 1)
      return std::nullopt;
    if (ShapedType::isDynamic(slice.getStaticSize(dim)))
      return std::nullopt;
    mapped.push_back(dropped[dim] ? DimIndex() : access[next++]);
    mapped.back().offset += offset;
  }
  return mapped;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

const Expr *ElementReader::read(Value tensor, const Access &access) {
  for (auto &[known, expr] : cache[tensor])
    if (known == access)
      return expr;
  constexpr unsigned kMaxDepth = 256;
  const Expr *expr = nullptr;
  if (depth < kMaxDepth) {
    llvm::SaveAndRestore nested(depth, depth + 1);
    expr = readUncached(tensor, access);
  }
  if (!expr)
    expr = exprs.element(tensor, access);
  if (isFull(tensor, access))
    expr->holders.push_back({tensor, access});
  cache[tensor].push_back({access, expr});
  return expr;
}

/// Null for a tensor that is not looked through.
const Expr *ElementReader::readUncached(Value tensor, const Access &access) {
  Operation *op = tensor.getDefiningOp();
  if (!op)
    return nullptr;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!elements || !elements.isSplat())
      return nullptr;
    return readConstant(elements.getSplatValue<Attribute>(),
                        elements.getElementType());
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isa<RankedTensorType>(cast.getSource().getType())
               ? read(cast.getSource(), access)
               : nullptr;
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp>(
          op) &&
      isa<RankedTensorType>(op->getOperand(0).getType())) {
    Value source = op->getOperand(0);
    std::optional<Access> mapped = accessThroughReshape(source, tensor, access);
    return mapped ? read(source, *mapped) : nullptr;
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    std::optional<Access> mapped = accessThroughSlice(slice, access);
    return mapped ? read(slice.getSource(), *mapped) : nullptr;
  }
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return readScalar(splat.getInput(), nullptr);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return readLinalg(linalgOp, cast<OpResult>(tensor).getResultNumber(),
                      access);
  if (op->hasTrait<OpTrait::Elementwise>())
    return readElementwise(op, access);
  return nullptr;
}

/// An operation of arith or math on whole tensors.
const Expr *ElementReader::readElementwise(Operation *op,
                                           const Access &access) {
  if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      op->getNumResults() != 1 || isa<arith::BitcastOp>(op))
    return nullptr;
  SmallVector<const Expr *> operands;
  for (Value operand : op->getOperands()) {
    bool isTensor = isa<RankedTensorType>(operand.getType());
    operands.push_back(isTensor ? read(operand, access)
                                : readScalar(operand, nullptr));
  }
  return exprs.apply(op->getName(), op->getAttrDictionary(),
                     getElementTypeOrSelf(op->getResult(0)), operands);
}

//===----------------------------------------------------------------------===//
// Linalg
//===----------------------------------------------------------------------===//

std::optional<ElementReader::Binding>
ElementReader::bind(linalg::LinalgOp op, unsigned result,
                    const Access &access) {
  Binding binding;
  binding.op = op;
  binding.loops.resize(op.getNumLoops());
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(result));
  for (auto [expr, dim] : llvm::zip(map.getResults(), access)) {
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      std::optional<DimIndex> &bound = binding.loops[loop.getPosition()];
      if (bound && !(*bound == dim))
        return std::nullopt;
      bound = dim;
    } else if (expr != getAffineConstantExpr(0, expr.getContext())) {
      return std::nullopt;
    }
  }
  return binding;
}

std::optional<Access> ElementReader::getOperandAccess(const Binding &binding,
                                                      OpOperand &operand) {
  linalg::LinalgOp op = binding.op;
  Access access;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults()) {
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      const std::optional<DimIndex> &index = binding.loops[loop.getPosition()];
      if (!index)
        return std::nullopt;
      access.push_back(*index);
    } else if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
      access.push_back({{}, constant.getValue()});
    } else {
      return std::nullopt;
    }
  }
  return access;
}

const Expr *ElementReader::readLinalg(linalg::LinalgOp op, unsigned result,
                                      const Access &access) {
  if (!op.hasPureTensorSemantics() ||
      op.getNumParallelLoops() != op.getNumLoops())
    return nullptr;
  std::optional<Binding> binding = bind(op, result, access);
  if (!binding)
    return nullptr;
  Operation *yield = op.getBlock()->getTerminator();
  return readScalar(yield->getOperand(result), &*binding);
}

std::optional<ElementReader::Reduction>
ElementReader::readReduction(const Expr *element,
                             std::optional<ArrayRef<Atom>> axis) {
  if (element->kind != Expr::Kind::Element)
    return std::nullopt;
  auto op = element->value.getDefiningOp<linalg::LinalgOp>();
  if (!op || !op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0)
    return std::nullopt;
  if (op.getNumReductionLoops() + op.getNumParallelLoops() != op.getNumLoops())
    return std::nullopt;
  if (axis && op.getNumReductionLoops() != 1)
    return std::nullopt;
  unsigned result = cast<OpResult>(element->value).getResultNumber();
  std::optional<Binding> binding = bind(op, result, element->access);
  if (!binding)
    return std::nullopt;
  binding->accumulatorResult = result;
  Reduction reduction{op, nullptr, nullptr, {}};
  SmallVector<int64_t, 4> extents = op.getStaticLoopRanges();
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  for (unsigned loop : loops) {
    AtomList list = axis ? AtomList(axis->begin(), axis->end())
                         : axes.get(op.getOperation(), loop, extents[loop]);
    int64_t extent = axes.getExtent(list);
    if (axis && !ShapedType::isDynamic(extent) &&
        !ShapedType::isDynamic(extents[loop]) && extent != extents[loop])
      return std::nullopt;
    binding->loops[loop] = DimIndex{list, 0};
    reduction.reduced.append(list);
  }
  reduction.init = read(op.getDpsInitOperand(result)->get(), element->access);
  Operation *yield = op.getBlock()->getTerminator();
  reduction.body = readScalar(yield->getOperand(result), &*binding);
  if (!reduction.body)
    return std::nullopt;
  return reduction;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

const Expr *ElementReader::readConstant(Attribute value, Type type) {
  if (auto real = dyn_cast<FloatAttr>(value))
    return exprs.real(real.getValueAsDouble());
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    APInt bits = integer.getValue();
    if (bits.getSignificantBits() <= 64)
      return exprs.integer(bits.getBitWidth() == 1 ? bits.getZExtValue()
                                                   : bits.getSExtValue(),
                           type);
  }
  return nullptr;
}

/// Null if the value cannot be expressed.
const Expr *ElementReader::readScalar(Value value, const Binding *binding) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (binding && argument.getOwner() == binding->getBody())
      return readArgument(argument, *binding);
    return exprs.scalar(value);
  }
  Operation *op = value.getDefiningOp();
  bool isInside = binding && op->getBlock() == binding->getBody();
  auto &known = isInside ? binding->scalars : scalars;
  if (auto it = known.find(value); it != known.end())
    return it->second;
  constexpr unsigned kMaxDepth = 256;
  const Expr *expr = nullptr;
  if (depth < kMaxDepth) {
    llvm::SaveAndRestore nested(depth, depth + 1);
    expr = readOperation(op, isInside ? binding : nullptr);
  }
  if (!expr && !isInside)
    expr = exprs.scalar(value);
  known[value] = expr;
  return expr;
}

const Expr *ElementReader::readArgument(BlockArgument argument,
                                        const Binding &binding) {
  linalg::LinalgOp op = binding.op;
  OpOperand *operand = op.getMatchingOpOperand(argument);
  if (binding.accumulatorResult &&
      operand == op.getDpsInitOperand(*binding.accumulatorResult))
    return exprs.accumulator(argument.getType());
  if (!isa<RankedTensorType>(operand->get().getType()))
    return readScalar(operand->get(), nullptr);
  std::optional<Access> access = getOperandAccess(binding, *operand);
  return access ? read(operand->get(), *access) : nullptr;
}

/// Broadcasts that are decided at run time read index (extent == 1 ? 0 : i). That
/// is i where the loop has that extent.
Value ElementReader::dropBroadcastTest(Value index, const Binding &binding) {
  auto select = index.getDefiningOp<arith::SelectOp>();
  if (!select || !matchPattern(select.getTrueValue(), m_Zero()))
    return index;
  auto loop = select.getFalseValue().getDefiningOp<linalg::IndexOp>();
  auto compare = select.getCondition().getDefiningOp<arith::CmpIOp>();
  if (!loop || !compare ||
      compare.getPredicate() != arith::CmpIPredicate::eq ||
      !matchPattern(compare.getRhs(), m_One()))
    return index;
  if (options.assumeNoBroadcast)
    return loop;
  linalg::LinalgOp op = binding.op;
  OpOperand *init = op.getDpsInitOperand(0);
  std::optional<unsigned> dim =
      op.getMatchingIndexingMap(init).getResultPosition(
          getAffineDimExpr(loop.getDim(), op.getContext()));
  if (dim && getDimExtent(init->get(), *dim) ==
                 getSymbolicExtent(compare.getLhs()))
    return loop;
  return index;
}

const Expr *ElementReader::readOperation(Operation *op,
                                         const Binding *binding) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return readConstant(constant.getValue(), constant.getType());
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    if (!binding || op->getBlock() != binding->getBody() ||
        !binding->loops[index.getDim()])
      return nullptr;
    return exprs.index(*binding->loops[index.getDim()]);
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    Access access;
    for (Value index : extract.getIndices()) {
      if (binding)
        index = dropBroadcastTest(index, *binding);
      const Expr *expr = readScalar(index, binding);
      if (expr && expr->kind == Expr::Kind::Index)
        access.push_back(expr->index);
      else if (expr && expr->kind == Expr::Kind::Integer)
        access.push_back({{}, expr->integer});
      else
        return nullptr;
    }
    return read(extract.getTensor(), access);
  }
  if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      op->getNumResults() != 1 || op->getNumRegions() != 0 ||
      isa<arith::BitcastOp>(op) || isa<ShapedType>(op->getResult(0).getType()))
    return nullptr;
  SmallVector<const Expr *> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(readScalar(operand, binding));
    if (!operands.back())
      return nullptr;
  }
  return exprs.apply(op->getName(), op->getAttrDictionary(),
                     op->getResult(0).getType(), operands);
}
