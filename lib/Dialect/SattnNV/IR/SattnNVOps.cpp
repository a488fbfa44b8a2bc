//===- SattnNVOps.cpp - Verification and effects of sattn_nv -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn_nv;

#define GET_OP_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVOps.cpp.inc"

static LogicalResult verifyLayout(Operation *op, StringRef what, FragType type,
                                  Layout layout) {
  if (type.getLayout() == layout)
    return success();
  return op->emitOpError() << "expected " << what << " of layout '"
                           << stringifyLayout(layout) << "', got '"
                           << stringifyLayout(type.getLayout()) << "'";
}

static LogicalResult verifyElementTypes(Operation *op, Type a, Type b) {
  if (a == b)
    return success();
  return op->emitOpError() << "expected equal element types, got " << a << " and " << b;
}

/// The element type that operands of products have whose tile is of `type`.
static Type getOperandType(Type type) {
  return type.isF32() ? Type(FloatTF32Type::get(type.getContext())) : type;
}

/// A tensor or memref that is stored to or read from: its rank, and that none
/// of its static extents exceeds that of the value in registers or shared
/// memory.
static LogicalResult verifySlice(Operation *op, ShapedType slice, ArrayRef<int64_t> shape) {
  if (slice.getRank() != int64_t(shape.size()))
    return op->emitOpError() << "expected a slice of rank " << shape.size() << ", got "
                             << slice.getRank();
  for (auto [have, limit] : llvm::zip_equal(slice.getShape(), shape))
    if (!ShapedType::isDynamic(have) && have > limit)
      return op->emitOpError() << "expected a slice of at most " << limit << " elements, got "
                               << have;
  return success();
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

LogicalResult StageOp::verify() {
  auto source = cast<ShapedType>(getSource().getType());
  if (failed(verifyElementTypes(*this, source.getElementType(), getType().getElementType())))
    return failure();
  return verifySlice(*this, source, getType().getShape());
}

LogicalResult LoadOp::verify() {
  auto source = cast<ShapedType>(getSource().getType());
  Layout layout = getType().getLayout();
  if (layout == Layout::a || layout == Layout::part || layout == Layout::bits)
    return emitOpError() << "expected a result of layout 'acc', 'row' or 'col', got '"
                         << stringifyLayout(layout) << "'";
  if (failed(verifyElementTypes(*this, source.getElementType(), getType().getElementType())))
    return failure();
  return verifySlice(*this, source, getType().getShape());
}

LogicalResult StoreOp::verify() {
  FragType value = getValue().getType();
  auto dest = cast<ShapedType>(getDest().getType());
  if (value.getLayout() != Layout::acc && value.getLayout() != Layout::row)
    return emitOpError() << "expected a value of layout 'acc' or 'row', got '"
                         << stringifyLayout(value.getLayout()) << "'";
  if (value.getElementType().isTF32())
    return emitOpError("expected numbers to store, got tf32 (an operand of products)");
  if (failed(verifySlice(*this, dest, value.getShape())))
    return failure();
  if (value.isMatrix() && (dest.isDynamicDim(1) || dest.getDimSize(1) % 2 != 0))
    return emitOpError() << "expected a static, even number of columns in the destination, got "
                         << dest;
  bool hasTensor = isa<RankedTensorType>(dest);
  if (hasTensor != bool(getResult()) || (hasTensor && getResult().getType() != dest))
    return emitOpError("expected a result of the type of the destination if that is a tensor");
  return success();
}

using Effects = SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

void StageOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(), getOperation()->getOpResult(0));
  if (isa<MemRefType>(getSource().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable());
}

