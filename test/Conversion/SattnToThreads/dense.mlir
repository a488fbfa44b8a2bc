// RUN: sattn-opt %s --sattn-tile-attention --convert-sattn-to-threads --split-input-file | FileCheck %s

// The state keeps its place: the accumulator and the sum are the destinations of what
// rescales them, the reference is copied before its successor takes its place.

!t = tensor<?x20xf32>
// CHECK-LABEL: func.func @softmax(
// CHECK-NOT: sattn.
// CHECK: scf.forall
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.+]] = %{{.+}}, %[[REF:.+]] = %{{.+}}, %[[SUM:.+]] = %{{.+}}) -> (tensor<1x20xf32>, tensor<1xf32>, tensor<1xf32>)
// CHECK:   %[[OLD:.+]] = bufferization.alloc_tensor() copy(%[[REF]])
// CHECK:   %[[NEW:.+]] = linalg.generic {{.*}} outs(%[[REF]] : tensor<1xf32>)
// CHECK:     arith.maximumf
// CHECK:   linalg.generic {{.*}} ins(%[[OLD]], %[[NEW]] :
// CHECK:     math.exp2
// CHECK:   %[[SCALED:.+]] = linalg.generic {{.*}} outs(%[[ACC]] : tensor<1x20xf32>)
// CHECK:   %[[ACC1:.+]] = linalg.generic {{.*}} outs(%[[SCALED]] : tensor<1x20xf32>)
// CHECK:   %[[SCALED_SUM:.+]] = linalg.generic {{.*}} outs(%[[SUM]] : tensor<1xf32>)
// CHECK:   %[[SUM1:.+]] = linalg.generic {{.*}} outs(%[[SCALED_SUM]] : tensor<1xf32>)
// CHECK:   scf.yield %[[ACC1]], %[[NEW]], %[[SUM1]]
// CHECK: mapping = [#gpu.thread<linear_dim_0>]
func.func @softmax(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 window <*, 0>
    tiling <query = 1, key = 1> outs(%o : !t) -> !t
  return %r : !t
}

// -----

// Tiles of an unknown number of keys are taken key by key.

!t = tensor<?x8xf32>
// CHECK-LABEL: func.func @key_tiles(
// CHECK: scf.forall
// CHECK: scf.for {{.*}} step %c4
// CHECK:   scf.for {{.*}} step %c1
// CHECK-NOT: tensor<1x?x
// CHECK: scf.forall.in_parallel
func.func @key_tiles(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0
    tiling <query = 1, key = 4> outs(%o : !t) -> !t
  return %r : !t
}

// -----

// Tiles of several queries are for tensor cores.

!t = tensor<64x64xf16>
// CHECK-LABEL: func.func @several(
// CHECK: sattn.online_attention
// CHECK: sattn.finalize
func.func @several(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0
    tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}
