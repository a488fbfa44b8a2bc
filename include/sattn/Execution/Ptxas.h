//===- Ptxas.h - From PTX to machine code of a chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_PTXAS_H
#define SATTN_EXECUTION_PTXAS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace mlir::sattn {

/// What one thread or block of a kernel takes, as `ptxas -v` says; bytes but for
/// registers (32 bits each, per thread) and barriers.
struct KernelResources {
  std::string kernel;
  int64_t registers = 0, barriers = 0;
  /// Static shared memory; what a launch asks for is not known to ptxas.
  int64_t sharedBytes = 0;
  int64_t stackBytes = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  int64_t constantBytes = 0;
  /// Instructions; 0 where there is no machine code to look at.
  int64_t codeBytes = 0;

  bool hasSpills() const { return spillStoreBytes != 0 || spillLoadBytes != 0; }
};

/// Kernels as machine code of one chip, an ELF file.
struct Cubin {
  llvm::SmallVector<char, 0> data;
  std::vector<KernelResources> kernels;
  /// Warnings and advice of ptxas (such as C75xx: wgmma was serialised), one line
  /// each.
  std::vector<std::string> warnings;
};

/// The assembler of the CUDA Toolkit: `wanted` where it is not empty (a path or a
/// name), else `ptxas` on PATH, in $CUDA_HOME/bin or in /usr/local/cuda/bin. The error
/// says where it was looked for and how to get it.
llvm::Expected<std::string> findPtxas(llvm::StringRef wanted = "");

/// Assembles `text` for `chip` ("sm_80") with the program `ptxas`. Errors quote it.
llvm::Expected<Cubin> assemblePTX(llvm::StringRef text, llvm::StringRef chip,
                                  llvm::StringRef ptxas);

/// Reads the output of `ptxas -v` into `cubin`.
void parsePtxasOutput(llvm::StringRef output, Cubin &cubin);

/// One object per kernel: "kernel", "registers", "barriers", "shared_bytes",
/// "stack_bytes", "spill_store_bytes", "spill_load_bytes", "constant_bytes",
/// "code_bytes".
llvm::json::Array describeResources(llvm::ArrayRef<KernelResources> kernels);

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_PTXAS_H
