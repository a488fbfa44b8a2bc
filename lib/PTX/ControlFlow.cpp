//===- ControlFlow.cpp - Where diverged lanes meet again -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Immediate post dominators of a function's basic blocks, by the iterative
// algorithm of Cooper, Harvey and Kennedy on the reversed graph.
//
//===----------------------------------------------------------------------===//

#include "ControlFlow.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
class PostDominators {
public:
  PostDominators(const Program &program, const FunctionCode &code,
                 llvm::ArrayRef<Instruction> instructions)
      : program(program), code(code), instructions(instructions) {
    findBlocks();
    orderBlocks();
    solve();
  }

  /// The first instruction of the immediate post dominator of the block that
  /// instruction `index` ends; ~0 if there is none.
  uint32_t get(uint32_t index) const {
    int dominator = immediate[blockOf[index]];
    return dominator < 0 ? ~0u : starts[dominator] + code.begin;
  }

private:
  void findBlocks();
  void orderBlocks();
  void solve();
  int intersect(int a, int b) const;
  llvm::SmallVector<uint32_t, 2> getTargets(const Instruction &i) const;

  const Program &program;
  const FunctionCode &code;
  llvm::ArrayRef<Instruction> instructions;
  std::vector<uint32_t> starts;
  std::vector<unsigned> blockOf;
  std::vector<llvm::SmallVector<unsigned, 2>> successors, predecessors;
  /// Reverse post order of the reversed graph, and the position in it.
  std::vector<unsigned> order;
  std::vector<int> position, immediate;
};
} // namespace

/// Indices in the function that the instruction may jump to.
llvm::SmallVector<uint32_t, 2>
PostDominators::getTargets(const Instruction &i) const {
  llvm::SmallVector<uint32_t, 2> targets;
  if (i.flow == Flow::Branch)
    targets.push_back(i.target - code.begin);
  if (i.flow == Flow::Table)
    for (uint32_t target : program.getTargets(i.immediate))
      targets.push_back(target - code.begin);
  if (i.flow == Flow::End)
    targets.push_back(instructions.size() - 1);
  return targets;
}

void PostDominators::findBlocks() {
  std::vector<bool> leader(instructions.size());
  leader[0] = leader[instructions.size() - 1] = true;
  for (size_t i = 0; i + 1 < instructions.size(); ++i) {
    for (uint32_t target : getTargets(instructions[i]))
      leader[target] = true;
    if (instructions[i].flow != Flow::Next)
      leader[i + 1] = true;
  }
  blockOf.resize(instructions.size());
  for (size_t i = 0; i < instructions.size(); ++i) {
    if (leader[i])
      starts.push_back(i);
    blockOf[i] = starts.size() - 1;
  }
  successors.resize(starts.size());
  predecessors.resize(starts.size());
  for (size_t block = 0; block + 1 < starts.size(); ++block) {
    size_t last = starts[block + 1] - 1;
    const Instruction &i = instructions[last];
    for (uint32_t target : getTargets(i))
      successors[block].push_back(blockOf[target]);
    if (i.flow == Flow::Next || !i.guard.isNone())
      successors[block].push_back(block + 1);
    for (unsigned successor : successors[block])
      predecessors[successor].push_back(block);
  }
}

/// Depth-first search from the end, with an explicit stack.
void PostDominators::orderBlocks() {
  position.assign(starts.size(), -1);
  std::vector<bool> seen(starts.size());
  std::vector<std::pair<unsigned, unsigned>> stack;
  unsigned end = starts.size() - 1;
  stack.push_back({end, 0});
  seen[end] = true;
  while (!stack.empty()) {
    auto &[block, next] = stack.back();
    if (next == predecessors[block].size()) {
      order.push_back(block);
      stack.pop_back();
      continue;
    }
    unsigned predecessor = predecessors[block][next++];
    if (seen[predecessor])
      continue;
    seen[predecessor] = true;
    stack.push_back({predecessor, 0});
  }
  std::reverse(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i)
    position[order[i]] = i;
}

int PostDominators::intersect(int a, int b) const {
  while (a != b) {
    while (position[a] > position[b])
      a = immediate[a];
    while (position[b] > position[a])
      b = immediate[b];
  }
  return a;
}

void PostDominators::solve() {
  immediate.assign(starts.size(), -1);
  int end = starts.size() - 1;
  immediate[end] = end;
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned block : order) {
      if (int(block) == end)
        continue;
      int dominator = -1;
      for (unsigned successor : successors[block])
        if (immediate[successor] >= 0)
          dominator =
              dominator < 0 ? int(successor) : intersect(successor, dominator);
      if (dominator != immediate[block]) {
        immediate[block] = dominator;
        changed = true;
      }
    }
  }
  immediate[end] = -1;
}

void ptx::computeReconvergence(
    const Program &program, const FunctionCode &code,
    llvm::MutableArrayRef<Instruction> instructions) {
  PostDominators dominators(program, code, instructions);
  for (size_t i = 0; i + 1 < instructions.size(); ++i)
    if (instructions[i].flow != Flow::Next)
      instructions[i].reconverge = dominators.get(i);
}
