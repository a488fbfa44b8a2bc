//===- PositionStructureAttrs.cpp - Contraction depth by position -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `#sattn.levels` and `#sattn.bands`: text, verification, and the questions of
// PositionStructureAttrInterface.
//
//===----------------------------------------------------------------------===//

#include "SattnAssembly.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OpImplementation.h"
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"

using namespace mlir;
using namespace mlir::sattn;

static constexpr int64_t kUnbounded = WindowAttr::kUnbounded;

//===----------------------------------------------------------------------===//
// Text: <ranks = [...], WORD = [...], scales = [...], mean>
//===----------------------------------------------------------------------===//

namespace {
struct StructureFields {
  SmallVector<int64_t> ranks, extents;
  DenseF64ArrayAttr scales;
  bool mean = false;
};
} // namespace

static std::string toString(int64_t extent) {
  return extent == kUnbounded ? "'*'" : std::to_string(extent);
}

static ParseResult parseScales(AsmParser &parser, DenseF64ArrayAttr &scales) {
  SmallVector<double> values;
  if (parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  scales = DenseF64ArrayAttr::get(parser.getContext(), values);
  return success();
}

static ParseResult parseStructure(AsmParser &parser, StringRef word,
                                  StructureFields &fields) {
  auto parseList = [&](SmallVectorImpl<int64_t> &list) {
    return parser.parseCommaSeparatedList(
        AsmParser::Delimiter::Square,
        [&] { return parseExtent(parser, list.emplace_back()); });
  };
  if (parser.parseLess() || parser.parseKeyword("ranks") || parser.parseEqual() ||
      parseList(fields.ranks) || parser.parseComma() || parser.parseKeyword(word) ||
      parser.parseEqual() || parseList(fields.extents))
    return failure();
  while (succeeded(parser.parseOptionalComma())) {
    llvm::SMLoc loc = parser.getCurrentLocation();
    StringRef key;
    if (parser.parseKeyword(&key))
      return failure();
    if (key == "scales" && !fields.scales) {
      if (parseScales(parser, fields.scales))
        return failure();
    } else if (key == "mean" && !fields.mean) {
      fields.mean = true;
    } else {
      return parser.emitError(loc) << "expected 'scales' or 'mean', each at most once, got '"
                                   << key << "'";
    }
  }
  if (!fields.scales)
    fields.scales = DenseF64ArrayAttr::get(parser.getContext(), {});
  return parser.parseGreater();
}

static void printStructure(AsmPrinter &printer, StringRef word,
                           ArrayRef<int64_t> ranks, ArrayRef<int64_t> extents,
                           DenseF64ArrayAttr scales, bool mean) {
  printer << "<ranks = [";
  llvm::interleaveComma(ranks, printer);
  printer << "], " << word << " = [";
  llvm::interleaveComma(extents, printer,
                        [&](int64_t extent) { printExtent(printer, extent); });
  printer << "]";
  if (!scales.empty()) {
    printer << ", scales = [";
    llvm::interleaveComma(scales.asArrayRef(), printer,
                          [&](double scale) { printDouble(printer, scale); });
    printer << "]";
  }
  printer << (mean ? ", mean>" : ">");
}

//===----------------------------------------------------------------------===//
// What levels and bands have in common
//===----------------------------------------------------------------------===//

/// C2, C3: one extent per rank, the first unbounded, `*` only in front.
static LogicalResult verifyStructure(function_ref<InFlightDiagnostic()> emitError,
                                     StringRef word, StringRef noun,
                                     ArrayRef<int64_t> ranks,
                                     ArrayRef<int64_t> extents,
                                     DenseF64ArrayAttr scales) {
  if (ranks.empty())
    return emitError() << "expected one rank or more, got none";
  for (auto [i, rank] : llvm::enumerate(ranks))
    if (rank < 1)
      return emitError() << "expected positive ranks, got ranks[" << i << "] = " << rank;
  if (extents.size() != ranks.size())
    return emitError() << "expected one " << noun << " per rank, got " << ranks.size()
                       << " ranks and " << extents.size() << " " << word;
  if (!scales.empty() && scales.size() != int64_t(ranks.size()))
    return emitError() << "expected one scale per rank, got " << ranks.size()
                       << " ranks and " << scales.size() << " scales";
  if (extents.front() != kUnbounded)
    return emitError() << "expected " << word
                       << "[0] to be '*' (every pair must share at least one "
                          "level, or 1/depth has no value), got "
                       << extents.front();
  bool finite = false;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    if (extent != kUnbounded && extent < 1)
      return emitError() << "expected positive " << word << ", got " << word << "[" << i
                         << "] = " << extent;
    if (finite && extent == kUnbounded)
      return emitError() << "expected '*' only before the first finite " << noun << ", got "
                         << word << "[" << i << "] = '*'";
    finite |= extent != kUnbounded;
  }
  return success();
}

static SmallVector<int64_t> forgetKnown(ArrayRef<int64_t> extents, unsigned known) {
  SmallVector<int64_t> result(extents);
  std::fill_n(result.begin(), std::min<size_t>(known, result.size()), kUnbounded);
  return result;
}

static Value buildIndexConstant(OpBuilder &builder, Location loc, Type type,
                                int64_t value) {
  TypedAttr attr = builder.getIndexAttr(value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, builder.getIndexAttr(value));
  return arith::ConstantOp::create(builder, loc, attr);
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

Attribute LevelsAttr::parse(AsmParser &parser, Type) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  StructureFields fields;
  if (parseStructure(parser, "blocks", fields))
    return {};
  return LevelsAttr::getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                                ArrayRef(fields.ranks), ArrayRef(fields.extents),
                                fields.scales, fields.mean);
}

