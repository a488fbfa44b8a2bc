//===- WarpgroupProductToNVVM.cpp - Products by four warps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// wgmma with the first operand in registers and the second in shared memory (PTX ISA,
// "wgmma.mma_async", "Matrix Descriptor Format"). Four warps hold 64 rows as mma.sync's
// accumulators do. NVVM's operations take neither registers as first operand nor values
// to wait for, hence the assembly: values of a product that is under way are operands of
// whatever touches their registers, so nothing moves in between.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn_nv;

/// Rows of the swizzle's pattern, and bytes from one such group to the next.
static constexpr int64_t kGroupBytes = 8 * TileType::kPanelBytes;

/// Assembly whose results are `numResults` f32.
static SmallVector<Value> buildAssembly(ThreadBuilder &thread, const Twine &text,
                                        const Twine &constraints, ValueRange operands,
                                        int64_t numResults) {
  OpBuilder &builder = thread.getBuilder();
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types(numResults, builder.getF32Type());
  auto structType = LLVM::LLVMStructType::getLiteral(context, types);
  auto assembly = LLVM::InlineAsmOp::create(
      builder, thread.getLoc(), structType, operands, text.str(), constraints.str(),
      /*has_side_effects=*/true, /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
      LLVM::AsmDialectAttr::get(context, LLVM::AsmDialect::AD_ATT), ArrayAttr());
  SmallVector<Value> results;
  for (int64_t i = 0; i < numResults; ++i)
    results.push_back(
        LLVM::ExtractValueOp::create(builder, thread.getLoc(), assembly.getResult(0), i));
  return results;
}

/// `count` results in f32 registers, the first `numTied` of the operands in the same ones.
static std::string getConstraints(int64_t count, int64_t numTied) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(llvm::seq(count), os, [&](int64_t) { os << "=f"; }, ",");
  for (int64_t i = 0; i < numTied; ++i)
    os << ',' << i;
  return text;
}

/// "{$first,$(first + 1),...}"
static std::string getOperandList(int64_t first, int64_t count) {
  std::string text = "{";
  llvm::raw_string_ostream os(text);
  llvm::interleave(llvm::seq(count), os, [&](int64_t i) { os << '$' << first + i; }, ",");
  os << '}';
  return text;
}

/// Waits until at most `pending` newer products are under way.
static SmallVector<Value> buildProductWait(ThreadBuilder &thread, ValueRange values,
                                           int64_t pending) {
  int64_t count = values.size();
  return buildAssembly(thread, "wgmma.wait_group.sync.aligned " + Twine(pending) + ";",
                       getConstraints(count, count), values, count);
}

namespace {
/// The products of one `mma` of warp groups.
class WarpgroupProduct {
public:
  WarpgroupProduct(MmaOp op, ValueRange a, Value b, ValueRange acc, OpBuilder &builder)
      : thread(builder, op.getLoc()), op(op), aType(op.getA().getType()),
        accType(op.getAcc().getType()), tile(op.getB().getType()), a(a), base(b), acc(acc) {}

  SmallVector<Value> build();

private:
  Value buildDescriptor();
  int64_t getStepBytes(int64_t step);
  SmallVector<Value> multiply(ArrayRef<Value> sums, ValueRange rows, Value descriptor);

  ThreadBuilder thread;
  MmaOp op;
  FragType aType, accType;
  TileType tile;
  ValueRange a;
  Value base;
  ValueRange acc;
};
} // namespace

/// Of the whole tile: address, distances and swizzle, addresses in units of 16 bytes.
Value WarpgroupProduct::buildDescriptor() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  constexpr uint64_t kUnitBits = 4, kAddressMask = 0x3fff, kSwizzle128 = 1;
  // By rows: from one panel of columns to the next. By columns it is not used.
  uint64_t leading = op.getTransposed() ? tile.getPanelStride() : TileType::kChunkBytes;
  uint64_t constant = leading >> kUnitBits << 16 | uint64_t(kGroupBytes) >> kUnitBits << 32 |
                      kSwizzle128 << 62;
  Value address = LLVM::PtrToIntOp::create(builder, loc, thread.getI32(),
                                           thread.getSharedPointer(base));
  Value units = thread.andWith(thread.shiftRight(address, kUnitBits), kAddressMask);
  Type i64 = builder.getI64Type();
  return arith::OrIOp::create(
      builder, loc, arith::ExtUIOp::create(builder, loc, i64, units),
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(int64_t(constant))));
}

