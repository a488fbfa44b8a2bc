//===- DeviceChoice.h - The device that sattn-run uses -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_RUN_DEVICECHOICE_H
#define SATTN_TOOLS_SATTN_RUN_DEVICECHOICE_H

#include "Options.h"
#include "sattn/PTX/MutationStudy.h"
#include "sattn/Runtime/GpuRuntime.h"

namespace mlir::sattn {

/// What runs kernels, and the row of the table of NVIDIA targets to compile
/// for.
struct DeviceChoice {
  std::shared_ptr<GpuRuntime> runtime;
  std::string chip;
  /// With --mutate: tries the mutations of kernels when they are launched.
  std::shared_ptr<ptx::MutationStudy> study;
};

/// The device that `options.target` names: the interpreter, or a card. One
/// sentence says so where there is no driver.
llvm::Expected<DeviceChoice> chooseDevice(const RunOptions &options);

} // namespace mlir::sattn

#endif // SATTN_TOOLS_SATTN_RUN_DEVICECHOICE_H
