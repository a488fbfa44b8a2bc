//===- MemoryForm.h - Modifiers of loads and stores -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_MEMORYFORM_H
#define SATTN_LIB_PTX_MEMORYFORM_H

#include "sattn/PTX/Decoder.h"

namespace mlir::sattn::ptx {

/// How a memory operation is ordered with others.
enum class Semantics : uint8_t { Weak, Relaxed, Acquire, Release, AcqRel };

/// What the modifiers of ld, st, atom and red say. Hints for caches are read
/// and dropped.
struct MemoryForm {
  StateSpace space = StateSpace::Generic;
  Semantics semantics = Semantics::Weak;
  unsigned count = 1;
  std::optional<ScalarType> type;

  bool isStrong() const { return semantics != Semantics::Weak; }
};

/// Reads one modifier into `form`; false where it belongs to nothing that is
/// common to memory operations.
bool consumeMemoryModifier(ModifierReader &modifiers, MemoryForm &form);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_MEMORYFORM_H
