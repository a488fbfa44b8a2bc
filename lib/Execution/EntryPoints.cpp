//===- EntryPoints.cpp - Functions with the C ABI -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code in front of a lowered function: arguments are read and checked, the
// function is called, a status is returned. JIT and object files use the same
// code.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/EntryPoints.h"
#include "AllocationStatus.h"
#include "ArgumentReader.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Writes one function `i32 @name(ptr inputs, ptr outputs)`.
class EntryPointWriter {
public:
  EntryPointWriter(ModuleOp module, const EntrySignature &signature,
                   StringRef name)
      : signature(signature), builder(module.getLoc(), module.getContext()),
        function(create(module, name)), arguments(function, builder) {}

  /// The function that computes.
  LogicalResult writeRun(LLVM::LLVMFuncOp kernel, LLVM::LLVMFuncOp shapes);
  /// The function that fills in the extents of the outputs.
  LogicalResult writeShapes(LLVM::LLVMFuncOp shapes);

private:
  LLVM::LLVMFuncOp create(ModuleOp module, StringRef name);
  /// Reads and checks what both kinds of function need, up to the extents that
  /// the outputs should have.
  LogicalResult begin(LLVM::LLVMFuncOp shapes);
  void finish();
  /// Calls a lowered function with `operands` and a pointer to the status, and
  /// returns where it failed. Null if the types do not fit.
  LLVM::CallOp call(LLVM::LLVMFuncOp callee, SmallVector<Value> operands);
  LogicalResult callShapes(LLVM::LLVMFuncOp shapes);
  void appendMemref(const Argument &argument, SmallVectorImpl<Value> &operands);
  Value constant(int64_t value, unsigned width = 64) {
    return LLVM::ConstantOp::create(builder, builder.getIntegerType(width),
                                    value);
  }

  const EntrySignature &signature;
  ImplicitLocOpBuilder builder;
  /// Where lowered functions say that they ran out of memory. In front of
  /// `function`, whose making sets it.
  Value status;
  LLVM::LLVMFuncOp function;
  ArgumentReader arguments;
  SmallVector<Argument> inputs, outputs;
  /// For each output the extents that it should have.
  SmallVector<SmallVector<Value>> outputExtents;
};
} // namespace

LLVM::LLVMFuncOp EntryPointWriter::create(ModuleOp module, StringRef name) {
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto entry = LLVM::LLVMFuncOp::create(
      builder, name,
      LLVM::LLVMFunctionType::get(builder.getI32Type(), {pointer, pointer}));
  builder.setInsertionPointToStart(entry.addEntryBlock(builder));
  status = LLVM::AllocaOp::create(builder, pointer, builder.getI32Type(),
                                  constant(1));
  LLVM::StoreOp::create(builder, constant(0, 32), status);
  return entry;
}

/// A memref with the identity layout, in the pieces that a lowered function
/// takes: allocated and aligned pointer, offset, sizes, strides.
void EntryPointWriter::appendMemref(const Argument &argument,
                                    SmallVectorImpl<Value> &operands) {
  unsigned rank = argument.extents.size();
  operands.append({argument.data, argument.data, constant(0)});
  SmallVector<Value> sizes, strides(rank);
  for (auto [extent, fixed] :
       llvm::zip_equal(argument.extents, argument.tensor->shape))
    sizes.push_back(ShapedType::isDynamic(fixed) ? extent : constant(fixed));
  Value stride = constant(1);
  for (unsigned axis = rank; axis-- > 0;) {
    strides[axis] = stride;
    stride = LLVM::MulOp::create(builder, stride, sizes[axis]);
  }
  operands.append(sizes);
  operands.append(strides);
}

LLVM::CallOp EntryPointWriter::call(LLVM::LLVMFuncOp callee,
                                    SmallVector<Value> operands) {
  operands.push_back(status);
  if (TypeRange(callee.getFunctionType().getParams()) !=
      ValueRange(operands).getTypes()) {
    callee.emitError("expected the pipeline to lower entry functions to "
                     "memref descriptors in pieces, got ")
        << callee.getFunctionType();
    return nullptr;
  }
  auto call = LLVM::CallOp::create(builder, callee, operands);
  Value code = LLVM::LoadOp::create(builder, builder.getI32Type(), status);
  Value isFine = LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::eq, code,
                                      constant(0, 32));
  arguments.check(isFine, StatusCode::OutOfMemory, /*argument=*/0);
  return call;
}

