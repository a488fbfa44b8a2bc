//===- SattnPlugin.cpp - The project as a plug-in of mlir-opt -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mlir-opt --load-dialect-plugin=SattnPlugin.so --load-pass-plugin=SattnPlugin.so
//            --pass-pipeline='builtin.module(...)'
//
// Passes of a plug-in are known after the command line is read, so they are named
// in --pass-pipeline, not by flags of their own.
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "sattn/InitAll.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Sattn", SATTN_VERSION,
          [](mlir::DialectRegistry *registry) { mlir::sattn::registerAllDialects(*registry); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "SattnPasses", SATTN_VERSION,
          [] { mlir::sattn::registerAllPasses(); }};
}
