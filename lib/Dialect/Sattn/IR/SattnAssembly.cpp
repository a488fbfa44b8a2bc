//===- SattnAssembly.cpp - Custom assembly directives -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parsing and printing of the clauses that ODS cannot express: extents with
// `*`, the score region and the label lists of `dims`.
//
//===----------------------------------------------------------------------===//

#include "SattnAssembly.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include <charconv>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

ParseResult mlir::sattn::parseExtent(AsmParser &parser, int64_t &extent) {
  if (succeeded(parser.parseOptionalStar())) {
    extent = WindowAttr::kUnbounded;
    return success();
  }
  return parser.parseInteger(extent);
}

void mlir::sattn::printExtent(AsmPrinter &printer, int64_t extent) {
  if (extent == WindowAttr::kUnbounded)
    printer << "*";
  else
    printer << extent;
}

ParseResult mlir::sattn::parseScale(OpAsmParser &parser, FloatAttr &scale) {
  double value;
  if (parser.parseFloat(value))
    return failure();
  scale = parser.getBuilder().getF64FloatAttr(value);
  return success();
}

void mlir::sattn::printScale(OpAsmPrinter &printer, Operation *,
                             FloatAttr scale) {
  printDouble(printer, scale.getValueAsDouble());
}

void mlir::sattn::printDouble(AsmPrinter &printer, double value) {
  if (!std::isfinite(value)) {
    printer << llvm::format_hex(llvm::bit_cast<uint64_t>(value), 18,
                                /*Upper=*/true);
    return;
  }
  char digits[32];
  std::to_chars_result end = std::to_chars(digits, std::end(digits), value);
  StringRef text(digits, end.ptr - digits);
  // A float literal of MLIR has a point in front of the exponent.
  auto [mantissa, exponent] = text.split('e');
  printer << mantissa;
  if (!mantissa.contains('.'))
    printer << ".0";
  if (!exponent.empty())
    printer << "e" << exponent;
}

//===----------------------------------------------------------------------===//
// Score region
//===----------------------------------------------------------------------===//

/// Type of the score argument: f64 for f64 queries, else f32.
static Type getScoreType(Type queryType) {
  auto tensor = dyn_cast<ShapedType>(queryType);
  if (tensor && tensor.getElementType().isF64())
    return tensor.getElementType();
  return Float32Type::get(queryType.getContext());
}

static void buildIdentityScore(OpAsmParser &parser, Region &score,
                               Type queryType) {
  Builder &builder = parser.getBuilder();
  Location loc = parser.getEncodedSourceLoc(parser.getNameLoc());
  Type type = getScoreType(queryType), index = builder.getIndexType();
  Block &block = score.emplaceBlock();
  block.addArguments({type, index, index}, {loc, loc, loc});
  // The region has no parent yet that an OpBuilder could ask for the context.
  OpBuilder body(builder.getContext());
  body.setInsertionPointToEnd(&block);
  YieldOp::create(body, loc, ValueRange{block.getArgument(0)});
}

ParseResult mlir::sattn::parseScore(OpAsmParser &parser, Region &score,
                                    UnresolvedOperands &operands,
                                    SmallVectorImpl<Type> &types,
                                    Type queryType) {
  if (failed(parser.parseOptionalKeyword("score"))) {
    buildIdentityScore(parser, score, queryType);
    return success();
  }
  if (succeeded(parser.parseOptionalLParen()) &&
      (parser.parseOperandList(operands) || parser.parseColonTypeList(types) ||
       parser.parseRParen()))
    return failure();
  // The region sees nothing from above, so its names are its own.
  return parser.parseRegion(score, /*arguments=*/{},
                            /*enableNameShadowing=*/true);
}

void mlir::sattn::printScore(OpAsmPrinter &printer, Operation *op,
                             Region &score, OperandRange operands,
                             TypeRange types, Type) {
  if (cast<AttentionLikeOpInterface>(op).hasIdentityScore() && operands.empty())
    return;
  printer << " score";
  if (!operands.empty()) {
    printer << "(";
    printer.printOperands(operands);
    printer << " : ";
    llvm::interleaveComma(types, printer);
    printer << ")";
  }
  printer << " ";
  printer.printRegion(score, /*printEntryBlockArgs=*/true,
                      /*printBlockTerminators=*/true);
}

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

namespace {
using LabelList = SmallVector<StringRef>;

/// Label lists as read, and the order of the batch-like labels.
struct Labels {
  SmallVector<LabelList> lists;
  SmallVector<StringRef> batch;

