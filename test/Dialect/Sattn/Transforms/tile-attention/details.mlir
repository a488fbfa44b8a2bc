// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s

// Small things that are easily off by one.

// CHECK-DAG: #[[$ROWS:.+]] = affine_map<(d0) -> (d0 * -16 + 33, 16)>
// CHECK-DAG: #[[$LIMIT:.+]] = affine_map<(d0, d1) -> (-d0 + d1, 16)>
// CHECK-DAG: #[[$KEYS:.+]] = affine_map<(d0) -> (-d0 + 33, 16)>
// CHECK-DAG: #[[$CORE:.+]] = affine_map<()[s0] -> (64, s0)>
// CHECK-DAG: #[[$FIRST:.+]] = affine_map<()[s0] -> (0, s0)>
// CHECK-DAG: #[[$END:.+]] = affine_map<()[s0] -> (64, s0 + 64)>

!t = tensor<33x8xf32>
// A level's scale is that of its own columns.
// CHECK-LABEL: func.func @scales(
// CHECK: arith.constant dense<[1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 5.000000e-01, 5.000000e-01, 5.000000e-01]>
// 33 queries are two tiles and a row.
// CHECK: affine.min #[[$ROWS]](
func.func @scales(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 2.0 structure #sattn.levels<ranks = [5, 3], blocks = [*, 4], scales = [0.5, 0.25]>
    tiling<query = 16, key = 16> outs(%o : !t) -> !t
  return %r : !t
}

!b = tensor<2x3x16x8xf32>
// Positions belong to the first batch axis; a limit is a position, not a row.
// CHECK-LABEL: func.func @positions(
// CHECK-SAME: %[[LIMITS:[^:]+]]: tensor<2xindex>, %[[OFFSETS:[^:]+]]: tensor<2xindex>)
// CHECK: scf.forall (%[[B:.+]], %{{.+}}) in (2, 3)
// CHECK-DAG: %[[OFFSET:.+]] = tensor.extract %[[OFFSETS]][%[[B]]]
// CHECK-DAG: %[[LIMIT:.+]] = tensor.extract %[[LIMITS]][%[[B]]]
// CHECK: %[[END:.+]] = affine.min #[[$LIMIT]](%[[OFFSET]], %[[LIMIT]])
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[END]]
func.func @positions(%q: !b, %k: !b, %v: !b, %o: !b, %limit: tensor<2xindex>, %offset: tensor<2xindex>) -> !b {
  %r = sattn.attention query(%q : !b) key(%k : !b) value(%v : !b) scale 1.0 key_offset(%offset : tensor<2xindex>) key_limit(%limit : tensor<2xindex>)
    tiling<query = 16, key = 16> outs(%o : !b) -> !b
  return %r : !b
}

!s = tensor<16x8xf32>
// A pair needs both the region's consent and the mask's. A region that reads
// positions gets them although no pair is dropped.
// CHECK-LABEL: func.func @keep(
// CHECK: scf.for %[[J:[^ ]+]] =
// CHECK: sattn.online_attention {{.*}} key_offset(%[[J]] : index) score(
// CHECK: ^bb0(%{{[^:]+}}: f32, %[[QI:[^:]+]]: index, %[[KJ:[^:]+]]: index, %[[MASK:[^:]+]]: i1):
// CHECK: %[[BEFORE:.+]] = arith.cmpi sge, %[[QI]], %[[KJ]]
// CHECK: %[[BOTH:.+]] = arith.andi %[[BEFORE]], %[[MASK]]
// CHECK: sattn.yield %{{.+}}, %[[BOTH]]
func.func @keep(%q: !s, %k: !s, %v: !s, %o: !s, %mask: tensor<16xi1>) -> !s {
  %r = sattn.attention query(%q : !s) key(%k : !s) value(%v : !s) scale 1.0 mask(%mask : tensor<16xi1>) score {
  ^bb0(%score: f32, %i: index, %j: index):
    %keep = arith.cmpi sge, %i, %j : index
    sattn.yield %score, %keep : f32, i1
  } tiling<query = 16, key = 8> outs(%o : !s) dims(m r, n r, n e, n -> m e) -> !s
  return %r : !s
}

// 33 keys are two tiles of 16 and one more.
// CHECK-LABEL: func.func @rest(
// CHECK: scf.for %[[J:[^ ]+]] =
// CHECK: %[[SIZE:.+]] = affine.min #[[$KEYS]](%[[J]])
// CHECK: tensor.extract_slice %{{.+}}[%[[J]], 0] [%[[SIZE]], 8]
func.func @rest(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 tiling<query = 64, key = 16> outs(%o : !t) -> !t
  return %r : !t
}

