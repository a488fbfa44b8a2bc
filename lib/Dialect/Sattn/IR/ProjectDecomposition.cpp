//===- ProjectDecomposition.cpp - Meaning of sattn.project -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every structured matrix is a sum of MLBTC terms, and a term is two batched
// contractions: one side's factor turns features of a token into those of the
// factorised form, the other side's factor turns these into features again.
//
// Axes are named by letters. A plain term has
//   factors left[k, i, r], right[k, i, r], columns of the factorised form (r,
//   k)
// and views an outer feature axis as (k, i). A shuffled term (Block
// Tensor-Train)
//   M[(i, b), (g, j)] = sum_s left[b, i, (g, s)] right[g, j, (b, s)]
// has the columns (b, g, s). `i` is the axis that a factor sums over or brings
// back; both sides call theirs i.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/IR/LinalgBuilders.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// One side of a term: its factor and how it sees the outer feature axis.
struct TermSide {
  /// Null for identity matrices.
  LabelledTensor factor;
  /// Two letters, the coarse axis first, and their extents.
  std::string view;
  SmallVector<int64_t> viewSizes;
};

struct TermAxes {
  TermSide left, right;
  /// Axes of the factorised form, in the order of its columns.
  std::string features;
  SmallVector<int64_t> featureSizes;
};

class ProjectionBuilder {
public:
  ProjectionBuilder(OpBuilder &builder, ProjectOp op);
  Value build();

private:
  TermAxes getAxes(const MlbtcTerm &term, Value left, Value right);
  Labels getLabels(bool withHeads, StringRef inner);
  /// The input with its last axis seen as `side` sees it.
  LabelledTensor viewInput(const TermSide &side);
  /// init + alpha * the sum of products of `operands`, over `inner` axes of
  /// extents `sizes`; heads where an operand has them or `withHeads` is set.
  LabelledTensor contract(ArrayRef<LabelledTensor> operands, double alpha,
                          StringRef inner, ArrayRef<int64_t> sizes,
                          bool withHeads = false, Value init = {});
  /// Features of the factorised form of one term.
  LabelledTensor buildFeatures(const TermAxes &axes, bool isLeft, double alpha,
                               bool withHeads = false);
  /// `sum` + the term applied from one side to the other; `sum` may be null.
  Value buildProduct(const TermAxes &axes, bool fromLeft, double alpha,
                     Value sum);
  Value buildAllFeatures(ArrayRef<MlbtcTerm> terms, ArrayRef<TermAxes> axes);

  OpBuilder &builder;
  ProjectOp op;
  Location loc;
  FloatType accumulator;
  bool hasHeads, isHeadwise;
  /// Extents of the axes in front of the features, heads included.
  llvm::DenseMap<unsigned, OpFoldResult> extents;
};

} // namespace

static constexpr unsigned kHeads = 'h';
/// The axes of the input in front of its features and without heads.
static constexpr unsigned kFirstRow = 256;

/// Splits the last axis into `sizes`.
static Value expandLast(OpBuilder &builder, Location loc, Value tensor,
                        ArrayRef<int64_t> sizes) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape().drop_back());
  SmallVector<ReassociationIndices> axes;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    axes.push_back({int64_t(axis)});
  ReassociationIndices &last = axes.emplace_back();
  for (int64_t size : sizes) {
    last.push_back(shape.size());
    shape.push_back(size);
  }
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      axes);
}

/// Joins the last `count` axes.
static Value collapseLast(OpBuilder &builder, Location loc, Value tensor,
                          int64_t count) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  SmallVector<ReassociationIndices> axes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (axis <= rank - count)
      axes.emplace_back();
    axes.back().push_back(axis);
  }
  return tensor::CollapseShapeOp::create(builder, loc, tensor, axes);
}

ProjectionBuilder::ProjectionBuilder(OpBuilder &builder, ProjectOp op)
    : builder(builder), op(op), loc(op.getLoc()),
      hasHeads(op.getFactorWithHeads()), isHeadwise(op.isHeadwise()) {
  accumulator = getAccumulatorType({op.getInput(), op.getResult()});
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, op.getInput());
  Labels labels = getLabels(isHeadwise, "");
  for (auto [label, size] :
       llvm::zip_equal(labels, ArrayRef(sizes).drop_back()))
    extents[label] = size;
  if (hasHeads && !isHeadwise)
    extents[kHeads] =
        tensor::getMixedSize(builder, loc, op.getFactorWithHeads(), 0);
}

