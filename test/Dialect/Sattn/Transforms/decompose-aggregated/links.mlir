// RUN: sattn-opt %s --sattn-decompose-aggregated --canonicalize --cse | FileCheck %s

!q = tensor<?x16xf32>

// CHECK-LABEL: func.func @linear(
// CHECK-NOT:   math.exp
// CHECK:       arith.divf
// CHECK:       return
func.func @linear(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 link linear outs(%o : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @identity(
// CHECK-NOT:   math.exp
// CHECK-NOT:   arith.divf
// CHECK:       return
func.func @identity(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 link identity outs(%o : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @exp(
// CHECK-SAME:    %{{.+}}: tensor<?x16xf32>, %[[N:[a-z0-9]+]]: tensor<?xf32>)
// CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %{{.+}}, %[[N]] :
// CHECK-NEXT:  ^bb0(%[[S:.+]]: f32, %{{.+}}: i1, %[[ROW:.+]]: f32, %{{.+}}: f32):
// CHECK-NEXT:    %[[D:.+]] = arith.subf %[[S]], %[[ROW]]
// CHECK-NEXT:    math.exp %[[D]]
func.func @exp(%q: !q, %k: !q, %v: !q, %o: !q, %n: tensor<?xf32>) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 link exp normalizer(%n : tensor<?xf32>) outs(%o : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @sigmoid(
// CHECK-DAG:   %[[ONE:.+]] = arith.constant 1.000000e+00 : f32
// CHECK:       %[[NEG:.+]] = arith.negf
// CHECK:       %[[EXP:.+]] = math.exp %[[NEG]]
// CHECK:       %[[SUM:.+]] = arith.addf %[[EXP]], %[[ONE]]
// CHECK:       arith.divf %[[ONE]], %[[SUM]]
func.func @sigmoid(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 link sigmoid outs(%o : !q) -> !q
  return %r : !q
}

// One reduction finds the best score and its place, which then is the only pair.
// CHECK-LABEL: func.func @argmax(
// CHECK:       %[[BEST:.+]]:2 = linalg.generic {{.*}} outs(%{{.+}}, %{{.+}} : tensor<?xf32>, tensor<?xindex>)
// CHECK:         arith.cmpf ugt
// CHECK:         arith.cmpf ord
// CHECK:       %[[KEEP:.+]] = linalg.generic {{.*}} ins(%[[BEST]]#1 : tensor<?xindex>)
// CHECK:         arith.cmpi eq
// CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %[[KEEP]], %{{.+}} :
func.func @argmax(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 link argmax outs(%o : !q) -> !q
  return %r : !q
}
