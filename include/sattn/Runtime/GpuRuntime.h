//===- GpuRuntime.h - What lowered launches of kernels call -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_RUNTIME_GPURUNTIME_H
#define SATTN_RUNTIME_GPURUNTIME_H

#include "sattn/Runtime/Device.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::sattn {

/// What the launches of one kernel did since `GpuRuntime::resetStatistics`.
struct KernelStatistics {
  std::string kernel;
  uint64_t launches = 0, blocks = 0;
  /// Executed instructions, each counted once per warp; 0 on a card.
  uint64_t warpInstructions = 0;
  /// Time between events around the launches, where it is measured.
  double milliseconds = 0;
};

/// The state behind the functions that `gpu-to-llvm` emits calls of
/// (`mgpuLaunchKernel`, ...). They have no way to report an error: the first one is
/// kept, and nothing more is done on the device until it is taken.
class GpuRuntime {
public:
  explicit GpuRuntime(std::unique_ptr<Device> device)
      : device(std::move(device)) {}
  GpuRuntime(const GpuRuntime &) = delete;

  Device &getDevice() { return *device; }

  /// Names and addresses of the functions, for a linker.
  struct Function {
    llvm::StringRef name;
    void *address;
  };
  static llvm::ArrayRef<Function> getFunctions();

  /// While it lives, calls of the functions from this thread use `runtime`.
  class Scope {
  public:
    explicit Scope(GpuRuntime &runtime);
    ~Scope();
    Scope(const Scope &) = delete;

  private:
    GpuRuntime *previous;
  };

  /// The first error since the last call.
  llvm::Error takeError();

  /// Whether the time of launches is measured, each by itself (default: no).
  void setTimed(bool timed) { isTimed = timed; }
  void resetStatistics() { statistics.clear(); }
  /// One entry per kernel, in the order of the first launches.
  llvm::ArrayRef<KernelStatistics> getStatistics() const { return statistics; }

  /// The runtime of the scope. Without a scope that of the process, whose device the
  /// environment chooses and whose errors end the process:
  ///
  ///   SATTN_DEVICE      as for `createDevice`; emulated-sm_90a where it is not set
  ///   SATTN_SEED        the order of warps and blocks, 1
  ///   SATTN_ASYNCHRONY  late, early or random
  static GpuRuntime &getCurrent();

  /// Does `action` on the device unless something failed before.
  void perform(llvm::function_ref<llvm::Error(Device &)> action);
  /// The same for what has a result; `otherwise` where it failed.
  template <typename T>
  T perform(T otherwise,
            llvm::function_ref<llvm::Expected<T>(Device &)> action) {
    perform([&](Device &device) -> llvm::Error {
      llvm::Expected<T> value = action(device);
      if (!value)
        return value.takeError();
      otherwise = std::move(*value);
      return llvm::Error::success();
    });
    return otherwise;
  }
  /// A launch that is counted. An empty grid is no launch.
  void launch(DeviceModule module, llvm::StringRef kernel,
              const DeviceLaunch &launch, DeviceStream stream);

private:
  static std::unique_ptr<GpuRuntime> createFromEnvironment();
  llvm::Error recordEvent(DeviceEvent &event, DeviceStream stream);
  llvm::Expected<double> takeElapsed(DeviceEvent start, DeviceEvent end);
  llvm::Error runLaunch(DeviceModule module, llvm::StringRef kernel,
                        const DeviceLaunch &launch, DeviceStream stream);

  std::unique_ptr<Device> device;
  bool endsProcess = false, isTimed = false;
  std::string message;
  std::vector<KernelStatistics> statistics;
};

} // namespace mlir::sattn

#endif // SATTN_RUNTIME_GPURUNTIME_H
