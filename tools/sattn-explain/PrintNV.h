//===- PrintNV.h - The kernel for an NVIDIA chip in words and as JSON -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TOOLS_SATTN_EXPLAIN_PRINTNV_H
#define SATTN_TOOLS_SATTN_EXPLAIN_PRINTNV_H

#include "NVPlan.h"
#include "llvm/Support/JSON.h"

namespace sattn_explain {

/// 1234567 -> "1.23 M".
std::string scaled(double value);

/// Starts a line: the first of a paragraph carries its title.
llvm::raw_ostream &line(llvm::raw_ostream &os, llvm::StringRef title = "");

/// What replaces the processor's bound: kernel, tiles, registers, shared memory, blocks, what
/// was emitted, what limits.
void printNVText(const AttentionPlan &plan, const mlir::sattn::NVTarget &target,
                 const EmittedCode &code, llvm::raw_ostream &os);

/// The same: "path", "reason", "tiles", "registers", "shared_bytes", "blocks", "emitted",
/// "bound".
llvm::json::Object getNVKernel(const AttentionPlan &plan, const mlir::sattn::NVTarget &target,
                               const EmittedCode &code);

} // namespace sattn_explain

#endif // SATTN_TOOLS_SATTN_EXPLAIN_PRINTNV_H
