//===- Outline.cpp - Loops over query tiles to kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that knows the signature of a kernel, its grid and its block.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVOUTLINEPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

/// Address space of global memory, and what kernels may assume of pointers.
static constexpr unsigned kGlobalSpace = 1;
static constexpr int64_t kPointerAlignment = 16, kTensorMapAlignment = 64;

/// The module of all kernels.
static constexpr llvm::StringLiteral kModuleName = "sattn_kernels";

static SmallVector<std::pair<scf::ForallOp, ConfigAttr>> getKernelLoops(Operation *root) {
  SmallVector<std::pair<scf::ForallOp, ConfigAttr>> loops;
  root->walk([&](scf::ForallOp loop) {
    if (auto config = loop->getAttrOfType<ConfigAttr>(SattnNVDialect::kConfig))
      loops.emplace_back(loop, config);
  });
  return loops;
}

namespace {
/// Outlines one loop.
class Kernel {
public:
  Kernel(scf::ForallOp loop, ConfigAttr config, gpu::GPUModuleOp module, StringRef name)
      : loop(loop), config(config), module(module), name(name), builder(loop.getContext()),
        loc(loop.getLoc()) {}

  void build();

private:
  /// A value that the loop uses and the kernel gets.
  struct Captured {
    Value value;
    /// The number of its first argument.
    unsigned argument;
  };

  void sinkComputations();
  void collectCaptured();
  SmallVector<int32_t> getWrittenArguments();
  void addArgument(Value hostValue) { hostArguments.push_back(hostValue); }
  void addBuffer(Value buffer, MemRefType type);
  void buildHostArguments();
  SmallVector<Value> buildGrid();
  LLVM::LLVMFuncOp buildFunction();
  Value buildTensorMap(LLVM::LLVMFuncOp function, const Captured &captured);
  void buildBody(LLVM::LLVMFuncOp function);
  void copyConstants(LLVM::LLVMFuncOp function);
  SmallVector<Value> buildIndices(IRMapping &mapping);
  SmallVector<OpFoldResult> getDividedBounds();
  Value compute(Value value, IRMapping &mapping);
  Value buildView(LLVM::LLVMFuncOp function, const Captured &captured);
  Value castToIndex(Value value) {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
  }
  Value castTo(Type type, Value value) {
    return arith::IndexCastOp::create(builder, loc, type, value);
  }

  scf::ForallOp loop;
  ConfigAttr config;
  gpu::GPUModuleOp module;
  StringRef name;
  OpBuilder builder;
  Location loc;
  SmallVector<Captured> captured;
  SmallVector<Value> hostArguments;
};
} // namespace

/// True for the bytes that `tensor_map` makes.
static bool isTensorMap(Value value) { return isa<LLVM::LLVMArrayType>(value.getType()); }

/// True for what is computed in the kernel from what it gets anyway, and for constants.
static bool canSink(Value value) {
  Operation *definition = value.getDefiningOp();
  if (isa_and_nonnull<memref::GetGlobalOp>(definition))
    return true;
  return definition && isMemoryEffectFree(definition) && definition->getNumRegions() == 0 &&
         !isa<BaseMemRefType>(value.getType());
}

/// Computes in the loop what can be computed from buffers and their sizes.
void Kernel::sinkComputations() {
  while (true) {
    SetVector<Value> used;
    getUsedValuesDefinedAbove(loop.getRegion(), used);
    auto it = llvm::find_if(used, canSink);
    if (it == used.end())
      return;
    Operation *definition = it->getDefiningOp();
    builder.setInsertionPointToStart(loop.getBody());
    Operation *clone = builder.clone(*definition);
    for (auto [from, to] : llvm::zip_equal(definition->getResults(), clone->getResults()))
      from.replaceUsesWithIf(to, [&](OpOperand &use) {
        return loop.getRegion().isAncestor(use.getOwner()->getParentRegion()) &&
               use.getOwner() != clone;
      });
  }
}

/// The bounds that divide the block's z coordinate: all but those of the first and
/// the last two dimensions.
SmallVector<OpFoldResult> Kernel::getDividedBounds() {
  SmallVector<OpFoldResult> bounds = loop.getMixedUpperBound();
  return bounds.size() < 4 ? SmallVector<OpFoldResult>()
                           : llvm::to_vector(ArrayRef(bounds).drop_front().drop_back(2));
}

