//===- SattnAttrs.cpp - Windows and tilings, attribute registration -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"
#include "SattnAssembly.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// MLBTC terms, `{alpha = x, left = [...], right = [...], shuffled}`
//===----------------------------------------------------------------------===//

static ParseResult parseIntegerList(AsmParser &parser,
                                    SmallVectorImpl<int64_t> &values) {
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Square,
      [&] { return parser.parseInteger(values.emplace_back()); });
}

static ParseResult parseMlbtcTerm(AsmParser &parser, MlbtcTermAttr &term) {
  double alpha = 1.0;
  SmallVector<int64_t> left, right;
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLBrace() || parser.parseKeyword("alpha") || parser.parseEqual() ||
      parser.parseFloat(alpha) || parser.parseComma() || parser.parseKeyword("left") ||
      parser.parseEqual() || parseIntegerList(parser, left) || parser.parseComma() ||
      parser.parseKeyword("right") || parser.parseEqual() || parseIntegerList(parser, right))
    return failure();
  bool shuffled = succeeded(parser.parseOptionalComma());
  if ((shuffled && parser.parseKeyword("shuffled")) || parser.parseRBrace())
    return failure();
  Builder &builder = parser.getBuilder();
  term = MlbtcTermAttr::getChecked([&] { return parser.emitError(loc); },
                                   builder.getContext(), builder.getF64FloatAttr(alpha),
                                   ArrayRef(left), ArrayRef(right), shuffled);
  return success(term != nullptr);
}

static void printMlbtcTerm(AsmPrinter &printer, MlbtcTermAttr term) {
  printer << "{alpha = ";
  printDouble(printer, term.getAlpha().getValueAsDouble());
  printer << ", left = [";
  llvm::interleaveComma(term.getLeft(), printer);
  printer << "], right = [";
  llvm::interleaveComma(term.getRight(), printer);
  printer << "]" << (term.getShuffled() ? ", shuffled}" : "}");
}

static ParseResult parseMlbtcTerms(AsmParser &parser,
                                   SmallVector<MlbtcTermAttr> &terms) {
  return parser.parseCommaSeparatedList(
      [&] { return parseMlbtcTerm(parser, terms.emplace_back()); });
}

static void printMlbtcTerms(AsmPrinter &printer, ArrayRef<MlbtcTermAttr> terms) {
  llvm::interleaveComma(terms, printer,
                        [&](MlbtcTermAttr term) { printMlbtcTerm(printer, term); });
}

#include "sattn/Dialect/Sattn/IR/SattnEnums.cpp.inc"

#include "sattn/Dialect/Sattn/IR/SattnAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "sattn/Dialect/Sattn/IR/SattnAttrs.cpp.inc"

Attribute MlbtcTermAttr::parse(AsmParser &parser, Type) {
  MlbtcTermAttr term;
  if (parser.parseLess() || parseMlbtcTerm(parser, term) || parser.parseGreater())
    return {};
  return term;
}

void MlbtcTermAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printMlbtcTerm(printer, *this);
  printer << ">";
}

//===----------------------------------------------------------------------===//
// Window and tiling
//===----------------------------------------------------------------------===//

LogicalResult
WindowAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t left,
                   int64_t right) {
  for (int64_t extent : {left, right})
    if (extent != kUnbounded && extent < 0)
      return emitError() << "expected window extents of 0 or more, or '*', got " << extent;
  return success();
}

KeyRange WindowAttr::getKeyRange() const {
  MLIRContext *context = getContext();
  AffineExpr i0 = getAffineDimExpr(0, context), i1 = getAffineDimExpr(1, context);
  KeyRange range;
  if (!isLeftUnbounded()) {
    range.outerLo = i0 - getLeft();
    range.innerLo = i1 - 1 - getLeft();
  }
  if (!isRightUnbounded()) {
    range.outerHi = i1 + getRight();
    range.innerHi = i0 + getRight() + 1;
  }
  return range;
}

LogicalResult
TilingAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t query,
                   int64_t key, LevelLoops, int64_t split) {
  if (query < 1 || key < 1)
    return emitError() << "expected tiles of 1 or more rows, got query = " << query
                       << ", key = " << key;
  if (split < 1)
    return emitError() << "expected a split of 1 or more, got " << split;
  return success();
}

void SattnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "sattn/Dialect/Sattn/IR/SattnAttrs.cpp.inc"
      >();
}
