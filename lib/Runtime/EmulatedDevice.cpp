//===- EmulatedDevice.cpp - The PTX interpreter as a device -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Device memory is host memory; streams run at once, events are times of the
// host.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Device.h"
#include <chrono>
#include <cstring>
#include <map>

using namespace mlir::sattn;

namespace {
using Clock = std::chrono::steady_clock;

class EmulatedDevice : public Device {
public:
  EmulatedDevice(llvm::StringRef target, unsigned architecture,
                 const ptx::LaunchOptions &options,
                 EmulatedLaunchHook beforeLaunch)
      : target(target), architecture(architecture), options(options),
        beforeLaunch(std::move(beforeLaunch)) {}

  std::string getName() const override { return "emulated-" + target; }
  unsigned getArchitecture() const override { return architecture; }

  llvm::Expected<uint64_t> allocate(uint64_t bytes) override;
  llvm::Error release(uint64_t address) override;
  llvm::Error copyToDevice(uint64_t to, const void *from, uint64_t bytes,
                           DeviceStream stream) override;
  llvm::Error copyToHost(void *to, uint64_t from, uint64_t bytes,
                         DeviceStream stream) override;
  llvm::Error fill(uint64_t to, uint8_t value, uint64_t bytes,
                   DeviceStream stream) override;
  llvm::Error copy(uint64_t to, uint64_t from, uint64_t bytes,
                   DeviceStream) override {
    std::memmove(reinterpret_cast<void *>(to),
                 reinterpret_cast<const void *>(from), bytes);
    return llvm::Error::success();
  }
  llvm::Error registerHost(void *data, uint64_t bytes) override {
    if (bytes)
      memory.add(data, bytes);
    return llvm::Error::success();
  }
  llvm::Error unregisterHost(void *data) override {
    memory.release(data);
    return llvm::Error::success();
  }
  llvm::Expected<DeviceModule> load(llvm::StringRef ptx) override;
  llvm::Error unload(DeviceModule module) override;
  llvm::Error launch(DeviceModule module, llvm::StringRef kernel,
                     const DeviceLaunch &launch, DeviceStream stream) override;
  uint64_t getInstructionCount() const override { return instructions; }
  llvm::Expected<DeviceTensorMap>
  encodeTensorMap(const ptx::TiledTensor &tensor) override;
  llvm::Expected<DeviceStream> createStream() override { return ++handles; }
  llvm::Error destroyStream(DeviceStream) override {
    return llvm::Error::success();
  }
  llvm::Error synchronize(DeviceStream) override {
    return llvm::Error::success();
  }
  llvm::Expected<DeviceEvent> createEvent() override { return ++handles; }
  llvm::Error destroyEvent(DeviceEvent event) override {
    events.erase(event);
    return llvm::Error::success();
  }
  llvm::Error record(DeviceEvent event, DeviceStream) override {
    events[event] = Clock::now();
    return llvm::Error::success();
  }
  llvm::Error wait(DeviceStream, DeviceEvent) override {
    return llvm::Error::success();
  }
  llvm::Expected<double> getElapsed(DeviceEvent from, DeviceEvent to) override;

private:
  llvm::Error check(uint64_t address, uint64_t bytes);

  std::string target;
  unsigned architecture;
  ptx::LaunchOptions options;
  EmulatedLaunchHook beforeLaunch;
  ptx::GlobalMemory memory;
  uint64_t handles = 0, instructions = 0;
  /// Before the memory goes, as programs own variables in it.
  std::map<DeviceModule, std::unique_ptr<ptx::Program>> modules;
  std::map<DeviceEvent, Clock::time_point> events;
};
} // namespace

llvm::Expected<uint64_t> EmulatedDevice::allocate(uint64_t bytes) {
  void *data = memory.allocate(bytes);
  if (!data)
    return llvm::createStringError("cannot allocate " + llvm::Twine(bytes) +
                                   " bytes of device memory");
  return reinterpret_cast<uintptr_t>(data);
}

llvm::Error EmulatedDevice::release(uint64_t address) {
  if (memory.release(reinterpret_cast<void *>(address)))
    return llvm::Error::success();
  return llvm::createStringError(
      "expected an address that was allocated on the device");
}

llvm::Error EmulatedDevice::check(uint64_t address, uint64_t bytes) {
  if (bytes == 0 || memory.find(address, bytes))
    return llvm::Error::success();
  return llvm::createStringError("a copy of " + llvm::Twine(bytes) +
                                 " bytes is outside of the memory that was "
                                 "allocated on the device");
}

llvm::Error EmulatedDevice::copyToDevice(uint64_t to, const void *from,
                                         uint64_t bytes, DeviceStream) {
  if (llvm::Error error = check(to, bytes))
    return error;
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return llvm::Error::success();
}

