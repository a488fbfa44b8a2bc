//===- LdmatrixTest.cpp - Tests of ldmatrix and stmatrix -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"
#include "KernelRunner.h"

using namespace mlir::sattn::ptx;

namespace {

/// Copies 16 bytes per thread from %a0 to shared memory, then a barrier.
const char *kFillShared = R"(
mov.u32 %r40, smem;
mad.lo.u32 %r41, %tid, 16, %r40;
mad.wide.u32 %d0, %tid, 16, %a0;
ld.global.v4.b32 {%r42, %r43, %r44, %r45}, [%d0];
st.shared.v4.b32 [%r41], {%r42, %r43, %r44, %r45};
bar.sync 0;
)";

/// 32 rows of 8 numbers, the row times 8 plus the column.
std::vector<uint16_t> makeRows() {
  std::vector<uint16_t> rows(256);
  for (unsigned i = 0; i != 256; ++i)
    rows[i] = i;
  return rows;
}

/// Row addresses of lane l: row l ^ 5, so that they are in no simple order.
const char *kRowAddress = "xor.b32 %r46, %tid, 5;\n"
                          "mad.lo.u32 %r47, %r46, 16, %r40;\n";

TEST(PTXLdmatrixTest, AllForms) {
  for (unsigned count : {1, 2, 4})
    for (bool trans : {false, true})
      for (const char *space : {".shared", ".shared::cta", ""}) {
        std::vector<uint16_t> rows = makeRows();
        std::vector<uint32_t> result(32 * count);
        KernelRunner runner;
        runner.add(rows).add(result);
        // Without a space the address is generic.
        std::string address = "%r47";
        std::string toGeneric;
        if (!*space) {
          toGeneric = "cvt.u64.u32 %d1, %r47;\ncvta.shared.u64 %d1, %d1;\n";
          address = "%d1";
        }
        EXPECT_EQ(runner.run(kFillShared + std::string(kRowAddress) +
                                 toGeneric + "ldmatrix.sync.aligned.m8n8.x" +
                                 std::to_string(count) +
                                 (trans ? ".trans" : "") + space + ".b16 " +
                                 listRegisters("r", 0, count) + ", [" +
                                 address + "];\n" +
                                 moveRegisters(false, "r", 0, count, 1),
                             32, 512),
                  "");
        for (unsigned lane = 0; lane != 32; ++lane)
          for (unsigned i = 0; i != count; ++i)
            for (unsigned half = 0; half != 2; ++half) {
              unsigned row = lane / 4, column = lane % 4 * 2 + half;
              if (trans)
                std::swap(row, column);
              // Matrix i, row r: the address of lane 8 i + r.
              unsigned expected = ((8 * i + row) ^ 5) * 8 + column;
              EXPECT_EQ(result[lane * count + i] >> (16 * half) & 0xffff,
                        expected);
            }
      }
}

TEST(PTXStmatrixTest, AllForms) {
  for (unsigned count : {1, 2, 4})
    for (bool trans : {false, true}) {
      // Element (r, c) of matrix i is 64 i + 8 r + c, laid out over the lanes.
      std::vector<uint32_t> fragments(32 * count), result(4 * 8 * count);
      for (unsigned lane = 0; lane != 32; ++lane)
        for (unsigned i = 0; i != count; ++i)
          for (unsigned half = 0; half != 2; ++half) {
            unsigned row = lane / 4, column = lane % 4 * 2 + half;
            if (trans)
              std::swap(row, column);
            fragments[lane * count + i] |= (64 * i + 8 * row + column)
                                           << (16 * half);
          }
      KernelRunner runner;
      runner.add(fragments).add(result);
      std::string body =
          "mov.u32 %r40, smem;\nmad.lo.u32 %r47, %tid, 16, %r40;\n" +
          moveRegisters(true, "r", 0, count, 0) +
          "stmatrix.sync.aligned.m8n8.x" + std::to_string(count) +
          (trans ? ".trans" : "") + ".shared.b16 [%r47], " +
          listRegisters("r", 0, count) +
          ";\nbar.sync 0;\nsetp.ge.u32 %p0, %tid, " +
          std::to_string(8 * count) +
          ";\n@%p0 bra DONE;\n"
          "ld.shared.v4.b32 {%r0, %r1, %r2, %r3}, [%r47];\n" +
          moveRegisters(false, "r", 0, 4, 1) + "DONE:\n";
      EXPECT_EQ(runner.run(body, 32, 512), "");
      // Row r of matrix i lies where lane 8 i + r says.
      for (unsigned i = 0; i != 64 * count; ++i)
        EXPECT_EQ(result[i / 2] >> (16 * (i % 2)) & 0xffff, i);
    }
}

TEST(PTXLdmatrixTest, Errors) {
  std::vector<uint16_t> rows = makeRows();
  auto run = [&](const std::string &body) {
    KernelRunner runner;
    runner.add(rows);
    return runner.run(kFillShared + body, 32, 512);
  };
  std::string load = "ldmatrix.sync.aligned.m8n8.x4.shared.b16 "
                     "{%r0, %r1, %r2, %r3}, [%r47];\n";
  std::string error = run(kRowAddress + ("add.u32 %r47, %r47, 8;\n" + load));
  EXPECT_NE(error.find("misaligned shared memory access"), std::string::npos)
      << error;
  error = run(kRowAddress + ("add.u32 %r47, %r47, 16;\n" + load));
  EXPECT_NE(error.find("out of bounds"), std::string::npos) << error;
  error = run("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r0, %r1}, [%r47];");
  EXPECT_NE(error.find("expected 4 registers in operand 0, got 2"),
            std::string::npos)
      << error;
  error = run("ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r0}, [%r47];");
  EXPECT_NE(error.find("unknown instruction"), std::string::npos) << error;
  // x1 uses the addresses of eight lanes alone: the others may be anything.
  error = run(kRowAddress +
              std::string("setp.ge.u32 %p0, %tid, 8;\n"
                          "@%p0 mov.u32 %r47, 7;\n"
                          "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, "
                          "[%r47];\n"));
  EXPECT_EQ(error, "");
}

TEST(PTXLdmatrixTest, ReadsOfUnwrittenAndRacingBytes) {
  std::vector<uint16_t> rows = makeRows();
  KernelRunner runner;
  runner.add(rows);
  std::string error =
      runner.run("mov.u32 %r40, smem;\nmad.lo.u32 %r47, %tid, 16, %r40;\n"
                 "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [%r47];\n",
                 32, 512);
  EXPECT_NE(error.find("nobody has written"), std::string::npos) << error;
  // Two warps, no barrier between the stores of one and the reads of both.
  std::string fill = kFillShared;
  fill.erase(fill.find("bar.sync 0;"), 11);
  error = runner.run(
      "setp.ge.u32 %p1, %tid, 32;\n@%p1 bra READ;\n" + fill +
          "READ:\nmov.u32 %r40, smem;\nand.b32 %r46, %tid, 31;\n"
          "mad.lo.u32 %r47, %r46, 16, %r40;\n"
          "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [%r47];\n",
      64, 512);
  EXPECT_TRUE(error.find("data race") != std::string::npos ||
              error.find("nobody has written") != std::string::npos)
      << error;
}

} // namespace
