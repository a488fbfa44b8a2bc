//===- AtomicFile.cpp - Files that appear whole or not at all -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Temporary files in the folder of the target, then a rename.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/AtomicFile.h"
#include "llvm/ADT/Twine.h"

using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

static llvm::Error makeError(llvm::StringRef path, const llvm::Twine &text) {
  return llvm::createStringError("'" + path + "': cannot write: " + text);
}

AtomicFiles::~AtomicFiles() {
  for (Entry &entry : entries)
    llvm::consumeError(entry.file.discard());
}

llvm::Expected<fs::TempFile> AtomicFiles::open(llvm::StringRef path) {
  // A rename would replace a device or a pipe by a file.
  fs::file_status status;
  if (!fs::status(path, status) && fs::exists(status) &&
      !fs::is_regular_file(status))
    return makeError(path, fs::is_directory(status)
                               ? "it is a directory"
                               : "it is not a regular file");
  llvm::Expected<fs::TempFile> file =
      fs::TempFile::create(path + ".tmp-%%%%%%%%");
  if (!file)
    return makeError(path, llvm::toString(file.takeError()));
  return file;
}

llvm::Error
AtomicFiles::add(llvm::StringRef path,
                 llvm::function_ref<void(llvm::raw_ostream &)> write) {
  llvm::Expected<fs::TempFile> file = open(path);
  if (!file)
    return file.takeError();
  entries.push_back({path.str(), std::move(*file)});
  llvm::raw_fd_ostream os(entries.back().file.FD, /*shouldClose=*/false);
  write(os);
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error ? makeError(path, error.message()) : llvm::Error::success();
}

llvm::Error
AtomicFiles::addNamed(llvm::StringRef path,
                      llvm::function_ref<llvm::Error(llvm::StringRef)> write) {
  llvm::Expected<fs::TempFile> file = open(path);
  if (!file)
    return file.takeError();
  entries.push_back({path.str(), std::move(*file)});
  return write(entries.back().file.TmpName);
}

llvm::Error AtomicFiles::commit() {
  while (!entries.empty()) {
    Entry entry = std::move(entries.back());
    entries.pop_back();
    if (llvm::Error error = entry.file.keep(entry.path))
      return makeError(entry.path, llvm::toString(std::move(error)));
  }
  return llvm::Error::success();
}