  unsigned getDim(StringRef label) const {
    unsigned reserved = llvm::StringSwitch<unsigned>(label)
                            .Case("m", 0)
                            .Case("n", 1)
                            .Case("r", 2)
                            .Case("e", 3)
                            .Default(4);
    if (reserved < 4)
      return batch.size() + reserved;
    return llvm::find(batch, label) - batch.begin();
  }
};
} // namespace

static bool isReserved(StringRef label) {
  return label == "m" || label == "n" || label == "r" || label == "e";
}

static ParseResult parseLabelList(OpAsmParser &parser, LabelList &labels) {
  StringRef label;
  llvm::SMLoc loc = parser.getCurrentLocation();
  while (succeeded(parser.parseOptionalKeyword(&label))) {
    if (llvm::is_contained(labels, label))
      return parser.emitError(loc)
             << "expected each label once per tensor, got '" << label
             << "' twice";
    labels.push_back(label);
    loc = parser.getCurrentLocation();
  }
  return success();
}

/// The labels of one list must be the allowed reserved ones, all of them, and
/// batch-like ones.
static ParseResult checkLabels(OpAsmParser &parser, llvm::SMLoc loc,
                               const LabelList &labels, StringRef tensor,
                               ArrayRef<StringRef> reserved, bool needAll) {
  for (StringRef label : labels)
    if (isReserved(label) && !llvm::is_contained(reserved, label))
      return parser.emitError(loc) << "expected no label '" << label
                                   << "' in the dims of '" << tensor << "'";
  if (needAll)
    for (StringRef label : reserved)
      if (!llvm::is_contained(labels, label))
        return parser.emitError(loc) << "expected label '" << label
                                     << "' in the dims of '" << tensor << "'";
  return success();
}

/// Reads `(list, list, ... -> list)`.
static ParseResult parseLabelLists(OpAsmParser &parser, unsigned numInputs,
                                   SmallVectorImpl<LabelList> &lists) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLParen())
    return failure();
  do {
    if (parseLabelList(parser, lists.emplace_back()))
      return failure();
  } while (succeeded(parser.parseOptionalComma()));
  if (lists.size() != numInputs)
    return parser.emitError(loc) << "expected " << numInputs
                                 << " label lists before '->' (one per tensor, "
                                    "in operand order), got "
                                 << lists.size();
  if (parser.parseArrow() || parseLabelList(parser, lists.emplace_back()) ||
      parser.parseRParen())
    return failure();
  return success();
}

static ArrayAttr buildMaps(Builder &builder, const Labels &labels) {
  SmallVector<AffineMap> maps;
  for (const LabelList &list : labels.lists) {
    SmallVector<unsigned> dims;
    for (StringRef label : list)
      dims.push_back(labels.getDim(label));
    maps.push_back(AffineMap::getMultiDimMapWithTargets(
        labels.batch.size() + 4, dims, builder.getContext()));
  }
  return builder.getAffineMapArrayAttr(maps);
}

static ParseResult parseAttentionDims(OpAsmParser &parser, ArrayAttr &maps,
                                      bool hasValue, bool hasMask,
                                      unsigned numScoreOperands,
                                      Type queryType) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  Builder &builder = parser.getBuilder();
  if (failed(parser.parseOptionalKeyword("dims"))) {
    auto tensor = dyn_cast<RankedTensorType>(queryType);
    if (!tensor || tensor.getRank() < 2)
      return parser.emitError(loc)
             << "expected 'query' to be a tensor of rank 2 or more, got "
             << queryType;
    if (numScoreOperands)
      return parser.emitError(loc)
             << "expected 'dims' (score operands have no canonical labels)";
    maps = builder.getAffineMapArrayAttr(getCanonicalMaps(
        builder.getContext(), tensor.getRank(), hasValue, hasMask));
    return success();
  }
  Labels labels;
  unsigned numInputs = 2 + hasValue + hasMask + numScoreOperands;
  loc = parser.getCurrentLocation();
  if (parseLabelLists(parser, numInputs, labels.lists))
    return failure();

  unsigned next = 0;
  auto check = [&](StringRef tensor, ArrayRef<StringRef> reserved,
                   bool needAll) {
    return checkLabels(parser, loc, labels.lists[next++], tensor, reserved,
                       needAll);
  };
  if (check("query", {"m", "r"}, true) || check("key", {"n", "r"}, true) ||
      (hasValue && check("value", {"n", "e"}, true)) ||
      (hasMask && check("mask", {"m", "n"}, false)))
    return failure();
  for (unsigned i = 0; i < numScoreOperands; ++i)
    if (check("score operand", {"m", "n"}, false))
      return failure();
  if (hasValue ? check("output", {"m", "e"}, true)
               : check("output", {"m", "n"}, true))
    return failure();

  for (StringRef label : labels.lists.back())
    if (!isReserved(label))
      labels.batch.push_back(label);
  for (const LabelList &list : labels.lists)
    for (StringRef label : list)
      if (!isReserved(label) && !llvm::is_contained(labels.batch, label))
        return parser.emitError(loc)
               << "expected label '" << label
               << "' in the dims of the output (only n and r are reduced)";
  maps = buildMaps(builder, labels);
  return success();
}

