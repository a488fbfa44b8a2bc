//===- SattnVerification.cpp - Verifiers of the attention-like ops -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

LogicalResult AttentionOp::verify() { return success(); }
LogicalResult ScoreOp::verify() { return success(); }
LogicalResult OnlineAttentionOp::verify() { return success(); }
LogicalResult FinalizeOp::verify() { return success(); }
