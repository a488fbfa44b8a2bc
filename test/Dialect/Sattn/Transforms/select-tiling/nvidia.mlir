// RUN: sattn-opt %s --sattn-select-tiling=target=sm_80 --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: sattn-opt %s --sattn-select-tiling=target=sm_86 --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,SM86

// Tiles by widths; a chip with 99 KiB of shared memory per block takes fewer queries.

!a = tensor<?x64xf16>
// CHECK-LABEL: func.func @d64(
// CHECK: tiling <query = 64, key = 64>
func.func @d64(%q: !a, %k: !a, %o: !a) -> !a {
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 outs(%o : !a) -> !a
  return %r : !a
}

!b = tensor<?x128xf16>
// CHECK-LABEL: func.func @d128(
// CHECK: tiling <query = 128, key = 64>
func.func @d128(%q: !b, %k: !b, %o: !b) -> !b {
  %r = sattn.attention query(%q : !b) key(%k : !b) value(%k : !b) scale 1.0 outs(%o : !b) -> !b
  return %r : !b
}

!c = tensor<?x256xf16>
// CHECK-LABEL: func.func @d256(
// SM80: tiling <query = 128, key = 32>
// SM86: tiling <query = 64, key = 32>
func.func @d256(%q: !c, %k: !c, %o: !c) -> !c {
  %r = sattn.attention query(%q : !c) key(%k : !c) value(%k : !c) scale 1.0 outs(%o : !c) -> !c
  return %r : !c
}

// What tensor cores do not take gets a query per thread, and a remark with the reason.

!d = tensor<?x512xf16>
// CHECK-LABEL: func.func @d512(
// CHECK: tiling <query = 1, key = 1>
func.func @d512(%q: !d, %k: !d, %o: !d) -> !d {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected widths that fit a tile, got 512 and 512)}}
  %r = sattn.attention query(%q : !d) key(%k : !d) value(%k : !d) scale 1.0 outs(%o : !d) -> !d
  return %r : !d
}

!f = tensor<?x64xf32>
// CHECK-LABEL: func.func @f32(
// CHECK: tiling <query = 1, key = 1>
func.func @f32(%q: !f, %k: !f, %o: !f) -> !f {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected a query of f16 or bf16, or precision tf32, which tensor cores multiply, got f32)}}
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%k : !f) scale 1.0 outs(%o : !f) -> !f
  return %r : !f
}

// As tf32, if that is allowed: no remark.
// CHECK-LABEL: func.func @tf32(
// CHECK: tiling <query = 64, key = 64>
func.func @tf32(%q: !f, %k: !f, %o: !f) -> !f {
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%k : !f) scale 1.0 precision tf32 outs(%o : !f) -> !f
  return %r : !f
}

!g = tensor<?x256xf32>
// CHECK-LABEL: func.func @wide_tf32(
// CHECK: tiling <query = 1, key = 1>
func.func @wide_tf32(%q: !g, %k: !g, %o: !g) -> !g {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected widths that fit a tile, got 256 and 256)}}
  %r = sattn.attention query(%q : !g) key(%k : !g) value(%k : !g) scale 1.0 precision tf32 outs(%o : !g) -> !g
  return %r : !g
}

// CHECK-LABEL: func.func @f32_value(
// CHECK: tiling <query = 1, key = 1>
func.func @f32_value(%q: !a, %k: !a, %v: !f, %o: !f) -> !f {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected a value of f16 or bf16, got f32)}}
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%v : !f) scale 1.0 outs(%o : !f) -> !f
  return %r : !f
}

// CHECK-LABEL: func.func @argmax(
// CHECK: tiling <query = 1, key = 1>
func.func @argmax(%q: !a, %k: !a, %o: !a) -> !a {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected another link than argmax, which adds nothing up)}}
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 link argmax outs(%o : !a) -> !a
  return %r : !a
}

!w = tensor<?x20xf16>
// CHECK-LABEL: func.func @width(
// CHECK: tiling <query = 1, key = 1>
func.func @width(%q: !w, %k: !w, %o: !w) -> !w {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected widths that are multiples of 8, got 20)}}
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%k : !w) scale 1.0 outs(%o : !w) -> !w
  return %r : !w
}

