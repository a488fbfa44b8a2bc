//===- TensorCopyTest.cpp - Tests of TMA and bulk copies -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"
#include "KernelRunner.h"

using namespace mlir::sattn::ptx;

namespace {

//===----------------------------------------------------------------------===//
// Pieces of kernels: %r40 is shared memory, %r41 the mbarrier, %d1 the map
//===----------------------------------------------------------------------===//

constexpr unsigned kTileBytes = 8192, kSharedBytes = kTileBytes + 64;

const char *kSetUp = R"(
mov.u32 %r40, smem;
add.u32 %r41, %r40, 8192;
setp.ne.u32 %p0, %tid, 0;
@%p0 bra INIT;
mbarrier.init.shared::cta.b64 [%r41], 1;
fence.mbarrier_init.release.cluster;
INIT:
bar.sync 0;
)";

const char *kMapAddress = "mov.b64 %d1, p0;\ncvta.param.u64 %d1, %d1;\n";

/// Thread 0 issues `copies`, which bring `bytes`.
std::string issue(unsigned bytes, const std::string &copies) {
  return "@%p0 bra ISSUED;\n"
         "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r41], " +
         std::to_string(bytes) + ";\n" + copies + "ISSUED:\n";
}

const char *kWait = R"(
WAIT:
mbarrier.try_wait.parity.shared::cta.b64 %p1, [%r41], 0;
@!%p1 bra WAIT;
)";

std::string load(const std::vector<int> &coordinates,
                 const std::string &address = "%r40") {
  std::string text = "cp.async.bulk.tensor." +
                     std::to_string(coordinates.size()) +
                     "d.shared::cluster.global.tile.mbarrier::complete_tx::"
                     "bytes [" +
                     address + "], [%d1, {";
  for (unsigned i = 0; i != coordinates.size(); ++i)
    text += (i ? ", " : "") + std::to_string(coordinates[i]);
  return text + "}], [%r41];\n";
}

/// 32 threads copy `bytes` of shared memory to %a0.
std::string storeShared(unsigned bytes) {
  std::string text = "mad.lo.u32 %r42, %tid, 16, %r40;\n"
                     "mad.wide.u32 %d2, %tid, 16, %a0;\n";
  for (unsigned i = 0; i < bytes; i += 512) {
    std::string offset = std::to_string(i);
    text += "setp.lt.u32 %p3, %tid, " + std::to_string((bytes - i) / 16) +
            ";\n@%p3 ld.shared.v4.b32 {%r0, %r1, %r2, %r3}, [%r42+" + offset +
            "];\n@%p3 st.global.v4.b32 [%d2+" + offset +
            "], {%r0, %r1, %r2, %r3};\n";
  }
  return text;
}

/// A tensor of 16-bit numbers 0, 1, 2, ... with its arrays.
struct Tensor {
  std::vector<uint16_t> data;
  std::vector<uint64_t> dims, strides;
  std::vector<uint32_t> box, elementStrides;
  Swizzle swizzle = Swizzle::None;
  TensorMapFill fill = TensorMapFill::Zero;

  Tensor(std::vector<uint64_t> dims, std::vector<uint32_t> box)
      : dims(dims), box(box), elementStrides(dims.size(), 1) {
    uint64_t size = 1;
    for (unsigned i = 0; i != dims.size(); ++i) {
      if (i != 0)
        strides.push_back(size * 2);
      size *= dims[i];
    }
    for (unsigned i = 0; i != size; ++i)
      data.push_back(i);
  }
  TensorMap encode() {
    TiledTensor tensor;
    tensor.type = TensorMapType::F16;
    tensor.address = reinterpret_cast<uint64_t>(data.data());
    tensor.dims = dims;
    tensor.strides = strides;
    tensor.box = box;
    tensor.elementStrides = elementStrides;
    tensor.swizzle = swizzle;
    tensor.fill = fill;
    return llvm::cantFail(TensorMap::encodeTiled(tensor));
  }
};

