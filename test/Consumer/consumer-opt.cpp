//===- consumer-opt.cpp - A compiler that embeds sattn -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers the dialect beside others and puts the project's passes into a
// pipeline of its own, through public headers alone.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "sattn/InitAll.h"

using namespace mlir;

static void buildPipeline(OpPassManager &manager) {
  sattn::SattnSelectTilingPassOptions options;
  options.target = "x86-64-v3";
  manager.addPass(sattn::createSattnSelectTilingPass(options));
  manager.addPass(sattn::createSattnTileAttentionPass());
  manager.addPass(createCanonicalizerPass());
}

static void buildVectorPipeline(OpPassManager &manager) {
  sattn::CPUPipelineOptions options;
  options.target = "x86-64-v3";
  options.stopAfter = sattn::CPUStage::Vectors;
  sattn::buildCPUPipeline(manager, options);
}

int main(int argc, char **argv) {
  DialectRegistry registry;
  registry.insert<func::FuncDialect>();
  sattn::registerAllDialects(registry);
  PassPipelineRegistration<> vectors("consumer-vectors", "Lower to vectors", buildVectorPipeline);
  PassPipelineRegistration<> pipeline("consumer-pipeline", "Tile attention", buildPipeline);
  return asMainReturnCode(MlirOptMain(argc, argv, "a compiler that embeds sattn\n", registry));
}
