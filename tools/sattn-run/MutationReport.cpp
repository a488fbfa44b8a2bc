//===- MutationReport.cpp - What --mutate found -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MutationReport.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;
namespace json = llvm::json;

static llvm::StringRef getName(MutationOutcome outcome) {
  switch (outcome) {
  case MutationOutcome::Detected:
    return "detected";
  case MutationOutcome::Undetected:
    return "undetected";
  case MutationOutcome::Equivalent:
    return "equivalent";
  case MutationOutcome::Unreached:
    break;
  }
  return "unreached";
}

/// One line of text, as the PTX may break it.
static std::string joinLines(llvm::StringRef text) {
  std::string joined;
  for (char c : text) {
    bool isSpace = c == '\n' || c == '\t' || c == ' ';
    if (!isSpace)
      joined += c;
    else if (!joined.empty() && joined.back() != ' ')
      joined += ' ';
  }
  return llvm::StringRef(joined).rtrim().str();
}

void mlir::sattn::printMutations(llvm::raw_ostream &os,
                                 llvm::ArrayRef<KernelMutations> kernels) {
  for (const KernelMutations &kernel : kernels) {
    for (const MutationResult &result : kernel.results) {
      if (result.outcome == MutationOutcome::Detected)
        continue;
      os << llvm::formatv("{0,-10} line {1}: {2}\n", getName(result.outcome),
                          result.mutation.line,
                          joinLines(result.mutation.instruction));
      if (!result.reason.empty())
        os << "           " << result.reason << "\n";
    }
    unsigned detected = kernel.count(MutationOutcome::Detected);
    unsigned undetected = kernel.count(MutationOutcome::Undetected);
    os << llvm::formatv("@{0}: {1} of {2} deletions detected ({3:f1} %), {4} "
                        "equivalent, {5} unreached",
                        kernel.kernel, detected, detected + undetected,
                        100 * kernel.getScore(),
                        kernel.count(MutationOutcome::Equivalent),
                        kernel.count(MutationOutcome::Unreached));
    if (kernel.results.size() < kernel.total)
      os << ", " << kernel.results.size() << " of " << kernel.total << " tried";
    os << "\n";
  }
  if (kernels.empty())
    os << "no kernel\n";
}

static json::Object describe(const MutationResult &result) {
  json::Object object{{"line", result.mutation.line},
                      {"instruction", joinLines(result.mutation.instruction)},
                      {"outcome", getName(result.outcome)}};
  if (result.outcome == MutationOutcome::Detected) {
    object["seed"] = result.seed;
    object["error"] = result.error;
  }
  if (!result.reason.empty())
    object["reason"] = result.reason;
  return object;
}

json::Object
mlir::sattn::describeMutations(llvm::ArrayRef<KernelMutations> kernels) {
  KernelMutations all;
  json::Array array;
  for (const KernelMutations &kernel : kernels) {
    json::Array results;
    for (const MutationResult &result : kernel.results)
      results.push_back(describe(result));
    llvm::append_range(all.results, kernel.results);
    array.push_back(json::Object{{"name", kernel.kernel},
                                 {"score", kernel.getScore()},
                                 {"instructions", kernel.total},
                                 {"mutations", std::move(results)}});
  }
  unsigned detected = all.count(MutationOutcome::Detected);
  return json::Object{
      {"score", all.getScore()},
      {"detected", detected},
      {"total", detected + all.count(MutationOutcome::Undetected)},
      {"equivalent", all.count(MutationOutcome::Equivalent)},
      {"unreached", all.count(MutationOutcome::Unreached)},
      {"kernels", std::move(array)}};
}
