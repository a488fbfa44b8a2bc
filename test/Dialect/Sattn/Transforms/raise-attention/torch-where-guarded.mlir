// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// where(m, s, -inf), softmax, then where(m.any(-1), w, 0).
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_where_guarded(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: mask(%{{[a-z0-9_]+}} : tensor<2x8x8xi1>)
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: dims(b h m r, b h n r, b h n e, b m n -> b h m e) -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> ()>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, 0)>
module {
  func.func @torch_where_guarded(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>, %arg3: tensor<2x1x8x8xi1>) -> tensor<2x3x8x4xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i64 = arith.constant 0 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_2 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_3 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<2x3x8x4xf32>) outs(%0 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %collapsed_4 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %1 = tensor.empty() : tensor<6x8x8xf32>
    %2 = linalg.fill ins(%cst : f32) outs(%1 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %3 = linalg.batch_matmul ins(%collapsed, %collapsed_4 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%2 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded = tensor.expand_shape %3 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %4 = tensor.empty() : tensor<2x3x8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x3x8x8xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %25 = arith.mulf %in, %cst_3 : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %6 = linalg.generic {indexing_maps = [#map1, #map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg3, %5, %cst_2 : tensor<2x1x8x8xi1>, tensor<2x3x8x8xf32>, tensor<f32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_9: f32, %in_10: f32, %out: f32):
      %25 = arith.select %in, %in_9, %in_10 : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %7 = tensor.empty() : tensor<2x3x8xi64>
    %8 = linalg.fill ins(%c0_i64 : i64) outs(%7 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %9 = tensor.empty() : tensor<2x3x8xf32>
    %10 = linalg.fill ins(%cst_0 : f32) outs(%9 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %11:2 = linalg.generic {indexing_maps = [#map, #map3, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%6 : tensor<2x3x8x8xf32>) outs(%10, %8 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_9: i64):
      %25 = linalg.index 3 : index
      %26 = arith.index_cast %25 : index to i64
      %27 = arith.maximumf %in, %out : f32
      %28 = arith.cmpf ogt, %in, %out : f32
      %29 = arith.select %28, %26, %out_9 : i64
      linalg.yield %27, %29 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_5 = tensor.expand_shape %11#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%6, %expanded_5 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %25 = arith.subf %in, %in_9 : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %13 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%12 : tensor<2x3x8x8xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %25 = math.exp %in : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %14 = tensor.empty() : tensor<2x3x8x1xf32>
    %15 = linalg.fill ins(%cst : f32) outs(%14 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %16 = linalg.generic {indexing_maps = [#map, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%13 : tensor<2x3x8x8xf32>) outs(%15 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %25 = arith.addf %in, %out : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x1xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13, %16 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %25 = arith.divf %in, %in_9 : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %18 = tensor.empty() : tensor<2x1x8x1xi1>
    %19 = linalg.fill ins(%false : i1) outs(%18 : tensor<2x1x8x1xi1>) -> tensor<2x1x8x1xi1>
    %20 = linalg.generic {indexing_maps = [#map, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%arg3 : tensor<2x1x8x8xi1>) outs(%19 : tensor<2x1x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %25 = arith.ori %in, %out : i1
      linalg.yield %25 : i1
    } -> tensor<2x1x8x1xi1>
    %21 = linalg.generic {indexing_maps = [#map5, #map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%20, %17, %cst_1 : tensor<2x1x8x1xi1>, tensor<2x3x8x8xf32>, tensor<f32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_9: f32, %in_10: f32, %out: f32):
      %25 = arith.select %in, %in_9, %in_10 : f32
      linalg.yield %25 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_6 = tensor.collapse_shape %21 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_7 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %22 = tensor.empty() : tensor<6x8x4xf32>
    %23 = linalg.fill ins(%cst : f32) outs(%22 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %24 = linalg.batch_matmul ins(%collapsed_6, %collapsed_7 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%23 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_8 = tensor.expand_shape %24 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_8 : tensor<2x3x8x4xf32>
  }
}
