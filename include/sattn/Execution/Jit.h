//===- Jit.h - Machine code in this process -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_EXECUTION_JIT_H
#define SATTN_EXECUTION_JIT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::sattn {

/// An object file linked into this process. What it needs is taken from `symbols`,
/// from the process itself and, for OpenMP, from LLVM's libomp.
class Jit {
public:
  using Symbol = std::pair<llvm::StringRef, void *>;
  static llvm::Expected<Jit> link(llvm::ArrayRef<char> object,
                                  llvm::ArrayRef<Symbol> symbols = {});
  Jit(Jit &&);
  Jit &operator=(Jit &&);
  ~Jit();

  llvm::Expected<void *> lookup(llvm::StringRef name);
  template <typename FunctionPointer>
  llvm::Expected<FunctionPointer> lookupFunction(llvm::StringRef name) {
    llvm::Expected<void *> address = lookup(name);
    if (!address)
      return address.takeError();
    return reinterpret_cast<FunctionPointer>(*address);
  }

  /// The number of threads of parallel regions that this thread starts; 0
  /// leaves the choice to the OpenMP runtime. No effect on code without OpenMP.
  void setNumThreads(unsigned count);
  /// Threads that a parallel region of this thread would have; 1 for code
  /// without OpenMP.
  unsigned getNumThreads() const { return getMaxThreads ? getMaxThreads() : 1; }

private:
  Jit();
  /// What ORC reported; outlives the engine, which refers to it.
  std::unique_ptr<std::string> messages;
  std::unique_ptr<llvm::orc::LLJIT> engine;
  void (*setThreads)(int) = nullptr;
  int (*getMaxThreads)() = nullptr;
};

/// True if the object file `object` calls the OpenMP runtime.
llvm::Expected<bool> usesOpenMP(llvm::ArrayRef<char> object);

/// Heap memory that linked code has allocated and not yet freed, in bytes.
struct HeapUse {
  int64_t current = 0, peak = 0, allocations = 0;
};
HeapUse getHeapUse();
/// Starts a new measurement: the peak becomes the current use.
void resetHeapUse();

/// Bytes of the last allocation of linked code that the system refused.
size_t getRefusedBytes();

} // namespace mlir::sattn

#endif // SATTN_EXECUTION_JIT_H
