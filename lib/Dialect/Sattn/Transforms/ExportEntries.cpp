//===- ExportEntries.cpp - Callable signatures for public functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass `sattn-export-entries`: the border between functions on tensors and
// their callers, who own all buffers.
//
//===----------------------------------------------------------------------===//

#include "EntryShapes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sattn/Dialect/Sattn/IR/EntryAttributes.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNEXPORTENTRIESPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// True if `type` can cross the border: a dense ranked tensor or a scalar.
static bool isExportable(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return !tensor.getEncoding() &&
           tensor.getElementType().isIntOrIndexOrFloat();
  return type.isIntOrIndexOrFloat();
}

static LogicalResult checkTypes(func::FuncOp func) {
  auto check = [&](TypeRange types, StringRef what) -> LogicalResult {
    for (auto [number, type] : llvm::enumerate(types))
      if (!isExportable(type))
        return func.emitError("expected dense ranked tensors, integers, floats "
                              "and index in the "
                              "signature of a public function, got ")
               << type << " as " << what << " #" << number
               << " (make the function private if it is no entry)";
    return success();
  };
  return failed(check(func.getArgumentTypes(), "argument"))
             ? failure()
             : check(func.getResultTypes(), "result");
}

/// True if `operand` is a destination whose contents its owner never reads.
static bool isUnreadDestination(OpOperand &operand) {
  auto op = dyn_cast<DestinationStyleOpInterface>(operand.getOwner());
  if (!op || !op.isDpsInit(&operand))
    return false;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(operand.getOwner()))
    return !linalgOp.payloadUsesValueFromOperand(&operand);
  return isa<AttentionOp, ScoreOp, FinalizeOp, linalg::PackOp,
             linalg::UnPackOp>(operand.getOwner());
}

/// Gives each destination that is never read and lies in an argument a tensor
/// of its own, which bufferization may then place in the caller's result.
static void replaceUnreadDestinations(func::FuncOp func) {
  for (BlockArgument argument : func.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    for (OpOperand &use : llvm::make_early_inc_range(argument.getUses())) {
      if (!isUnreadDestination(use))
        continue;
      OpBuilder builder(use.getOwner());
      Location loc = use.getOwner()->getLoc();
      SmallVector<Value> extents;
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (type.isDynamicDim(axis))
          extents.push_back(
              tensor::DimOp::create(builder, loc, argument, axis));
      use.set(tensor::EmptyOp::create(builder, loc, type, extents));
    }
  }
}

static MemRefType getBufferType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return MemRefType::get(tensor.getShape(), tensor.getElementType());
  return MemRefType::get({}, type);
}

/// Tensor arguments become buffers that the body reads.
static void replaceArguments(func::FuncOp func) {
  OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
  for (BlockArgument argument : func.getArguments()) {
    Type type = argument.getType();
    if (!isa<RankedTensorType>(type))
      continue;
    argument.setType(getBufferType(type));
    if (argument.use_empty())
      continue;
    auto tensor = bufferization::ToTensorOp::create(
        builder, argument.getLoc(), type, argument,
        /*restrict=*/true, /*writable=*/false);
    argument.replaceAllUsesExcept(tensor, tensor);
  }
}

/// Results become buffers that the body fills.
static void replaceResults(func::FuncOp func) {
  Block &entry = func.getBody().front();
  SmallVector<Value> outputs;
  for (Type type : func.getResultTypes())
    outputs.push_back(entry.addArgument(getBufferType(type), func.getLoc()));
  func.walk([&](func::ReturnOp op) {
    OpBuilder builder(op);
    for (auto [result, output] : llvm::zip_equal(op.getOperands(), outputs)) {
      Value tensor = result;
      if (!isa<RankedTensorType>(result.getType()))
        tensor = tensor::FromElementsOp::create(
            builder, op.getLoc(), RankedTensorType::get({}, result.getType()),
            result);
      bufferization::MaterializeInDestinationOp::create(
          builder, op.getLoc(), /*result=*/Type(), tensor, output,
          /*restrict=*/true, /*writable=*/true);
    }
    op->setOperands({});
  });
}

/// Lets callers inside the module call a private copy of `func`.
static void separateCallers(func::FuncOp func, ModuleOp module) {
  if (SymbolTable::symbolKnownUseEmpty(func, module))
    return;
  func::FuncOp copy = func.clone();
  copy.setName((func.getName() + "_body").str());
  copy.setPrivate();
  StringAttr name = SymbolTable(module).insert(copy, func->getIterator());
  (void)SymbolTable::replaceAllSymbolUses(func, name, module);
}

static LogicalResult exportEntry(func::FuncOp func, ModuleOp module) {
  if (failed(checkTypes(func)))
    return failure();
  separateCallers(func, module);
  FailureOr<EntryShapes> shapes = buildEntryShapes(func);
  if (failed(shapes))
    return failure();
  FunctionType type = func.getFunctionType();
  replaceUnreadDestinations(func);
  replaceArguments(func);
  replaceResults(func);
  func.removeResAttrsAttr();
  if (ArrayAttr attrs = func.getArgAttrsAttr()) {
    SmallVector<Attribute> padded(attrs.begin(), attrs.end());
    padded.resize(type.getNumInputs() + type.getNumResults(),
                  DictionaryAttr::get(func.getContext()));
    func.setArgAttrsAttr(ArrayAttr::get(func.getContext(), padded));
  }
  func.setFunctionType(FunctionType::get(
      func.getContext(), func.getBody().getArgumentTypes(), {}));
  func->setAttr(kEntryAttrName, TypeAttr::get(type));
  func->setAttr(kShapesAttrName, FlatSymbolRefAttr::get(shapes->function));
  func->setAttr(kExtentsAttrName, shapes->extents);
  return success();
}

namespace {
struct ExportEntriesPass
    : sattn::impl::SattnExportEntriesPassBase<ExportEntriesPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> entries;
    for (auto func : module.getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal() &&
          !func->hasAttr(kEntryAttrName))
        entries.push_back(func);
    for (func::FuncOp func : entries)
      if (failed(exportEntry(func, module)))
        return signalPassFailure();
  }
};
} // namespace
