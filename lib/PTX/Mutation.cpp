//===- Mutation.cpp - Kernels without one synchronisation -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Mutation.h"

using namespace mlir::sattn::ptx;
using llvm::StringRef;

/// mbarrier.try_wait and mbarrier.test_wait, whose result guards a loop.
static bool isWaitWithResult(const Statement &statement) {
  return statement.mnemonic == "mbarrier" &&
         (statement.hasModifier("try_wait") ||
          statement.hasModifier("test_wait"));
}

bool mlir::sattn::ptx::isSynchronization(const Statement &statement) {
  StringRef mnemonic = statement.mnemonic;
  if (mnemonic == "bar" || mnemonic == "barrier" || mnemonic == "fence" ||
      mnemonic == "membar")
    return true;
  if (mnemonic == "wgmma")
    return !statement.hasModifier("mma_async");
  if (mnemonic == "mbarrier")
    return !statement.hasModifier("init") && !statement.hasModifier("inval");
  if (mnemonic != "cp")
    return false;
  for (StringRef name : {"commit_group", "wait_group", "wait_all", "mbarrier"})
    if (statement.hasModifier(name))
      return true;
  return false;
}

std::string mlir::sattn::ptx::explainEquivalence(const Statement &statement) {
  if (isWaitWithResult(statement))
    return "in every run the phase was over, and everything published in it "
           "known, before this wait";
  if (statement.mnemonic == "bar" && statement.hasModifier("warp"))
    return "in every run the lanes came here together, none had written memory "
           "since they were synchronised, and nobody later wrote what they had "
           "read";
  if (statement.mnemonic == "wgmma" && statement.hasModifier("wait_group"))
    return "in every run no register of its products was touched, and nothing "
           "published or written, before a wgmma.wait_group 0 that waits for "
           "them, too";
  if (statement.mnemonic == "wgmma" && statement.hasModifier("fence"))
    return "in every run another wgmma.fence stood between each access of a "
           "register and the next wgmma that uses it";
  return "";
}

std::string mlir::sattn::ptx::explainUnused(const Statement &statement) {
  bool isArrival =
      (statement.mnemonic == "mbarrier" && statement.hasModifier("arrive")) ||
      ((statement.mnemonic == "bar" || statement.mnemonic == "barrier") &&
       statement.hasModifier("arrive") && !statement.hasModifier("cluster"));
  if (isArrival)
    return "no run waits for a phase that this arrival is part of";
  return statement.hasModifier("commit_group")
             ? "no run waits for groups after it"
             : "";
}

std::vector<Mutation> mlir::sattn::ptx::makeMutations(const Module &module,
                                                      StringRef name) {
  std::vector<Mutation> mutations;
  for (const std::unique_ptr<Function> &function : module.functions) {
    if (!name.empty() && function->name != name)
      continue;
    for (const Statement &statement : function->body) {
      if (!isSynchronization(statement))
        continue;
      Mutation mutation;
      mutation.line = statement.line;
      mutation.instruction = statement.text.str();
      size_t begin = statement.text.data() - module.source.data();
      // The predicate comes first; a guard in front of the wait stays in force.
      std::string instead;
      if (isWaitWithResult(statement)) {
        StringRef text = statement.text;
        size_t name = text.find("mbarrier");
        StringRef predicate =
            text.substr(name).split(',').first.rsplit(' ').second;
        instead = (text.take_front(name) + "setp.eq.u32 " + predicate.trim() +
                   ", 0, 0;")
                      .str();
      }
      std::string lineBreaks(statement.text.count('\n'), '\n');
      mutation.text = module.source;
      size_t length = statement.text.size();
      if (begin + length < mutation.text.size() &&
          mutation.text[begin + length] == ';')
        ++length;
      mutation.trapText = mutation.text;
      mutation.trapText.replace(begin, length, "trap;" + lineBreaks);
      mutation.text.replace(begin, length, instead + lineBreaks);
      mutations.push_back(std::move(mutation));
    }
  }
  return mutations;
}

std::vector<MutationResult> mlir::sattn::ptx::runMutations(
    const Module &module, unsigned seeds, unsigned limit,
    llvm::function_ref<std::string(StringRef text, uint64_t seed)> run) {
  std::vector<Mutation> mutations = makeMutations(module);
  size_t count = mutations.size();
  size_t chosen = limit == 0 ? count : std::min<size_t>(limit, count);
  std::vector<MutationResult> results;
  for (size_t i = 0; i != chosen; ++i) {
    MutationResult result;
    result.mutation = std::move(mutations[i * count / chosen]);
    for (uint64_t seed = 1; seed <= seeds && result.error.empty(); ++seed)
      result.error = run(result.mutation.text, seed);
    if (!result.error.empty())
      result.outcome = MutationOutcome::Detected;
    else if (run(result.mutation.trapText, 1).empty())
      result.outcome = MutationOutcome::Unreached;
    results.push_back(std::move(result));
  }
  return results;
}
