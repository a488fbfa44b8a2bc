//===- MatrixInstructionTest.cpp - Tests of mma and movmatrix -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One test per instruction form. Registers are filled and read by the formulas
// of the PTX ISA, written out here; values are small integers, so that every
// product and sum is exact in every format and results are compared for
// equality.
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"
#include "KernelRunner.h"
#include <functional>

using namespace mlir::sattn::ptx;

namespace {

//===----------------------------------------------------------------------===//
// mma
//===----------------------------------------------------------------------===//

struct Position {
  unsigned row, column;
};
/// Position of element `index` of a lane.
using Formula = std::function<Position(unsigned lane, unsigned index)>;

/// One form of mma: the formulas of A, B and C by elements per lane.
struct MmaCase {
  std::string name;
  unsigned depth;
  MatrixElement element, result;
  unsigned aElements, bElements;
  Formula a, b;
};

Position positionC(unsigned lane, unsigned i) {
  return {i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1)};
}

int valueA(unsigned m, unsigned k) { return int(m * 3 + k * 5) % 7 - 3; }
int valueB(unsigned k, unsigned n) { return int(k * 2 + n * 3) % 5 - 2; }
int valueC(unsigned m, unsigned n) { return int(m + n * 2) % 9 - 4; }

/// Puts elements into words, two per word for 16-bit types.
template <typename Value>
void fill(std::vector<uint32_t> &words, MatrixElement element,
          unsigned elements, const Formula &formula, Value value) {
  bool half = getMatrixElementBytes(element) == 2;
  unsigned count = half ? elements / 2 : elements;
  words.assign(32 * count, 0);
  for (unsigned lane = 0; lane != 32; ++lane)
    for (unsigned i = 0; i != elements; ++i) {
      Position at = formula(lane, i);
      uint32_t bits = encodeInteger(element, value(at.row, at.column));
      words[lane * count + (half ? i / 2 : i)] |=
          half && i % 2 ? bits << 16 : bits;
    }
}

void checkMma(const MmaCase &mma) {
  SCOPED_TRACE(mma.name);
  std::vector<uint32_t> a, b, c, d;
  fill(a, mma.element, mma.aElements, mma.a, valueA);
  fill(b, mma.element, mma.bElements, mma.b, valueB);
  fill(c, mma.result, 4, positionC, valueC);
  d.assign(c.size(), 0);
  bool isF32 = mma.result == MatrixElement::F32;
  std::string cName = isF32 ? "f" : "r";
  unsigned na = a.size() / 32, nb = b.size() / 32, nc = c.size() / 32;
  unsigned cFirst = isF32 ? 0 : 16, dFirst = isF32 ? 8 : 24;
  KernelRunner runner;
  runner.target = "sm_80";
  runner.add(a).add(b).add(c).add(d);
  EXPECT_EQ(runner.run(moveRegisters(true, "r", 0, na, 0) +
                           moveRegisters(true, "r", 8, nb, 1) +
                           moveRegisters(true, cName, cFirst, nc, 2) +
                           mma.name + " " + listRegisters(cName, dFirst, nc) +
                           ", " + listRegisters("r", 0, na) + ", " +
                           listRegisters("r", 8, nb) + ", " +
                           listRegisters(cName, cFirst, nc) + ";\n" +
                           moveRegisters(false, cName, dFirst, nc, 3),
                       32),
            "");
  for (unsigned lane = 0; lane != 32; ++lane)
    for (unsigned i = 0; i != 4; ++i) {
      Position at = positionC(lane, i);
      int sum = valueC(at.row, at.column);
      for (unsigned k = 0; k != mma.depth; ++k)
        sum += valueA(at.row, k) * valueB(k, at.column);
      uint32_t word = isF32 ? d[lane * nc + i] : d[lane * nc + i / 2];
      float value = isF32 ? detail::toFloat(word)
                          : decodeF16(uint16_t(word >> (i % 2 * 16)));
      EXPECT_EQ(value, float(sum)) << "lane " << lane << " c" << i;
    }
}

TEST(PTXMmaTest, M16N8K16) {
  Formula a = [](unsigned lane, unsigned i) {
    bool upper = i < 2 || (i >= 4 && i < 6);
    return Position{upper ? lane / 4 : lane / 4 + 8,
                    lane % 4 * 2 + (i & 1) + (i < 4 ? 0 : 8)};
  };
  Formula b = [](unsigned lane, unsigned i) {
    return Position{lane % 4 * 2 + (i & 1) + (i < 2 ? 0 : 8), lane / 4};
  };
  std::string shape = "mma.sync.aligned.m16n8k16.row.col.";
  checkMma({shape + "f32.f16.f16.f32", 16, MatrixElement::F16,
            MatrixElement::F32, 8, 4, a, b});
  checkMma({shape + "f32.bf16.bf16.f32", 16, MatrixElement::BF16,
            MatrixElement::F32, 8, 4, a, b});
  checkMma({shape + "f16.f16.f16.f16", 16, MatrixElement::F16,
            MatrixElement::F16, 8, 4, a, b});
}

