//===- MatrixFragment.h - Which thread holds which matrix element -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layouts of the register operands of matrix instructions: for a lane and the
// index of an element in its operand (elements in the order of registers, the
// low half of a register first), the row and column that it holds. With
//   group = lane / 4, thread = lane % 4
// as in the figures of the PTX ISA, chapters "Matrix Fragments for mma" and
// "Register Fragments" of wgmma.mma_async.
//
// One rule covers all element widths: a 32-bit register holds e = 4 / bytes
// consecutive elements of a row of A (of a column of B), four threads cover
// 4 e of them, and the next register is the next block.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MATRIXFRAGMENT_H
#define SATTN_PTX_MATRIXFRAGMENT_H

namespace mlir::sattn::ptx {

/// Row and column of a matrix element.
struct MatrixPosition {
  unsigned row;
  unsigned column;

  bool operator==(const MatrixPosition &other) const {
    return row == other.row && column == other.column;
  }
};

/// Element `index` of `lane` in A (16 x K) of mma.m16n8kK, for elements of
/// `bytes` 2 or 4. A lane holds 16 K / 32 elements.
constexpr MatrixPosition getMmaAPosition(unsigned bytes, unsigned lane,
                                         unsigned index) {
  unsigned each = 4 / bytes;
  unsigned reg = index / each;
  return {lane / 4 + 8 * (reg % 2),
          lane % 4 * each + index % each + reg / 2 * 4 * each};
}

/// Element `index` of `lane` in B (K x 8) of mma.m16n8kK, for elements of
/// `bytes` 2 or 4. A lane holds 8 K / 32 elements.
constexpr MatrixPosition getMmaBPosition(unsigned bytes, unsigned lane,
                                         unsigned index) {
  unsigned each = 4 / bytes;
  return {lane % 4 * each + index % each + index / each * 4 * each, lane / 4};
}

/// Element `index` (0 to 3) of `lane` in C and D (16 x 8) of mma.m16n8kK, for
/// f32 (one element per register) and f16 (two per register) alike.
constexpr MatrixPosition getMmaCPosition(unsigned lane, unsigned index) {
  return {lane / 4 + 8 * (index / 2), lane % 4 * 2 + index % 2};
}

/// Element `index` (0 or 1) of `lane` in the 8 x 8 matrix of 16-bit elements
/// that one register of ldmatrix, stmatrix and movmatrix holds.
constexpr MatrixPosition getMatrix8x8Position(bool transposed, unsigned lane,
                                              unsigned index) {
  unsigned outer = lane / 4, inner = lane % 4 * 2 + index;
  return transposed ? MatrixPosition{inner, outer}
                    : MatrixPosition{outer, inner};
}

/// Element `index` of lane `lane` of warp `warp` (0 to 3) of the warp-group in
/// A (64 x K, K bytes = 32) of wgmma.mma_async with A in registers.
constexpr MatrixPosition getWgmmaAPosition(unsigned bytes, unsigned warp,
                                           unsigned lane, unsigned index) {
  MatrixPosition inWarp = getMmaAPosition(bytes, lane, index);
  return {16 * warp + inWarp.row, inWarp.column};
}

/// Element `index` of lane `lane` of warp `warp` (0 to 3) of the warp-group in
/// D (64 x N) of wgmma.mma_async. A lane holds N / 2 elements.
constexpr MatrixPosition getWgmmaDPosition(unsigned warp, unsigned lane,
                                           unsigned index) {
  MatrixPosition inBlock = getMmaCPosition(lane, index % 4);
  return {16 * warp + inBlock.row, 8 * (index / 4) + inBlock.column};
}

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MATRIXFRAGMENT_H
