//===- GpuWrappers.cpp - What MLIR's lowering of gpu.launch calls -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions that `gpu-to-llvm` emits calls of, over a Device: one host
// program runs in the interpreter and on a card. Built as a shared library that
// mlir-runner loads. The environment chooses the device and how it behaves:
//
//   SATTN_DEVICE       as for `createDevice`; emulated-sm_90a where it is not
//   set SATTN_SEED         the order of warps and blocks, 1 SATTN_ASYNCHRONY
//   late, early or random
//
// An error ends the process with its text and status 1.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Device.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace mlir::sattn;

#define SATTN_EXPORT extern "C" __attribute__((visibility("default")))

[[noreturn]] static void fail(llvm::Error error) {
  llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
  std::exit(1);
}

static void check(llvm::Error error) {
  if (error)
    fail(std::move(error));
}

template <typename T> static T check(llvm::Expected<T> value) {
  if (!value)
    fail(value.takeError());
  return std::move(*value);
}

static llvm::StringRef getVariable(const char *name,
                                   llvm::StringRef otherwise) {
  const char *value = std::getenv(name);
  return value ? value : otherwise;
}

static std::unique_ptr<Device> makeDevice() {
  ptx::LaunchOptions options;
  if (getVariable("SATTN_SEED", "1").getAsInteger(10, options.seed))
    fail(llvm::createStringError("expected a number in SATTN_SEED"));
  llvm::StringRef asynchrony = getVariable("SATTN_ASYNCHRONY", "late");
  auto choice = llvm::StringSwitch<std::optional<ptx::Asynchrony>>(asynchrony)
                    .Case("late", ptx::Asynchrony::Late)
                    .Case("early", ptx::Asynchrony::Early)
                    .Case("random", ptx::Asynchrony::Random)
                    .Default(std::nullopt);
  if (!choice)
    fail(llvm::createStringError("expected late, early or random in "
                                 "SATTN_ASYNCHRONY, got '" +
                                 asynchrony + "'"));
  options.asynchrony = *choice;
  return check(
      createDevice(getVariable("SATTN_DEVICE", "emulated-sm_90a"), options));
}

static Device &getDevice() {
  static std::unique_ptr<Device> device = makeDevice();
  return *device;
}

namespace {
/// A kernel is a name in a module.
struct Kernel {
  DeviceModule module;
  std::string name;
};
} // namespace