/// Function arguments in their order, then the rest.
void Kernel::collectCaptured() {
  SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getRegion(), used);
  SmallVector<Value> worklist;
  for (OpFoldResult bound : getDividedBounds())
    if (auto value = dyn_cast<Value>(bound))
      worklist.push_back(value);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (canSink(value))
      llvm::append_range(worklist, value.getDefiningOp()->getOperands());
    else
      used.insert(value);
  }
  SmallVector<BlockArgument> arguments;
  for (Value value : used)
    if (auto argument = dyn_cast<BlockArgument>(value))
      arguments.push_back(argument);
  llvm::sort(arguments, [](BlockArgument a, BlockArgument b) {
    return a.getArgNumber() < b.getArgNumber();
  });
  for (BlockArgument argument : arguments)
    captured.push_back({argument, 0});
  for (Value value : used)
    if (!isa<BlockArgument>(value))
      captured.push_back({value, 0});
}

/// Pointer to the first element, dynamic sizes, dynamic strides.
void Kernel::addBuffer(Value buffer, MemRefType type) {
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
  Type i64 = builder.getI64Type();
  Value address = castTo(
      i64, memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer).getResult());
  auto [strides, offset] = type.getStridesAndOffset();
  if (offset != 0) {
    unsigned bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    Value size = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(bytes));
    Value first = castTo(i64, metadata.getOffset());
    address = arith::AddIOp::create(builder, loc, address,
                                    arith::MulIOp::create(builder, loc, first, size));
  }
  auto pointerType = LLVM::LLVMPointerType::get(builder.getContext(), kGlobalSpace);
  addArgument(LLVM::IntToPtrOp::create(builder, loc, pointerType, address));
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(extent))
      addArgument(castTo(builder.getI32Type(), metadata.getSizes()[axis]));
  for (auto [axis, stride] : llvm::enumerate(strides))
    if (ShapedType::isDynamic(stride))
      addArgument(castTo(i64, metadata.getStrides()[axis]));
}

void Kernel::buildHostArguments() {
  builder.setInsertionPoint(loop);
  for (Captured &capture : captured) {
    capture.argument = hostArguments.size();
    if (auto type = dyn_cast<MemRefType>(capture.value.getType()))
      addBuffer(capture.value, type);
    else if (capture.value.getType().isIndex())
      addArgument(castTo(builder.getI32Type(), capture.value));
    else
      addArgument(capture.value);
  }
}

/// x: the last dimension of the loop, y: the one before, z: the product of others.
SmallVector<Value> Kernel::buildGrid() {
  SmallVector<Value> extents =
      getValueOrCreateConstantIndexOp(builder, loc, loop.getMixedUpperBound());
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> grid(3, one);
  for (auto [distance, extent] : llvm::enumerate(llvm::reverse(extents)))
    if (distance < 2)
      grid[distance] = extent;
    else
      grid[2] = arith::MulIOp::create(builder, loc, grid[2], extent);
  return grid;
}

LLVM::LLVMFuncOp Kernel::buildFunction() {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types;
  for (Value argument : hostArguments)
    types.push_back(isTensorMap(argument) ? LLVM::LLVMPointerType::get(context)
                                          : argument.getType());
  builder.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), types);
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                    builder.getDenseI32ArrayAttr({int32_t(config.getNumThreads()), 1, 1}));
  // Threads that share nothing compute as the reference does.
  Attribute sharedBytes = loop->getAttr(SattnNVDialect::kSharedBytes);
  if (!sharedBytes)
    return function;
  // Denormal results of f32 arithmetic are 0, as those of ex2.approx.ftz are.
  function.setDenormalFpMathF32Attr(builder.getStringAttr("preserve-sign"));
  // Where registers change hands, ptxas wants to know how many each thread starts with;
  // elsewhere the attribute costs registers.
  if (config.getProducers() != 0)
    function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), builder.getI32IntegerAttr(1));
  function->setAttr(SattnNVDialect::kSharedBytes, sharedBytes);
  return function;
}

