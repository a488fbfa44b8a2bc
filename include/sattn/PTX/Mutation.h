//===- Mutation.h - Kernels without one synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A test of the checks: delete each barrier, fence, wait, arrival and commit of
// a kernel in turn and see whether running what is left is noticed, by a report
// of the interpreter or by a wrong result.
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

/// True for barriers, fences, arrivals and waits of mbarriers, commits and
/// waits of asynchronous groups.
bool isSynchronization(const Statement &statement);

/// All mutations of `module` (of one function), in the order of its text.
std::vector<Mutation> makeMutations(const Module &module,
                                    llvm::StringRef function = "");

enum class MutationOutcome : uint8_t {
  Detected,   ///< a run was reported, or gave a wrong result
  Undetected, ///< no run was
  Equivalent, ///< no run was, and a rule says why none can be
  /// No run comes to the instruction, or to what waits for it: nothing can be
  /// noticed with these inputs.
  Unreached,
};

/// Why `statement` can go if no run used it (SynchronizationUse.h) and no run
/// without it was reported; empty where no rule tells. The rules:
///
/// - A wait for an mbarrier: in every run the phase was over, and all that was
///   published in it was known to the thread, through other synchronisation or
///   as nothing was (a phase before the first). A thread may be late at any
///   point, so every run without the wait is one of the program with it.
/// - bar.warp.sync: in every run the lanes came to it together, no lane had
///   written shared or global memory since they were synchronised, and nobody
///   later wrote what lanes had read. Work of the whole warp, such as the reads
///   of a wgmma, is waited for by the warp.
/// - wgmma.wait_group: in every run the warp came to a wgmma.wait_group 0, which
///   waits for the same products, before it touched a register of them, wrote
///   memory or published anything.
/// - wgmma.fence: in every run another one stood between the last access of
///   each register and the next wgmma that uses it, which is all that PTX asks.
std::string explainEquivalence(const Statement &statement);

/// Why nothing can be noticed if no run used `statement`: nobody waits for what
/// an arrival is part of, or for groups after a commit. Empty for others.
std::string explainUnused(const Statement &statement);

/// What became of a mutation.
struct MutationResult {
  Mutation mutation;
  MutationOutcome outcome = MutationOutcome::Undetected;
  /// The error of the first run that failed; empty if none did.
  std::string error;
  /// The seed of that run.
  uint64_t seed = 0;
  /// Why it is equivalent or unreached.
  std::string reason;
};

/// Runs each mutation once per number in [1, seeds] until a run fails, with at
/// most `limit` mutations, spread evenly over the text (0: all). `run` returns
/// what was wrong with a run of `text` (a report, a wrong result), or nothing.
std::vector<MutationResult> runMutations(
    const Module &module, unsigned seeds, unsigned limit,
    llvm::function_ref<std::string(llvm::StringRef text, uint64_t seed)> run);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MUTATION_H
