//===- IntegerTest.cpp - Integer instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line per form; the results are worked out from the PTX ISA, "Integer
// Arithmetic Instructions" and "Logic and Shift Instructions".
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace mlir::sattn::ptx;

TEST(PTXInteger, sumsWrapOrSaturate) {
  expectCases({
      {"add.u16 $d, $a, $b", "hhh", {0xffff, 2}, 1},
      {"add.s32 $d, $a, $b", "rrr", {0x7fffffff, 1}, 0x80000000},
      {"add.sat.s32 $d, $a, $b", "rrr", {0x7fffffff, 1}, 0x7fffffff},
      {"add.sat.s32 $d, $a, $b", "rrr", {0x80000000, 0xffffffff}, 0x80000000},
      {"add.u64 $d, $a, $b", "ddd", {0xffffffff, 1}, 0x100000000},
      {"sub.s32 $d, $a, $b", "rrr", {3, 5}, 0xfffffffe},
      {"sub.sat.s32 $d, $a, $b", "rrr", {0x80000000, 1}, 0x80000000},
      {"sub.s64 $d, $a, $b", "ddd", {3, 5}, 0xfffffffffffffffe},
      {"sad.u32 $d, $a, $b, $c", "rrrr", {3, 5, 10}, 12},
      {"sad.s32 $d, $a, $b, $c", "rrrr", {0xffffffff, 1, 10}, 12},
  });
}

TEST(PTXInteger, productsHaveTwoHalves) {
  expectCases({
      {"mul.lo.s32 $d, $a, $b", "rrr", {0x10000, 0x10001}, 0x10000},
      {"mul.hi.u32 $d, $a, $b", "rrr", {0x80000000, 6}, 3},
      {"mul.hi.s32 $d, $a, $b", "rrr", {0xffffffff, 5}, 0xffffffff},
      {"mul.lo.u16 $d, $a, $b", "hhh", {0xffff, 0xffff}, 1},
      {"mul.hi.u16 $d, $a, $b", "hhh", {0xffff, 0xffff}, 0xfffe},
      {"mul.wide.u16 $d, $a, $b", "rhh", {0xffff, 0xffff}, 0xfffe0001},
      {"mul.wide.s16 $d, $a, $b", "rhh", {0xffff, 3}, 0xfffffffd},
      {"mul.wide.u32 $d, $a, $b", "drr", {0xffffffff, 2}, 0x1fffffffe},
      {"mul.wide.s32 $d, $a, $b", "drr", {0xffffffff, 2}, ~uint64_t(1)},
      {"mul.lo.s64 $d, $a, $b",
       "ddd",
       {uint64_t(1) << 40, 1 << 20},
       uint64_t(1) << 60},
      {"mul.hi.u64 $d, $a, $b", "ddd", {uint64_t(1) << 63, 6}, 3},
      {"mul.hi.s64 $d, $a, $b", "ddd", {~uint64_t(0), 6}, ~uint64_t(0)},
      {"mad.lo.s32 $d, $a, $b, $c", "rrrr", {7, 6, 0xffffffff}, 41},
      {"mad.hi.u32 $d, $a, $b, $c", "rrrr", {0x80000000, 6, 4}, 7},
      {"mad.hi.sat.s32 $d, $a, $b, $c",
       "rrrr",
       {0x7fffffff, 0x7fffffff, 0x7fffffff},
       0x7fffffff},
      {"mad.wide.u32 $d, $a, $b, $c", "drrd", {0xffffffff, 2, 5}, 0x200000003},
      {"mad.lo.u64 $d, $a, $b, $c", "dddd", {3, 5, 7}, 22},
  });
}

