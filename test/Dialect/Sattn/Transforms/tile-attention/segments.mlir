// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | sattn-opt | FileCheck %s

// Blocks of 512 and 128 hold whole query tiles: one loop per depth. Blocks of 32
// are finer than the tile: one mixed tile, which is the causal edge, too.
// CHECK-DAG: #[[$BLOCK:.+]] = affine_map<(d0) -> ((d0 floordiv 4) * 512)>
// CHECK-DAG: #[[$TILE:.+]] = affine_map<(d0) -> (d0 * 128)>
#levels = #sattn.levels<ranks = [32, 8, 8, 16], blocks = [*, 512, 128, 32], mean>
!q = tensor<2x4096x64xf32>
// CHECK-LABEL: func.func @levels(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<2x4096x64xf32>, %[[K:[^:]+]]: tensor<2x4096x64xf32>, %[[V:[^:]+]]: tensor<2x4096x64xf32>, %[[O:[^:]+]]: tensor<2x4096x64xf32>)
func.func @levels(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  // CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
  // CHECK-DAG: %[[STEP:.+]] = arith.constant 128 : index
  // CHECK-DAG: %[[ONE:.+]] = arith.constant 1.000000e+00 : f32
  // CHECK-DAG: %[[HALF:.+]] = arith.constant 5.000000e-01 : f32
  // CHECK: scf.forall (%[[B:.+]], %[[IT:.+]]) in (2, 32) shared_outs(%[[OUT:.+]] = %[[O]])
  // CHECK: %[[I0:.+]] = affine.apply #[[$TILE]](%[[IT]])
  // CHECK: %[[QT:.+]] = tensor.extract_slice %[[Q]][%[[B]], %[[I0]], 0] [1, 128, 64]
  // CHECK: %[[B0:.+]] = affine.apply #[[$BLOCK]](%[[IT]])
  // CHECK: %[[S1:.+]]:3 = scf.for %[[J:.+]] = %[[C0]] to %[[B0]] step %[[STEP]]
  // CHECK: %[[Q32:.+]] = tensor.extract_slice %[[QT]][0, 0] [128, 32]
  // CHECK: %[[K32:.+]] = tensor.extract_slice %[[K]][%[[B]], %[[J]], 0] [1, 128, 32]
  // CHECK: sattn.online_attention query(%[[Q32]] : {{.*}}) key(%[[K32]] : {{.*}}) scale(%[[ONE]] : f32) state(
  // CHECK: %[[S2:.+]]:3 = scf.for %{{.+}} = %[[B0]] to %[[I0]] step %[[STEP]]
  // CHECK-SAME: iter_args(%{{.+}} = %[[S1]]#0, %{{.+}} = %[[S1]]#1, %{{.+}} = %[[S1]]#2)
  // CHECK: tensor.extract_slice %[[QT]][0, 0] [128, 40]
  // CHECK: sattn.online_attention {{.*}} scale(%[[HALF]] : f32) state(
  // CHECK: %[[S3:.+]]:3 = sattn.online_attention query(%[[QT]] : {{.*}}) scale(%[[ONE]] : f32)
  // CHECK-SAME: structure #sattn.levels<ranks = [32, 8, 8, 16], blocks = [*, *, *, 32], mean> window <*, 0>
  // CHECK-SAME: query_offset(%[[I0]] : index) key_offset(%[[I0]] : index) state(%[[S2]]#0, %[[S2]]#1, %[[S2]]#2
  // CHECK: %[[OT:.+]] = tensor.extract_slice %[[OUT]][%[[B]], %[[I0]], 0] [1, 128, 64]
  // CHECK: %[[F:.+]] = sattn.finalize state(%[[S3]]#0, %[[S3]]#1, %[[S3]]#2 : {{.*}}) outs(%[[OT]]
  // CHECK: tensor.parallel_insert_slice %[[F]] into %[[OUT]][%[[B]], %[[I0]], 0] [1, 128, 64]
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels window <*, 0> tiling <query = 128, key = 128> outs(%o : !q) -> !q
  return %r : !q
}

// No clause: one loop, no position.
// CHECK-LABEL: func.func @full(
// CHECK: scf.forall
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} scale(%{{.+}} : f32) state(
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @full(%q: tensor<128x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x16xf32>, %o: tensor<128x16xf32>) -> tensor<128x16xf32> {
  %r = sattn.attention query(%q : tensor<128x8xf32>) key(%k : tensor<?x8xf32>) value(%v : tensor<?x16xf32>) scale 1.0 tiling <query = 64, key = 48> outs(%o : tensor<128x16xf32>) -> tensor<128x16xf32>
  return %r : tensor<128x16xf32>
}

// A window: edges of one tile each, an unmasked core between them.
// CHECK-LABEL: func.func @sliding(
// CHECK: sattn.online_attention {{.*}} window <1024, 0>
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} scale(%{{.+}} : f32) state(
// CHECK: sattn.online_attention {{.*}} window <1024, 0>
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @sliding(%q: tensor<4096x8xf32>, %k: tensor<4096x8xf32>, %v: tensor<4096x8xf32>, %o: tensor<4096x8xf32>) -> tensor<4096x8xf32> {
  %r = sattn.attention query(%q : tensor<4096x8xf32>) key(%k : tensor<4096x8xf32>) value(%v : tensor<4096x8xf32>) scale 1.0 window <1024, 0> tiling <query = 64, key = 64> outs(%o : tensor<4096x8xf32>) -> tensor<4096x8xf32>
  return %r : tensor<4096x8xf32>
}
