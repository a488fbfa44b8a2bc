// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | sattn-opt | FileCheck %s

// Ragged queries are padded, 16-bit ones widened and scaled; keys keep their type
// and their number.
// CHECK-LABEL: func.func @ragged(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<?x64xbf16>, %[[K:[^:]+]]: tensor<?x64xbf16>,
// CHECK-DAG: %[[SCALE:.+]] = arith.constant dense<1.250000e-01> : tensor<64xf32>
// CHECK: scf.forall
// CHECK: %[[ROWS:.+]] = affine.min
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[Q]][%{{.+}}, 0] [%[[ROWS]], 64]
// CHECK: %[[PAD:.+]] = tensor.pad %[[SLICE]] low[0, 0]
// CHECK: %[[QT:.+]] = linalg.generic {{.*}} ins(%[[PAD]], %[[SCALE]] : tensor<32x64xbf16>, tensor<64xf32>)
// CHECK: arith.extf
// CHECK: arith.mulf
// CHECK: scf.for
// CHECK: %[[KT:.+]] = tensor.extract_slice %[[K]]
// CHECK: sattn.online_attention query(%[[QT]] : tensor<32x64xf32>) key(%[[KT]] : tensor<?x64xbf16>)
// CHECK: sattn.finalize {{.*}} -> tensor<?x64xbf16>, tensor<?xf32>
func.func @ragged(%q: tensor<?x64xbf16>, %k: tensor<?x64xbf16>, %v: tensor<?x64xbf16>, %o: tensor<?x64xbf16>, %l: tensor<?xf32>) -> (tensor<?x64xbf16>, tensor<?xf32>) {
  %r:2 = sattn.attention query(%q : tensor<?x64xbf16>) key(%k : tensor<?x64xbf16>) value(%v : tensor<?x64xbf16>) scale 0.125 tiling <query = 32, key = 48> outs(%o, %l : tensor<?x64xbf16>, tensor<?xf32>) -> tensor<?x64xbf16>, tensor<?xf32>
  return %r#0, %r#1 : tensor<?x64xbf16>, tensor<?xf32>
}

// Tiles of other layouts are transposed, a transposed output is transposed back.
// CHECK-LABEL: func.func @layouts(
// CHECK: scf.forall (%[[H:.+]], %{{.+}}) in (4, %{{.+}}) shared_outs(%[[OUT:.+]] = %{{.+}})
// CHECK: linalg.transpose {{.*}} permutation = [1, 0]
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[OUT]][%[[H]], 0, %{{.+}}] [1, 32, %{{.+}}]
// CHECK: %[[F:.+]] = sattn.finalize
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[F]] : {{.*}}) outs(%[[SLICE]] :
// CHECK: tensor.parallel_insert_slice %[[T]] into %[[OUT]][%[[H]], 0,
func.func @layouts(%q: tensor<64x?x4xf32>, %k: tensor<4x64x?xf32>, %v: tensor<4x?x32xf32>, %o: tensor<4x32x?xf32>) -> tensor<4x32x?xf32> {
  %r = sattn.attention query(%q : tensor<64x?x4xf32>) key(%k : tensor<4x64x?xf32>) value(%v : tensor<4x?x32xf32>) scale 1.0 tiling <query = 16, key = 32> outs(%o : tensor<4x32x?xf32>) dims(r m h, h r n, h n e -> h e m) -> tensor<4x32x?xf32>
  return %r : tensor<4x32x?xf32>
}

// Grouped heads: the key lacks the label g.
// CHECK-LABEL: func.func @grouped(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<2x?x8x4x16xf32>, %[[K:[^:]+]]: tensor<2x?x8x16xf32>, %[[O:[^:]+]]: tensor<2x?x8x4x16xf32>)
// CHECK: scf.forall (%[[B:.+]], %[[H:.+]], %[[G:.+]], %{{.+}}) in (2, 8, 4, %{{.+}})
// CHECK: tensor.extract_slice %[[Q]][%[[B]], %{{.+}}, %[[H]], %[[G]], 0] [1, %{{.+}}, 1, 1, 16]
// CHECK: tensor.extract_slice %[[K]][%[[B]], %{{.+}}, %[[H]], 0] [1, %{{.+}}, 1, 16]
// CHECK: sattn.online_attention
func.func @grouped(%q: tensor<2x?x8x4x16xf32>, %k: tensor<2x?x8x16xf32>, %o: tensor<2x?x8x4x16xf32>) -> tensor<2x?x8x4x16xf32> {
  %r = sattn.attention query(%q : tensor<2x?x8x4x16xf32>) key(%k : tensor<2x?x8x16xf32>) value(%k : tensor<2x?x8x16xf32>) scale 1.0 tiling <query = 16, key = 32> outs(%o : tensor<2x?x8x4x16xf32>) dims(b m h g r, b n h r, b n h e -> b m h g e) -> tensor<2x?x8x4x16xf32>
  return %r : tensor<2x?x8x4x16xf32>
}
