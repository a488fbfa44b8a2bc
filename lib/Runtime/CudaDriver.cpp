//===- CudaDriver.cpp - The functions of the CUDA driver that are used -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads libcuda at run time and finds its functions by name.
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/DynamicLibrary.h"

using namespace mlir::sattn;
using cuda::Driver;

static const char *const libraryName = "libcuda.so.1";

/// Finds every function; the name of the first one that is missing, or null.
static const char *findFunctions(llvm::sys::DynamicLibrary &library,
                                 Driver &driver) {
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *name) {
    void *address = library.getAddressOfSymbol(name);
    function = reinterpret_cast<std::decay_t<decltype(function)>>(address);
    if (!address && !missing)
      missing = name;
  };
  find(driver.init, "cuInit");
  find(driver.getErrorString, "cuGetErrorString");
  find(driver.getErrorName, "cuGetErrorName");
  find(driver.getDeviceCount, "cuDeviceGetCount");
  find(driver.getDevice, "cuDeviceGet");
  find(driver.getDeviceName, "cuDeviceGetName");
  find(driver.getDeviceAttribute, "cuDeviceGetAttribute");
  find(driver.retainContext, "cuDevicePrimaryCtxRetain");
  find(driver.releaseContext, "cuDevicePrimaryCtxRelease_v2");
  find(driver.setContext, "cuCtxSetCurrent");
  find(driver.loadModule, "cuModuleLoadDataEx");
  find(driver.unloadModule, "cuModuleUnload");
  find(driver.getFunction, "cuModuleGetFunction");
  find(driver.setFunctionAttribute, "cuFuncSetAttribute");
  find(driver.launch, "cuLaunchKernelEx");
  find(driver.allocate, "cuMemAlloc_v2");
  find(driver.release, "cuMemFree_v2");
  find(driver.copyToDevice, "cuMemcpyHtoDAsync_v2");
  find(driver.copyToHost, "cuMemcpyDtoHAsync_v2");
  find(driver.copy, "cuMemcpyAsync");
  find(driver.registerHost, "cuMemHostRegister_v2");
  find(driver.unregisterHost, "cuMemHostUnregister");
  find(driver.fill, "cuMemsetD8Async");
  find(driver.createStream, "cuStreamCreate");
  find(driver.destroyStream, "cuStreamDestroy_v2");
  find(driver.synchronize, "cuStreamSynchronize");
  find(driver.createEvent, "cuEventCreate");
  find(driver.destroyEvent, "cuEventDestroy_v2");
  find(driver.record, "cuEventRecord");
  find(driver.synchronizeEvent, "cuEventSynchronize");
  find(driver.waitForEvent, "cuStreamWaitEvent");
  find(driver.getElapsed, "cuEventElapsedTime");
  find(driver.encodeTiled, "cuTensorMapEncodeTiled");
  return missing;
}

/// What is wrong with the driver, or "".
static std::string loadDriver(Driver &driver) {
  std::string text;
  llvm::sys::DynamicLibrary library =
      llvm::sys::DynamicLibrary::getPermanentLibrary(libraryName, &text);
  if (!library.isValid())
    return std::string("no NVIDIA driver is installed: cannot load ") +
           libraryName;
  if (const char *missing = findFunctions(library, driver))
    return std::string("the NVIDIA driver is too old: ") + libraryName +
           " has no " + missing + " (it came with CUDA 12.0)";
  if (cuda::Result result = driver.init(0))
    return llvm::toString(driver.check(result, "cuInit"));
  return "";
}

llvm::Expected<const Driver *> Driver::get() {
  static Driver driver;
  static const std::string problem = loadDriver(driver);
  if (problem.empty())
    return &driver;
  return llvm::createStringError(problem);
}

llvm::Error Driver::check(Result result, const llvm::Twine &what) const {
  if (result == 0)
    return llvm::Error::success();
  const char *name = nullptr, *text = nullptr;
  getErrorName(result, &name);
  getErrorString(result, &text);
  return llvm::createStringError(what + ": " + (name ? name : "unknown error") +
                                 ": " +
                                 (text ? text : llvm::Twine(result).str()));
}
