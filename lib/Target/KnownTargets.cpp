//===- KnownTargets.cpp - From a target's name to its numbers -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/KnownTargets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Threading.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#ifdef __linux__
#include <unistd.h>
#endif

using namespace mlir::sattn;

// The register tile must leave room for one row of vectors and a broadcast. 6 x 2
// of 16 registers is 12 accumulators; 14 x 2 of 32 is 28; 8 x 3 of 32 is 24.
// AArch64 multiplies by a lane, so that 39 instructions do 24 multiply-adds where 30
// do the 16 of 8 x 2: 18 to 32 % more per cycle in llvm-mca's model of Neoverse N1,
// V2 and Apple M1 (V1 and A76: the same). Panels of 12 queries cost 4 to 15 % more
// FLOPs where levels are blocks of 2^k; tile-vectors=2 has panels of 8.
// Cores start two vectors of multiply-adds per cycle (Haswell and Zen 2 on,
// Skylake-X and Zen 4 on), those of Neoverse V four; 8 bytes per cycle are some
// 28 GB/s at 3.5 GHz, which one core of a server reads.
static const TargetInfo kTargets[] = {
    {"x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3", /*vectorBits=*/256,
     /*numVectorRegisters=*/16, /*tileRows=*/6, /*tileVectors=*/2,
     /*l1Bytes=*/32 << 10, /*l2Bytes=*/512 << 10, /*numThreads=*/8,
     /*fmasPerCycle=*/2, /*memoryBytesPerCycle=*/8},
    {"x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4", /*vectorBits=*/512,
     /*numVectorRegisters=*/32, /*tileRows=*/14, /*tileVectors=*/2,
     /*l1Bytes=*/32 << 10, /*l2Bytes=*/1 << 20, /*numThreads=*/8,
     /*fmasPerCycle=*/2, /*memoryBytesPerCycle=*/8},
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", /*vectorBits=*/128,
     /*numVectorRegisters=*/32, /*tileRows=*/8, /*tileVectors=*/3,
     /*l1Bytes=*/64 << 10, /*l2Bytes=*/1 << 20, /*numThreads=*/8,
     /*fmasPerCycle=*/4, /*memoryBytesPerCycle=*/8},
};

llvm::ArrayRef<TargetInfo> mlir::sattn::getKnownTargets() { return kTargets; }

static const TargetInfo *lookUp(llvm::StringRef name) {
  const TargetInfo *row = llvm::find_if(
      kTargets, [&](const TargetInfo &target) { return target.name == name; });
  return row == std::end(kTargets) ? nullptr : row;
}

/// Name of the row whose instructions this machine has; empty if there is none.
static llvm::StringRef getNativeRow() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  if (triple.isAArch64())
    return "aarch64";
  if (triple.getArch() != llvm::Triple::x86_64)
    return "";
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto hasAll = [&](std::initializer_list<llvm::StringRef> names) {
    return llvm::all_of(names, [&](llvm::StringRef name) { return features.lookup(name); });
  };
  if (hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return "x86-64-v4";
  return hasAll({"avx2", "fma", "bmi2"}) ? "x86-64-v3" : "";
}

llvm::Expected<TargetInfo> mlir::sattn::getNativeTarget() {
  const TargetInfo *row = lookUp(getNativeRow());
  if (!row)
    return llvm::createStringError("expected a CPU with AVX2 and FMA, AVX-512 or NEON for target "
                                   "'native', got '" +
                                   llvm::sys::getHostCPUName() + "'");
  TargetInfo target = *row;
  target.name = "native";
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName().str();
  target.numThreads = llvm::hardware_concurrency().compute_thread_count();
#if defined(__linux__) && defined(_SC_LEVEL1_DCACHE_SIZE)
  // 0 or less where the system does not say.
  if (long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE); bytes > 0)
    target.l1Bytes = bytes;
  if (long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0)
    target.l2Bytes = bytes;
#endif
  return target;
}

namespace {
/// A number that may be given by hand.
struct Key {
  llvm::StringLiteral name;
  int64_t TargetInfo::*member;
};
} // namespace

static constexpr Key kKeys[] = {{"vector-bits", &TargetInfo::vectorBits},
                                {"vector-registers", &TargetInfo::numVectorRegisters},
                                {"tile-rows", &TargetInfo::tileRows},
                                {"tile-vectors", &TargetInfo::tileVectors},
                                {"l1-bytes", &TargetInfo::l1Bytes},
                                {"l2-bytes", &TargetInfo::l2Bytes},
                                {"threads", &TargetInfo::numThreads},
                                {"fmas-per-cycle", &TargetInfo::fmasPerCycle},
                                {"memory-bytes-per-cycle", &TargetInfo::memoryBytesPerCycle}};

static llvm::Error setKey(TargetInfo &target, llvm::StringRef text) {
  auto [name, value] = text.split('=');
  const Key *key = llvm::find_if(kKeys, [&, name = name](const Key &k) { return k.name == name; });
  if (key == std::end(kKeys)) {
    auto names = llvm::map_range(kKeys, [](const Key &k) { return k.name.str(); });
    return llvm::createStringError("expected one of " + llvm::join(names, ", ") +
                                   " in a target, got '" + name + "'");
  }
  int64_t number;
  if (value.getAsInteger(10, number) || number < 1 || number > (int64_t(1) << 40))
    return llvm::createStringError("expected a positive number for '" + name +
                                   "' in a target, got '" + value + "'");
  target.*key->member = number;
  return llvm::Error::success();
}

/// The numbers must make sense together.
static llvm::Error verify(const TargetInfo &target) {
  if (target.vectorBits % 64 != 0)
    return llvm::createStringError("expected vectors of whole 64-bit elements, got vector-bits = " +
                                   llvm::Twine(target.vectorBits));
  int64_t needed = target.tileRows * target.tileVectors + target.tileVectors + 1;
  if (needed > target.numVectorRegisters)
    return llvm::createStringError(
        "expected a register tile that fits " + llvm::Twine(target.numVectorRegisters) +
        " vector registers, got " + llvm::Twine(target.tileRows) + " x " +
        llvm::Twine(target.tileVectors) + " vectors (which takes " + llvm::Twine(needed) + ")");
  return llvm::Error::success();
}

llvm::Expected<TargetInfo> mlir::sattn::parseTarget(llvm::StringRef text) {
  auto [name, rest] = text.split(',');
  TargetInfo target;
  if (name == "native") {
    llvm::Expected<TargetInfo> native = getNativeTarget();
    if (!native)
      return native.takeError();
    target = *native;
  } else if (const TargetInfo *row = lookUp(name)) {
    target = *row;
  } else {
    auto names = llvm::map_range(kTargets, [](const TargetInfo &row) { return row.name; });
    return llvm::createStringError("expected a target of native, " + llvm::join(names, ", ") +
                                   ", got '" + name + "'");
  }
  llvm::SmallVector<llvm::StringRef> keys;
  rest.split(keys, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef key : keys)
    if (llvm::Error error = setKey(target, key))
      return error;
  if (llvm::Error error = verify(target))
    return error;
  return target;
}
