//===- ArgumentReader.h - Arguments of an entry point -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_EXECUTION_ARGUMENTREADER_H
#define SATTN_LIB_EXECUTION_ARGUMENTREADER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "sattn/Execution/EntryPoints.h"

namespace mlir::sattn {

/// One argument as an entry point sees it.
struct Argument {
  const EntryTensor *tensor;
  unsigned number; ///< inputs, then outputs
  Value data;
  Value shapePointer;
  SmallVector<Value> extents;
};

/// Writes the code of `function` that reads `sattn_tensor` structs and returns
/// a status where one is wrong. Each call goes on in a new block.
class ArgumentReader {
public:
  ArgumentReader(LLVM::LLVMFuncOp function, ImplicitLocOpBuilder &builder);

  /// Reads entry `index` of `array` and checks rank, type and pointers.
  Argument read(const EntryTensor &type, unsigned number, Value array,
                unsigned index);
  /// Extents are what the body needs, and equal where they have to be.
  void checkInputExtents(const Argument &input);
  /// Extents are those of `expected`.
  void checkOutputExtents(const Argument &output, ArrayRef<Value> expected);
  /// The bytes can be counted, and there is a pointer unless there are none.
  void checkData(const Argument &argument);
  /// Returns `code` unless `condition` holds.
  void check(Value condition, StatusCode code, unsigned argument,
             unsigned axis = 0);

  Value loadScalar(const Argument &argument);
  /// Where the extent of `axis` lies.
  Value getAxisAddress(const Argument &argument, unsigned axis);

private:
  Value constant(int64_t value, unsigned width = 64);
  Value loadField(Value base, unsigned index, unsigned field, Type type);
  Value compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs);
  Value disjoin(Value lhs, Value rhs);
  Value isNotNull(Value value);

  LLVM::LLVMFuncOp function;
  ImplicitLocOpBuilder &builder;
  Type pointer, tensor;
  /// First extent seen for each symbol.
  llvm::DenseMap<int64_t, Value> symbols;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_EXECUTION_ARGUMENTREADER_H
