//===- TileBuilder.h - Builder of vector code on panels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vocabulary of the CPU lowering: rows of `lanes` queries as 1-D vectors, loops
// and conditionals that carry tensors, and the few numeric idioms that decide
// speed and NaN behaviour.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_TILEBUILDER_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_TILEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// Shape of the register tile: `rows` accumulators of `lanes` elements each. A
/// panel is a group of `lanes` consecutive queries.
struct RegisterTile {
  int64_t lanes;
  int64_t rows;
};

class TileBuilder : public ImplicitLocOpBuilder {
public:
  using Values = SmallVector<Value>;
  using LoopBody = function_ref<Values(Value iv, ValueRange carried)>;
  using Branch = function_ref<Values()>;

  TileBuilder(Location loc, OpBuilder &builder, FloatType element,
              int64_t lanes)
      : ImplicitLocOpBuilder(loc, builder), element(element), lanes(lanes) {}

  FloatType getElement() const { return element; }
  int64_t getLanes() const { return lanes; }
  VectorType getRowType(Type type) const {
    return VectorType::get({lanes}, type);
  }
  VectorType getRowType() const { return getRowType(element); }

  // Indices.
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value toValue(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(*this, getLoc(), value);
  }
  Value add(Value a, Value b) { return arith::AddIOp::create(*this, a, b); }
  Value add(Value a, int64_t b) { return b ? add(a, index(b)) : a; }
  Value sub(Value a, Value b) { return arith::SubIOp::create(*this, a, b); }
  Value mul(Value a, int64_t b) {
    return arith::MulIOp::create(*this, a, index(b));
  }
  Value min(Value a, Value b) { return arith::MinSIOp::create(*this, a, b); }
  Value max(Value a, Value b) { return arith::MaxSIOp::create(*this, a, b); }
  /// Extent of `tensor` along `axis`, a constant where it is static.
  Value dim(Value tensor, int64_t axis);
  /// Panels that hold so many rows.
  Value getNumPanels(Value rows) {
    return arith::CeilDivUIOp::create(*this, rows, index(lanes));
  }

  // Rows and scalars of the accumulator type.
  Value scalar(double value);
  Value splat(double value);
  /// Broadcast of a scalar to a row.
  Value broadcast(Value value);
  Value addf(Value a, Value b) { return arith::AddFOp::create(*this, a, b); }
  Value subf(Value a, Value b) { return arith::SubFOp::create(*this, a, b); }
  Value mulf(Value a, Value b) { return arith::MulFOp::create(*this, a, b); }
  Value fma(Value a, Value b, Value c) {
    return vector::FMAOp::create(*this, a, b, c);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(*this, condition, a, b);
  }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(*this, predicate, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(*this, predicate, a, b);
  }
  /// a > b ? a : b: one instruction, and a NaN in `b` survives.
  Value maximum(Value a, Value b) {
    return select(compare(arith::CmpFPredicate::OGT, a, b), a, b);
  }
  /// Rounds or extends a scalar or vector to the element type `type`.
  Value convert(Value value, FloatType type);

  /// 2^x. Inputs below the smallest normal exponent give exactly 0 and NaN
  /// stays NaN. Inputs above the largest exponent give inf; `nonPositive`
  /// promises that there are none. Relative error 2.1e-7 (f32), 4e-16 (f64).
  Value exp2(Value x, bool nonPositive = false);

  /// 2^(before - shift), exactly 1 where the reference stays: a factor that is off
  /// by an ulp would weigh the keys of early tiles more with each tile.
  Value getCorrection(Value before, Value after, Value shift);

  /// The row tensor[indices..., : lanes].
  Value readRow(Value tensor, ValueRange indices, bool inBounds = true);
  /// tensor with that row replaced.
  Value writeRow(Value row, Value tensor, ValueRange indices,
                 bool inBounds = true);

  /// The columns of a square of rows, whose number is a power of two, by shuffles in
  /// registers. (A vector of rank 2 that is put together row by row would become one
  /// of single elements.)
  Values transpose(ValueRange rows);

  /// scf.for that carries `inits`; returns its results.
  Values loop(Value lo, Value hi, int64_t step, ValueRange inits,
              LoopBody body);
  Values branch(Value condition, Branch thenBranch, Branch elseBranch);

private:
  FloatType element;
  int64_t lanes;
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_TILEBUILDER_H