static uint64_t toAddress(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

/// PTX text ends in a zero, as the driver wants it; callers do not agree on
/// whether they pass its size.
SATTN_EXPORT DeviceModule mgpuModuleLoadJIT(const char *data, int) {
  return check(getDevice().load(data));
}

SATTN_EXPORT DeviceModule mgpuModuleLoad(const char *data, size_t bytes) {
  return check(getDevice().load(llvm::StringRef(data, bytes)));
}

SATTN_EXPORT void mgpuModuleUnload(DeviceModule module) {
  check(getDevice().unload(module));
}

SATTN_EXPORT Kernel *mgpuModuleGetFunction(DeviceModule module,
                                           const char *name) {
  // Lives as long as the process, as a function of a module does.
  return new Kernel{module, name};
}

static ptx::Dim3 makeDim(intptr_t x, intptr_t y, intptr_t z) {
  ptx::Dim3 dim;
  dim.x = x;
  dim.y = y;
  dim.z = z;
  return dim;
}

SATTN_EXPORT void mgpuLaunchKernel(const Kernel *kernel, intptr_t gridX,
                                   intptr_t gridY, intptr_t gridZ,
                                   intptr_t blockX, intptr_t blockY,
                                   intptr_t blockZ, int32_t sharedBytes,
                                   DeviceStream stream, void **parameters,
                                   void **, size_t count) {
  DeviceLaunch launch;
  launch.grid = makeDim(gridX, gridY, gridZ);
  launch.block = makeDim(blockX, blockY, blockZ);
  launch.dynamicSharedBytes = sharedBytes;
  launch.parameters = llvm::ArrayRef<const void *>(parameters, count);
  check(getDevice().launch(kernel->module, kernel->name, launch, stream));
}

SATTN_EXPORT void mgpuLaunchClusterKernel(
    const Kernel *kernel, intptr_t clusterX, intptr_t clusterY,
    intptr_t clusterZ, intptr_t gridX, intptr_t gridY, intptr_t gridZ,
    intptr_t blockX, intptr_t blockY, intptr_t blockZ, int32_t sharedBytes,
    DeviceStream stream, void **parameters, void **, size_t count) {
  DeviceLaunch launch;
  launch.grid = makeDim(gridX, gridY, gridZ);
  launch.block = makeDim(blockX, blockY, blockZ);
  launch.cluster = makeDim(clusterX, clusterY, clusterZ);
  launch.dynamicSharedBytes = sharedBytes;
  launch.parameters = llvm::ArrayRef<const void *>(parameters, count);
  check(getDevice().launch(kernel->module, kernel->name, launch, stream));
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

SATTN_EXPORT DeviceStream mgpuStreamCreate() {
  return check(getDevice().createStream());
}
SATTN_EXPORT void mgpuStreamDestroy(DeviceStream stream) {
  check(getDevice().destroyStream(stream));
}
SATTN_EXPORT void mgpuStreamSynchronize(DeviceStream stream) {
  check(getDevice().synchronize(stream));
}
SATTN_EXPORT void mgpuStreamWaitEvent(DeviceStream stream, DeviceEvent event) {
  check(getDevice().wait(stream, event));
}
SATTN_EXPORT DeviceEvent mgpuEventCreate() {
  return check(getDevice().createEvent());
}
SATTN_EXPORT void mgpuEventDestroy(DeviceEvent event) {
  check(getDevice().destroyEvent(event));
}
SATTN_EXPORT void mgpuEventSynchronize(DeviceEvent event) {
  check(getDevice().getElapsed(event, event));
}
SATTN_EXPORT void mgpuEventRecord(DeviceEvent event, DeviceStream stream) {
  check(getDevice().record(event, stream));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

SATTN_EXPORT void *mgpuMemAlloc(uint64_t bytes, DeviceStream, bool) {
  // Empty tensors have an address too.
  uint64_t address = check(getDevice().allocate(std::max<uint64_t>(bytes, 1)));
  return reinterpret_cast<void *>(address);
}
SATTN_EXPORT void mgpuMemFree(void *data, DeviceStream) {
  check(getDevice().release(toAddress(data)));
}
SATTN_EXPORT void mgpuMemcpy(void *to, void *from, size_t bytes,
                             DeviceStream stream) {
  check(getDevice().copy(toAddress(to), toAddress(from), bytes, stream));
}
SATTN_EXPORT void mgpuMemset32(void *to, uint32_t value, size_t count,
                               DeviceStream stream) {
  std::vector<uint32_t> values(count, value);
  check(getDevice().copyToDevice(toAddress(to), values.data(), 4 * count,
                                 stream));
  check(getDevice().synchronize(stream));
}
SATTN_EXPORT void mgpuMemset16(void *to, uint16_t value, size_t count,
                               DeviceStream stream) {
  std::vector<uint16_t> values(count, value);
  check(getDevice().copyToDevice(toAddress(to), values.data(), 2 * count,
                                 stream));
  check(getDevice().synchronize(stream));
}

SATTN_EXPORT void mgpuMemHostRegister(void *data, uint64_t bytes) {
  check(getDevice().registerHost(data, bytes));
}
SATTN_EXPORT void mgpuMemHostUnregister(void *data) {
  check(getDevice().unregisterHost(data));
}

namespace {
/// What every ranked memref descriptor starts with; sizes and strides follow.
struct MemRefHead {
  char *allocated, *aligned;
  int64_t offset;
};
} // namespace

SATTN_EXPORT void mgpuMemHostRegisterMemRef(int64_t rank,
                                            const MemRefHead *memref,
                                            int64_t elementBytes) {
  auto *sizes = reinterpret_cast<const int64_t *>(memref + 1);
  int64_t elements = 1;
  for (int64_t i = 0; i < rank; ++i)
    elements *= sizes[i];
  mgpuMemHostRegister(memref->aligned + memref->offset * elementBytes,
                      elements * elementBytes);
}
SATTN_EXPORT void mgpuMemHostUnregisterMemRef(int64_t, const MemRefHead *memref,
                                              int64_t elementBytes) {
  mgpuMemHostUnregister(memref->aligned + memref->offset * elementBytes);
}

SATTN_EXPORT void mgpuSetDefaultDevice(int32_t) {
  // SATTN_DEVICE chooses.
}
