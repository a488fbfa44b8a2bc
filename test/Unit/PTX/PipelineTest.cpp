//===- PipelineTest.cpp - A producer and a warp-group -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A whole kernel: one thread brings tiles by TMA into a ring of two slots, a
// warp-group multiplies them by wgmma. It is right under every order, and each
// of its synchronisation instructions is missed when it is deleted.
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"
#include "sattn/PTX/MatrixElement.h"
#include "sattn/PTX/Mutation.h"
#include "gtest/gtest.h"

using namespace mlir::sattn::ptx;

namespace {

constexpr unsigned kTiles = 5, kDepth = 64 * kTiles;

/// Slot s: A at 16384 s, B 8192 bytes further. Barriers from 32768 on: full 0,
/// full 1, empty 0, empty 1.
const char *kStart = R"(
mov.u32 %r40, smem;
add.u32 %r41, %r40, 32768;
setp.ne.u32 %p0, %tid, 0;
@%p0 bra INITIALIZED;
mbarrier.init.shared::cta.b64 [%r41], 1;
mbarrier.init.shared::cta.b64 [%r41+8], 1;
mbarrier.init.shared::cta.b64 [%r41+16], 1;
mbarrier.init.shared::cta.b64 [%r41+24], 1;
fence.mbarrier_init.release.cluster;
INITIALIZED:
bar.sync 0;
mov.u32 %r0, 0;
setp.ge.u32 %p1, %tid, 128;
@%p1 bra PRODUCER;
)";

/// %r0 counts tiles, %r1 is the slot, %r2 the phase, %r3 its full barrier, %r4
/// its tile.
const char *kSlot = R"(
and.b32 %r1, %r0, 1;
shr.u32 %r2, %r0, 1;
and.b32 %r2, %r2, 1;
mad.lo.u32 %r3, %r1, 8, %r41;
mad.lo.u32 %r4, %r1, 16384, %r40;
)";

const char *kConsumerEnd = R"(
wgmma.commit_group.sync.aligned;
wgmma.wait_group.sync.aligned 0;
@%p0 bra RELEASED;
mbarrier.arrive.shared::cta.b64 _, [%r3+16];
RELEASED:
add.u32 %r0, %r0, 1;
setp.lt.u32 %p3, %r0, 5;
@%p3 bra CONSUME;
)";

const char *kProducer = R"(
bra DONE;
PRODUCER:
setp.ne.u32 %p4, %tid, 128;
@%p4 bra DONE;
mov.b64 %d3, p0;
cvta.param.u64 %d3, %d3;
mov.b64 %d4, p1;
cvta.param.u64 %d4, %d4;
PRODUCE:
)";

const char *kProducerEnd = R"(
xor.b32 %r2, %r2, 1;
WAIT_EMPTY:
mbarrier.try_wait.parity.shared::cta.b64 %p5, [%r3+16], %r2;
@!%p5 bra WAIT_EMPTY;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], 16384;
shl.b32 %r5, %r0, 6;
add.u32 %r6, %r4, 8192;
cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r4], [%d3, {%r5, 0}], [%r3];
cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r6], [%d4, {%r5, 0}], [%r3];
add.u32 %r0, %r0, 1;
setp.lt.u32 %p3, %r0, 5;
@%p3 bra PRODUCE;
DONE:
)";

