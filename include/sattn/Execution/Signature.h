//===- Signature.h - What an exported function takes and gives -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_SIGNATURE_H
#define SATTN_EXECUTION_SIGNATURE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "sattn/Runtime/Tensor.h"
#include <vector>

namespace mlir::sattn {

/// One argument or result of an entry.
struct EntryTensor {
  ElementType type = ElementType::F32;
  /// Scalars have rank 0, too.
  bool isScalar = false;
  /// Extents as the function's type gives them; `ShapedType::kDynamic` else.
  SmallVector<int64_t> shape;
  /// Arguments only: extents as the body needs them, which may say more.
  SmallVector<int64_t> required;
  /// Arguments only: axes with the same number >= 0 have equal extents.
  SmallVector<int64_t> symbols;

  /// "2x?x64xf32".
  std::string getTypeName() const;
};

/// The signature of a function that went through `sattn-export-entries`.
struct EntrySignature {
  std::string name;
  /// Name of the function that computes the extents of the results.
  std::string shapesName;
  std::vector<EntryTensor> inputs, outputs;

  /// "input #1", "output #0": `number` counts inputs, then outputs.
  std::string describeArgument(unsigned number) const;
};

/// Reads the attributes of `sattn-export-entries` off `function`; emits an
/// error where the types have no place in the C ABI.
FailureOr<EntrySignature> readSignature(FunctionOpInterface function);

/// The signatures of every exported function in `module`, in order.
FailureOr<std::vector<EntrySignature>> readSignatures(ModuleOp module);

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_SIGNATURE_H
