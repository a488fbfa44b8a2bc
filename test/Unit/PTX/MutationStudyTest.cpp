//===- MutationStudyTest.cpp - Mutations of launched kernels -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What counts as detected, as equivalent by which rule, and as unreached.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/MutationStudy.h"
#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {

/// A launch of `body` with two warps under a study.
struct Study {
  explicit Study(const std::string &body, unsigned threads = 64)
      : threads(threads), out(threads, 7), in(threads) {
    std::string text =
        makeKernel(body, "sm_90a", ".shared .align 128 .b8 buffer[2304];");
    memory.add(in.data(), in.size() * sizeof(uint64_t));
    memory.add(out.data(), out.size() * sizeof(uint64_t));
    program = llvm::cantFail(
        Program::create(llvm::cantFail(parseModule(text)), memory));
  }
  std::string examine(MutationStudy &study) {
    const void *pointers[] = {out.data(), in.data()};
    const void *parameters[] = {&pointers[0], &pointers[1]};
    LaunchConfig config;
    config.block.x = threads;
    config.parameters = parameters;
    llvm::Error error = study.examine(*program, "k", config, {});
    return error ? llvm::toString(std::move(error)) : "";
  }

  unsigned threads;
  std::vector<uint64_t> out, in;
  GlobalMemory memory;
  std::unique_ptr<Program> program;
};

/// The outcomes of all mutations of `body`, one letter each.
std::string getOutcomes(const std::string &body, unsigned threads = 64) {
  Study launch(body, threads);
  MutationStudy study(5, 0);
  EXPECT_EQ(launch.examine(study), "");
  EXPECT_EQ(launch.out, std::vector<uint64_t>(threads, 7));
  std::string letters;
  for (const MutationResult &result : study.getKernels()[0].results) {
    letters += "DUEX"[unsigned(result.outcome)];
    EXPECT_EQ(result.error.empty(),
              result.outcome != MutationOutcome::Detected);
    if (result.outcome == MutationOutcome::Equivalent) {
      EXPECT_NE(result.reason, "");
    }
  }
  return letters;
}

/// Word tid of the buffer is at %r2, the one of the other warp at %r3.
constexpr char kStart[] = "mov.u32 %r1, buffer;\n"
                          "mad.lo.u32 %r2, %r0, 4, %r1;\n"
                          "xor.b32 %r3, %r0, 32;\n"
                          "mad.lo.u32 %r3, %r3, 4, %r1;\n"
                          "setp.eq.u32 %p0, %r0, 0;\n";
constexpr char kWrite[] = "st.shared.u32 [%r2], %r0;\n";
constexpr char kReadOther[] = "ld.shared.u32 %r4, [%r3];\n";

} // namespace

TEST(PTXMutationStudy, racesAreDetected) {
  EXPECT_EQ(
      getOutcomes(std::string(kStart) + kWrite + "bar.sync 0;\n" + kReadOther),
      "D");
  // Nothing needs the second barrier, and no rule says so.
  EXPECT_EQ(getOutcomes(std::string(kStart) + kWrite + "bar.sync 0;\n" +
                        kReadOther + "bar.sync 0;\n"),
            "DU");
}

TEST(PTXMutationStudy, wrongResultsAreDetected) {
  // The clock of this kernel is an mbarrier that counts: not a race.
  EXPECT_EQ(getOutcomes(std::string(kStart) +
                        "@%p0 mbarrier.init.shared.b64 [%r1], 3;\n"
                        "@%p0 mbarrier.arrive.shared.b64 %d2, [%r1];\n"
                        "@%p0 mbarrier.arrive.shared.b64 %d3, [%r1];\n"
                        "@%p0 st.global.u64 [%d0], %d3;\n"),
            "DD");
}

TEST(PTXMutationStudy, synchronizationOfLanesWithoutAccesses) {
  std::string body = std::string(kStart) + kWrite + "bar.sync 0;\n";
  EXPECT_EQ(getOutcomes(body + "bar.warp.sync -1;\n" + kReadOther), "DE");
  // Reads came before, of words that are not written again.
  EXPECT_EQ(getOutcomes(body + kReadOther + "bar.warp.sync -1;\n"), "DE");
  // Writes came before: nobody reads them, but no rule says so.
  EXPECT_EQ(getOutcomes(std::string(kStart) + kWrite + "bar.warp.sync -1;\n"),
            "U");
  // Another barrier protects the words that are written again.
  EXPECT_EQ(
      getOutcomes(body + kReadOther +
                  "bar.warp.sync -1;\nbar.sync 0;\nst.shared.u32 [%r2], 1;\n"),
      "DUD");
  // A write of the other half of the warp.
  EXPECT_EQ(getOutcomes(body + R"(
ld.shared.u32 %r4, [%r2];
bar.warp.sync -1;
xor.b32 %r5, %r0, 16;
mad.lo.u32 %r5, %r5, 4, %r1;
st.shared.u32 [%r5], 1000;
)"),
            "UD");
  // Word tid + 1 of the warp.
  EXPECT_EQ(getOutcomes(std::string(kStart) + kWrite +
                        "bar.warp.sync -1;\n"
                        "xor.b32 %r3, %r0, 1;\n"
                        "mad.lo.u32 %r3, %r3, 4, %r1;\n" +
                        kReadOther),
            "D");
}

