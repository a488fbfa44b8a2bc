//===- EntryPoints.cpp - Functions with the C ABI -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code in front of a lowered function: it reads `sattn_tensor` structs,
// checks rank, type, extents and pointers, and returns a status instead of
// calling where something is wrong. JIT and object files use the same code.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/EntryPoints.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// One argument as the entry point sees it.
struct Argument {
  const EntryTensor *tensor;
  unsigned number; ///< inputs, then outputs
  Value data;
  Value shapePointer;
  SmallVector<Value> extents;
};

/// Writes one function `i32 @name(ptr inputs, ptr outputs)`.
class EntryPointWriter {
public:
  EntryPointWriter(ModuleOp module, const EntrySignature &signature)
      : signature(signature), module(module),
        builder(module.getLoc(), module.getContext()) {
    pointer = LLVM::LLVMPointerType::get(module.getContext());
    tensor = LLVM::LLVMStructType::getLiteral(
        module.getContext(),
        {pointer, pointer, builder.getI32Type(), builder.getI32Type()});
  }

  /// The function that computes.
  LogicalResult writeRun(LLVM::LLVMFuncOp kernel, LLVM::LLVMFuncOp shapes);
  /// The function that fills in the extents of the outputs.
  LogicalResult writeShapes(LLVM::LLVMFuncOp shapes);

private:
  void begin(StringRef name);
  void finish();
  Argument readArgument(const EntryTensor &type, unsigned number, Value array,
                        unsigned index);
  void checkInputExtents(const Argument &argument);
  void readInputs();
  void readOutputs();
  /// Returns `code` unless `condition` holds.
  void check(Value condition, StatusCode code, unsigned argument,
             unsigned axis = 0);
  Value callShapes(LLVM::LLVMFuncOp shapes);
  Value getExtent(Value computed, unsigned position, unsigned total);
  void appendMemref(const Argument &argument, SmallVectorImpl<Value> &operands);
  Value loadScalar(const Argument &argument);
  LogicalResult checkType(LLVM::LLVMFuncOp function, ValueRange operands);

  Value constant(int64_t value, unsigned width = 64) {
    return LLVM::ConstantOp::create(builder, builder.getIntegerType(width),
                                    value);
  }
  Value loadField(Value base, unsigned index, unsigned field, Type type) {
    Value address = LLVM::GEPOp::create(
        builder, pointer, tensor, base,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index),
                               static_cast<int32_t>(field)});
    return LLVM::LoadOp::create(builder, type, address);
  }
  Value compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs) {
    return LLVM::ICmpOp::create(builder, predicate, lhs, rhs);
  }
  Value isNotNull(Value value) {
    return compare(LLVM::ICmpPredicate::ne, value,
                   LLVM::ZeroOp::create(builder, pointer));
  }

  const EntrySignature &signature;
  ModuleOp module;
  ImplicitLocOpBuilder builder;
  Type pointer, tensor;
  LLVM::LLVMFuncOp function;
  SmallVector<Argument> inputs, outputs;
  /// First extent seen for each symbol.
  llvm::DenseMap<int64_t, Value> symbols;
};
} // namespace

void EntryPointWriter::begin(StringRef name) {
  builder.setInsertionPointToEnd(module.getBody());
  auto type =
      LLVM::LLVMFunctionType::get(builder.getI32Type(), {pointer, pointer});
  function = LLVM::LLVMFuncOp::create(builder, name, type);
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
}

void EntryPointWriter::finish() {
  LLVM::ReturnOp::create(builder, constant(0, 32));
}

void EntryPointWriter::check(Value condition, StatusCode code,
                             unsigned argument, unsigned axis) {
  Block *good =
      builder.createBlock(&function.getBody(), function.getBody().end());
  Block *bad =
      builder.createBlock(&function.getBody(), function.getBody().end());
  builder.setInsertionPointToEnd(condition.getParentBlock());
  LLVM::CondBrOp::create(builder, condition, good, bad);
  builder.setInsertionPointToEnd(bad);
  uint32_t status = static_cast<uint8_t>(code) | argument << 8 | axis << 24;
  LLVM::ReturnOp::create(builder, constant(static_cast<int32_t>(status), 32));
  builder.setInsertionPointToEnd(good);
}

