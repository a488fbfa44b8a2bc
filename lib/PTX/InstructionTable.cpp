//===- InstructionTable.cpp - Every instruction that the interpreter knows -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Collects the decode functions of all files of handlers.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Decoder.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static InstructionTable makeTable() {
  InstructionTable table;
  registerArithmetic(table);
  registerFloat(table);
  registerFloatFunctions(table);
  registerHalf(table);
  registerBits(table);
  registerMove(table);
  registerConvert(table);
  registerCompare(table);
  registerControl(table);
  // Before the loads and stores: parameters of calls are written like them.
  registerCalls(table);
  // Before the other prefetches and fences.
  registerTensorCopies(table);
  registerMemory(table);
  registerAtomics(table);
  registerWarpCollectives(table);
  registerBarriers(table);
  registerMbarriers(table);
  registerAsyncCopy(table);
  registerMatrices(table);
  registerWarpgroups(table);
  registerRegisterBudget(table);
  registerElection(table);
  registerClusterAddresses(table);
  return table;
}

const InstructionTable &ptx::getInstructionTable() {
  static const InstructionTable table = makeTable();
  return table;
}