TEST(PTXInteger, quotientsTruncate) {
  expectCases({
      {"div.s32 $d, $a, $b", "rrr", {uint32_t(-7), 2}, uint32_t(-3)},
      {"div.u32 $d, $a, $b", "rrr", {uint32_t(-7), 2}, 0x7ffffffc},
      {"div.s32 $d, $a, $b", "rrr", {0x80000000, 0xffffffff}, 0x80000000},
      {"div.u64 $d, $a, $b", "ddd", {uint64_t(1) << 40, 3}, 366503875925},
      {"rem.s32 $d, $a, $b", "rrr", {uint32_t(-7), 2}, uint32_t(-1)},
      {"rem.u32 $d, $a, $b", "rrr", {17, 5}, 2},
      {"rem.s64 $d, $a, $b", "ddd", {uint64_t(-7), 4}, uint64_t(-3)},
      {"div.s16 $d, $a, $b", "hhh", {uint16_t(-7), 2}, uint16_t(-3)},
  });
}

TEST(PTXInteger, minimaAndSigns) {
  expectCases({
      {"min.s32 $d, $a, $b", "rrr", {0xffffffff, 1}, 0xffffffff},
      {"min.u32 $d, $a, $b", "rrr", {0xffffffff, 1}, 1},
      {"min.relu.s32 $d, $a, $b", "rrr", {uint32_t(-3), 5}, 0},
      {"max.relu.s32 $d, $a, $b", "rrr", {uint32_t(-3), uint32_t(-5)}, 0},
      {"max.relu.s32 $d, $a, $b", "rrr", {uint32_t(-3), 5}, 5},
      {"max.s32 $d, $a, $b", "rrr", {0xffffffff, 1}, 1},
      {"max.u64 $d, $a, $b", "ddd", {~uint64_t(0), 1}, ~uint64_t(0)},
      {"min.s64 $d, $a, $b", "ddd", {~uint64_t(0), 1}, ~uint64_t(0)},
      {"max.u16 $d, $a, $b", "hhh", {0xffff, 1}, 0xffff},
      {"abs.s32 $d, $a", "rr", {uint32_t(-5)}, 5},
      {"abs.s64 $d, $a", "dd", {uint64_t(-5)}, 5},
      {"neg.s32 $d, $a", "rr", {5}, uint32_t(-5)},
      {"neg.s16 $d, $a", "hh", {5}, uint16_t(-5)},
      {"neg.s64 $d, $a", "dd", {uint64_t(-5)}, 5},
  });
}

TEST(PTXInteger, logic) {
  expectCases({
      {"and.b32 $d, $a, $b", "rrr", {0xff00ff00, 0x0ff00ff0}, 0x0f000f00},
      {"or.b64 $d, $a, $b", "ddd", {0xff00ff00, 0x0ff00ff0}, 0xfff0fff0},
      {"xor.b16 $d, $a, $b", "hhh", {0xff00, 0x0ff0}, 0xf0f0},
      {"not.b32 $d, $a", "rr", {0xff00ff00}, 0x00ff00ff},
      {"not.b64 $d, $a", "dd", {0}, ~uint64_t(0)},
      {"cnot.b32 $d, $a", "rr", {0}, 1},
      {"cnot.b32 $d, $a", "rr", {7}, 0},
      {"and.pred $d, $a, $b", "ppp", {1, 0}, 0},
      {"or.pred $d, $a, $b", "ppp", {1, 0}, 1},
      {"xor.pred $d, $a, $b", "ppp", {1, 1}, 0},
      {"not.pred $d, $a", "pp", {0}, 1},
      // (a & b) ^ c: 0xF0 & 0xCC ^ 0xAA = 0x6A.
      {"lop3.b32 $d, $a, $b, $c, 0x6A", "rrrr", {0xc, 0xa, 0x3}, 0xb},
      {"lop3.b32 $d, $a, $b, $c, 0xFE", "rrrr", {1, 2, 4}, 7},
  });
}

