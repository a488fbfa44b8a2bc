//===- WarpCollectives.cpp - Instructions that lanes execute together -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// shfl.sync, vote.sync, match.sync, redux.sync, activemask. PTX
// ISA, "Parallel Synchronization and Communication Instructions".
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

/// Gathers the lanes of the member mask in `mask`; all lanes must name the
/// same.
static bool gatherMembers(Warp &warp, const Instruction &i, Slot mask,
                          uint32_t &lanes) {
  const uint32_t *members = warp.read<uint32_t>(mask);
  unsigned first = llvm::countr_zero(lanes);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1 && members[lane] != members[first]) {
      warp.fail(i, lane, "lanes that execute this have different member masks");
      return false;
    }
  return warp.gather(i, members[first], lanes);
}

//===----------------------------------------------------------------------===//
// Shuffles
//===----------------------------------------------------------------------===//

enum class Shuffle { Up, Down, Butterfly, Index };

/// The lane that `lane` reads from and whether it is in range.
template <Shuffle mode>
static std::pair<int, bool> getSource(int lane, uint32_t b, uint32_t c) {
  int offset = b & 31, segment = c >> 8 & 31, clamp = c & 31;
  int last = (lane & segment) | (clamp & ~segment), first = lane & segment;
  int source = mode == Shuffle::Up          ? lane - offset
               : mode == Shuffle::Down      ? lane + offset
               : mode == Shuffle::Butterfly ? lane ^ offset
                                            : first | (offset & ~segment);
  bool inRange = mode == Shuffle::Up ? source >= last : source <= last;
  return {inRange ? source : lane, inRange};
}

/// Operands a, b, c; the member mask and the predicate in `extra`.
template <Shuffle mode>
static void runShuffle(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!gatherMembers(warp, i, i.extra[0], lanes))
    return;
  const uint32_t *a = warp.read<uint32_t>(i.a), *b = warp.read<uint32_t>(i.b);
  const uint32_t *c = warp.read<uint32_t>(i.c);
  uint32_t values[warpSize], inRange = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    auto [source, valid] = getSource<mode>(lane, b[lane], c[lane]);
    inRange |= uint32_t(valid) << lane;
    values[lane] = a[source & 31];
    if (lanes >> lane & 1 && !(lanes >> source & 1))
      return warp.fail(i, lane,
                       "reads from lane " + llvm::Twine(source) +
                           ", which does not take part");
  }
  storeLanes(warp.write<uint32_t>(i.d), values, lanes);
  if (!i.extra[1].isNone())
    warp.writePredicate(i.extra[1], inRange, lanes);
}

/// `d|p` or `d`.
static bool decodePair(Decoder &decoder, const Statement &statement,
                       ScalarType type, Slot &value, Slot &predicate) {
  const Operand *operand = &statement.operands[0];
  if (operand->kind == Operand::Kind::Pair) {
    if (!decoder.destination(statement, operand->elements[1], ScalarType::Pred,
                             predicate))
      return false;
    operand = &operand->elements[0];
  }
  return decoder.destination(statement, *operand, type, value);
}

static bool decodeShfl(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync"))
    return false;
  static constexpr Handler handlers[] = {
      runShuffle<Shuffle::Up>, runShuffle<Shuffle::Down>,
      runShuffle<Shuffle::Butterfly>, runShuffle<Shuffle::Index>};
  int mode = modifiers.consumeAny({"up", "down", "bfly", "idx"});
  if (mode < 0 || !modifiers.consume("b32") || !modifiers.done())
    return false;
  i.run = handlers[mode];
  ScalarType b32 = ScalarType::B32;
  Slot extra[2];
  if (!decoder.expectOperands(statement, 5) ||
      !decodePair(decoder, statement, b32, i.d, extra[1]) ||
      !decoder.source(statement, statement.operands[1], b32, i.a) ||
      !decoder.source(statement, statement.operands[2], b32, i.b) ||
      !decoder.source(statement, statement.operands[3], b32, i.c) ||
      !decoder.source(statement, statement.operands[4], b32, extra[0]))
    return false;
  i.extra = decoder.keep(extra);
  return true;
}

//===----------------------------------------------------------------------===//
// Votes
//===----------------------------------------------------------------------===//

enum class Vote { All, Any, Uniform, Ballot };

/// `modifier`: 1 where the predicate is negated.
template <Vote vote>
static void runVote(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!gatherMembers(warp, i, i.b, lanes))
    return;
  uint32_t bits = warp.readPredicate(i.a);
  bits = (i.modifier ? ~bits : bits) & lanes;
  if (vote == Vote::Ballot) {
    uint32_t values[warpSize];
    std::fill(values, values + warpSize, bits);
    return storeLanes(warp.write<uint32_t>(i.d), values, lanes);
  }
  bool holds = vote == Vote::All   ? bits == lanes
               : vote == Vote::Any ? bits != 0
                                   : bits == lanes || bits == 0;
  warp.writePredicate(i.d, holds ? allLanes : 0, lanes);
}