Argument EntryPointWriter::readArgument(const EntryTensor &type,
                                        unsigned number, Value array,
                                        unsigned index) {
  using Predicate = LLVM::ICmpPredicate;
  Argument argument{&type, number, {}, {}, {}};
  unsigned rank = type.shape.size();
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  check(isNotNull(array), StatusCode::NullPointer, number);
  check(compare(Predicate::eq, loadField(array, index, 2, i32),
                constant(rank, 32)),
        StatusCode::WrongRank, number);
  check(compare(Predicate::eq, loadField(array, index, 3, i32),
                constant(static_cast<int32_t>(type.type), 32)),
        StatusCode::WrongType, number);
  argument.data = loadField(array, index, 0, pointer);
  if (rank == 0)
    return argument;
  argument.shapePointer = loadField(array, index, 1, pointer);
  check(isNotNull(argument.shapePointer), StatusCode::NullPointer, number);
  for (unsigned axis = 0; axis < rank; ++axis) {
    Value address =
        LLVM::GEPOp::create(builder, pointer, i64, argument.shapePointer,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(axis)});
    argument.extents.push_back(LLVM::LoadOp::create(builder, i64, address));
  }
  return argument;
}

void EntryPointWriter::checkInputExtents(const Argument &argument) {
  using Predicate = LLVM::ICmpPredicate;
  for (auto [axis, extent] : llvm::enumerate(argument.extents)) {
    int64_t required = argument.tensor->required[axis],
            symbol = argument.tensor->symbols[axis];
    if (!ShapedType::isDynamic(required)) {
      check(compare(Predicate::eq, extent, constant(required)),
            StatusCode::WrongExtent, argument.number, axis);
      continue;
    }
    check(compare(Predicate::sge, extent, constant(0)), StatusCode::WrongExtent,
          argument.number, axis);
    auto [first, isNew] = symbols.try_emplace(symbol, extent);
    if (!isNew)
      check(compare(Predicate::eq, extent, first->second),
            StatusCode::WrongExtent, argument.number, axis);
  }
}

void EntryPointWriter::readInputs() {
  Value array = function.getArgument(0);
  for (auto [index, type] : llvm::enumerate(signature.inputs)) {
    inputs.push_back(readArgument(type, index, array, index));
    checkInputExtents(inputs.back());
    if (type.isScalar)
      check(isNotNull(inputs.back().data), StatusCode::NullPointer, index);
  }
}

void EntryPointWriter::readOutputs() {
  Value array = function.getArgument(1);
  for (auto [index, type] : llvm::enumerate(signature.outputs))
    outputs.push_back(
        readArgument(type, signature.inputs.size() + index, array, index));
}

