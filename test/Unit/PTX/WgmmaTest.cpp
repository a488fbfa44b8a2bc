//===- WgmmaTest.cpp - Tests of wgmma -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One warp-group multiplies small integers, so that every result is exact. The
// operands are laid out in shared memory by the host, by the formulas below,
// which follow the figures of the PTX ISA ("Shared Memory Matrix Layout").
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"
#include "KernelRunner.h"

using namespace mlir::sattn::ptx;

namespace {

//===----------------------------------------------------------------------===//
// Operands in shared memory
//===----------------------------------------------------------------------===//

/// How an operand lies in shared memory: rows of `span` bytes (0: core matrices
/// of 8 x 16 bytes), contiguous along K or along M/N.
struct Layout {
  unsigned span = 128;
  bool mnMajor = false;

  unsigned getMode() const {
    return span == 128 ? 1 : span == 64 ? 2 : span == 32 ? 3 : 0;
  }
  /// Bytes of a tile of `extent` (M or N) by 32 bytes of K.
  unsigned getBytes(unsigned extent, unsigned bytes) const {
    if (span == 0)
      return extent * 32;
    if (!mnMajor)
      return extent * span;
    return (extent * bytes + span - 1) / span * 16 * span;
  }
  unsigned getLeading(unsigned extent) const {
    if (span == 0)
      return mnMajor ? 128 : extent * 16;
    return mnMajor ? 16 * span : 0;
  }
  unsigned getStride() const {
    if (span == 0)
      return mnMajor ? 256 : 128;
    return 8 * span;
  }
  /// Offset of element (mn, k) of `bytes` in a tile aligned to 1024.
  unsigned getOffset(unsigned mn, unsigned k, unsigned bytes,
                     unsigned extent) const {
    if (span == 0) {
      // Core matrices: 8 rows of 16 bytes.
      if (mnMajor)
        return mn * bytes / 16 * 256 + k / 8 * 128 + k % 8 * 16 +
               mn * bytes % 16;
      return k * bytes / 16 * extent * 16 + mn / 8 * 128 + mn % 8 * 16 +
             k * bytes % 16;
    }
    unsigned offset =
        mnMajor ? mn * bytes / span * 16 * span + k * span + mn * bytes % span
                : mn * span + k * bytes;
    // Bits 4 to 6 ^= bits 7 to 9, as many as the span has.
    return offset ^ (offset >> 3 & (span - 16));
  }
};

int valueA(unsigned m, unsigned k) { return int(m * 3 + k * 5) % 7 - 3; }
int valueB(unsigned k, unsigned n) { return int(k * 2 + n * 3) % 5 - 2; }
int valueD(unsigned m, unsigned n) { return int(m + n * 2) % 9 - 4; }

/// One form of wgmma.mma_async.
struct Wgmma {
  unsigned columns = 64;
  MatrixElement element = MatrixElement::F16, result = MatrixElement::F32;
  Layout a, b;
  bool aInRegisters = false;
  int scaleA = 1, scaleB = 1;
  /// scale-d: an immediate, or the predicate %p7.
  std::string scaleD = "1";
  bool accumulate = true;

