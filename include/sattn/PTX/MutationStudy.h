//===- MutationStudy.h - Mutations of kernels that are launched -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tries every mutation (Mutation.h) of a kernel on the arguments of a real
// launch, and puts memory back afterwards: host code need not know.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_PTX_MUTATIONSTUDY_H
#define SATTN_PTX_MUTATIONSTUDY_H

#include "sattn/PTX/Machine.h"
#include "sattn/PTX/Mutation.h"

namespace mlir::sattn::ptx {

/// The mutations of one kernel, and what became of them in its launches.
struct KernelMutations {
  std::string kernel;
  /// How many there are in the text; fewer may have been tried.
  unsigned total = 0;
  std::vector<MutationResult> results;

  unsigned count(MutationOutcome outcome) const;
  /// Detected ones as a share of the detected and undetected ones, 0 to 1; 1
  /// where there are none.
  double getScore() const;
};

class MutationStudy {
public:
  /// Runs with seeds 1 to `seeds`, asynchronous work late, at random and early
  /// in turn; at most `limit` mutations of a kernel, spread evenly over its
  /// text (0: all).
  MutationStudy(unsigned seeds, unsigned limit) : seeds(seeds), limit(limit) {}

  /// Tries the mutations of `kernel` that no launch before has detected. Memory
  /// is then what it was. An error of the kernel as it is comes back.
  llvm::Error examine(const Program &program, llvm::StringRef kernel,
                      const LaunchConfig &config, const LaunchOptions &options);

  /// In the order of the first launches.
  llvm::ArrayRef<KernelMutations> getKernels() const { return kernels; }

private:
  size_t find(const Module &module, llvm::StringRef kernel);

  unsigned seeds, limit;
  std::vector<KernelMutations> kernels;
  /// The texts that `kernels` are from, and what the runs without a mutation
  /// used.
  std::vector<std::string> sources;
  std::vector<SynchronizationUse> uses;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MUTATIONSTUDY_H