!w = tensor<64x8xf32>
// No whole tile of keys is inside the window of all rows: one key short on either
// side.
// CHECK-LABEL: func.func @window(
// CHECK: sattn.online_attention {{.*}} window <30, 14>
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @window(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 window <30, 14> tiling<query = 16, key = 16> outs(%o : !w) -> !w
  return %r : !w
}

// An offset may be negative: the bounds are clipped.
// CHECK-LABEL: func.func @negative(
// CHECK-SAME: %[[T:[^:]+]]: index)
// CHECK-DAG: affine.min #[[$CORE]]()[%[[T]]]
// CHECK-DAG: affine.max #[[$FIRST]]()[%[[T]]]
// CHECK-DAG: affine.min #[[$END]]()[%[[T]]]
func.func @negative(%q: !w, %k: !w, %v: !w, %o: !w, %t: index) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 window <*, 0> query_offset(%t : index) tiling<query = 64, key = 16> outs(%o : !w) -> !w
  return %r : !w
}

// Ranges at the two edges of a window that differ in depth share a loop that
// decides the depth pair by pair.
// CHECK-LABEL: func.func @left_edge(
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x8xf32>) {{.*}} structure #sattn.levels<ranks = [5, 3], blocks = [*, 16]> window <20, 0>
// CHECK: sattn.finalize
func.func @left_edge(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 structure #sattn.levels<ranks = [5, 3], blocks = [*, 16]> window <20, 0>
    tiling<query = 16, key = 16, levels = rolled> outs(%o : !w) -> !w
  return %r : !w
}

// CHECK-LABEL: func.func @right_edge(
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x8xf32>) {{.*}} structure #sattn.levels<ranks = [5, 3], blocks = [*, 16]> window <0, 20>
// CHECK: sattn.finalize
func.func @right_edge(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 structure #sattn.levels<ranks = [5, 3], blocks = [*, 16]> window <0, 20>
    tiling<query = 16, key = 16, levels = rolled> outs(%o : !w) -> !w
  return %r : !w
}

// Neighbouring mixed ranges are one; the window drops pairs of the first.
// CHECK-LABEL: func.func @mixed_edge(
// CHECK: sattn.online_attention {{.*}} structure #sattn.bands<ranks = [2, 3, 3], widths = [*, *, 2]> window <5, *>
// CHECK: sattn.finalize
func.func @mixed_edge(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 structure #sattn.bands<ranks = [2, 3, 3], widths = [*, 9, 2]> window <5, *>
    tiling<query = 4, key = 16, levels = unrolled> outs(%o : !w) -> !w
  return %r : !w
}

// A range of one key is a range.
// CHECK-LABEL: func.func @diagonal(
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<1x8xf32>)
func.func @diagonal(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 window <0, 0>
    tiling<query = 1, key = 16> outs(%o : !w) -> !w
  return %r : !w
}

// Bands that end inside the tile are not known to hold for the mixed range between.
// CHECK-LABEL: func.func @wide_bands(
// CHECK-COUNT-2: structure #sattn.bands<ranks = [2, 3, 3], widths = [*, 57, 45]>
// CHECK-NOT: widths
// CHECK: sattn.finalize
func.func @wide_bands(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %r = sattn.attention query(%q : tensor<?x8xf32>) key(%k : tensor<?x8xf32>) value(%v : tensor<?x8xf32>) scale 1.0 structure #sattn.bands<ranks = [2, 3, 3], widths = [*, 57, 45]>
    tiling<query = 64, key = 16> outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// Nor is the coarser one of two levels with equal blocks.
// CHECK-LABEL: func.func @equal_blocks(
// CHECK-NOT: blocks = [*, *, 4]
// CHECK: structure #sattn.levels<ranks = [2, 3, 3], blocks = [*, 4, 4]> window <16, 64>
// CHECK-NOT: blocks = [*, *, 4]
// CHECK: sattn.finalize
func.func @equal_blocks(%q: tensor<56x8xf32>, %k: tensor<56x8xf32>, %v: tensor<56x8xf32>, %o: tensor<56x8xf32>) -> tensor<56x8xf32> {
  %r = sattn.attention query(%q : tensor<56x8xf32>) key(%k : tensor<56x8xf32>) value(%v : tensor<56x8xf32>) scale 1.0 structure #sattn.levels<ranks = [2, 3, 3], blocks = [*, 4, 4]> window <16, 64>
    tiling<query = 7, key = 13> outs(%o : tensor<56x8xf32>) -> tensor<56x8xf32>
  return %r : tensor<56x8xf32>
}