Labels ProjectionBuilder::getLabels(bool withHeads, StringRef inner) {
  Labels labels;
  int64_t rows = op.getInput().getType().getRank() - 1 - isHeadwise;
  for (int64_t axis = 0; axis < rows; ++axis)
    labels.push_back(kFirstRow + axis);
  if (withHeads)
    labels.insert(labels.end() - 1, kHeads);
  llvm::append_range(labels, toLabels(inner));
  return labels;
}

TermAxes ProjectionBuilder::getAxes(const MlbtcTerm &term, Value left,
                                    Value right) {
  TermAxes axes;
  std::string leftAxes = "kir", rightAxes = "kir";
  if (term.shuffled) {
    int64_t b = term.left[0], g = term.right[0], s = term.left[2] / g;
    axes.features = "bgs";
    axes.featureSizes = {b, g, s};
    axes.left.view = "ib";
    axes.left.viewSizes = {term.left[1], b};
    axes.right.view = "gi";
    axes.right.viewSizes = {g, term.right[1]};
    leftAxes = "bigs";
    rightAxes = "gibs";
    left = left ? expandLast(builder, loc, left, {g, s}) : left;
    right = right ? expandLast(builder, loc, right, {b, s}) : right;
  } else {
    axes.features = "rk";
    axes.featureSizes = {term.right[2], term.right[0]};
    axes.left.view = axes.right.view = "ki";
    axes.left.viewSizes = {term.left[0], term.left[1]};
    axes.right.viewSizes = {term.right[0], term.right[1]};
  }
  for (auto [side, factor, letters] :
       {std::tuple(&axes.left, left, leftAxes),
        std::tuple(&axes.right, right, rightAxes)}) {
    if (!factor) {
      // An identity matrix: i is r.
      std::replace(side->view.begin(), side->view.end(), 'i', 'r');
      continue;
    }
    int64_t rank = cast<RankedTensorType>(factor.getType()).getRank();
    bool factorHasHeads = rank > int64_t(letters.size());
    side->factor = {factor, toLabels((factorHasHeads ? "h" : "") + letters)};
  }
  return axes;
}

LabelledTensor ProjectionBuilder::viewInput(const TermSide &side) {
  return {expandLast(builder, loc, op.getInput(), side.viewSizes),
          getLabels(isHeadwise, side.view)};
}

LabelledTensor ProjectionBuilder::contract(ArrayRef<LabelledTensor> operands,
                                           double alpha, StringRef inner,
                                           ArrayRef<int64_t> sizes,
                                           bool withHeads, Value init) {
  for (const LabelledTensor &operand : operands)
    withHeads |= llvm::is_contained(operand.labels, kHeads);
  Labels labels = getLabels(withHeads, inner);
  if (!init) {
    SmallVector<OpFoldResult> shape;
    for (unsigned label : ArrayRef(labels).drop_back(sizes.size()))
      shape.push_back(extents[label]);
    for (int64_t size : sizes)
      shape.push_back(builder.getIndexAttr(size));
    init = createFilled(builder, loc, shape, accumulator, 0.0);
  }
  auto body = [&](OpBuilder &b, Location bodyLoc, ValueRange inputs,
                  ValueRange outputs) {
    Value product = inputs.front();
    for (Value input : inputs.drop_front())
      product = arith::MulFOp::create(b, bodyLoc, product, input);
    if (alpha != 1.0) {
      Value factor = arith::ConstantOp::create(
          b, bodyLoc, b.getFloatAttr(accumulator, alpha));
      product = arith::MulFOp::create(b, bodyLoc, product, factor);
    }
    Value sum = arith::AddFOp::create(b, bodyLoc, outputs.front(), product);
    return SmallVector<Value>{sum};
  };
  Value result =
      createGeneric(builder, loc, operands, {{init, labels}}, accumulator, body)
          .front();
  return {result, labels};
}

