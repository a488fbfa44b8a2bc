// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Two attentions and their sum in one loop. Without a tile for a tile of the
// result, fusion would clone the whole attention into every iteration.

!q = tensor<4x12x512x64xf32>
// CHECK-LABEL: func.func @gswa(
// CHECK-NOT: sattn.attention
// CHECK: scf.forall (%{{.+}}, %{{.+}}, %[[T:.+]]) in (4, 12, 8)
// CHECK-DAG: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK-DAG: %[[A:.+]] = sattn.attention {{.*}} window <*, 0> query_offset(%[[M]] : index) outs({{.*}}) -> tensor<1x1x64x64xf32>
// CHECK-DAG: %[[B:.+]] = sattn.attention {{.*}} window <128, 0> query_offset(%[[M]] : index) outs({{.*}}) -> tensor<1x1x64x64xf32>
// CHECK: linalg.add ins(%[[A]], %[[B]] :
// CHECK-NOT: sattn.attention
// CHECK: return
func.func @gswa(%qg: !q, %kg: !q, %ql: !q, %kl: !q, %v: !q, %o: !q) -> !q {
  %a = sattn.attention query(%qg : !q) key(%kg : !q) value(%v : !q) scale 0.25 window <*, 0> outs(%o : !q) -> !q
  %b = sattn.attention query(%ql : !q) key(%kl : !q) value(%v : !q) scale 0.25 window <128, 0> outs(%o : !q) -> !q
  %r = linalg.add ins(%a, %b : !q, !q) outs(%o : !q) -> !q
  return %r : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %attention = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %sum = transform.structured.match ops{["linalg.add"]} in %module : (!transform.any_op) -> !transform.any_op
    %tile, %loop = transform.structured.tile_using_forall %sum tile_sizes [1, 1, 64]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %fused, %new_loop = transform.structured.fuse_into_containing_op %attention into %loop
      : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
