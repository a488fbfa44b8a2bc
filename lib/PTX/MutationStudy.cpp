//===- MutationStudy.cpp - Mutations of kernels that are launched -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MutationStudy.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace mlir::sattn::ptx;
using llvm::StringRef;

unsigned KernelMutations::count(MutationOutcome outcome) const {
  return llvm::count_if(results, [&](const MutationResult &result) {
    return result.outcome == outcome;
  });
}

double KernelMutations::getScore() const {
  unsigned detected = count(MutationOutcome::Detected);
  unsigned counted = detected + count(MutationOutcome::Undetected);
  return counted == 0 ? 1 : double(detected) / counted;
}

namespace {
/// Everything that kernels may write.
class Snapshot {
public:
  explicit Snapshot(const GlobalMemory &memory) {
    for (const auto &[begin, allocation] : memory.getAllocations()) {
      if (allocation.readOnly)
        continue;
      auto *data = reinterpret_cast<uint8_t *>(allocation.begin);
      copies.push_back(
          {data, std::vector<uint8_t>(data, data + allocation.end -
                                                allocation.begin)});
    }
  }
  void restore() const {
    for (const auto &[data, bytes] : copies)
      std::memcpy(data, bytes.data(), bytes.size());
  }
  /// Whether memory is what it was.
  bool isSame() const {
    return llvm::all_of(copies, [](const auto &copy) {
      return std::memcmp(copy.first, copy.second.data(), copy.second.size()) ==
             0;
    });
  }

private:
  std::vector<std::pair<uint8_t *, std::vector<uint8_t>>> copies;
};

/// Runs of one launch.
class Trial {
public:
  Trial(const Program &program, StringRef kernel, const LaunchConfig &config,
        const LaunchOptions &options)
      : program(program), kernel(kernel), config(config), options(options),
        before(program.getMemory()) {}

  /// Runs the kernel as it is under each seed and keeps what it leaves.
  llvm::Error prepare(unsigned seeds, SynchronizationUse &use);
  /// What is wrong with a run of `text`, or nothing.
  std::string run(StringRef text, uint64_t seed);

private:
  LaunchOptions getOptions(uint64_t seed) const {
    constexpr Asynchrony kinds[] = {Asynchrony::Early, Asynchrony::Late,
                                    Asynchrony::Random};
    LaunchOptions result = options;
    result.seed = seed;
    result.asynchrony = kinds[seed % 3];
    return result;
  }

  const Program &program;
  StringRef kernel;
  const LaunchConfig &config;
  LaunchOptions options;
  Snapshot before;
  std::vector<Snapshot> expected;
};
} // namespace

llvm::Error Trial::prepare(unsigned seeds, SynchronizationUse &use) {
  uint64_t most = 0;
  options.use = &use;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    llvm::Expected<LaunchStatistics> statistics =
        Machine::launch(program, kernel, config, getOptions(seed));
    if (!statistics) {
      before.restore();
      return llvm::createStringError("without a mutation, under seed " +
                                     llvm::Twine(seed) + ": " +
                                     llvm::toString(statistics.takeError()));
    }
    most = std::max(most, statistics->warpInstructions);
    expected.emplace_back(program.getMemory());
    before.restore();
  }
  options.use = nullptr;
  // A mutation may loop without an end.
  options.maxInstructions = 4 * most + 100000;
  return llvm::Error::success();
}

std::string Trial::run(StringRef text, uint64_t seed) {
  llvm::Expected<std::unique_ptr<Module>> module = parseModule(text);
  if (!module)
    return llvm::toString(module.takeError());
  // Variables of the module are new and released with it.
  llvm::Expected<std::unique_ptr<Program>> mutated =
      Program::create(std::move(*module), program.getMemory());
  if (!mutated)
    return llvm::toString(mutated.takeError());
  llvm::Expected<LaunchStatistics> statistics =
      Machine::launch(**mutated, kernel, config, getOptions(seed));
  bool isSame = expected[seed - 1].isSame();
  before.restore();
  if (!statistics)
    return llvm::toString(statistics.takeError());
  return isSame ? "" : "wrong result";
}

//===----------------------------------------------------------------------===//
// The study
//===----------------------------------------------------------------------===//

/// What became of a mutation that no run noticed.
static void judge(const Program &program, const SynchronizationUse &use,
                  MutationResult &result) {
  result.outcome = MutationOutcome::Undetected;
  const Statement *statement = nullptr;
  for (const Instruction &instruction : program.getCode()) {
    const Statement *other = instruction.statement;
    if (!other || other->line != result.mutation.line ||
        other->text != result.mutation.instruction)
      continue;
    statement = other;
    if (use.isUsed(&instruction - program.getCode().data()))
      return;
  }
  if (!statement)
    return;
  result.reason = explainUnused(*statement);
  if (!result.reason.empty())
    result.outcome = MutationOutcome::Unreached;
  else if (!(result.reason = explainEquivalence(*statement)).empty())
    result.outcome = MutationOutcome::Equivalent;
}

size_t MutationStudy::find(const Module &module, StringRef kernel) {
  for (size_t i = 0; i != kernels.size(); ++i)
    if (kernels[i].kernel == kernel && sources[i] == module.source)
      return i;
  sources.push_back(module.source);
  uses.emplace_back();
  KernelMutations &entry = kernels.emplace_back();
  entry.kernel = kernel.str();
  std::vector<Mutation> mutations = makeMutations(module, kernel);
  size_t count = mutations.size();
  entry.total = count;
  size_t chosen = limit == 0 ? count : std::min<size_t>(limit, count);
  for (size_t i = 0; i != chosen; ++i) {
    MutationResult &result = entry.results.emplace_back();
    result.outcome = MutationOutcome::Unreached;
    result.mutation = std::move(mutations[i * count / chosen]);
  }
  return kernels.size() - 1;
}

llvm::Error MutationStudy::examine(const Program &program, StringRef kernel,
                                   const LaunchConfig &config,
                                   const LaunchOptions &options) {
  size_t index = find(program.getModule(), kernel);
  Trial trial(program, kernel, config, options);
  if (llvm::Error error = trial.prepare(seeds, uses[index]))
    return error;
  for (MutationResult &result : kernels[index].results) {
    if (result.outcome == MutationOutcome::Detected)
      continue;
    for (uint64_t seed = 1; seed <= seeds && result.error.empty(); ++seed) {
      result.error = trial.run(result.mutation.text, seed);
      result.seed = seed;
    }
    if (!result.error.empty())
      result.outcome = MutationOutcome::Detected;
    else if (result.outcome != MutationOutcome::Unreached ||
             !result.reason.empty() ||
             !trial.run(result.mutation.trapText, 1).empty())
      judge(program, uses[index], result);
  }
  return llvm::Error::success();
}
