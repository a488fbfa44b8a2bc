//===- Ptxas.cpp - From PTX to machine code of a chip -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finding and running the assembler of the CUDA Toolkit, and reading what it says.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/Ptxas.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace mlir::sattn;
using llvm::StringRef;

llvm::Expected<std::string> mlir::sattn::findPtxas(StringRef wanted) {
  StringRef name = wanted.empty() ? StringRef("ptxas") : wanted;
  if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
    return *found;
  if (!wanted.empty())
    return llvm::createStringError("expected the program ptxas, found no '" +
                                   wanted + "'");
  llvm::SmallVector<std::string> folders;
  if (const char *home = std::getenv("CUDA_HOME"); home && *home)
    folders.push_back(std::string(home) + "/bin");
  folders.push_back("/usr/local/cuda/bin");
  for (const std::string &folder : folders)
    if (llvm::ErrorOr<std::string> found =
            llvm::sys::findProgramByName(name, {folder}))
      return *found;
  return llvm::createStringError(
      "expected ptxas of the CUDA Toolkit on PATH or in " +
      llvm::join(folders, ", ") +
      ", found none (install it, set CUDA_HOME, or give its path by --ptxas; "
      "--emit=ptx needs none)");
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// The number before `what` in `line`: "Used 8 registers, used 1 barriers".
static int64_t findNumber(StringRef line, StringRef what) {
  StringRef before = line.split(what).first.rtrim();
  if (before.size() == line.rtrim().size())
    return 0;
  int64_t number = 0;
  before.take_back(before.size() - before.find_last_not_of("0123456789") - 1)
      .getAsInteger(10, number);
  return number;
}

void mlir::sattn::parsePtxasOutput(StringRef output, Cubin &cubin) {
  for (StringRef line : llvm::split(output, '\n')) {
    line = line.trim();
    if (line.contains("Compiling entry function")) {
      cubin.kernels.emplace_back().kernel =
          line.split('\'').second.split('\'').first.str();
      continue;
    }
    if (line.contains("warning") || line.contains("(C7")) {
      cubin.warnings.push_back(line.str());
      continue;
    }
    if (cubin.kernels.empty())
      continue;
    KernelResources &kernel = cubin.kernels.back();
    if (line.contains("bytes stack frame")) {
      kernel.stackBytes = findNumber(line, "bytes stack frame");
      kernel.spillStoreBytes = findNumber(line, "bytes spill stores");
      kernel.spillLoadBytes = findNumber(line, "bytes spill loads");
    } else if (line.contains(" registers")) {
      kernel.registers = findNumber(line, "registers");
      kernel.barriers = findNumber(line, "barriers");
      kernel.sharedBytes = findNumber(line, "bytes smem");
      kernel.constantBytes = findNumber(line, "bytes cmem[0]");
    }
  }
}

llvm::json::Array
mlir::sattn::describeResources(llvm::ArrayRef<KernelResources> kernels) {
  llvm::json::Array array;
  for (const KernelResources &kernel : kernels)
    array.push_back(
        llvm::json::Object{{"kernel", kernel.kernel},
                           {"registers", kernel.registers},
                           {"barriers", kernel.barriers},
                           {"shared_bytes", kernel.sharedBytes},
                           {"stack_bytes", kernel.stackBytes},
                           {"spill_store_bytes", kernel.spillStoreBytes},
                           {"spill_load_bytes", kernel.spillLoadBytes},
                           {"constant_bytes", kernel.constantBytes},
                           {"code_bytes", kernel.codeBytes}});
  return array;
}

/// Reads the sizes of the kernels' instructions, one section each, from the machine code.
static void readCodeSizes(Cubin &cubin) {
  llvm::MemoryBufferRef buffer(StringRef(cubin.data.data(), cubin.data.size()), "cubin");
  auto file = llvm::object::ObjectFile::createObjectFile(buffer);
  if (!file)
    return llvm::consumeError(file.takeError());
  for (const llvm::object::SectionRef &section : (*file)->sections()) {
    llvm::Expected<StringRef> name = section.getName();
    if (!name) {
      llvm::consumeError(name.takeError());
      continue;
    }
    for (KernelResources &kernel : cubin.kernels)
      if (*name == ".text." + kernel.kernel)
        kernel.codeBytes = section.getSize();
  }
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {
/// A file that is gone when its owner is.
class TemporaryFile {
public:
  ~TemporaryFile() {
    if (!path.empty())
      llvm::sys::fs::remove(path);
  }
  llvm::Error create(StringRef extension, StringRef text) {
    int descriptor;
    if (std::error_code error = llvm::sys::fs::createTemporaryFile(
            "sattn", extension, descriptor, path))
      return llvm::createStringError("cannot make a temporary file: " +
                                     error.message());
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << text;
    os.close();
    std::error_code error = os.error();
    os.clear_error();
    if (error)
      return llvm::createStringError("cannot write the temporary file '" +
                                     path.str() + "': " + error.message());
    return llvm::Error::success();
  }
  StringRef getPath() const { return path; }

private:
  llvm::SmallString<128> path;
};
} // namespace

llvm::Expected<Cubin> mlir::sattn::assemblePTX(StringRef text, StringRef chip,
                                               StringRef ptxas) {
  TemporaryFile input, output, messages;
  if (llvm::Error error = input.create("ptx", text))
    return error;
  if (llvm::Error error = output.create("cubin", ""))
    return error;
  if (llvm::Error error = messages.create("txt", ""))
    return error;
  std::string architecture = ("-arch=" + chip).str();
  StringRef arguments[] = {ptxas, "-v", architecture, input.getPath(), "-o",
                           output.getPath()};
  std::optional<StringRef> redirects[] = {StringRef(""), messages.getPath(),
                                          messages.getPath()};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(ptxas, arguments, std::nullopt,
                                         redirects, 0, 0, &message);
  auto said = llvm::MemoryBuffer::getFile(messages.getPath());
  StringRef saidText = said ? (*said)->getBuffer().trim() : StringRef();
  if (status != 0)
    return llvm::createStringError(
        "'" + ptxas + "' failed for " + chip + ": " +
        (message.empty() ? saidText : StringRef(message)));
  auto code = llvm::MemoryBuffer::getFile(output.getPath());
  if (!code)
    return llvm::createStringError("cannot read what '" + ptxas + "' wrote: " +
                                   code.getError().message());
  Cubin cubin;
  cubin.data.append((*code)->getBufferStart(), (*code)->getBufferEnd());
  parsePtxasOutput(saidText, cubin);
  readCodeSizes(cubin);
  return cubin;
}
