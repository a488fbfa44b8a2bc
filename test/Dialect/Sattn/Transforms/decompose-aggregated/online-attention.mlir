// RUN: sattn-opt %s --sattn-decompose-aggregated --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-decompose-aggregated=ops=sattn.finalize | FileCheck %s --check-prefix=OPS

!a = tensor<8x4xf32>
!r = tensor<8xf32>

// The old state moves to the new maximum, to base 2, then the tile is added.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[ACC:[a-z0-9]+]]: tensor<8x4xf32>, %[[REF:[a-z0-9]+]]: tensor<8xf32>, %[[SUM:[a-z0-9]+]]: tensor<8xf32>
// CHECK-DAG:     %[[LOG2E:.+]] = arith.constant 1.44269502
// CHECK:         arith.mulf %{{.+}}, %[[LOG2E]]
// CHECK:       %[[MAX:.+]] = linalg.generic {{.*}} outs(%[[REF]] :
// CHECK:         arith.maximumf
// CHECK:       %[[FACTOR:.+]] = linalg.generic {{.*}} ins(%[[REF]], %[[MAX]] :
// CHECK:         math.exp2
// CHECK:       %[[WEIGHTS:.+]] = linalg.generic {{.*}} ins(%{{.+}}, %{{.+}}, %[[MAX]] :
// CHECK:         math.exp2
// CHECK:       %[[OLD:.+]] = linalg.generic {{.*}} ins(%[[ACC]], %[[FACTOR]] :
// CHECK:       %[[NEW:.+]] = linalg.generic {{.*}} ins(%[[WEIGHTS]], {{.*}} outs(%[[OLD]] :
// CHECK:       %[[OLD_SUM:.+]] = linalg.generic {{.*}} ins(%[[SUM]], %[[FACTOR]] :
// CHECK:       %[[NEW_SUM:.+]] = linalg.generic {{.*}} ins(%[[WEIGHTS]] : {{.*}} outs(%[[OLD_SUM]] :
// CHECK:       return %[[NEW]], %[[MAX]], %[[NEW_SUM]]
// OPS-LABEL:   func.func @softmax(
// OPS:         sattn.online_attention
func.func @softmax(%acc: !a, %ref: !r, %sum: !r, %q: tensor<8x?xf32>, %k: tensor<?x?xf32>, %v: tensor<?x4xf32>, %scale: f32) -> (!a, !r, !r) {
  %s:3 = sattn.online_attention query(%q : tensor<8x?xf32>) key(%k : tensor<?x?xf32>) value(%v : tensor<?x4xf32>) scale(%scale : f32)
           state(%acc, %ref, %sum : !a, !r, !r) -> !a, !r, !r
  return %s#0, %s#1, %s#2 : !a, !r, !r
}

// The destination has fewer rows than the state.
// CHECK-LABEL: func.func @finalize(
// CHECK-SAME:    %[[ACC:[a-z0-9]+]]: tensor<8x4xf32>, %[[REF:[a-z0-9]+]]: tensor<8xf32>, %[[SUM:[a-z0-9]+]]: tensor<8xf32>
// CHECK-DAG:   %[[A:.+]] = tensor.extract_slice %[[ACC]][0, 0] [%[[ROWS:.+]], 4] [1, 1]
// CHECK-DAG:   %[[R:.+]] = tensor.extract_slice %[[REF]][0] [%[[ROWS]]] [1]
// CHECK-DAG:   %[[S:.+]] = tensor.extract_slice %[[SUM]][0] [%[[ROWS]]] [1]
// CHECK:       %[[OUT:.+]] = linalg.generic {{.*}} ins(%[[A]], %[[S]] :
// CHECK:         %[[EMPTY:.+]] = arith.cmpf oeq
// CHECK:         %[[QUOTIENT:.+]] = arith.divf
// CHECK:         arith.select %[[EMPTY]], %{{.+}}, %[[QUOTIENT]]
// CHECK:       %[[LSE:.+]] = linalg.generic {{.*}} ins(%[[S]], %[[R]] :
// CHECK:         math.log2
// CHECK:       return %[[OUT]], %[[LSE]]
// OPS-LABEL:   func.func @finalize(
// OPS-NOT:     sattn.finalize
// OPS:         return
func.func @finalize(%acc: !a, %ref: !r, %sum: !r, %out: tensor<?x4xbf16>, %lse: tensor<?xf32>) -> (tensor<?x4xbf16>, tensor<?xf32>) {
  %o:2 = sattn.finalize state(%acc, %ref, %sum : !a, !r, !r) outs(%out, %lse : tensor<?x4xbf16>, tensor<?xf32>) -> tensor<?x4xbf16>, tensor<?xf32>
  return %o#0, %o#1 : tensor<?x4xbf16>, tensor<?xf32>
}