TEST(PTXMutationStudy, waitsForWhatIsKnown) {
  // The phase before the first one is over; then one that a barrier has shown;
  // then one of which nothing else tells. The barrier is not needed beside the
  // second one; no rule says so.
  std::string body = std::string(kStart) + R"(
add.u32 %r5, %r1, 192;
@%p0 mbarrier.init.shared.b64 [%r5], 1;
@%p0 mbarrier.init.shared.b64 [%r5+8], 1;
bar.sync 0;
EARLY: mbarrier.try_wait.parity.shared.b64 %p1, [%r5], 1;
@!%p1 bra EARLY;
bar.sync 0;
@%p0 mbarrier.arrive.shared.b64 _, [%r5];
bar.sync 0;
KNOWN: mbarrier.try_wait.parity.shared.b64 %p1, [%r5], 0;
@!%p1 bra KNOWN;
@%p0 st.shared.u32 [%r1], 5;
@%p0 mbarrier.arrive.shared.b64 _, [%r5+8];
NEW: mbarrier.try_wait.parity.shared.b64 %p1, [%r5+8], 0;
@!%p1 bra NEW;
ld.shared.u32 %r4, [%r1];
)";
  EXPECT_EQ(getOutcomes(body), "DEDDUEDD");
}

TEST(PTXMutationStudy, waitsAndFencesOfProducts) {
  // A (64 x 16) and B (16 x 8) without swizzle, 128 bytes to the next k, 256 to
  // the next m or n.
  std::string start = R"(
mov.u32 %r1, buffer;
mad.lo.u32 %r2, %r0, 16, %r1;
st.shared.v4.u32 [%r2], {%r0, %r0, %r0, %r0};
setp.lt.u32 %p0, %r0, 16;
@%p0 st.shared.v4.u32 [%r2+2048], {%r0, %r0, %r0, %r0};
fence.proxy.async.shared::cta;
bar.sync 0;
shr.u32 %r2, %r1, 4;
cvt.u64.u32 %d2, %r2;
or.b64 %d2, %d2, 68720001024;
add.u64 %d3, %d2, 128;
)";
  auto multiply = [](const char *registers) {
    return std::string("wgmma.fence.sync.aligned;\n"
                       "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 ") +
           registers +
           ", %d2, %d3, 0, 1, 1, 0, 0;\n"
           "wgmma.commit_group.sync.aligned;\n"
           "wgmma.wait_group.sync.aligned 0;\n";
  };
  std::string first = multiply("{%f0, %f1, %f2, %f3}");
  std::string second = multiply("{%f4, %f5, %f6, %f7}");
  std::string use = "add.f32 %f8, %f0, %f4;\nst.global.f32 [%d0], %f8;\n";
  // The first wait: the second one comes before all uses. The second fence:
  // nobody has touched its registers. The first commit: its product would
  // become one of the second group; no rule says so.
  EXPECT_EQ(getOutcomes(start + first + second + use, 128), "DDDUEEDD");
  // A use in between needs both.
  EXPECT_EQ(getOutcomes(
                start + first + "add.f32 %f9, %f0, %f1;\n" + second + use, 128),
            "DDDDDEDD");
}

TEST(PTXMutationStudy, groupsThatNobodyWaitsFor) {
  // The second group is empty; a wait for it, or none.
  std::string body = std::string(kStart) + R"(
mad.lo.u32 %r2, %r0, 4, %r1;
cp.async.ca.shared.global [%r2], [%d1], 4;
cp.async.commit_group;
cp.async.wait_group 0;
ld.shared.u32 %r4, [%r2];
cp.async.commit_group;
)";
  EXPECT_EQ(getOutcomes(body), "DDX");
  EXPECT_EQ(getOutcomes(body + "cp.async.wait_group 0;\n"), "DDUU");
}

TEST(PTXMutationStudy, whatNobodyWaitsFor) {
  std::string body = std::string(kStart) + R"(
@%p0 mbarrier.init.shared.b64 [%r1], 1;
@%p0 mbarrier.arrive.shared.b64 _, [%r1];
setp.gt.u32 %p1, %r0, 100;
@%p1 bra NEVER;
bra DONE;
NEVER:
bar.sync 0;
DONE:
)";
  EXPECT_EQ(getOutcomes(body), "XX");
}

TEST(PTXMutationStudy, scoreLimitAndErrors) {
  Study launch(std::string(kStart) + kWrite + "bar.sync 0;\n" + kReadOther +
               "bar.sync 0;\nbar.warp.sync -1;\n");
  MutationStudy study(2, 0), limited(2, 1);
  EXPECT_EQ(launch.examine(study), "");
  EXPECT_EQ(launch.examine(study), "");
  ASSERT_EQ(study.getKernels().size(), 1u);
  const KernelMutations &kernel = study.getKernels()[0];
  EXPECT_EQ(kernel.count(MutationOutcome::Equivalent), 1u);
  EXPECT_EQ(kernel.getScore(), 0.5);
  EXPECT_EQ(launch.examine(limited), "");
  EXPECT_EQ(limited.getKernels()[0].results.size(), 1u);
  EXPECT_EQ(limited.getKernels()[0].total, 3u);
  Study wrong(std::string(kStart) + kWrite + kReadOther);
  EXPECT_NE(wrong.examine(study).find("without a mutation, under seed 1: "),
            std::string::npos);
}
