//===- FloatTest.cpp - Floating-point instructions and conversions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line per form; the results are worked out from the PTX ISA, "Floating
// Point Instructions", "Half Precision Floating Point Instructions" and "cvt".
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

namespace {
constexpr uint64_t nan = 0x7fffffff, infinity = 0x7f800000;
/// The least normal number and the one below it.
constexpr uint64_t leastNormal = 0x00800000, subnormal = 0x007fffff;
/// 2^-24, which vanishes beside 1.
const uint64_t tiny = bits(0x1p-24f);
} // namespace

TEST(PTXFloat, sumsRoundAsTheySay) {
  expectCases({
      {"add.f32 $d, $a, $b", "rrr", {bits(1.5f), bits(2.25f)}, bits(3.75f)},
      {"add.rn.f32 $d, $a, $b", "rrr", {bits(1.0f), tiny}, bits(1.0f)},
      {"add.rz.f32 $d, $a, $b", "rrr", {bits(1.0f), tiny}, bits(1.0f)},
      {"add.rp.f32 $d, $a, $b", "rrr", {bits(1.0f), tiny}, 0x3f800001},
      {"sub.rm.f32 $d, $a, $b",
       "rrr",
       {bits(1.0f), bits(0x1p-26f)},
       0x3f7fffff},
      {"sub.rn.f32 $d, $a, $b",
       "rrr",
       {bits(1.0f), bits(0x1p-26f)},
       bits(1.0f)},
      {"add.f32 $d, $a, $b", "rrr", {infinity, infinity | 0x80000000}, nan},
      {"add.f32 $d, $a, $b", "rrr", {leastNormal, 0x80000001}, subnormal},
      {"add.ftz.f32 $d, $a, $b", "rrr", {leastNormal, 0x80000001}, leastNormal},
      {"sub.ftz.f32 $d, $a, $b", "rrr", {bits(0x1.8p-126f), leastNormal}, 0},
      {"add.sat.f32 $d, $a, $b", "rrr", {bits(1.0f), bits(1.0f)}, bits(1.0f)},
      {"add.sat.f32 $d, $a, $b", "rrr", {bits(-1.0f), bits(0.5f)}, 0},
      {"add.sat.f32 $d, $a, $b", "rrr", {nan, bits(0.5f)}, 0},
      {"add.f64 $d, $a, $b",
       "ddd",
       {bits(1.0), bits(0x1p-50)},
       bits(1.0 + 0x1p-50)},
      {"add.rp.f64 $d, $a, $b",
       "ddd",
       {bits(1.0), bits(0x1p-60)},
       bits(1.0) + 1},
  });
}

TEST(PTXFloat, productsAndFusedSums) {
  expectCases({
      {"mul.f32 $d, $a, $b", "rrr", {bits(1.5f), bits(-2.0f)}, bits(-3.0f)},
      {"mul.rn.ftz.f32 $d, $a, $b", "rrr", {leastNormal, bits(0.5f)}, 0},
      {"mul.f32 $d, $a, $b", "rrr", {leastNormal, bits(0.5f)}, 0x00400000},
      {"mul.ftz.f32 $d, $a, $b",
       "rrr",
       {0x80000000 | leastNormal, bits(0.5f)},
       0x80000000},
      {"mul.rz.f32 $d, $a, $b", "rrr", {0x3f800001, 0x3f800001}, 0x3f800002},
      {"mul.rp.f32 $d, $a, $b", "rrr", {0x3f800001, 0x3f800001}, 0x3f800003},
      {"mul.f64 $d, $a, $b", "ddd", {bits(3.0), bits(0.25)}, bits(0.75)},
      // (1 + 2^-23)^2 - (1 + 2^-22) = 2^-46: only a fused product has it.
      {"fma.rn.f32 $d, $a, $b, $c",
       "rrrr",
       {0x3f800001, 0x3f800001, bits(-1.0f - 0x1p-22f)},
       bits(0x1p-46f)},
      {"fma.rn.ftz.f32 $d, $a, $b, $c",
       "rrrr",
       {leastNormal, bits(0.5f), subnormal},
       0},
      {"fma.rn.sat.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(2.0f), bits(2.0f), bits(1.0f)},
       bits(1.0f)},
      {"fma.rm.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(1.0f), bits(1.0f), bits(-0x1p-26f)},
       0x3f7fffff},
      {"fma.rn.f64 $d, $a, $b, $c",
       "dddd",
       {bits(2.0), bits(3.0), bits(1.0)},
       bits(7.0)},
      {"mad.rn.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(2.0f), bits(3.0f), bits(1.0f)},
       bits(7.0f)},
  });
}

