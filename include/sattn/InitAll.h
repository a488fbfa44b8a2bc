//===- InitAll.h - The one list of what the project registers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_INITALL_H
#define SATTN_INITALL_H

#include "mlir/IR/DialectRegistry.h"
#include "sattn/Conversion/Passes.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include "sattn/Dialect/SattnNV/Transforms/Passes.h"
#include "sattn/Pipelines/Pipelines.h"
#include "sattn/Transforms/Passes.h"

namespace mlir::sattn {

/// Adds the project's dialects and external models to `registry`.
inline void registerAllDialects(DialectRegistry &registry) {
  registry.insert<SattnDialect, sattn_nv::SattnNVDialect>();
  sattn_nv::registerBufferizableOpInterfaceExternalModels(registry);
}

/// Registers the project's passes and pipelines by name.
inline void registerAllPasses() {
  registerSattnConversionPasses();
  registerSattnGenericTransformsPasses();
  registerSattnTransformsPasses();
  sattn_nv::registerSattnNVTransformsPasses();
  registerAllPipelines();
}

} // namespace mlir::sattn

#endif // SATTN_INITALL_H
