// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | sattn-opt | FileCheck %s

// One key per level: the steps of a segment read the keys of its levels, each at
// the row that its cache gives the position.
// A segment ends where the cache of its finest level does.
// CHECK-DAG: affine_map<()[s0, s1] -> ((s0 floordiv 256) * 256, s1, (s0 floordiv 4096) * 4096 + 4096)>
// CHECK-DAG: #[[$ROW1:.+]] = affine_map<(d0)[s0] -> (d0 - (s0 floordiv 4096) * 4096)>
// CHECK-DAG: #[[$ROW2:.+]] = affine_map<(d0)[s0] -> (d0 - (s0 floordiv 256) * 256)>
!a = tensor<?x32xbf16>
!b = tensor<4096x16xbf16>
!c = tensor<256x16xbf16>
!v = tensor<?x64xbf16>
!q = tensor<1x64xbf16>
// CHECK-LABEL: func.func @decode(
// CHECK-SAME: %{{[^:]+}}: tensor<1x64xbf16>, %[[A:[^:]+]]: tensor<?x32xbf16>, %[[B:[^:]+]]: tensor<4096x16xbf16>, %[[C:[^:]+]]: tensor<256x16xbf16>
// CHECK-SAME: %[[T:[^:]+]]: index)
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x32xbf16>) value
// CHECK: scf.for
// CHECK: sattn.online_attention {{.*}} key(%{{.+}}, %{{.+}} : tensor<?x32xbf16>, tensor<?x16xbf16>) value
// CHECK: sattn.online_attention
// CHECK: scf.for %[[J:[a-z0-9]+]] =
// CHECK: %[[K0:.+]] = tensor.extract_slice %[[A]][%[[J]], 0]
// CHECK: %[[J1:.+]] = affine.apply #[[$ROW1]](%[[J]])[%[[T]]]
// CHECK: %[[K1:.+]] = tensor.extract_slice %[[B]][%[[J1]], 0]
// CHECK: %[[J2:.+]] = affine.apply #[[$ROW2]](%[[J]])[%[[T]]]
// CHECK: %[[K2:.+]] = tensor.extract_slice %[[C]][%[[J2]], 0]
// CHECK: sattn.online_attention {{.*}} key(%[[K0]], %[[K1]], %[[K2]] :
// CHECK: sattn.finalize
func.func @decode(%q: !q, %a: !a, %b: !b, %c: !c, %v: !v, %o: !q, %t: index) -> !q {
  %r = sattn.attention query(%q : !q) key(%a, %b, %c : !a, !b, !c) value(%v : !v) scale 1.0
     structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, 4096, 256], mean> window <*, 0> query_offset(%t : index) tiling<query = 1, key = 192> outs(%o : !q) -> !q
  return %r : !q
}

// Rows that a cache lacks make the level inactive: they are a segment of their own.
!s = tensor<?x16xbf16>
// CHECK-LABEL: func.func @short(
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x32xbf16>) value
// CHECK: sattn.online_attention {{.*}} key(%{{.+}}, %{{.+}} : tensor<?x32xbf16>, tensor<?x16xbf16>) value
// CHECK: sattn.online_attention {{.*}} key(%{{.+}} : tensor<?x32xbf16>) value
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
!w = tensor<1x48xbf16>
func.func @short(%q: !w, %a: !a, %b: !s, %v: !v, %o: !q, %t: index) -> !q {
  %r = sattn.attention query(%q : !w) key(%a, %b : !a, !s) value(%v : !v) scale 1.0
     structure #sattn.levels<ranks = [32, 16], blocks = [*, 4096]> window <*, 0> query_offset(%t : index) tiling<query = 1, key = 192> outs(%o : !q) -> !q
  return %r : !q
}

// A tile that may lie in several blocks: where only some rows share a level, zeros
// take the place of missing rows and the columns are put together.
// CHECK-LABEL: func.func @several(
// CHECK: %[[PAD:.+]] = tensor.pad %{{.+}} low[%{{.+}}, 0] high[%{{.+}}, 0]
// CHECK: %[[KEY:.+]] = tensor.insert_slice %[[PAD]] into %{{.+}}[0, 32] [%{{.+}}, 16]
// CHECK: sattn.online_attention {{.*}} key(%[[KEY]] : tensor<?x48xbf16>) {{.*}} structure #sattn.levels<ranks = [32, 16], blocks = [*, 4096]>
func.func @several(%q: tensor<4x48xbf16>, %a: !a, %b: !s, %v: !v, %o: tensor<4x64xbf16>, %t: index) -> tensor<4x64xbf16> {
  %r = sattn.attention query(%q : tensor<4x48xbf16>) key(%a, %b : !a, !s) value(%v : !v) scale 1.0
     structure #sattn.levels<ranks = [32, 16], blocks = [*, 4096]> window <*, 0> query_offset(%t : index) tiling<query = 4, key = 192> outs(%o : tensor<4x64xbf16>) -> tensor<4x64xbf16>
  return %r : tensor<4x64xbf16>
}
