//===- GpuRuntime.cpp - What lowered launches of kernels call -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The current runtime, its first error, and what its launches did.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/GpuRuntime.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// The runtime of the process
//===----------------------------------------------------------------------===//

[[noreturn]] static void exitWith(llvm::StringRef message) {
  llvm::errs() << "error: " << message << "\n";
  std::exit(1);
}

static llvm::StringRef getVariable(const char *name,
                                   llvm::StringRef otherwise) {
  const char *value = std::getenv(name);
  return value ? value : otherwise;
}

std::unique_ptr<GpuRuntime> GpuRuntime::createFromEnvironment() {
  ptx::LaunchOptions options;
  if (getVariable("SATTN_SEED", "1").getAsInteger(10, options.seed))
    exitWith("expected a number in SATTN_SEED");
  llvm::StringRef asynchrony = getVariable("SATTN_ASYNCHRONY", "late");
  auto choice = llvm::StringSwitch<std::optional<ptx::Asynchrony>>(asynchrony)
                    .Case("late", ptx::Asynchrony::Late)
                    .Case("early", ptx::Asynchrony::Early)
                    .Case("random", ptx::Asynchrony::Random)
                    .Default(std::nullopt);
  if (!choice)
    exitWith(("expected late, early or random in SATTN_ASYNCHRONY, got '" +
              asynchrony + "'")
                 .str());
  options.asynchrony = *choice;
  auto device =
      createDevice(getVariable("SATTN_DEVICE", "emulated-sm_90a"), options);
  if (!device)
    exitWith(llvm::toString(device.takeError()));
  auto runtime = std::make_unique<GpuRuntime>(std::move(*device));
  runtime->endsProcess = true;
  return runtime;
}

static thread_local GpuRuntime *scoped = nullptr;

GpuRuntime::Scope::Scope(GpuRuntime &runtime) : previous(scoped) {
  scoped = &runtime;
}

GpuRuntime::Scope::~Scope() { scoped = previous; }

GpuRuntime &GpuRuntime::getCurrent() {
  if (scoped)
    return *scoped;
  static std::unique_ptr<GpuRuntime> runtime = createFromEnvironment();
  return *runtime;
}

//===----------------------------------------------------------------------===//
// Errors and launches
//===----------------------------------------------------------------------===//

llvm::Error GpuRuntime::takeError() {
  if (message.empty())
    return llvm::Error::success();
  return llvm::createStringError(std::exchange(message, ""));
}

void GpuRuntime::perform(llvm::function_ref<llvm::Error(Device &)> action) {
  if (!message.empty())
    return;
  if (llvm::Error error = action(*device))
    message = llvm::toString(std::move(error));
  if (!message.empty() && endsProcess)
    exitWith(message);
}

llvm::Error GpuRuntime::recordEvent(DeviceEvent &event, DeviceStream stream) {
  if (!isTimed)
    return llvm::Error::success();
  llvm::Expected<DeviceEvent> created = device->createEvent();
  if (!created)
    return created.takeError();
  event = *created;
  return device->record(event, stream);
}

llvm::Expected<double> GpuRuntime::takeElapsed(DeviceEvent start,
                                               DeviceEvent end) {
  if (!isTimed)
    return 0.0;
  llvm::Expected<double> elapsed = device->getElapsed(start, end);
  if (!elapsed)
    return elapsed.takeError();
  for (DeviceEvent event : {start, end})
    if (llvm::Error error = device->destroyEvent(event))
      return error;
  return elapsed;
}

llvm::Error GpuRuntime::runLaunch(DeviceModule module, llvm::StringRef kernel,
                                  const DeviceLaunch &launch,
                                  DeviceStream stream) {
  auto found = llvm::find_if(statistics, [&](const KernelStatistics &entry) {
    return entry.kernel == kernel;
  });
  if (found == statistics.end()) {
    statistics.emplace_back().kernel = kernel.str();
    found = std::prev(statistics.end());
  }
  KernelStatistics &entry = *found;
  uint64_t executed = device->getInstructionCount();
  DeviceEvent start = 0, end = 0;
  if (llvm::Error error = recordEvent(start, stream))
    return error;
  if (llvm::Error error = device->launch(module, kernel, launch, stream))
    return error;
  if (llvm::Error error = recordEvent(end, stream))
    return error;
  llvm::Expected<double> elapsed = takeElapsed(start, end);
  if (!elapsed)
    return elapsed.takeError();
  entry.milliseconds += *elapsed;
  ++entry.launches;
  entry.blocks += launch.grid.getCount();
  entry.warpInstructions += device->getInstructionCount() - executed;
  return llvm::Error::success();
}

void GpuRuntime::launch(DeviceModule module, llvm::StringRef kernel,
                        const DeviceLaunch &launch, DeviceStream stream) {
  if (launch.grid.getCount() == 0)
    return;
  perform([&](Device &) -> llvm::Error {
    if (llvm::Error error = runLaunch(module, kernel, launch, stream))
      return llvm::createStringError("kernel '" + kernel + "': " +
                                     llvm::toString(std::move(error)));
    return llvm::Error::success();
  });
}
