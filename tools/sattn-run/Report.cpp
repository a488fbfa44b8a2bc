//===- Report.cpp - What sattn-run tells about a run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same facts twice: a few lines of text and a JSON object.
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "MutationReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn;
namespace json = llvm::json;

/// "1.23 ms".
static std::string formatSeconds(double seconds) {
  if (seconds < 1e-3)
    return llvm::formatv("{0:f2} us", seconds * 1e6);
  if (seconds < 1)
    return llvm::formatv("{0:f3} ms", seconds * 1e3);
  return llvm::formatv("{0:f3} s", seconds);
}

void Report::printHead(llvm::raw_ostream &os) const {
  os << "@" << kernel->getSignature().name << " on ";
  if (!device.empty())
    os << device << ", host code on " << cpu << "\n";
  else
    os << cpu << ", "
       << (numThreads ? std::to_string(numThreads)
                      : std::string("default number of"))
       << " thread" << (numThreads == 1 ? "" : "s") << "\n";
}

void Report::printTimes(llvm::raw_ostream &os) const {
  const Quartiles &time = benchmark->time;
  os << "time     median " << formatSeconds(time.median) << ", quartiles "
     << formatSeconds(time.first) << " .. " << formatSeconds(time.third) << ", "
     << benchmark->seconds.size() << " runs"
     << (cpuClock ? ", time of the processor" : "") << "\n";
  if (work.flops > 0)
    os << llvm::formatv("speed    {0:f2} GFLOP/s, {1:f1} % of the peak\n",
                        work.flops / time.median * 1e-9,
                        100 * work.flops / time.median / benchmark->peak);
  os << llvm::formatv(
      "peak     {0:f2} GFLOP/s of multiply-adds, measured between the runs\n",
      benchmark->peak * 1e-9);
}

void Report::printKernels(llvm::raw_ostream &os) const {
  uint64_t total = 0;
  for (const KernelStatistics &entry : kernels) {
    os << llvm::formatv("kernel   @{0}: {1} launch{2}, {3} block{4}, ",
                        entry.kernel, entry.launches,
                        entry.launches == 1 ? "" : "es", entry.blocks,
                        entry.blocks == 1 ? "" : "s");
    if (entry.milliseconds > 0)
      os << formatSeconds(entry.milliseconds / entry.launches * 1e-3)
         << " per launch\n";
    else
      os << entry.warpInstructions << " warp-instructions\n";
    total += entry.warpInstructions;
  }
  if (total > 0)
    os << "total    " << total
       << " warp-instructions (no times: an interpreter's say nothing about a "
          "card's)\n";
  if (kernels.empty())
    os << "kernel   none\n";
}

void Report::print(llvm::raw_ostream &os) const {
  const CompileTimes &times = kernel->getCompileTimes();
  printHead(os);
  os << llvm::formatv("compile  {0:f3} s (passes {1:f3}, code generation "
                      "{2:f3}, linking {3:f3})\n",
                      times.total(), times.passes, times.codeGeneration,
                      times.linking);
  os << llvm::formatv("memory   {0:f3} MiB of heap at the peak beside inputs "
                      "and outputs, {1} allocations\n",
                      static_cast<double>(heap.peak) / (1 << 20),
                      heap.allocations);
  if (benchmark)
    printTimes(os);
  if (!device.empty())
    printKernels(os);
  printWork(os);
}

void Report::printWork(llvm::raw_ostream &os) const {
  os << llvm::formatv("work     {0:f6} GFLOP, ", work.flops * 1e-9)
     << (workIsGiven ? "as given\n" : "counted in products\n");
  if (!work.uncounted.empty())
    os << "         not counted, so that the speed is a lower bound: "
       << llvm::join(work.uncounted, ", ") << "\n";
  if (!work.ignoredClauses.empty())
    os << "         with the pairs that only data drop: "
       << llvm::join(work.ignoredClauses, ", ") << "\n";
}

static json::Array describeTensors(llvm::ArrayRef<TensorRef> tensors) {
  json::Array array;
  for (const TensorRef &tensor : tensors)
    array.push_back(
        formatShapedType(tensor.shape, getElementName(tensor.type)));
  return array;
}

void Report::describeWork(json::Object &object) const {
  object["flops"] = work.flops;
  object["flops_given"] = workIsGiven;
  object["flops_not_counted"] = json::Array(work.uncounted);
  object["flops_ignored_clauses"] = json::Array(work.ignoredClauses);
}

json::Object Report::describeTimes() const {
  const Quartiles &time = benchmark->time;
  json::Object timing{
      {"clock", cpuClock ? "cpu" : "wall"},
      {"runs", static_cast<int64_t>(benchmark->seconds.size())},
      {"median_seconds", time.median},
      {"first_quartile_seconds", time.first},
      {"third_quartile_seconds", time.third},
      {"seconds", json::Array(benchmark->seconds)},
      {"peak_flops_per_second", benchmark->peak},
  };
  describeWork(timing);
  if (work.flops > 0) {
    timing["flops_per_second"] = work.flops / time.median;
    timing["share_of_peak"] = work.flops / time.median / benchmark->peak;
  }
  return timing;
}

json::Array Report::describeKernels() const {
  json::Array array;
  for (const KernelStatistics &entry : kernels) {
    json::Object object{{"name", entry.kernel},
                        {"launches", entry.launches},
                        {"blocks", entry.blocks}};
    if (entry.milliseconds > 0)
      object["milliseconds"] = entry.milliseconds;
    else
      object["warp_instructions"] = entry.warpInstructions;
    array.push_back(std::move(object));
  }
  return array;
}

json::Value Report::toJSON() const {
  const CompileTimes &times = kernel->getCompileTimes();
  json::Object object{
      {"file", file},
      {"entry", kernel->getSignature().name},
      {"pipeline", pipeline},
      {"cpu", cpu},
      {"threads", device.empty() ? numThreads : 1},
      {"inputs", describeTensors(inputs)},
      {"outputs", describeTensors(outputs)},
      {"compile_seconds",
       json::Object{{"total", times.total()},
                    {"passes", times.passes},
                    {"code_generation", times.codeGeneration},
                    {"linking", times.linking}}},
      {"heap", json::Object{{"peak_bytes", heap.peak},
                            {"allocations", heap.allocations}}},
  };
  if (benchmark)
    object["benchmark"] = describeTimes();
  if (!device.empty()) {
    object["device"] = device;
    object["kernels"] = describeKernels();
  }
  if (mutations)
    object["mutation"] = describeMutations(*mutations);
  if (!device.empty() && isBenchmark) {
    json::Object counts;
    describeWork(counts);
    object["benchmark"] = std::move(counts);
  }
  return object;
}
