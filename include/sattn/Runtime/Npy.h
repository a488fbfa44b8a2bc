//===- Npy.h - Read and write NumPy's .npy files -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_RUNTIME_NPY_H
#define SATTN_RUNTIME_NPY_H

#include "sattn/Runtime/Tensor.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::sattn {

/// What the header of a .npy file says.
struct NpyHeader {
  bool bigEndian = false;
  /// NumPy's letter: 'f', 'i', 'u', 'b' or 'V'.
  char kind = 'f';
  /// Bytes of one element.
  unsigned itemSize = 4;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t> shape;

  /// "f4", "u2", "V2", ...
  std::string getTypeName() const;
};

/// Parses the Python literal in a header: a dictionary with the keys `descr`,
/// `fortran_order` and `shape`.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef text);

/// Reads a .npy file (format versions 1.0 to 3.0, both orders, both byte
/// orders) as a tensor of elements of type `type`. The caller's type decides:
/// 2-byte integers and `V2` are accepted as bf16, integers of either signedness
/// for an integer type of that size, bytes 0 and 1 for i1, 8-byte integers for
/// index. Every unusable file is one error that names it.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path, ElementType type);

/// Writes `tensor` as version 1.0, or 2.0 where the header needs it, in C
/// order, little endian; bf16 as `<V2`, which is what ml_dtypes writes.
void writeNpy(llvm::raw_ostream &os, const TensorRef &tensor);

} // namespace mlir::sattn

#endif // SATTN_RUNTIME_NPY_H