/// Loads the box at `coordinates`; the first `bytes` of shared memory then.
std::vector<uint16_t> loadBox(Tensor &tensor, std::vector<int> coordinates,
                              unsigned bytes,
                              Asynchrony asynchrony = Asynchrony::Late) {
  std::vector<uint16_t> result(bytes / 2);
  TensorMap map = tensor.encode();
  KernelRunner runner;
  runner.options.asynchrony = asynchrony;
  runner.add(map).add(result);
  runner.share(tensor.data);
  EXPECT_EQ(runner.run(kSetUp + std::string(kMapAddress) +
                           issue(map.getBoxBytes(), load(coordinates)) + kWait +
                           storeShared(bytes),
                       32, kSharedBytes),
            "");
  return result;
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

TEST(PTXTensorCopyTest, Swizzles) {
  // Rows of 8, 4, 2 chunks: chunk c of row r is found at table[r][c].
  const unsigned full[8][8] = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6},
      {2, 3, 0, 1, 6, 7, 4, 5}, {3, 2, 1, 0, 7, 6, 5, 4},
      {4, 5, 6, 7, 0, 1, 2, 3}, {5, 4, 7, 6, 1, 0, 3, 2},
      {6, 7, 4, 5, 2, 3, 0, 1}, {7, 6, 5, 4, 3, 2, 1, 0}};
  const unsigned half[8] = {0, 0, 1, 1, 2, 2, 3, 3};
  const unsigned quarter[8] = {0, 0, 0, 0, 1, 1, 1, 1};
  for (Swizzle swizzle :
       {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128})
    for (Asynchrony asynchrony :
         {Asynchrony::Late, Asynchrony::Early, Asynchrony::Random}) {
      unsigned span = swizzle == Swizzle::None ? 128 : getSwizzleSpan(swizzle);
      uint32_t columns = span / 2;
      Tensor tensor({64, 40}, {columns, 16});
      tensor.swizzle = swizzle;
      std::vector<uint16_t> shared =
          loadBox(tensor, {0, 8}, span * 16, asynchrony);
      for (unsigned row = 0; row != 16; ++row)
        for (unsigned column = 0; column != columns; ++column) {
          unsigned chunk = column / 8;
          if (swizzle == Swizzle::Bytes128)
            chunk = full[row % 8][chunk];
          else if (swizzle == Swizzle::Bytes64)
            chunk ^= half[row % 8];
          else if (swizzle == Swizzle::Bytes32)
            chunk ^= quarter[row % 8];
          EXPECT_EQ(shared[row * columns + chunk * 8 + column % 8],
                    (row + 8) * 64 + column);
        }
    }
}

TEST(PTXTensorCopyTest, OutsideIsFilled) {
  for (TensorMapFill fill : {TensorMapFill::Zero, TensorMapFill::NaN}) {
    Tensor tensor({56, 20}, {64, 8});
    tensor.fill = fill;
    std::vector<uint16_t> shared = loadBox(tensor, {-4, 15}, 1024);
    for (int row = 0; row != 8; ++row)
      for (int column = 0; column != 64; ++column) {
        int x = column - 4, y = row + 15;
        bool inside = x >= 0 && x < 56 && y < 20;
        unsigned outside = fill == TensorMapFill::NaN ? 0x7fff : 0;
        EXPECT_EQ(shared[row * 64 + column],
                  inside ? unsigned(y * 56 + x) : outside);
      }
  }
}

TEST(PTXTensorCopyTest, OneToFiveDimensions) {
  std::vector<uint64_t> dims = {16, 3, 4, 2, 3};
  std::vector<uint32_t> box = {8, 2, 2, 2, 2};
  std::vector<int> at = {8, 1, 1, 0, 1};
  for (unsigned rank = 1; rank <= 5; ++rank) {
    Tensor tensor({dims.begin(), dims.begin() + rank},
                  {box.begin(), box.begin() + rank});
    unsigned count = 8u << (rank - 1);
    std::vector<uint16_t> shared =
        loadBox(tensor, {at.begin(), at.begin() + rank}, count * 2);
    for (unsigned i = 0; i != count; ++i) {
      unsigned index[5] = {i % 8, i / 8 % 2, i / 16 % 2, i / 32 % 2,
                           i / 64 % 2};
      unsigned expected = 0, size = 1;
      for (unsigned j = 0; j != rank; ++j) {
        expected += (at[j] + index[j]) * size;
        size *= dims[j];
      }
      EXPECT_EQ(shared[i], expected) << "rank " << rank << " element " << i;
    }
  }
}

