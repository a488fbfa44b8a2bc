//===- EntryAttributes.h - Attributes of exported functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_ENTRYATTRIBUTES_H
#define SATTN_DIALECT_SATTN_IR_ENTRYATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace mlir::sattn {

/// The function's type on tensors, as it was written.
constexpr llvm::StringLiteral kEntryAttrName = "sattn.entry";
/// Symbol of the function that computes the extents of the results.
constexpr llvm::StringLiteral kShapesAttrName = "sattn.shapes";
/// One affine map per argument whose results are the extents that it must have;
/// equal symbols are equal extents.
constexpr llvm::StringLiteral kExtentsAttrName = "sattn.extents";

} // namespace mlir::sattn

#endif // SATTN_DIALECT_SATTN_IR_ENTRYATTRIBUTES_H
