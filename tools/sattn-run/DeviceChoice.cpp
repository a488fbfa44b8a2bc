//===- DeviceChoice.cpp - The device that sattn-run uses -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceChoice.h"
#include "sattn/Target/NVTarget.h"

using namespace mlir;
using namespace mlir::sattn;

/// An emulated device that hands each launch to `study` first.
static llvm::Expected<std::unique_ptr<Device>>
createMutatingDevice(const RunOptions &options,
                     const ptx::LaunchOptions &launch,
                     std::shared_ptr<ptx::MutationStudy> study) {
  return createEmulatedDevice(
      StringRef(options.target).split('-').second, launch,
      [study, launch](const ptx::Program &program, StringRef kernel,
                      const ptx::LaunchConfig &config) {
        return study->examine(program, kernel, config, launch);
      });
}

llvm::Expected<DeviceChoice>
mlir::sattn::chooseDevice(const RunOptions &options) {
  ptx::LaunchOptions launch;
  launch.seed = options.seed;
  launch.asynchrony = options.asynchrony;
  launch.checkRaces = launch.checkUninitialized = launch.checkOutstanding =
      options.checks;
  DeviceChoice choice;
  if (options.mutate)
    choice.study = std::make_shared<ptx::MutationStudy>(options.mutateSeeds,
                                                        options.mutateLimit);
  llvm::Expected<std::unique_ptr<Device>> device =
      options.mutate ? createMutatingDevice(options, launch, choice.study)
                     : createDevice(options.target, launch);
  if (!device)
    return device.takeError();
  const NVTarget *row = findNVTargetOf((*device)->getArchitecture());
  if (options.isEmulated())
    choice.chip = StringRef(options.target).split('-').second.str();
  else if (row)
    choice.chip = row->name.str();
  else
    return llvm::createStringError(
        "expected a card with tensor cores of sm_80 or later, got " +
        (*device)->getName() + " (sm_" +
        llvm::Twine((*device)->getArchitecture()) + ")");
  choice.runtime = std::make_shared<GpuRuntime>(std::move(*device));
  // An interpreter's times say nothing about a card's.
  choice.runtime->setTimed(!options.isEmulated());
  return choice;
}
