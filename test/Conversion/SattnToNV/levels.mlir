// RUN: sattn-opt %s --sattn-tile-attention --convert-sattn-to-nv --canonicalize --cse | FileCheck %s

!q = tensor<2x3x1024x64xf16>
#levels = #sattn.levels<ranks = [32, 14, 18], blocks = [*, 256, 32], scales = [0.5, 0.25, 0.25], mean>

// One loop per depth: 32 columns, then 46, which take three steps of 16 with the last
// two columns cleared. The factors of columns are multiplied into the query, relative
// to the largest (0.5 and log2 e are in the exponent). The tile on the diagonal adds
// the third level where rows and columns share a block.
// CHECK-LABEL: func.func @levels(
// CHECK-DAG: %[[THIRD:.+]] = arith.constant 0.333333343 : f32
// CHECK-DAG: %[[HALF:.+]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[QA:.+]] = sattn_nv.load_a
// CHECK: %[[QS:.+]] = sattn_nv.scale_columns %[[QA]] by [1.000000e+00, {{.*}}, 5.000000e-01] : <64x64xf16, a, 4>
// CHECK: scf.for
// CHECK: sattn_nv.stage streamed %{{.+}} : tensor<64x32xf16> -> <64x32xf16>
// CHECK: %[[Q32:.+]] = sattn_nv.columns %[[QS]][0, 32] : <64x64xf16, a, 4> -> <64x32xf16, a, 4>
// CHECK: sattn_nv.mma %[[Q32]]
// CHECK: scf.for
// CHECK: sattn_nv.stage streamed %{{.+}} : tensor<64x46xf16> -> <64x48xf16>
// CHECK: %[[Q46:.+]] = sattn_nv.columns %[[QS]][0, 46] : <64x64xf16, a, 4> -> <64x48xf16, a, 4>
// CHECK: sattn_nv.mma %[[Q46]]
// CHECK: %[[COARSE:.+]] = sattn_nv.columns %[[QS]][0, 46]
// The first of four strips of 16 keys.
// CHECK: %[[KNOWN:.+]] = sattn_nv.mma %[[COARSE]], %[[KT:[^,]+]], %{{[^ ]+}} : {{.*}} <64x16xf32, acc, 4>
// CHECK: %[[WHERE:.+]] = sattn_nv.map() at
// CHECK: ^bb0(%[[I:.+]]: index, %[[J:.+]]: index):
// CHECK:   arith.xori %[[I]], %[[J]]
// CHECK:   arith.cmpi ult
// CHECK: %[[FINE:.+]] = sattn_nv.columns %[[QS]][46, 18] : <64x64xf16, a, 4> -> <64x32xf16, a, 4>
// CHECK: %[[ALL:.+]] = sattn_nv.mma %[[FINE]], %[[KT]], %[[KNOWN]] first 32 where %[[WHERE]] :
// CHECK: %[[S0:.+]] = sattn_nv.map(%[[ALL]] :
// CHECK:   arith.select %{{.+}}, %[[THIRD]], %[[HALF]]
// CHECK: sattn_nv.mma %[[COARSE]], %[[KT]], %{{.+}} strip 16 :
// CHECK: sattn_nv.mma %[[FINE]], %[[KT]], %{{.+}} first 32 strip 16 where
// CHECK: sattn_nv.mma %[[COARSE]], %[[KT]], %{{.+}} strip 48 :
// CHECK: sattn_nv.concat %[[S0]], %{{.+}} -> <64x64xf32, acc, 4>
func.func @levels(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels window <*, 0>
    tiling <query = 64, key = 64> outs(%o : !q) -> !q
  return %r : !q
}
