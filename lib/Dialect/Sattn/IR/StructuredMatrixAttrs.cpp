//===- StructuredMatrixAttrs.cpp - Structured matrices over features -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each structured matrix is: its parameters, the shapes of its factors and
// the member of the MLBTC family that it equals. The IR that brings the factors
// into the form of that member is in StructuredMatrixFactors.cpp.
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::sattn;

/// Products of two sizes stay far from overflow.
static constexpr int64_t kMaxSize = std::numeric_limits<int32_t>::max();

static LogicalResult verifySize(function_ref<InFlightDiagnostic()> emitError,
                                const Twine &name, int64_t size) {
  if (size >= 1 && size <= kMaxSize)
    return success();
  return emitError() << "expected '" << name << "' from 1 to " << kMaxSize
                     << ", got " << size;
}

static LogicalResult verifySizes(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name, ArrayRef<int64_t> sizes) {
  for (auto [i, size] : llvm::enumerate(sizes))
    if (failed(verifySize(emitError, name + "[" + Twine(i) + "]", size)))
      return failure();
  return success();
}

/// The split of an axis into two, as in `query = [a, b]`.
static LogicalResult verifySplit(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name, ArrayRef<int64_t> sizes) {
  if (sizes.size() != 2)
    return emitError() << "expected 2 sizes in '" << name << "', got "
                       << sizes.size();
  return verifySizes(emitError, name, sizes);
}

/// `extent` / `parts`, dynamic if `extent` is.
static int64_t divide(int64_t extent, int64_t parts) {
  return ShapedType::isDynamic(extent) ? extent : extent / parts;
}

/// Extent of axis `fromEnd` (1: the last) of factor `index` times `parts`,
/// dynamic if the type does not say.
static int64_t getFactorExtent(TypeRange factors, unsigned index,
                               unsigned fromEnd, int64_t parts = 1) {
  if (index >= factors.size())
    return ShapedType::kDynamic;
  auto type = dyn_cast<RankedTensorType>(factors[index]);
  if (!type || type.getRank() < int64_t(fromEnd))
    return ShapedType::kDynamic;
  int64_t extent = type.getDimSize(type.getRank() - fromEnd);
  return ShapedType::isDynamic(extent) ? extent : extent * parts;
}

//===----------------------------------------------------------------------===//
// Low rank
//===----------------------------------------------------------------------===//

LogicalResult LowRankAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t rank) {
  return verifySize(emitError, "rank", rank);
}

SmallVector<MatrixFactor> LowRankAttr::getFactors(int64_t rows,
                                                  int64_t columns) const {
  return {{"left", true, {rows, getRank()}},
          {"right", false, {columns, getRank()}}};
}

std::pair<int64_t, int64_t>
LowRankAttr::getMatrixShape(TypeRange factors) const {
  return {getFactorExtent(factors, 0, 2), getFactorExtent(factors, 1, 2)};
}

SmallVector<MlbtcTerm> LowRankAttr::toMlbtc(int64_t rows,
                                            int64_t columns) const {
  return {{1.0, {1, rows, getRank()}, {1, columns, getRank()}, false}};
}

//===----------------------------------------------------------------------===//
// Block diagonal
//===----------------------------------------------------------------------===//

LogicalResult
BlockDiagonalAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          int64_t blocks) {
  return verifySize(emitError, "blocks", blocks);
}

SmallVector<MatrixFactor> BlockDiagonalAttr::getFactors(int64_t rows,
                                                        int64_t columns) const {
  int64_t blocks = getBlocks();
  return {
      {"dense", true, {blocks, divide(rows, blocks), divide(columns, blocks)}}};
}

std::pair<int64_t, int64_t>
BlockDiagonalAttr::getMatrixShape(TypeRange factors) const {
  return {getFactorExtent(factors, 0, 2, getBlocks()),
          getFactorExtent(factors, 0, 1, getBlocks())};
}

SmallVector<MlbtcTerm> BlockDiagonalAttr::toMlbtc(int64_t rows,
                                                  int64_t columns) const {
  int64_t blocks = getBlocks(), width = columns / blocks;
  return {{1.0,
           {blocks, rows / blocks, width},
           {blocks, width, width},
           false,
           true}};
}

//===----------------------------------------------------------------------===//
// Kronecker, Block Tensor-Train, Monarch
//===----------------------------------------------------------------------===//