std::string makeBody() {
  std::string accumulators, text = kStart;
  for (unsigned i = 0; i != 32; ++i) {
    std::string reg = "%f" + std::to_string(i);
    text += "mov.f32 " + reg + ", 0f00000000;\n";
    accumulators += (i ? ", " : "") + reg;
  }
  text += std::string("CONSUME:\n") + kSlot +
          "WAIT_FULL:\nmbarrier.try_wait.parity.shared::cta.b64 %p2, [%r3], "
          "%r2;\n@!%p2 bra WAIT_FULL;\nshr.u32 %r4, %r4, 4;\n"
          "cvt.u64.u32 %d1, %r4;\n"
          // 128-byte swizzle, 1024 bytes to the next 8 rows.
          "or.b64 %d1, %d1, 4611686293305294848;\nadd.u64 %d2, %d1, 512;\n"
          "wgmma.fence.sync.aligned;\n";
  for (unsigned k = 0; k != 4; ++k)
    text +=
        std::string(k ? "add.u64 %d1, %d1, 2;\nadd.u64 %d2, %d2, 2;\n" : "") +
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {" + accumulators +
        "}, %d1, %d2, 1, 1, 1, 0, 0;\n";
  text += kConsumerEnd;
  text += "mad.wide.u32 %d5, %tid, 128, %a0;\n";
  for (unsigned i = 0; i != 32; ++i)
    text += "st.global.f32 [%d5+" + std::to_string(4 * i) + "], %f" +
            std::to_string(i) + ";\n";
  return text + kProducer + kSlot + kProducerEnd;
}

/// A and B are 64 x kDepth; the kernel computes A B^T.
class PTXPipelineTest : public ::testing::Test {
protected:
  static int getA(unsigned i, unsigned k) { return int(i * 7 + k * 3) % 9 - 4; }
  static int getB(unsigned j, unsigned k) { return int(j * 5 + k) % 7 - 3; }

  PTXPipelineTest() {
    for (unsigned i = 0; i != 64; ++i)
      for (unsigned k = 0; k != kDepth; ++k) {
        a.push_back(encodeF16(float(getA(i, k))));
        b.push_back(encodeF16(float(getB(i, k))));
      }
  }

  static TensorMap encode(std::vector<uint16_t> &matrix) {
    std::vector<uint64_t> dims = {kDepth, 64}, strides = {kDepth * 2};
    std::vector<uint32_t> box = {64, 64}, ones = {1, 1};
    TiledTensor tensor;
    tensor.address = reinterpret_cast<uint64_t>(matrix.data());
    tensor.dims = dims;
    tensor.strides = strides;
    tensor.box = box;
    tensor.elementStrides = ones;
    tensor.swizzle = Swizzle::Bytes128;
    return llvm::cantFail(TensorMap::encodeTiled(tensor));
  }

  static std::string makeModule() {
    KernelRunner runner;
    std::vector<float> none(1);
    runner.add(TensorMap()).add(TensorMap()).add(none);
    return runner.makeModule(makeBody());
  }

  /// What is wrong with a run of `text`, or nothing.
  std::string run(llvm::StringRef text, uint64_t seed, Asynchrony asynchrony) {
    std::vector<float> result(128 * 32, -1);
    KernelRunner runner;
    runner.options.seed = seed;
    runner.options.asynchrony = asynchrony;
    runner.options.maxInstructions = 1000000;
    runner.add(encode(a)).add(encode(b)).add(result);
    runner.share(a);
    runner.share(b);
    std::string error = runner.runModule(text, 256, 32768 + 32);
    if (!error.empty())
      return error;
    for (unsigned thread = 0; thread != 128; ++thread)
      for (unsigned i = 0; i != 32; ++i) {
        unsigned row = thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
        unsigned column = i / 4 * 8 + thread % 4 * 2 + i % 2;
        int sum = 0;
        for (unsigned k = 0; k != kDepth; ++k)
          sum += getA(row, k) * getB(column, k);
        if (result[thread * 32 + i] != float(sum))
          return "wrong result";
      }
    return "";
  }

  std::vector<uint16_t> a, b;
};

TEST_F(PTXPipelineTest, RightInEveryOrder) {
  std::string text = makeModule();
  for (uint64_t seed = 1; seed != 8; ++seed)
    for (Asynchrony asynchrony :
         {Asynchrony::Late, Asynchrony::Early, Asynchrony::Random})
      EXPECT_EQ(run(text, seed, asynchrony), "");
}

TEST_F(PTXPipelineTest, EachSynchronizationIsNeeded) {
  std::unique_ptr<Module> module = llvm::cantFail(parseModule(makeModule()));
  std::vector<MutationResult> results =
      runMutations(*module, 6, 0, [&](llvm::StringRef text, uint64_t seed) {
        return run(text, seed,
                   seed % 2 ? Asynchrony::Late : Asynchrony::Random);
      });
  EXPECT_EQ(results.size(), 9u);
  for (const MutationResult &result : results)
    EXPECT_NE(result.error, "") << result.mutation.instruction;
}

//===----------------------------------------------------------------------===//
// Mutations of a text
//===----------------------------------------------------------------------===//

TEST(PTXMutationTest, KeepsLinesAndPredicates) {
  const char *text = R"(.version 8.0
.target sm_90a
.address_size 64
.visible .entry k()
{
.reg .pred %p<2>;
.reg .b32 %r<2>;
bar.sync 0;
mov.u32 %r0, 0; cp.async.commit_group;
W: mbarrier.try_wait.parity.shared::cta.b64 %p0, [%r0], 0;
@%p1 bar.sync
  1;
cp.async.wait_group 0;
ret;
}
)";
  std::unique_ptr<Module> module = llvm::cantFail(parseModule(text));
  std::vector<Mutation> mutations = makeMutations(*module);
  ASSERT_EQ(mutations.size(), 5u);
  const unsigned lines[] = {8, 9, 10, 11, 13};
  for (unsigned i = 0; i != 5; ++i) {
    EXPECT_EQ(mutations[i].line, lines[i]);
    llvm::StringRef mutated = mutations[i].text;
    EXPECT_EQ(mutated.count('\n'), llvm::StringRef(text).count('\n'));
    EXPECT_FALSE(mutated.contains(mutations[i].instruction));
    EXPECT_TRUE(bool(parseModule(mutated)));
  }
  // What no run comes to is told apart from what is not noticed.
  for (bool trapped : {false, true})
    for (const MutationResult &result :
         runMutations(*module, 2, 3, [&](llvm::StringRef run, uint64_t) {
           return trapped && run.contains("trap;") ? "trapped" : "";
         })) {
      EXPECT_EQ(result.error, "");
      EXPECT_EQ(result.outcome, trapped ? MutationOutcome::Undetected
                                        : MutationOutcome::Unreached);
    }
  EXPECT_NE(mutations[1].text.find("mov.u32 %r0, 0; \n"), std::string::npos);
  EXPECT_NE(mutations[2].text.find("W: setp.eq.u32 %p0, 0, 0;\n"),
            std::string::npos);
}

} // namespace