LogicalResult EntryPointWriter::callShapes(LLVM::LLVMFuncOp shapes) {
  SmallVector<Value> operands;
  for (const Argument &input : inputs) {
    if (input.tensor->isScalar)
      operands.push_back(arguments.loadScalar(input));
    for (auto [extent, fixed] :
         llvm::zip_equal(input.extents, input.tensor->shape))
      if (ShapedType::isDynamic(fixed))
        operands.push_back(extent);
  }
  LLVM::CallOp computed = call(shapes, operands);
  if (!computed)
    return failure();
  // One number by itself, several in a struct.
  Value result = computed.getNumResults() ? computed.getResult() : Value();
  bool isStruct = result && isa<LLVM::LLVMStructType>(result.getType());
  int64_t position = 0;
  for (const Argument &output : outputs) {
    SmallVector<Value> &extents = outputExtents.emplace_back();
    for (size_t axis = 0; axis < output.extents.size(); ++axis, ++position)
      extents.push_back(isStruct
                            ? LLVM::ExtractValueOp::create(
                                  builder, result, ArrayRef<int64_t>{position})
                                  .getResult()
                            : result);
  }
  return success();
}

LogicalResult EntryPointWriter::begin(LLVM::LLVMFuncOp shapes) {
  for (auto [index, input] : llvm::enumerate(signature.inputs)) {
    inputs.push_back(
        arguments.read(input, index, function.getArgument(0), index));
    arguments.checkInputExtents(inputs.back());
    if (input.isScalar)
      arguments.checkData(inputs.back());
  }
  for (auto [index, output] : llvm::enumerate(signature.outputs))
    outputs.push_back(arguments.read(output, inputs.size() + index,
                                     function.getArgument(1), index));
  return callShapes(shapes);
}

void EntryPointWriter::finish() {
  LLVM::ReturnOp::create(builder, constant(0, 32));
}

LogicalResult EntryPointWriter::writeRun(LLVM::LLVMFuncOp kernel,
                                         LLVM::LLVMFuncOp shapes) {
  if (failed(begin(shapes)))
    return failure();
  for (auto [output, extents] : llvm::zip_equal(outputs, outputExtents))
    arguments.checkOutputExtents(output, extents);
  SmallVector<Value> operands;
  for (const Argument &argument : llvm::concat<Argument>(inputs, outputs)) {
    if (argument.number < inputs.size() && argument.tensor->isScalar) {
      operands.push_back(arguments.loadScalar(argument));
      continue;
    }
    arguments.checkData(argument);
    appendMemref(argument, operands);
  }
  if (!call(kernel, operands))
    return failure();
  finish();
  return success();
}

LogicalResult EntryPointWriter::writeShapes(LLVM::LLVMFuncOp shapes) {
  if (failed(begin(shapes)))
    return failure();
  for (auto [output, extents] : llvm::zip_equal(outputs, outputExtents))
    for (auto [axis, extent] : llvm::enumerate(extents))
      LLVM::StoreOp::create(builder, extent,
                            arguments.getAxisAddress(output, axis));
  finish();
  return success();
}

/// The lowered functions of each signature, the one that computes and then the
/// one that gives extents, under names that make room for the entry points.
static FailureOr<SmallVector<LLVM::LLVMFuncOp>>
renameLowered(ModuleOp module, ArrayRef<EntrySignature> signatures) {
  SymbolTable symbols(module);
  SmallVector<LLVM::LLVMFuncOp> lowered;
  for (const EntrySignature &signature : signatures)
    for (StringRef name :
         {StringRef(signature.name), StringRef(signature.shapesName)}) {
      auto function = symbols.lookup<LLVM::LLVMFuncOp>(name);
      if (!function || function.isExternal())
        return module.emitError("expected the pipeline to keep and lower @")
                   << signature.name << " and @" << signature.shapesName,
               failure();
      auto newName =
          StringAttr::get(module.getContext(), function.getName() + ".kernel");
      if (failed(symbols.rename(function, newName)))
        return failure();
      lowered.push_back(function);
    }
  return lowered;
}

LogicalResult
mlir::sattn::emitEntryPoints(ModuleOp module,
                             ArrayRef<EntrySignature> signatures) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      function.setLinkage(LLVM::Linkage::Internal);
  FailureOr<SmallVector<LLVM::LLVMFuncOp>> lowered =
      renameLowered(module, signatures);
  if (failed(lowered) ||
      failed(addAllocationStatus(
          module, *lowered, static_cast<int32_t>(StatusCode::OutOfMemory))))
    return failure();
  for (auto [index, signature] : llvm::enumerate(signatures)) {
    LLVM::LLVMFuncOp kernel = (*lowered)[2 * index],
                     shapes = (*lowered)[2 * index + 1];
    if (failed(EntryPointWriter(module, signature, signature.name)
                   .writeRun(kernel, shapes)) ||
        failed(EntryPointWriter(module, signature, signature.shapesName)
                   .writeShapes(shapes)))
      return failure();
  }
  return success();
}
