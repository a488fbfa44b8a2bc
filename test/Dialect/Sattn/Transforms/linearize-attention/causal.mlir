// RUN: sattn-opt %s --sattn-linearize-attention --canonicalize --cse | FileCheck %s

!t = tensor<2x4096x64xf32>

// One pass over the chunks of keys, which writes for each chunk of queries the sum
// of K^T V before it, then one over the chunks of queries. No loop is inside another
// one over the sequence: there is no T x T work.
// CHECK-DAG: #[[$SLOT:.+]] = affine_map<(d0) -> (d0 floordiv 128)>
// CHECK-DAG: #[[$ROW:.+]] = affine_map<(d0) -> (d0 * 128)>
// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %{{[^:]+}}: tensor<2x4096x64xf32>, %[[K:[^:]+]]: tensor<2x4096x64xf32>, %[[V:[^:]+]]: tensor<2x4096x64xf32>
// CHECK-DAG: %[[C4096:.+]] = arith.constant 4096 : index
// CHECK-DAG: %[[C128:.+]] = arith.constant 128 : index
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK: %[[SUMS:.+]] = scf.forall (%[[B:.+]]) in (2) shared_outs(%{{.+}} = %{{.+}}) -> (tensor<2x32x64x64xf32>) {
// CHECK: scf.for %[[FIRST:.+]] = %[[C0]] to %[[C4096]] step %[[C128]] iter_args(%[[SUM:.+]] = %[[ZERO:.+]], %[[SLOTS:.+]] = %{{.+}})
// CHECK: %[[I:.+]] = affine.apply #[[$SLOT]](%[[FIRST]])
// CHECK: tensor.insert_slice %[[SUM]] into %[[SLOTS]][0, %[[I]], 0, 0]
// CHECK: tensor.extract_slice %[[K]]
// CHECK: tensor.extract_slice %[[V]]
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]{{.*}} outs(%[[ZERO]] : tensor<64x64xf32>)
// CHECK: math.fma
// CHECK: linalg.generic {{.*}} outs(%[[SUM]] : tensor<64x64xf32>)
// CHECK-NOT: scf.for %
// CHECK: scf.forall (%{{.+}}, %[[CHUNK:.+]]) in (2, 32)
// CHECK: %[[M:.+]] = affine.apply #[[$ROW]](%[[CHUNK]])
// CHECK: %[[START:.+]] = scf.if
// CHECK: tensor.extract_slice %[[SUMS]][%{{.+}}, %[[CHUNK]], 0, 0] [1, 1, 64, 64]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]
// CHECK: sattn.online_attention query(%{{.+}} : tensor<128x64xf32>) key(%{{.+}} : tensor<128x64xf32>) {{.*}} window <*, 0> {{.*}} link identity state(%[[START]] : tensor<128x64xf32>)
// CHECK-NOT: scf.for %
// CHECK: sattn.finalize
func.func @causal(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link identity outs(%init : !t) -> !t
  return %o : !t
}
