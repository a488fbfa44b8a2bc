// RUN: sattn-opt %s --canonicalize | FileCheck %s

// Clauses that say nothing go away; those that say something stay.

!t = tensor<8x4xf32>
// CHECK-LABEL: func.func @window(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(
// CHECK: sattn.attention {{.*}} scale 1.0 window <*, 0> outs(
func.func @window(%t: !t) -> (!t, !t) {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 window <*, *> outs(%t : !t) -> !t
  %b = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 window <*, 0> outs(%t : !t) -> !t
  return %a, %b : !t, !t
}

// CHECK-LABEL: func.func @structure(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(
// CHECK: sattn.attention {{.*}} scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *], mean> outs(
// CHECK: sattn.attention {{.*}} scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *], scales = [1.0, 0.5]> outs(
// CHECK: sattn.attention {{.*}} scale 1.0 structure #sattn.bands<ranks = [2, 2], widths = [*, 3]> outs(
func.func @structure(%t: !t) -> (!t, !t, !t, !t) {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *]> outs(%t : !t) -> !t
  %b = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *], mean> outs(%t : !t) -> !t
  %c = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *], scales = [1.0, 0.5]> outs(%t : !t) -> !t
  %d = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 structure #sattn.bands<ranks = [2, 2], widths = [*, 3]> outs(%t : !t) -> !t
  return %a, %b, %c, %d : !t, !t, !t, !t
}

!k = tensor<8x2xf32>
// Two keys need a level each.
// CHECK-LABEL: func.func @structure_of_keys(
// CHECK: structure #sattn.levels<ranks = [2, 2], blocks = [*, *]>
func.func @structure_of_keys(%t: !t, %k: !k) -> !t {
  %a = sattn.attention query(%t : !t) key(%k, %k : !k, !k) value(%t : !t) scale 1.0 structure #sattn.levels<ranks = [2, 2], blocks = [*, *]> outs(%t : !t) -> !t
  return %a : !t
}