void LevelsAttr::print(AsmPrinter &printer) const {
  printStructure(printer, "blocks", getRanks(), getBlocks(), getScales(), getMean());
}

LogicalResult
LevelsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                   ArrayRef<int64_t> ranks, ArrayRef<int64_t> blocks,
                   DenseF64ArrayAttr scales, bool) {
  if (failed(verifyStructure(emitError, "blocks", "block size", ranks, blocks, scales)))
    return failure();
  for (size_t i = 1; i < blocks.size(); ++i)
    if (blocks[i - 1] != kUnbounded && blocks[i - 1] % blocks[i] != 0)
      return emitError() << "expected nested blocks, got blocks[" << i << "] = " << blocks[i]
                         << " which does not divide blocks[" << i - 1
                         << "] = " << blocks[i - 1];
  return success();
}

double LevelsAttr::getScale(unsigned level) const {
  return getScales().empty() ? 1.0 : getScales()[level];
}
bool LevelsAttr::isMean() const { return getMean(); }
bool LevelsAttr::isUnbounded(unsigned level) const {
  return getBlocks()[level] == kUnbounded;
}

KeyRange LevelsAttr::getKeyRange(unsigned level, MLIRContext *context) const {
  int64_t block = getBlocks()[level];
  AffineExpr i0 = getAffineDimExpr(0, context), i1 = getAffineDimExpr(1, context);
  AffineExpr first = i0.floorDiv(block) * block;
  AffineExpr last = (i1 - 1).floorDiv(block) * block;
  return {first, last + block, last, first + block};
}

bool LevelsAttr::isUniformFor(unsigned level, int64_t rows) const {
  return isUnbounded(level) || getBlocks()[level] % rows == 0;
}

Value LevelsAttr::buildIsActive(unsigned level, OpBuilder &builder, Location loc,
                                Value i, Value j) const {
  int64_t size = getBlocks()[level];
  Value block = buildIndexConstant(builder, loc, i.getType(), size);
  // Positions in one aligned block of 2^k differ in their k low bits only.
  if (llvm::isPowerOf2_64(size)) {
    Value difference = arith::XOrIOp::create(builder, loc, i, j);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, difference, block);
  }
  Value blockOfI = arith::FloorDivSIOp::create(builder, loc, i, block);
  Value blockOfJ = arith::FloorDivSIOp::create(builder, loc, j, block);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, blockOfI, blockOfJ);
}

PositionStructureAttrInterface LevelsAttr::getResidual(unsigned known) const {
  return LevelsAttr::get(getContext(), getRanks(), forgetKnown(getBlocks(), known),
                         DenseF64ArrayAttr::get(getContext(), {}), getMean());
}

//===----------------------------------------------------------------------===//
// Bands
//===----------------------------------------------------------------------===//

Attribute BandsAttr::parse(AsmParser &parser, Type) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  StructureFields fields;
  if (parseStructure(parser, "widths", fields))
    return {};
  return BandsAttr::getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                                ArrayRef(fields.ranks), ArrayRef(fields.extents),
                                fields.scales, fields.mean);
}

void BandsAttr::print(AsmPrinter &printer) const {
  printStructure(printer, "widths", getRanks(), getWidths(), getScales(), getMean());
}

LogicalResult
BandsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                  ArrayRef<int64_t> ranks, ArrayRef<int64_t> widths,
                  DenseF64ArrayAttr scales, bool) {
  if (failed(verifyStructure(emitError, "widths", "width", ranks, widths, scales)))
    return failure();
  for (size_t i = 1; i < widths.size(); ++i)
    if (widths[i - 1] != kUnbounded && widths[i] > widths[i - 1])
      return emitError() << "expected widths that do not grow, got widths[" << i
                         << "] = " << widths[i] << " after " << toString(widths[i - 1]);
  return success();
}

double BandsAttr::getScale(unsigned level) const {
  return getScales().empty() ? 1.0 : getScales()[level];
}
bool BandsAttr::isMean() const { return getMean(); }
bool BandsAttr::isUnbounded(unsigned level) const {
  return getWidths()[level] == kUnbounded;
}

KeyRange BandsAttr::getKeyRange(unsigned level, MLIRContext *context) const {
  int64_t width = getWidths()[level];
  AffineExpr i0 = getAffineDimExpr(0, context), i1 = getAffineDimExpr(1, context);
  return {i0 - (width - 1), i1 + (width - 1), i1 - width, i0 + width};
}

bool BandsAttr::isUniformFor(unsigned level, int64_t rows) const {
  return isUnbounded(level) || rows == 1;
}

Value BandsAttr::buildIsActive(unsigned level, OpBuilder &builder, Location loc,
                               Value i, Value j) const {
  // -width < i - j < width, as one unsigned comparison.
  int64_t width = getWidths()[level];
  Value difference = arith::SubIOp::create(builder, loc, i, j);
  Value shift = buildIndexConstant(builder, loc, i.getType(), width - 1);
  Value shifted = arith::AddIOp::create(builder, loc, difference, shift);
  Value bound = buildIndexConstant(builder, loc, i.getType(), 2 * width - 1);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, shifted, bound);
}

PositionStructureAttrInterface BandsAttr::getResidual(unsigned known) const {
  return BandsAttr::get(getContext(), getRanks(), forgetKnown(getWidths(), known),
                        DenseF64ArrayAttr::get(getContext(), {}), getMean());
}
