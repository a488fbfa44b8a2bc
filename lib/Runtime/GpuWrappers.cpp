//===- GpuWrappers.cpp - What MLIR's lowering of gpu.launch calls -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions that `gpu-to-llvm` emits calls of, over the current GpuRuntime: one
// host program runs in the interpreter and on a card. For code that is linked in this
// process, and as a shared library that mlir-runner loads.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/GpuRuntime.h"

using namespace mlir::sattn;

#define SATTN_EXPORT extern "C" __attribute__((visibility("default")))

/// What the functions do, on the current device.
static void perform(llvm::function_ref<llvm::Error(Device &)> action) {
  GpuRuntime::getCurrent().perform(action);
}

template <typename Action>
static uint64_t getNumber(Action action) {
  return GpuRuntime::getCurrent().perform<uint64_t>(0, action);
}

namespace {
/// A kernel is a name in a module.
struct NamedKernel {
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
  return getNumber([&](Device &device) { return device.load(data); });
}

SATTN_EXPORT DeviceModule mgpuModuleLoad(const char *data, size_t bytes) {
  return getNumber([&](Device &device) {
    return device.load(llvm::StringRef(data, bytes));
  });
}

SATTN_EXPORT void mgpuModuleUnload(DeviceModule module) {
  perform([&](Device &device) { return device.unload(module); });
}

SATTN_EXPORT NamedKernel *mgpuModuleGetFunction(DeviceModule module,
                                                const char *name) {
  // Lives as long as the process, as a function of a module does: one each.
  static std::map<std::pair<DeviceModule, std::string>, NamedKernel> kernels;
  return &kernels.try_emplace({module, name}, NamedKernel{module, name})
              .first->second;
}

static ptx::Dim3 makeDim(intptr_t x, intptr_t y, intptr_t z) {
  ptx::Dim3 dim;
  dim.x = x;
  dim.y = y;
  dim.z = z;
  return dim;
}

SATTN_EXPORT void mgpuLaunchKernel(const NamedKernel *kernel, intptr_t gridX,
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
  GpuRuntime::getCurrent().launch(kernel->module, kernel->name, launch, stream);
}

SATTN_EXPORT void mgpuLaunchClusterKernel(
    const NamedKernel *kernel, intptr_t clusterX, intptr_t clusterY,
    intptr_t clusterZ, intptr_t gridX, intptr_t gridY, intptr_t gridZ,
    intptr_t blockX, intptr_t blockY, intptr_t blockZ, int32_t sharedBytes,
    DeviceStream stream, void **parameters, void **, size_t count) {
  DeviceLaunch launch;
  launch.grid = makeDim(gridX, gridY, gridZ);
  launch.block = makeDim(blockX, blockY, blockZ);
  launch.cluster = makeDim(clusterX, clusterY, clusterZ);
  launch.dynamicSharedBytes = sharedBytes;
  launch.parameters = llvm::ArrayRef<const void *>(parameters, count);
  GpuRuntime::getCurrent().launch(kernel->module, kernel->name, launch, stream);
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

SATTN_EXPORT DeviceStream mgpuStreamCreate() {
  return getNumber([](Device &device) { return device.createStream(); });
}
SATTN_EXPORT void mgpuStreamDestroy(DeviceStream stream) {
  perform([&](Device &device) { return device.destroyStream(stream); });
}
SATTN_EXPORT void mgpuStreamSynchronize(DeviceStream stream) {
  perform([&](Device &device) { return device.synchronize(stream); });
}
SATTN_EXPORT void mgpuStreamWaitEvent(DeviceStream stream, DeviceEvent event) {
  perform([&](Device &device) { return device.wait(stream, event); });
}
SATTN_EXPORT DeviceEvent mgpuEventCreate() {
  return getNumber([](Device &device) { return device.createEvent(); });
}
SATTN_EXPORT void mgpuEventDestroy(DeviceEvent event) {
  perform([&](Device &device) { return device.destroyEvent(event); });
}
SATTN_EXPORT void mgpuEventSynchronize(DeviceEvent event) {
  perform([&](Device &device) {
    return device.getElapsed(event, event).takeError();
  });
}
SATTN_EXPORT void mgpuEventRecord(DeviceEvent event, DeviceStream stream) {
  perform([&](Device &device) { return device.record(event, stream); });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

SATTN_EXPORT void *mgpuMemAlloc(uint64_t bytes, DeviceStream, bool) {
  // Empty tensors have an address too.
  uint64_t address = getNumber([&](Device &device) {
    return device.allocate(std::max<uint64_t>(bytes, 1));
  });
  return reinterpret_cast<void *>(address);
}
SATTN_EXPORT void mgpuMemFree(void *data, DeviceStream) {
  perform([&](Device &device) { return device.release(toAddress(data)); });
}
SATTN_EXPORT void mgpuMemcpy(void *to, void *from, size_t bytes,
                             DeviceStream stream) {
  perform([&](Device &device) {
    return device.copy(toAddress(to), toAddress(from), bytes, stream);
  });
}

/// `count` times `value`, from memory that is the stream's until it has copied.
template <typename T>
static void fill(void *to, T value, size_t count, DeviceStream stream) {
  std::vector<T> values(count, value);
  perform([&](Device &device) -> llvm::Error {
    if (llvm::Error error = device.copyToDevice(toAddress(to), values.data(),
                                                sizeof(T) * count, stream))
      return error;
    return device.synchronize(stream);
  });
}

SATTN_EXPORT void mgpuMemset32(void *to, uint32_t value, size_t count,
                               DeviceStream stream) {
  fill(to, value, count, stream);
}
SATTN_EXPORT void mgpuMemset16(void *to, uint16_t value, size_t count,
                               DeviceStream stream) {
  fill(to, value, count, stream);
}

SATTN_EXPORT void mgpuMemHostRegister(void *data, uint64_t bytes) {
  perform([&](Device &device) { return device.registerHost(data, bytes); });
}
SATTN_EXPORT void mgpuMemHostUnregister(void *data) {
  perform([&](Device &device) { return device.unregisterHost(data); });
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
  // Whoever made the runtime chose.
}

//===----------------------------------------------------------------------===//
// Tensor maps
//===----------------------------------------------------------------------===//

/// Describes boxes of 128 bytes by `rows` elements along `axis` of a tensor on the
/// device, for TMA. Sizes and strides (in elements of two bytes) are those of a memref,
/// the last axis being the contiguous one, of which `columns` exist for the kernel.
SATTN_EXPORT void sattnEncodeTensorMap(DeviceTensorMap *result,
                                       uint64_t address, int64_t rank,
                                       const int64_t *sizes,
                                       const int64_t *strides, int64_t isBF16,
                                       int64_t axis, int64_t rows,
                                       int64_t columns) {
  constexpr unsigned elementBytes = 2, panelBytes = 128, minStride = 16;
  std::vector<uint64_t> dims(rank), pitches;
  std::vector<uint32_t> box(rank, 1), steps(rank, 1);
  // An empty tensor has a description, too: nothing is fetched of it.
  for (int64_t i = 0; i < rank; ++i) {
    int64_t from = rank - 1 - i;
    dims[i] = std::max<int64_t>(sizes[from], 1);
    if (i > 0)
      pitches.push_back(
          std::max<uint64_t>(strides[from] * elementBytes, minStride));
    if (from == axis)
      box[i] = rows;
  }
  dims[0] = columns;
  box[0] = panelBytes / elementBytes;
  ptx::TiledTensor tensor;
  tensor.type = isBF16 ? ptx::TensorMapType::BF16 : ptx::TensorMapType::F16;
  tensor.address = address;
  tensor.dims = dims;
  tensor.strides = pitches;
  tensor.box = box;
  tensor.elementStrides = steps;
  tensor.swizzle = ptx::Swizzle::Bytes128;
  perform([&](Device &device) -> llvm::Error {
    llvm::Expected<DeviceTensorMap> map = device.encodeTensorMap(tensor);
    if (!map)
      return map.takeError();
    *result = *map;
    return llvm::Error::success();
  });
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

llvm::ArrayRef<GpuRuntime::Function> GpuRuntime::getFunctions() {
#define SATTN_FUNCTION(NAME) {#NAME, reinterpret_cast<void *>(&NAME)}
  static const Function functions[] = {
      SATTN_FUNCTION(mgpuModuleLoadJIT),
      SATTN_FUNCTION(mgpuModuleLoad),
      SATTN_FUNCTION(mgpuModuleUnload),
      SATTN_FUNCTION(mgpuModuleGetFunction),
      SATTN_FUNCTION(mgpuLaunchKernel),
      SATTN_FUNCTION(mgpuLaunchClusterKernel),
      SATTN_FUNCTION(mgpuStreamCreate),
      SATTN_FUNCTION(mgpuStreamDestroy),
      SATTN_FUNCTION(mgpuStreamSynchronize),
      SATTN_FUNCTION(mgpuStreamWaitEvent),
      SATTN_FUNCTION(mgpuEventCreate),
      SATTN_FUNCTION(mgpuEventDestroy),
      SATTN_FUNCTION(mgpuEventSynchronize),
      SATTN_FUNCTION(mgpuEventRecord),
      SATTN_FUNCTION(mgpuMemAlloc),
      SATTN_FUNCTION(mgpuMemFree),
      SATTN_FUNCTION(mgpuMemcpy),
      SATTN_FUNCTION(mgpuMemset32),
      SATTN_FUNCTION(mgpuMemset16),
      SATTN_FUNCTION(mgpuMemHostRegister),
      SATTN_FUNCTION(mgpuMemHostUnregister),
      SATTN_FUNCTION(mgpuMemHostRegisterMemRef),
      SATTN_FUNCTION(mgpuMemHostUnregisterMemRef),
      SATTN_FUNCTION(mgpuSetDefaultDevice),
      SATTN_FUNCTION(sattnEncodeTensorMap),
  };
#undef SATTN_FUNCTION
  return functions;
}