TEST(PTXInteger, shiftsClamp) {
  expectCases({
      {"shl.b32 $d, $a, $b", "rrr", {1, 31}, 0x80000000},
      {"shl.b32 $d, $a, $b", "rrr", {1, 32}, 0},
      {"shl.b16 $d, $a, $b", "hhr", {0x8001, 1}, 2},
      {"shl.b64 $d, $a, $b", "ddr", {1, 40}, uint64_t(1) << 40},
      {"shl.b64 $d, $a, $b", "ddr", {1, 64}, 0},
      {"shr.u32 $d, $a, $b", "rrr", {0x80000000, 31}, 1},
      {"shr.s32 $d, $a, $b", "rrr", {0x80000000, 31}, 0xffffffff},
      {"shr.s32 $d, $a, $b", "rrr", {0x80000000, 99}, 0xffffffff},
      {"shr.b32 $d, $a, $b", "rrr", {0x80000000, 32}, 0},
      {"shr.s64 $d, $a, $b", "ddr", {uint64_t(1) << 63, 62}, ~uint64_t(1)},
      {"shf.l.clamp.b32 $d, $a, $b, $c", "rrrr", {0x80000000, 1, 1}, 3},
      {"shf.l.wrap.b32 $d, $a, $b, $c", "rrrr", {0x80000000, 1, 33}, 3},
      {"shf.l.clamp.b32 $d, $a, $b, $c", "rrrr", {0x1234, 1, 40}, 0x1234},
      {"shf.r.clamp.b32 $d, $a, $b, $c", "rrrr", {0, 1, 1}, 0x80000000},
      {"shf.r.wrap.b32 $d, $a, $b, $c", "rrrr", {0x10, 0, 36}, 1},
      {"shf.r.clamp.b32 $d, $a, $b, $c", "rrrr", {0, 0x55, 32}, 0x55},
  });
}

TEST(PTXInteger, bitFields) {
  expectCases({
      {"bfe.u32 $d, $a, $b, $c", "rrrr", {0xabcd1234, 8, 8}, 0x12},
      {"bfe.s32 $d, $a, $b, $c", "rrrr", {0xabcd8234, 8, 8}, 0xffffff82},
      {"bfe.s32 $d, $a, $b, $c", "rrrr", {0x80000000, 28, 16}, 0xfffffff8},
      {"bfe.u32 $d, $a, $b, $c", "rrrr", {0xffffffff, 0, 0}, 0},
      {"bfe.s32 $d, $a, $b, $c", "rrrr", {0x80000000, 40, 4}, 0xffffffff},
      {"bfe.u64 $d, $a, $b, $c", "ddrr", {uint64_t(0xab) << 40, 40, 8}, 0xab},
      {"bfe.s64 $d, $a, $b, $c",
       "ddrr",
       {uint64_t(0xff) << 56, 60, 99},
       ~uint64_t(0)},
      {"bfi.b32 $d, $a, $b, $c, $e", "rrrrr", {0xff, 0, 4, 4}, 0xf0},
      {"bfi.b32 $d, $a, $b, $c, $e",
       "rrrrr",
       {0, 0xffffffff, 28, 8},
       0x0fffffff},
      {"bfi.b32 $d, $a, $b, $c, $e", "rrrrr", {1, 7, 32, 8}, 7},
      {"bfi.b64 $d, $a, $b, $c, $e",
       "dddrr",
       {0x3, 0, 40, 2},
       uint64_t(3) << 40},
  });
}

TEST(PTXInteger, permutations) {
  // b:a is 0x77665544 33221100.
  uint64_t a = 0x33221100, b = 0x77665544;
  expectCases({
      {"prmt.b32 $d, $a, $b, $c", "rrrr", {a, b, 0x7531}, 0x77553311},
      {"prmt.b32 $d, $a, $b, $c", "rrrr", {0x80, 0, 0xc8c8}, 0x00ff00ff},
      {"prmt.b32.f4e $d, $a, $b, $c", "rrrr", {a, b, 1}, 0x44332211},
      {"prmt.b32.b4e $d, $a, $b, $c", "rrrr", {a, b, 1}, 0x66770011},
      {"prmt.b32.rc8 $d, $a, $b, $c", "rrrr", {a, b, 2}, 0x22222222},
      {"prmt.b32.ecl $d, $a, $b, $c", "rrrr", {a, b, 1}, 0x33221111},
      {"prmt.b32.ecr $d, $a, $b, $c", "rrrr", {a, b, 1}, 0x11111100},
      {"prmt.b32.rc16 $d, $a, $b, $c", "rrrr", {a, b, 1}, 0x33223322},
  });
}

