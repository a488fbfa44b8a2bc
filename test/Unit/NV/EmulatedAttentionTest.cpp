//===- EmulatedAttentionTest.cpp - Kernels against the formulas -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels for sm_80, executed with checks for races, uninitialised shared memory and
// accesses out of bounds, in three kinds of asynchrony.
//
//===----------------------------------------------------------------------===//

#include "EmulatedAttention.h"
#include <gtest/gtest.h>

using namespace mlir::sattn;

static std::vector<AttentionCase> getCases() {
  std::vector<AttentionCase> cases;
  auto add = [&](AttentionCase test, auto change) {
    change(test);
    cases.push_back(test);
  };
  auto same = [](AttentionCase &) {};
  add(makeCausal("causal_static", 128), [](AttentionCase &c) {
    c.isDynamic = false;
    c.heads = 2;
  });
  add(makeCausal("one_tile", 64), [](AttentionCase &c) { c.isDynamic = false; });
  add(makeCausal("causal_ragged", 190), [](AttentionCase &c) { c.batch = 2; });
  add(makeCausal("causal_bf16", 100), [](AttentionCase &c) { c.element = "bf16"; });
  add(makeCase("full_ragged", 100, 130), same);
  add(makeCase("one_query", 1, 300), same);
  add(makeCase("no_key", 64, 0), same);
  add(makeCase("one_key", 65, 1), same);
  add(makeCase("sliding", 200, 200), [](AttentionCase &c) {
    c.left = 70;
    c.right = 0;
  });
  add(makeCase("offset", 65, 200), [](AttentionCase &c) {
    c.right = 0;
    c.queryOffset = 135;
  });
  // Rows without pairs: output 0, log-sum-exp -inf.
  add(makeCase("rows_without_pairs", 128, 64), [](AttentionCase &c) {
    c.left = 10;
    c.right = 0;
  });
  add(makeCase("grouped_heads", 70, 70), [](AttentionCase &c) {
    c.heads = 6;
    c.group = 3;
  });
  add(makeCausal("width_128", 130), [](AttentionCase &c) { c.depth = c.valueDepth = 128; });
  add(makeCase("width_256", 70, 70), [](AttentionCase &c) { c.depth = c.valueDepth = 256; });
  add(makeCase("width_256_full", 200, 140), [](AttentionCase &c) {
    c.depth = 200;
    c.valueDepth = 256;
    c.nanValueRow = 139;
  });
  add(makeCausal("levels_width_256", 200), [](AttentionCase &c) {
    c.isDynamic = false;
    c.depth = c.valueDepth = 256;
    c.ranks = {100, 92, 64};
    c.blocks = {0, 64, 8};
    c.isMean = true;
  });
  add(makeCase("other_value_width", 70, 65), [](AttentionCase &c) { c.valueDepth = 128; });
  add(makeCase("narrow", 70, 65), [](AttentionCase &c) {
    c.depth = 40;
    c.valueDepth = 24;
  });
  add(makeCase("negative_scale", 64, 64), [](AttentionCase &c) { c.scale = -0.1; });
  add(makeCausal("nan_value", 128), [](AttentionCase &c) { c.nanValueRow = 100; });
  add(makeCausal("levels_language_model", 640), [](AttentionCase &c) {
    c.isDynamic = false;
    c.scale = 1.0;
    c.ranks = {32, 8, 6, 4, 4, 4, 4, 2};
    c.blocks = {0, 512, 256, 128, 64, 32, 16, 8};
    c.levelScales = {1. / 32, 1. / 8, 1. / 6, 1. / 4, 1. / 4, 1. / 4, 1. / 4, 1. / 2};
    c.isMean = true;
  });
  add(makeCase("levels_full", 200, 200), [](AttentionCase &c) {
    c.ranks = {32, 16, 16};
    c.blocks = {0, 128, 32};
  });
  add(makeCausal("levels_no_tile_divides", 150), [](AttentionCase &c) {
    c.ranks = {8, 24, 32};
    c.blocks = {0, 96, 24};
    c.isMean = true;
  });
  return cases;
}

