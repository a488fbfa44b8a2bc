// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// The consumer reads only the second result: rows are cut, the value depth is not.

!q = tensor<8x512x64xf32>
!l = tensor<8x512xf32>
// CHECK-LABEL: func.func @entropy(
// CHECK: scf.forall (%{{.+}}, %[[T:.+]]) in (8, 8)
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: %[[A:.+]]:2 = sattn.attention {{.*}} query_offset(%[[M]] : index) outs({{.*}}) -> tensor<1x64x64xf32>, tensor<1x64xf32>
// CHECK: linalg.exp ins(%[[A]]#1 :
func.func @entropy(%q: !q, %k: !q, %v: !q, %o: !q, %lse: !l) -> !l {
  %a:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.25 window <*, 0> outs(%o, %lse : !q, !l) -> !q, !l
  %r = linalg.exp ins(%a#1 : !l) outs(%lse : !l) -> !l
  return %r : !l
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %attention = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %exp = transform.structured.match ops{["linalg.exp"]} in %module : (!transform.any_op) -> !transform.any_op
    %tile, %loop = transform.structured.tile_using_forall %exp tile_sizes [1, 64]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %fused, %new_loop = transform.structured.fuse_into_containing_op %attention into %loop
      : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