TEST(PTXInteger, counts) {
  expectCases({
      {"popc.b32 $d, $a", "rr", {0xf0f0}, 8},
      {"popc.b64 $d, $a", "rd", {~uint64_t(0)}, 64},
      {"clz.b32 $d, $a", "rr", {1}, 31},
      {"clz.b32 $d, $a", "rr", {0}, 32},
      {"clz.b64 $d, $a", "rd", {1}, 63},
      {"brev.b32 $d, $a", "rr", {0x12345678}, 0x1e6a2c48},
      {"brev.b64 $d, $a", "dd", {1}, uint64_t(1) << 63},
      {"bfind.u32 $d, $a", "rr", {0x00010000}, 16},
      {"bfind.u32 $d, $a", "rr", {0}, 0xffffffff},
      {"bfind.s32 $d, $a", "rr", {0xfffeffff}, 16},
      {"bfind.s32 $d, $a", "rr", {0xffffffff}, 0xffffffff},
      {"bfind.shiftamt.u32 $d, $a", "rr", {0x00010000}, 15},
      {"bfind.u64 $d, $a", "rd", {uint64_t(1) << 50}, 50},
  });
}

TEST(PTXInteger, comparisons) {
  expectCases({
      {"setp.eq.s32 $d, $a, $b", "prr", {5, 5}, 1},
      {"setp.ne.u32 $d, $a, $b", "prr", {5, 5}, 0},
      {"setp.lt.s32 $d, $a, $b", "prr", {0xffffffff, 0}, 1},
      {"setp.lt.u32 $d, $a, $b", "prr", {0xffffffff, 0}, 0},
      {"setp.lo.u32 $d, $a, $b", "prr", {0xffffffff, 0}, 0},
      {"setp.ls.u32 $d, $a, $b", "prr", {5, 5}, 1},
      {"setp.hi.u64 $d, $a, $b", "pdd", {~uint64_t(0), 0}, 1},
      {"setp.hs.u32 $d, $a, $b", "prr", {0xffffffff, 0}, 1},
      {"setp.ge.s64 $d, $a, $b", "pdd", {~uint64_t(0), 0}, 0},
      {"setp.gt.u16 $d, $a, $b", "phh", {2, 1}, 1},
      {"setp.le.s16 $d, $a, $b", "phh", {0xffff, 1}, 1},
      {"setp.eq.b64 $d, $a, $b", "pdd", {1, uint64_t(1) << 32}, 0},
      {"setp.eq.and.s32 $d, $a, $b, $c", "prrp", {5, 5, 0}, 0},
      {"setp.eq.or.s32 $d, $a, $b, $c", "prrp", {5, 6, 1}, 1},
      {"setp.eq.xor.s32 $d, $a, $b, !$c", "prrp", {5, 5, 1}, 1},
      {"setp.lt.s32 %p1|$d, $a, $b", "prr", {3, 2}, 1},
      {"set.lt.u32.s32 $d, $a, $b", "rrr", {0xffffffff, 0}, 0xffffffff},
      {"set.gt.f32.s32 $d, $a, $b", "rrr", {1, 0}, 0x3f800000},
      {"selp.b32 $d, $a, $b, $c", "rrrp", {1, 2, 0}, 2},
      {"selp.b64 $d, $a, $b, $c", "dddp", {1, 2, 1}, 1},
      {"selp.b16 $d, $a, $b, !$c", "hhhp", {1, 2, 1}, 2},
      {"slct.u32.s32 $d, $a, $b, $c", "rrrr", {1, 2, 0xffffffff}, 2},
      {"slct.u64.f32 $d, $a, $b, $c", "dddr", {1, 2, bits(0.0f)}, 1},
      {"slct.u32.f32 $d, $a, $b, $c", "rrrr", {1, 2, 0x7fffffff}, 2},
  });
}