// CHECK-LABEL: func.func @odd_level(
// CHECK: tiling <query = 1, key = 1>
func.func @odd_level(%q: !a, %k: !a, %o: !a) -> !a {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected levels that begin at an even column, got 33)}}
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0
    structure #sattn.levels<ranks = [33, 31], blocks = [*, 16]> outs(%o : !a) -> !a
  return %r : !a
}

!p = tensor<3x?x64xf16>
// CHECK-LABEL: func.func @row_positions(
// CHECK: tiling <query = 1, key = 1>
func.func @row_positions(%q: !p, %k: !p, %i: tensor<3xindex>, %o: !p) -> !p {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected levels at positions that do not depend on the batch row)}}
  %r = sattn.attention query(%q : !p) key(%k : !p) value(%k : !p) scale 1.0
    structure #sattn.levels<ranks = [32, 32], blocks = [*, 16]> query_offset(%i : tensor<3xindex>) outs(%o : !p) -> !p
  return %r : !p
}

!t = tensor<64x?xf16>
// CHECK-LABEL: func.func @transposed_value(
// CHECK: tiling <query = 1, key = 1>
func.func @transposed_value(%q: !a, %k: !a, %v: !t, %o: !a) -> !a {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected features on the last axis of query, key, value and output)}}
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%v : !t) scale 1.0 outs(%o : !a)
    dims(m r, n r, e n -> m e) -> !a
  return %r : !a
}

// CHECK-LABEL: func.func @transposed_mask(
// CHECK: tiling <query = 1, key = 1>
func.func @transposed_mask(%q: !a, %k: !a, %mask: tensor<?x?xi1>, %o: !a) -> !a {
  // expected-remark@+1 {{attention runs on the scalar kernel (expected masks and score operands with queries in front of keys)}}
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 mask(%mask : tensor<?x?xi1>)
    outs(%o : !a) dims(m r, n r, n e, n m -> m e) -> !a
  return %r : !a
}

// Tilings that are given stay where there is a kernel for them.

// CHECK-LABEL: func.func @given(
// CHECK: tiling <query = 32, key = 48, split = 2>
// CHECK: tiling <query = 64, key = 64>
// CHECK: tiling <query = 1, key = 1>
// CHECK: tiling <query = 1, key = 8, levels = rolled>
func.func @given(%q: !a, %k: !a, %o: !a, %x: !f) -> (!a, !a, !f, !f) {
  %0 = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 tiling <query = 32, key = 48, split = 2> outs(%o : !a) -> !a
  // expected-remark@+1 {{: expected query tiles of a multiple of 16 rows, got 24)}}
  %1 = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 tiling <query = 24, key = 24> outs(%o : !a) -> !a
  // expected-remark@+2 {{: expected a query of f16 or bf16, or precision tf32, which tensor cores multiply, got f32)}}
  // expected-remark@+1 {{attention runs on the scalar kernel (expected a query of f16 or bf16, or precision tf32, which tensor cores multiply, got f32)}}
  %2 = sattn.attention query(%x : !f) key(%x : !f) value(%x : !f) scale 1.0 tiling <query = 64, key = 64> outs(%x : !f) -> !f
  // expected-remark@+1 {{attention runs on the scalar kernel}}
  %3 = sattn.attention query(%x : !f) key(%x : !f) value(%x : !f) scale 1.0 tiling <query = 1, key = 8, levels = rolled> outs(%x : !f) -> !f
  return %0, %1, %2, %3 : !a, !a, !f, !f
}

// Few queries and many keys: parts of the keys, whose results are merged.

!q = tensor<4x8x1x64xf16>
!k = tensor<4x8x4096x64xf16>
!x = tensor<2x1x64xf32>
!y = tensor<2x1000x64xf32>
// CHECK-LABEL: func.func @decode(
// CHECK: tiling <query = 64, key = 64, split = 4>
// CHECK: tiling <query = 1, key = 1, split = 15>
func.func @decode(%q: !q, %k: !k, %x: !x, %y: !y) -> (!q, !x) {
  %0 = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 1.0 outs(%q : !q) -> !q
  // expected-remark@+1 {{attention runs on the scalar kernel}}
  %1 = sattn.attention query(%x : !x) key(%y : !y) value(%y : !y) scale 1.0 outs(%x : !x) -> !x
  return %0, %1 : !q, !x
}
