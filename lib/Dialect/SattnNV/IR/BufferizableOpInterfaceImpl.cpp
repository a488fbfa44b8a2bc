//===- BufferizableOpInterfaceImpl.cpp - Slices to subviews -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `stage` and `load` read a buffer, `store` overwrites one as a whole.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"

using namespace mlir;
using namespace mlir::sattn_nv;
using namespace mlir::bufferization;

namespace {
template <typename OpTy>
struct ReadModel : BufferizableOpInterface::ExternalModel<ReadModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto read = cast<OpTy>(op);
    FailureOr<Value> buffer = getBuffer(rewriter, read.getSource(), options, state);
    if (failed(buffer))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { read.getSourceMutable().assign(*buffer); });
    return success();
  }
};

struct StoreModel : DstBufferizableOpInterfaceExternalModel<StoreModel, StoreOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto store = cast<StoreOp>(op);
    FailureOr<Value> buffer = getBuffer(rewriter, store.getDest(), options, state);
    if (failed(buffer))
      return failure();
    StoreOp::create(rewriter, store.getLoc(), /*result=*/Type(), store.getValue(), *buffer);
    replaceOpWithBufferizedValues(rewriter, op, *buffer);
    return success();
  }
};
} // namespace

void sattn_nv::registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SattnNVDialect *) {
    StageOp::attachInterface<ReadModel<StageOp>>(*context);
    LoadOp::attachInterface<ReadModel<LoadOp>>(*context);
    StoreOp::attachInterface<StoreModel>(*context);
  });
}
