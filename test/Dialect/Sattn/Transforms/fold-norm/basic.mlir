// RUN: sattn-opt %s -sattn-fold-norm | FileCheck %s

!x = tensor<16x64xf32>
!k = tensor<3x16x64xf32>
!v = tensor<3x16x8xf32>

// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<16x64xf32>, %[[Z:[a-z0-9]+]]: tensor<3x16x64xf32>, %[[G:[a-z0-9]+]]: tensor<64xf32>, %[[B:[a-z0-9]+]]: tensor<64xf32>
// CHECK: %[[GX:.+]] = linalg.generic {{.*}} ins(%[[X]], %[[G]] :
// CHECK: sattn.attention query(%{{.*}} : tensor<16x64xf32>) key(%[[Z]] : tensor<3x16x64xf32>)
// CHECK-SAME: score(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<3x16xf32>, tensor<3x16xf32>, tensor<16xf32>, tensor<16xf32>)
// CHECK-NEXT: ^bb0(%[[S:[a-z0-9]+]]: f32, %{{.*}}: index, %{{.*}}: index, %[[MEAN:[a-z0-9]+]]: f32, %[[SIGMA:[a-z0-9]+]]: f32, %[[GAINS:[a-z0-9]+]]: f32, %[[BIASES:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[C:.+]] = arith.mulf %[[MEAN]], %[[GAINS]] : f32
// CHECK-NEXT: %[[D:.+]] = arith.subf %[[S]], %[[C]] : f32
// CHECK-NEXT: %[[N:.+]] = arith.divf %[[D]], %[[SIGMA]] : f32
// CHECK-NEXT: %[[R:.+]] = arith.addf %[[N]], %[[BIASES]] : f32
// CHECK-NEXT: sattn.yield %[[R]] : f32
// CHECK: dims(m r, b n r, b n e, b n, b n, m, m -> b m e)
func.func @layer(%x: !x, %z: !k, %g: tensor<64xf32>, %b: tensor<64xf32>, %v: !v, %o: !v) -> !v {
  %k = sattn.norm layer %z gain(%g : tensor<64xf32>) bias(%b : tensor<64xf32>) : !k
  %a = sattn.attention query(%x : !x) key(%k : !k) value(%v : !v) scale 0.125 window <*, 0> outs(%o : !v) dims(m r, h n r, h n e -> h m e) -> !v
  return %a : !v
}

// No mean, no correction. What the region did before comes after.
// CHECK-LABEL: func.func @rms_with_region(
// CHECK: ^bb0(%[[S:[a-z0-9]+]]: f32, %{{.*}}: index, %{{.*}}: index, %[[SIGMA:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[N:.+]] = arith.divf %[[S]], %[[SIGMA]] : f32
// CHECK-NEXT: %[[T:.+]] = math.tanh %[[N]] : f32
// CHECK-NEXT: sattn.yield %[[T]] : f32
func.func @rms_with_region(%x: !x, %z: !x, %v: !x, %o: !x) -> !x {
  %k = sattn.norm rms %z : !x
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%v : !x) scale 0.125 score {
  ^bb0(%s: f32, %i: index, %j: index):
    %t = math.tanh %s : f32
    sattn.yield %t : f32
  } outs(%o : !x) -> !x
  return %a : !x
}