void LoadOp::getEffects(Effects &effects) {
  if (isa<MemRefType>(getSource().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable());
}

void StoreOp::getEffects(Effects &effects) {
  if (isa<MemRefType>(getDest().getType()))
    effects.emplace_back(MemoryEffects::Write::get(), &getDestMutable());
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

LogicalResult LoadAOp::verify() {
  FragType type = getType();
  TileType tile = getTile().getType();
  if (failed(verifyLayout(*this, "a result", type, Layout::a)) ||
      failed(
          verifyElementTypes(*this, getOperandType(tile.getElementType()), type.getElementType())))
    return failure();
  int64_t first = getFirst();
  if (first < 0 || first % 16 != 0)
    return emitOpError() << "expected a first column that is a multiple of 16, got " << first;
  if (type.getShape().front() != tile.getNumRows() ||
      first + type.getNumColumns() > tile.getNumColumns())
    return emitOpError() << "expected a result of " << tile.getNumRows() << " rows and at most "
                         << tile.getNumColumns() - first << " columns, got " << type.getShape();
  return success();
}

LogicalResult ColumnsOp::verify() {
  FragType source = getSource().getType(), type = getType();
  if (failed(verifyLayout(*this, "a source", source, Layout::a)) ||
      failed(verifyLayout(*this, "a result", type, Layout::a)) ||
      failed(verifyElementTypes(*this, source.getElementType(), type.getElementType())))
    return failure();
  int64_t first = getFirst(), end = first + getExtent();
  if (first < 0 || int64_t(getExtent()) < 1 || end > source.getNumColumns())
    return emitOpError() << "expected columns inside the source's " << source.getNumColumns()
                         << ", got [" << first << ", " << end << ")";
  int64_t columns = llvm::alignTo(end, 16) - first / 16 * 16;
  if (type != source.getLike(Layout::a, source.getElementType(), columns))
    return emitOpError() << "expected a result of " << columns << " columns, got " << type;
  return success();
}

LogicalResult ScaleColumnsOp::verify() {
  FragType type = getType();
  if (failed(verifyLayout(*this, "a source", type, Layout::a)))
    return failure();
  if (int64_t(getFactors().size()) != type.getNumColumns())
    return emitOpError() << "expected " << type.getNumColumns() << " factors, got "
                         << getFactors().size();
  return success();
}

LogicalResult FillOp::verify() {
  Layout layout = getType().getLayout();
  if (layout == Layout::a || layout == Layout::bits)
    return emitOpError() << "expected a result of another layout than '"
                         << stringifyLayout(layout) << "'";
  if (getType().getElementType().isTF32())
    return emitOpError("expected a result of another type than tf32 (an operand of products)");
  return verifyElementTypes(*this, getValue().getType(), getType().getElementType());
}

LogicalResult MmaOp::verify() {
  FragType a = getA().getType(), acc = getAcc().getType();
  TileType b = getB().getType();
  bool isPermuted = getTransposed() && a.getElementType().isTF32();
  if (failed(verifyLayout(*this, "a first operand", a, isPermuted ? Layout::acc : Layout::a)) ||
      failed(verifyLayout(*this, "an accumulator", acc, Layout::acc)) ||
      failed(verifyElementTypes(*this, a.getElementType(), getOperandType(b.getElementType()))))
    return failure();
  if (!acc.getElementType().isF32())
    return emitOpError() << "expected an accumulator of f32, got " << acc.getElementType();
  if (a.getShape().front() != acc.getShape().front() || a.getWarps() != acc.getWarps())
    return emitOpError() << "expected the rows and warps of " << a << " in " << acc;
  int64_t contracted = getTransposed() ? b.getNumRows() : b.getNumColumns();
  int64_t columns = getTransposed() ? b.getNumColumns() : b.getNumRows();
  int64_t first = getFirst();
  if (first < 0 || first % 16 != 0)
    return emitOpError() << "expected a first column that is a multiple of 16, got " << first;
  if (first + a.getNumColumns() > contracted)
    return emitOpError() << "expected at least " << first + a.getNumColumns()
                         << " contracted elements in the tile, got " << contracted;
  int64_t strip = getStrip();
  if (strip < 0 || strip % 16 != 0)
    return emitOpError() << "expected a strip from a multiple of 16 on, got " << strip;
  if (strip + acc.getNumColumns() > columns || (getWarpgroup() && acc.getNumColumns() != columns))
    return emitOpError() << "expected an accumulator of " << columns - strip << " columns, got "
                         << acc.getNumColumns();
  if (acc.getNumColumns() % 16 != 0)
    return emitOpError() << "expected a multiple of 16 columns, got " << acc.getNumColumns();
  // PTX ISA, "wgmma.mma_async": 64 rows by at most 256 columns.
  if (getWarpgroup() && (acc.getWarps() % RolesOp::kWarpgroup != 0 || columns > 256))
    return emitOpError() << "expected a multiple of " << RolesOp::kWarpgroup
                         << " warps and at most 256 columns with 'warpgroup', got " << acc;
  if (getWarpgroup() && a.getElementType().isTF32())
    return emitOpError("expected 16-bit elements with 'warpgroup', got tf32");
  if (getAsync() && !getWarpgroup())
    return emitOpError("expected 'warpgroup' with 'async'");
  if (!getWhere())
    return success();
  FragType expected =
      acc.getLike(Layout::acc, IntegerType::get(getContext(), 1), acc.getNumColumns());
  if (getWarpgroup() || getWhere().getType() != expected)
    return emitOpError() << "expected marks of type " << expected
                         << " and no 'warpgroup' with 'where', got " << getWhere().getType();
  return success();
}

LogicalResult MmaWaitOp::verify() {
  return verifyLayout(*this, "a product", getType(), Layout::acc);
}

/// Whether elements of `input` can be told for each element of `result`.
static bool broadcastsTo(FragType input, FragType result) {
  auto isPacked = [](Layout layout) { return layout == Layout::a || layout == Layout::bits; };
  if (isPacked(input.getLayout()) || isPacked(result.getLayout()))
    return false;
  if (result.getLayout() != Layout::acc)
    return input.getShape() == result.getShape() &&
           (input.getLayout() == Layout::col) == (result.getLayout() == Layout::col) &&
           input.getLayout() != Layout::acc;
  if (input.getLayout() == Layout::col)
    return input.getNumColumns() == result.getNumColumns();
  return input.getShape().front() == result.getShape().front() &&
         (!input.isMatrix() || input.getShape() == result.getShape());
}

LogicalResult MapOp::verify() {
  FragType type = getType();
  auto isOperand = [](Type fragment) { return cast<FragType>(fragment).getElementType().isTF32(); };
  if (isOperand(type) || llvm::any_of(getInputs().getTypes(), isOperand))
    return emitOpError("expected numbers to compute with, got tf32 (an operand of products)");
  for (Value input : getInputs())
    if (auto inputType = cast<FragType>(input.getType());
        !broadcastsTo(inputType, type) || inputType.getWarps() != type.getWarps())
      return emitOpError() << "expected inputs that broadcast to " << type << ", got "
                           << inputType;
  if (bool(getRow()) != bool(getColumn()))
    return emitOpError("expected both a row and a column or none");
  if (getRow() && type.getLayout() != Layout::acc)
    return emitOpError("expected positions with a result of layout 'acc' only");
  return success();
}

LogicalResult MapOp::verifyRegions() {
  SmallVector<Type> expected;
  for (Value input : getInputs())
    expected.push_back(cast<FragType>(input.getType()).getElementType());
  if (getRow())
    expected.append(2, IndexType::get(getContext()));
  Block &block = getBody().front();
  if (block.getArgumentTypes() != TypeRange(expected))
    return emitOpError() << "expected region arguments (" << expected << "), got ("
                         << block.getArgumentTypes() << ")";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != getType().getElementType())
    return emitOpError() << "expected a region that yields " << getType().getElementType();
  return success();
}

LogicalResult ReduceOp::verify() {
  FragType source = getSource().getType();
  if (failed(verifyLayout(*this, "a source", source, Layout::acc)))
    return failure();
  FragType expected = source.getLike(Layout::part, source.getElementType());
  if (getType() != expected)
    return emitOpError() << "expected a result of type " << expected << ", got " << getType();
  return success();
}

LogicalResult AcrossOp::verify() {
  FragType source = getSource().getType();
  if (failed(verifyLayout(*this, "a source", source, Layout::part)))
    return failure();
  FragType expected = source.getLike(Layout::row, source.getElementType());
  if (getType() != expected)
    return emitOpError() << "expected a result of type " << expected << ", got " << getType();
  return success();
}

LogicalResult ToAOp::verify() {
  FragType source = getSource().getType(), type = getType();
  if (failed(verifyLayout(*this, "a source", source, Layout::acc)) ||
      failed(verifyLayout(*this, "a result", type,
                          type.getElementType().isTF32() ? Layout::acc : Layout::a)))
    return failure();
  if (source.getShape() != type.getShape() || source.getWarps() != type.getWarps())
    return emitOpError() << "expected the shape and warps of " << source << ", got " << type;
  return success();
}

LogicalResult ConcatOp::verify() {
  FragType type = getType();
  if (failed(verifyLayout(*this, "a result", type, Layout::acc)))
    return failure();
  int64_t columns = 0;
  for (Value strip : getStrips()) {
    auto stripType = cast<FragType>(strip.getType());
    if (!stripType.isMatrix() ||
        stripType != type.getLike(Layout::acc, type.getElementType(), stripType.getNumColumns()))
      return emitOpError() << "expected strips with the rows, element type, layout and warps of "
                           << type << ", got " << stripType;
    columns += stripType.getNumColumns();
  }
  if (columns != type.getNumColumns())
    return emitOpError() << "expected " << type.getNumColumns() << " columns in all strips, got "
                         << columns;
  return success();
}

LogicalResult ToBitsOp::verify() {
  FragType source = getSource().getType(), type = getType();
  if (failed(verifyLayout(*this, "a source", source, Layout::acc)) ||
      failed(verifyLayout(*this, "a result", type, Layout::bits)))
    return failure();
  if (source.getShape() != type.getShape() || source.getWarps() != type.getWarps() ||
      source.getElementType() != type.getElementType())
    return emitOpError() << "expected the shape, element type and warps of " << source << ", got "
                         << type;
  return success();
}

LogicalResult SanitizeOp::verify() {
  FragType keep = getKeep().getType(), type = getType();
  TileType tile = getTile().getType();
  if (failed(verifyLayout(*this, "pairs to keep", keep, Layout::bits)) ||
      failed(verifyLayout(*this, "a result", type, Layout::acc)))
    return failure();
  if (keep.getNumColumns() != tile.getNumRows() || type.getNumColumns() != tile.getNumColumns())
    return emitOpError() << "expected " << tile.getNumRows() << " columns to keep and "
                         << tile.getNumColumns() << " of the result";
  return success();
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

LogicalResult AllocOp::verify() {
  if (int64_t(getStages()) < 1)
    return emitOpError() << "expected 1 stage or more, got " << int64_t(getStages());
  // The swizzle speaks of addresses, so tiles start where it starts.
  if (int64_t(getOffset()) < 0 || int64_t(getOffset()) % 1024 != 0)
    return emitOpError() << "expected an offset that is a multiple of 1024, got "
                         << int64_t(getOffset());
  return success();
}

LogicalResult SlotOp::verify() {
  TileType ring = getRing().getType(), type = getType();
  if (failed(verifyElementTypes(*this, ring.getElementType(), type.getElementType())))
    return failure();
  if (type.getNumRows() != ring.getNumRows() || type.getNumColumns() > ring.getNumColumns())
    return emitOpError() << "expected the rows and at most the columns of " << ring << ", got "
                         << type;
  return success();
}

LogicalResult CopyAsyncOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  TileType dest = getDest().getType();
  if (failed(verifyElementTypes(*this, source.getElementType(), dest.getElementType())) ||
      failed(verifySlice(*this, source, dest.getShape())))
    return failure();
  auto [strides, offset] = source.getStridesAndOffset();
  if (source.isDynamicDim(1) || strides.back() != 1)
    return emitOpError() << "expected rows of a static number of adjacent elements, got " << source;
  return success();
}

LogicalResult ViewOp::verify() {
  MemRefType type = getType();
  auto [strides, offset] = type.getStridesAndOffset();
  size_t numStrides = llvm::count_if(strides, ShapedType::isDynamic);
  if (getSizes().size() != size_t(type.getNumDynamicDims()) || getStrides().size() != numStrides)
    return emitOpError() << "expected " << type.getNumDynamicDims() << " sizes and " << numStrides
                         << " strides, got " << getSizes().size() << " and "
                         << getStrides().size();
  return success();
}
