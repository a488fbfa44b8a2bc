//===- Signature.cpp - What an exported function takes and gives -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the attributes that `sattn-export-entries` leaves to plain data.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/Signature.h"
#include "mlir/IR/BuiltinTypes.h"
#include "sattn/Dialect/Sattn/IR/EntryAttributes.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;

std::string EntryTensor::getTypeName() const {
  return formatShapedType(shape, getElementName(type));
}

std::string EntrySignature::describeArgument(unsigned number) const {
  bool isInput = number < inputs.size();
  return (isInput ? "input #" : "output #") +
         std::to_string(isInput ? number : number - inputs.size());
}

static FailureOr<EntryTensor> readType(FunctionOpInterface function,
                                       Type type) {
  EntryTensor tensor;
  auto shaped = dyn_cast<RankedTensorType>(type);
  tensor.isScalar = !shaped;
  Type element = shaped ? shaped.getElementType() : type;
  std::string name;
  llvm::raw_string_ostream(name) << element;
  std::optional<ElementType> elementType = parseElementType(name);
  if (!elementType)
    return function.emitError("expected elements i1, i8, i16, i32, i64, index, "
                              "f16, bf16, f32 or f64 at the border "
                              "of an entry function, got ")
           << element;
  tensor.type = *elementType;
  if (shaped)
    tensor.shape.assign(shaped.getShape().begin(), shaped.getShape().end());
  return tensor;
}

static void readExtents(AffineMap map, EntryTensor &tensor) {
  for (AffineExpr expr : map.getResults()) {
    auto number = dyn_cast<AffineConstantExpr>(expr);
    auto symbol = dyn_cast<AffineSymbolExpr>(expr);
    tensor.required.push_back(number ? number.getValue()
                                     : ShapedType::kDynamic);
    tensor.symbols.push_back(symbol ? static_cast<int64_t>(symbol.getPosition())
                                    : -1);
  }
}

FailureOr<EntrySignature>
mlir::sattn::readSignature(FunctionOpInterface function) {
  auto typeAttr = function->getAttrOfType<TypeAttr>(kEntryAttrName);
  auto shapes = function->getAttrOfType<FlatSymbolRefAttr>(kShapesAttrName);
  auto extents = function->getAttrOfType<ArrayAttr>(kExtentsAttrName);
  auto type = typeAttr ? dyn_cast<FunctionType>(typeAttr.getValue()) : nullptr;
  if (!type || !shapes || !extents || extents.size() != type.getNumInputs())
    return function.emitError("expected the attributes '")
           << kEntryAttrName << "', '" << kShapesAttrName << "' and '"
           << kExtentsAttrName << "' of an exported function";
  EntrySignature signature;
  signature.name = function.getName().str();
  signature.shapesName = shapes.getValue().str();
  for (auto [argument, extent] : llvm::zip_equal(type.getInputs(), extents)) {
    FailureOr<EntryTensor> tensor = readType(function, argument);
    auto map = dyn_cast<AffineMapAttr>(extent);
    if (failed(tensor))
      return failure();
    if (!map || map.getValue().getNumResults() != tensor->shape.size())
      return function.emitError("expected one affine map per argument with one "
                                "result per axis in '")
             << kExtentsAttrName << "'";
    readExtents(map.getValue(), *tensor);
    signature.inputs.push_back(std::move(*tensor));
  }
  for (Type result : type.getResults()) {
    FailureOr<EntryTensor> tensor = readType(function, result);
    if (failed(tensor))
      return failure();
    signature.outputs.push_back(std::move(*tensor));
  }
  return signature;
}

FailureOr<std::vector<EntrySignature>>
mlir::sattn::readSignatures(ModuleOp module) {
  std::vector<EntrySignature> signatures;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (!function->hasAttr(kEntryAttrName))
      continue;
    FailureOr<EntrySignature> signature = readSignature(function);
    if (failed(signature))
      return failure();
    signatures.push_back(std::move(*signature));
  }
  return signatures;
}
