// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Links without a row normaliser: parts are added.

!q = tensor<64x32xf16>
!k = tensor<?x32xf16>
!l = tensor<64xf32>
// CHECK-LABEL: func.func @identity(
// CHECK: %[[PARTS:.+]] = scf.forall (%[[I:.+]]) in (4)
// CHECK: %[[R:.+]] = sattn.attention {{.*}} link identity outs({{.*}}) -> tensor<64x32xf32>
// CHECK: tensor.parallel_insert_slice %[[R]] into
// CHECK: %[[SUM:.+]] = linalg.reduce ins(%[[PARTS]] : tensor<4x64x32xf32>) outs(%{{.+}} : tensor<64x32xf32>) dimensions = [0]
// CHECK-NEXT: (%[[X:.+]]: f32, %[[Y:.+]]: f32) {
// CHECK-NEXT: arith.addf %[[X]], %[[Y]]
// CHECK: linalg.copy ins(%[[SUM]] :
func.func @identity(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 link identity outs(%o : !q) -> !q
  return %r : !q
}
// CHECK-LABEL: func.func @exp(
// CHECK: scf.forall
// CHECK: sattn.attention {{.*}} link exp normalizer(%{{.+}} : tensor<64xf32>)
// CHECK: linalg.reduce
func.func @exp(%q: !q, %k: !k, %v: !k, %n: !l, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 link exp normalizer(%n : !l) outs(%o : !q) -> !q
  return %r : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %init, %split, %merge, %loop = transform.structured.tile_reduction_using_forall %a by num_threads = [0, 4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