static void printAttentionDims(OpAsmPrinter &printer, ArrayAttr attr,
                               bool hasValue, bool hasMask,
                               bool hasScoreOperands, Type queryType) {
  auto maps = llvm::to_vector(attr.getAsValueRange<AffineMapAttr>());
  auto tensor = cast<RankedTensorType>(queryType);
  if (!hasScoreOperands && tensor.getRank() >= 2 &&
      maps == getCanonicalMaps(attr.getContext(), tensor.getRank(), hasValue,
                               hasMask))
    return;
  unsigned numBatch = maps.front().getNumDims() - 4;
  printer << " dims(";
  for (auto [i, map] : llvm::enumerate(maps)) {
    if (i + 1 == maps.size())
      printer << " -> ";
    else if (i)
      printer << (map.getNumResults() ? ", " : ",");
    llvm::interleave(
        map.getResults(), printer,
        [&](AffineExpr expr) {
          printer << getDimLabel(cast<AffineDimExpr>(expr).getPosition(),
                                 numBatch);
        },
        " ");
  }
  printer << ")";
}

ParseResult mlir::sattn::parseDims(OpAsmParser &parser, ArrayAttr &maps,
                                   const OptionalOperand &mask,
                                   const UnresolvedOperands &scoreOperands,
                                   Type queryType, ArrayRef<Type>) {
  return parseAttentionDims(parser, maps, /*hasValue=*/true, mask.has_value(),
                            scoreOperands.size(), queryType);
}

void mlir::sattn::printDims(OpAsmPrinter &printer, Operation *, ArrayAttr maps,
                            Value mask, OperandRange scoreOperands,
                            Type queryType, TypeRange) {
  printAttentionDims(printer, maps, /*hasValue=*/true, bool(mask),
                     !scoreOperands.empty(), queryType);
}

ParseResult mlir::sattn::parseScoreDims(OpAsmParser &parser, ArrayAttr &maps,
                                        const OptionalOperand &mask,
                                        const UnresolvedOperands &scoreOperands,
                                        Type queryType, ArrayRef<Type>) {
  return parseAttentionDims(parser, maps, /*hasValue=*/false, mask.has_value(),
                            scoreOperands.size(), queryType);
}

void mlir::sattn::printScoreDims(OpAsmPrinter &printer, Operation *,
                                 ArrayAttr maps, Value mask,
                                 OperandRange scoreOperands, Type queryType,
                                 TypeRange) {
  printAttentionDims(printer, maps, /*hasValue=*/false, bool(mask),
                     !scoreOperands.empty(), queryType);
}

ParseResult
mlir::sattn::parseTileDims(OpAsmParser &parser, ArrayAttr &maps,
                           const UnresolvedOperands &scoreOperands) {
  Builder &builder = parser.getBuilder();
  SmallVector<AffineMap> result;
  if (!scoreOperands.empty()) {
    llvm::SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword("dims") || parser.parseLParen())
      return failure();
    do {
      LabelList list;
      if (parseLabelList(parser, list) ||
          checkLabels(parser, loc, list, "score operand", {"m", "n"}, false))
        return failure();
      SmallVector<unsigned> dims;
      for (StringRef label : list) {
        if (!isReserved(label))
          return parser.emitError(loc)
                 << "expected only labels 'm' and 'n' on a tile, got '" << label
                 << "'";
        dims.push_back(label == "n");
      }
      result.push_back(
          AffineMap::getMultiDimMapWithTargets(2, dims, builder.getContext()));
    } while (succeeded(parser.parseOptionalComma()));
    if (parser.parseRParen())
      return failure();
  }
  maps = builder.getAffineMapArrayAttr(result);
  return success();
}

void mlir::sattn::printTileDims(OpAsmPrinter &printer, Operation *,
                                ArrayAttr maps, OperandRange scoreOperands) {
  if (scoreOperands.empty())
    return;
  printer << " dims(";
  llvm::interleaveComma(
      maps.getAsValueRange<AffineMapAttr>(), printer, [&](AffineMap map) {
        llvm::interleave(
            map.getResults(), printer,
            [&](AffineExpr expr) {
              printer << (cast<AffineDimExpr>(expr).getPosition() ? "n" : "m");
            },
            " ");
      });
  printer << ")";
}
