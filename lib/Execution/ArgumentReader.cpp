//===- ArgumentReader.cpp - Arguments of an entry point -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads and branches; nothing here knows the function that is called.
//
//===----------------------------------------------------------------------===//

#include "ArgumentReader.h"

using namespace mlir;
using namespace mlir::sattn;
using Predicate = LLVM::ICmpPredicate;

ArgumentReader::ArgumentReader(LLVM::LLVMFuncOp function,
                               ImplicitLocOpBuilder &builder)
    : function(function), builder(builder) {
  pointer = LLVM::LLVMPointerType::get(builder.getContext());
  tensor = LLVM::LLVMStructType::getLiteral(
      builder.getContext(),
      {pointer, pointer, builder.getI32Type(), builder.getI32Type()});
}

Value ArgumentReader::constant(int64_t value, unsigned width) {
  return LLVM::ConstantOp::create(builder, builder.getIntegerType(width),
                                  value);
}

Value ArgumentReader::loadField(Value base, unsigned index, unsigned field,
                                Type type) {
  Value address =
      LLVM::GEPOp::create(builder, pointer, tensor, base,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index),
                                                 static_cast<int32_t>(field)});
  return LLVM::LoadOp::create(builder, type, address);
}

Value ArgumentReader::getAxisAddress(const Argument &argument, unsigned axis) {
  return LLVM::GEPOp::create(
      builder, pointer, builder.getI64Type(), argument.shapePointer,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(axis)});
}

Value ArgumentReader::compare(Predicate predicate, Value lhs, Value rhs) {
  return LLVM::ICmpOp::create(builder, predicate, lhs, rhs);
}

Value ArgumentReader::disjoin(Value lhs, Value rhs) {
  return LLVM::OrOp::create(builder, lhs, rhs);
}

Value ArgumentReader::isNotNull(Value value) {
  return compare(Predicate::ne, value, LLVM::ZeroOp::create(builder, pointer));
}

void ArgumentReader::check(Value condition, StatusCode code, unsigned argument,
                           unsigned axis) {
  Block *good =
      builder.createBlock(&function.getBody(), function.getBody().end());
  Block *bad =
      builder.createBlock(&function.getBody(), function.getBody().end());
  builder.setInsertionPointToEnd(condition.getParentBlock());
  LLVM::CondBrOp::create(builder, condition, good, bad);
  builder.setInsertionPointToEnd(bad);
  uint32_t value = static_cast<uint8_t>(code) | argument << 8 | axis << 24;
  LLVM::ReturnOp::create(builder, constant(static_cast<int32_t>(value), 32));
  builder.setInsertionPointToEnd(good);
}

Argument ArgumentReader::read(const EntryTensor &type, unsigned number,
                              Value array, unsigned index) {
  Argument argument{&type, number, {}, {}, {}};
  unsigned rank = type.shape.size();
  Type i32 = builder.getI32Type();
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
  for (unsigned axis = 0; axis < rank; ++axis)
    argument.extents.push_back(LLVM::LoadOp::create(
        builder, builder.getI64Type(), getAxisAddress(argument, axis)));
  return argument;
}

void ArgumentReader::checkInputExtents(const Argument &argument) {
  for (auto [axis, extent] : llvm::enumerate(argument.extents)) {
    int64_t required = argument.tensor->required[axis],
            symbol = argument.tensor->symbols[axis];
    auto expect = [&, axis = axis](Value condition) {
      check(condition, StatusCode::WrongExtent, argument.number, axis);
    };
    if (!ShapedType::isDynamic(required)) {
      expect(compare(Predicate::eq, extent, constant(required)));
      continue;
    }
    expect(compare(Predicate::sge, extent, constant(0)));
    auto [first, isNew] = symbols.try_emplace(symbol, extent);
    if (!isNew)
      expect(compare(Predicate::eq, extent, first->second));
  }
}

void ArgumentReader::checkOutputExtents(const Argument &output,
                                        ArrayRef<Value> expected) {
  for (auto [axis, extent] : llvm::enumerate(output.extents)) {
    Value isRight = compare(Predicate::eq, extent, expected[axis]);
    Value isExtent = compare(Predicate::sge, extent, constant(0));
    check(LLVM::AndOp::create(builder, isRight, isExtent),
          StatusCode::WrongExtent, output.number, axis);
  }
}

void ArgumentReader::checkData(const Argument &argument) {
  Type i64 = builder.getI64Type(), i1 = builder.getI1Type();
  auto type = LLVM::LLVMStructType::getLiteral(builder.getContext(), {i64, i1});
  Value bytes = constant(getElementSize(argument.tensor->type));
  Value isEmpty = constant(0, 1), isTooLarge = constant(0, 1);
  for (Value extent : argument.extents) {
    Value product =
        LLVM::SMulWithOverflowOp::create(builder, type, bytes, extent);
    bytes =
        LLVM::ExtractValueOp::create(builder, product, ArrayRef<int64_t>{0});
    isTooLarge =
        disjoin(isTooLarge, LLVM::ExtractValueOp::create(builder, product,
                                                         ArrayRef<int64_t>{1}));
    isEmpty = disjoin(isEmpty, compare(Predicate::eq, extent, constant(0)));
  }
  Value isCountable = compare(Predicate::eq, isTooLarge, constant(0, 1));
  check(disjoin(isEmpty, isCountable), StatusCode::TooLarge, argument.number);
  check(disjoin(isEmpty, isNotNull(argument.data)), StatusCode::NullPointer,
        argument.number);
}

Value ArgumentReader::loadScalar(const Argument &argument) {
  auto getType = [&]() -> Type {
    switch (argument.tensor->type) {
    case ElementType::F16:
      return builder.getF16Type();
    case ElementType::BF16:
      return builder.getBF16Type();
    case ElementType::F32:
      return builder.getF32Type();
    case ElementType::F64:
      return builder.getF64Type();
    default:
      return builder.getIntegerType(8 * getElementSize(argument.tensor->type));
    }
  };
  Value scalar = LLVM::LoadOp::create(builder, getType(), argument.data);
  return argument.tensor->type == ElementType::I1
             ? compare(Predicate::ne, scalar, constant(0, 8))
             : scalar;
}
