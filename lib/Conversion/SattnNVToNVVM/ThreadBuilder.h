//===- ThreadBuilder.h - Builds the code of one thread -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNNVTONVVM_THREADBUILDER_H
#define SATTN_LIB_CONVERSION_SATTNNVTONVVM_THREADBUILDER_H

#include "mlir/IR/Builders.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

namespace mlir::sattn_nv {

/// Name of the symbol that stands for the block's shared memory. External: of an
/// internal one without size, LLVM makes one byte.
inline constexpr llvm::StringLiteral kSharedMemory = "smem";
/// Address space of shared memory.
inline constexpr unsigned kSharedSpace = 3;

/// Builds i32 arithmetic, addresses and matrix instructions of one thread. Lane
/// 4 g + t of warp w holds rows 16 w + g and + 8 of a block of rows.
class ThreadBuilder {
public:
  ThreadBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Type getI32() { return builder.getI32Type(); }
  Value constant(int64_t value);
  Value constantF32(float value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b);
  Value mul(Value a, Value b);
  Value mul(Value a, int64_t b);
  Value andWith(Value a, int64_t mask);
  Value orOf(Value a, Value b);
  Value xorOf(Value a, Value b);
  Value shiftRight(Value a, int64_t bits);
  Value shiftLeft(Value a, int64_t bits);
  Value divide(Value a, int64_t b);
  Value remainder(Value a, int64_t b);
  Value isLess(Value a, Value b);
  Value select(Value condition, Value a, Value b);
  /// An `index` or i64 as i32.
  Value toI32(Value value);
  Value toIndex(Value value);

  Value getThread();
  Value getLane();
  Value getWarp();
  /// g: which of the eight rows.
  Value getGroup();
  /// t: which of the four threads of a quad.
  Value getThreadInGroup();
  /// Row that register half `half` (rows g or g + 8) of block `block` is in.
  Value getRow(FragType type, int64_t block, int64_t half);

  /// Pointer to a byte of shared memory.
  Value getSharedPointer(Value offset);
  /// Offset of chunk `chunk` (16 bytes) of row `row` of a tile that starts at `base`.
  Value getChunk(TileType type, Value base, Value row, Value chunk);
  /// Bytes from chunk 0 to the panel of chunk `chunk`.
  static int64_t getPanelOffset(TileType type, int64_t chunk);
  /// Four 8 x 8 matrices of 16-bit elements, one address per lane.
  SmallVector<Value> loadMatrices(Value offset, bool transposed);
  /// One product of 16 x 16 by 16 x 8 (tf32: 16 x 8 by 8 x 8); `a` four
  /// registers, `acc` four f32.
  SmallVector<Value> multiply(ValueRange a, Value b0, Value b1, ValueRange acc, Type elementType);
  /// Two f32 rounded to 16 bits each, in one register.
  Value pack(Value low, Value high, Type elementType);
  /// The two 16-bit numbers of a register, as f32.
  std::pair<Value, Value> unpack(Value packed, Type elementType);

  /// The f32 number of a register, or f32, rounded to tf32.
  Value roundToTF32(Value value);
  /// The registers of a first operand for one product: block of rows, step of
  /// the contraction.
  static SmallVector<Value> takeStep(FragType type, ValueRange a, int64_t block, int64_t step);

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }

private:
  OpBuilder &builder;
  Location loc;
};

/// Reads a tile of f32 by rows, as second operand: thread t has the rows 2 t
/// and 2 t + 1 of eight, like the columns of an accumulator. No two lanes meet
/// in a bank.
class RowPairs {
public:
  RowPairs(ThreadBuilder &thread, TileType type, Value base);

  /// Of the eight rows from `firstRow` (a multiple of 8) on: both rows of column g of the
  /// eight from chunk `firstChunk` (a multiple of 4) on, then of the next eight, one
  /// register each.
  SmallVector<Value> load(Value firstRow, Value firstChunk) const;

private:
  ThreadBuilder &thread;
  TileType type;
  /// Of both rows: its start, and the place of column g in it.
  Value starts[2], places[2];
};

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNNVTONVVM_THREADBUILDER_H
