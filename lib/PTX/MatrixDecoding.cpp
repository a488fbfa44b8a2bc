//===- MatrixDecoding.cpp - Operands of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixDecoding.h"

using namespace mlir::sattn::ptx;
using llvm::Twine;

std::optional<MatrixElement>
mlir::sattn::ptx::consumeMatrixElement(ModifierReader &modifiers) {
  constexpr MatrixElement elements[] = {MatrixElement::F16, MatrixElement::BF16,
                                        MatrixElement::TF32,
                                        MatrixElement::F32};
  int index = modifiers.consumeAny({"f16", "bf16", "tf32", "f32"});
  if (index < 0)
    return std::nullopt;
  return elements[index];
}

bool mlir::sattn::ptx::decodeFragment(Decoder &decoder,
                                      const Statement &statement,
                                      unsigned index, unsigned count,
                                      MatrixElement element, bool write,
                                      llvm::SmallVectorImpl<Slot> &slots) {
  size_t before = slots.size();
  ScalarType type =
      element == MatrixElement::F32 ? ScalarType::F32 : ScalarType::B32;
  if (!decoder.slots(statement, statement.operands[index], type, write, slots))
    return false;
  if (slots.size() - before == count)
    return true;
  return decoder.fail(statement, "expected " + Twine(count) +
                                     " registers in operand " + Twine(index) +
                                     ", got " + Twine(slots.size() - before));
}
