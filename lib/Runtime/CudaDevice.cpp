//===- CudaDevice.cpp - NVIDIA cards through the driver -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver's calls behind the interface of Device.h.
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "sattn/Runtime/Device.h"
#include <vector>

using namespace mlir::sattn;
using cuda::Driver;

namespace {
class CudaDevice : public Device {
public:
  CudaDevice(const Driver &driver, int device, std::string name,
             unsigned architecture)
      : driver(driver), device(device), name(std::move(name)),
        architecture(architecture) {}
  ~CudaDevice() override { driver.releaseContext(device); }

  std::string getName() const override { return name; }
  unsigned getArchitecture() const override { return architecture; }

  llvm::Expected<uint64_t> allocate(uint64_t bytes) override;
  llvm::Error release(uint64_t address) override {
    return check(driver.release(address), "cannot release device memory");
  }
  llvm::Error copyToDevice(uint64_t to, const void *from, uint64_t bytes,
                           DeviceStream stream) override {
    return check(driver.copyToDevice(to, from, bytes, getStream(stream)),
                 "cannot copy to the device");
  }
  llvm::Error copyToHost(void *to, uint64_t from, uint64_t bytes,
                         DeviceStream stream) override {
    return check(driver.copyToHost(to, from, bytes, getStream(stream)),
                 "cannot copy from the device");
  }
  llvm::Error fill(uint64_t to, uint8_t value, uint64_t bytes,
                   DeviceStream stream) override {
    return check(driver.fill(to, value, bytes, getStream(stream)),
                 "cannot fill device memory");
  }
  llvm::Error copy(uint64_t to, uint64_t from, uint64_t bytes,
                   DeviceStream stream) override {
    return check(driver.copy(to, from, bytes, getStream(stream)),
                 "cannot copy memory");
  }
  llvm::Error registerHost(void *data, uint64_t bytes) override {
    return check(driver.registerHost(data, bytes, 0),
                 "cannot make host memory accessible");
  }
  llvm::Error unregisterHost(void *data) override {
    return check(driver.unregisterHost(data),
                 "cannot make host memory inaccessible");
  }
  llvm::Expected<DeviceModule> load(llvm::StringRef ptx) override;
  llvm::Error unload(DeviceModule module) override {
    return check(driver.unloadModule(reinterpret_cast<cuda::Module>(module)),
                 "cannot unload a module");
  }
  llvm::Error launch(DeviceModule module, llvm::StringRef kernel,
                     const DeviceLaunch &launch, DeviceStream stream) override;
  llvm::Expected<DeviceTensorMap>
  encodeTensorMap(const ptx::TiledTensor &tensor) override;

  llvm::Expected<DeviceStream> createStream() override;
  llvm::Error destroyStream(DeviceStream stream) override {
    return check(driver.destroyStream(getStream(stream)),
                 "cannot destroy a stream");
  }
  llvm::Error synchronize(DeviceStream stream) override {
    return check(driver.synchronize(getStream(stream)),
                 "a kernel or copy failed");
  }
  llvm::Expected<DeviceEvent> createEvent() override;
  llvm::Error destroyEvent(DeviceEvent event) override {
    return check(driver.destroyEvent(getEvent(event)),
                 "cannot destroy an event");
  }
  llvm::Error record(DeviceEvent event, DeviceStream stream) override {
    return check(driver.record(getEvent(event), getStream(stream)),
                 "cannot record an event");
  }
  llvm::Error wait(DeviceStream stream, DeviceEvent event) override {
    return check(driver.waitForEvent(getStream(stream), getEvent(event), 0),
                 "cannot wait for an event");
  }
  llvm::Expected<double> getElapsed(DeviceEvent from, DeviceEvent to) override;

private:
  llvm::Error check(cuda::Result result, const llvm::Twine &what) const {
    return driver.check(result, what);
  }
  static cuda::Stream getStream(DeviceStream stream) {
    return reinterpret_cast<cuda::Stream>(stream);
  }
  static cuda::Event getEvent(DeviceEvent event) {
    return reinterpret_cast<cuda::Event>(event);
  }

  const Driver &driver;
  int device;
  std::string name;
  unsigned architecture;
};
} // namespace

llvm::Expected<uint64_t> CudaDevice::allocate(uint64_t bytes) {
  cuda::Pointer address = 0;
  if (llvm::Error error = check(driver.allocate(&address, bytes),
                                "cannot allocate " + llvm::Twine(bytes) +
                                    " bytes of device memory"))
    return error;
  return address;
}

llvm::Expected<DeviceModule> CudaDevice::load(llvm::StringRef ptx) {
  std::vector<char> log(8192);
  int options[] = {cuda::jitErrorLog, cuda::jitErrorLogSize};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size())};
  cuda::Module module = nullptr;
  cuda::Result result =
      driver.loadModule(&module, ptx.str().c_str(), 2, options, values);
  if (llvm::Error error = check(result, "cannot load the PTX module"))
    return log[0] ? llvm::createStringError(llvm::toString(std::move(error)) +
                                            ": " + log.data())
                  : std::move(error);
  return reinterpret_cast<uintptr_t>(module);
}

