// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

// Clauses `structure` that roundtrip.mlir does not have.

!k1 = tensor<4x12x?x32xbf16>
!k2 = tensor<4x12x?x16xbf16>
!d = tensor<4x12x1x64xbf16>
// CHECK-LABEL: func.func @key_per_level(
// CHECK: key(%{{.+}}, %{{.+}}, %{{.+}} : tensor<4x12x?x32xbf16>, tensor<4x12x?x16xbf16>, tensor<4x12x?x16xbf16>)
// CHECK-SAME: structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, 4096, 256], mean> window <*, 0> query_offset(
func.func @key_per_level(%q: !d, %a: !k1, %b: !k2, %c: !k2, %v: tensor<4x12x?x64xbf16>, %o: !d, %t: index) -> !d {
  %r = sattn.attention query(%q : !d) key(%a, %b, %c : !k1, !k2, !k2) value(%v : tensor<4x12x?x64xbf16>) scale 0.125
     structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, 4096, 256], mean> window <*, 0> query_offset(%t : index) outs(%o : !d) -> !d
  return %r : !d
}

!q = tensor<8x64xf32>
// Column groups: every level unbounded. Scales are printed in the shortest form
// that reads back as the same number.
// CHECK-LABEL: func.func @column_groups(
// CHECK: scale 1.0e-05 structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, *, *], scales = [0.1, -2.0, 1.0e+20], mean> outs(
func.func @column_groups(%q: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.00001
         structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, *, *], mean, scales = [0.1, -2.0, 1.0e+20]> outs(%q : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @bands_with_scales(
// CHECK: scale 0.08838834764831845 structure #sattn.bands<ranks = [48, 16], widths = [*, 3], scales = [0.3333333333333333, 1.0]> outs(
func.func @bands_with_scales(%q: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.088388347648318447
         structure #sattn.bands<ranks = [48, 16], widths = [*, 3], scales = [0.33333333333333331, 1.0]> outs(%q : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @infinite_scale(
// CHECK: scale 0x7FF0000000000000 outs(
func.func @infinite_scale(%q: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0x7FF0000000000000 outs(%q : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @on_a_tile(
// CHECK: key(%{{.+}}, %{{.+}} : tensor<16x32xf32>, tensor<16x32xf32>) {{.*}} structure #sattn.levels<ranks = [32, 32], blocks = [*, 8]> window <4, 0> mask({{.*}}) segments({{.*}}) query_offset({{.*}}) key_offset({{.*}}) key_limit({{.*}}) link linear state(
func.func @on_a_tile(%q: !q, %k: tensor<16x32xf32>, %v: tensor<16x64xf32>, %m: tensor<8x16xi1>, %sq: tensor<8xi32>, %sk: tensor<16xi32>, %c: f32, %t: index, %l: tensor<8xf32>) -> !q {
  %r:2 = sattn.online_attention query(%q : !q) key(%k, %k : tensor<16x32xf32>, tensor<16x32xf32>) value(%v : tensor<16x64xf32>) scale(%c : f32)
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 8]> window <4, 0> mask(%m : tensor<8x16xi1>) segments(%sq, %sk : tensor<8xi32>, tensor<16xi32>)
         query_offset(%t : index) key_offset(%t : index) key_limit(%t : index) link linear state(%q, %l : !q, tensor<8xf32>) -> !q, tensor<8xf32>
  return %r#0 : !q
}