/// A parameter whose 128 bytes copies read where they are, in constant memory.
Value Kernel::buildTensorMap(LLVM::LLVMFuncOp function, const Captured &capture) {
  unsigned argument = capture.argument;
  function.setArgAttr(argument, LLVM::LLVMDialect::getByValAttrName(),
                      TypeAttr::get(capture.value.getType()));
  function.setArgAttr(argument, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(kTensorMapAlignment));
  function.setArgAttr(argument, NVVM::NVVMDialect::getGridConstantAttrName(),
                      builder.getUnitAttr());
  return function.getBody().front().getArgument(argument);
}

Value Kernel::buildView(LLVM::LLVMFuncOp function, const Captured &capture) {
  unsigned argument = capture.argument;
  if (isTensorMap(capture.value))
    return buildTensorMap(function, capture);
  Block &entry = function.getBody().front();
  auto type = dyn_cast<MemRefType>(capture.value.getType());
  if (!type) {
    Value value = entry.getArgument(argument);
    return capture.value.getType().isIndex() ? castToIndex(value) : value;
  }
  function.setArgAttr(argument, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
  function.setArgAttr(argument, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(kPointerAlignment));
  Value pointer = entry.getArgument(argument++);
  SmallVector<Value> sizes, dynamicStrides;
  for (int64_t i = 0, e = type.getNumDynamicDims(); i < e; ++i)
    sizes.push_back(castToIndex(entry.getArgument(argument++)));
  auto [strides, offset] = type.getStridesAndOffset();
  for (int64_t stride : strides)
    if (ShapedType::isDynamic(stride))
      dynamicStrides.push_back(entry.getArgument(argument++));
  return ViewOp::create(builder, loc, type, pointer, sizes, dynamicStrides);
}

/// `value`, which the loop does not compute, inside the kernel.
Value Kernel::compute(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *definition = value.getDefiningOp();
  for (Value operand : definition->getOperands())
    compute(operand, mapping);
  builder.clone(*definition, mapping);
  return mapping.lookup(value);
}

/// The loop's counters from the block's coordinates.
SmallVector<Value> Kernel::buildIndices(IRMapping &mapping) {
  Type i32 = builder.getI32Type();
  unsigned rank = loop.getRank();
  SmallVector<Value> indices(rank);
  if (rank > 0)
    indices[rank - 1] = castToIndex(NVVM::BlockIdXOp::create(builder, loc, i32));
  if (rank > 1)
    indices[rank - 2] = castToIndex(NVVM::BlockIdYOp::create(builder, loc, i32));
  if (rank < 3)
    return indices;
  Value rest = castToIndex(NVVM::BlockIdZOp::create(builder, loc, i32));
  SmallVector<OpFoldResult> bounds = getDividedBounds();
  for (unsigned dim = bounds.size(); dim > 0; --dim) {
    OpFoldResult extent = bounds[dim - 1];
    Value bound = isa<Value>(extent) ? compute(cast<Value>(extent), mapping)
                                     : getValueOrCreateConstantIndexOp(builder, loc, extent);
    indices[dim] = arith::RemUIOp::create(builder, loc, rest, bound);
    rest = arith::DivUIOp::create(builder, loc, rest, bound);
  }
  indices[0] = rest;
  return indices;
}

void Kernel::buildBody(LLVM::LLVMFuncOp function) {
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (const Captured &capture : captured)
    mapping.map(capture.value, buildView(function, capture));
  SmallVector<Value> indices = buildIndices(mapping);
  mapping.map(loop.getInductionVars(), ValueRange(indices));
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, mapping);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
}

/// The device has its own copies of the constants that the kernel reads.
void Kernel::copyConstants(LLVM::LLVMFuncOp function) {
  function->walk([&](memref::GetGlobalOp op) {
    if (module.lookupSymbol(op.getNameAttr().getAttr()))
      return;
    auto global = loop->getParentOfType<ModuleOp>().lookupSymbol<memref::GlobalOp>(op.getName());
    if (!global)
      return;
    builder.setInsertionPointToStart(module.getBody());
    builder.clone(*global);
  });
}

