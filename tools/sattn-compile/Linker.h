//===- Linker.h - Call the system's linker -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_COMPILE_LINKER_H
#define SATTN_TOOLS_SATTN_COMPILE_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::sattn {

/// Links `object`, code for `triple`, to the shared library `path`, with libm
/// and, where the object calls it, LLVM's OpenMP runtime. Uses the C compiler
/// `driver` or, where it is empty, the first of $CC, clang-22, clang, cc that
/// is found.
llvm::Error linkSharedLibrary(llvm::ArrayRef<char> object,
                              llvm::StringRef triple, llvm::StringRef driver,
                              llvm::StringRef path);

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_COMPILE_LINKER_H
