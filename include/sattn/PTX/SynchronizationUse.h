//===- SynchronizationUse.h - What synchronisation was good for -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_SYNCHRONIZATIONUSE_H
#define SATTN_PTX_SYNCHRONIZATIONUSE_H

#include <cstdint>
#include <vector>

namespace mlir::sattn::ptx {

/// Collects, over runs of one program, which synchronisation instructions were
/// good for something. Six kinds are followed; of others nothing is known.
///
/// - A wait for an mbarrier: it had to wait, or it found something published
///   that its thread did not know before.
/// - An arrival at an mbarrier or a named barrier: somebody waited for its
///   phase.
/// - A commit of asynchronous copies or products: its thread waited for groups
///   later.
/// - bar.warp.sync: since the lanes last were synchronised they had come apart,
///   or one had written shared or global memory or alone learned something; or
///   somebody wrote later what they had read.
/// - wgmma.wait_group: a register of a product that it waited for was touched, or
///   the warp published or wrote something, before the next one; or the next one
///   leaves groups in flight.
/// - wgmma.fence: it alone stood between an access of a register and a wgmma
///   that uses it, or it was the first.
class SynchronizationUse {
public:
  /// `instruction` is an index in `Program::getCode`.
  void markUsed(uint32_t instruction) {
    if (instruction >= used.size())
      used.resize(instruction + 1);
    used[instruction] = true;
  }
  bool isUsed(uint32_t instruction) const {
    return instruction < used.size() && used[instruction];
  }

private:
  std::vector<bool> used;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_SYNCHRONIZATIONUSE_H
