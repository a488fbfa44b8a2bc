//===- SplitVectors.cpp - Rows of three registers as three -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM widens a vector whose length is no power of two: 12 elements take four
// registers of four and shuffles. A row of a register tile that is three registers
// wide therefore becomes three vectors, also where loops carry it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "sattn/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNSPLITVECTORSPASS
#include "sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;

/// Length of the pieces of a vector: the largest power of two that divides its
/// length. 0 if it is not split.
static int64_t getPieceLength(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || vector.getRank() != 1 || vector.isScalable() ||
      llvm::isPowerOf2_64(vector.getNumElements()))
    return 0;
  int64_t length = vector.getNumElements() & -vector.getNumElements();
  return length > 1 ? length : 0;
}

static VectorType getPieceType(Type type) {
  return VectorType::get({getPieceLength(type)},
                         cast<VectorType>(type).getElementType());
}

static int64_t getNumPieces(Type type) {
  return cast<VectorType>(type).getNumElements() / getPieceLength(type);
}

namespace {
/// From vectors to pieces and, for ops that have no pattern, back.
class PieceConverter : public TypeConverter {
public:
  PieceConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](VectorType type, SmallVectorImpl<Type> &pieces)
                      -> std::optional<LogicalResult> {
      if (!getPieceLength(type))
        return std::nullopt;
      pieces.append(getNumPieces(type), getPieceType(type));
      return success();
    });
    addTargetMaterialization([](OpBuilder &builder, TypeRange types,
                                ValueRange inputs, Location loc) {
      SmallVector<Value> pieces;
      if (inputs.size() != 1 || !getPieceLength(inputs[0].getType()))
        return pieces;
      int64_t length = getPieceLength(inputs[0].getType());
      for (size_t i = 0; i < types.size(); ++i)
        pieces.push_back(vector::ExtractStridedSliceOp::create(
            builder, loc, inputs[0], ArrayRef<int64_t>{int64_t(i) * length},
            ArrayRef<int64_t>{length}, ArrayRef<int64_t>{1}));
      return pieces;
    });
    addSourceMaterialization([](OpBuilder &builder, Type type,
                                ValueRange pieces, Location loc) -> Value {
      if (!getPieceLength(type))
        return {};
      Value whole = arith::ConstantOp::create(builder, loc,
                                              builder.getZeroAttr(type));
      for (auto [i, piece] : llvm::enumerate(pieces))
        whole = vector::InsertStridedSliceOp::create(
            builder, loc, piece, whole,
            ArrayRef<int64_t>{int64_t(i) * getPieceLength(type)},
            ArrayRef<int64_t>{1});
      return whole;
    });
  }
};

/// Elementwise ops, constants of one value and broadcasts of a scalar: one op for
/// each piece; scalar operands stay.
struct SplitElementwise : ConversionPattern {
  SplitElementwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op->hasTrait<OpTrait::Elementwise>() &&
        !isa<vector::BroadcastOp>(op))
      return failure();
    Type type = op->getResult(0).getType();
    SmallVector<Value> pieces;
    for (int64_t i = 0; i < getNumPieces(type); ++i) {
      SmallVector<Value> pieceOperands;
      for (ValueRange operand : operands)
        pieceOperands.push_back(operand.size() == 1 ? operand[0] : operand[i]);
      pieces.push_back(rewriter
                           .create(op->getLoc(), op->getName().getIdentifier(),
                                   pieceOperands, getPieceType(type),
                                   op->getAttrs())
                           ->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {pieces});
    return success();
  }
};

struct SplitConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto elements = cast<DenseElementsAttr>(op.getValue());
    VectorType type = getPieceType(op.getType());
    auto values = llvm::to_vector(elements.getValues<Attribute>());
    SmallVector<Value> pieces;
    for (int64_t i = 0; i < getNumPieces(op.getType()); ++i) {
      auto piece = ArrayRef(values).slice(i * type.getNumElements(),
                                          type.getNumElements());
      pieces.push_back(arith::ConstantOp::create(
          rewriter, op.getLoc(), DenseElementsAttr::get(type, piece)));
    }
    rewriter.replaceOpWithMultiple(op, {pieces});
    return success();
  }
};

/// The indices of piece `i` of a transfer at `indices`.
static SmallVector<Value> getPieceIndices(OpBuilder &builder, Location loc,
                                          ValueRange indices, int64_t offset) {
  SmallVector<Value> result(indices);
  if (offset)
    result.back() = arith::AddIOp::create(
        builder, loc, result.back(),
        arith::ConstantIndexOp::create(builder, loc, offset));
  return result;
}

template <typename Op> static bool isRow(Op op) {
  return !op.getMask() && op.getPermutationMap().isMinorIdentity();
}

