//===- FragmentBuilder.h - Builds arithmetic on fragments -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNTONV_FRAGMENTBUILDER_H
#define SATTN_LIB_CONVERSION_SATTNTONV_FRAGMENTBUILDER_H

#include "mlir/IR/Builders.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

namespace mlir::sattn_nv {

/// Builds the scalar arithmetic of a region.
class ScalarBuilder {
public:
  ScalarBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(float value);
  Value index(int64_t value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  /// a * b + c, rounded once.
  Value fma(Value a, Value b, Value c);
  Value neg(Value a);
  /// The larger number; a NaN loses against a number.
  Value max(Value a, Value b);
  Value exp2(Value a);
  Value log2(Value a);
  Value select(Value condition, Value a, Value b);
  Value isEqual(Value a, float b);
  /// True for a NaN, too.
  Value isDifferent(Value a, float b);
  Value andOf(Value a, Value b);

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }

private:
  OpBuilder &builder;
  Location loc;
};

/// Builds operations on fragments at one place.
class FragmentBuilder : public ScalarBuilder {
public:
  using ScalarBuilder::ScalarBuilder;
  using Body = function_ref<Value(ScalarBuilder &, ValueRange)>;

  /// `row` and `column`: position of the fragment's first element; given, the body
  /// gets those of its element behind the inputs.
  Value map(FragType type, ValueRange inputs, Body body, Value row = {}, Value column = {});
  Value fill(FragType type, float value);
  /// acc -> row.
  Value reduceRows(Reduction kind, Value acc);
};

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNTONV_FRAGMENTBUILDER_H
