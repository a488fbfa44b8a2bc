//===- EmulatedAttention.cpp - Attention by emulated kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedAttention.h"
#include "KernelArguments.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "sattn/Execution/PTXGeneration.h"
#include "sattn/InitAll.h"
#include "sattn/PTX/FloatFormats.h"
#include "sattn/PTX/Machine.h"
#include "sattn/PTX/Module.h"
#include "sattn/Target/NVTarget.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static unsigned getBytes(StringRef element) {
  return element == "f64" ? 8 : element == "f32" ? 4 : 2;
}

static ptx::FloatFormat getHalfFormat(StringRef element) {
  return element == "bf16" ? ptx::bfloatFormat : ptx::halfFormat;
}

static void encode(StringRef element, double value, uint8_t *bytes) {
  float single = float(value);
  if (element == "f64")
    std::memcpy(bytes, &value, sizeof(value));
  else if (element == "f32")
    std::memcpy(bytes, &single, sizeof(single));
  else {
    auto bits = uint16_t(
        ptx::roundToFormat(value, getHalfFormat(element), ptx::Rounding::NearestEven));
    std::memcpy(bytes, &bits, sizeof(bits));
  }
}

static double decode(StringRef element, const uint8_t *bytes) {
  if (element == "f64") {
    double value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }
  if (element == "f32") {
    float value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return ptx::formatToFloat(bits, getHalfFormat(element));
}

namespace {
/// A tensor of rank 4 as the kernel and as the reference see it.
struct TestTensor {
  std::vector<int64_t> shape;
  std::string element;
  std::vector<uint8_t> bytes;
  std::vector<double> values;

  TestTensor(std::vector<int64_t> extents, std::string type, std::mt19937 &random)
      : shape(std::move(extents)), element(std::move(type)) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    values.resize(count);
    bytes.resize(count * getBytes(element));
    std::normal_distribution<double> normal;
    for (int64_t i = 0; i < count; ++i)
      set(i, normal(random));
  }
  void set(int64_t index, double value) {
    uint8_t *place = bytes.data() + index * getBytes(element);
    encode(element, value, place);
    values[index] = decode(element, place);
  }
  double get(int64_t b, int64_t h, int64_t row, int64_t column) const {
    return values[((b * shape[1] + h) * shape[2] + row) * shape[3] + column];
  }
};
} // namespace

/// The element type of the log-sum-exp.
static std::string getLseElement(const AttentionCase &test) {
  return test.element == "f64" ? "f64" : "f32";
}

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

/// Leading axes of a tensor on the query side; heads that share a key head have an
/// axis of their own.
static std::vector<int64_t> getQueryShape(const AttentionCase &test, ArrayRef<int64_t> tail) {
  std::vector<int64_t> shape = {test.batch, test.heads / test.group};
  if (test.group > 1)
    shape.push_back(test.group);
  shape.push_back(test.queries);
  shape.insert(shape.end(), tail.begin(), tail.end());
  return shape;
}

/// The width is static.
static std::string printTensor(const AttentionCase &test, ArrayRef<int64_t> shape, bool hasWidth,
                               StringRef element) {
  std::string text = "tensor<";
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    bool isWidth = hasWidth && axis + 1 == shape.size();
    text += (test.isDynamic && !isWidth ? "?" : std::to_string(extent)) + "x";
  }
  return text + element.str() + ">";
}

/// All digits.
static std::string printNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.17e", value);
  return text;
}

static std::string printStructure(const AttentionCase &test) {
  if (test.ranks.empty())
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "structure #sattn.levels<ranks = [";
  llvm::interleaveComma(test.ranks, os);
  os << "], blocks = [";
  llvm::interleaveComma(test.blocks, os, [&](int64_t block) {
    if (block == 0)
      os << '*';
    else
      os << block;
  });
  os << "]";
  if (!test.levelScales.empty()) {
    os << ", scales = [";
    llvm::interleaveComma(test.levelScales, os, [&](double scale) { os << printNumber(scale); });
    os << "]";
  }
  os << (test.isMean ? ", mean>" : ">");
  return text;
}

