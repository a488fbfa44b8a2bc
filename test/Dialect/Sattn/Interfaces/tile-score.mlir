// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Scores are cut along keys too: both positions move.

!q = tensor<8x512x64xbf16>
!s = tensor<8x512x512xf32>
// CHECK-LABEL: func.func @score(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<8x512x64xbf16>, %[[K:[^:]+]]: tensor<8x512x64xbf16>
// CHECK: scf.forall (%[[H:.+]], %[[I:.+]], %[[J:.+]]) in (8, 8, 4)
// CHECK-DAG: %[[M:.+]] = affine.apply {{.*}}(%[[I]])
// CHECK-DAG: %[[N:.+]] = affine.apply {{.*}}(%[[J]])
// CHECK: tensor.extract_slice %[[Q]][%[[H]], %[[M]], 0] [1, 64, 64]
// CHECK: tensor.extract_slice %[[K]][%[[H]], %[[N]], 0] [1, 128, 64]
// CHECK: %[[S:.+]] = sattn.score {{.*}} window <*, 0> query_offset(%[[M]] : index) key_offset(%[[N]] : index) zero_absent outs(
// CHECK: tensor.parallel_insert_slice %[[S]] into %{{.+}}[%[[H]], %[[M]], %[[N]]] [1, 64, 128]
func.func @score(%q: !q, %k: !q, %o: !s) -> !s {
  %r = sattn.score query(%q : !q) key(%k : !q) scale 0.125 window <*, 0> zero_absent outs(%o : !s) -> !s
  return %r : !s
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %score = transform.structured.match ops{["sattn.score"]} in %module : (!transform.any_op) -> !transform.any_op
    %tiles, %loops = transform.structured.tile_using_forall %score tile_sizes [1, 64, 128]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
