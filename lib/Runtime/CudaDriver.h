//===- CudaDriver.h - The functions of the CUDA driver that are used -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_RUNTIME_CUDADRIVER_H
#define SATTN_LIB_RUNTIME_CUDADRIVER_H

#include "llvm/Support/Error.h"
#include <cstddef>
#include <cstdint>

namespace mlir::sattn::cuda {

// As cuda.h declares them; nothing of CUDA is needed to build.
using Result = int;
using Pointer = unsigned long long;
using Context = struct ContextRecord *;
using Module = struct ModuleRecord *;
using Function = struct FunctionRecord *;
using Stream = struct StreamRecord *;
using Event = struct EventRecord *;

struct LaunchAttribute {
  int id;
  char padding[4];
  union {
    char bytes[64];
    uint32_t cluster[3];
  };
};
static_assert(sizeof(LaunchAttribute) == 72);

struct LaunchConfig {
  uint32_t grid[3], block[3];
  uint32_t sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  uint32_t numAttributes;
};

constexpr int deviceAttributeMajor = 75, deviceAttributeMinor = 76,
              functionMaxDynamicShared = 8, functionNonPortableCluster = 14,
              launchClusterDimension = 4, jitErrorLog = 5, jitErrorLogSize = 6,
              streamNonBlocking = 1, notFound = 500;

/// The driver's library, loaded at run time.
struct Driver {
  Result (*init)(unsigned);
  Result (*getErrorString)(Result, const char **);
  Result (*getErrorName)(Result, const char **);
  Result (*getDeviceCount)(int *);
  Result (*getDevice)(int *, int);
  Result (*getDeviceName)(char *, int, int);
  Result (*getDeviceAttribute)(int *, int, int);
  Result (*retainContext)(Context *, int);
  Result (*releaseContext)(int);
  Result (*setContext)(Context);
  Result (*loadModule)(Module *, const void *, unsigned, int *, void **);
  Result (*unloadModule)(Module);
  Result (*getFunction)(Function *, Module, const char *);
  Result (*setFunctionAttribute)(Function, int, int);
  Result (*launch)(const LaunchConfig *, Function, void **, void **);
  Result (*allocate)(Pointer *, size_t);
  Result (*release)(Pointer);
  Result (*copyToDevice)(Pointer, const void *, size_t, Stream);
  Result (*copyToHost)(void *, Pointer, size_t, Stream);
  Result (*copy)(Pointer, Pointer, size_t, Stream);
  Result (*registerHost)(void *, size_t, unsigned);
  Result (*unregisterHost)(void *);
  Result (*fill)(Pointer, unsigned char, size_t, Stream);
  Result (*createStream)(Stream *, unsigned);
  Result (*destroyStream)(Stream);
  Result (*synchronize)(Stream);
  Result (*createEvent)(Event *, unsigned);
  Result (*destroyEvent)(Event);
  Result (*record)(Event, Stream);
  Result (*synchronizeEvent)(Event);
  Result (*waitForEvent)(Stream, Event, unsigned);
  Result (*getElapsed)(float *, Event, Event);
  Result (*encodeTiled)(void *, int, uint32_t, void *, const uint64_t *,
                        const uint64_t *, const uint32_t *, const uint32_t *,
                        int, int, int, int);

  /// Loads and initializes the driver, once; the error is one sentence.
  static llvm::Expected<const Driver *> get();
  /// "launch of 'fa': CUDA_ERROR_...: text", or success.
  llvm::Error check(Result result, const llvm::Twine &what) const;
};

} // namespace mlir::sattn::cuda

#endif // SATTN_LIB_RUNTIME_CUDADRIVER_H