TEST(PTXTensorCopyTest, SeveralCopiesInOnePhase) {
  Tensor tensor({64, 40}, {64, 8});
  std::vector<uint16_t> result(1024);
  KernelRunner runner;
  runner.options.asynchrony = Asynchrony::Random;
  runner.add(tensor.encode()).add(result);
  runner.share(tensor.data);
  EXPECT_EQ(
      runner.run(kSetUp + std::string(kMapAddress) +
                     issue(2048, load({0, 0}) + "add.u32 %r43, %r40, 1024;\n" +
                                     load({0, 8}, "%r43")) +
                     kWait + storeShared(2048),
                 32, kSharedBytes),
      "");
  for (unsigned i = 0; i != 1024; ++i)
    EXPECT_EQ(result[i], i);
}

/// Block 0 copies one box into both blocks of its cluster, each waits for it.
TEST(PTXTensorCopyTest, Multicast) {
  Tensor tensor({64, 40}, {64, 8});
  std::string copy = load({0, 8});
  copy.replace(copy.find("complete_tx::bytes"), 18,
               "complete_tx::bytes.multicast::cluster");
  copy.replace(copy.find("[%r41];"), 7, "[%r41], %h0;");
  std::string cluster = "barrier.cluster.arrive.aligned;\n"
                        "barrier.cluster.wait.aligned;\n";
  auto run = [&](unsigned mask, std::vector<uint16_t> &result) {
    KernelRunner runner;
    runner.blocks = 2;
    runner.add(tensor.encode()).add(result);
    runner.share(tensor.data);
    std::string rank = "mov.u32 %r50, %cluster_ctarank;\n"
                       "mad.wide.u32 %a0, %r50, 1024, %a0;\n"
                       "mov.b16 %h0, " +
                       std::to_string(mask) + ";\n";
    return runner.run(kSetUp + cluster + kMapAddress + rank +
                          issue(1024, "setp.ne.u32 %p4, %r50, 0;\n"
                                      "@%p4 bra ISSUED;\n" +
                                          copy) +
                          kWait + storeShared(1024) + cluster,
                      32, kSharedBytes);
  };
  std::vector<uint16_t> result(1024);
  EXPECT_EQ(run(3, result), "");
  for (unsigned i = 0; i != 1024; ++i)
    EXPECT_EQ(result[i], 512 + i % 512);
  // Block 1 waits for bytes that do not come.
  expectError(run(1, result), "deadlock");
  expectError(run(4, result), "expected a mask of the 2 blocks");
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

class PTXTensorCopyErrorTest : public ::testing::Test {
protected:
  std::string run(const std::string &body, unsigned threads = 32) {
    KernelRunner runner;
    std::vector<uint16_t> result(4096);
    runner.options.seed = seed;
    runner.add(tensor.encode()).add(result);
    runner.share(tensor.data);
    return runner.run(body, threads, kSharedBytes);
  }
  Tensor tensor{{64, 40}, {64, 8}};
  std::string start = kSetUp + std::string(kMapAddress);
  uint64_t seed = 1;
};

TEST_F(PTXTensorCopyErrorTest, MissingWait) {
  std::string body = start + issue(1024, load({0, 0})) + storeShared(1024);
  std::string error = run(body);
  // Whoever comes first: the bytes are not there, or they come too late.
  EXPECT_TRUE(error.find("data race on shared") != std::string::npos ||
              error.find("nobody has written") != std::string::npos)
      << error;
}

TEST_F(PTXTensorCopyErrorTest, WriteBeforeTheCopyEnds) {
  expectError(run(start + issue(1024, load({0, 0})) +
                  "st.shared.b32 [%r40], %tid;\n" + kWait),
              "data race on shared");
}

TEST_F(PTXTensorCopyErrorTest, TwoCopiesToOnePlace) {
  expectError(run(start + issue(2048, load({0, 0}) + load({0, 8})) + kWait),
              "data race on shared");
}

TEST_F(PTXTensorCopyErrorTest, OverwritesWhatIsRead) {
  // The second copy waits for nobody.
  std::string body = start + issue(1024, load({0, 0})) + kWait +
                     storeShared(1024) + "@%p0 bra LAST;\n" +
                     "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r41], "
                     "1024;\n" +
                     load({0, 8}) +
                     "LAST:\nWAIT2:\nmbarrier.try_wait.parity.shared::cta.b64 "
                     "%p1, [%r41], 1;\n@!%p1 bra WAIT2;\n";
  expectError(run(body), "data race on shared");
  std::string fixed = body;
  fixed.insert(fixed.find("@%p0 bra LAST"), "bar.sync 0;\n");
  EXPECT_EQ(run(fixed), "");
}

TEST_F(PTXTensorCopyErrorTest, WrongByteCount) {
  expectError(run(start + issue(1040, load({0, 0})) + kWait), "deadlock");
}

TEST_F(PTXTensorCopyErrorTest, Alignment) {
  expectError(run(start + "add.u32 %r43, %r40, 64;\n" +
                  issue(1024, load({0, 0}, "%r43")) + kWait),
              "expected a shared address that is a multiple of 128 bytes");
  expectError(
      run(start + "add.u64 %d1, %d1, 8;\n" + issue(1024, load({0, 0})) + kWait),
      "expected a tensor map aligned to 64 bytes");
}

TEST_F(PTXTensorCopyErrorTest, NoMapAndWrongRank) {
  expectError(run(start + issue(1024, load({0, 0, 0})) + kWait),
              "expected a tensor map of rank 3, got one of rank 2");
  expectError(run(start + "add.u64 %d1, %d1, 64;\n" +
                  issue(1024, load({0, 0})) + kWait),
              "expected a tensor map");
}

TEST_F(PTXTensorCopyErrorTest, UninitializedMbarrier) {
  expectError(run("mov.u32 %r40, smem;\nadd.u32 %r41, %r40, 8192;\n"
                  "setp.ne.u32 %p0, %tid, 0;\n" +
                  std::string(kMapAddress) + "@%p0 bra DONE;\n" + load({0, 0}) +
                  "DONE:\n"),
              "mbarrier");
}

TEST_F(PTXTensorCopyErrorTest, MbarrierHiddenFromTheAsyncProxy) {
  std::string body = start + issue(1024, load({0, 0})) + kWait;
  std::string fence = "fence.mbarrier_init.release.cluster;\n";
  std::string hidden = body;
  hidden.erase(hidden.find(fence), fence.size());
  expectError(run(hidden),
              "expected a fence.mbarrier_init or fence.proxy.async");
  body.replace(body.find(fence), fence.size(), "fence.proxy.async;\n");
  EXPECT_EQ(run(body), "");
}

TEST_F(PTXTensorCopyErrorTest, TensormapFences) {
  EXPECT_EQ(run(start + "fence.proxy.tensormap::generic.release.gpu;\n"
                        "fence.proxy.tensormap::generic.acquire.gpu [%d1], "
                        "128;\n"),
            "");
  expectError(run(start + "fence.proxy.tensormap::generic.acquire.gpu [%d1], "
                          "64;\n"),
              "expected the size 128, got 64");
}

TEST_F(PTXTensorCopyErrorTest, OutOfBoundsTensor) {
  // The map says more than there is.
  tensor.dims[1] = 1000;
  expectError(run(start + issue(1024, load({0, 500})) + kWait),
              "global memory access out of bounds");
}

TEST_F(PTXTensorCopyErrorTest, OutstandingAtExit) {
  expectError(run(start + issue(1024, load({0, 0}))),
              "exits before this copy is complete");
}

TEST_F(PTXTensorCopyErrorTest, Forms) {
  std::string text = load({0, 0});
  auto replace = [&](const std::string &from, const std::string &to) {
    std::string copy = text;
    copy.replace(copy.find(from), from.size(), to);
    return run(start + copy);
  };
  expectError(replace("{0, 0}", "{0}"),
              "expected [tensor map, {2 coordinates}]");
  expectError(replace(".2d", ".6d"), "unknown instruction");
  expectError(replace(".tile", ".im2col"), "unknown instruction");
  expectError(replace("shared::cluster", "shared::cluster.shared::cta"),
              "unknown instruction");
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

const char *kBulkEnd = "cp.async.bulk.commit_group;\n"
                       "cp.async.bulk.wait_group 0;\n";

/// Threads write 1000, 1001, ... (as pairs of 16 bits) to shared memory.
const char *kFillNumbers = R"(
mad.lo.u32 %r42, %tid, 32, %r40;
mad.lo.u32 %r43, %tid, 16, 1000;
mov.u32 %r45, 0;
FILL:
add.u32 %r44, %r43, 1;
shl.b32 %r44, %r44, 16;
or.b32 %r44, %r44, %r43;
st.shared.b32 [%r42], %r44;
add.u32 %r43, %r43, 2;
add.u32 %r42, %r42, 4;
add.u32 %r45, %r45, 1;
setp.lt.u32 %p2, %r45, 8;
@%p2 bra FILL;
)";

std::string runStore(Tensor &tensor, const std::string &between,
                     const std::string &end = kBulkEnd) {
  KernelRunner runner;
  runner.add(tensor.encode());
  runner.share(tensor.data);
  return runner.run(kSetUp + std::string(kMapAddress) + kFillNumbers + between +
                        "@%p0 bra DONE;\n"
                        "cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_"
                        "group [%d1, {-8, 36}], [%r40];\n" +
                        end + "DONE:\n",
                    32, kSharedBytes);
}

TEST(PTXTensorStoreTest, ClipsAndSwizzles) {
  Tensor tensor({64, 40}, {64, 8});
  tensor.swizzle = Swizzle::Bytes128;
  EXPECT_EQ(runStore(tensor, "fence.proxy.async;\nbar.sync 0;\n"), "");
  for (int y = 0; y != 40; ++y)
    for (int x = 0; x != 64; ++x) {
      // Box row y - 36, column x + 8, wherever the swizzle put it.
      int row = y - 36, column = x + 8;
      unsigned expected = y * 64 + x;
      if (row >= 0 && column < 64)
        expected = 1000 + row * 64 + ((column / 8) ^ row) * 8 + column % 8;
      EXPECT_EQ(tensor.data[y * 64 + x], expected);
    }
}

TEST(PTXTensorStoreTest, NeedsProxyFenceAndWait) {
  Tensor tensor({64, 40}, {64, 8});
  expectError(runStore(tensor, "bar.sync 0;\n"), "data race on shared");
  expectError(runStore(tensor, "fence.proxy.async;\nbar.sync 0;\n",
                       "cp.async.bulk.commit_group;\n"),
              "exits before it has waited for this");
  expectError(runStore(tensor, "fence.proxy.async;\nbar.sync 0;\n",
                       "cp.async.bulk.commit_group;\n"
                       "st.shared.b32 [%r40], %tid;\n"
                       "cp.async.bulk.wait_group 0;\n"),
              "data race on shared");
}

//===----------------------------------------------------------------------===//
// Contiguous copies
//===----------------------------------------------------------------------===//

TEST(PTXBulkCopyTest, ThereAndBack) {
  std::vector<uint32_t> source(128), target(128);
  for (unsigned i = 0; i != 128; ++i)
    source[i] = 3 * i;
  std::string there =
      kSetUp +
      issue(512, "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::"
                 "bytes [%r40], [%a0], 512, [%r41];\n") +
      kWait;
  std::string back = "fence.proxy.async;\n@%p0 bra DONE;\n"
                     "cp.async.bulk.global.shared::cta.bulk_group [%a1], "
                     "[%r40], 512;\n" +
                     std::string(kBulkEnd) + "DONE:\n";
  auto run = [&](const std::string &body) {
    KernelRunner runner;
    runner.add(source).add(target);
    return runner.run(body, 32, kSharedBytes);
  };
  EXPECT_EQ(run(there + back), "");
  EXPECT_EQ(source, target);
  std::string odd = there;
  odd.replace(odd.find("[%a0], 512"), 10, "[%a0], 500");
  expectError(run(odd), "multiples of 16 bytes, got 500");
  std::string large = there;
  large.replace(large.find("[%a0], 512"), 10, "[%a0], 1048576");
  expectError(run(large), "out of bounds");
  std::string far = there;
  far.replace(far.find("[%a0], 512"), 10, "[%a0+16], 512");
  expectError(run(far), "global memory access out of bounds");
}

TEST(PTXBulkCopyTest, PrefetchesCheckTheirMap) {
  Tensor tensor({64, 40}, {64, 8});
  auto run = [&](const std::string &body) {
    KernelRunner runner;
    runner.add(tensor.encode());
    runner.share(tensor.data);
    return runner.run(kMapAddress + body, 32, kSharedBytes);
  };
  EXPECT_EQ(run("prefetch.tensormap [%d1];\n"), "");
  EXPECT_EQ(run("cp.async.bulk.prefetch.tensor.2d.L2.global.tile [%d1, {0, "
                "0}];\n"),
            "");
  expectError(run("add.u64 %d1, %d1, 64;\nprefetch.tensormap [%d1];\n"),
              "expected a tensor map");
}

} // namespace