/// What `value`, which the loop uses, is a view of outside of the loop.
static Value getViewed(Value value, Region &region) {
  while (region.isAncestor(value.getParentRegion())) {
    auto view = value.getDefiningOp<ViewLikeOpInterface>();
    if (!view)
      return Value();
    value = view.getViewSource();
  }
  return value;
}

/// The memrefs that `op` writes. Ops of sattn_nv say so where it is global memory.
static SmallVector<Value> getWritten(Operation *op) {
  SmallVector<Value> written;
  if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || isMemoryEffectFree(op))
    return written;
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  SmallVector<MemoryEffects::EffectInstance> effects;
  if (interface)
    interface.getEffects<MemoryEffects::Write>(effects);
  bool isUnknown = !interface;
  for (const MemoryEffects::EffectInstance &effect : effects)
    if (Value value = effect.getValue())
      written.push_back(value);
    else
      isUnknown |= !isa<SattnNVDialect>(op->getDialect());
  return isUnknown ? SmallVector<Value>(op->getOperands()) : written;
}

/// The numbers of the pointers that the kernel writes through.
SmallVector<int32_t> Kernel::getWrittenArguments() {
  SmallPtrSet<Value, 4> buffers;
  bool isUnknown = false;
  loop.getRegion().walk([&](Operation *op) {
    for (Value value : getWritten(op))
      if (isa<BaseMemRefType>(value.getType())) {
        Value buffer = getViewed(value, loop.getRegion());
        buffers.insert(buffer);
        isUnknown |= !buffer;
      }
  });
  SmallVector<int32_t> arguments;
  for (const Captured &capture : captured)
    if (isa<MemRefType>(capture.value.getType()) && (isUnknown || buffers.contains(capture.value)))
      arguments.push_back(int32_t(capture.argument));
  return arguments;
}

void Kernel::build() {
  sinkComputations();
  collectCaptured();
  buildHostArguments();
  SmallVector<int32_t> written = getWrittenArguments();
  SmallVector<Value> grid = buildGrid();
  LLVM::LLVMFuncOp function = buildFunction();
  buildBody(function);
  copyConstants(function);

  builder.setInsertionPoint(loop);
  Value threads = arith::ConstantIndexOp::create(builder, loc, config.getNumThreads());
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto bytes = loop->getAttrOfType<IntegerAttr>(SattnNVDialect::kSharedBytes);
  Value shared = arith::ConstantOp::create(
      builder, loc, builder.getI32IntegerAttr(bytes ? bytes.getInt() : 0));
  auto symbol = SymbolRefAttr::get(module.getNameAttr(),
                                   {FlatSymbolRefAttr::get(function.getNameAttr())});
  auto launch = gpu::LaunchFuncOp::create(
      builder, loc, symbol, gpu::KernelDim3{grid[0], grid[1], grid[2]},
      gpu::KernelDim3{threads, one, one}, shared, hostArguments);
  launch->setAttr(SattnNVDialect::kWritten, builder.getDenseI32ArrayAttr(written));
  loop.erase();
}

/// The first kernel has the function's name, the next ones a number behind it.
static LogicalResult outlineFunction(func::FuncOp function, gpu::GPUModuleOp module) {
  SmallVector<std::pair<scf::ForallOp, ConfigAttr>> loops = getKernelLoops(function);
  for (auto [index, pair] : llvm::enumerate(loops)) {
    auto [loop, config] = pair;
    if (loop.getNumResults() != 0)
      return loop.emitError("expected a bufferized loop");
    if (!loop.isNormalized())
      return loop.emitError("expected a loop from 0 in steps of 1");
    std::string name = function.getName().str();
    if (index > 0)
      name += "_" + std::to_string(index);
    Kernel(loop, config, module, name).build();
  }
  return success();
}

namespace {
struct OutlinePass : sattn_nv::impl::SattnNVOutlinePassBase<OutlinePass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (getKernelLoops(module).empty())
      return;
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto kernels = gpu::GPUModuleOp::create(builder, module.getLoc(), kModuleName);
    for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>()))
      if (failed(outlineFunction(function, kernels)))
        return signalPassFailure();
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), builder.getUnitAttr());
  }
};
} // namespace
