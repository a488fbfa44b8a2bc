//===- Device.h - Devices that run PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_RUNTIME_DEVICE_H
#define SATTN_RUNTIME_DEVICE_H

#include "sattn/PTX/Machine.h"
#include "sattn/PTX/TensorMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>

namespace mlir::sattn {

/// A grid of blocks.
struct DeviceLaunch {
  ptx::Dim3 grid, block;
  /// Blocks of a cluster; the kernel's own extent where there is none.
  std::optional<ptx::Dim3> cluster;
  uint32_t dynamicSharedBytes = 0;
  /// One pointer per parameter to its value.
  llvm::ArrayRef<const void *> parameters;
};

/// Handles are numbers of the device that gave them; stream 0 always exists.
using DeviceStream = uint64_t;
using DeviceEvent = uint64_t;
using DeviceModule = uint64_t;
/// The 128 bytes that a kernel takes as a tensor map.
using DeviceTensorMap = std::array<uint64_t, 16>;

/// Something that runs PTX: the interpreter, or a card through its driver. What
/// can fail says why in the error, with the driver's text or the PTX line. A
/// device is used from the thread that made it.
class Device {
public:
  virtual ~Device() = default;

  /// "emulated-sm_90a", or the name that the driver gives.
  virtual std::string getName() const = 0;
  /// The architecture, as major * 10 + minor.
  virtual unsigned getArchitecture() const = 0;

  //===--- Memory ---------------------------------------------------------===//

  /// Device memory, aligned to 256 bytes. 0 bytes are an error.
  virtual llvm::Expected<uint64_t> allocate(uint64_t bytes) = 0;
  virtual llvm::Error release(uint64_t address) = 0;
  /// Copies between host and device, and fills; in the order of the stream.
  virtual llvm::Error copyToDevice(uint64_t to, const void *from,
                                   uint64_t bytes, DeviceStream stream = 0) = 0;
  virtual llvm::Error copyToHost(void *to, uint64_t from, uint64_t bytes,
                                 DeviceStream stream = 0) = 0;
  virtual llvm::Error fill(uint64_t to, uint8_t value, uint64_t bytes,
                           DeviceStream stream = 0) = 0;

  /// Copies between any two addresses, each of the device or of the host.
  virtual llvm::Error copy(uint64_t to, uint64_t from, uint64_t bytes,
                           DeviceStream stream = 0) = 0;
  /// Makes memory of the host accessible to kernels, under the same address.
  virtual llvm::Error registerHost(void *data, uint64_t bytes) = 0;
  virtual llvm::Error unregisterHost(void *data) = 0;

  //===--- Kernels --------------------------------------------------------===//

  /// Loads a module from its PTX text.
  virtual llvm::Expected<DeviceModule> load(llvm::StringRef ptx) = 0;
  virtual llvm::Error unload(DeviceModule module) = 0;
  /// Starts a kernel of a module. Dynamic shared memory above 48 KB is asked
  /// for as the driver wants it.
  virtual llvm::Error launch(DeviceModule module, llvm::StringRef kernel,
                             const DeviceLaunch &launch,
                             DeviceStream stream = 0) = 0;
  /// Instructions executed so far, each counted once per warp; 0 where the
  /// device does not count.
  virtual uint64_t getInstructionCount() const { return 0; }
  /// Makes a tensor map for TMA copies (cuTensorMapEncodeTiled).
  virtual llvm::Expected<DeviceTensorMap>
  encodeTensorMap(const ptx::TiledTensor &tensor) = 0;

  //===--- Order and time -------------------------------------------------===//

  virtual llvm::Expected<DeviceStream> createStream() = 0;
  virtual llvm::Error destroyStream(DeviceStream stream) = 0;
  /// Waits for everything on the stream; errors of kernels come here.
  virtual llvm::Error synchronize(DeviceStream stream = 0) = 0;
  virtual llvm::Expected<DeviceEvent> createEvent() = 0;
  virtual llvm::Error destroyEvent(DeviceEvent event) = 0;
  virtual llvm::Error record(DeviceEvent event, DeviceStream stream = 0) = 0;
  /// Makes the stream wait for the event.
  virtual llvm::Error wait(DeviceStream stream, DeviceEvent event) = 0;
  /// Milliseconds between two recorded events; waits for the later one.
  virtual llvm::Expected<double> getElapsed(DeviceEvent from,
                                            DeviceEvent to) = 0;
};

/// What an emulated device does before each launch; an error takes its place.
using EmulatedLaunchHook = std::function<llvm::Error(
    const ptx::Program &, llvm::StringRef kernel, const ptx::LaunchConfig &)>;

/// The interpreter as a device: device memory is host memory, and everything
/// happens in the order of the calls. `target` is "sm_80", "sm_90a", ...
llvm::Expected<std::unique_ptr<Device>>
createEmulatedDevice(llvm::StringRef target,
                     const ptx::LaunchOptions &options = {},
                     EmulatedLaunchHook beforeLaunch = {});

/// Card number `ordinal`, through the driver's library that is loaded here;
/// one sentence says so where there is no driver or no card.
llvm::Expected<std::unique_ptr<Device>> createCudaDevice(unsigned ordinal = 0);

/// "cuda", "cuda:1", or "emulated-sm_90a".
llvm::Expected<std::unique_ptr<Device>>
createDevice(llvm::StringRef target, const ptx::LaunchOptions &options = {});

} // namespace mlir::sattn

#endif // SATTN_RUNTIME_DEVICE_H
