//===- HostCode.h - Parts of pipelines for code of the host -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `sattn-lower-to-llvm` consists of, for pipelines that do more in between.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PIPELINES_HOSTCODE_H
#define SATTN_LIB_PIPELINES_HOSTCODE_H

#include "sattn/Pipelines/Pipelines.h"

namespace mlir::sattn {

/// From tensors to buffers: results are computed where they end up.
void addBufferPasses(OpPassManager &pm);
/// Frees buffers; after every pass that moves allocations.
void addDeallocationPasses(OpPassManager &pm);
/// From linalg, scf and vectors of any rank to branches and vectors of rank 1.
void addLoopPasses(OpPassManager &pm, const LowerToLLVMPipelineOptions &options);
/// To the LLVM dialect; `hasLaunches`: the gpu dialect too.
void addLLVMPasses(OpPassManager &pm, const LowerToLLVMPipelineOptions &options,
                   bool hasLaunches);

} // namespace mlir::sattn

#endif // SATTN_LIB_PIPELINES_HOSTCODE_H
