// RUN: sattn-opt %s --sattn-decompose-aggregated --canonicalize --cse | FileCheck %s

!q = tensor<2x?x16xf32>
!l = tensor<2x?xf32>

// Scores, then which pairs exist, row maximum, weights, row sum, product and
// the division; log-sum-exp last. The destinations are not read.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[Q:.+]]: tensor<2x?x16xf32>, %[[K:.+]]: tensor<2x?x16xf32>, %[[V:.+]]: tensor<2x?x16xf32>, %[[O:.+]]: tensor<2x?x16xf32>, %[[L:.+]]: tensor<2x?xf32>)
func.func @softmax(%q: !q, %k: !q, %v: !q, %o: !q, %l: !l) -> (!q, !l) {
  // CHECK-DAG: %[[SCALE:.+]] = arith.constant 1.250000e-01 : f32
  // CHECK-DAG: %[[INF:.+]] = arith.constant 0xFF800000 : f32
  // CHECK:     %[[DOT:.+]] = linalg.generic {{.*}}"reduction"]} ins(%[[Q]], %[[K]] :
  // CHECK:     %[[PAIRS:.+]]:2 = linalg.generic {{.*}} ins(%[[DOT]] :
  // CHECK-DAG:   %[[I:.+]] = linalg.index 1
  // CHECK-DAG:   %[[J:.+]] = linalg.index 2
  // CHECK:       %[[SCORE:.+]] = arith.mulf %{{.+}}, %[[SCALE]]
  // CHECK:       %[[DISTANCE:.+]] = arith.subi %[[J]], %[[I]]
  // CHECK:       %[[CAUSAL:.+]] = arith.cmpi sle, %[[DISTANCE]],
  // CHECK:       %[[FINITE:.+]] = arith.cmpf une, %[[SCORE]], %[[INF]]
  // CHECK:       %[[KEEP:.+]] = arith.andi %[[CAUSAL]], %[[FINITE]]
  // CHECK:       linalg.yield %[[SCORE]], %[[KEEP]] : f32, i1
  // CHECK:     %[[MAX:.+]] = linalg.generic {{.*}} ins(%[[PAIRS]]#0, %[[PAIRS]]#1 :
  // CHECK:       %[[M:.+]] = arith.maximumf
  // CHECK:       arith.select %{{.+}}, %[[M]],
  // CHECK:     %[[WEIGHTS:.+]] = linalg.generic {{.*}} ins(%[[PAIRS]]#0, %[[PAIRS]]#1, %[[MAX]] :
  // CHECK:       %[[EXP:.+]] = math.exp
  // CHECK:       arith.select %{{.+}}, %[[EXP]],
  // CHECK:     %[[SUM:.+]] = linalg.generic {{.*}} ins(%[[WEIGHTS]] :
  // CHECK:     %[[ACC:.+]] = linalg.generic {{.*}} ins(%[[WEIGHTS]], %[[PAIRS]]#1, %[[V]] :
  // CHECK:       %[[NEXT:.+]] = arith.addf
  // CHECK:       arith.select %{{.+}}, %[[NEXT]],
  // CHECK:     %[[OUT:.+]] = linalg.generic {{.*}} ins(%[[ACC]], %[[SUM]] :
  // CHECK:       arith.divf
  // CHECK:     %[[LSE:.+]] = linalg.generic {{.*}} ins(%[[SUM]], %[[MAX]] :
  // CHECK:       math.log
  // CHECK:     return %[[OUT]], %[[LSE]]
  %r:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o, %l : !q, !l) -> !q, !l
  return %r#0, %r#1 : !q, !l
}

// A level's product is added where the level is active; the mean is over the
// number of active levels.
// CHECK-LABEL: func.func @levels(
// CHECK-SAME:    %[[Q:.+]]: tensor<2x?x16xf32>, %[[K:.+]]: tensor<2x?x16xf32>, %[[V:.+]]: tensor<2x?x16xf32>, %[[O:.+]]: tensor<2x?x16xf32>)
func.func @levels(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  // CHECK-DAG: %[[QUARTER:.+]] = arith.constant 2.500000e-01
  // CHECK-DAG: %[[HALF:.+]] = arith.constant 5.000000e-01
  // CHECK-DAG: %[[Q0:.+]] = tensor.extract_slice %[[Q]][0, 0, 0] [2, %{{.+}}, 12] [1, 1, 1]
  // CHECK-DAG: %[[K0:.+]] = tensor.extract_slice %[[K]][0, 0, 0] [2, %{{.+}}, 12] [1, 1, 1]
  // CHECK-DAG: %[[Q1:.+]] = tensor.extract_slice %[[Q]][0, 0, 12] [2, %{{.+}}, 4] [1, 1, 1]
  // CHECK-DAG: %[[K1:.+]] = tensor.extract_slice %[[K]][0, 0, 12] [2, %{{.+}}, 4] [1, 1, 1]
  // CHECK:     %[[P0:.+]] = linalg.generic {{.*}} ins(%[[Q0]], %[[K0]] :
  // CHECK:     %[[S0:.+]] = linalg.generic {{.*}} ins(%[[P0]] :
  // CHECK:       arith.mulf %{{.+}}, %[[HALF]]
  // CHECK:     %[[P1:.+]] = linalg.generic {{.*}} ins(%[[Q1]], %[[K1]] :
  // CHECK:     %[[S1:.+]] = linalg.generic {{.*}} ins(%[[P1]] : {{.*}} outs(%[[S0]] :
  // CHECK:     ^bb0(%{{.+}}: f32, %[[REST:.+]]: f32):
  // CHECK:       %[[TERM:.+]] = arith.mulf %{{.+}}, %[[QUARTER]]
  // CHECK:       %[[SUM:.+]] = arith.addf %[[REST]], %[[TERM]]
  // CHECK:       %[[ACTIVE:.+]] = arith.cmpi
  // CHECK:       arith.select %[[ACTIVE]], %[[SUM]], %[[REST]]
  // CHECK:     linalg.generic {{.*}} ins(%[[S1]] :
  // CHECK:       %[[ONE:.+]] = arith.extui
  // CHECK:       %[[DEPTH:.+]] = arith.addi %[[ONE]],
  // CHECK:       %[[DEPTHF:.+]] = arith.uitofp %[[DEPTH]]
  // CHECK:       arith.divf %{{.+}}, %[[DEPTHF]]
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0
         structure #sattn.levels<ranks = [12, 4], blocks = [*, 4], scales = [0.5, 0.25], mean> outs(%o : !q) -> !q
  return %r : !q
}
