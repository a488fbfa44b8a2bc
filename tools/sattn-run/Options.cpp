//===- Options.cpp - Command line of sattn-run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which options go together.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "sattn/Target/NVTarget.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::sattn;
using llvm::createStringError;

static constexpr llvm::StringLiteral kEmulated = "emulated-";

bool RunOptions::isEmulated() const {
  return StringRef(target).starts_with(kEmulated);
}

bool RunOptions::hasDevice() const {
  return isEmulated() || StringRef(target).split(':').first == "cuda";
}

/// The first of `options` that was given; null if none was.
static const llvm::cl::Option *
findGiven(std::initializer_list<const llvm::cl::Option *> options) {
  for (const llvm::cl::Option *option : options)
    if (option->getNumOccurrences() > 0)
      return option;
  return nullptr;
}

llvm::Error RunOptions::checkForMutation() const {
  const llvm::cl::Option *given =
      mutate ? findGiven({&seed, &asynchrony, &checks, &runBenchmark})
             : findGiven({&mutateSeeds, &mutateLimit});
  if (given && mutate)
    return createStringError(
        "expected no --" + given->ArgStr +
        " with --mutate (it tries several seeds with every "
        "check)");
  if (given)
    return createStringError("expected --mutate with --" + given->ArgStr);
  if (mutateSeeds == 0)
    return createStringError("expected --mutate-seeds of at least 1");
  return llvm::Error::success();
}

llvm::Error RunOptions::checkForDevice() const {
  StringRef chip = target;
  if (chip.consume_front(kEmulated) && !findNVTarget(chip))
    return createStringError(
        "expected --target=emulated- and one of " +
        llvm::join(
            llvm::map_range(getNVTargets(),
                            [](const NVTarget &row) { return row.name.str(); }),
            ", ") +
        ", got --target=" + target);
  if (const llvm::cl::Option *given = findGiven({&threads, &benchmarkClock}))
    return createStringError("expected no --" + given->ArgStr +
                             " with --target=" + target +
                             " (the host's code has one thread)");
  if (llvm::Error error = checkForMutation())
    return error;
  const llvm::cl::Option *given = findGiven({&warmUp, &repetitions});
  if (given && isEmulated())
    return createStringError("expected no --" + given->ArgStr +
                             " with --target=" + target +
                             " (instructions are counted in one run)");
  return llvm::Error::success();
}

llvm::Error RunOptions::checkForProcessor() const {
  if (StringRef(target).split(',').first != "native")
    return createStringError(
        "expected --target=native, emulated-sm_80 (or a later chip) or cuda, "
        "got --target=" +
        target + " (sattn-compile makes code for others)");
  if (llvm::Error error = CompilerOptions::check())
    return error;
  if (threads > 4096)
    return createStringError("expected --threads of at most 4096, got " +
                             llvm::Twine(threads));
  if (benchmarkClock == Clock::Cpu && threads != 1)
    return createStringError("expected --threads=1 with --clock=cpu (the "
                             "processor's time sums over threads)");
  return llvm::Error::success();
}

llvm::Error RunOptions::check() const {
  const llvm::cl::Option *given = findGiven(
      {&seed, &asynchrony, &checks, &mutate, &mutateSeeds, &mutateLimit});
  if (given && !isEmulated())
    return createStringError("expected --target=emulated-sm_80 (or a later "
                             "chip) with --" +
                             given->ArgStr + ", got --target=" + target);
  if (llvm::Error error = hasDevice() ? checkForDevice() : checkForProcessor())
    return error;
  if (optLevel > 3)
    return createStringError("expected --opt-level=0 to 3, got " +
                             llvm::Twine(optLevel));
  if (flops < 0)
    return createStringError("expected --flops of at least 0");
  for (const std::string &output : outputs)
    if (output.size() < 2 || output[0] != '@')
      return createStringError("expected --output=@FILE.npy, got --output=" +
                               output);
  return llvm::Error::success();
}
