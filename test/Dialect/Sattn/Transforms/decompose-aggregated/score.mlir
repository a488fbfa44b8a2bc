// RUN: sattn-opt %s --sattn-decompose-aggregated --canonicalize --cse | FileCheck %s

!q = tensor<?x16xf32>
!s = tensor<?x?xf16>

// CHECK:       #[[$TRANSPOSED:.+]] = affine_map<(d0, d1) -> (d1, d0)>

// CHECK-LABEL: func.func @absent_is_minus_infinity(
// CHECK-DAG:   %[[INF:.+]] = arith.constant 0xFF800000 : f32
// CHECK:       %[[PAIRS:.+]]:2 = linalg.generic {{.*}} outs(%{{.+}}, %{{.+}} : tensor<?x?xf32>, tensor<?x?xi1>)
// CHECK:       %[[RESULT:.+]] = linalg.generic {{.*}} ins(%[[PAIRS]]#0, %[[PAIRS]]#1 :
// CHECK-NEXT:  ^bb0(%[[SCORE:.+]]: f32, %[[KEEP:.+]]: i1, %{{.+}}: f16):
// CHECK-NEXT:    %[[CHOSEN:.+]] = arith.select %[[KEEP]], %[[SCORE]], %[[INF]]
// CHECK-NEXT:    arith.truncf %[[CHOSEN]] : f32 to f16
// CHECK:       return %[[RESULT]]
func.func @absent_is_minus_infinity(%q: !q, %k: !q, %o: !s) -> !s {
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.125 window <*, 0> outs(%o : !s) -> !s
  return %s : !s
}

// CHECK-LABEL: func.func @zero_absent(
// CHECK-DAG:   %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// CHECK:         arith.select %{{.+}}, %{{.+}}, %[[ZERO]]
func.func @zero_absent(%q: !q, %k: !q, %o: !s) -> !s {
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.125 window <*, 0> zero_absent outs(%o : !s) -> !s
  return %s : !s
}

// The axes of the result are in the order that dims gives them.
// CHECK-LABEL: func.func @transposed(
// CHECK:       linalg.generic {indexing_maps = [#{{.+}}, #{{.+}}, #[[$TRANSPOSED]]]
func.func @transposed(%q: !q, %k: !q, %o: !s) -> !s {
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.125 outs(%o : !s) dims(m r, n r -> n m) -> !s
  return %s : !s
}