Value EntryPointWriter::loadScalar(const Argument &argument) {
  switch (argument.tensor->type) {
  case ElementType::I1: {
    Value byte =
        LLVM::LoadOp::create(builder, builder.getI8Type(), argument.data);
    return compare(LLVM::ICmpPredicate::ne, byte, constant(0, 8));
  }
  case ElementType::I8:
    return LLVM::LoadOp::create(builder, builder.getI8Type(), argument.data);
  case ElementType::I16:
    return LLVM::LoadOp::create(builder, builder.getI16Type(), argument.data);
  case ElementType::I32:
    return LLVM::LoadOp::create(builder, builder.getI32Type(), argument.data);
  case ElementType::I64:
  case ElementType::Index:
    return LLVM::LoadOp::create(builder, builder.getI64Type(), argument.data);
  case ElementType::F16:
    return LLVM::LoadOp::create(builder, builder.getF16Type(), argument.data);
  case ElementType::BF16:
    return LLVM::LoadOp::create(builder, builder.getBF16Type(), argument.data);
  case ElementType::F32:
    return LLVM::LoadOp::create(builder, builder.getF32Type(), argument.data);
  case ElementType::F64:
    return LLVM::LoadOp::create(builder, builder.getF64Type(), argument.data);
  }
  return Value();
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

LogicalResult EntryPointWriter::checkType(LLVM::LLVMFuncOp callee,
                                          ValueRange operands) {
  if (TypeRange(callee.getFunctionType().getParams()) == operands.getTypes())
    return success();
  return callee.emitError("expected the pipeline to lower entry functions to "
                          "memref descriptors in pieces, got ")
         << callee.getFunctionType();
}

Value EntryPointWriter::callShapes(LLVM::LLVMFuncOp shapes) {
  SmallVector<Value> operands;
  for (const Argument &input : inputs) {
    if (input.tensor->isScalar)
      operands.push_back(loadScalar(input));
    for (auto [extent, fixed] :
         llvm::zip_equal(input.extents, input.tensor->shape))
      if (ShapedType::isDynamic(fixed))
        operands.push_back(extent);
  }
  if (failed(checkType(shapes, operands)))
    return Value();
  auto call = LLVM::CallOp::create(builder, shapes, operands);
  return call.getNumResults() ? call.getResult() : constant(0);
}

Value EntryPointWriter::getExtent(Value computed, unsigned position,
                                  unsigned total) {
  if (total == 1)
    return computed;
  return LLVM::ExtractValueOp::create(builder, computed,
                                      ArrayRef<int64_t>{position});
}

static unsigned countExtents(ArrayRef<EntryTensor> tensors) {
  unsigned total = 0;
  for (const EntryTensor &tensor : tensors)
    total += tensor.shape.size();
  return total;
}

LogicalResult EntryPointWriter::writeRun(LLVM::LLVMFuncOp kernel,
                                         LLVM::LLVMFuncOp shapes) {
  begin(signature.name);
  readInputs();
  readOutputs();
  Value computed = callShapes(shapes);
  if (!computed)
    return failure();
  unsigned position = 0, total = countExtents(signature.outputs);
  for (const Argument &output : outputs)
    for (auto [axis, extent] : llvm::enumerate(output.extents))
      check(compare(LLVM::ICmpPredicate::eq, extent,
                    getExtent(computed, position++, total)),
            StatusCode::WrongExtent, output.number, axis);

  SmallVector<Value> operands;
  for (const Argument &argument : llvm::concat<Argument>(inputs, outputs)) {
    if (argument.number < inputs.size() && argument.tensor->isScalar) {
      operands.push_back(loadScalar(argument));
      continue;
    }
    // A null pointer is fine where there is nothing to point at.
    Value count = constant(1);
    for (Value extent : argument.extents)
      count = LLVM::MulOp::create(builder, count, extent);
    Value empty = compare(LLVM::ICmpPredicate::eq, count, constant(0));
    check(LLVM::OrOp::create(builder, empty, isNotNull(argument.data)),
          StatusCode::NullPointer, argument.number);
    appendMemref(argument, operands);
  }
  if (failed(checkType(kernel, operands)))
    return failure();
  LLVM::CallOp::create(builder, kernel, operands);
  finish();
  return success();
}

LogicalResult EntryPointWriter::writeShapes(LLVM::LLVMFuncOp shapes) {
  begin(signature.shapesName);
  readInputs();
  readOutputs();
  Value computed = callShapes(shapes);
  if (!computed)
    return failure();
  unsigned position = 0, total = countExtents(signature.outputs);
  for (const Argument &output : outputs)
    for (unsigned axis = 0; axis < output.extents.size(); ++axis) {
      Value address = LLVM::GEPOp::create(
          builder, pointer, builder.getI64Type(), output.shapePointer,
          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(axis)});
      LLVM::StoreOp::create(builder, getExtent(computed, position++, total),
                            address);
    }
  finish();
  return success();
}

LogicalResult
mlir::sattn::emitEntryPoints(ModuleOp module,
                             ArrayRef<EntrySignature> signatures) {
  SymbolTable symbols(module);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      function.setLinkage(LLVM::Linkage::Internal);
  for (const EntrySignature &signature : signatures) {
    auto kernel = symbols.lookup<LLVM::LLVMFuncOp>(signature.name);
    auto shapes = symbols.lookup<LLVM::LLVMFuncOp>(signature.shapesName);
    if (!kernel || !shapes)
      return module.emitError("expected the pipeline to keep and lower @")
             << signature.name << " and @" << signature.shapesName;
    for (LLVM::LLVMFuncOp function : {kernel, shapes})
      if (failed(symbols.rename(
              function, StringAttr::get(module.getContext(),
                                        function.getName() + ".kernel"))))
        return failure();
    if (failed(EntryPointWriter(module, signature).writeRun(kernel, shapes)) ||
        failed(EntryPointWriter(module, signature).writeShapes(shapes)))
      return failure();
  }
  return success();
}
