// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

!q = tensor<2x8x?x64xbf16>
!l = tensor<2x8x?xf32>
// CHECK-LABEL: func.func @mha(
// CHECK: sattn.attention query(%{{.*}}) key(%{{.*}}) value(%{{.*}}) scale 0.125 window <*, 0>
func.func @mha(%q: !q, %k: !q, %v: !q, %o: !q, %lse: !l) -> (!q, !l) {
  %r:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o, %lse : !q, !l) -> !q, !l
  return %r#0, %r#1 : !q, !l
}
// MLR attention of the paper's language model. T stays dynamic: blocks are absolute sizes, only the first is "all".
#lm = #sattn.levels<ranks = [32, 8, 6, 4, 4, 4, 4, 2], blocks = [*, 512, 256, 128, 64, 32, 16, 8],
                    scales = [0.03125, 0.125, 0.16666666666666666, 0.25, 0.25, 0.25, 0.25, 0.5], mean>
// CHECK-LABEL: func.func @mlr(
// CHECK: structure #sattn.levels<ranks = [32, 8, 6, 4, 4, 4, 4, 2], blocks = [*, 512, 256, 128, 64, 32, 16, 8], scales = [0.03125, 0.125, 0.16666666666666666, 0.25,
func.func @mlr(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #lm window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}
// Local/global dimensionality by distance (DAR): 16 columns everywhere, 48 more where |i - j| < 128 (a width is exclusive, unlike the numbers of a window).
// CHECK-LABEL: func.func @bands(
// CHECK: structure #sattn.bands<ranks = [16, 48], widths = [*, 128]>
func.func @bands(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 structure #sattn.bands<ranks = [16, 48], widths = [*, 128]> window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}
// CHECK-LABEL: func.func @identity_link(
// CHECK: link identity
func.func @identity_link(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.015625 window <*, 0> link identity outs(%o : !q) -> !q
  return %r : !q
}
// CHECK-LABEL: func.func @documents(
// CHECK: segments(%[[S:.+]], %[[S]] : tensor<?xi32>, tensor<?xi32>)
func.func @documents(%q: !q, %k: !q, %v: !q, %s: tensor<?xi32>, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> segments(%s, %s : tensor<?xi32>, tensor<?xi32>) outs(%o : !q) -> !q
  return %r : !q
}
