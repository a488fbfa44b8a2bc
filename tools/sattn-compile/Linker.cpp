//===- Linker.cpp - Call the system's linker -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A shared library is an object file and a call of a compiler as linker driver,
// which knows where the system keeps its libraries.
//
//===----------------------------------------------------------------------===//

#include "Linker.h"
#include "sattn/Execution/Jit.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir::sattn;
using llvm::StringRef;

static llvm::Expected<std::string> findDriver(StringRef wanted) {
  llvm::SmallVector<StringRef> names;
  if (!wanted.empty())
    names = {wanted};
  else {
    if (const char *environment = std::getenv("CC");
        environment && *environment)
      names.push_back(environment);
    names.append({"clang-22", "clang", "cc"});
  }
  for (StringRef name : names) {
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
      return *found;
    if (llvm::ErrorOr<std::string> found =
            llvm::sys::findProgramByName(name, {SATTN_LLVM_TOOLS_DIR}))
      return *found;
  }
  return llvm::createStringError(
      "expected a C compiler that links the shared library, found none of " +
      llvm::join(names, ", "));
}

/// Writes `object` to a temporary file.
static llvm::Error writeObject(llvm::ArrayRef<char> object,
                               llvm::SmallVectorImpl<char> &path) {
  int descriptor;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("sattn", "o", descriptor, path))
    return llvm::createStringError("cannot make a temporary file: " +
                                   error.message());
  llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
  os.write(object.data(), object.size());
  os.close();
  std::error_code error = os.error();
  os.clear_error();
  if (error)
    return llvm::createStringError("cannot write the temporary file '" +
                                   StringRef(path.data(), path.size()) +
                                   "': " + error.message());
  return llvm::Error::success();
}

llvm::Error mlir::sattn::linkSharedLibrary(llvm::ArrayRef<char> object,
                                           StringRef triple,
                                           StringRef wantedDriver,
                                           StringRef path) {
  llvm::Expected<std::string> driver = findDriver(wantedDriver);
  if (!driver)
    return driver.takeError();
  llvm::SmallString<128> objectPath, messagePath;
  llvm::scope_exit remove([&] {
    for (StringRef file : {objectPath.str(), messagePath.str()})
      if (!file.empty())
        llvm::sys::fs::remove(file);
  });
  if (llvm::Error error = writeObject(object, objectPath))
    return error;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("sattn", "txt", messagePath))
    return llvm::createStringError("cannot make a temporary file: " +
                                   error.message());

  llvm::Expected<bool> parallel = usesOpenMP(object);
  if (!parallel)
    return parallel.takeError();
  std::string target = ("--target=" + triple).str();
  llvm::SmallVector<StringRef> arguments = {*driver, "-shared",  "-o",
                                            path,    objectPath, "-lm"};
  // Only clang links for other machines.
  if (llvm::Triple(triple).getArch() !=
      llvm::Triple(llvm::sys::getProcessTriple()).getArch())
    arguments.push_back(target);
  if (*parallel)
    arguments.append({SATTN_LLVM_LIBRARY_DIR "/libomp.so",
                      "-Wl,-rpath," SATTN_LLVM_LIBRARY_DIR});
  std::string message;
  std::optional<StringRef> redirects[] = {StringRef(""), messagePath.str(),
                                          messagePath.str()};
  int status = llvm::sys::ExecuteAndWait(*driver, arguments, std::nullopt,
                                         redirects, 0, 0, &message);
  if (status == 0)
    return llvm::Error::success();
  if (auto output = llvm::MemoryBuffer::getFile(messagePath);
      output && message.empty())
    message = (*output)->getBuffer().trim().str();
  return llvm::createStringError("linking with '" + *driver +
                                 "' failed: " + message);
}
