//===- HandWritten.cpp - Calls hand-written kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C functions around kernels that are not part of the project: hand_written.py
// compiles this against the folder that --hand-written names. It holds kern.h
// (dense attention) and decode2.cpp (one query), whose own main is renamed.
//
//===----------------------------------------------------------------------===//

#include "kern.h"
#define main handWrittenMain
#include "decode2.cpp"
#undef main

namespace {
template <int Width, bool Causal>
void runHeads(const float *q, const float *k, const float *v, float *o,
              int heads, int tokens) {
  static Work work;
  static int prepared = 0;
  if (prepared != tokens)
    work = mkwork(tokens, 128);
  prepared = tokens;
  for (int head = 0; head < heads; ++head) {
    size_t first = size_t(head) * tokens * Width;
    flash<Width, Width, 6, 2, Causal>(q + first, k + first, v + first,
                                      o + first, tokens, /*BC=*/192, /*NP=*/8,
                                      work);
  }
}
} // namespace

/// Softmax attention of `heads` x `tokens` x `width` (64 or 128) f32 numbers,
/// scaled by 1 / sqrt(width).
extern "C" void hand_written_dense(const float *q, const float *k,
                                   const float *v, float *o, int heads,
                                   int tokens, int width, int causal) {
  auto run = width == 64
                 ? (causal ? runHeads<64, true> : runHeads<64, false>)
                 : (causal ? runHeads<128, true> : runHeads<128, false>);
  run(q, k, v, o, heads, tokens);
}

/// One query of 64 columns per head. `k` is [keys / 32][64][32], `v` is
/// [keys][64] for each head; `keys` is a multiple of 256.
extern "C" void hand_written_decode(const float *q, const float *k,
                                    const float *v, float *o, int heads,
                                    int keys) {
  constexpr int kWidth = 64;
  int rank[1] = {kWidth}, start[1] = {0};
  for (int head = 0; head < heads; ++head) {
    alignas(32) float scaled[kWidth], result[kWidth];
    for (int d = 0; d < kWidth; ++d)
      scaled[d] = q[size_t(head) * kWidth + d] * 1.44269504f / 8.0f;
    size_t first = size_t(head) * keys * kWidth;
    const void *levels[1] = {k + first};
    decf<kWidth, 0, 256>(scaled, levels, rank, start, 1, v + first, keys,
                         result);
    std::copy(result, result + kWidth, o + size_t(head) * kWidth);
  }
}
