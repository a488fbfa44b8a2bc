// RUN: sattn-opt %s -sattn-decompose-aggregated | FileCheck %s

// Maximum, sum, weights, output, lse. A part with lse -inf is selected away, not multiplied by 0.

// CHECK-LABEL: func.func @two(
// CHECK-SAME: %[[A:.+]]: tensor<?x8xf16>, %[[B:.+]]: tensor<?x8xf16>, %[[LA:.+]]: tensor<?xf32>, %[[LB:.+]]: tensor<?xf32>
// CHECK: %[[MAX:.+]] = linalg.generic {{.*}} ins(%[[LA]], %[[LB]] :
// CHECK: arith.maximumf
// CHECK: %[[SUM:.+]] = linalg.generic {{.*}} ins(%[[LA]], %[[LB]], %[[MAX]] :
// CHECK: math.exp
// CHECK: %[[W:.+]]:2 = linalg.generic {{.*}} ins(%[[LA]], %[[LB]], %[[MAX]], %[[SUM]] :
// CHECK: %[[OUT:.+]] = linalg.generic {{.*}} ins(%[[A]], %[[B]], %[[W]]#0, %[[W]]#1, %[[LA]], %[[LB]] :
// CHECK: %[[P:.+]] = arith.mulf
// CHECK: %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[LOWEST:.+]] = arith.constant 0xFF800000 : f32
// CHECK: %[[DEAD:.+]] = arith.cmpf oeq, %{{.*}}, %[[LOWEST]] : f32
// CHECK: arith.select %[[DEAD]], %[[ZERO]], %[[P]] : f32
// CHECK: %[[LSE:.+]] = linalg.generic {{.*}} ins(%[[MAX]], %[[SUM]] :
// CHECK: math.log
// CHECK: %[[HALF:.+]] = linalg.generic {{.*}} ins(%[[OUT]] :
// CHECK: return %[[HALF]], %[[LSE]]
func.func @two(%a: tensor<?x8xf16>, %b: tensor<?x8xf16>, %la: tensor<?xf32>, %lb: tensor<?xf32>) -> (tensor<?x8xf16>, tensor<?xf32>) {
  %m:2 = sattn.merge outputs(%a, %b : tensor<?x8xf16>, tensor<?x8xf16>) lse(%la, %lb : tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf16>, tensor<?xf32>
  return %m#0, %m#1 : tensor<?x8xf16>, tensor<?xf32>
}

// The parts are a loop if they are an axis.
// CHECK-LABEL: func.func @leading(
// CHECK-SAME: %[[A:.+]]: tensor<?x5x8xf32>, %[[L:.+]]: tensor<?x5xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%[[L]] :
// CHECK: arith.maximumf
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[A]],
// CHECK: } -> tensor<5x8xf32>
func.func @leading(%a: tensor<?x5x8xf32>, %l: tensor<?x5xf32>) -> (tensor<5x8xf32>, tensor<5xf32>) {
  %m:2 = sattn.merge outputs(%a : tensor<?x5x8xf32>) lse(%l : tensor<?x5xf32>) -> tensor<5x8xf32>, tensor<5xf32>
  return %m#0, %m#1 : tensor<5x8xf32>, tensor<5xf32>
}