/// Chips from sm_100 on have these.
TEST(PTXFloat, pairsAndThrees) {
  auto pair = [](uint64_t low, uint64_t high) { return low | high << 32; };
  const uint64_t a = pair(bits(1.5f), leastNormal),
                 b = pair(bits(2.0f), bits(0.5f)),
                 c = pair(bits(0.25f), bits(1.0f));
  expectCases({
      {"add.rn.f32x2 $d, $a, $b",
       "ddd",
       {a, b},
       pair(bits(3.5f), bits(0.5f))},
      {"sub.f32x2 $d, $a, $b", "ddd", {c, b}, pair(bits(-1.75f), bits(0.5f))},
      {"mul.rn.f32x2 $d, $a, $b", "ddd", {a, b}, pair(bits(3.0f), 0x00400000)},
      {"mul.rn.ftz.f32x2 $d, $a, $b", "ddd", {a, b}, pair(bits(3.0f), 0)},
      {"fma.rn.ftz.f32x2 $d, $a, $b, $c",
       "dddd",
       {a, b, c},
       pair(bits(3.25f), bits(1.0f))},
      {"max.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(1.0f), bits(3.0f), bits(2.0f)},
       bits(3.0f)},
      {"min.ftz.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(1.0f), nan, bits(-2.0f)},
       bits(-2.0f)},
      {"max.NaN.f32 $d, $a, $b, $c",
       "rrrr",
       {bits(1.0f), nan, bits(2.0f)},
       nan},
  });
}

TEST(PTXFloat, quotientsAndRoots) {
  expectCases({
      {"div.rn.f32 $d, $a, $b", "rrr", {bits(1.0f), bits(3.0f)}, 0x3eaaaaab},
      {"div.rz.f32 $d, $a, $b", "rrr", {bits(1.0f), bits(3.0f)}, 0x3eaaaaaa},
      {"div.full.f32 $d, $a, $b", "rrr", {bits(6.0f), bits(3.0f)}, bits(2.0f)},
      {"div.approx.f32 $d, $a, $b",
       "rrr",
       {bits(6.0f), bits(3.0f)},
       bits(2.0f)},
      {"div.approx.f32 $d, $a, $b", "rrr", {bits(1.0f), bits(0x1.8p126f)}, 0},
      {"div.approx.f32 $d, $a, $b", "rrr", {infinity, bits(0x1.8p126f)}, nan},
      {"div.rn.f64 $d, $a, $b", "ddd", {bits(1.0), bits(3.0)}, bits(1.0 / 3)},
      {"rcp.rn.f32 $d, $a", "rr", {bits(4.0f)}, bits(0.25f)},
      {"rcp.approx.ftz.f32 $d, $a", "rr", {bits(4.0f)}, bits(0.25f)},
      {"rcp.approx.ftz.f32 $d, $a", "rr", {subnormal}, infinity},
      {"rcp.rn.f64 $d, $a", "dd", {bits(4.0)}, bits(0.25)},
      {"sqrt.rn.f32 $d, $a", "rr", {bits(2.0f)}, 0x3fb504f3},
      {"sqrt.approx.f32 $d, $a", "rr", {bits(16.0f)}, bits(4.0f)},
      {"sqrt.rn.f64 $d, $a", "dd", {bits(2.25)}, bits(1.5)},
      {"rsqrt.approx.f32 $d, $a", "rr", {bits(16.0f)}, bits(0.25f)},
  });
}

