// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// Tiles of rows and heads by the stock transform op: operands are cut by their
// maps, positions move, nothing else changes.

!q = tensor<2x8x512x64xbf16>
// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<{{[^,]+}}, %[[K:[^:]+]]: tensor<{{[^,]+}}, %[[V:[^:]+]]: tensor<{{[^,]+}}, %[[O:[^:]+]]:
// CHECK: scf.forall (%[[B:.+]], %[[H:.+]], %[[T:.+]]) in (2, 8, 8) shared_outs(%[[OUT:.+]] = %[[O]])
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: %[[QT:.+]] = tensor.extract_slice %[[Q]][%[[B]], %[[H]], %[[M]], 0] [1, 1, 64, 64]
// CHECK: %[[KT:.+]] = tensor.extract_slice %[[K]][%[[B]], %[[H]], 0, 0] [1, 1, 512, 64]
// CHECK: %[[VT:.+]] = tensor.extract_slice %[[V]][%[[B]], %[[H]], 0, 0] [1, 1, 512, 64]
// CHECK: %[[OT:.+]] = tensor.extract_slice %[[OUT]][%[[B]], %[[H]], %[[M]], 0] [1, 1, 64, 64]
// CHECK: %[[R:.+]] = sattn.attention query(%[[QT]] : {{.*}}) key(%[[KT]] : {{.*}}) value(%[[VT]] :
// CHECK-SAME: window <*, 0> query_offset(%[[M]] : index) outs(%[[OT]] :
// CHECK: tensor.parallel_insert_slice %[[R]] into %[[OUT]][%[[B]], %[[H]], %[[M]], 0] [1, 1, 64, 64]
func.func @causal(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// Where nothing looks at positions, none are given.
// CHECK-LABEL: func.func @full(
// CHECK: sattn.attention
// CHECK-NOT: query_offset
// CHECK: outs(
func.func @full(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 outs(%o : !q) -> !q
  return %r : !q
}

!d = tensor<2x8x?x64xf32>
!l = tensor<2x8x?xf32>
// Dynamic rows, an offset of its own, both results.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[T0:[^:]+]]: index)
// CHECK: scf.forall (%{{.+}}, %{{.+}}, %[[T:.+]]) in (2, 8, %{{.+}}) shared_outs(%[[OUT:.+]] = %{{.+}}, %[[LSE:.+]] = %{{.+}})
// CHECK-DAG: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK-DAG: %[[ROWS:.+]] = affine.min {{.*}}(%[[T]])
// CHECK-DAG: %[[P:.+]] = affine.apply {{.*}}(%[[T]])[%[[T0]]]
// CHECK-DAG: tensor.extract_slice %[[LSE]][%{{.+}}, %{{.+}}, %[[M]]] [1, 1, %[[ROWS]]]
// CHECK: %[[R:.+]]:2 = sattn.attention
// CHECK-SAME: query_offset(%[[P]] : index)
// CHECK-DAG: tensor.parallel_insert_slice %[[R]]#0 into %[[OUT]]
// CHECK-DAG: tensor.parallel_insert_slice %[[R]]#1 into %[[LSE]]
func.func @dynamic(%q: !d, %k: !d, %v: !d, %o: !d, %lse: !l, %t: index) -> (!d, !l) {
  %r:2 = sattn.attention query(%q : !d) key(%k : !d) value(%v : !d) scale 0.125 window <*, 0> query_offset(%t : index)
           outs(%o, %lse : !d, !l) -> !d, !l
  return %r#0, %r#1 : !d, !l
}

!s = tensor<2x512xi32>
!m = tensor<2x512x512xi1>
!b = tensor<8x512x512xf32>
// CHECK-LABEL: func.func @every_clause(
// CHECK-SAME: tensor<2x512xi32>, %[[MASK:[^:]+]]: tensor<2x512x512xi1>, %[[SEG:[^:]+]]: tensor<2x512xi32>, %[[P:[^:]+]]: tensor<2xindex>, %[[BIAS:[^:]+]]: tensor<8x512x512xf32>
// CHECK: scf.forall (%[[I:.+]], %[[H:.+]], %[[T:.+]]) in (2, 8, 8)
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: %[[MT:.+]] = tensor.extract_slice %[[MASK]][%[[I]], %[[M]], 0] [1, 64, 512]
// CHECK: %[[SQ:.+]] = tensor.extract_slice %[[SEG]][%[[I]], %[[M]]] [1, 64]
// CHECK: %[[SK:.+]] = tensor.extract_slice %[[SEG]][%[[I]], 0] [1, 512]
// CHECK: %[[PT:.+]] = tensor.extract_slice %[[P]][%[[I]]] [1]
// CHECK: %[[BT:.+]] = tensor.extract_slice %[[BIAS]][%[[H]], %[[M]], 0] [1, 64, 512]
// CHECK: %[[FIRST:.+]] = tensor.extract %[[PT]][%{{.+}}]
// CHECK: %[[PM:.+]] = affine.apply {{.*}}(%[[FIRST]], %[[T]])
// CHECK: sattn.attention
// CHECK-SAME: mask(%[[MT]] : {{.*}}) segments(%[[SQ]], %[[SK]] : {{.*}}) query_offset(%[[PM]] : index) key_limit(%[[PT]] : tensor<1xindex>) score(%[[BT]] :
func.func @every_clause(%q: !q, %k: !q, %v: !q, %unused: !s, %mask: !m, %seg: !s, %p: tensor<2xindex>, %bias: !b, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> mask(%mask : !m)
         segments(%seg, %seg : !s, !s) query_offset(%p : tensor<2xindex>) key_limit(%p : tensor<2xindex>) score(%bias : !b) {
  ^bb0(%s: f32, %i: index, %j: index, %x: f32):
    %t = arith.addf %s, %x : f32
    sattn.yield %t : f32
  } outs(%o : !q) dims(b h m r, b h n r, b h n e, b m n, h m n -> b h m e) -> !q
  return %r : !q
}

// A score region that looks at query positions.
// CHECK-LABEL: func.func @positions_in_region(
// CHECK: scf.forall (%{{.+}}, %{{.+}}, %[[T:.+]]) in
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: sattn.attention
// CHECK-SAME: query_offset(%[[M]] : index) score
func.func @positions_in_region(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 score {
  ^bb0(%s: f32, %i: index, %j: index):
    %c = arith.cmpi eq, %i, %j : index
    sattn.yield %s, %c : f32, i1
  } outs(%o : !q) -> !q
  return %r : !q
}

!x = tensor<2x512x64xbf16>
// A query without heads is not cut along them; exp reads its normalizer by rows.
// CHECK-LABEL: func.func @shared_query(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x512x64xbf16>, %{{.+}}, %[[N:[^:]+]]: tensor<2x8x512xf32>
// CHECK: scf.forall (%[[I:.+]], %[[H:.+]], %[[T:.+]]) in (2, 8, 8)
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[T]])
// CHECK: tensor.extract_slice %[[X]][%[[I]], %[[M]], 0] [1, 64, 64]
// CHECK: tensor.extract_slice %[[N]][%[[I]], %[[H]], %[[M]]] [1, 1, 64]
func.func @shared_query(%x: !x, %k: !q, %n: tensor<2x8x512xf32>, %o: !q) -> !q {
  %r = sattn.attention query(%x : !x) key(%k : !q) value(%k : !q) scale 0.125 link exp normalizer(%n : tensor<2x8x512xf32>)
         outs(%o : !q) dims(b m r, b h n r, b h n e -> b h m e) -> !q
  return %r : !q
}

!k1 = tensor<2x8x512x32xbf16>
!k2 = tensor<2x8x256x32xbf16>
// One key per level: each is cut along heads only.
// CHECK-LABEL: func.func @key_per_level(
// CHECK-SAME: %[[K1:[^:]+]]: tensor<2x8x512x32xbf16>, %[[K2:[^:]+]]: tensor<2x8x256x32xbf16>
// CHECK: %[[A:.+]] = tensor.extract_slice %[[K1]][{{.*}}, 0, 0] [1, 1, 512, 32]
// CHECK: %[[B:.+]] = tensor.extract_slice %[[K2]][{{.*}}, 0, 0] [1, 1, 256, 32]
// CHECK: sattn.attention query(%{{.+}}) key(%[[A]], %[[B]] :
func.func @key_per_level(%q: !q, %a: !k1, %b: !k2, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%a, %b : !k1, !k2) value(%v : !q) scale 0.125
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 512]> outs(%o : !q) -> !q
  return %r : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %attention = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %tiles, %loops = transform.structured.tile_using_forall %attention tile_sizes [1, 1, 64]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