static bool decodeVote(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync"))
    return false;
  static constexpr Handler handlers[] = {runVote<Vote::All>, runVote<Vote::Any>,
                                         runVote<Vote::Uniform>,
                                         runVote<Vote::Ballot>};
  int vote = modifiers.consumeAny({"all", "any", "uni", "ballot"});
  ScalarType result = vote == 3 ? ScalarType::B32 : ScalarType::Pred;
  if (vote < 0 || !modifiers.consume(getName(result)) || !modifiers.done())
    return false;
  i.run = handlers[vote];
  if (!decodeOperands(decoder, statement, i, result,
                      {ScalarType::Pred, ScalarType::B32}))
    return false;
  i.modifier = statement.operands[1].negated;
  return true;
}

template <typename T, bool all>
static void runMatch(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!gatherMembers(warp, i, i.b, lanes))
    return;
  const T *a = warp.read<T>(i.a);
  uint32_t values[warpSize], same = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    values[lane] = 0;
    for (unsigned other = 0; other < warpSize; ++other)
      values[lane] |= uint32_t(a[other] == a[lane]) << other;
    values[lane] &= lanes;
    if (all) {
      bool equal = values[lane] == lanes;
      same |= uint32_t(equal) << lane;
      values[lane] = equal ? lanes : 0;
    }
  }
  storeLanes(warp.write<uint32_t>(i.d), values, lanes);
  if (!i.c.isNone())
    warp.writePredicate(i.c, same, lanes);
}

static bool decodeMatch(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  int all = modifiers.consumeAny({"any", "all"});
  if (all < 0 || !modifiers.consume("sync"))
    return false;
  auto type = modifiers.consumeType();
  if (!modifiers.done() ||
      (type != ScalarType::B32 && type != ScalarType::B64) ||
      !decoder.expectOperands(statement, 3))
    return false;
  i.run = *type == ScalarType::B32
              ? (all ? runMatch<uint32_t, true> : runMatch<uint32_t, false>)
              : (all ? runMatch<uint64_t, true> : runMatch<uint64_t, false>);
  return decodePair(decoder, statement, ScalarType::B32, i.d, i.c) &&
         decoder.source(statement, statement.operands[1], *type, i.a) &&
         decoder.source(statement, statement.operands[2], ScalarType::B32, i.b);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

enum class Reduction { Add, Min, Max, And, Or, Xor };

template <Reduction reduction, typename T>
static void runRedux(Warp &warp, const Instruction &i, uint32_t lanes) {
  if (!gatherMembers(warp, i, i.b, lanes))
    return;
  const T *a = warp.read<T>(i.a);
  T result = a[llvm::countr_zero(lanes)];
  for (uint32_t left = lanes & (lanes - 1); left; left &= left - 1) {
    T value = a[llvm::countr_zero(left)];
    switch (reduction) {
    case Reduction::Add:
      result = uint32_t(result) + uint32_t(value);
      break;
    case Reduction::Min:
      result = std::min(result, value);
      break;
    case Reduction::Max:
      result = std::max(result, value);
      break;
    case Reduction::And:
      result &= value;
      break;
    case Reduction::Or:
      result |= value;
      break;
    case Reduction::Xor:
      result ^= value;
      break;
    }
  }
  T values[warpSize];
  std::fill(values, values + warpSize, result);
  storeLanes(warp.write<T>(i.d), values, lanes);
}

static Handler pickRedux(int reduction, ScalarType type) {
  bool isSigned = type == ScalarType::S32, isBits = type == ScalarType::B32;
  if (isBits != (reduction >= 3))
    return nullptr;
  switch (Reduction(reduction)) {
  case Reduction::Add:
    return runRedux<Reduction::Add, uint32_t>;
  case Reduction::Min:
    return isSigned ? runRedux<Reduction::Min, int32_t>
                    : runRedux<Reduction::Min, uint32_t>;
  case Reduction::Max:
    return isSigned ? runRedux<Reduction::Max, int32_t>
                    : runRedux<Reduction::Max, uint32_t>;
  case Reduction::And:
    return runRedux<Reduction::And, uint32_t>;
  case Reduction::Or:
    return runRedux<Reduction::Or, uint32_t>;
  case Reduction::Xor:
    return runRedux<Reduction::Xor, uint32_t>;
  }
  return nullptr;
}

static bool decodeRedux(Decoder &decoder, const Statement &statement,
                        Instruction &i) {
  ModifierReader modifiers(statement);
  if (!modifiers.consume("sync"))
    return false;
  int reduction =
      modifiers.consumeAny({"add", "min", "max", "and", "or", "xor"});
  auto type = modifiers.consumeType();
  if (reduction < 0 || !modifiers.done() ||
      (type != ScalarType::U32 && type != ScalarType::S32 &&
       type != ScalarType::B32))
    return false;
  i.run = pickRedux(reduction, *type);
  return i.run &&
         decodeOperands(decoder, statement, i, *type, {*type, ScalarType::B32});
}

static void runActivemask(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint32_t values[warpSize];
  std::fill(values, values + warpSize, lanes);
  storeLanes(warp.write<uint32_t>(i.d), values, lanes);
}

static bool decodeActivemask(Decoder &decoder, const Statement &statement,
                             Instruction &i) {
  ModifierReader modifiers(statement);
  i.run = runActivemask;
  return modifiers.consume("b32") && modifiers.done() &&
         decodeOperands(decoder, statement, i, ScalarType::B32, {});
}

void ptx::registerWarpCollectives(InstructionTable &table) {
  table.add("shfl", decodeShfl);
  table.add("vote", decodeVote);
  table.add("match", decodeMatch);
  table.add("redux", decodeRedux);
  table.add("activemask", decodeActivemask);
}
