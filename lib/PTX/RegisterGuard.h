//===- RegisterGuard.h - Registers that wgmma works on -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two rules of the PTX ISA about the registers of wgmma.mma_async, which the
// threads share with the asynchronous proxy:
//   - between the instruction and a wgmma.wait_group that covers it, nobody may
//     touch its accumulators and its A registers, except a further wgmma that
//     accumulates in the same registers;
//   - between an access of the threads to a register and a wgmma that uses it
//     stands a wgmma.fence ("wgmma.fence"). It is also due before the first
//     one.
//
// Kernels with wgmma get this check in front of every instruction; others do
// not pay for it.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_PTX_REGISTERGUARD_H
#define SATTN_LIB_PTX_REGISTERGUARD_H

#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"
#include <vector>

namespace mlir::sattn::ptx {

/// The registers of one warp, by their number in the kernel.
class RegisterGuard {
public:
  explicit RegisterGuard(unsigned registers) : states(registers) {}

  /// wgmma.fence: what the threads did to registers is ordered.
  void fence(const Instruction &instruction) {
    ++epoch;
    lastFence = &instruction;
  }

  /// A wgmma issues with `registers`: fails where the threads touched one since
  /// the last fence, or where one is in flight in another role. `shape` tells
  /// accumulators of different products apart (0: A registers).
  bool issue(Warp &warp, const Instruction &instruction,
             llvm::ArrayRef<uint32_t> registers, uint32_t shape);
  /// The warp has waited for such a wgmma, with the last `wait`.
  void retire(llvm::ArrayRef<uint32_t> registers);
  /// A wgmma.wait_group is executed. The one before it was used
  /// (`SynchronizationUse`) where the warp has published or written something
  /// since, or this one may leave products of it in flight.
  void wait(Warp &warp, const Instruction &instruction);
  /// The threads touch `registers`. Copies need no fence: compilers put them
  /// anywhere (initial zeros, loop-carried values), and ptxas gives both sides
  /// one register.
  bool touch(Warp &warp, const Instruction &instruction,
             llvm::ArrayRef<uint32_t> registers, bool isCopy);

private:
  struct State {
    /// Products in flight that use it, the line of the last, and its shape.
    uint32_t inFlight = 0, line = 0, shape = 0;
    /// When and where the threads touched it last.
    uint32_t touchedEpoch = 0, touchedLine = 0;
    /// The same for copies.
    uint32_t copiedEpoch = 0;
    /// The wait that the threads have not touched it since.
    const Instruction *retiredBy = nullptr;
  };
  bool fail(Warp &warp, const Instruction &instruction, uint32_t reg,
            const llvm::Twine &message);

  std::vector<State> states;
  /// Number of fences so far.
  uint32_t epoch = 0;
  const Instruction *lastFence = nullptr, *lastWait = nullptr;
  /// Time of the warp after the last wait.
  uint32_t lastWaitTime = 0;
};

/// Puts the check in front of the instructions of `function` that touch a
/// register which one of its wgmma.mma_async uses. `code` are its instructions;
/// `keep` stores a list of register numbers for as long as they live. False
/// where the function has none of those.
bool addRegisterGuards(
    const Function &function, llvm::MutableArrayRef<Instruction> code,
    llvm::function_ref<llvm::ArrayRef<uint32_t>(std::vector<uint32_t>)> keep);

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_REGISTERGUARD_H