static std::string printProgram(const AttentionCase &test) {
  const std::string &element = test.element;
  int64_t keyHeads = test.heads / test.group;
  std::string q = printTensor(test, getQueryShape(test, {test.depth}), true, element);
  std::string k = printTensor(test, {test.batch, keyHeads, test.keys, test.depth}, true, element);
  std::string v =
      printTensor(test, {test.batch, keyHeads, test.keys, test.valueDepth}, true, element);
  std::string o = printTensor(test, getQueryShape(test, {test.valueDepth}), true, element);
  std::string l = printTensor(test, getQueryShape(test, {}), false, getLseElement(test));
  std::string window;
  auto print = [](std::optional<int64_t> bound) { return bound ? std::to_string(*bound) : "*"; };
  if (test.left || test.right)
    window = "window <" + print(test.left) + ", " + print(test.right) + ">";
  std::string offset =
      test.queryOffset != 0 || (!test.isDynamic && test.queries != test.keys)
          ? "query_offset(%offset : index)"
          : "";
  std::string types = o + ", " + l;
  std::string dims =
      test.group > 1 ? " dims(b g h m r, b g n r, b g n e -> b g h m e)" : "";
  return "func.func @attention(%q: " + q + ", %k: " + k + ", %v: " + v + ", %o: " + o +
         ", %l: " + l + ") -> (" + types + ") {\n" +
         "  %offset = arith.constant " + std::to_string(test.queryOffset) + " : index\n" +
         "  %r:2 = sattn.attention query(%q : " + q + ") key(%k : " + k + ") value(%v : " + v +
         ") scale " + printNumber(test.scale) + (test.isTF32 ? " precision tf32 " : " ") +
         printStructure(test) + " " + window + " " + offset + " outs(%o, %l : " + types + ")" +
         dims + " -> " + types + "\n" + "  return %r#0, %r#1 : " + types + "\n}\n";
}

namespace {
struct CompiledKernel {
  std::string text, error;
  LaunchRecipe recipe;
};
} // namespace

static CompiledKernel compile(const AttentionCase &test, const std::string &target) {
  CompiledKernel kernel;
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  registerPTXGeneration(registry);
  MLIRContext context(registry);
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      kernel.error += diagnostic.str() + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(printProgram(test), &context);
  if (!module)
    return kernel;
  FailureOr<std::string> text = lowerToPTX(*module, target);
  if (failed(text))
    return kernel;
  kernel.text = *text;
  kernel.recipe = readLaunch(*module);
  kernel.error = kernel.recipe.error;
  return kernel;
}

//===----------------------------------------------------------------------===//
// Reference
//===----------------------------------------------------------------------===//

static double getScore(const AttentionCase &test, const TestTensor &q, const TestTensor &k,
                       int64_t b, int64_t h, int64_t m, int64_t n) {
  int64_t i = m + test.queryOffset, column = 0, active = 0;
  double sum = 0;
  std::vector<int64_t> ranks = test.ranks, blocks = test.blocks;
  if (ranks.empty()) {
    ranks = {test.depth};
    blocks = {0};
  }
  for (size_t level = 0; level < ranks.size(); ++level) {
    if (blocks[level] != 0 && i / blocks[level] != n / blocks[level])
      break;
    double factor = test.levelScales.empty() ? 1.0 : test.levelScales[level];
    for (int64_t end = column + ranks[level]; column < end; ++column)
      sum += factor * q.get(b, h, m, column) * k.get(b, h / test.group, n, column);
    ++active;
  }
  return test.scale * (test.isMean ? sum / double(active) : sum);
}

static bool isPresent(const AttentionCase &test, int64_t m, int64_t n) {
  int64_t i = m + test.queryOffset;
  return (!test.left || i - *test.left <= n) && (!test.right || n <= i + *test.right);
}

/// One row of the output; its log-sum-exp is returned.
static double computeRow(const AttentionCase &test, const TestTensor &q, const TestTensor &k,
                         const TestTensor &v, int64_t b, int64_t h, int64_t m, double *output) {
  std::vector<std::pair<int64_t, double>> scores;
  double largest = -INFINITY, sum = 0;
  for (int64_t n = 0; n < test.keys; ++n)
    if (isPresent(test, m, n)) {
      scores.emplace_back(n, getScore(test, q, k, b, h, m, n));
      largest = std::max(largest, scores.back().second);
    }
  std::fill(output, output + test.valueDepth, 0.0);
  for (auto [n, score] : scores) {
    double weight = std::exp(score - largest);
    sum += weight;
    for (int64_t e = 0; e < test.valueDepth; ++e)
      output[e] += weight * v.get(b, h / test.group, n, e);
  }
  for (int64_t e = 0; e < test.valueDepth && sum > 0; ++e)
    output[e] /= sum;
  return sum > 0 ? largest + std::log(sum) : -INFINITY;
}