TEST(PTXFloat, approximateFunctionsAtExactPoints) {
  expectCases({
      {"ex2.approx.f32 $d, $a", "rr", {bits(3.0f)}, bits(8.0f)},
      {"ex2.approx.ftz.f32 $d, $a", "rr", {bits(-126.0f)}, leastNormal},
      {"ex2.approx.ftz.f32 $d, $a", "rr", {bits(-127.0f)}, 0},
      {"ex2.approx.f32 $d, $a", "rr", {bits(-127.0f)}, 0x00400000},
      {"ex2.approx.f32 $d, $a", "rr", {infinity | 0x80000000}, 0},
      {"ex2.approx.f32 $d, $a", "rr", {infinity}, infinity},
      {"ex2.approx.f32 $d, $a", "rr", {nan}, nan},
      {"ex2.approx.f32 $d, $a", "rr", {bits(128.0f)}, infinity},
      {"lg2.approx.f32 $d, $a", "rr", {bits(0.125f)}, bits(-3.0f)},
      {"lg2.approx.ftz.f32 $d, $a", "rr", {subnormal}, infinity | 0x80000000},
      {"lg2.approx.f32 $d, $a", "rr", {bits(-1.0f)}, nan},
      {"sin.approx.f32 $d, $a", "rr", {0}, 0},
      {"cos.approx.f32 $d, $a", "rr", {0}, bits(1.0f)},
      {"tanh.approx.f32 $d, $a", "rr", {infinity}, bits(1.0f)},
      {"tanh.approx.f32 $d, $a", "rr", {0x80000000}, 0x80000000},
      {"ex2.approx.f16 $d, $a", "hh", {0x3c00}, 0x4000},
      {"ex2.approx.ftz.bf16 $d, $a", "hh", {0x3f80}, 0x4000},
      {"tanh.approx.f16x2 $d, $a", "rr", {0x7c000000}, 0x3c000000},
  });
}

TEST(PTXFloat, minimaKnowNanAndZeros) {
  uint64_t one = bits(1.0f), minusTwo = bits(-2.0f), minusZero = 0x80000000;
  expectCases({
      {"min.f32 $d, $a, $b", "rrr", {one, minusTwo}, minusTwo},
      {"max.f32 $d, $a, $b", "rrr", {one, minusTwo}, one},
      {"max.f32 $d, $a, $b", "rrr", {nan, one}, one},
      {"min.f32 $d, $a, $b", "rrr", {one, nan}, one},
      {"min.f32 $d, $a, $b", "rrr", {0xffc00001, 0x7fc00001}, nan},
      {"max.NaN.f32 $d, $a, $b", "rrr", {0xffc00001, one}, nan},
      {"min.f32 $d, $a, $b", "rrr", {0, minusZero}, minusZero},
      {"max.f32 $d, $a, $b", "rrr", {minusZero, 0}, 0},
      {"max.ftz.f32 $d, $a, $b", "rrr", {subnormal, 0}, 0},
      {"min.xorsign.abs.f32 $d, $a, $b", "rrr", {one, minusTwo}, bits(-1.0f)},
      {"max.xorsign.abs.f32 $d, $a, $b",
       "rrr",
       {bits(-1.0f), minusTwo},
       bits(2.0f)},
      {"max.NaN.xorsign.abs.f32 $d, $a, $b", "rrr", {nan, minusTwo}, nan},
      {"min.f64 $d, $a, $b", "ddd", {bits(1.0), bits(-2.0)}, bits(-2.0)},
      {"max.f64 $d, $a, $b", "ddd", {bits(1.0), bits(-2.0)}, bits(1.0)},
      {"abs.f32 $d, $a", "rr", {minusTwo}, bits(2.0f)},
      {"abs.ftz.f32 $d, $a", "rr", {subnormal | minusZero}, 0},
      {"neg.f32 $d, $a", "rr", {one}, bits(-1.0f)},
      {"neg.ftz.f32 $d, $a", "rr", {subnormal}, minusZero},
      {"neg.f64 $d, $a", "dd", {bits(1.0)}, bits(-1.0)},
      {"abs.f64 $d, $a", "dd", {bits(-1.0)}, bits(1.0)},
      {"copysign.f32 $d, $a, $b", "rrr", {minusTwo, one}, bits(-1.0f)},
      {"copysign.f64 $d, $a, $b", "ddd", {bits(2.0), bits(-1.0)}, bits(1.0)},
  });
}

