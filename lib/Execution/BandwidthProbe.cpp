//===- BandwidthProbe.cpp - How fast this processor reads memory -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One sequential stream: several streams at a time are slower on the processors
// that have been tried, and so is software prefetching.
//
//===----------------------------------------------------------------------===//

#include "sattn/Execution/BandwidthProbe.h"
#include "ProbeCode.h"
#include "sattn/Execution/CodeGeneration.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

using namespace mlir;
using namespace mlir::sattn;

/// A function @probe(i64 iterations, ptr data, ptr sink) that reads `count`
/// vectors per iteration.
static std::string writeLoop(unsigned lanes, unsigned count) {
  std::string vector = llvm::formatv("<{0} x float>", lanes);
  std::string phis, body, sinks;
  for (unsigned i = 0; i < count; ++i) {
    phis += llvm::formatv(
        "  %a{0} = phi {1} [ zeroinitializer, %entry ], [ %n{0}, %loop ]\n", i,
        vector);
    body += llvm::formatv(
        "  %p{0} = getelementptr {1}, ptr %at, i64 {0}\n"
        "  %v{0} = load {1}, ptr %p{0}\n  %n{0} = fadd {1} %a{0}, %v{0}\n",
        i, vector);
    sinks += llvm::formatv("  %s{0} = getelementptr {1}, ptr %sink, i64 {0}\n  "
                           "store {1} %n{0}, ptr %s{0}\n",
                           i, vector);
  }
  return llvm::formatv(R"(
define void @probe(i64 %iterations, ptr %data, ptr %sink) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %at = phi ptr [ %data, %entry ], [ %next, %loop ]
{1}{2}  %next = getelementptr {0}, ptr %at, i64 {4}
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %iterations
  br i1 %more, label %loop, label %exit
exit:
{3}  ret void
})",
                       vector, phis, body, sinks, count);
}

/// Memory in the largest pages that the system gives, so that looking up
/// addresses does not limit the reading; null if there is none.
static char *allocatePages(size_t size) {
  constexpr size_t kHugePage = size_t(2) << 20;
  void *buffer = nullptr;
  if (::posix_memalign(&buffer, kHugePage, llvm::alignTo(size, kHugePage)) != 0)
    return nullptr;
#ifdef MADV_HUGEPAGE
  ::madvise(buffer, llvm::alignTo(size, kHugePage), MADV_HUGEPAGE);
#endif
  // Pages that are never written may all be one page of zeros.
  std::memset(buffer, 0, size);
  return static_cast<char *>(buffer);
}

llvm::Expected<BandwidthProbe> BandwidthProbe::create(size_t bytes) {
  TargetInfo host = getHostTarget();
  constexpr unsigned kVectors = 8;
  llvm::Expected<Jit> jit =
      compileProbe(writeLoop(host.vectorBits / 32, kVectors));
  if (!jit)
    return jit.takeError();
  BandwidthProbe probe(std::move(*jit));
  auto loop = probe.jit.lookupFunction<Loop>("probe");
  if (!loop)
    return loop.takeError();
  probe.loop = *loop;
  probe.bytesPerIteration = host.vectorBits / 8 * kVectors;
  probe.iterations =
      std::max<int64_t>(1, llvm::divideCeil(bytes, probe.bytesPerIteration));
  size_t size = probe.iterations * probe.bytesPerIteration;
  probe.buffer.reset(allocatePages(size));
  if (!probe.buffer)
    return llvm::createStringError("no memory for the bandwidth probe");
  return probe;
}

double BandwidthProbe::measure(bool cpuClock) {
  constexpr double kSeconds = 2e-3;
  auto runPasses = [this, cpuClock](int64_t count) {
    alignas(64) char sink[1024];
    double start = readProbeClock(cpuClock);
    for (int64_t pass = 0; pass < count; ++pass)
      loop(iterations, buffer.get(), sink);
    return readProbeClock(cpuClock) - start;
  };
  double warm = runPasses(1);
  if (passes == 0)
    passes = std::max<int64_t>(
        1, static_cast<int64_t>(kSeconds / std::max(warm, 1e-6)));
  double seconds = runPasses(passes);
  return static_cast<double>(passes) * static_cast<double>(iterations) *
         static_cast<double>(bytesPerIteration) / seconds;
}
