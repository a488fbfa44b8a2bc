// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// softmax(baddbmm(mask, q, k^T, alpha=0.5)) v: the product starts from the
// mask.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_baddbmm(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[X0:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<6x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<6x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<6x8x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%[[X0]] : tensor<6x8x8xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S4:.+]] = arith.addf %[[S0]], %[[S3]] : f32
// CHECK-NEXT: sattn.yield %[[S4]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<6x8x4xf32>)
// CHECK-SAME: dims(b m r, b n r, b n e, b m n -> b m e) -> tensor<6x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
module {
  func.func @torch_baddbmm(%arg0: tensor<6x8x4xf32>, %arg1: tensor<6x8x4xf32>, %arg2: tensor<6x8x4xf32>, %arg3: tensor<6x8x8xf32>) -> tensor<6x8x4xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i64 = arith.constant 0 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<6x4x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<6x8x4xf32>) outs(%0 : tensor<6x4x8xf32>) permutation = [0, 2, 1] 
    %1 = tensor.empty() : tensor<6x8x8xf32>
    %2 = linalg.fill ins(%cst : f32) outs(%1 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %3 = linalg.batch_matmul ins(%arg0, %transposed : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%2 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%3 : tensor<6x8x8xf32>) outs(%1 : tensor<6x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %20 = arith.mulf %in, %cst_1 : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg3, %4 : tensor<6x8x8xf32>, tensor<6x8x8xf32>) outs(%1 : tensor<6x8x8xf32>) {
    ^bb0(%in: f32, %in_2: f32, %out: f32):
      %20 = arith.addf %in, %in_2 : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x8xf32>
    %6 = tensor.empty() : tensor<6x8xi64>
    %7 = linalg.fill ins(%c0_i64 : i64) outs(%6 : tensor<6x8xi64>) -> tensor<6x8xi64>
    %8 = tensor.empty() : tensor<6x8xf32>
    %9 = linalg.fill ins(%cst_0 : f32) outs(%8 : tensor<6x8xf32>) -> tensor<6x8xf32>
    %10:2 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel", "reduction"]} ins(%5 : tensor<6x8x8xf32>) outs(%9, %7 : tensor<6x8xf32>, tensor<6x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_2: i64):
      %20 = linalg.index 2 : index
      %21 = arith.index_cast %20 : index to i64
      %22 = arith.maximumf %in, %out : f32
      %23 = arith.cmpf ogt, %in, %out : f32
      %24 = arith.select %23, %21, %out_2 : i64
      linalg.yield %22, %24 : f32, i64
    } -> (tensor<6x8xf32>, tensor<6x8xi64>)
    %expanded = tensor.expand_shape %10#0 [[0], [1, 2]] output_shape [6, 8, 1] : tensor<6x8xf32> into tensor<6x8x1xf32>
    %11 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%5, %expanded : tensor<6x8x8xf32>, tensor<6x8x1xf32>) outs(%1 : tensor<6x8x8xf32>) {
    ^bb0(%in: f32, %in_2: f32, %out: f32):
      %20 = arith.subf %in, %in_2 : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x8xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%11 : tensor<6x8x8xf32>) outs(%1 : tensor<6x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %20 = math.exp %in : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x8xf32>
    %13 = tensor.empty() : tensor<6x8x1xf32>
    %14 = linalg.fill ins(%cst : f32) outs(%13 : tensor<6x8x1xf32>) -> tensor<6x8x1xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map2], iterator_types = ["parallel", "parallel", "reduction"]} ins(%12 : tensor<6x8x8xf32>) outs(%14 : tensor<6x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %20 = arith.addf %in, %out : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x1xf32>
    %16 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%12, %15 : tensor<6x8x8xf32>, tensor<6x8x1xf32>) outs(%1 : tensor<6x8x8xf32>) {
    ^bb0(%in: f32, %in_2: f32, %out: f32):
      %20 = arith.divf %in, %in_2 : f32
      linalg.yield %20 : f32
    } -> tensor<6x8x8xf32>
    %17 = tensor.empty() : tensor<6x8x4xf32>
    %18 = linalg.fill ins(%cst : f32) outs(%17 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %19 = linalg.batch_matmul ins(%16, %arg2 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%18 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    return %19 : tensor<6x8x4xf32>
  }
}
