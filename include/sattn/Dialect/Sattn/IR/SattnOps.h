//===- SattnOps.h - Operations and their interfaces -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNOPS_H
#define SATTN_DIALECT_SATTN_IR_SATTNOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"
#include "sattn/Dialect/Sattn/IR/SattnDialect.h"

#include "sattn/Dialect/Sattn/IR/SattnOpInterfaces.h.inc"

#define GET_OP_CLASSES
#include "sattn/Dialect/Sattn/IR/SattnOps.h.inc"

#endif // SATTN_DIALECT_SATTN_IR_SATTNOPS_H
