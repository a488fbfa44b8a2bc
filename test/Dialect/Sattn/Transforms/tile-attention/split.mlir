// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse -o %t 2>&1 | FileCheck %s --check-prefix=REMARK

// Parts of whole key tiles, partial results in f32, one merge, then the op's
// layout and type.
// CHECK-DAG: #[[$LO:.+]] = affine_map<(d0) -> (d0 * 1152)>
// CHECK-DAG: #[[$HI:.+]] = affine_map<(d0)[s0] -> (4096, s0 + 1, d0 * 1152 + 1152)>
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: %[[O:[^:]+]]: tensor<64x2x1xbf16>, %[[T:[^:]+]]: index)
// CHECK-DAG: %[[P0:.+]] = tensor.empty() : tensor<4x2x1x64xf32>
// CHECK-DAG: %[[L0:.+]] = tensor.empty() : tensor<4x2x1xf32>
// CHECK: %[[P:.+]]:2 = scf.forall (%[[B:.+]], %[[PART:.+]]) in (2, 4) shared_outs(%[[PO:.+]] = %[[P0]], %[[LO:.+]] = %[[L0]])
// CHECK: %[[FROM:.+]] = affine.apply #[[$LO]](%[[PART]])
// CHECK: %[[TO:.+]] = affine.min #[[$HI]](%[[PART]])[%[[T]]]
// CHECK: scf.for %{{.+}} = %[[FROM]] to %[[TO]]
// CHECK: %[[F:.+]]:2 = sattn.finalize
// CHECK: tensor.parallel_insert_slice %[[F]]#0 into %[[PO]][%[[PART]], %[[B]], 0, 0] [1, 1, 1, 64]
// CHECK: tensor.parallel_insert_slice %[[F]]#1 into %[[LO]][%[[PART]], %[[B]], 0] [1, 1, 1]
// CHECK: %[[M:.+]], %{{.+}} = sattn.merge outputs(%[[P]]#0 : {{.*}}) lse(%[[P]]#1
// CHECK: linalg.generic {{.*}} ins(%[[M]] : tensor<2x1x64xf32>) outs(%[[O]] : tensor<64x2x1xbf16>)
// CHECK: arith.truncf
func.func @softmax(%q: tensor<64x2x1xbf16>, %k: tensor<2x4096x64xbf16>, %o: tensor<64x2x1xbf16>, %t: index) -> tensor<64x2x1xbf16> {
  %r = sattn.attention query(%q : tensor<64x2x1xbf16>) key(%k : tensor<2x4096x64xbf16>) value(%k : tensor<2x4096x64xbf16>) scale 1.0 window <*, 0> query_offset(%t : index)
    tiling <query = 1, key = 192, split = 4> outs(%o : tensor<64x2x1xbf16>) dims(r b m, b n r, b n e -> e b m) -> tensor<64x2x1xbf16>
  return %r : tensor<64x2x1xbf16>
}

// Without a normaliser the parts add up.
// CHECK-LABEL: func.func @identity(
// CHECK: %[[P:.+]] = scf.forall (%{{.+}}, %{{.+}}) in (4, %{{.+}})
// CHECK: %[[R:.+]] = linalg.reduce ins(%[[P]] : tensor<4x?x64xf32>) outs(%{{.+}} : tensor<?x64xf32>) dimensions = [0]
// CHECK: return %[[R]]
func.func @identity(%q: tensor<?x64xf32>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %r = sattn.attention query(%q : tensor<?x64xf32>) key(%q : tensor<?x64xf32>) value(%q : tensor<?x64xf32>) scale 1.0 link identity
    tiling <query = 16, key = 192, split = 4> outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// REMARK: remark: [sattn-tile-attention] keys are not split (results of link 'linear' cannot be merged)
// CHECK-LABEL: func.func @linear(
// CHECK: scf.forall (%{{.+}}) in (%{{.+}})
// CHECK-NOT: sattn.merge
// CHECK: return
func.func @linear(%q: tensor<?x64xf32>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %r = sattn.attention query(%q : tensor<?x64xf32>) key(%q : tensor<?x64xf32>) value(%q : tensor<?x64xf32>) scale 1.0 link linear
    tiling <query = 16, key = 192, split = 4> outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}
