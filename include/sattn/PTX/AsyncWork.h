//===- AsyncWork.h - Copies and products that run beside the threads -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_ASYNCWORK_H
#define SATTN_PTX_ASYNCWORK_H

#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <deque>
#include <memory>

namespace mlir::sattn::ptx {

class Block;
class Machine;
class Warp;

/// When asynchronous work touches memory.
enum class Asynchrony : uint8_t {
  Late,   ///< when somebody waits for it, or nobody else can run
  Early,  ///< at once
  Random, ///< at some moment between the two, drawn from the seed
};

/// A copy or product that was issued and whose effect comes later. How it is
/// completed says which queue it goes to:
///
/// - by a group of the issuing threads (`cp.async`, `cp.async.bulk` with
///   bulk_group, `wgmma`): `Warp::groups[kind].add(...)`, then `commit`, and
///   `wait` performs what is still outstanding and retires it;
/// - by an mbarrier (`cp.async.bulk.tensor` loads): `AsyncQueue::add`;
/// `perform`
///   is called once and itself calls `Block::completeTransaction` at its end.
///
/// At issue the operation marks the memory that it is going to touch through
/// `RaceDetector::beginAsync...`; `retire` (groups) or `perform` (mbarriers)
/// ends that, so that an access in between is a race.
class AsyncOperation {
public:
  AsyncOperation(Block &block, const Instruction &instruction)
      : block(block), instruction(instruction) {}
  virtual ~AsyncOperation() = default;

  /// Moves the data of `lanes`; returns false after an error was reported.
  virtual bool perform(Machine &machine, uint32_t lanes) = 0;
  /// Groups only: the issuing `lanes` have waited for it.
  virtual void retire(Warp &warp, uint32_t lanes) {}
  /// False as long as others have to take part (the other warps of a wgmma).
  virtual bool isComplete() const { return true; }

  /// The block that issued it.
  Block &block;
  const Instruction &instruction;
};

enum class AsyncGroupKind : uint8_t { Copy, Bulk, Wgmma };

/// Asynchronous operations of the threads of one warp that complete in groups.
class AsyncGroups {
public:
  /// Queues `operation` of `lanes` in their open group.
  void add(Warp &warp, std::unique_ptr<AsyncOperation> operation,
           uint32_t lanes);
  /// `instruction` closes the open group of `lanes`.
  void commit(Warp &warp, const Instruction &instruction, uint32_t lanes);
  /// True if all operations of `lanes` but those of the last `pending` closed
  /// groups are complete (`AsyncOperation::isComplete`).
  bool isComplete(uint32_t lanes, uint32_t pending) const;
  /// Performs and retires all operations of `lanes` but those of the last
  /// `pending` closed groups (and of the open one). False after an error.
  bool wait(Warp &warp, uint32_t lanes, uint32_t pending);
  /// The same for everything, the open group too (`cp.async.wait_all`).
  bool waitAll(Warp &warp, uint32_t lanes);
  /// Performs, but does not retire, one operation (random asynchrony).
  bool performOne(Warp &warp, unsigned choice);
  /// An mbarrier watches everything that `lanes` have issued so far
  /// (`cp.async.mbarrier.arrive`); gives the number of operations up to here.
  uint64_t watch(uint32_t lanes);
  /// Performs and retires what `lanes` had issued when `watch` gave `issued`.
  bool waitWatched(Warp &warp, uint32_t lanes, uint64_t issued);

  bool empty() const { return pending.empty(); }
  /// The oldest operation that nobody waits for, or null.
  const AsyncOperation *getOldest() const;

private:
  struct Pending {
    std::unique_ptr<AsyncOperation> operation;
    /// Lanes that have not waited for it, and those whose data has not moved.
    uint32_t lanes, unperformed;
    uint32_t group;
    uint64_t number;
    bool watched = false;
  };
  template <typename Predicate>
  bool finish(Warp &warp, uint32_t lanes, Predicate isDue);

  void noteWait(Warp &warp);

  std::deque<Pending> pending;
  /// Commits since the last wait, where `LaunchOptions::use` asks for them.
  std::vector<const Instruction *> commits;
  uint64_t issued = 0;
  std::array<uint32_t, warpSize> committed{};
};

/// Asynchronous operations of all blocks that complete by themselves.
class AsyncQueue {
public:
  /// Queues `operation`, or performs it at once where asynchrony is early.
  bool add(Machine &machine, std::unique_ptr<AsyncOperation> operation);
  /// Performs one operation, chosen by `choice`. False if there is none.
  bool performOne(Machine &machine, uint32_t choice);
  bool empty() const { return pending.empty(); }
  /// The oldest operation that `block` issued and that is not performed.
  const AsyncOperation *getOldest(const Block &block) const;

private:
  std::deque<std::unique_ptr<AsyncOperation>> pending;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_ASYNCWORK_H
