//===- CompiledKernelTest.cpp - A kernel that LLVM compiled -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the text that LLVM's NVPTX back end made of Inputs/softmax.cu: calls,
// local memory, shuffles and barriers in a function, a switch, atomics.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/FloatFormats.h"
#include "sattn/PTX/Machine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir::sattn::ptx;

namespace {
constexpr unsigned rows = 3, columns = 777;

struct Softmax {
  std::vector<float> in;
  std::vector<uint8_t> kinds;
  std::vector<uint16_t> out;
  std::vector<double> totals;
  std::vector<int32_t> counts;

  Softmax()
      : in(rows * columns), kinds(columns), out(rows * columns), totals(rows),
        counts(rows) {
    Random random(7);
    for (float &value : in)
      value = float(random.below(1000)) / 250 - 2;
    for (uint8_t &kind : kinds)
      kind = random.below(4);
  }

  /// The score of a column, as the kernel's source says.
  double getScore(unsigned row, unsigned column) const {
    double x = in[row * columns + column];
    switch (kinds[column]) {
    case 0:
      return x;
    case 1:
      return -INFINITY;
    case 2:
      return 2 * x;
    default:
      return -x;
    }
  }

  llvm::Expected<LaunchStatistics> run(const LaunchOptions &options);
};
} // namespace

llvm::Expected<LaunchStatistics> Softmax::run(const LaunchOptions &options) {
  auto text = llvm::MemoryBuffer::getFile(SATTN_PTX_INPUTS "/softmax.ptx");
  if (!text)
    return llvm::createStringError("no softmax.ptx");
  auto module = parseModule((*text)->getBuffer());
  if (!module)
    return module.takeError();
  GlobalMemory memory;
  memory.add(in.data(), in.size() * sizeof(float), /*readOnly=*/true);
  memory.add(kinds.data(), kinds.size(), /*readOnly=*/true);
  memory.add(out.data(), out.size() * sizeof(uint16_t));
  memory.add(totals.data(), totals.size() * sizeof(double));
  memory.add(counts.data(), counts.size() * sizeof(int32_t));
  auto program = Program::create(std::move(*module), memory);
  if (!program)
    return program.takeError();
  const void *pointers[] = {in.data(), kinds.data(), out.data(), totals.data(),
                            counts.data()};
  int32_t width = columns;
  const void *parameters[] = {&pointers[0], &pointers[1], &pointers[2],
                              &pointers[3], &pointers[4], &width};
  LaunchConfig config;
  config.grid.x = rows;
  config.block.x = 128;
  config.parameters = parameters;
  return Machine::launch(**program, "softmax", config, options);
}

TEST(PTXCompiledKernel, softmaxAgreesWithTheHost) {
  for (uint64_t seed = 1; seed < 4; ++seed) {
    Softmax softmax;
    LaunchOptions options;
    options.seed = seed;
    auto statistics = softmax.run(options);
    ASSERT_TRUE(bool(statistics)) << llvm::toString(statistics.takeError());
    EXPECT_EQ(statistics->blocks, rows);
    for (unsigned row = 0; row < rows; ++row) {
      double most = -INFINITY, sum = 0;
      int kept = 0;
      for (unsigned i = 0; i < columns; ++i) {
        most = std::max(most, softmax.getScore(row, i));
        kept += softmax.kinds[i] != 1;
      }
      for (unsigned i = 0; i < columns; ++i)
        sum += std::exp(softmax.getScore(row, i) - most);
      EXPECT_EQ(softmax.counts[row], kept);
      EXPECT_NEAR(softmax.totals[row], columns / sum, 1e-5 * columns / sum);
      for (unsigned i = 0; i < columns; ++i)
        EXPECT_NEAR(halfToFloat(softmax.out[row * columns + i]),
                    std::exp(softmax.getScore(row, i) - most) / sum, 1e-5);
    }
  }
}

TEST(PTXCompiledKernel, aShortBufferIsReported) {
  Softmax softmax;
  softmax.totals.resize(rows - 1);
  auto statistics = softmax.run(LaunchOptions());
  ASSERT_FALSE(bool(statistics));
  std::string error = llvm::toString(statistics.takeError());
  EXPECT_NE(error.find("global memory access of 8 bytes"), std::string::npos)
      << error;
  EXPECT_NE(error.find("of block (2, 0, 0), warp 0: st.global.b64"),
            std::string::npos)
      << error;
}
