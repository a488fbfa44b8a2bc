//===- HopperAttentionTest.cpp - Kernels with roles -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels for sm_90a: TMA, mbarriers, wgmma, registers that change hands. Executed with
// the checks of the interpreter, copies and products late, early or at random.
//
//===----------------------------------------------------------------------===//

#include "EmulatedAttention.h"
#include <gtest/gtest.h>

using namespace mlir::sattn;

namespace {
struct HopperCase {
  AttentionCase test;
  std::vector<uint64_t> seeds;
};
class HopperAttentionTest : public testing::TestWithParam<HopperCase> {};
} // namespace

static void setLevels(AttentionCase &test, std::vector<int64_t> ranks,
                      std::vector<int64_t> blocks) {
  test.ranks = std::move(ranks);
  test.blocks = std::move(blocks);
  test.isMean = true;
}

static std::vector<HopperCase> getCases() {
  std::vector<HopperCase> cases;
  auto add = [&](AttentionCase test, std::vector<uint64_t> seeds, auto change) {
    change(test);
    cases.push_back({test, std::move(seeds)});
  };
  auto same = [](AttentionCase &) {};
  add(makeCausal("causal_static", 384), {1, 2, 3}, [](AttentionCase &c) { c.isDynamic = false; });
  add(makeCausal("causal_ragged", 200), {7, 8}, [](AttentionCase &c) { c.element = "bf16"; });
  add(makeCase("full_ragged", 100, 300), {9, 10, 11}, same);
  add(makeCase("no_key", 130, 0), {13}, same);
  add(makeCase("sliding", 300, 300), {15, 16}, [](AttentionCase &c) {
    c.left = 70;
    c.right = 0;
  });
  add(makeCase("rows_without_pairs", 128, 64), {18}, [](AttentionCase &c) {
    c.left = 10;
    c.right = 0;
  });
  add(makeCase("grouped_heads", 70, 70), {19}, [](AttentionCase &c) {
    c.heads = 6;
    c.group = 3;
  });
  add(makeCausal("width_128", 256), {20}, [](AttentionCase &c) {
    c.isDynamic = false;
    c.depth = c.valueDepth = 128;
  });
  add(makeCausal("nan_value", 256), {23, 24, 25}, [](AttentionCase &c) {
    c.isDynamic = false;
    c.nanValueRow = 200;
  });
  add(makeCausal("levels_language_model", 640), {26}, [](AttentionCase &c) {
    c.isDynamic = false;
    c.scale = 1.0;
    setLevels(c, {32, 8, 6, 4, 4, 4, 4, 2}, {0, 512, 256, 128, 64, 32, 16, 8});
    c.levelScales = {1. / 32, 1. / 8, 1. / 6, 1. / 4, 1. / 4, 1. / 4, 1. / 4, 1. / 2};
  });
  add(makeCausal("nan_value_width_128", 256), {33, 34, 35}, [](AttentionCase &c) {
    c.isDynamic = false;
    c.depth = c.valueDepth = 128;
    c.nanValueRow = 70;
  });
  // Products that are under way from tile to tile: an even and an odd number of tiles, none
  // for some query tiles, one.
  for (int64_t keys : {128, 256, 384})
    add(makeCase(("full_static_" + std::to_string(keys)).c_str(), 128, keys),
        {uint64_t(40 + keys / 128), uint64_t(50 + keys / 128)},
        [](AttentionCase &c) { c.isDynamic = false; });
  add(makeCase("full_dynamic_width_128", 200, 500), {61, 62, 63}, [](AttentionCase &c) {
    c.depth = c.valueDepth = 128;
    c.element = "bf16";
  });
  add(makeCase("one_key", 130, 1), {64, 65, 66}, same);
  add(makeCase("keys_behind_queries", 300, 520), {67, 68, 69}, [](AttentionCase &c) {
    c.left = 40;
    c.right = 90;
    c.queryOffset = 200;
  });
  add(makeCase("nan_value_dynamic", 300, 300), {70, 71, 72}, [](AttentionCase &c) {
    c.left = 70;
    c.right = 0;
    c.nanValueRow = 150;
  });
  add(makeCausal("levels_width_128", 640), {36, 37}, [](AttentionCase &c) {
    c.isDynamic = false;
    c.depth = c.valueDepth = 128;
    setLevels(c, {64, 16, 12, 8, 8, 8, 8, 4}, {0, 512, 256, 128, 64, 32, 16, 8});
    c.nanValueRow = 333;
  });
  // A segment ends inside the tensor: what is behind its end is fetched, too.
  add(makeCausal("levels_no_tile_divides", 150), {27, 29}, [](AttentionCase &c) {
    c.isDynamic = false;
    setLevels(c, {32, 32}, {0, 96});
    c.nanValueRow = 100;
  });
  // Without roles: wgmma does not transpose values of tf32.
  add(makeCausal("tf32", 100), {30}, [](AttentionCase &c) {
    c.element = "f32";
    c.isTF32 = true;
  });
  return cases;
}

TEST_P(HopperAttentionTest, MatchesFormula) {
  expectMatch(GetParam().test, "sm_90a", GetParam().seeds);
}

INSTANTIATE_TEST_SUITE_P(Cases, HopperAttentionTest, testing::ValuesIn(getCases()),
                         [](const auto &info) { return info.param.test.name; });
