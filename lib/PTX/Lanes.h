//===- Lanes.h - Handlers that do the same in each lane -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_LANES_H
#define SATTN_LIB_PTX_LANES_H

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Warp.h"
#include <cstring>

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
/// A second copy of the loops over lanes, for machines with these features.
#define SATTN_PTX_FAST __attribute__((target("avx2,fma,f16c")))
#else
#define SATTN_PTX_FAST
#endif

namespace mlir::sattn::ptx {

/// Whether this machine can run the functions marked SATTN_PTX_FAST.
inline bool hasFastLanes() {
#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
  static const bool has = __builtin_cpu_supports("avx2") &&
                          __builtin_cpu_supports("fma") &&
                          __builtin_cpu_supports("f16c");
  return has;
#else
  return false;
#endif
}

/// Writes `values` where a bit of `lanes` is set.
template <typename T>
LLVM_ATTRIBUTE_ALWAYS_INLINE void
storeLanes(T *__restrict to, const T *__restrict values, uint32_t lanes) {
  if (LLVM_LIKELY(lanes == allLanes)) {
    std::memcpy(to, values, sizeof(T) * warpSize);
    return;
  }
  for (unsigned lane = 0; lane < warpSize; ++lane)
    to[lane] = lanes >> lane & 1 ? values[lane] : to[lane];
}

// `Op` has `static Result apply(A [, B [, C]])`; the operands of the
// instruction are a, b, c, its result is d. Every lane is computed, inactive
// ones on whatever their registers hold, so `apply` must be total.

template <typename Result, typename A, typename Op>
LLVM_ATTRIBUTE_ALWAYS_INLINE void forLanes(Result (*)(A), Op op, Warp &warp,
                                           const Instruction &i,
                                           uint32_t lanes) {
  const A *a = warp.read<A>(i.a);
  alignas(64) Result r[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    r[lane] = op(a[lane]);
  storeLanes(warp.write<Result>(i.d), r, lanes);
}

template <typename Result, typename A, typename B, typename Op>
LLVM_ATTRIBUTE_ALWAYS_INLINE void forLanes(Result (*)(A, B), Op op, Warp &warp,
                                           const Instruction &i,
                                           uint32_t lanes) {
  const A *a = warp.read<A>(i.a);
  const B *b = warp.read<B>(i.b);
  alignas(64) Result r[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    r[lane] = op(a[lane], b[lane]);
  storeLanes(warp.write<Result>(i.d), r, lanes);
}

template <typename Result, typename A, typename B, typename C, typename Op>
LLVM_ATTRIBUTE_ALWAYS_INLINE void forLanes(Result (*)(A, B, C), Op op,
                                           Warp &warp, const Instruction &i,
                                           uint32_t lanes) {
  const A *a = warp.read<A>(i.a);
  const B *b = warp.read<B>(i.b);
  const C *c = warp.read<C>(i.c);
  alignas(64) Result r[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    r[lane] = op(a[lane], b[lane], c[lane]);
  storeLanes(warp.write<Result>(i.d), r, lanes);
}

template <typename Op>
void runLanes(Warp &warp, const Instruction &i, uint32_t lanes) {
  forLanes(
      &Op::apply, [](auto... x) { return Op::apply(x...); }, warp, i, lanes);
}

template <typename Op>
SATTN_PTX_FAST void runLanesFast(Warp &warp, const Instruction &i,
                                 uint32_t lanes) {
  forLanes(
      &Op::apply, [](auto... x) SATTN_PTX_FAST { return Op::apply(x...); },
      warp, i, lanes);
}

/// The handler that applies `Op` in each lane.
template <typename Op> Handler lanesHandler() {
  return hasFastLanes() ? &runLanesFast<Op> : &runLanes<Op>;
}

/// Decodes `d, a[, b[, c]]` with the given types; the handler is set before.
inline bool decodeOperands(Decoder &decoder, const Statement &statement,
                           Instruction &i, ScalarType result,
                           llvm::ArrayRef<ScalarType> sources) {
  if (!decoder.expectOperands(statement, 1 + sources.size()) ||
      !decoder.destination(statement, statement.operands[0], result, i.d))
    return false;
  Slot *slots[] = {&i.a, &i.b, &i.c};
  for (size_t k = 0; k < sources.size(); ++k)
    if (!decoder.source(statement, statement.operands[k + 1], sources[k],
                        *slots[k]))
      return false;
  return true;
}

/// Calls `use` with a value of the C++ type of the integer type `type`
/// (bit types are unsigned); null for other types.
template <typename Use> Handler withInteger(ScalarType type, Use use) {
  switch (type) {
  case ScalarType::B8:
  case ScalarType::U8:
    return use(uint8_t());
  case ScalarType::B16:
  case ScalarType::U16:
    return use(uint16_t());
  case ScalarType::B32:
  case ScalarType::U32:
    return use(uint32_t());
  case ScalarType::B64:
  case ScalarType::U64:
    return use(uint64_t());
  case ScalarType::S8:
    return use(int8_t());
  case ScalarType::S16:
    return use(int16_t());
  case ScalarType::S32:
    return use(int32_t());
  case ScalarType::S64:
    return use(int64_t());
  default:
    return nullptr;
  }
}

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_LANES_H