TEST(PTXFloat, comparisonsKnowNan) {
  uint64_t one = bits(1.0f), two = bits(2.0f);
  expectCases({
      {"setp.lt.f32 $d, $a, $b", "prr", {one, two}, 1},
      {"setp.lt.f32 $d, $a, $b", "prr", {one, nan}, 0},
      {"setp.ne.f32 $d, $a, $b", "prr", {one, nan}, 0},
      {"setp.ltu.f32 $d, $a, $b", "prr", {two, nan}, 1},
      {"setp.neu.f32 $d, $a, $b", "prr", {one, one}, 0},
      {"setp.equ.f32 $d, $a, $b", "prr", {nan, one}, 1},
      {"setp.num.f32 $d, $a, $b", "prr", {one, two}, 1},
      {"setp.nan.f32 $d, $a, $b", "prr", {one, nan}, 1},
      {"setp.eq.ftz.f32 $d, $a, $b", "prr", {subnormal, 0}, 1},
      {"setp.eq.f32 $d, $a, $b", "prr", {subnormal, 0}, 0},
      {"setp.ge.f64 $d, $a, $b", "pdd", {bits(2.0), bits(2.0)}, 1},
      {"setp.gt.f16 $d, $a, $b", "phh", {0x4000, 0x3c00}, 1},
      {"setp.le.bf16 $d, $a, $b", "phh", {0x4000, 0x3f80}, 0},
      {"set.eq.u32.f32 $d, $a, $b", "rrr", {one, one}, 0xffffffff},
      {"testp.finite.f32 $d, $a", "pr", {infinity}, 0},
      {"testp.infinite.f32 $d, $a", "pr", {infinity}, 1},
      {"testp.number.f32 $d, $a", "pr", {infinity}, 1},
      {"testp.notanumber.f64 $d, $a", "pd", {bits(1.0)}, 0},
      {"testp.normal.f32 $d, $a", "pr", {leastNormal}, 1},
      {"testp.subnormal.f32 $d, $a", "pr", {subnormal}, 1},
  });
}

TEST(PTXFloat, halves) {
  // f16: 1 = 3c00, 2 = 4000, 3 = 4200; bf16: 1 = 3f80, 2 = 4000, 3 = 4040.
  expectCases({
      {"add.f16 $d, $a, $b", "hhh", {0x3c00, 0x4000}, 0x4200},
      // 1 + 2^-11 is a tie: to even.
      {"add.rn.f16 $d, $a, $b", "hhh", {0x3c00, 0x1000}, 0x3c00},
      {"add.rn.f16 $d, $a, $b", "hhh", {0x3c01, 0x1000}, 0x3c02},
      {"add.f16 $d, $a, $b", "hhh", {0x7bff, 0x7bff}, 0x7c00},
      {"add.ftz.f16 $d, $a, $b", "hhh", {0x0001, 0x0001}, 0},
      {"add.f16 $d, $a, $b", "hhh", {0x0001, 0x0001}, 2},
      {"add.sat.f16 $d, $a, $b", "hhh", {0x3c00, 0x4000}, 0x3c00},
      {"sub.f16x2 $d, $a, $b", "rrr", {0x42004000, 0x40003c00}, 0x3c003c00},
      {"mul.f16x2 $d, $a, $b", "rrr", {0x42004000, 0x40003c00}, 0x46004000},
      {"fma.rn.f16 $d, $a, $b, $c", "hhhh", {0x4000, 0x4000, 0xc200}, 0x3c00},
      {"fma.rn.relu.f16 $d, $a, $b, $c", "hhhh", {0x4000, 0x3c00, 0xc200}, 0},
      {"fma.rn.f16x2 $d, $a, $b, $c",
       "rrrr",
       {0x40003c00, 0x40003c00, 0x3c003c00},
       0x45004000},
      {"add.rn.bf16 $d, $a, $b", "hhh", {0x3f80, 0x4000}, 0x4040},
      {"mul.rn.bf16x2 $d, $a, $b", "rrr", {0x40403f80, 0x40004000}, 0x40c04000},
      {"fma.rn.bf16 $d, $a, $b, $c", "hhhh", {0x4000, 0x4000, 0xc040}, 0x3f80},
      {"fma.rn.bf16x2 $d, $a, $b, $c",
       "rrrr",
       {0x40003f80, 0x40003f80, 0x3f803f80},
       0x40a04000},
      {"max.f16 $d, $a, $b", "hhh", {0x7e00, 0x3c00}, 0x3c00},
      {"max.NaN.f16 $d, $a, $b", "hhh", {0x7e00, 0x3c00}, 0x7fff},
      {"min.bf16x2 $d, $a, $b", "rrr", {0x3f804000, 0x40003f80}, 0x3f803f80},
      {"neg.f16 $d, $a", "hh", {0x3c00}, 0xbc00},
      {"abs.bf16x2 $d, $a", "rr", {0xbf803f80}, 0x3f803f80},
      {"neg.bf16 $d, $a", "hh", {0x3f80}, 0xbf80},
  });
}