TEST(PTXMmaTest, M16N8K8Half) {
  Formula a = [](unsigned lane, unsigned i) {
    return Position{i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1)};
  };
  Formula b = [](unsigned lane, unsigned i) {
    return Position{lane % 4 * 2 + i, lane / 4};
  };
  std::string shape = "mma.sync.aligned.m16n8k8.row.col.";
  checkMma({shape + "f32.f16.f16.f32", 8, MatrixElement::F16,
            MatrixElement::F32, 4, 2, a, b});
  checkMma({shape + "f32.bf16.bf16.f32", 8, MatrixElement::BF16,
            MatrixElement::F32, 4, 2, a, b});
  checkMma({shape + "f16.f16.f16.f16", 8, MatrixElement::F16,
            MatrixElement::F16, 4, 2, a, b});
}

TEST(PTXMmaTest, TF32) {
  checkMma({"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 8,
            MatrixElement::TF32, MatrixElement::F32, 4, 2,
            [](unsigned lane, unsigned i) {
              return Position{i == 0 || i == 2 ? lane / 4 : lane / 4 + 8,
                              i < 2 ? lane % 4 : lane % 4 + 4};
            },
            [](unsigned lane, unsigned i) {
              return Position{lane % 4 + 4 * i, lane / 4};
            }});
  checkMma({"mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32", 4,
            MatrixElement::TF32, MatrixElement::F32, 2, 1,
            [](unsigned lane, unsigned i) {
              return Position{i == 0 ? lane / 4 : lane / 4 + 8, lane % 4};
            },
            [](unsigned lane, unsigned) {
              return Position{lane % 4, lane / 4};
            }});
}

TEST(PTXMmaTest, Errors) {
  KernelRunner runner;
  std::string operands = "{%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, "
                         "{%r4, %r5}, {%f0, %f1, %f2, %f3};";
  auto error = [&](const std::string &form, unsigned threads = 32) {
    return runner.run("mma.sync.aligned." + form + " " + operands, threads);
  };
  EXPECT_EQ(error("m16n8k16.row.col.f32.f16.f16.f32"), "");
  // No such instructions.
  for (const char *form :
       {"m16n8k16.col.col.f32.f16.f16.f32", "m16n8k32.row.col.f32.f16.f16.f32",
        "m16n8k16.row.col.f32.f16.bf16.f32", "m16n8k4.row.col.f32.f16.f16.f32",
        "m16n8k16.row.col.f32.tf32.tf32.f32",
        "m16n8k16.row.col.f16.bf16.bf16.f16"})
    EXPECT_NE(error(form).find("unknown instruction 'mma.sync.aligned." +
                               std::string(form)),
              std::string::npos)
        << error(form);
  // Too many registers of A for the shape.
  EXPECT_NE(error("m16n8k8.row.col.f32.f16.f16.f32")
                .find("expected 2 registers in operand 1, got 4"),
            std::string::npos);
  // Half a warp.
  EXPECT_NE(error("m16n8k16.row.col.f32.f16.f16.f32", 16)
                .find("expected all 32 threads of the warp"),
            std::string::npos);
  // Some lanes only.
  std::string divergent = runner.run("setp.lt.u32 %p0, %tid, 16;\n@%p0 "
                                     "mma.sync.aligned.m16n8k16.row.col.f32."
                                     "f16.f16.f32 " +
                                         operands,
                                     32);
  EXPECT_NE(divergent.find("lanes"), std::string::npos) << divergent;
}

//===----------------------------------------------------------------------===//
// movmatrix
//===----------------------------------------------------------------------===//

TEST(PTXMovmatrixTest, Transposes) {
  std::vector<uint32_t> source(32), result(32);
  for (unsigned lane = 0; lane != 32; ++lane)
    for (unsigned half = 0; half != 2; ++half)
      source[lane] |= (lane / 4 * 8 + lane % 4 * 2 + half) << (16 * half);
  KernelRunner runner;
  runner.add(source).add(result);
  EXPECT_EQ(runner.run(moveRegisters(true, "r", 0, 1, 0) +
                           "movmatrix.sync.aligned.m8n8.trans.b16 %r1, %r0;\n" +
                           moveRegisters(false, "r", 1, 1, 1),
                       32),
            "");
  for (unsigned lane = 0; lane != 32; ++lane)
    for (unsigned half = 0; half != 2; ++half)
      EXPECT_EQ(result[lane] >> (16 * half) & 0xffff,
                (lane % 4 * 2 + half) * 8 + lane / 4);
}

} // namespace
