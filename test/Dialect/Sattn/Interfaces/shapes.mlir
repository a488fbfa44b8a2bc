// RUN: sattn-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s

// Extents of results are those of the destinations: nothing is computed for them.

!q = tensor<8x?x64xf32>
!l = tensor<8x?xf32>
// CHECK-LABEL: func.func @extents(
// CHECK-SAME: %[[O:[^:]+]]: tensor<8x?x64xf32>, %[[L:[^:]+]]: tensor<8x?xf32>, %[[S:[^:]+]]: tensor<8x?x?xf32>)
// CHECK-DAG: %[[C1:.+]] = arith.constant 1 : index
// CHECK-DAG: %[[C2:.+]] = arith.constant 2 : index
// CHECK-DAG: %[[A:.+]] = tensor.dim %[[O]], %[[C1]]
// CHECK-DAG: %[[B:.+]] = tensor.dim %[[L]], %[[C1]]
// CHECK-DAG: %[[C:.+]] = tensor.dim %[[S]], %[[C2]]
// CHECK-NOT: sattn
// CHECK: return %[[A]], %[[B]], %[[C]]
func.func @extents(%q: !q, %k: !q, %o: !q, %l: !l, %s: tensor<8x?x?xf32>) -> (index, index, index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r:2 = sattn.attention query(%q : !q) key(%k : !q) value(%k : !q) scale 0.125 outs(%o, %l : !q, !l) -> !q, !l
  %t = sattn.score query(%q : !q) key(%k : !q) scale 0.125 outs(%s : tensor<8x?x?xf32>) -> tensor<8x?x?xf32>
  %a = tensor.dim %r#0, %c1 : !q
  %b = tensor.dim %r#1, %c1 : !l
  %c = tensor.dim %t, %c2 : tensor<8x?x?xf32>
  return %a, %b, %c : index, index, index
}