  unsigned getBytes() const { return getMatrixElementBytes(element); }
  unsigned getDepth() const { return 32 / getBytes(); }
  std::string getName() const {
    const char *type = element == MatrixElement::F16    ? "f16"
                       : element == MatrixElement::BF16 ? "bf16"
                                                        : "tf32";
    return "wgmma.mma_async.sync.aligned.m64n" + std::to_string(columns) + "k" +
           std::to_string(getDepth()) +
           (result == MatrixElement::F32 ? ".f32." : ".f16.") + type + "." +
           type;
  }
  bool isF32() const { return result == MatrixElement::F32; }
  unsigned getRegisters() const { return columns / (isF32() ? 2 : 4); }
  unsigned getBOffset() const {
    return (a.getBytes(64, getBytes()) + 1023) & ~1023u;
  }
  unsigned getSharedBytes() const {
    return (getBOffset() + b.getBytes(columns, getBytes()) + 2047) & ~2047u;
  }
  /// Both operands as shared memory holds them.
  std::vector<uint8_t> makeShared() const {
    std::vector<uint8_t> bytes(getSharedBytes());
    auto put = [&](unsigned offset, int value) {
      uint32_t bits = encodeInteger(element, value);
      std::memcpy(bytes.data() + offset, &bits, getBytes());
    };
    for (unsigned k = 0; k != getDepth(); ++k) {
      for (unsigned m = 0; m != 64; ++m)
        put(a.getOffset(m, k, getBytes(), 64), valueA(m, k));
      for (unsigned n = 0; n != columns; ++n)
        put(getBOffset() + b.getOffset(n, k, getBytes(), columns),
            valueB(k, n));
    }
    return bytes;
  }
};

//===----------------------------------------------------------------------===//
// Pieces of kernels
//===----------------------------------------------------------------------===//

/// 128 threads copy `bytes` from %a0 to shared memory.
std::string fillShared(unsigned bytes) {
  std::string text = "mov.u32 %r40, smem;\nmad.lo.u32 %r41, %tid, 16, %r40;\n"
                     "mad.wide.u32 %d0, %tid, 16, %a0;\n";
  for (unsigned i = 0; i < bytes; i += 2048) {
    std::string at = "+" + std::to_string(i) + "]";
    text += "ld.global.v4.b32 {%r42, %r43, %r44, %r45}, [%d0" + at +
            ";\nst.shared.v4.b32 [%r41" + at + ", {%r42, %r43, %r44, %r45};\n";
  }
  return text;
}

const char *kProxyFence = "fence.proxy.async;\n";
const char *kBarrier = "bar.sync 0;\n";
const char *kFence = "wgmma.fence.sync.aligned;\n";
const char *kCommit = "wgmma.commit_group.sync.aligned;\n";
const char *kWait = "wgmma.wait_group.sync.aligned 0;\n";

/// `reg` = the descriptor of the operand at `offset` of shared memory.
std::string makeDescriptor(const std::string &reg, unsigned offset,
                           const Layout &layout, unsigned extent) {
  uint64_t high = uint64_t(layout.getLeading(extent) >> 4) << 16 |
                  uint64_t(layout.getStride() >> 4) << 32 |
                  uint64_t(layout.getMode()) << 62;
  return "add.u32 %r46, %r40, " + std::to_string(offset) +
         ";\nshr.u32 %r46, %r46, 4;\ncvt.u64.u32 " + reg + ", %r46;\nor.b64 " +
         reg + ", " + reg + ", " + std::to_string(int64_t(high)) + ";\n";
}

std::string makeDescriptors(const Wgmma &wgmma) {
  return makeDescriptor("%d1", 0, wgmma.a, 64) +
         makeDescriptor("%d2", wgmma.getBOffset(), wgmma.b, wgmma.columns);
}

std::string makeMma(const Wgmma &wgmma) {
  std::string text =
      wgmma.getName() + " " +
      listRegisters(wgmma.isF32() ? "f" : "r", 0, wgmma.getRegisters()) + ", " +
      (wgmma.aInRegisters ? listRegisters("r", 48, 4) : "%d1") + ", %d2, " +
      wgmma.scaleD + ", " + std::to_string(wgmma.scaleA) + ", " +
      std::to_string(wgmma.scaleB);
  if (wgmma.getBytes() == 2) {
    if (!wgmma.aInRegisters)
      text += wgmma.a.mnMajor ? ", 1" : ", 0";
    text += wgmma.b.mnMajor ? ", 1" : ", 0";
  }
  return text + ";\n";
}

/// Everything in front of the product: data, descriptors, the accumulators from
/// %a1, A from %a3 where it is in registers.
std::string prepare(const Wgmma &wgmma) {
  return fillShared(wgmma.getSharedBytes()) + kProxyFence + kBarrier +
         makeDescriptors(wgmma) +
         moveRegisters(true, wgmma.isF32() ? "f" : "r", 0, wgmma.getRegisters(),
                       1) +
         (wgmma.aInRegisters ? moveRegisters(true, "r", 48, 4, 3) : "") +
         "setp.ne.u32 %p7, %tid, %tid;\n";
}

std::string store(const Wgmma &wgmma) {
  return moveRegisters(false, wgmma.isF32() ? "f" : "r", 0,
                       wgmma.getRegisters(), 2);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Row and column of element `index` of a thread in D: the figure of the
/// accumulator ("WGMMA .m64nNk16 register fragment layout for accumulator").
std::pair<unsigned, unsigned> getDPosition(unsigned thread, unsigned index) {
  unsigned warp = thread / 32, lane = thread % 32;
  return {16 * warp + lane / 4 + (index / 2 % 2 ? 8 : 0),
          8 * (index / 4) + lane % 4 * 2 + index % 2};
}

std::vector<uint32_t> makeAccumulators(const Wgmma &wgmma) {
  std::vector<uint32_t> words(128 * wgmma.getRegisters());
  for (unsigned thread = 0; thread != 128; ++thread)
    for (unsigned i = 0; i != wgmma.columns / 2; ++i) {
      auto [row, column] = getDPosition(thread, i);
      uint32_t bits = encodeInteger(wgmma.result, valueD(row, column));
      if (wgmma.isF32())
        words[thread * wgmma.getRegisters() + i] = bits;
      else
        words[thread * wgmma.getRegisters() + i / 2] |= bits << (i % 2 * 16);
    }
  return words;
}

/// A as the figure of its register fragment says.
std::vector<uint32_t> makeARegisters(const Wgmma &wgmma) {
  std::vector<uint32_t> words(128 * 4);
  bool half = wgmma.getBytes() == 2;
  for (unsigned thread = 0; thread != 128; ++thread)
    for (unsigned i = 0; i != (half ? 8 : 4); ++i) {
      unsigned lane = thread % 32, group = lane / 4, inGroup = lane % 4;
      unsigned row = thread / 32 * 16 + group, column;
      if (half) {
        row += i / 2 % 2 * 8;
        column = inGroup * 2 + i % 2 + (i >= 4 ? 8 : 0);
      } else {
        row += i % 2 * 8;
        column = inGroup + (i >= 2 ? 4 : 0);
      }
      uint32_t bits = encodeInteger(wgmma.element, valueA(row, column));
      if (half)
        words[thread * 4 + i / 2] |= bits << (i % 2 * 16);
      else
        words[thread * 4 + i] = bits;
    }
  return words;
}

void check(const Wgmma &wgmma, Asynchrony asynchrony = Asynchrony::Late) {
  SCOPED_TRACE(wgmma.getName() + " a " + std::to_string(wgmma.a.span) + " " +
               std::to_string(wgmma.a.mnMajor) + " b " +
               std::to_string(wgmma.b.span) + " " +
               std::to_string(wgmma.b.mnMajor));
  std::vector<uint8_t> shared = wgmma.makeShared();
  std::vector<uint32_t> accumulators = makeAccumulators(wgmma);
  std::vector<uint32_t> result(accumulators.size()), a = makeARegisters(wgmma);
  KernelRunner runner;
  runner.options.asynchrony = asynchrony;
  runner.add(shared).add(accumulators).add(result).add(a);
  ASSERT_EQ(runner.run(prepare(wgmma) + kFence + makeMma(wgmma) + kCommit +
                           kWait + store(wgmma),
                       128, wgmma.getSharedBytes()),
            "");
  unsigned wrong = 0;
  for (unsigned thread = 0; thread != 128; ++thread)
    for (unsigned i = 0; i != wgmma.columns / 2; ++i) {
      auto [row, column] = getDPosition(thread, i);
      int sum = wgmma.accumulate ? valueD(row, column) : 0;
      for (unsigned k = 0; k != wgmma.getDepth(); ++k)
        sum += wgmma.scaleA * wgmma.scaleB * valueA(row, k) * valueB(k, column);
      unsigned at = thread * wgmma.getRegisters();
      float value =
          wgmma.isF32()
              ? detail::toFloat(result[at + i])
              : decodeF16(uint16_t(result[at + i / 2] >> (i % 2 * 16)));
      wrong += value != float(sum);
    }
  EXPECT_EQ(wrong, 0u);
}

constexpr unsigned kSpans[] = {0, 32, 64, 128};

TEST(PTXWgmmaTest, KMajor) {
  for (unsigned span : kSpans) {
    Wgmma wgmma;
    wgmma.a.span = wgmma.b.span = span;
    check(wgmma);
    wgmma.element = MatrixElement::BF16;
    check(wgmma);
    wgmma.element = MatrixElement::TF32;
    check(wgmma);
  }
}

TEST(PTXWgmmaTest, MNMajor) {
  for (unsigned span : kSpans) {
    Wgmma wgmma;
    wgmma.b.span = span;
    wgmma.b.mnMajor = true;
    check(wgmma);
    wgmma.columns = 128;
    check(wgmma);
    wgmma.a.span = span;
    wgmma.a.mnMajor = true;
    check(wgmma);
  }
}

TEST(PTXWgmmaTest, Columns) {
  for (unsigned columns : {8, 24, 104, 256}) {
    Wgmma wgmma;
    wgmma.columns = columns;
    check(wgmma);
    wgmma.result = MatrixElement::F16;
    wgmma.columns = columns == 256 ? 160 : columns;
    check(wgmma);
  }
}

TEST(PTXWgmmaTest, AInRegisters) {
  for (MatrixElement element :
       {MatrixElement::F16, MatrixElement::BF16, MatrixElement::TF32}) {
    Wgmma wgmma;
    wgmma.element = element;
    wgmma.aInRegisters = true;
    check(wgmma);
  }
  Wgmma wgmma;
  wgmma.aInRegisters = true;
  wgmma.b.mnMajor = true;
  check(wgmma);
}

TEST(PTXWgmmaTest, Scales) {
  Wgmma wgmma;
  wgmma.scaleD = "0";
  wgmma.accumulate = false;
  check(wgmma);
  wgmma.scaleD = "%p7"; // false
  check(wgmma);
  wgmma.scaleD = "1";
  wgmma.accumulate = true;
  wgmma.scaleA = -1;
  check(wgmma);
  wgmma.scaleB = -1;
  check(wgmma);
  wgmma.scaleA = 1;
  check(wgmma);
}

TEST(PTXWgmmaTest, Asynchrony) {
  Wgmma wgmma;
  check(wgmma, Asynchrony::Early);
  check(wgmma, Asynchrony::Random);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// The error of a kernel whose body is `body` with the operands of `wgmma`.
std::string getError(const Wgmma &wgmma, const std::string &body,
                     unsigned threads = 128, uint64_t seed = 1) {
  std::vector<uint8_t> shared = wgmma.makeShared();
  std::vector<uint32_t> accumulators = makeAccumulators(wgmma);
  std::vector<uint32_t> result(accumulators.size() * 2);
  std::vector<uint32_t> a = makeARegisters(wgmma);
  KernelRunner runner;
  runner.options.seed = seed;
  runner.add(shared).add(accumulators).add(result).add(a);
  return runner.run(body, threads, wgmma.getSharedBytes());
}

TEST(PTXWgmmaTest, RegistersInFlight) {
  Wgmma wgmma;
  std::string start = prepare(wgmma) + kFence + makeMma(wgmma) + kCommit;
  expectError(getError(wgmma, start + "add.f32 %f100, %f0, %f1;\n" + kWait),
              "register %f0 is in flight: the wgmma.mma_async of line");
  expectError(getError(wgmma, start + "mov.f32 %f31, 0f00000000;\n" + kWait),
              "register %f31 is in flight");
  // The next shape uses the accumulators in another way.
  Wgmma narrow = wgmma;
  narrow.columns = 32;
  expectError(getError(wgmma, start + makeMma(narrow) + kCommit + kWait),
              "register %f0 is in flight");
  // One group more is allowed to be in flight than there are.
  expectError(getError(wgmma, start + "wgmma.wait_group.sync.aligned 1;\n" +
                                  store(wgmma) + kWait),
              "register %f0 is in flight");
  // Without the commit no group is waited for.
  expectError(getError(wgmma, prepare(wgmma) + kFence + makeMma(wgmma) + kWait +
                                  store(wgmma)),
              "register %f0 is in flight");
  Wgmma rs = wgmma;
  rs.aInRegisters = true;
  expectError(getError(rs, prepare(rs) + kFence + makeMma(rs) + kCommit +
                               "mov.b32 %r50, 0;\n" + kWait),
              "register %r50 is in flight");
}

TEST(PTXWgmmaTest, ProductsFollowEachOther) {
  Wgmma wgmma;
  std::string twice = prepare(wgmma) + kFence + makeMma(wgmma) +
                      makeMma(wgmma) + kCommit + kWait + store(wgmma);
  EXPECT_EQ(getError(wgmma, twice), "");
}

TEST(PTXWgmmaTest, Fences) {
  Wgmma wgmma;
  std::string end = makeMma(wgmma) + kCommit + kWait;
  expectError(getError(wgmma, prepare(wgmma) + end),
              "needs a wgmma.fence before the first wgmma");
  expectError(getError(wgmma, prepare(wgmma) + kFence +
                                  "add.f32 %f3, %f100, %f100;\n" + end),
              "register %f3 was accessed in line");
  expectError(getError(wgmma, prepare(wgmma) + kFence + end +
                                  "add.f32 %f100, %f5, %f5;\n" + end),
              "register %f5 was accessed in line");
  EXPECT_EQ(getError(wgmma, prepare(wgmma) + kFence + end +
                                "add.f32 %f100, %f5, %f5;\n" + kFence + end),
            "");
  // Copies stand where the compiler put them.
  EXPECT_EQ(getError(wgmma, prepare(wgmma) + kFence +
                                "mov.f32 %f3, 0f00000000;\n" + end),
            "");
}

TEST(PTXWgmmaTest, ProxyFence) {
  Wgmma wgmma;
  std::string fill = fillShared(wgmma.getSharedBytes());
  std::string end =
      makeDescriptors(wgmma) + kFence + makeMma(wgmma) + kCommit + kWait;
  EXPECT_EQ(getError(wgmma, fill + kProxyFence + kBarrier + end), "");
  std::string error = getError(wgmma, fill + kBarrier + end);
  expectError(error, "data race on shared");
  expectError(error, "st.shared.v4.b32");
  expectError(error, "wgmma.mma_async");
  // A fence without a barrier says nothing about what others wrote.
  EXPECT_NE(getError(wgmma, fill + kProxyFence + end), "");
}

TEST(PTXWgmmaTest, WritesWhileReading) {
  Wgmma wgmma;
  std::string start = prepare(wgmma) + kFence + makeMma(wgmma) + kCommit;
  std::string write = "st.shared.b32 [%r41], %tid;\n";
  expectError(getError(wgmma, start + write + kWait), "data race on shared");
  EXPECT_EQ(getError(wgmma, start + kWait + kBarrier + write), "");
}

/// A product is over for all warps when one of them has waited for it.
TEST(PTXWgmmaTest, OneWarpWaitsForAll) {
  Wgmma wgmma;
  std::string body = prepare(wgmma) + kFence + makeMma(wgmma) + kCommit +
                     kWait +
                     "setp.ge.u32 %p1, %tid, 32;\n@%p1 bra DONE;\n"
                     "st.shared.b32 [%r41], %tid;\nDONE:\n" +
                     store(wgmma);
  for (uint64_t seed = 1; seed != 6; ++seed)
    EXPECT_EQ(getError(wgmma, body, 128, seed), "");
}

/// The end of one warp-group's product says nothing about the other one's.
TEST(PTXWgmmaTest, TwoWarpgroupsReadOneTile) {
  Wgmma wgmma;
  wgmma.scaleD = "0";
  std::string start = "setp.ge.u32 %p1, %tid, 128;\n@%p1 bra FILLED;\n" +
                      fillShared(wgmma.getSharedBytes()) + kProxyFence +
                      "FILLED:\nmov.u32 %r40, smem;\n" + kBarrier +
                      makeDescriptors(wgmma) + kFence + makeMma(wgmma) +
                      kCommit + kWait;
  std::string end = "@%p1 bra DONE;\nst.shared.b32 [%r41], %tid;\nDONE:\n";
  for (uint64_t seed = 1; seed != 6; ++seed) {
    expectError(getError(wgmma, start + end, 256, seed), "data race on shared");
    EXPECT_EQ(getError(wgmma, start + kBarrier + end, 256, seed), "");
  }
}

TEST(PTXWgmmaTest, Warps) {
  Wgmma wgmma;
  std::string start = prepare(wgmma) + kFence;
  std::string end = makeMma(wgmma) + kCommit + kWait;
  expectError(getError(wgmma, "setp.ge.u32 %p1, %tid, 32;\n" + start +
                                  "@%p1 bra DONE;\n" + end + "DONE:\n"),
              "other warps of the warp-group have not issued");
  expectError(getError(wgmma, start +
                                  "shr.u32 %r47, %tid, 5;\n"
                                  "cvt.u64.u32 %d3, %r47;\n"
                                  "add.u64 %d2, %d2, %d3;\n" +
                                  end),
              "expected the same descriptors and scale-d in all warps");
  expectError(getError(wgmma, start +
                                  "cvt.u64.u32 %d3, %tid;\n"
                                  "add.u64 %d2, %d2, %d3;\n" +
                                  end),
              "expected the same matrix descriptor in all threads");
  expectError(getError(wgmma, start +
                                  "setp.ge.u32 %p1, %tid, 32;\n"
                                  "@%p1 bra OTHER;\n" +
                                  end + "bra.uni DONE;\nOTHER:\n" + end +
                                  "DONE:\n"),
              "expected the warps of a warp-group to execute the same");
  expectError(
      getError(wgmma,
               "mov.u32 %r40, smem;\n" + makeDescriptors(wgmma) + kFence + end,
               64),
      "expected a warp-group of 4 warps, got a block of 2 warps");
}

TEST(PTXWgmmaTest, Descriptors) {
  Wgmma wgmma;
  std::string start = prepare(wgmma) + kFence;
  std::string end = makeMma(wgmma) + kCommit + kWait;
  expectError(getError(wgmma, start + "or.b64 %d2, %d2, 0x8000;\n" + end),
              "reserved bits of a matrix descriptor");
  // 16 KB further there is nothing.
  expectError(getError(wgmma, start + "add.u64 %d2, %d2, 1024;\n" + end),
              "out of bounds");
}

TEST(PTXWgmmaTest, Leftovers) {
  Wgmma wgmma;
  expectError(
      getError(wgmma, prepare(wgmma) + kFence + makeMma(wgmma) + kCommit),
      "exits before it has waited for this");
}

TEST(PTXWgmmaTest, Forms) {
  Wgmma wgmma;
  auto error = [&](std::string from, const std::string &to) {
    std::string body = makeMma(wgmma);
    body.replace(body.find(from), from.size(), to);
    return getError(wgmma, body);
  };
  expectError(error("m64n64k16", "m64n60k16"), "unknown instruction");
  expectError(error("m64n64k16", "m64n264k16"), "unknown instruction");
  expectError(error("m64n64k16", "m64n64k8"), "unknown instruction");
  expectError(error(".f32.f16.f16", ".f16.bf16.bf16"), "unknown instruction");
  expectError(error("m64n64k16", "m64n32k16"),
              "expected 16 registers in operand 0, got 32");
  expectError(error("%d2, 1, 1, 1", "%d2, 1, 2, 1"),
              "expected 1 or -1 in operand 4, got 2");
  expectError(error(", 0, 0;", ", 0, 3;"), "expected 0 or 1 in operand 7");
  expectError(error(", 0, 0;", ", 0;"), "expected 8 operands, got 7");
}

} // namespace