TEST(PTXFloat, fusedHalvesRoundOnce) {
  // (1 + 2^-10)^2 + 2^-11 = 1 + 2^-9 + 2^-11 + 2^-20, just above the middle of
  // 1 + 2^-9 and 1 + 2^-9 + 2^-10. 2^-48 is lost beside 1.
  expectCases({
      {"fma.rn.f16 $d, $a, $b, $c", "hhhh", {0x3c01, 0x3c01, 0x1000}, 0x3c03},
      {"fma.rn.f16 $d, $a, $b, $c", "hhhh", {0x0001, 0x0001, 0x3c00}, 0x3c00},
  });
}

TEST(PTXFloat, conversionsToIntegers) {
  expectCases({
      {"cvt.rzi.s32.f32 $d, $a", "rr", {bits(-2.75f)}, uint32_t(-2)},
      {"cvt.rni.s32.f32 $d, $a", "rr", {bits(2.5f)}, 2},
      {"cvt.rmi.s32.f32 $d, $a", "rr", {bits(-2.25f)}, uint32_t(-3)},
      {"cvt.rpi.s32.f32 $d, $a", "rr", {bits(2.25f)}, 3},
      {"cvt.rzi.s32.f32 $d, $a", "rr", {bits(3e9f)}, 0x7fffffff},
      {"cvt.rzi.u32.f32 $d, $a", "rr", {bits(-3.0f)}, 0},
      {"cvt.rzi.u32.f32 $d, $a", "rr", {bits(3e9f)}, 3000000000},
      {"cvt.rzi.s32.f32 $d, $a", "rr", {nan}, 0},
      {"cvt.rzi.s64.f64 $d, $a", "dd", {bits(-1e12)}, uint64_t(-1000000000000)},
      {"cvt.rzi.u64.f32 $d, $a", "dr", {infinity}, ~uint64_t(0)},
      {"cvt.rzi.ftz.s32.f32 $d, $a", "rr", {subnormal}, 0},
      {"cvt.rpi.ftz.s32.f32 $d, $a", "rr", {subnormal}, 0},
      {"cvt.rpi.s32.f32 $d, $a", "rr", {subnormal}, 1},
      {"cvt.rni.s16.f16 $d, $a", "hh", {0x4200}, 3},
  });
}

TEST(PTXFloat, conversionsFromIntegers) {
  expectCases({
      {"cvt.rn.f32.s32 $d, $a", "rr", {uint32_t(-3)}, bits(-3.0f)},
      {"cvt.rn.f32.u32 $d, $a", "rr", {0xffffffff}, bits(0x1p32f)},
      {"cvt.rz.f32.u32 $d, $a", "rr", {0xffffffff}, 0x4f7fffff},
      {"cvt.rp.f32.s32 $d, $a", "rr", {0x01000001}, 0x4b800001},
      {"cvt.rn.f32.u64 $d, $a", "rd", {uint64_t(1) << 40}, bits(0x1p40f)},
      {"cvt.rn.f64.s32 $d, $a", "dr", {uint32_t(-3)}, bits(-3.0)},
      {"cvt.rn.f64.u64 $d, $a", "dd", {~uint64_t(0)}, bits(0x1p64)},
      {"cvt.rn.f16.u32 $d, $a", "hr", {3}, 0x4200},
      {"cvt.rn.f16.s32 $d, $a", "hr", {100000}, 0x7c00},
  });
}

TEST(PTXFloat, conversionsBetweenIntegers) {
  expectCases({
      {"cvt.u64.u32 $d, $a", "dr", {0xffffffff}, 0xffffffff},
      {"cvt.s64.s32 $d, $a", "dr", {0xffffffff}, ~uint64_t(0)},
      {"cvt.u32.u64 $d, $a", "rd", {0x123456789}, 0x23456789},
      {"cvt.u16.u32 $d, $a", "hr", {0x12345}, 0x2345},
      {"cvt.s32.s8 $d, $a", "rr", {0x1ff}, 0xffffffff},
      {"cvt.u32.u8 $d, $a", "rh", {0x1ff}, 0xff},
      {"cvt.s32.s16 $d, $a", "rh", {0x8000}, 0xffff8000},
      {"cvt.s8.s32 $d, $a", "rr", {0x180}, 0xffffff80},
      {"cvt.u8.u32 $d, $a", "hr", {0x180}, 0x80},
      {"cvt.sat.u8.s32 $d, $a", "rr", {uint32_t(-5)}, 0},
      {"cvt.sat.s8.s32 $d, $a", "rr", {300}, 127},
      {"cvt.sat.s32.u32 $d, $a", "rr", {0xffffffff}, 0x7fffffff},
      {"cvt.sat.u32.u64 $d, $a", "rd", {~uint64_t(0)}, 0xffffffff},
  });
}