llvm::Error EmulatedDevice::copyToHost(void *to, uint64_t from, uint64_t bytes,
                                       DeviceStream) {
  if (llvm::Error error = check(from, bytes))
    return error;
  std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
  return llvm::Error::success();
}

llvm::Error EmulatedDevice::fill(uint64_t to, uint8_t value, uint64_t bytes,
                                 DeviceStream) {
  if (llvm::Error error = check(to, bytes))
    return error;
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return llvm::Error::success();
}

llvm::Expected<DeviceModule> EmulatedDevice::load(llvm::StringRef text) {
  auto module = ptx::parseModule(text);
  if (!module)
    return module.takeError();
  // As the driver: later chips run earlier PTX, except for the targets with a
  // letter, which run where they are meant for.
  llvm::StringRef wanted = (*module)->target;
  llvm::StringRef digits = wanted;
  unsigned number = 0;
  digits.consume_front("sm_");
  bool fits = !digits.consumeInteger(10, number) &&
              (digits.empty() ? number <= architecture : wanted == target);
  if (!fits)
    return llvm::createStringError("the module is for " + wanted +
                                   ", the device is " + target);
  auto program = ptx::Program::create(std::move(*module), memory);
  if (!program)
    return program.takeError();
  modules[++handles] = std::move(*program);
  return handles;
}

llvm::Error EmulatedDevice::unload(DeviceModule module) {
  if (modules.erase(module))
    return llvm::Error::success();
  return llvm::createStringError("expected a module that is loaded");
}

llvm::Error EmulatedDevice::launch(DeviceModule module, llvm::StringRef kernel,
                                   const DeviceLaunch &launch, DeviceStream) {
  auto program = modules.find(module);
  if (program == modules.end())
    return llvm::createStringError("expected a module that is loaded");
  ptx::LaunchConfig config;
  config.grid = launch.grid;
  config.block = launch.block;
  config.cluster = launch.cluster;
  config.dynamicSharedBytes = launch.dynamicSharedBytes;
  config.parameters = launch.parameters;
  if (beforeLaunch)
    if (llvm::Error error = beforeLaunch(*program->second, kernel, config))
      return error;
  auto statistics =
      ptx::Machine::launch(*program->second, kernel, config, options);
  if (!statistics)
    return statistics.takeError();
  instructions += statistics->warpInstructions;
  return llvm::Error::success();
}

llvm::Expected<DeviceTensorMap>
EmulatedDevice::encodeTensorMap(const ptx::TiledTensor &tensor) {
  auto map = ptx::TensorMap::encodeTiled(tensor);
  if (!map)
    return map.takeError();
  DeviceTensorMap bytes;
  static_assert(sizeof bytes == sizeof(ptx::TensorMap));
  std::memcpy(bytes.data(), &*map, sizeof bytes);
  return bytes;
}

llvm::Expected<double> EmulatedDevice::getElapsed(DeviceEvent from,
                                                  DeviceEvent to) {
  auto start = events.find(from), end = events.find(to);
  if (start == events.end() || end == events.end())
    return llvm::createStringError("expected events that were recorded");
  return std::chrono::duration<double, std::milli>(end->second - start->second)
      .count();
}

llvm::Expected<std::unique_ptr<Device>>
mlir::sattn::createEmulatedDevice(llvm::StringRef target,
                                  const ptx::LaunchOptions &options,
                                  EmulatedLaunchHook beforeLaunch) {
  llvm::StringRef digits = target;
  unsigned number = 0;
  if (!digits.consume_front("sm_") || digits.consumeInteger(10, number) ||
      number < 70 || (!digits.empty() && digits != "a" && digits != "f"))
    return llvm::createStringError("expected a target from sm_70 on, got '" +
                                   target + "'");
  return std::make_unique<EmulatedDevice>(target, number, options,
                                          std::move(beforeLaunch));
}

llvm::Expected<std::unique_ptr<Device>>
mlir::sattn::createDevice(llvm::StringRef target,
                          const ptx::LaunchOptions &options) {
  llvm::StringRef rest = target;
  if (rest.consume_front("emulated-"))
    return createEmulatedDevice(rest, options);
  unsigned ordinal = 0;
  if (rest.consume_front("cuda") &&
      (rest.empty() ||
       (rest.consume_front(":") && !rest.getAsInteger(10, ordinal))))
    return createCudaDevice(ordinal);
  return llvm::createStringError(
      "expected a device 'cuda', 'cuda:<number>' or 'emulated-sm_<number>', "
      "got '" +
      target + "'");
}
