//===- ProjectPanels.cpp - Structured matrices on panels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two contractions of each MLBTC term (see ProjectDecomposition.cpp, whose
// letters are used here) as loops over register tiles: `rows` output features
// are accumulators, each step reads one vector of input and as many weights.
//
//===----------------------------------------------------------------------===//

#include "TokenPanels.h"
#include <map>

using namespace mlir;
using namespace mlir::sattn;

using Values = TileBuilder::Values;

namespace {

/// A sum of axes times strides: where a tensor has an element.
using Index = SmallVector<std::pair<char, int64_t>, 3>;

/// One side of a term.
struct Side {
  /// Null for identity matrices.
  Value factor;
  /// One index per axis of the factor behind the heads.
  SmallVector<Index, 3> factorIndices;
  /// Place of an outer feature, and of a feature of the factorised form.
  Index view, features;
  std::map<char, int64_t> sizes;
};

/// output[outputIndex] += alpha * sum of input[inputIndex] * factor.
struct Contraction {
  const Side &side;
  Index inputIndex, outputIndex;
  double alpha;
  /// Added to the output's place.
  int64_t offset = 0;
  /// Start from the output's contents instead of 0.
  bool accumulate = false;
};

class ContractionBuilder {
public:
  ContractionBuilder(TileBuilder &builder, const RegisterTile &tile,
                     const Contraction &contraction, Value head);
  /// Returns `output` with the result written.
  Value build(Value input, Value output);

private:
  using Positions = std::map<char, Value>;

  bool contains(const Index &index, char axis) const {
    return llvm::any_of(index, [&](auto term) { return term.first == axis; });
  }
  int64_t getSize(char axis) const { return c.side.sizes.at(axis); }
  Value getPlace(const Index &index, const Positions &positions,
                 int64_t offset);
  Value readWeight(const Positions &positions);
  /// Loops over `axes` and then calls `body`.
  Values buildLoops(ArrayRef<char> axes, Positions &positions, ValueRange inits,
                    function_ref<Values(ValueRange)> body);
  /// `count` outputs that follow each other along the tile axis.
  Value buildTile(Value input, Value output, Positions &positions,
                  int64_t count);