struct SplitRead : OpConversionPattern<vector::TransferReadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(vector::TransferReadOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    VectorType type = getPieceType(op.getType());
    SmallVector<Value> pieces;
    for (int64_t i = 0; i < getNumPieces(op.getType()); ++i)
      pieces.push_back(vector::TransferReadOp::create(
          rewriter, op.getLoc(), type, op.getBase(),
          getPieceIndices(rewriter, op.getLoc(), op.getIndices(),
                          i * type.getNumElements()),
          op.getPadding(), op.getPermutationMap(), op.getInBoundsValues()));
    rewriter.replaceOpWithMultiple(op, {pieces});
    return success();
  }
};

struct SplitWrite : OpConversionPattern<vector::TransferWriteOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(vector::TransferWriteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    int64_t length = getPieceLength(op.getVectorType());
    for (auto [i, piece] : llvm::enumerate(adaptor.getValueToStore()))
      vector::TransferWriteOp::create(
          rewriter, op.getLoc(), piece, op.getBase(),
          getPieceIndices(rewriter, op.getLoc(), op.getIndices(), i * length),
          op.getPermutationMap(), op.getInBoundsValues());
    rewriter.eraseOp(op);
    return success();
  }
};

struct SplitStep : OpConversionPattern<vector::StepOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(vector::StepOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    VectorType type = getPieceType(op.getType());
    SmallVector<Value> pieces;
    for (int64_t i = 0; i < getNumPieces(op.getType()); ++i) {
      auto numbers = llvm::map_to_vector(
          llvm::seq<int64_t>(0, type.getNumElements()), [&](int64_t lane) {
            return APInt(64, i * type.getNumElements() + lane);
          });
      pieces.push_back(arith::ConstantOp::create(
          rewriter, op.getLoc(), DenseElementsAttr::get(type, numbers)));
    }
    rewriter.replaceOpWithMultiple(op, {pieces});
    return success();
  }
};

struct SplitFromElements : OpConversionPattern<vector::FromElementsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(vector::FromElementsOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    VectorType type = getPieceType(op.getType());
    SmallVector<Value> pieces;
    for (int64_t i = 0; i < getNumPieces(op.getType()); ++i)
      pieces.push_back(vector::FromElementsOp::create(
          rewriter, op.getLoc(), type,
          op.getElements().slice(i * type.getNumElements(),
                                 type.getNumElements())));
    rewriter.replaceOpWithMultiple(op, {pieces});
    return success();
  }
};

/// A slice of which each piece has all or nothing.
struct SplitSlice : OpConversionPattern<vector::ExtractStridedSliceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(vector::ExtractStridedSliceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    int64_t length = getPieceLength(op.getSourceVectorType());
    int64_t first = cast<IntegerAttr>(op.getOffsets()[0]).getInt();
    if (op.getType().getNumElements() != length || first % length != 0)
      return rewriter.notifyMatchFailure(op, "expected a whole piece");
    rewriter.replaceOp(op, adaptor.getSource()[first / length]);
    return success();
  }
};

struct SplitVectorsPass
    : sattn::impl::SattnSplitVectorsPassBase<SplitVectorsPass> {
  void runOnOperation() override;
};
} // namespace

void SplitVectorsPass::runOnOperation() {
  PieceConverter converter;
  ConversionTarget target(getContext());
  RewritePatternSet patterns(&getContext());
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  patterns.add<SplitElementwise, SplitConstant, SplitRead, SplitWrite,
               SplitStep, SplitFromElements, SplitSlice>(converter,
                                                         &getContext());
  auto isWhole = [&](Operation *op) { return converter.isLegal(op); };
  target.markUnknownOpDynamicallyLegal([&](Operation *op) {
    if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
      return isa<VectorType>(broadcast.getSourceType()) || isWhole(op);
    return !op->hasTrait<OpTrait::Elementwise>() || isWhole(op);
  });
  target.addDynamicallyLegalOp<arith::ConstantOp, vector::StepOp,
                               vector::FromElementsOp>(isWhole);
  target.addDynamicallyLegalOp<vector::TransferReadOp>(
      [&](vector::TransferReadOp op) { return !isRow(op) || isWhole(op); });
  target.addDynamicallyLegalOp<vector::TransferWriteOp>(
      [&](vector::TransferWriteOp op) { return !isRow(op) || isWhole(op); });
  target.addDynamicallyLegalOp<vector::ExtractStridedSliceOp>(
      [&](vector::ExtractStridedSliceOp op) {
        int64_t length = getPieceLength(op.getSourceVectorType());
        return !length || op.getType().getNumElements() != length ||
               cast<IntegerAttr>(op.getOffsets()[0]).getInt() % length != 0;
      });
  if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
    signalPassFailure();
}
