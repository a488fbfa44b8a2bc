//===- EntryPoints.h - Functions with the C ABI -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_ENTRYPOINTS_H
#define SATTN_EXECUTION_ENTRYPOINTS_H

#include "sattn/Execution/Signature.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::sattn {

/// The struct `sattn_tensor` of the C ABI.
struct AbiTensor {
  void *data;
  int64_t *shape;
  int32_t rank;
  int32_t type;
};
/// The type of every entry point: arrays of all inputs and of all outputs.
using EntryPoint = int32_t (*)(const AbiTensor *inputs,
                               const AbiTensor *outputs);

/// Status of an entry point: the low byte says what, the next two bytes which
/// argument (inputs, then outputs), the high byte which axis.
enum class StatusCode : uint8_t {
  Ok = 0,
  WrongRank = 1,
  WrongType = 2,
  WrongExtent = 3,
  NullPointer = 4,
  OutOfMemory = 5,
  TooLarge = 6,
};
inline StatusCode getStatusCode(int32_t status) {
  return static_cast<StatusCode>(status & 0xff);
}
inline unsigned getStatusArgument(int32_t status) {
  return (static_cast<uint32_t>(status) >> 8) & 0xffff;
}
inline unsigned getStatusAxis(int32_t status) {
  return static_cast<uint32_t>(status) >> 24;
}

/// To a module in the LLVM dialect adds, for each signature, the functions that
/// C calls: @name, which checks its arguments and calls the lowered function,
/// and
/// @name_shapes, which fills in the extents of the outputs. The lowered
/// functions become internal and return where memory cannot be had, which is a
/// status, too.
LogicalResult emitEntryPoints(ModuleOp module,
                              ArrayRef<EntrySignature> signatures);

/// Prints the C header that declares the entry points. `guard` is the macro
/// that keeps it from being included twice.
void printCHeader(llvm::raw_ostream &os, StringRef guard,
                  ArrayRef<EntrySignature> signatures);

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_ENTRYPOINTS_H