TEST(PTXFloat, conversionsBetweenFloats) {
  expectCases({
      {"cvt.f64.f32 $d, $a", "dr", {bits(1.5f)}, bits(1.5)},
      {"cvt.rn.f32.f64 $d, $a", "rd", {bits(1.0 + 0x1p-24)}, bits(1.0f)},
      {"cvt.rp.f32.f64 $d, $a", "rd", {bits(1.0 + 0x1p-24)}, 0x3f800001},
      {"cvt.rn.f32.f64 $d, $a", "rd", {bits(1e300)}, infinity},
      {"cvt.rz.f32.f64 $d, $a", "rd", {bits(1e300)}, 0x7f7fffff},
      {"cvt.rn.ftz.f32.f64 $d, $a", "rd", {bits(0x1p-127)}, 0},
      {"cvt.rn.f16.f32 $d, $a", "hr", {bits(1.0f + 0x1p-11f)}, 0x3c00},
      {"cvt.rz.f16.f32 $d, $a", "hr", {bits(65520.0f)}, 0x7bff},
      {"cvt.rn.f16.f32 $d, $a", "hr", {bits(65520.0f)}, 0x7c00},
      {"cvt.rn.f16.f32 $d, $a", "hr", {bits(0x1p-24f)}, 1},
      {"cvt.rn.f16.f32 $d, $a", "hr", {bits(0x1p-25f)}, 0},
      {"cvt.rn.f16.f32 $d, $a", "hr", {bits(0x1.8p-25f)}, 1},
      {"cvt.rn.f16.f32 $d, $a", "hr", {0xffc00000}, 0x7fff},
      {"cvt.rn.satfinite.f16.f32 $d, $a", "hr", {infinity}, 0x7bff},
      {"cvt.rn.relu.f16.f32 $d, $a", "hr", {bits(-1.0f)}, 0},
      {"cvt.f32.f16 $d, $a", "rh", {0x3555}, 0x3eaaa000},
      {"cvt.f32.f16 $d, $a", "rh", {0x8001}, bits(-0x1p-24f)},
      {"cvt.rn.bf16.f32 $d, $a", "hr", {0x3f808000}, 0x3f80},
      {"cvt.rn.bf16.f32 $d, $a", "hr", {0x3f818000}, 0x3f82},
      {"cvt.rz.bf16.f32 $d, $a", "hr", {0x3f81ffff}, 0x3f81},
      {"cvt.f32.bf16 $d, $a", "rh", {0x3f80}, bits(1.0f)},
      {"cvt.rn.f16x2.f32 $d, $a, $b",
       "rrr",
       {bits(1.0f), bits(2.0f)},
       0x3c004000},
      {"cvt.rn.bf16x2.f32 $d, $a, $b",
       "rrr",
       {bits(1.0f), bits(2.0f)},
       0x3f804000},
      {"cvt.rn.relu.bf16x2.f32 $d, $a, $b",
       "rrr",
       {bits(-1.0f), bits(2.0f)},
       0x4000},
      {"cvt.rz.f16x2.f32 $d, $a, $b",
       "rrr",
       {0x3f80ffff, bits(2.0f)},
       0x3c074000},
      {"cvt.rna.tf32.f32 $d, $a", "rr", {0x3f801000}, 0x3f802000},
      {"cvt.rn.tf32.f32 $d, $a", "rr", {0x3f801000}, 0x3f800000},
      {"cvt.rni.f32.f32 $d, $a", "rr", {bits(2.5f)}, bits(2.0f)},
      {"cvt.rmi.f32.f32 $d, $a", "rr", {bits(-2.5f)}, bits(-3.0f)},
      {"cvt.sat.f32.f32 $d, $a", "rr", {bits(-2.5f)}, 0},
      {"cvt.ftz.f32.f32 $d, $a", "rr", {subnormal}, 0},
      {"cvt.rzi.f64.f64 $d, $a", "dd", {bits(-2.5)}, bits(-2.0)},
  });
}
