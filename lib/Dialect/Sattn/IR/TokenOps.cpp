//===- TokenOps.cpp - merge, norm and project -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

using namespace mlir;
using namespace mlir::sattn;

LogicalResult MergeOp::verify() { return success(); }
FailureOr<SmallVector<Value>> MergeOp::decomposeOperation(OpBuilder &b) { return failure(); }
LogicalResult MergeOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) { return failure(); }
LogicalResult NormOp::verify() { return success(); }
FailureOr<SmallVector<Value>> NormOp::decomposeOperation(OpBuilder &b) { return failure(); }
LogicalResult NormOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) { return failure(); }
LogicalResult ProjectOp::verify() { return success(); }
FailureOr<SmallVector<Value>> ProjectOp::decomposeOperation(OpBuilder &b) { return failure(); }
LogicalResult ProjectOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) { return failure(); }
void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {}