LabelledTensor ProjectionBuilder::buildFeatures(const TermAxes &axes,
                                                bool isLeft, double alpha,
                                                bool withHeads) {
  const TermSide &side = isLeft ? axes.left : axes.right;
  SmallVector<LabelledTensor> operands{viewInput(side)};
  if (side.factor.value)
    operands.push_back(side.factor);
  return contract(operands, alpha, axes.features, axes.featureSizes, withHeads);
}

Value ProjectionBuilder::buildProduct(const TermAxes &axes, bool fromLeft,
                                      double alpha, Value sum) {
  const TermSide &from = fromLeft ? axes.left : axes.right;
  const TermSide &to = fromLeft ? axes.right : axes.left;
  SmallVector<LabelledTensor> operands;
  // Identity matrices on one side leave one contraction.
  if (from.factor.value && to.factor.value)
    operands = {buildFeatures(axes, fromLeft, 1.0), to.factor};
  else
    operands = {viewInput(from), from.factor.value ? from.factor : to.factor};
  if (sum)
    sum = expandLast(builder, loc, sum, to.viewSizes);
  Value product =
      contract(operands, alpha, to.view, to.viewSizes, hasHeads, sum).value;
  return collapseLast(builder, loc, product, 2);
}

Value ProjectionBuilder::buildAllFeatures(ArrayRef<MlbtcTerm> terms,
                                          ArrayRef<TermAxes> axes) {
  bool isLeft = op.getPart() == Part::Query;
  Type elementType = op.getType().getElementType();
  SmallVector<Value> parts;
  for (auto [term, termAxes] : llvm::zip_equal(terms, axes)) {
    // alpha is on the query side.
    double alpha = isLeft ? term.alpha : 1.0;
    Value part = buildFeatures(termAxes, isLeft, alpha, hasHeads).value;
    part = collapseLast(builder, loc, part, termAxes.features.size());
    auto type = cast<RankedTensorType>(part.getType());
    parts.push_back(convertTensor(builder, loc, part, type.clone(elementType)));
  }
  if (parts.size() == 1)
    return parts.front();

  SmallVector<OpFoldResult> shape;
  for (unsigned label : getLabels(hasHeads, ""))
    shape.push_back(extents[label]);
  shape.push_back(builder.getIndexAttr(op.getType().getShape().back()));
  Value result = createEmpty(builder, loc, shape, elementType);
  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(shape.size(), builder.getIndexAttr(1));
  int64_t offset = 0;
  for (auto [term, part] : llvm::zip_equal(terms, parts)) {
    offsets.back() = builder.getIndexAttr(offset);
    shape.back() = builder.getIndexAttr(term.getNumFeatures());
    result = tensor::InsertSliceOp::create(builder, loc, part, result, offsets,
                                           shape, strides);
    offset += term.getNumFeatures();
  }
  return result;
}

Value ProjectionBuilder::build() {
  StructuredMatrixAttrInterface structure = op.getStructure();
  auto [rows, columns] = op.getMatrixShape();
  SmallVector<MlbtcTerm> terms = structure.toMlbtc(rows, columns);
  SmallVector<Value> factors =
      structure.buildMlbtcFactors(builder, loc, op.getFactors(), rows, columns);
  SmallVector<TermAxes, 0> axes;
  for (auto [i, term] : llvm::enumerate(terms))
    axes.push_back(getAxes(term, factors[2 * i], factors[2 * i + 1]));

  if (op.getPart() == Part::Query || op.getPart() == Part::Key)
    return buildAllFeatures(terms, axes);
  Value sum;
  for (auto [term, termAxes] : llvm::zip_equal(terms, axes))
    sum = buildProduct(termAxes, op.getPart() == Part::Transposed, term.alpha,
                       sum);
  return sum;
}

FailureOr<SmallVector<Value>>
ProjectOp::decomposeOperation(OpBuilder &builder) {
  Value result = ProjectionBuilder(builder, *this).build();
  return SmallVector<Value>{
      convertTensor(builder, getLoc(), result, getType())};
}
