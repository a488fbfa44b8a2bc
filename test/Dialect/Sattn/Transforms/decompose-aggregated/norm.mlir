// RUN: sattn-opt %s -sattn-decompose-aggregated | FileCheck %s

// Mean, centred variance, output; statistics of bf16 in f32.

// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %[[X:.+]]: tensor<4x?x24xbf16>, %[[G:.+]]: tensor<24xf32>
// CHECK: %[[SUM:.+]] = linalg.generic {{.*}} ins(%[[X]] : tensor<4x?x24xbf16>) outs(%{{.*}} : tensor<4x?xf32>)
// CHECK: %[[N:.+]] = arith.constant 2.400000e+01 : f32
// CHECK: %[[MEAN:.+]] = linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.divf %{{.*}}, %[[N]]
// CHECK: %[[SQUARES:.+]] = linalg.generic {{.*}} ins(%[[X]], %[[MEAN]] :
// CHECK: %[[D:.+]] = arith.subf
// CHECK: arith.mulf %[[D]], %[[D]] : f32
// CHECK: %[[SIGMA:.+]] = linalg.generic {{.*}} ins(%[[SQUARES]] :
// CHECK: math.sqrt
// CHECK: %[[Y:.+]] = linalg.generic {{.*}} ins(%[[X]], %[[SIGMA]], %[[MEAN]], %[[G]] :
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: return %[[Y]]
func.func @layer(%x: tensor<4x?x24xbf16>, %g: tensor<24xf32>) -> tensor<4x?x24xbf16> {
  %y = sattn.norm layer %x gain(%g : tensor<24xf32>) : tensor<4x?x24xbf16>
  return %y : tensor<4x?x24xbf16>
}

// CHECK-LABEL: func.func @rms(
// CHECK-NOT: arith.subf
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: arith.addf
// CHECK: return
func.func @rms(%x: tensor<4x24xf64>, %b: tensor<24xf64>) -> tensor<4x24xf64> {
  %y = sattn.norm rms %x bias(%b : tensor<24xf64>) epsilon 0.001 : tensor<4x24xf64>
  return %y : tensor<4x24xf64>
}

// The number of columns may be dynamic.
// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[DIM:.+]] = tensor.dim %{{.*}}, %{{.*}} : tensor<?x?xf32>
// CHECK: arith.index_cast %{{.*}} : index to i64
// CHECK: arith.sitofp %{{.*}} : i64 to f32
func.func @dynamic(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = sattn.norm layer %x : tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// Each segment has its own statistics; gain is cut along.
// CHECK-LABEL: func.func @segments(
// CHECK-SAME: %[[X:.+]]: tensor<4x24xf32>, %[[G:.+]]: tensor<24xf32>
// CHECK: %[[X0:.+]] = tensor.extract_slice %[[X]][0, 0] [4, 8] [1, 1]
// CHECK: %[[G0:.+]] = tensor.extract_slice %[[G]][0] [8] [1]
// CHECK: %[[Y0:.+]] = linalg.generic {{.*}} ins(%[[X0]], %{{.*}}, %{{.*}}, %[[G0]] :
// CHECK: %[[R0:.+]] = tensor.insert_slice %[[Y0]] into %{{.*}}[0, 0] [4, 8] [1, 1]
// CHECK: %[[X1:.+]] = tensor.extract_slice %[[X]][0, 8] [4, 16] [1, 1]
// CHECK: %[[G1:.+]] = tensor.extract_slice %[[G]][8] [16] [1]
// CHECK: %[[Y1:.+]] = linalg.generic {{.*}} ins(%[[X1]], %{{.*}}, %{{.*}}, %[[G1]] :
// CHECK: tensor.insert_slice %[[Y1]] into %[[R0]][0, 8] [4, 16] [1, 1]
func.func @segments(%x: tensor<4x24xf32>, %g: tensor<24xf32>) -> tensor<4x24xf32> {
  %y = sattn.norm layer %x gain(%g : tensor<24xf32>) segments [8, 16] : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}
