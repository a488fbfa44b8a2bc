//===- SattnNVToNVVM.cpp - Fragments to registers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass: type conversions, patterns, and the symbol of shared memory.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sattn/Conversion/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSATTNNVTONVVMPASS
#include "sattn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn_nv;

/// Bytes that shared memory is aligned to: those after which the swizzle repeats.
static constexpr uint64_t kSharedAlignment = 1024;

static void declareSharedMemory(gpu::GPUModuleOp module) {
  if (module.lookupSymbol(kSharedMemory))
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/false,
                         LLVM::Linkage::External, kSharedMemory, Attribute(), kSharedAlignment,
                         kSharedSpace);
}

/// Kernels that share memory have fragments; in others threads have buffers of their
/// own.
static unsigned getAddressSpace(Operation *op) {
  return op->hasAttr(SattnNVDialect::kSharedBytes) || !isa<LLVM::LLVMFuncOp>(op)
             ? kGlobalMemorySpace
             : kGenericSpace;
}

/// Converts a kernel, or a constant of the module.
static LogicalResult convertSymbol(Operation *op) {
  MLIRContext *context = op->getContext();
  TypeConverter converter;
  RewritePatternSet patterns(context);
  ConversionTarget target(*context);
  populateTypeConversions(converter, getAddressSpace(op));
  populateBufferPatterns(converter, patterns);
  populateThreadMemoryPatterns(converter, patterns);
  populateSharedMemoryPatterns(converter, patterns);
  populateGlobalMemoryPatterns(converter, patterns);
  populateProductPatterns(converter, patterns);
  populateWarpgroupProductPatterns(converter, patterns);
  populateRolePatterns(converter, patterns);
  populateSanitizePatterns(converter, patterns);
  populateFragmentPatterns(converter, patterns);
  populateMathPatterns(converter, patterns);
  populateDoubleMathPatterns(converter, patterns);
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
  target.addIllegalDialect<SattnNVDialect, math::MathDialect, memref::MemRefDialect>();
  target.addIllegalOp<arith::MaxNumFOp, arith::MinNumFOp, arith::MaximumFOp,
                      arith::MinimumFOp>();
  target.addDynamicallyLegalOp<arith::DivFOp>(
      [](arith::DivFOp op) { return !op.getType().isF32(); });
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(op, target, std::move(patterns));
}

/// erf and erfc of f32: polynomials of upstream.
static LogicalResult expandErrorFunctions(gpu::GPUModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  populatePolynomialApproximateErfPattern(patterns);
  populatePolynomialApproximateErfcPattern(patterns);
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (isa<math::ErfOp, math::ErfcOp>(op))
      ops.push_back(op);
  });
  return applyOpPatternsGreedily(ops, std::move(patterns));
}

namespace {
struct ConvertSattnNVToNVVMPass
    : sattn::impl::ConvertSattnNVToNVVMPassBase<ConvertSattnNVToNVVMPass> {
  void runOnOperation() override {
    declareSharedMemory(getOperation());
    if (failed(expandErrorFunctions(getOperation())))
      return signalPassFailure();
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (failed(convertSymbol(&op)))
        return signalPassFailure();
  }
};
} // namespace