!m = tensor<8x8xi1>
// CHECK-LABEL: func.func @mask(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(%{{[^ ]+}} : tensor<8x4xf32>) -> tensor<8x4xf32>
// CHECK: sattn.attention {{.*}} mask(
// CHECK: sattn.score {{.*}} scale 1.0 outs(%{{[^ ]+}} : tensor<8x8xf32>) -> tensor<8x8xf32>
func.func @mask(%t: !t, %s: tensor<8x8xf32>) -> (!t, !t, tensor<8x8xf32>) {
  %true = arith.constant dense<true> : !m
  %false = arith.constant dense<false> : !m
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 mask(%true : !m) outs(%t : !t) -> !t
  %b = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 mask(%false : !m) outs(%t : !t) -> !t
  %c = sattn.score query(%t : !t) key(%t : !t) scale 1.0 mask(%true : !m) outs(%s : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %a, %b, %c : !t, !t, tensor<8x8xf32>
}

!q = tensor<4x4xf32>
// The second op needs its query offset: 4 queries, 8 keys.
// CHECK-LABEL: func.func @zero_offsets(
// CHECK: sattn.attention {{.*}} window <*, 0> outs(
// CHECK: sattn.attention {{.*}} window <*, 0> query_offset(%{{.+}} : index) outs(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(
func.func @zero_offsets(%t: !t, %q: !q) -> (!t, !q, !q) {
  %c0 = arith.constant 0 : index
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 window <*, 0> query_offset(%c0 : index) key_offset(%c0 : index) outs(%t : !t) -> !t
  %b = sattn.attention query(%q : !q) key(%t : !t) value(%t : !t) scale 1.0 window <*, 0> query_offset(%c0 : index) key_offset(%c0 : index) outs(%q : !q) -> !q
  %c = sattn.attention query(%q : !q) key(%t : !t) value(%t : !t) scale 1.0 query_offset(%c0 : index) outs(%q : !q) -> !q
  return %a, %b, %c : !t, !q, !q
}

// CHECK-LABEL: func.func @key_limit(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(
// CHECK: sattn.attention {{.*}} key_limit(
// CHECK: sattn.attention {{.*}} key_limit(
func.func @key_limit(%t: !t) -> (!t, !t, !t) {
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 key_limit(%c8 : index) outs(%t : !t) -> !t
  %b = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 key_limit(%c7 : index) outs(%t : !t) -> !t
  %c = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 key_offset(%c1 : index) key_limit(%c8 : index) outs(%t : !t) -> !t
  return %a, %b, %c : !t, !t, !t
}

!r = tensor<8xf32>
// CHECK-LABEL: func.func @unused_score_operands(
// CHECK-SAME: %[[T:[^:]+]]: {{[^,]+}}, %[[X:[^:]+]]: {{[^,]+}}, %[[Y:[^:]+]]: tensor<8xf32>)
// CHECK: sattn.attention {{.*}} score(%[[Y]] : tensor<8xf32>) {
// CHECK-NEXT: ^bb0(%[[S:.+]]: f32, %{{.+}}: index, %{{.+}}: index, %[[E:.+]]: f32):
// CHECK: arith.addf %[[S]], %[[E]]
// CHECK: dims(m r, n r, n e, n -> m e)
// CHECK: sattn.attention {{.*}} scale 1.0 outs(%{{[^ ]+}} : tensor<8x4xf32>) -> tensor<8x4xf32>
func.func @unused_score_operands(%t: !t, %x: !r, %y: !r) -> (!t, !t) {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score(%x, %y : !r, !r) {
  ^bb0(%s: f32, %i: index, %j: index, %u: f32, %v: f32):
    %z = arith.addf %s, %v : f32
    sattn.yield %z : f32
  } outs(%t : !t) dims(m r, n r, n e, m, n -> m e) -> !t
  %b = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score(%x, %y : !r, !r) {
  ^bb0(%s: f32, %i: index, %j: index, %u: f32, %v: f32):
    sattn.yield %s : f32
  } outs(%t : !t) dims(m r, n r, n e, m, n -> m e) -> !t
  return %a, %b : !t, !t
}

// CHECK-LABEL: func.func @always_kept(
// CHECK: sattn.attention {{.*}} scale 1.0 outs(
func.func @always_kept(%t: !t) -> !t {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score {
  ^bb0(%s: f32, %i: index, %j: index):
    %true = arith.constant true
    sattn.yield %s, %true : f32, i1
  } outs(%t : !t) -> !t
  return %a : !t
}

// Contents of destinations are never read.
// CHECK-LABEL: func.func @filled_destination(
// CHECK: %[[E:.+]] = tensor.empty() : tensor<8x4xf32>
// CHECK-NOT: linalg.fill
// CHECK: sattn.attention {{.*}} outs(%[[E]] :
func.func @filled_destination(%t: !t) -> !t {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : !t
  %f = linalg.fill ins(%zero : f32) outs(%e : !t) -> !t
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%f : !t) -> !t
  return %a : !t
}

// The state of a tile is read.
// CHECK-LABEL: func.func @filled_state(
// CHECK: %[[F:.+]] = linalg.fill
// CHECK: sattn.online_attention {{.*}} scale(%{{.+}} : f32) link identity state(%[[F]] :
func.func @filled_state(%t: !t, %c: f32, %x: !r) -> !t {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %e = tensor.empty() : !t
  %f = linalg.fill ins(%zero : f32) outs(%e : !t) -> !t
  %a = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) window <*, *> query_offset(%c0 : index) link identity score(%x : !r) {
  ^bb0(%s: f32, %i: index, %j: index, %u: f32):
    sattn.yield %s : f32
  } state(%f : !t) dims(m) -> !t
  return %a : !t
}

!d = tensor<?x4xf32>
// Casts are folded into the op. The query offset, 0 until then, is written out.
// CHECK-LABEL: func.func @cast(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<4x4xf32>, %[[T:[^:]+]]: tensor<8x4xf32>)
// CHECK: %[[ZERO:.+]] = arith.constant 0 : index
// CHECK: %[[A:.+]] = sattn.attention query(%[[Q]] : tensor<4x4xf32>) key(%[[T]] : tensor<8x4xf32>) value(%[[T]] : tensor<8x4xf32>) {{.*}} query_offset(%[[ZERO]] : index) outs({{.*}}) -> tensor<4x4xf32>
// CHECK: return %[[A]]
func.func @cast(%q: !q, %t: !t) -> !q {
  %qd = tensor.cast %q : !q to !d
  %td = tensor.cast %t : !t to !d
  %a = sattn.attention query(%qd : !d) key(%td : !d) value(%td : !d) scale 1.0 window <*, 0> outs(%qd : !d) -> !d
  %r = tensor.cast %a : !d to !q
  return %r : !q
}
