// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Tiles of keys carry the state through a loop.

!q = tensor<64x48xf32>
!k = tensor<?x48xf32>
!v = tensor<?x64xf32>
!a = tensor<64x64xf32>
!r = tensor<64xf32>
// CHECK-LABEL: func.func @keys(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<64x48xf32>, %[[K:[^:]+]]: tensor<?x48xf32>, %[[V:[^:]+]]: tensor<?x64xf32>, %{{.+}}: f32, %[[BIAS:[^:]+]]: tensor<?xf32>, %[[P:[^:]+]]: index
// CHECK: scf.for %[[J:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[A:.+]] = %{{.+}}, %[[M:.+]] = %{{.+}}, %[[L:.+]] = %{{.+}}) -> (tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
// CHECK: %[[ROWS:.+]] = affine.min {{.*}}(%[[J]])
// CHECK: %[[KT:.+]] = tensor.extract_slice %[[K]][%[[J]], 0] [%[[ROWS]], 48]
// CHECK: %[[VT:.+]] = tensor.extract_slice %[[V]][%[[J]], 0] [%[[ROWS]], 64]
// CHECK: %[[BT:.+]] = tensor.extract_slice %[[BIAS]][%[[J]]] [%[[ROWS]]]
// CHECK: %[[N:.+]] = affine.apply {{.*}}(%[[J]])[%[[P]]]
// CHECK: %[[S:.+]]:3 = sattn.online_attention query(%[[Q]] : {{.*}}) key(%[[KT]] : {{.*}}) value(%[[VT]] :
// CHECK-SAME: window <*, 0> query_offset(%[[P]] : index) key_offset(%[[N]] : index) score(%[[BT]] :
// CHECK: state(%[[A]], %[[M]], %[[L]] :
// CHECK: scf.yield %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @keys(%q: !q, %k: !k, %v: !v, %c: f32, %bias: tensor<?xf32>, %p: index, %a: !a, %m: !r, %l: !r) -> !a {
  %s:3 = sattn.online_attention query(%q : !q) key(%k : !k) value(%v : !v) scale(%c : f32) window <*, 0> query_offset(%p : index) key_offset(%p : index)
         score(%bias : tensor<?xf32>) {
  ^bb0(%x: f32, %i: index, %j: index, %b: f32):
    %y = arith.addf %x, %b : f32
    sattn.yield %y : f32
  } state(%a, %m, %l : !a, !r, !r) dims(n) -> !a, !r, !r
  return %s#0 : !a
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %step = transform.structured.match ops{["sattn.online_attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %tile, %loop = transform.structured.tile_using_for %step tile_sizes [0, 64]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