llvm::Error CudaDevice::launch(DeviceModule module, llvm::StringRef kernel,
                               const DeviceLaunch &launch,
                               DeviceStream stream) {
  cuda::Function function = nullptr;
  if (llvm::Error error = check(
          driver.getFunction(&function, reinterpret_cast<cuda::Module>(module),
                             kernel.str().c_str()),
          "no kernel '" + kernel + "' in the PTX module"))
    return error;
  if (llvm::Error error = check(
          driver.setFunctionAttribute(function, cuda::functionMaxDynamicShared,
                                      launch.dynamicSharedBytes),
          "cannot use " + llvm::Twine(launch.dynamicSharedBytes) +
              " bytes of dynamic shared memory in '" + kernel + "'"))
    return error;
  cuda::LaunchAttribute cluster = {};
  cuda::LaunchConfig config = {{launch.grid.x, launch.grid.y, launch.grid.z},
                               {launch.block.x, launch.block.y, launch.block.z},
                               launch.dynamicSharedBytes,
                               getStream(stream),
                               nullptr,
                               0};
  if (launch.cluster) {
    cluster.id = cuda::launchClusterDimension;
    cluster.cluster[0] = launch.cluster->x;
    cluster.cluster[1] = launch.cluster->y;
    cluster.cluster[2] = launch.cluster->z;
    config.attributes = &cluster;
    config.numAttributes = 1;
    if (launch.cluster->getCount() > 8)
      if (llvm::Error error = check(
              driver.setFunctionAttribute(function,
                                          cuda::functionNonPortableCluster, 1),
              "cannot use clusters of more than 8 blocks in '" + kernel + "'"))
        return error;
  }
  std::vector<void *> parameters;
  for (const void *parameter : launch.parameters)
    parameters.push_back(const_cast<void *>(parameter));
  return check(driver.launch(&config, function, parameters.data(), nullptr),
               "cannot launch '" + kernel + "'");
}

llvm::Expected<DeviceTensorMap>
CudaDevice::encodeTensorMap(const ptx::TiledTensor &tensor) {
  // The same arguments are refused as where the map is emulated.
  if (auto map = ptx::TensorMap::encodeTiled(tensor); !map)
    return map.takeError();
  alignas(64) DeviceTensorMap map;
  cuda::Result result = driver.encodeTiled(
      map.data(), int(tensor.type), tensor.dims.size(),
      reinterpret_cast<void *>(tensor.address), tensor.dims.data(),
      tensor.strides.data(), tensor.box.data(), tensor.elementStrides.data(),
      /*interleave=*/0, int(tensor.swizzle), /*l2Promotion=*/2,
      int(tensor.fill));
  if (llvm::Error error = check(result, "cannot encode a tensor map"))
    return error;
  return map;
}

llvm::Expected<DeviceStream> CudaDevice::createStream() {
  cuda::Stream stream = nullptr;
  if (llvm::Error error =
          check(driver.createStream(&stream, cuda::streamNonBlocking),
                "cannot create a stream"))
    return error;
  return reinterpret_cast<uintptr_t>(stream);
}

llvm::Expected<DeviceEvent> CudaDevice::createEvent() {
  cuda::Event event = nullptr;
  if (llvm::Error error =
          check(driver.createEvent(&event, 0), "cannot create an event"))
    return error;
  return reinterpret_cast<uintptr_t>(event);
}

llvm::Expected<double> CudaDevice::getElapsed(DeviceEvent from,
                                              DeviceEvent to) {
  if (llvm::Error error = check(driver.synchronizeEvent(getEvent(to)),
                                "a kernel or copy failed"))
    return error;
  float milliseconds = 0;
  if (llvm::Error error =
          check(driver.getElapsed(&milliseconds, getEvent(from), getEvent(to)),
                "cannot measure the time between two events"))
    return error;
  return milliseconds;
}

llvm::Expected<std::unique_ptr<Device>>
mlir::sattn::createCudaDevice(unsigned ordinal) {
  auto driver = Driver::get();
  if (!driver)
    return driver.takeError();
  const Driver &cuda = **driver;
  int count = 0, device = 0, major = 0, minor = 0;
  char name[256] = {};
  cuda::Context context = nullptr;
  if (llvm::Error error =
          cuda.check(cuda.getDeviceCount(&count), "cannot count the cards"))
    return error;
  if (ordinal >= unsigned(count))
    return llvm::createStringError("expected a card below " +
                                   llvm::Twine(count) + ", got number " +
                                   llvm::Twine(ordinal));
  cuda::Result results[] = {
      cuda.getDevice(&device, ordinal),
      cuda.getDeviceName(name, sizeof name - 1, device),
      cuda.getDeviceAttribute(&major, cuda::deviceAttributeMajor, device),
      cuda.getDeviceAttribute(&minor, cuda::deviceAttributeMinor, device),
      cuda.retainContext(&context, device),
      cuda.setContext(context),
  };
  for (cuda::Result result : results)
    if (llvm::Error error = cuda.check(result, "cannot use card number " +
                                                   llvm::Twine(ordinal)))
      return error;
  return std::make_unique<CudaDevice>(cuda, device, name, major * 10 + minor);
}