//===----------------------------------------------------------------------===//
// Run
//===----------------------------------------------------------------------===//

/// Blocks along the three axes of the grid: see `sattn-nv-outline` and, without tensor
/// cores, `sattn-nv-map-threads`.
static ptx::Dim3 getGrid(const AttentionCase &test, const NVTarget &target,
                         const LaunchRecipe &recipe) {
  int64_t rows = test.batch * test.heads * test.queries;
  if (!test.onTensorCores)
    return {uint32_t(llvm::divideCeil(rows, recipe.numThreads)), 1, 1};
  NVTiles tiles = *selectNVTiles(target, test.depth, test.valueDepth, getBytes(test.element));
  int64_t inner = test.group > 1 ? test.group : test.heads;
  return {uint32_t(llvm::divideCeil(test.queries, tiles.query)), uint32_t(inner),
          uint32_t(test.batch * test.heads / inner)};
}

static std::string launch(const AttentionCase &test, const CompiledKernel &kernel,
                          const NVTarget &target, const KernelArguments &arguments,
                          ptx::GlobalMemory &memory, uint64_t seed) {
  llvm::Expected<std::unique_ptr<ptx::Module>> module = ptx::parseModule(kernel.text);
  if (!module)
    return llvm::toString(module.takeError());
  llvm::Expected<std::unique_ptr<ptx::Program>> program =
      ptx::Program::create(std::move(*module), memory);
  if (!program)
    return llvm::toString(program.takeError());
  std::vector<const void *> parameters = arguments.get();
  ptx::LaunchConfig config;
  config.grid = getGrid(test, target, kernel.recipe);
  config.block = {kernel.recipe.numThreads, 1, 1};
  config.dynamicSharedBytes = kernel.recipe.sharedBytes;
  config.parameters = parameters;
  ptx::LaunchOptions options;
  options.seed = seed;
  options.asynchrony = seed % 3 == 0   ? ptx::Asynchrony::Late
                       : seed % 3 == 1 ? ptx::Asynchrony::Random
                                       : ptx::Asynchrony::Early;
  llvm::Expected<ptx::LaunchStatistics> statistics =
      ptx::Machine::launch(**program, "attention", config, options);
  return statistics ? "" : llvm::toString(statistics.takeError());
}

/// Compares with the reference, row by row.
static void compare(const AttentionCase &test, const TestTensor &q, const TestTensor &k,
                    const TestTensor &v, ArrayRef<uint8_t> output, ArrayRef<uint8_t> lse,
                    EmulatedResult &result) {
  auto read = [](const std::string &element, ArrayRef<uint8_t> bytes, size_t index) {
    return decode(element, bytes.data() + index * getBytes(element));
  };
  double difference = 0, norm = 0;
  std::vector<double> expected(test.valueDepth);
  size_t row = 0;
  for (int64_t b = 0; b < test.batch; ++b)
    for (int64_t h = 0; h < test.heads; ++h)
      for (int64_t m = 0; m < test.queries; ++m, ++row) {
        double expectedLse = computeRow(test, q, k, v, b, h, m, expected.data());
        double actualLse = read(getLseElement(test), lse, row);
        if (std::isfinite(expectedLse))
          result.lseError = std::max(result.lseError, std::fabs(actualLse - expectedLse));
        else
          result.numWrongNonFinite += std::isfinite(actualLse);
        for (int64_t e = 0; e < test.valueDepth; ++e) {
          double value = read(test.element, output, row * test.valueDepth + e);
          if (std::isfinite(value) != std::isfinite(expected[e]))
            ++result.numWrongNonFinite;
          else if (std::isfinite(value)) {
            difference += (value - expected[e]) * (value - expected[e]);
            norm += expected[e] * expected[e];
          }
        }
      }
  result.outputError = norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
}

