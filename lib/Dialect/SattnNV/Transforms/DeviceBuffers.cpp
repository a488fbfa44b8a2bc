//===- DeviceBuffers.cpp - Host memory to the device and back -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Around each launch: which buffers its pointers lead into, copies of them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"

namespace mlir::sattn_nv {
#define GEN_PASS_DEF_SATTNNVDEVICEBUFFERSPASS
#include "sattn/Dialect/SattnNV/Transforms/Passes.h.inc"
} // namespace mlir::sattn_nv

using namespace mlir;
using namespace mlir::sattn_nv;

namespace {
/// A buffer of the host that a launch touches.
struct LaunchBuffer {
  bool isWritten = false;
  Value device;
};

/// Rewrites one launch.
class LaunchRewriter {
public:
  explicit LaunchRewriter(gpu::LaunchFuncOp launch)
      : launch(launch), builder(launch.getLoc(), launch.getContext()) {}
  LogicalResult run();

private:
  LogicalResult collectBuffers();
  void copyToDevice();
  void replacePointers();
  Value moveAddress(Value address, Value host);
  Value encode(TensorMapOp map, Value host);
  Value storeNumbers(ValueRange numbers);
  Value allocate(Type type);
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, builder.getI64Type(), value);
  }
  void copyToHost();
  Value startChain();
  void finishChain(Value token);

  gpu::LaunchFuncOp launch;
  ImplicitLocOpBuilder builder;
  llvm::MapVector<Value, LaunchBuffer> buffers;
  /// The buffer of each pointer among the kernel's operands.
  SmallVector<std::pair<OpOperand *, Value>> pointers;
};
} // namespace

/// The one memref whose address `pointer` is computed from; null if there is
/// none or more than one.
static Value getAddressed(Value pointer) {
  Value found;
  SmallVector<Value> worklist = {pointer};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op)
      continue;
    if (auto extract = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op)) {
      if (found && found != extract.getSource())
        return Value();
      found = extract.getSource();
    } else if (isa<LLVM::LLVMDialect, arith::ArithDialect>(op->getDialect())) {
      llvm::append_range(worklist, op->getOperands());
    }
  }
  return found;
}

/// The whole buffer that `value` is a view of.
static Value getBuffer(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    if (!isa<MemRefType>(view.getViewSource().getType()))
      break;
    value = view.getViewSource();
  }
  return value;
}

LogicalResult LaunchRewriter::collectBuffers() {
  auto written = launch->getAttrOfType<DenseI32ArrayAttr>(SattnNVDialect::kWritten);
  for (auto [number, operand] : llvm::enumerate(launch.getKernelOperandsMutable())) {
    auto map = operand.get().getDefiningOp<TensorMapOp>();
    if (!map && !isa<LLVM::LLVMPointerType>(operand.get().getType()))
      continue;
    Value addressed = map ? map.getSource() : getAddressed(operand.get());
    if (!addressed)
      return launch.emitOpError("expected the address of one buffer as argument #")
             << number << " of the kernel";
    Value buffer = getBuffer(addressed);
    auto type = dyn_cast<MemRefType>(buffer.getType());
    if (!type || !type.getLayout().isIdentity())
      return launch.emitOpError("expected a buffer with the identity layout as argument #")
             << number << " of the kernel, got " << buffer.getType();
    buffers[buffer].isWritten |= !written || llvm::is_contained(written.asArrayRef(), number);
    pointers.emplace_back(&operand, buffer);
  }
  return success();
}

Value LaunchRewriter::startChain() {
  auto token = gpu::AsyncTokenType::get(builder.getContext());
  return gpu::WaitOp::create(builder, token, ValueRange()).getAsyncToken();
}

void LaunchRewriter::finishChain(Value token) { gpu::WaitOp::create(builder, Type(), token); }

void LaunchRewriter::copyToDevice() {
  Value token = startChain();
  for (auto &[host, buffer] : buffers) {
    auto type = cast<MemRefType>(host.getType());
    SmallVector<Value> extents;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        extents.push_back(memref::DimOp::create(builder, host, axis));
    auto deviceType = MemRefType::get(type.getShape(), type.getElementType());
    auto alloc = gpu::AllocOp::create(builder, deviceType, token.getType(), token, extents,
                                      /*symbolOperands=*/ValueRange());
    buffer.device = alloc.getMemref();
    token = gpu::MemcpyOp::create(builder, token.getType(), alloc.getAsyncToken(),
                                  buffer.device, host)
                .getAsyncToken();
  }
  finishChain(token);
}

static Value getAddress(ImplicitLocOpBuilder &builder, Value memref) {
  Value index = memref::ExtractAlignedPointerAsIndexOp::create(builder, memref);
  return arith::IndexCastOp::create(builder, builder.getI64Type(), index);
}

/// By the distance between the buffer `host` and its copy.
Value LaunchRewriter::moveAddress(Value address, Value host) {
  Value offset = arith::SubIOp::create(builder, address, getAddress(builder, host));
  return arith::AddIOp::create(builder, getAddress(builder, buffers[host].device), offset);
}

