// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | sattn-opt | FileCheck %s

// A mask without the axis m becomes a score operand, the normalizer another one;
// offsets and limits per batch row are read once per query tile; the limit only
// bounds the loop.
!q = tensor<2x?x64xf32>
// CHECK-DAG: #[[$END:.+]] = affine_map<(d0, d1, d2)[s0] -> (s0, d2, d0 * 16 + d1 + 16)>
// CHECK-LABEL: func.func @all(
// CHECK: scf.forall (%[[B:.+]], %[[IT:.+]]) in (2, %{{.+}})
// CHECK: %[[OFFSET:.+]] = tensor.extract %{{.+}}[%[[B]]] : tensor<2xindex>
// CHECK: %[[START:.+]] = affine.apply #{{.+}}(%[[OFFSET]], %[[IT]])
// CHECK: %[[LIMIT:.+]] = tensor.extract %{{.+}}[%[[B]]] : tensor<2xindex>
// CHECK: %[[HI:.+]] = affine.min #[[$END]](%[[IT]], %[[OFFSET]], %[[LIMIT]])
// CHECK: scf.for
// CHECK: sattn.online_attention
// CHECK-NOT: window
// CHECK: sattn.yield
// CHECK: scf.for %[[J:.+]] = %{{.+}} to %[[HI]]
// CHECK: sattn.online_attention {{.*}} window <*, 0> segments({{.*}}) query_offset(%[[START]] : index) key_offset(%[[J]] : index) link exp
// CHECK-SAME: score(%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} : tensor<16x?xf32>, tensor<f32>, tensor<?xi1>, tensor<16xf32>)
// CHECK-NEXT: ^bb0(%{{.+}}: f32, %{{.+}}: index, %{{.+}}: index, %{{.+}}: f32, %{{.+}}: f32, %[[KEEP:.+]]: i1, %[[NORM:.+]]: f32):
// CHECK: %[[S:.+]] = arith.mulf
// CHECK: %[[D:.+]] = arith.subf %[[S]], %[[NORM]]
// CHECK: %[[R:.+]] = arith.select %{{.+}}, %{{.+}}, %[[D]]
// CHECK: sattn.yield %[[R]], %[[KEEP]] : f32, i1
// CHECK: dims(m n, , n, m)
func.func @all(%q: !q, %k: !q, %bias: tensor<?x?xf32>, %slope: tensor<2xf32>, %m: tensor<2x?xi1>, %s: tensor<2x?xi32>,
               %off: tensor<2xindex>, %lim: tensor<2xindex>, %nrm: tensor<2x?xf32>, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%k : !q) scale 1.0 window <*, 0> mask(%m : tensor<2x?xi1>)
    segments(%s, %s : tensor<2x?xi32>, tensor<2x?xi32>) query_offset(%off : tensor<2xindex>) key_limit(%lim : tensor<2xindex>)
    link exp normalizer(%nrm : tensor<2x?xf32>) score(%bias, %slope : tensor<?x?xf32>, tensor<2xf32>) {
  ^bb0(%x: f32, %i: index, %j: index, %b: f32, %sl: f32):
    %y = arith.addf %x, %b : f32
    %z = arith.mulf %y, %sl : f32
    sattn.yield %z : f32
  } tiling <query = 16, key = 32> outs(%o : !q) dims(b m r, b n r, b n e, b n, m n, b -> b m e) -> !q
  return %r : !q
}

// State by link.
// CHECK-LABEL: func.func @argmax(
// CHECK: scf.for {{.*}} -> (tensor<16x8xf64>, tensor<16xf64>)
// CHECK: sattn.finalize state(%{{.+}}#0, %{{.+}}#1 : {{.*}}) link argmax
func.func @argmax(%q: tensor<64x8xf64>, %k: tensor<?x8xf64>, %o: tensor<64x8xf64>) -> tensor<64x8xf64> {
  %r = sattn.attention query(%q : tensor<64x8xf64>) key(%k : tensor<?x8xf64>) value(%k : tensor<?x8xf64>) scale 0.5 link argmax tiling <query = 16, key = 32> outs(%o : tensor<64x8xf64>) -> tensor<64x8xf64>
  return %r : tensor<64x8xf64>
}

// A normalizer of another width than the score.
// CHECK-LABEL: func.func @wide_normalizer(
// CHECK: ^bb0(%[[S:.+]]: f32, %{{.+}}: index, %{{.+}}: index, %[[N:.+]]: f64):
// CHECK: %[[T:.+]] = arith.truncf %[[N]] : f64 to f32
// CHECK: arith.subf %[[S]], %[[T]]
func.func @wide_normalizer(%q: tensor<64x8xf32>, %k: tensor<?x8xf32>, %n: tensor<64xf64>, %o: tensor<64x8xf32>) -> tensor<64x8xf32> {
  %r = sattn.attention query(%q : tensor<64x8xf32>) key(%k : tensor<?x8xf32>) value(%k : tensor<?x8xf32>) scale 0.5 link exp normalizer(%n : tensor<64xf64>) tiling <query = 16, key = 32> outs(%o : tensor<64x8xf32>) -> tensor<64x8xf32>
  return %r : tensor<64x8xf32>
}
