// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s

// Segments of constant depth share a loop over a table; the mixed diagonal keeps
// its own.
#levels = #sattn.levels<ranks = [32, 8, 8, 16], blocks = [*, 512, 256, 32], mean>
!q = tensor<4096x64xf32>
// CHECK-DAG: #[[$B1:.+]] = affine_map<(d0) -> ((d0 floordiv 4) * 512)>
// CHECK-DAG: #[[$B2:.+]] = affine_map<(d0) -> ((d0 floordiv 2) * 256)>
// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %{{[^:]+}}: tensor<4096x64xf32>, %[[K:[^:]+]]: tensor<4096x64xf32>
// CHECK-DAG: %[[WEIGHTS:.+]] = arith.constant dense<[1.000000e+00, 5.000000e-01, 0.333333343]> : tensor<3xf32>
// CHECK-DAG: %[[COLUMNS:.+]] = arith.constant dense<[32, 40, 48]> : tensor<3xindex>
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK-DAG: %[[C3:.+]] = arith.constant 3 : index
// CHECK: scf.forall (%[[IT:.+]]) in (32)
// CHECK: %[[I0:.+]] = affine.apply
// CHECK: %[[QT:.+]] = tensor.extract_slice %{{.+}}[%[[I0]], 0] [128, 64]
// CHECK: %[[S1:.+]] = affine.apply #[[$B1]](%[[IT]])
// CHECK: %[[S2:.+]] = affine.apply #[[$B2]](%[[IT]])
// CHECK: %[[LO:.+]] = tensor.from_elements %[[C0]], %[[S1]], %[[S2]]
// CHECK: %[[HI:.+]] = tensor.from_elements %[[S1]], %[[S2]], %[[I0]]
// CHECK: %[[STATE:.+]]:3 = scf.for %[[SEG:.+]] = %[[C0]] to %[[C3]]
// CHECK: %[[FROM:.+]] = tensor.extract %[[LO]][%[[SEG]]]
// CHECK: %[[TO:.+]] = tensor.extract %[[HI]][%[[SEG]]]
// CHECK: %[[COLS:.+]] = tensor.extract %[[COLUMNS]][%[[SEG]]]
// CHECK: %[[WEIGHT:.+]] = tensor.extract %[[WEIGHTS]][%[[SEG]]]
// CHECK: scf.for %[[J:.+]] = %[[FROM]] to %[[TO]]
// CHECK: %[[Q:.+]] = tensor.extract_slice %[[QT]][0, 0] [128, %[[COLS]]]
// CHECK: %[[KT:.+]] = tensor.extract_slice %[[K]][%[[J]], 0] [%{{.+}}, %[[COLS]]]
// CHECK: sattn.online_attention query(%[[Q]] : tensor<128x?xf32>) key(%[[KT]] : tensor<?x?xf32>) {{.*}} scale(%[[WEIGHT]] : f32) state(
// CHECK: sattn.online_attention {{.*}} structure {{.*}} state(%[[STATE]]#0,
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @causal(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels window <*, 0> tiling <query = 128, key = 192, levels = rolled> outs(%o : !q) -> !q
  return %r : !q
}

// Left and right of the diagonal, in one loop: the order of keys does not matter.
// CHECK-LABEL: func.func @full(
// CHECK-DAG: arith.constant dense<[32, 40, 48, 48, 40, 32]> : tensor<6xindex>
// CHECK-DAG: arith.constant dense<[1.000000e+00, 5.000000e-01, 0.333333343, 0.333333343, 5.000000e-01, 1.000000e+00]> : tensor<6xf32>
// CHECK: scf.forall
// CHECK: scf.for
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} tensor<128x?xf32>
// CHECK: sattn.online_attention {{.*}} structure
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @full(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels tiling <query = 128, key = 192, levels = rolled> outs(%o : !q) -> !q
  return %r : !q
}

// The two edges of a window share a loop, too: one column count, one weight.
// CHECK-LABEL: func.func @window(
// CHECK: scf.forall
// CHECK: sattn.online_attention
// CHECK-NOT: window
// CHECK: tensor.from_elements
// CHECK: scf.for
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} window <300, 0>
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @window(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 window <300, 0> tiling <query = 128, key = 192, levels = rolled> outs(%o : !q) -> !q
  return %r : !q
}

// Among equal scores argmax takes the first key, so keys stay in order.
// CHECK-LABEL: func.func @argmax(
// CHECK-COUNT-7: sattn.online_attention
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @argmax(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels link argmax tiling <query = 128, key = 192, levels = rolled> outs(%o : !q) -> !q
  return %r : !q
}

// One key per level: a loop for each number of keys and one for mixed ranges.
// CHECK-LABEL: func.func @caches(
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x48xf32>) {{.*}} structure
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x32xf32>)
// CHECK: sattn.online_attention {{.*}} key(%{{.+}}, %{{.+}} : tensor<?x32xf32>, tensor<?x8xf32>)
// CHECK: sattn.online_attention {{.*}} key(%{{.+}}, %{{.+}}, %{{.+}} : tensor<?x32xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @caches(%q: tensor<4x48xf32>, %a: tensor<?x32xf32>, %b: tensor<?x8xf32>, %c: tensor<?x8xf32>, %v: tensor<?x64xf32>, %o: tensor<4x64xf32>, %t: index) -> tensor<4x64xf32> {
  %r = sattn.attention query(%q : tensor<4x48xf32>) key(%a, %b, %c : tensor<?x32xf32>, tensor<?x8xf32>, tensor<?x8xf32>) value(%v : tensor<?x64xf32>) scale 1.0
     structure #sattn.levels<ranks = [32, 8, 8], blocks = [*, 256, 64], mean> window <*, 0> query_offset(%t : index) tiling<query = 4, key = 192, levels = rolled> outs(%o : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}
