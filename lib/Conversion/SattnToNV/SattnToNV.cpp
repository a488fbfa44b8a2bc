//===- SattnToNV.cpp - Level nests to fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The states of tile ops change type, the slices of the model's tensors stay.
//
//===----------------------------------------------------------------------===//

#include "KernelState.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"
#include "sattn/Conversion/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSATTNTONVPASS
#include "sattn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn_nv;

/// Rows of the states of the loop's tile ops; 0 if it has none.
static int64_t getQueryRows(scf::ForallOp loop) {
  int64_t rows = 0;
  loop->walk([&](sattn::OnlineAttentionOp op) {
    rows = cast<RankedTensorType>(op.getAcc().getType()).getDimSize(0);
    return WalkResult::interrupt();
  });
  return rows;
}

/// States become fragments; nothing else changes type. The context decides: see
/// `StateLayouts`.
static void addStateConversion(TypeConverter &converter, const KernelState &kernel) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion(
      [&kernel](Value value, SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
        std::optional<Layout> layout = kernel.layouts.lookup(value);
        auto type = dyn_cast<RankedTensorType>(value.getType());
        if (!layout || !type)
          return std::nullopt;
        SmallVector<int64_t> shape(type.getShape());
        // Products compute 16 columns at a time.
        if (*layout == Layout::acc)
          shape.back() = llvm::alignTo(shape.back(), 16);
        FragType fragment = kernel.getFragment(shape, type.getElementType(), *layout);
        types.push_back(fragment);
        if (*layout == Layout::acc && kernel.isDelayed(value)) {
          auto [weights, tile] = kernel.getDelayedTypes(fragment);
          types.append({weights, tile});
        }
        return success();
      });
}

/// Peels the first tile of a nest whose first loop has one for sure: its state is known to
/// be empty.
static void peelFirstTile(scf::ForallOp loop) {
  auto isFirst = [](scf::ForOp nested) {
    return llvm::any_of(nested.getInitArgs(), [](Value init) {
             return bool(init.getDefiningOp<linalg::FillOp>());
           }) &&
           llvm::any_of(*nested.getBody(), llvm::IsaPred<sattn::OnlineAttentionOp>);
  };
  for (scf::ForOp nested : llvm::make_early_inc_range(loop.getBody()->getOps<scf::ForOp>())) {
    std::optional<int64_t> lower = getConstantIntValue(nested.getLowerBound());
    std::optional<int64_t> upper = getConstantIntValue(nested.getUpperBound());
    std::optional<int64_t> step = getConstantIntValue(nested.getStep());
    if (!isFirst(nested) || !lower || !upper || !step || *lower >= *upper)
      continue;
    IRRewriter rewriter(nested);
    IRMapping mapping;
    mapping.map(nested.getInductionVar(), nested.getLowerBound());
    mapping.map(nested.getRegionIterArgs(), nested.getInitArgs());
    for (Operation &op : nested.getBody()->without_terminator())
      rewriter.clone(op, mapping);
    for (auto [init, yielded] :
         llvm::zip_equal(nested.getInitArgsMutable(), nested.getYieldedValues()))
      init.set(mapping.lookupOrDefault(yielded));
    nested.setLowerBound(
        arith::ConstantIndexOp::create(rewriter, nested.getLoc(), *lower + *step));
  }
}

static LogicalResult convertKernel(scf::ForallOp loop, ConfigAttr config, bool overlap) {
  MLIRContext *context = loop.getContext();
  overlap = overlap && config.getProducers() != 0;
  if (overlap)
    peelFirstTile(loop);
  KernelState kernel(loop, config, overlap);
  if (failed(kernel.initialize()))
    return failure();
  TypeConverter converter;
  addStateConversion(converter, kernel);
  RewritePatternSet patterns(context);
  ConversionTarget target(*context);
  populateTileStepPatterns(patterns, converter, kernel);
  populateFinalizePatterns(patterns, converter, kernel);
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
  target.addIllegalOp<sattn::OnlineAttentionOp, sattn::FinalizeOp>();
  target.addLegalOp<scf::ForallOp, scf::InParallelOp>();
  target.addDynamicallyLegalOp<linalg::FillOp>(
      [&](linalg::FillOp op) { return !kernel.layouts.lookup(op.getResult(0)); });
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  if (failed(applyPartialConversion(loop, target, std::move(patterns))))
    return failure();
  loop->setAttr(SattnNVDialect::kConfig, config);
  // Loops that are mapped keep dimensions of one iteration: each is a block.
  SmallVector<Attribute> mapping;
  for (int64_t dim = loop.getRank(); dim > 0; --dim) {
    auto id = gpu::MappingId(int64_t(gpu::MappingId::LinearDim0) + dim - 1);
    mapping.push_back(gpu::GPUBlockMappingAttr::get(context, id));
  }
  loop.setMappingAttr(ArrayAttr::get(context, mapping));
  return success();
}

static bool canAllHaveProducers(scf::ForallOp loop, int64_t warps) {
  return !loop
              ->walk([&](sattn::OnlineAttentionOp op) {
                return canHaveProducers(op, warps) ? WalkResult::advance()
                                                   : WalkResult::interrupt();
              })
              .wasInterrupted();
}

/// Tile ops have to be inside a loop that becomes a kernel.
static LogicalResult checkLoops(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    if (!isa<sattn::OnlineAttentionOp, sattn::FinalizeOp>(op) ||
        op->getParentOfType<scf::ForallOp>())
      return WalkResult::advance();
    op->emitOpError("expected a loop over query tiles (scf.forall) around it");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct ConvertSattnToNVPass : sattn::impl::ConvertSattnToNVPassBase<ConvertSattnToNVPass> {
  using ConvertSattnToNVPassBase::ConvertSattnToNVPassBase;

  void runOnOperation() override {
    if (failed(checkLoops(getOperation())))
      return signalPassFailure();
    SmallVector<scf::ForallOp> loops;
    getOperation()->walk([&](scf::ForallOp loop) {
      // One query is the work of a thread: `convert-sattn-to-threads`.
      if (getQueryRows(loop) > 1)
        loops.push_back(loop);
    });
    for (scf::ForallOp loop : loops) {
      auto emitError = [&] { return loop.emitError(); };
      int64_t rows = getQueryRows(loop);
      if (rows % 16 != 0 || rows > 512) {
        loop.emitError("expected query tiles of a multiple of 16 rows up to 512, got ") << rows;
        return signalPassFailure();
      }
      int64_t numWarps = warps != 0 ? int64_t(warps) : rows / 16;
      // Four warps are the unit that has its own number of registers.
      int64_t numProducers = roles && canAllHaveProducers(loop, numWarps) ? 4 : 0;
      auto config = ConfigAttr::getChecked(emitError, &getContext(), numWarps, int64_t(stages),
                                           numProducers);
      if (!config || failed(convertKernel(loop, config, overlap)))
        return signalPassFailure();
    }
  }
};
} // namespace
