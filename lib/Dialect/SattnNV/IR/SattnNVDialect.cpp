//===- SattnNVDialect.cpp - The sattn_nv dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registration of the dialect, its attributes and types.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// `64x48xf16`: the shape is static.
static ParseResult parseShapedElement(AsmParser &parser,
                                      SmallVectorImpl<int64_t> &shape,
                                      Type &elementType) {
  SmallVector<int64_t> dims;
  if (parser.parseDimensionList(dims, /*allowDynamic=*/false) ||
      parser.parseType(elementType))
    return failure();
  shape.assign(dims.begin(), dims.end());
  return success();
}

static void printShapedElement(AsmPrinter &printer, ArrayRef<int64_t> shape,
                               Type elementType) {
  for (int64_t extent : shape)
    printer << extent << 'x';
  printer << elementType;
}

#include "sattn/Dialect/SattnNV/IR/SattnNVDialect.cpp.inc"
#include "sattn/Dialect/SattnNV/IR/SattnNVEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVTypes.cpp.inc"

void SattnNVDialect::registerTypes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "sattn/Dialect/SattnNV/IR/SattnNVAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "sattn/Dialect/SattnNV/IR/SattnNVTypes.cpp.inc"
      >();
}

void SattnNVDialect::initialize() {
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "sattn/Dialect/SattnNV/IR/SattnNVOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// ConfigAttr
//===----------------------------------------------------------------------===//

LogicalResult ConfigAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t warps, int64_t stages, int64_t producers) {
  // PTX ISA: a block has at most 1024 threads.
  if (warps < 1 || warps > 32)
    return emitError() << "expected 1 to 32 warps, got " << warps;
  if (stages < 1 || stages > 2)
    return emitError() << "expected 1 or 2 stages, got " << stages;
  // Registers change hands between groups of four warps.
  if (producers != 0 && (producers != 4 || warps % 4 != 0 || warps > 12))
    return emitError() << "expected 4 producers for 4, 8 or 12 warps, got " << producers << " for "
                       << warps;
  return success();
}

//===----------------------------------------------------------------------===//
// FragType
//===----------------------------------------------------------------------===//

/// Rows of a warp's block, and columns of the units that layouts are made of.
static constexpr int64_t kWarpRows = 16, kColumnUnit = 8, kStepColumns = 16;

static bool isMatrixLayout(Layout layout) {
  return layout == Layout::acc || layout == Layout::a || layout == Layout::bits;
}

Type FragType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  StringRef keyword;
  int64_t warps;
  if (parser.parseLess() ||
      parseShapedElement(parser, shape, elementType) || parser.parseComma())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return {};
  std::optional<Layout> layout = symbolizeLayout(keyword);
  if (!layout) {
    parser.emitError(loc, "expected layout 'acc', 'a', 'bits', 'row', 'part' or 'col', got '")
        << keyword << "'";
    return {};
  }
  if (parser.parseComma() || parser.parseInteger(warps) || parser.parseGreater())
    return {};
  return parser.getChecked<FragType>(loc, parser.getContext(), shape, elementType,
                                     *layout, warps);
}

void FragType::print(AsmPrinter &printer) const {
  printer << '<';
  printShapedElement(printer, getShape(), getElementType());
  printer << ", " << stringifyLayout(getLayout()) << ", " << getWarps() << '>';
}

LogicalResult FragType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType,
                               Layout layout, int64_t warps) {
  StringRef name = stringifyLayout(layout);
  size_t rank = isMatrixLayout(layout) ? 2 : 1;
  if (shape.size() != rank)
    return emitError() << "expected rank " << rank << " with layout '" << name
                       << "', got " << shape.size();
  if (llvm::any_of(shape, [](int64_t extent) { return extent < 1; }))
    return emitError() << "expected positive extents, got " << shape;
  if (layout == Layout::a
          ? !elementType.isF16() && !elementType.isBF16() && !elementType.isTF32()
          : !elementType.isIntOrFloat() || (elementType.isTF32() && layout != Layout::acc))
    return emitError() << "expected "
                       << (layout == Layout::a     ? "f16, bf16 or tf32"
                           : layout == Layout::acc ? "numbers"
                                                   : "numbers other than tf32")
                       << " with layout '" << name << "', got " << elementType;
  if (layout == Layout::bits && !elementType.isInteger(1))
    return emitError() << "expected i1 with layout 'bits', got " << elementType;
  if (warps < 1 || warps > 32)
    return emitError() << "expected 1 to 32 warps, got " << warps;
  if (layout != Layout::col && shape.front() % (kWarpRows * warps) != 0)
    return emitError() << "expected rows to be a multiple of 16 per warp ("
                       << kWarpRows * warps << "), got " << shape.front();
  int64_t unit = layout == Layout::a ? kStepColumns : kColumnUnit;
  if ((rank == 2 || layout == Layout::col) && shape.back() % unit != 0)
    return emitError() << "expected columns to be a multiple of " << unit
                       << " with layout '" << name << "', got " << shape.back();
  return success();
}

bool FragType::isMatrix() const { return isMatrixLayout(getLayout()); }

int64_t FragType::getRowBlocks() const {
  return getLayout() == Layout::col ? 1 : getShape().front() / (kWarpRows * getWarps());
}

int64_t FragType::getNumRegisters() const {
  switch (getLayout()) {
  case Layout::acc:
    return getRowBlocks() * getNumColumns() / kColumnUnit * 4;
  case Layout::a:
    return getRowBlocks() * getNumColumns() / getStepColumns() * 4;
  case Layout::bits:
    return llvm::divideCeil(getRowBlocks() * getNumColumns() / kColumnUnit * 4, kRegisterBits);
  case Layout::row:
  case Layout::part:
    return getRowBlocks() * 2;
  case Layout::col:
    return getNumColumns() / kColumnUnit * 2;
  }
  llvm_unreachable("unknown layout");
}

FragType FragType::getLike(Layout layout, Type elementType, int64_t columns) const {
  SmallVector<int64_t> shape = {getShape().front()};
  if (columns != 0)
    shape.push_back(columns);
  return get(getContext(), shape, elementType, layout, getWarps());
}

//===----------------------------------------------------------------------===//
// TileType
//===----------------------------------------------------------------------===//

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType) {
  if (shape.size() != 2)
    return emitError() << "expected rank 2, got " << shape.size();
  if (!elementType.isF16() && !elementType.isBF16() && !elementType.isF32())
    return emitError() << "expected f16, bf16 or f32, got " << elementType;
  // The swizzle repeats every 8 rows; products take 16 columns per step.
  if (shape[0] < 1 || shape[0] % 8 != 0 || shape[1] < 1 || shape[1] % kStepColumns != 0)
    return emitError() << "expected a multiple of 8 rows and of 16 columns, got " << shape[0]
                       << " x " << shape[1];
  return success();
}

int64_t TileType::getNumPanels() const {
  int64_t rowBytes = getNumColumns() * getElementBytes();
  return llvm::divideCeil(rowBytes, kPanelBytes);
}

//===----------------------------------------------------------------------===//
// RingType
//===----------------------------------------------------------------------===//

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages,
                               TileType tile) {
  if (stages < 1)
    return emitError() << "expected 1 stage or more, got " << stages;
  return success();
}
