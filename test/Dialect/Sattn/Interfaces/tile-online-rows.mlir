// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

!q = tensor<64x48xf32>
!k = tensor<?x48xf32>
!v = tensor<?x64xf32>
!a = tensor<64x64xf32>
!r = tensor<64xf32>
// CHECK-LABEL: func.func @rows(
// CHECK: scf.forall (%[[T:.+]]) in (4) shared_outs(%[[A:.+]] = %{{.+}}, %[[L:.+]] = %{{.+}})
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: tensor.extract_slice %[[A]][%[[M]], 0] [16, 64]
// CHECK: tensor.extract_slice %[[L]][%[[M]]] [16]
// CHECK: %[[S:.+]]:2 = sattn.online_attention {{.*}} window <8, 0> query_offset(%[[M]] : index) link linear state(
// CHECK: tensor.parallel_insert_slice %[[S]]#0 into %[[A]][%[[M]], 0] [16, 64]
// CHECK: tensor.parallel_insert_slice %[[S]]#1 into %[[L]][%[[M]]] [16]
func.func @rows(%q: !q, %k: !k, %v: !v, %c: f32, %a: !a, %l: !r) -> (!a, !r) {
  %s:2 = sattn.online_attention query(%q : !q) key(%k : !k) value(%v : !v) scale(%c : f32) window <8, 0> link linear
           state(%a, %l : !a, !r) -> !a, !r
  return %s#0, %s#1 : !a, !r
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %step = transform.structured.match ops{["sattn.online_attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %tile, %loop = transform.structured.tile_using_forall %step tile_sizes [16]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
