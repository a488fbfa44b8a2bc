//===- SattnNV.h - The sattn_nv dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fragments of thread blocks and the operations on them.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_IR_SATTNNV_H
#define SATTN_DIALECT_SATTNNV_IR_SATTNNV_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "sattn/Dialect/SattnNV/IR/SattnNVDialect.h.inc"
#include "sattn/Dialect/SattnNV/IR/SattnNVEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVTypes.h.inc"

#define GET_OP_CLASSES
#include "sattn/Dialect/SattnNV/IR/SattnNVOps.h.inc"

namespace mlir::sattn_nv {

/// Lets one-shot-bufferize handle `stage`, `load` and `store`: slices become
/// subviews, nothing is allocated or copied.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);

} // namespace mlir::sattn_nv

#endif // SATTN_DIALECT_SATTNNV_IR_SATTNNV_H
