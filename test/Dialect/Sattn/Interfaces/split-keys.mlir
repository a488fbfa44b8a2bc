// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Flash decoding by the stock transform op: four parts of the keys, merged.

!q = tensor<2x8x1x64xbf16>
!k = tensor<2x8x?x64xbf16>
!l = tensor<2x8x1xf32>
// Parts are accumulators (f32); the result is rounded once, behind the merge.
// CHECK-LABEL: func.func @decode(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<2x8x1x64xbf16>, %[[K:[^:]+]]: tensor<2x8x?x64xbf16>, %[[V:[^:]+]]: tensor<2x8x?x64xbf16>, %[[O:[^:]+]]: tensor<2x8x1x64xbf16>, %[[L:[^:]+]]: tensor<2x8x1xf32>, %[[T:[^:]+]]: index)
// CHECK-DAG: %[[PO:.+]] = tensor.empty() : tensor<4x2x8x1x64xf32>
// CHECK-DAG: %[[PL:.+]] = tensor.empty() : tensor<4x2x8x1xf32>
// CHECK: %[[PARTS:.+]]:2 = scf.forall (%[[I:.+]]) in (4) shared_outs(%[[OUT:.+]] = %[[PO]], %[[LSE:.+]] = %[[PL]])
// CHECK-DAG: %[[N:.+]] = affine.apply {{.*}}(%[[I]])
// CHECK-DAG: %[[OT:.+]] = tensor.extract_slice %[[OUT]][%[[I]], 0, 0, 0, 0] [1, 2, 8, 1, 64] {{.*}} to tensor<2x8x1x64xf32>
// CHECK-DAG: %[[LT:.+]] = tensor.extract_slice %[[LSE]][%[[I]], 0, 0, 0] [1, 2, 8, 1] {{.*}} to tensor<2x8x1xf32>
// CHECK-DAG: %[[KT:.+]] = tensor.extract_slice %[[K]][0, 0, %[[N]], 0]
// CHECK-DAG: %[[VT:.+]] = tensor.extract_slice %[[V]][0, 0, %[[N]], 0]
// CHECK: %[[R:.+]]:2 = sattn.attention query(%[[Q]] : {{.*}}) key(%[[KT]] : {{.*}}) value(%[[VT]] :
// CHECK-SAME: query_offset(%[[T]] : index) key_offset(%[[N]] : index) outs(%[[OT]], %[[LT]] :
// CHECK-DAG: tensor.parallel_insert_slice %[[R]]#0 into %[[OUT]][%[[I]], 0, 0, 0, 0]
// CHECK-DAG: tensor.parallel_insert_slice %[[R]]#1 into %[[LSE]][%[[I]], 0, 0, 0]
// CHECK: %[[MO:.+]], %[[ML:.+]] = sattn.merge outputs(%[[PARTS]]#0 : {{.*}}) lse(%[[PARTS]]#1 : {{.*}}) -> tensor<2x8x1x64xf32>, tensor<2x8x1xf32>
// CHECK: %[[C:.+]] = linalg.copy ins(%[[MO]] : {{.*}}) outs(%[[O]] : tensor<2x8x1x64xbf16>)
// CHECK: return %[[C]], %[[ML]]
func.func @decode(%q: !q, %k: !k, %v: !k, %o: !q, %l: !l, %t: index) -> (!q, !l) {
  %r:2 = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 window <*, 0> query_offset(%t : index)
           outs(%o, %l : !q, !l) -> !q, !l
  return %r#0, %r#1 : !q, !l
}

!s = tensor<64x32xf32>
!sl = tensor<64xf32>
// With static extents too: the numbers of rows and keys of a part differ, so that
// the window needs its query offset.
// CHECK-LABEL: func.func @static(
// CHECK-DAG: %[[ZERO:.+]] = arith.constant 0 : index
// CHECK: scf.forall (%[[I:.+]]) in (4)
// CHECK: %[[N:.+]] = affine.apply {{.*}}(%[[I]])
// CHECK: sattn.attention
// CHECK-SAME: value(%{{.+}} : tensor<16x32xf32>)
// CHECK-SAME: query_offset(%[[ZERO]] : index) key_offset(%[[N]] : index)
// CHECK: sattn.merge
// CHECK-NOT: linalg.copy
// CHECK: return
func.func @static(%q: !s, %k: !s, %v: !s, %o: !s, %l: !sl) -> (!s, !sl) {
  %r:2 = sattn.attention query(%q : !s) key(%k : !s) value(%v : !s) scale 0.125 window <*, 0> outs(%o, %l : !s, !sl) -> !s, !sl
  return %r#0, %r#1 : !s, !sl
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} attributes{sym_name = "decode"} in %module : (!transform.any_op) -> !transform.any_op
    %a = transform.structured.match ops{["sattn.attention"]} in %f : (!transform.any_op) -> !transform.any_op
    %init:2, %split, %merge, %loop = transform.structured.tile_reduction_using_forall %a by num_threads = [0, 0, 0, 4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    %g = transform.structured.match ops{["func.func"]} attributes{sym_name = "static"} in %module : (!transform.any_op) -> !transform.any_op
    %b = transform.structured.match ops{["sattn.attention"]} in %g : (!transform.any_op) -> !transform.any_op
    %init_2:2, %split_2, %merge_2, %loop_2 = transform.structured.tile_reduction_using_forall %b by num_threads = [0, 4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