void LaunchRewriter::replacePointers() {
  for (auto [operand, host] : pointers) {
    if (auto map = operand->get().getDefiningOp<TensorMapOp>()) {
      operand->set(encode(map, host));
      if (map->use_empty())
        map.erase();
      continue;
    }
    Value address = LLVM::PtrToIntOp::create(builder, builder.getI64Type(), operand->get());
    operand->set(LLVM::IntToPtrOp::create(builder, operand->get().getType(),
                                          moveAddress(address, host)));
  }
}

/// Room on the stack, made once per call of the function.
Value LaunchRewriter::allocate(Type type) {
  OpBuilder::InsertionGuard guard(builder);
  auto function = launch->getParentOfType<func::FuncOp>();
  builder.setInsertionPointToStart(&function.getBody().front());
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::AllocaOp::create(builder, pointer, type, constant(1));
}

/// `numbers`, which are indices, as an array of i64.
Value LaunchRewriter::storeNumbers(ValueRange numbers) {
  Type i64 = builder.getI64Type();
  Value array = allocate(LLVM::LLVMArrayType::get(i64, numbers.size()));
  for (auto [position, number] : llvm::enumerate(numbers)) {
    Value element = LLVM::GEPOp::create(builder, array.getType(), i64, array,
                                        ArrayRef<LLVM::GEPArg>{int32_t(position)});
    LLVM::StoreOp::create(builder, arith::IndexCastOp::create(builder, i64, number), element);
  }
  return array;
}

/// The function of the runtime that makes the description of a tensor.
static LLVM::LLVMFuncOp declareEncode(ModuleOp module, TypeRange types) {
  constexpr StringLiteral name = "sattnEncodeTensorMap";
  if (auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return function;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()),
                                          llvm::to_vector(types));
  return LLVM::LLVMFuncOp::create(builder, module.getLoc(), name, type);
}

/// The description of the copy of what `map` describes.
Value LaunchRewriter::encode(TensorMapOp map, Value host) {
  auto type = cast<MemRefType>(map.getSource().getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, map.getSource());
  Type i64 = builder.getI64Type();
  Value first = arith::IndexCastOp::create(builder, i64, metadata.getOffset());
  unsigned bytes = type.getElementTypeBitWidth() / 8;
  Value address =
      arith::AddIOp::create(builder, getAddress(builder, map.getSource()),
                            arith::MulIOp::create(builder, first, constant(bytes)));
  Value result = allocate(map.getType());
  SmallVector<Value> operands = {result,
                                 moveAddress(address, host),
                                 constant(type.getRank()),
                                 storeNumbers(metadata.getSizes()),
                                 storeNumbers(metadata.getStrides()),
                                 constant(type.getElementType().isBF16()),
                                 constant(map.getAxis()),
                                 constant(map.getRows()),
                                 constant(map.getColumns())};
  LLVM::LLVMFuncOp function =
      declareEncode(launch->getParentOfType<ModuleOp>(), ValueRange(operands).getTypes());
  LLVM::CallOp::create(builder, function, operands);
  return LLVM::LoadOp::create(builder, map.getType(), result);
}

void LaunchRewriter::copyToHost() {
  Value token = startChain();
  for (auto &[host, buffer] : buffers) {
    if (buffer.isWritten)
      token = gpu::MemcpyOp::create(builder, token.getType(), token, host, buffer.device)
                  .getAsyncToken();
    token =
        gpu::DeallocOp::create(builder, token.getType(), token, buffer.device).getAsyncToken();
  }
  finishChain(token);
}

LogicalResult LaunchRewriter::run() {
  if (failed(collectBuffers()))
    return failure();
  if (buffers.empty())
    return success();
  builder.setInsertionPoint(launch);
  copyToDevice();
  replacePointers();
  builder.setInsertionPointAfter(launch);
  copyToHost();
  return success();
}

namespace {
/// A launch reads and writes memory, and allocates none: bufferization's deallocation
/// wants to know before this pass runs.
struct LaunchEffects
    : MemoryEffectOpInterface::ExternalModel<LaunchEffects, gpu::LaunchFuncOp> {
  void getEffects(Operation *, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) const {
    effects.emplace_back(MemoryEffects::Read::get());
    effects.emplace_back(MemoryEffects::Write::get());
  }
};

struct DeviceBuffersPass : sattn_nv::impl::SattnNVDeviceBuffersPassBase<DeviceBuffersPass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    SattnNVDeviceBuffersPassBase::getDependentDialects(registry);
    registry.addExtension(+[](MLIRContext *context, gpu::GPUDialect *) {
      auto name = RegisteredOperationName::lookup(gpu::LaunchFuncOp::getOperationName(), context);
      if (!name->hasInterface<MemoryEffectOpInterface>())
        gpu::LaunchFuncOp::attachInterface<LaunchEffects>(*context);
    });
  }
  void runOnOperation() override {
    SmallVector<gpu::LaunchFuncOp> launches;
    getOperation().walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
    for (gpu::LaunchFuncOp launch : launches)
      if (failed(LaunchRewriter(launch).run()))
        return signalPassFailure();
  }
};
} // namespace