/// The Block Tensor-Train term with query = [a, b], key = [c, d].
static MlbtcTerm getBttTerm(ArrayRef<int64_t> query, ArrayRef<int64_t> key,
                            int64_t rank) {
  int64_t a = query[0], b = query[1], c = key[0], d = key[1];
  return {1.0, {b, a, c * rank}, {c, d, b * rank}, true};
}

static SmallVector<MatrixFactor> getBttFactors(const MlbtcTerm &term) {
  return {{"left", true, llvm::to_vector(ArrayRef<int64_t>(term.left))},
          {"right", false, llvm::to_vector(ArrayRef<int64_t>(term.right))}};
}

LogicalResult
KroneckerAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      ArrayRef<int64_t> query, ArrayRef<int64_t> key) {
  return failure(failed(verifySplit(emitError, "query", query)) ||
                 failed(verifySplit(emitError, "key", key)));
}

SmallVector<MatrixFactor> KroneckerAttr::getFactors(int64_t, int64_t) const {
  return {{"A", true, {getQuery()[0], getKey()[0]}},
          {"B", false, {getQuery()[1], getKey()[1]}}};
}

std::pair<int64_t, int64_t> KroneckerAttr::getMatrixShape(TypeRange) const {
  return {getQuery()[0] * getQuery()[1], getKey()[0] * getKey()[1]};
}

SmallVector<MlbtcTerm> KroneckerAttr::toMlbtc(int64_t, int64_t) const {
  return {getBttTerm(getQuery(), getKey(), 1)};
}

LogicalResult BttAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              ArrayRef<int64_t> query, ArrayRef<int64_t> key,
                              int64_t rank) {
  return failure(failed(verifySplit(emitError, "query", query)) ||
                 failed(verifySplit(emitError, "key", key)) ||
                 failed(verifySize(emitError, "rank", rank)));
}

SmallVector<MatrixFactor> BttAttr::getFactors(int64_t, int64_t) const {
  return getBttFactors(getBttTerm(getQuery(), getKey(), getRank()));
}

std::pair<int64_t, int64_t> BttAttr::getMatrixShape(TypeRange) const {
  return {getQuery()[0] * getQuery()[1], getKey()[0] * getKey()[1]};
}

SmallVector<MlbtcTerm> BttAttr::toMlbtc(int64_t, int64_t) const {
  return {getBttTerm(getQuery(), getKey(), getRank())};
}

LogicalResult MonarchAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> query,
                                  ArrayRef<int64_t> key) {
  return KroneckerAttr::verify(emitError, query, key);
}

SmallVector<MatrixFactor> MonarchAttr::getFactors(int64_t, int64_t) const {
  return getBttFactors(getBttTerm(getQuery(), getKey(), 1));
}

std::pair<int64_t, int64_t> MonarchAttr::getMatrixShape(TypeRange) const {
  return {getQuery()[0] * getQuery()[1], getKey()[0] * getKey()[1]};
}

SmallVector<MlbtcTerm> MonarchAttr::toMlbtc(int64_t, int64_t) const {
  return {getBttTerm(getQuery(), getKey(), 1)};
}

//===----------------------------------------------------------------------===//
// Multi-Level Low Rank
//===----------------------------------------------------------------------===//

LogicalResult MlrAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              ArrayRef<int64_t> ranks,
                              ArrayRef<int64_t> blocks) {
  if (ranks.empty())
    return emitError() << "expected one rank or more, got none";
  if (ranks.size() != blocks.size())
    return emitError() << "expected one number of blocks per rank, got "
                       << ranks.size() << " ranks and " << blocks.size()
                       << " blocks";
  if (failed(verifySizes(emitError, "ranks", ranks)) ||
      failed(verifySizes(emitError, "blocks", blocks)))
    return failure();
  for (size_t i = 1; i < blocks.size(); ++i)
    if (blocks[i] % blocks[i - 1] != 0)
      return emitError() << "expected nested blocks, got blocks[" << i
                         << "] = " << blocks[i]
                         << " which is not a multiple of blocks[" << i - 1
                         << "] = " << blocks[i - 1];
  return success();
}

SmallVector<MatrixFactor> MlrAttr::getFactors(int64_t rows,
                                              int64_t columns) const {
  SmallVector<MatrixFactor> factors;
  for (bool isLeft : {true, false})
    for (auto [level, rank, blocks] : llvm::enumerate(getRanks(), getBlocks()))
      factors.push_back(
          {(isLeft ? "left[" : "right[") + std::to_string(level) + "]",
           isLeft,
           {blocks, divide(isLeft ? rows : columns, blocks), rank}});
  return factors;
}