/// Runs the compiled kernel on data that `seed` decides.
static EmulatedResult runOnce(const AttentionCase &test, const CompiledKernel &kernel,
                              const NVTarget &target, uint64_t seed) {
  EmulatedResult result;
  std::mt19937 random(seed);
  int64_t keyHeads = test.heads / test.group;
  const std::string &element = test.element;
  TestTensor q({test.batch, test.heads, test.queries, test.depth}, element, random);
  TestTensor k({test.batch, keyHeads, test.keys, test.depth}, element, random);
  TestTensor v({test.batch, keyHeads, test.keys, test.valueDepth}, element, random);
  if (test.nanValueRow)
    v.set(*test.nanValueRow * test.valueDepth, NAN);
  int64_t numRows = test.batch * test.heads * test.queries;
  std::vector<uint8_t> output(numRows * test.valueDepth * getBytes(element));
  std::vector<uint8_t> lse(numRows * getBytes(getLseElement(test)));

  ptx::GlobalMemory memory;
  auto getHostTensor = [&](std::vector<uint8_t> &bytes, std::vector<int64_t> shape,
                           const std::string &type) {
    return HostTensor{bytes.data(), std::move(shape), getBytes(type), type == "bf16"};
  };
  KernelArguments arguments(
      kernel.recipe,
      {getHostTensor(q.bytes, getQueryShape(test, {test.depth}), element),
       getHostTensor(k.bytes, k.shape, element), getHostTensor(v.bytes, v.shape, element),
       getHostTensor(output, getQueryShape(test, {test.valueDepth}), element),
       getHostTensor(lse, getQueryShape(test, {}), getLseElement(test))},
      memory);
  result.error = arguments.error;
  if (result.error.empty())
    result.error = launch(test, kernel, target, arguments, memory, seed);
  if (result.error.empty())
    compare(test, q, k, v, output, lse, result);
  return result;
}

std::vector<EmulatedResult> mlir::sattn::runEmulated(const AttentionCase &test,
                                                     const std::string &target,
                                                     const std::vector<uint64_t> &seeds) {
  CompiledKernel kernel = compile(test, target);
  std::vector<EmulatedResult> results(seeds.size());
  for (auto [result, seed] : llvm::zip_equal(results, seeds))
    if (kernel.error.empty())
      result = runOnce(test, kernel, *findNVTarget(target), seed);
    else
      result.error = kernel.error;
  return results;
}

//===----------------------------------------------------------------------===//
// Expectations
//===----------------------------------------------------------------------===//

AttentionCase mlir::sattn::makeCase(const char *name, int64_t queries, int64_t keys) {
  AttentionCase test;
  test.name = name;
  test.queries = queries;
  test.keys = keys;
  return test;
}

AttentionCase mlir::sattn::makeCausal(const char *name, int64_t length) {
  AttentionCase test = makeCase(name, length, length);
  test.right = 0;
  return test;
}

/// Rounding an operand to 10 bits behind the leading one has an error of at
/// most 2^-11 of the leading one, uniformly distributed: its root mean square
/// is 2^-11 / sqrt(3). Each of the `depth` products of a score has two, and so
/// has a product of weight and value.
static double getTF32Bound(const AttentionCase &test) {
  double rounding = std::ldexp(1.0, -11) / std::sqrt(3.0);
  double score = std::abs(test.scale) * std::sqrt(2.0 * double(test.depth)) * rounding;
  // Twice what is expected, with the relative error of a weight that of its
  // score.
  return 2 * std::sqrt(score * score + 2 * rounding * rounding);
}

static double getOutputBound(const AttentionCase &test) {
  if (test.element == "f64")
    return 1e-13;
  if (test.isTF32)
    return getTF32Bound(test);
  if (test.element == "f32")
    return 3e-6;
  // Twice the rounding of weights and output to 16 bits.
  return test.element == "bf16" ? 5e-3 : 6e-4;
}

static double getLseBound(const AttentionCase &test) {
  if (test.element == "f64")
    return 1e-13;
  // The largest of the errors of many rows.
  if (test.isTF32)
    return 4 * getTF32Bound(test);
  // On tensor cores factors that differ between columns are rounded into the
  // query.
  return test.levelScales.empty() || !test.onTensorCores ? 4e-6 : 1e-4;
}

void mlir::sattn::expectMatch(const AttentionCase &test, const std::string &target,
                              const std::vector<uint64_t> &seeds) {
  for (const EmulatedResult &result : runEmulated(test, target, seeds)) {
    ASSERT_EQ(result.error, "");
    EXPECT_LE(result.outputError, getOutputBound(test));
    EXPECT_LE(result.lseError, getLseBound(test));
    EXPECT_EQ(result.numWrongNonFinite, 0);
  }
}
