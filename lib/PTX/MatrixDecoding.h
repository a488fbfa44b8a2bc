//===- MatrixDecoding.h - Operands of matrix instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_MATRIXDECODING_H
#define SATTN_LIB_PTX_MATRIXDECODING_H

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/MatrixElement.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace mlir::sattn::ptx {

/// Consumes f16, bf16, tf32 or f32 if it is next.
std::optional<MatrixElement> consumeMatrixElement(ModifierReader &modifiers);

/// Appends the slots of operand `index`, which must be `count` registers (or
/// constants, where it is read). f32 accumulators are f32 registers, everything
/// else lies in b32 ones.
bool decodeFragment(Decoder &decoder, const Statement &statement,
                    unsigned index, unsigned count, MatrixElement element,
                    bool write, llvm::SmallVectorImpl<Slot> &slots);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_MATRIXDECODING_H