std::pair<int64_t, int64_t> MlrAttr::getMatrixShape(TypeRange factors) const {
  int64_t blocks = getBlocks().front();
  return {getFactorExtent(factors, 0, 2, blocks),
          getFactorExtent(factors, getRanks().size(), 2, blocks)};
}

LogicalResult
MlrAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError,
                       TypeRange factors, int64_t rows, int64_t columns) const {
  // Each number of blocks divides the last one.
  int64_t blocks = getBlocks().back();
  for (auto [extent, noun] :
       {std::pair(rows, "rows"), std::pair(columns, "columns")})
    if (ShapedType::isStatic(extent) && extent % blocks != 0)
      return emitError() << "expected blocks[" << getBlocks().size() - 1
                         << "] to divide the number of " << noun
                         << " of the matrix, got " << blocks << " blocks and "
                         << extent << " " << noun;
  return verifyMatrixFactors(emitError, getFactors(rows, columns), factors);
}

SmallVector<MlbtcTerm> MlrAttr::toMlbtc(int64_t rows, int64_t columns) const {
  SmallVector<MlbtcTerm> terms;
  for (auto [rank, blocks] : llvm::zip_equal(getRanks(), getBlocks()))
    terms.push_back({1.0,
                     {blocks, rows / blocks, rank},
                     {blocks, columns / blocks, rank},
                     false});
  return terms;
}

//===----------------------------------------------------------------------===//
// MLBTC
//===----------------------------------------------------------------------===//

static MlbtcTerm toTerm(MlbtcTermAttr term) {
  return {term.getAlpha().getValueAsDouble(),
          SmallVector<int64_t, 3>(term.getLeft()),
          SmallVector<int64_t, 3>(term.getRight()), term.getShuffled()};
}

LogicalResult
MlbtcTermAttr::verify(function_ref<InFlightDiagnostic()> emitError, FloatAttr,
                      ArrayRef<int64_t> left, ArrayRef<int64_t> right,
                      bool shuffled) {
  for (auto [sizes, name] :
       {std::pair(left, "left"), std::pair(right, "right")}) {
    if (sizes.size() != 3)
      return emitError() << "expected 3 sizes in '" << name << "', got "
                         << sizes.size();
    if (failed(verifySizes(emitError, name, sizes)))
      return failure();
  }
  int64_t leftFeatures = left[0] * left[2], rightFeatures = right[0] * right[2];
  if (leftFeatures != rightFeatures)
    return emitError()
           << "expected left[0] * left[2] to equal right[0] * right[2], got "
           << leftFeatures << " and " << rightFeatures;
  if (!shuffled && left[0] != right[0])
    return emitError() << "expected equal numbers of blocks in a term that is "
                          "not shuffled, got "
                       << left[0] << " in 'left' and " << right[0]
                       << " in 'right'";
  if (shuffled && left[2] % right[0] != 0)
    return emitError()
           << "expected right[0] to divide left[2] in a shuffled term, got "
           << right[0] << " and " << left[2];
  return success();
}

LogicalResult MlbtcAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                ArrayRef<MlbtcTermAttr> terms) {
  if (terms.empty())
    return emitError() << "expected one term or more, got none";
  MlbtcTerm first = toTerm(terms.front());
  for (auto [i, attr] : llvm::enumerate(terms)) {
    MlbtcTerm term = toTerm(attr);
    if (term.getNumRows() != first.getNumRows() ||
        term.getNumColumns() != first.getNumColumns())
      return emitError() << "expected terms of one size, got "
                         << first.getNumRows() << " x " << first.getNumColumns()
                         << " in term 0 and " << term.getNumRows() << " x "
                         << term.getNumColumns() << " in term " << i;
  }
  return success();
}

SmallVector<MatrixFactor> MlbtcAttr::getFactors(int64_t, int64_t) const {
  SmallVector<MatrixFactor> factors;
  for (auto [i, term] : llvm::enumerate(getTerms())) {
    std::string index = "[" + std::to_string(i) + "]";
    factors.push_back(
        {"left" + index, true, SmallVector<int64_t>(term.getLeft())});
    factors.push_back(
        {"right" + index, false, SmallVector<int64_t>(term.getRight())});
  }
  return factors;
}

std::pair<int64_t, int64_t> MlbtcAttr::getMatrixShape(TypeRange) const {
  MlbtcTerm term = toTerm(getTerms().front());
  return {term.getNumRows(), term.getNumColumns()};
}

SmallVector<MlbtcTerm> MlbtcAttr::toMlbtc(int64_t, int64_t) const {
  return llvm::map_to_vector(getTerms(), toTerm);
}
