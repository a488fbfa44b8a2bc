// RUN: sattn-opt %s --sattn-tile-attention --sattn-peel-key-loops --canonicalize --cse | FileCheck %s

!q = tensor<2x64x64xf16>
!k = tensor<2x?x64xf16>

// Whole tiles, then the rest. Both loops are empty where there is no key: the bound
// between them is at least the lower one.
// CHECK-DAG: #[[$SPLIT:.+]] = affine_map<()[s0] -> (0, (s0 floordiv 64) * 64)>
// CHECK-LABEL: func.func @full(
// CHECK: %[[N:.+]] = tensor.dim
// CHECK: %[[SPLIT:.+]] = affine.max #[[$SPLIT]]()[%[[N]]]
// CHECK: %[[WHOLE:.+]]:3 = scf.for %{{.+}} = %{{.+}} to %[[SPLIT]] step
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<64x64xf16>) value(%{{.+}} : tensor<64x64xf16>)
// CHECK: scf.for %{{.+}} = %[[SPLIT]] to %[[N]] step %{{.+}} iter_args(%{{.+}} = %[[WHOLE]]#0, %{{.+}} = %[[WHOLE]]#1, %{{.+}} = %[[WHOLE]]#2)
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x64xf16>) value(%{{.+}} : tensor<?x64xf16>)
// CHECK: sattn.finalize
func.func @full(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 1.0 tiling <query = 64, key = 64> outs(%o : !q) -> !q
  return %r : !q
}

// A loop that checks pairs anyway is not split.
// CHECK-LABEL: func.func @band(
// CHECK-NOT: key(%{{.+}} : tensor<64x64xf16>)
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x64xf16>)
// CHECK-NOT: key(%{{.+}} : tensor<64x64xf16>)
// CHECK: return
func.func @band(%q: !q, %k: !k, %v: !k, %o: !q, %t: index) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 1.0 window <3, 5> query_offset(%t : index)
    tiling <query = 64, key = 64> outs(%o : !q) -> !q
  return %r : !q
}