  TileBuilder &b;
  int64_t maxRows;
  const Contraction &c;
  Value head;
  /// Axes of the output that are loops, the axis of register tiles (0 if the
  /// output has none that the input lacks), axes that are summed over.
  SmallVector<char> outer, reductions;
  char tileAxis = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// One contraction
//===----------------------------------------------------------------------===//

ContractionBuilder::ContractionBuilder(TileBuilder &builder,
                                       const RegisterTile &tile,
                                       const Contraction &contraction,
                                       Value head)
    : b(builder), maxRows(tile.rows), c(contraction), head(head) {
  for (auto [axis, stride] : c.outputIndex)
    if (!contains(c.inputIndex, axis) &&
        (!tileAxis || getSize(axis) > getSize(tileAxis)))
      tileAxis = axis;
  for (auto [axis, stride] : c.outputIndex)
    if (axis != tileAxis)
      outer.push_back(axis);
  for (auto [axis, stride] : c.inputIndex)
    if (!contains(c.outputIndex, axis))
      reductions.push_back(axis);
}

Value ContractionBuilder::getPlace(const Index &index,
                                   const Positions &positions, int64_t offset) {
  Value place;
  for (auto [axis, stride] : index) {
    Value term = positions.at(axis);
    if (stride != 1)
      term = b.mul(term, stride);
    place = place ? b.add(place, term) : term;
  }
  return b.add(place, offset);
}

Value ContractionBuilder::readWeight(const Positions &positions) {
  auto type = cast<RankedTensorType>(c.side.factor.getType());
  SmallVector<Value> indices;
  if (type.getRank() > int64_t(c.side.factorIndices.size()))
    indices.push_back(head);
  for (const Index &index : c.side.factorIndices)
    indices.push_back(getPlace(index, positions, 0));
  Value weight = tensor::ExtractOp::create(b, c.side.factor, indices);
  return b.broadcast(b.convert(weight, b.getElement()));
}

Values ContractionBuilder::buildLoops(ArrayRef<char> axes, Positions &positions,
                                      ValueRange inits,
                                      function_ref<Values(ValueRange)> body) {
  if (axes.empty())
    return body(inits);
  return b.loop(b.index(0), b.index(getSize(axes.front())), 1, inits,
                [&](Value iv, ValueRange carried) {
                  positions[axes.front()] = iv;
                  return buildLoops(axes.drop_front(), positions, carried,
                                    body);
                });
}

Value ContractionBuilder::buildTile(Value input, Value output,
                                    Positions &positions, int64_t count) {
  Value first = tileAxis ? positions[tileAxis] : Value();
  auto select = [&](int64_t row) {
    if (tileAxis)
      positions[tileAxis] = b.add(first, row);
  };
  SmallVector<Value> places;
  for (int64_t row = 0; row < count; ++row) {
    select(row);
    places.push_back(getPlace(c.outputIndex, positions, c.offset));
  }
  auto step = [&](ValueRange sums) {
    Value x =
        b.readRow(input, {getPlace(c.inputIndex, positions, 0), b.index(0)});
    Values results;
    for (auto [row, sum] : llvm::enumerate(sums)) {
      select(row);
      results.push_back(c.side.factor ? b.fma(readWeight(positions), x, sum)
                                      : b.addf(x, sum));
    }
    return results;
  };
  Values zeros(count, b.splat(0.0));
  Values sums = buildLoops(reductions, positions, zeros, step);
  for (auto [place, sum] : llvm::zip_equal(places, sums)) {
    if (c.alpha != 1.0)
      sum = b.mulf(sum, b.splat(c.alpha));
    if (c.accumulate)
      sum = b.addf(b.readRow(output, {place, b.index(0)}), sum);
    output = b.writeRow(sum, output, {place, b.index(0)});
  }
  if (tileAxis)
    positions[tileAxis] = first;
  return output;
}

Value ContractionBuilder::build(Value input, Value output) {
  Positions positions;
  auto buildTiles = [&](ValueRange carried) {
    Value result = carried.front();
    if (!tileAxis)
      return Values{buildTile(input, result, positions, 1)};
    // Tiles whose sizes differ by 1 at most: a small one would wait for its few sums.
    int64_t size = getSize(tileAxis), tiles = llvm::divideCeil(size, maxRows);
    int64_t rows = size / tiles, larger = size % tiles * (rows + 1);
    auto buildRange = [&](int64_t first, int64_t end, int64_t count) {
      if (first == end)
        return;
      result = b.loop(b.index(first), b.index(end), count, result,
                      [&](Value iv, ValueRange inner) {
                        positions[tileAxis] = iv;
                        return Values{buildTile(input, inner.front(), positions, count)};
                      })
                   .front();
    };
    buildRange(0, larger, rows + 1);
    buildRange(larger, size, rows);
    return Values{result};
  };
  return buildLoops(outer, positions, output, buildTiles).front();
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

static std::pair<Side, Side> getSides(const MlbtcTerm &term, Value left,
                                      Value right) {
  Side l, r;
  l.factor = left;
  r.factor = right;
  if (!term.shuffled) {
    int64_t blocks = term.right[0], rank = term.right[2];
    for (auto [side, width] :
         {std::pair(&l, term.left[1]), std::pair(&r, term.right[1])}) {
      // The identity matrix: i is r.
      char inner = side->factor ? 'i' : 'r';
      side->view = {{'k', width}, {inner, 1}};
      side->features = {{'r', blocks}, {'k', 1}};
      side->factorIndices = {{{'k', 1}}, {{'i', 1}}, {{'r', 1}}};
      side->sizes = {{'k', blocks}, {'r', rank}, {'i', width}};
    }
    return {l, r};
  }
  int64_t b = term.left[0], g = term.right[0], s = term.left[2] / g;
  l.features = r.features = {{'b', g * s}, {'g', s}, {'s', 1}};
  l.sizes = {{'b', b}, {'g', g}, {'s', s}, {'i', term.left[1]}};
  r.sizes = {{'b', b}, {'g', g}, {'s', s}, {'i', term.right[1]}};
  l.view = {{'i', b}, {'b', 1}};
  l.factorIndices = {{{'b', 1}}, {{'i', 1}}, {{'g', s}, {'s', 1}}};
  r.view = {{'g', term.right[1]}, {'i', 1}};
  r.factorIndices = {{{'g', 1}}, {{'i', 1}}, {{'b', s}, {'s', 1}}};
  return {l, r};
}

/// output += alpha * (to-side of the term) (from-side of the term)^T panel.
static Value emitProduct(TileBuilder &b, const RegisterTile &tile,
                         const MlbtcTerm &term, const Side &from,
                         const Side &to, Value panel, Value output,
                         bool accumulate, Value head) {
  // Identity matrices on one side leave one contraction.
  if (!from.factor || !to.factor) {
    Contraction only{
        from.factor ? from : to, from.view, to.view, term.alpha, 0, accumulate};
    return ContractionBuilder(b, tile, only, head).build(panel, output);
  }
  Contraction first{from, from.view, from.features, 1.0};
  Value features = createPanel(b, term.getNumFeatures());
  features = ContractionBuilder(b, tile, first, head).build(panel, features);
  Contraction second{to, to.features, to.view, term.alpha, 0, accumulate};
  return ContractionBuilder(b, tile, second, head).build(features, output);
}

Value mlir::sattn::emitProject(TileBuilder &b, ProjectOp op, Value panel,
                               Value head, const RegisterTile &tile) {
  auto [rows, columns] = op.getMatrixShape();
  StructuredMatrixAttrInterface structure = op.getStructure();
  SmallVector<MlbtcTerm> terms = structure.toMlbtc(rows, columns);
  // Made once for all panels: in front of the loop over them.
  SmallVector<Value> factors;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(op);
    factors = structure.buildMlbtcFactors(b, op.getLoc(), op.getFactors(), rows,
                                          columns);
  }
  Part part = op.getPart();
  Value output = createPanel(b, op.getType().getShape().back());
  int64_t offset = 0;
  for (auto [i, term] : llvm::enumerate(terms)) {
    auto [left, right] = getSides(term, factors[2 * i], factors[2 * i + 1]);
    if (part == Part::Full) {
      output =
          emitProduct(b, tile, term, right, left, panel, output, i > 0, head);
    } else if (part == Part::Transposed) {
      output =
          emitProduct(b, tile, term, left, right, panel, output, i > 0, head);
    } else {
      // alpha is on the query side.
      const Side &side = part == Part::Query ? left : right;
      Contraction features{side, side.view, side.features,
                           part == Part::Query ? term.alpha : 1.0, offset};
      output = ContractionBuilder(b, tile, features, head).build(panel, output);
      offset += term.getNumFeatures();
    }
  }
  return output;
}
