//===- AtomicFile.h - Files that appear whole or not at all -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_RUNTIME_ATOMICFILE_H
#define SATTN_RUNTIME_ATOMICFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace mlir::sattn {

/// A set of output files. Each is written to a temporary file beside its place;
/// `commit` gives all of them their names. Without `commit`, or where anything
/// fails, nothing is left behind.
class AtomicFiles {
public:
  AtomicFiles() = default;
  AtomicFiles(const AtomicFiles &) = delete;
  AtomicFiles &operator=(const AtomicFiles &) = delete;
  ~AtomicFiles();

  /// Adds the file `path` with what `write` prints.
  llvm::Error add(llvm::StringRef path,
                  llvm::function_ref<void(llvm::raw_ostream &)> write);
  /// Adds the file `path` written by somebody else: `write` gets the name of
  /// the temporary file and overwrites it.
  llvm::Error addNamed(llvm::StringRef path,
                       llvm::function_ref<llvm::Error(llvm::StringRef)> write);
  /// Moves every file to its place.
  llvm::Error commit();

private:
  struct Entry {
    std::string path;
    llvm::sys::fs::TempFile file;
  };
  llvm::Expected<llvm::sys::fs::TempFile> open(llvm::StringRef path);
  std::vector<Entry> entries;
};

} // namespace mlir::sattn

#endif // SATTN_RUNTIME_ATOMICFILE_H
