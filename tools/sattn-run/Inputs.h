//===- Inputs.h - The --input arguments of sattn-run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_INPUTS_H
#define SATTN_TOOLS_SATTN_RUN_INPUTS_H

#include "sattn/Execution/Signature.h"
#include "sattn/Runtime/Tensor.h"

namespace mlir::sattn {

/// Makes the tensor that `spec` describes for an argument of type `wanted`:
///   @file.npy             the contents of a file
///   4x64xf32              zeros
///   4x64xf32=1.5          one value everywhere
///   4x64xf32=random:7     normally distributed numbers of seed 7; integers 0
///   to
///                         7, booleans
///   1.5                   a scalar
llvm::Expected<HostTensor> makeInput(llvm::StringRef spec,
                                     const EntryTensor &wanted);

/// Prints "2x3xf32 = [[1, 2, 3], [4, 5, 6]]", the first elements where there
/// are many.
void printTensor(llvm::raw_ostream &os, const TensorRef &tensor);

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_INPUTS_H
