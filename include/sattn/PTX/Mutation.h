//===- Mutation.h - Kernels without one synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A test of the checks: delete each barrier, fence, wait, arrival and commit of a
// kernel in turn and see whether running what is left is noticed, by a report of
// the interpreter or by a wrong result.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MUTATION_H
#define SATTN_PTX_MUTATION_H

#include "sattn/PTX/Module.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::sattn::ptx {

/// A module's text without one of its synchronisation instructions. Lines keep
/// their numbers. A deleted mbarrier.try_wait or test_wait leaves its predicate
/// true, as if the phase were over.
struct Mutation {
  unsigned line = 0;
  /// What was deleted.
  std::string instruction;
  std::string text;
  /// The text with a trap in its place: runs well where it is never reached.
  std::string trapText;
};

/// True for barriers, fences, arrivals and waits of mbarriers, commits and waits
/// of asynchronous groups.
bool isSynchronization(const Statement &statement);

/// All mutations of `module`, in the order of its text.
std::vector<Mutation> makeMutations(const Module &module);

/// What became of a mutation.
struct MutationResult {
  Mutation mutation;
  /// False if no run comes to the instruction: then nothing can be noticed.
  bool reached = true;
  /// The error of the first run that failed; empty if none did.
  std::string error;
};

/// Runs each mutation once per number in [1, seeds] until a run fails, with at
/// most `limit` mutations, spread evenly over the text (0: all). `run` returns
/// what was wrong with a run of `text` (a report, a wrong result), or nothing.
std::vector<MutationResult> runMutations(
    const Module &module, unsigned seeds, unsigned limit,
    llvm::function_ref<std::string(llvm::StringRef text, uint64_t seed)> run);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MUTATION_H
