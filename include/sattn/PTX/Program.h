//===- Program.h - A PTX module ready to run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_PROGRAM_H
#define SATTN_PTX_PROGRAM_H

#include "sattn/PTX/GlobalMemory.h"
#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <deque>
#include <memory>

namespace mlir::sattn::ptx {

/// Special registers that are constant for a warp; lanes of 4 bytes each.
enum class SpecialRegister : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NwarpId,
  SmId,
  NsmId,
  GridId,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  ClusteridX,
  ClusteridY,
  ClusteridZ,
  NclusteridX,
  NclusteridY,
  NclusteridZ,
  ClusterCtaidX,
  ClusterCtaidY,
  ClusterCtaidZ,
  ClusterNctaidX,
  ClusterNctaidY,
  ClusterNctaidZ,
  ClusterCtarank,
  ClusterNctarank,
  DynamicSmemSize,
  TotalSmemSize,
  Count,
};

/// The special register that `text` (`%tid.x`) names.
std::optional<SpecialRegister> parseSpecialRegister(llvm::StringRef text);

/// Shared addresses start here; what is below belongs to the system.
constexpr uint32_t sharedBase = 1024;

/// A decoded function.
struct FunctionCode {
  const Function *function = nullptr;
  /// Its instructions are [begin, end) of `Program::code`; the last one is made
  /// up and returns (or exits).
  uint32_t begin = 0, end = 0;
  /// Bytes of the registers of a warp.
  uint32_t frameBytes = 0;
  /// Byte offset of each register in the frame.
  std::vector<uint32_t> registerOffsets;
  /// Where writes to `_` go.
  uint32_t sinkOffset = 0;
  /// Parameters of calls: offset in the frame; every lane has `size` bytes.
  llvm::StringMap<std::pair<uint32_t, uint32_t>> parameterAreas;
  /// Kernels: offset of each parameter in the parameter buffer.
  llvm::SmallVector<uint32_t, 16> parameterOffsets;
  uint32_t parameterBytes = 0;
  /// Shared variables of the body and of the module.
  uint32_t staticSharedBytes = 0;
  /// Where dynamic shared memory starts (aligned as its variable asks for).
  uint32_t dynamicSharedOffset = 0;
  uint32_t localBytes = 0;
  /// Its registers are guarded while wgmma works on them.
  bool hasWgmma = false;
  llvm::StringMap<uint64_t> symbols;
};

/// A call and what it passes: offsets in the caller's and in the callee's
/// frame, and the bytes per lane.
struct CallSite {
  const FunctionCode *callee = nullptr;
  llvm::SmallVector<std::array<uint32_t, 3>, 8> arguments, results;
};

/// A module with its code decoded and its variables in memory.
class Program {
public:
  /// Decodes every function of `module` and places its global variables in
  /// `memory`, which must outlive the program. An instruction that the
  /// interpreter does not know is an error that names it.
  static llvm::Expected<std::unique_ptr<Program>>
  create(std::unique_ptr<Module> module, GlobalMemory &memory);
  ~Program();

  const FunctionCode *findKernel(llvm::StringRef name) const;
  const FunctionCode *findFunction(llvm::StringRef name) const;
  /// Host address and bytes of a global variable; null where there is none.
  std::pair<void *, uint64_t> findVariable(llvm::StringRef name) const;

  const Module &getModule() const { return *module; }
  GlobalMemory &getMemory() const { return memory; }
  llvm::ArrayRef<Instruction> getCode() const { return code; }
  llvm::ArrayRef<uint32_t> getTargets(uint64_t table) const {
    return targetTables[table];
  }
  const CallSite &getCall(uint64_t index) const { return callSites[index]; }
  uint64_t addCall(CallSite site) {
    callSites.push_back(std::move(site));
    return callSites.size() - 1;
  }
  const uint8_t *getConstants() const { return constants.data(); }
  llvm::ArrayRef<SpecialRegister> getUsedSpecials() const {
    return usedSpecials;
  }

private:
  friend class Decoder;
  friend class ProgramBuilder;
  Program(std::unique_ptr<Module> module, GlobalMemory &memory)
      : module(std::move(module)), memory(memory) {}

  std::unique_ptr<Module> module;
  GlobalMemory &memory;
  std::vector<Instruction> code;
  std::vector<std::unique_ptr<FunctionCode>> functions;
  /// Broadcast constants, 64-byte aligned.
  std::vector<uint8_t> constants;
  llvm::DenseMap<std::pair<uint64_t, unsigned>, Slot> constantSlots;
  std::deque<std::vector<Slot>> slotLists;
  std::deque<std::vector<uint32_t>> registerLists;
  std::deque<std::vector<uint32_t>> targetTables;
  std::deque<CallSite> callSites;
  std::vector<SpecialRegister> usedSpecials;
  llvm::StringMap<std::pair<void *, uint64_t>> variables;
  llvm::StringMap<uint64_t> moduleSymbols;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_PROGRAM_H
