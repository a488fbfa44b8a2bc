// RUN: sattn-opt %s --sattn-decompose-aggregated --canonicalize --cse | FileCheck %s

!q = tensor<2x?x16xf32>

// Every clause that can exclude a pair is ANDed in the one generic that also
// gives the score; positions of a batch row are read from their tensor.
// CHECK-LABEL: func.func @all_clauses(
// CHECK-SAME:    %[[QO:[a-z0-9]+]]: tensor<2xindex>, %[[LIMIT:[a-z0-9]+]]: index, %[[MASK:[a-z0-9]+]]: tensor<?x?xi1>, %[[SEGMENTS:[a-z0-9]+]]: tensor<2x?xi32>, %[[BIAS:[a-z0-9]+]]: tensor<?xf32>
// CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %[[BIAS]], %[[MASK]], %[[SEGMENTS]], %[[SEGMENTS]] :
// CHECK-NEXT:  ^bb0(%{{.+}}: f32, %[[B:.+]]: f32, %[[EXISTS:.+]]: i1, %[[SQ:.+]]: i32, %[[SK:.+]]: i32, %{{.+}}: f32, %{{.+}}: i1):
// CHECK:         %[[OFFSET:.+]] = tensor.extract %[[QO]][%{{.+}}] : tensor<2xindex>
// CHECK:         %[[I:.+]] = arith.addi %[[OFFSET]],
// CHECK:         %[[BIASED:.+]] = arith.addf %{{.+}}, %[[B]]
// CHECK:         %[[CHOSEN:.+]] = math.tanh %[[BIASED]]
// CHECK:         %[[EVEN:.+]] = arith.cmpi eq
// CHECK:         arith.subi %[[I]],
// CHECK:         %[[WINDOW:.+]] = arith.cmpi sle
// CHECK:         %[[A1:.+]] = arith.andi %[[EVEN]], %[[WINDOW]]
// CHECK:         %[[INSIDE:.+]] = arith.cmpi slt, %{{.+}}, %[[LIMIT]]
// CHECK:         %[[A2:.+]] = arith.andi %[[A1]], %[[INSIDE]]
// CHECK:         %[[A3:.+]] = arith.andi %[[A2]], %[[EXISTS]]
// CHECK:         %[[SAME:.+]] = arith.cmpi eq, %[[SQ]], %[[SK]]
// CHECK:         %[[A4:.+]] = arith.andi %[[A3]], %[[SAME]]
// CHECK:         linalg.yield %[[CHOSEN]], %[[A4]] : f32, i1
func.func @all_clauses(%offset: tensor<2xindex>, %limit: index, %mask: tensor<?x?xi1>, %segments: tensor<2x?xi32>, %bias: tensor<?xf32>,
                       %q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <128, *>
         mask(%mask : tensor<?x?xi1>) segments(%segments, %segments : tensor<2x?xi32>, tensor<2x?xi32>)
         query_offset(%offset : tensor<2xindex>) key_limit(%limit : index) link identity score(%bias : tensor<?xf32>) {
  ^bb0(%s: f32, %i: index, %j: index, %b: f32):
    %c2 = arith.constant 2 : index
    %c0 = arith.constant 0 : index
    %x = arith.addf %s, %b : f32
    %y = math.tanh %x : f32
    %rest = arith.remui %j, %c2 : index
    %keep = arith.cmpi eq, %rest, %c0 : index
    sattn.yield %y, %keep : f32, i1
  } outs(%o : !q) dims(b m r, b n r, b n e, m n, n -> b m e) -> !q
  return %r : !q
}

// A level with a key of its own holds one block: its row is the key's position
// minus the start of the block that the queries are in, and rows that it does
// not have are not read.
// CHECK-LABEL: func.func @key_per_level(
// CHECK-SAME:    %{{.+}}: tensor<1x16xf32>, %{{.+}}: tensor<?x12xf32>, %[[K1:[a-z0-9]+]]: tensor<?x4xf32>, %{{.+}}: tensor<?x16xf32>, %[[T:[a-z0-9]+]]: index
// CHECK:         %[[PRESENT:.+]] = arith.cmpi ult, %[[ROW:[0-9]+]], %
// CHECK:         scf.if %[[PRESENT]]
// CHECK:           tensor.extract %[[K1]][%[[ROW]],
func.func @key_per_level(%q: tensor<1x16xf32>, %k0: tensor<?x12xf32>, %k1: tensor<?x4xf32>, %v: tensor<?x16xf32>, %t: index, %o: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %r = sattn.attention query(%q : tensor<1x16xf32>) key(%k0, %k1 : tensor<?x12xf32>, tensor<?x4xf32>) value(%v : tensor<?x16xf32>) scale 1.0
         structure #sattn.levels<ranks = [12, 4], blocks = [*, 256]> query_offset(%t : index) outs(%o : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %r : tensor<1x16xf32>
}

// The depth of one level is not mistaken for the extent of another axis.
// CHECK-LABEL: func.func @key_per_level_depth_first(
// CHECK:       linalg.generic {{.*}} outs(%{{.+}}, %{{.+}} : tensor<?x?x?xf32>, tensor<?x?x?xi1>)
func.func @key_per_level_depth_first(%q: tensor<?x16x?xf32>, %k0: tensor<?x12x?xf32>, %k1: tensor<?x4x?xf32>, %v: tensor<?x16x?xf32>, %o: tensor<?x16x?xf32>) -> tensor<?x16x?xf32> {
  %r = sattn.attention query(%q : tensor<?x16x?xf32>) key(%k0, %k1 : tensor<?x12x?xf32>, tensor<?x4x?xf32>) value(%v : tensor<?x16x?xf32>) scale 1.0
         structure #sattn.levels<ranks = [12, 4], blocks = [*, *]> outs(%o : tensor<?x16x?xf32>) dims(m r h, n r h, n e h -> m e h) -> tensor<?x16x?xf32>
  return %r : tensor<?x16x?xf32>
}
