//===- PeakProbe.cpp - How fast this processor multiplies and adds -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loop is written as LLVM IR for the lanes and registers of the processor:
// enough accumulators to hide the latency of the multiply-add, few enough to
// stay in registers.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/PeakProbe.h"
#include "ProbeCode.h"
#include "sattn/Execution/CodeGeneration.h"
#include "llvm/Support/FormatVariadic.h"
#include <thread>

using namespace mlir;
using namespace mlir::sattn;

/// A function @probe(i64 iterations, ptr sink) with `count` accumulators.
static std::string writeLoop(StringRef element, unsigned lanes,
                             unsigned count) {
  std::string vector = llvm::formatv("<{0} x {1}>", lanes, element);
  std::string phis, body, sinks;
  for (unsigned i = 0; i < count; ++i) {
    phis += llvm::formatv(
        "  %a{0} = phi {1} [ zeroinitializer, %entry ], [ %n{0}, %loop ]\n", i,
        vector);
    body += llvm::formatv(
        "  %n{0} = call {1} @llvm.fma({1} %a{0}, {1} %x, {1} %x)\n", i, vector);
    sinks += llvm::formatv("  %p{0} = getelementptr {1}, ptr %sink, i64 {0}\n  "
                           "store {1} %n{0}, ptr %p{0}\n",
                           i, vector);
  }
  return llvm::formatv(R"(
define void @probe(i64 %iterations, ptr %sink) {{
entry:
  %x = load {0}, ptr %sink
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
{1}{2}  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %iterations
  br i1 %more, label %loop, label %exit
exit:
{3}  ret void
})",
                       vector, phis, body, sinks);
}

llvm::Expected<PeakProbe> PeakProbe::create(bool doublePrecision) {
  TargetInfo host = getHostTarget();
  unsigned lanes = host.vectorBits / (doublePrecision ? 64 : 32);
  unsigned accumulators = host.numVectorRegisters * 3 / 4;
  std::string text =
      writeLoop(doublePrecision ? "double" : "float", lanes, accumulators);
  // `@llvm.fma` without a suffix is resolved by its type.
  llvm::Expected<Jit> jit = compileProbe(text);
  if (!jit)
    return jit.takeError();
  PeakProbe probe(std::move(*jit));
  auto loop = probe.jit.lookupFunction<Loop>("probe");
  if (!loop)
    return loop.takeError();
  probe.loop = *loop;
  probe.flopsPerIteration = 2.0 * lanes * accumulators;
  return probe;
}

double PeakProbe::measure(unsigned numThreads, bool cpuClock) {
  constexpr double kSeconds = 2e-3;
  auto runOnce = [this](int64_t count) {
    alignas(64) char sink[64 * 32] = {};
    loop(count, sink);
  };
  while (iterations == 0) {
    constexpr int64_t kTrial = 100000;
    double start = readProbeClock(cpuClock);
    runOnce(kTrial);
    double seconds = std::max(readProbeClock(cpuClock) - start, 1e-6);
    iterations =
        std::max<int64_t>(1, static_cast<int64_t>(kTrial * kSeconds / seconds));
  }
  double start = readProbeClock(cpuClock);
  std::vector<std::thread> threads;
  for (unsigned thread = 1; thread < numThreads; ++thread)
    threads.emplace_back(runOnce, iterations);
  runOnce(iterations);
  for (std::thread &thread : threads)
    thread.join();
  double seconds = readProbeClock(cpuClock) - start;
  return flopsPerIteration * static_cast<double>(iterations) * numThreads /
         seconds;
}
