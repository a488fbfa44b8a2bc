// RUN: sattn-opt %s --sattn-tile-attention --sattn-peel-key-loops --convert-sattn-to-nv --canonicalize --cse | FileCheck %s

// f32 whose products may be of tf32: the query is rounded once, tiles stay f32, and the
// weights keep the order of an accumulator.

!q = tensor<2x3x256x64xf32>

// CHECK-LABEL: func.func @tf32(
// CHECK: %[[QT:.+]] = sattn_nv.stage resident %{{.+}} : tensor<64x64xf32> -> <64x64xf32>
// CHECK: %[[QA:.+]] = sattn_nv.load_a %[[QT]] : <64x64xf32> -> <64x64xtf32, a, 4>
// CHECK: scf.for
// CHECK: %[[KT:.+]] = sattn_nv.stage streamed %{{.+}} : tensor<32x64xf32> -> <32x64xf32>
// CHECK: sattn_nv.mma %[[QA]], %[[KT]], %{{.+}} : <64x64xtf32, a, 4>, <32x64xf32>, <64x32xf32, acc, 4>
// CHECK: %[[P:.+]] = sattn_nv.to_a %{{.+}} : <64x32xf32, acc, 4> -> <64x32xtf32, acc, 4>
// CHECK: %[[VT:.+]] = sattn_nv.stage streamed
// CHECK: sattn_nv.mma %[[P]], %[[VT]] transposed, %{{.+}} : <64x32xtf32, acc, 4>, <32x64xf32>, <64x64xf32, acc, 4>
// Which pairs are present is a bit each.
// CHECK: sattn_nv.sanitize %{{.+}}, %{{.+}}, %{{.+}} : <64x32xi1, bits, 4>, <32x64xf32>, <64x64xf32, acc, 4>
func.func @tf32(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 precision tf32 window <*, 0>
         tiling <query = 64, key = 32> outs(%o : !q) -> !q
  return %r : !q
}
