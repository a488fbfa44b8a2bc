//===- AttentionDecomposition.cpp - Reference lowering of attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

FailureOr<SmallVector<Value>> AttentionOp::decomposeOperation(OpBuilder &b) { return failure(); }
FailureOr<SmallVector<Value>> ScoreOp::decomposeOperation(OpBuilder &b) { return failure(); }
FailureOr<SmallVector<Value>> OnlineAttentionOp::decomposeOperation(OpBuilder &b) { return failure(); }
FailureOr<SmallVector<Value>> FinalizeOp::decomposeOperation(OpBuilder &b) { return failure(); }
