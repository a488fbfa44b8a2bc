//===- SattnDialect.h - The sattn dialect -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNDIALECT_H
#define SATTN_DIALECT_SATTN_IR_SATTNDIALECT_H

#include "mlir/IR/Dialect.h"

#include "sattn/Dialect/Sattn/IR/SattnDialect.h.inc"

#endif // SATTN_DIALECT_SATTN_IR_SATTNDIALECT_H