/// f32 that may be multiplied as tf32.
static std::vector<AttentionCase> getTF32Cases() {
  std::vector<AttentionCase> cases;
  auto add = [&](AttentionCase test, auto change) {
    test.element = "f32";
    test.isTF32 = true;
    change(test);
    cases.push_back(test);
  };
  auto same = [](AttentionCase &) {};
  add(makeCausal("tf32_causal_ragged", 150), [](AttentionCase &c) { c.heads = 2; });
  add(makeCase("tf32_full_ragged", 100, 130), same);
  add(makeCase("tf32_no_key", 10, 0), same);
  add(makeCase("tf32_narrow", 70, 65), [](AttentionCase &c) {
    c.depth = 40;
    c.valueDepth = 24;
  });
  add(makeCausal("tf32_width_128", 130), [](AttentionCase &c) { c.depth = c.valueDepth = 128; });
  add(makeCase("tf32_sliding", 140, 140), [](AttentionCase &c) {
    c.left = 70;
    c.right = 0;
  });
  add(makeCausal("tf32_nan_value", 128), [](AttentionCase &c) { c.nanValueRow = 100; });
  add(makeCausal("tf32_levels", 100), [](AttentionCase &c) {
    c.ranks = {8, 26, 30};
    c.blocks = {0, 96, 24};
    c.levelScales = {0.5, 1.0, 2.0};
    c.isMean = true;
  });
  return cases;
}

/// What the scalar kernel takes: a query per thread.
static std::vector<AttentionCase> getScalarCases() {
  std::vector<AttentionCase> cases;
  auto add = [&](AttentionCase test, const char *element, auto change) {
    test.element = element;
    test.onTensorCores = false;
    test.depth = 20;
    test.valueDepth = 12;
    change(test);
    cases.push_back(test);
  };
  auto same = [](AttentionCase &) {};
  add(makeCausal("scalar_f32", 70), "f32", [](AttentionCase &c) { c.heads = 2; });
  add(makeCausal("scalar_static", 64), "f32", [](AttentionCase &c) { c.isDynamic = false; });
  add(makeCausal("scalar_f64", 50), "f64", same);
  add(makeCase("scalar_f16", 30, 45), "f16", same);
  add(makeCase("scalar_bf16", 30, 45), "bf16", same);
  add(makeCase("scalar_wide", 3, 20), "f32", [](AttentionCase &c) {
    c.depth = 512;
    c.valueDepth = 320;
    c.scale = 0.04;
  });
  add(makeCase("scalar_one", 1, 1), "f32", [](AttentionCase &c) { c.depth = c.valueDepth = 1; });
  add(makeCase("scalar_no_key", 5, 0), "f32", same);
  add(makeCase("scalar_rows_without_pairs", 60, 30), "f32", [](AttentionCase &c) {
    c.left = 10;
    c.right = 0;
  });
  add(makeCase("scalar_grouped_heads", 20, 33), "f64", [](AttentionCase &c) {
    c.batch = 2;
    c.heads = 6;
    c.group = 3;
  });
  add(makeCausal("scalar_nan_value", 40), "f32", [](AttentionCase &c) { c.nanValueRow = 25; });
  add(makeCausal("scalar_levels", 150), "f32", [](AttentionCase &c) {
    c.ranks = {8, 7, 5};
    c.blocks = {0, 96, 24};
    c.levelScales = {0.5, 1.0, 2.0};
    c.isMean = true;
  });
  return cases;
}

namespace {
class EmulatedAttentionTest : public testing::TestWithParam<AttentionCase> {};
} // namespace

TEST_P(EmulatedAttentionTest, MatchesFormula) {
  expectMatch(GetParam(), "sm_80", {1, 2, 3});
}

INSTANTIATE_TEST_SUITE_P(Cases, EmulatedAttentionTest, testing::ValuesIn(getCases()),
                         [](const auto &info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(TF32Cases, EmulatedAttentionTest, testing::ValuesIn(getTF32Cases()),
                         [](const auto &info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(ScalarCases, EmulatedAttentionTest, testing::ValuesIn(getScalarCases()),
                         [](const auto &info) { return info.param.name; });