/// Bytes from the tile's start to the 16 contracted elements of a step.
int64_t WarpgroupProduct::getStepBytes(int64_t step) {
  int64_t first = 16 * step + op.getFirst();
  if (op.getTransposed())
    return first * TileType::kPanelBytes;
  int64_t chunk = first / 8;
  constexpr int64_t kChunks = TileType::kPanelBytes / TileType::kChunkBytes;
  return ThreadBuilder::getPanelOffset(tile, chunk) + chunk % kChunks * TileType::kChunkBytes;
}

/// One step; without `sums` the product alone.
SmallVector<Value> WarpgroupProduct::multiply(ArrayRef<Value> sums, ValueRange rows,
                                              Value descriptor) {
  int64_t columns = accType.getNumColumns(), count = columns / 2, numTied = sums.size();
  StringRef type = aType.getElementType().isBF16() ? "bf16" : "f16";
  std::string text;
  llvm::raw_string_ostream(text)
      << "wgmma.mma_async.sync.aligned.m64n" << columns << "k16.f32." << type << '.' << type << ' '
      << getOperandList(0, count) << ", " << getOperandList(count + numTied, 4) << ", $"
      << count + numTied + 4 << ", " << (sums.empty() ? 0 : 1) << ", 1, 1, "
      << (op.getTransposed() ? 1 : 0) << ';';
  SmallVector<Value> operands(sums);
  llvm::append_range(operands, rows);
  operands.push_back(descriptor);
  return buildAssembly(thread, text, getConstraints(count, numTied) + ",r,r,r,r,l", operands,
                       count);
}

SmallVector<Value> WarpgroupProduct::build() {
  OpBuilder &builder = thread.getBuilder();
  Location loc = thread.getLoc();
  int64_t numSteps = aType.getNumColumns() / 16, count = accType.getNumColumns() / 2;
  auto fill = op.getAcc().getDefiningOp<FillOp>();
  bool startsAtZero = fill && matchPattern(fill.getValue(), m_AnyZeroFloat());
  NVVM::WgmmaFenceAlignedOp::create(builder, loc);
  Value tileDescriptor = buildDescriptor();
  SmallVector<Value> results;
  for (int64_t block = 0; block < accType.getRowBlocks(); ++block) {
    SmallVector<Value> sums;
    if (!startsAtZero)
      sums.assign(acc.begin() + block * count, acc.begin() + (block + 1) * count);
    for (int64_t step = 0; step < numSteps; ++step) {
      Value offset = arith::ConstantOp::create(
          builder, loc, builder.getI64IntegerAttr(getStepBytes(step) / TileType::kChunkBytes));
      Value descriptor = arith::AddIOp::create(builder, loc, tileDescriptor, offset);
      sums = multiply(sums, a.slice((block * numSteps + step) * 4, 4), descriptor);
    }
    llvm::append_range(results, sums);
  }
  NVVM::WgmmaGroupSyncAlignedOp::create(builder, loc);
  return op.getAsync() ? results : buildProductWait(thread, results, 0);
}

namespace {
struct WarpgroupMmaPattern : OpConversionPattern<MmaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MmaOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getWarpgroup())
      return rewriter.notifyMatchFailure(op, "expected a product of warp groups");
    WarpgroupProduct product(op, adaptor.getA(), adaptor.getB().front(), adaptor.getAcc(),
                             rewriter);
    replaceWithRegisters(rewriter, op, product.build());
    return success();
  }
};

struct MmaWaitPattern : OpConversionPattern<MmaWaitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MmaWaitOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder thread(rewriter, op.getLoc());
    replaceWithRegisters(rewriter, op,
                         buildProductWait(thread, adaptor.getSource(), op.getPending()));
    return success();
  }
};
} // namespace

void sattn_nv::populateWarpgroupProductPatterns(TypeConverter &converter,
                                                RewritePatternSet &patterns) {
  patterns.add<WarpgroupMmaPattern, MmaWaitPattern>(converter, patterns.getContext());
}
