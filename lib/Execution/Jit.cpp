//===- Jit.cpp - Machine code in this process -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linking with ORC, and the heap that linked code sees: the system's, counted,
// so that the memory that a kernel needs can be reported and tested.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/Jit.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <unistd.h>

using namespace mlir::sattn;
namespace orc = llvm::orc;

//===----------------------------------------------------------------------===//
// Heap
//===----------------------------------------------------------------------===//

static std::atomic<int64_t> currentBytes, peakBytes, numAllocations;

/// The last request that the system refused.
static std::atomic<size_t> refusedBytes;

static void *countAllocation(void *pointer, size_t bytes) {
  if (!pointer) {
    refusedBytes = bytes;
    return nullptr;
  }
  int64_t size = malloc_usable_size(pointer);
  int64_t now = currentBytes.fetch_add(size) + size;
  ++numAllocations;
  int64_t peak = peakBytes;
  while (now > peak && !peakBytes.compare_exchange_weak(peak, now)) {
  }
  return pointer;
}

static void *countedMalloc(size_t bytes) {
  return countAllocation(std::malloc(bytes ? bytes : 1), bytes);
}

static void *countedAlignedAlloc(size_t alignment, size_t bytes) {
  void *pointer = nullptr;
  if (::posix_memalign(&pointer, std::max(alignment, sizeof(void *)),
                       bytes ? bytes : 1) != 0)
    pointer = nullptr;
  return countAllocation(pointer, bytes);
}

static void countedFree(void *pointer) {
  if (!pointer)
    return;
  currentBytes -= static_cast<int64_t>(malloc_usable_size(pointer));
  std::free(pointer);
}

HeapUse mlir::sattn::getHeapUse() {
  return {currentBytes, peakBytes, numAllocations};
}

void mlir::sattn::resetHeapUse() {
  peakBytes = currentBytes.load();
  numAllocations = 0;
}

size_t mlir::sattn::getRefusedBytes() { return refusedBytes; }

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

Jit::Jit() = default;
Jit::Jit(Jit &&) = default;
Jit &Jit::operator=(Jit &&) = default;
Jit::~Jit() = default;

llvm::Expected<bool> mlir::sattn::usesOpenMP(llvm::ArrayRef<char> object) {
  llvm::MemoryBufferRef buffer(llvm::StringRef(object.data(), object.size()),
                               "sattn-kernel");
  auto file = llvm::object::ObjectFile::createObjectFile(buffer);
  if (!file)
    return file.takeError();
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (name->starts_with("__kmpc_") || name->starts_with("omp_"))
      return true;
  }
  return false;
}

static llvm::Error addOpenMP(orc::LLJIT &engine) {
  char prefix = engine.getDataLayout().getGlobalPrefix();
  std::string tried;
  for (const char *path :
       {SATTN_LLVM_LIBRARY_DIR "/libomp.so.5",
        SATTN_LLVM_LIBRARY_DIR "/libomp.so", "libomp.so.5", "libomp.so"}) {
    auto generator = orc::DynamicLibrarySearchGenerator::Load(path, prefix);
    if (generator) {
      engine.getMainJITDylib().addGenerator(std::move(*generator));
      return llvm::Error::success();
    }
    llvm::consumeError(generator.takeError());
    tried += std::string(tried.empty() ? "" : ", ") + path;
  }
  return llvm::createStringError(
      "expected LLVM's OpenMP runtime (Debian: libomp5-22), tried " + tried);
}

/// Defines the counted heap and `given`.
static llvm::Error defineSymbols(orc::LLJIT &engine,
                                 llvm::ArrayRef<Jit::Symbol> given) {
  orc::SymbolMap symbols;
  auto define = [&](llvm::StringRef name, auto *function) {
    symbols.insert(
        {engine.mangleAndIntern(name),
         {orc::ExecutorAddr::fromPtr(function),
          llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable}});
  };
  define("malloc", &countedMalloc);
  define("aligned_alloc", &countedAlignedAlloc);
  define("free", &countedFree);
  for (auto [name, address] : given)
    define(name, static_cast<char *>(address));
  return engine.getMainJITDylib().define(
      orc::absoluteSymbols(std::move(symbols)));
}

llvm::Expected<Jit> Jit::link(llvm::ArrayRef<char> object,
                              llvm::ArrayRef<Symbol> symbols) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
      llvm::StringRef(object.data(), object.size()), "sattn-kernel");
  llvm::Expected<bool> parallel = usesOpenMP(object);
  if (!parallel)
    return parallel.takeError();
  auto engine = orc::LLJITBuilder().create();
  if (!engine)
    return engine.takeError();
  Jit jit;
  jit.engine = std::move(*engine);
  // ORC reports details to its session and a summary to the caller.
  jit.messages = std::make_unique<std::string>();
  jit.engine->getExecutionSession().setErrorReporter(
      [messages = jit.messages.get()](llvm::Error error) {
        *messages +=
            (messages->empty() ? "" : "; ") + llvm::toString(std::move(error));
      });
  if (llvm::Error error = defineSymbols(*jit.engine, symbols))
    return error;
  if (*parallel)
    if (llvm::Error error = addOpenMP(*jit.engine))
      return error;
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit.engine->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  jit.engine->getMainJITDylib().addGenerator(std::move(*process));
  if (llvm::Error error = jit.engine->addObjectFile(std::move(buffer)))
    return error;
  if (*parallel) {
    auto setThreads = jit.lookupFunction<void (*)(int)>("omp_set_num_threads");
    auto maxThreads = jit.lookupFunction<int (*)()>("omp_get_max_threads");
    if (llvm::Error error =
            llvm::joinErrors(setThreads.takeError(), maxThreads.takeError()))
      return error;
    jit.setThreads = *setThreads;
    jit.getMaxThreads = *maxThreads;
  }
  return jit;
}

llvm::Expected<void *> Jit::lookup(llvm::StringRef name) {
  llvm::Expected<orc::ExecutorAddr> address = engine->lookup(name);
  if (!address && !messages->empty()) {
    llvm::consumeError(address.takeError());
    return llvm::createStringError(*messages);
  }
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}

void Jit::setNumThreads(unsigned count) {
  if (setThreads && count > 0)
    setThreads(static_cast<int>(count));
}
