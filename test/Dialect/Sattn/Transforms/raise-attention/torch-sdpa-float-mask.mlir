// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// scaled_dot_product_attention(q, k, v, attn_mask=m), m added to the scores.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_sdpa_float_mask(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%{{[a-z0-9_]+}} : tensor<2x8x8xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S4:.+]] = arith.addf %[[S0]], %[[S3]] : f32
// CHECK-NEXT: sattn.yield %[[S4]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: dims(b h m r, b h n r, b h n e, b m n -> b h m e) -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @torch_sdpa_float_mask(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>, %arg3: tensor<2x1x8x8xf32>) -> tensor<2x3x8x4xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i64 = arith.constant 0 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<2x3x8x8xf32>
    %cst_2 = arith.constant 0xFFF0000000000000 : f64
    %cst_3 = arith.constant 0.70710678118654757 : f64
    %0 = tensor.empty() : tensor<2x3x8x4xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<2x3x8x4xf32>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %31 = arith.truncf %cst_3 : f64 to f32
      %32 = arith.mulf %in, %31 : f32
      linalg.yield %32 : f32
    } -> tensor<2x3x8x4xf32>
    %2 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<2x3x8x4xf32>) outs(%2 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %3 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed : tensor<2x3x4x8xf32>) outs(%2 : tensor<2x3x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %31 = arith.truncf %cst_3 : f64 to f32
      %32 = arith.mulf %in, %31 : f32
      linalg.yield %32 : f32
    } -> tensor<2x3x4x8xf32>
    %collapsed = tensor.collapse_shape %1 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %collapsed_4 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %4 = tensor.empty() : tensor<6x8x8xf32>
    %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %6 = linalg.batch_matmul ins(%collapsed, %collapsed_4 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%5 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded = tensor.expand_shape %6 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %7 = tensor.empty() : tensor<2x3x8x8xf32>
    %8 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %arg3 : tensor<2x3x8x8xf32>, tensor<2x1x8x8xf32>) outs(%7 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %31 = arith.addf %in, %in_9 : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x8xf32>
    %9 = tensor.empty() : tensor<2x3x8xi64>
    %10 = linalg.fill ins(%c0_i64 : i64) outs(%9 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %11 = tensor.empty() : tensor<2x3x8xf32>
    %12 = linalg.fill ins(%cst_0 : f32) outs(%11 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %13:2 = linalg.generic {indexing_maps = [#map, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%8 : tensor<2x3x8x8xf32>) outs(%12, %10 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_9: i64):
      %31 = linalg.index 3 : index
      %32 = arith.index_cast %31 : index to i64
      %33 = arith.maximumf %in, %out : f32
      %34 = arith.cmpf ogt, %in, %out : f32
      %35 = arith.select %34, %32, %out_9 : i64
      linalg.yield %33, %35 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_5 = tensor.expand_shape %13#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %expanded_5 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%7 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %31 = arith.subf %in, %in_9 : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x8xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14 : tensor<2x3x8x8xf32>) outs(%7 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %31 = math.exp %in : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x8xf32>
    %16 = tensor.empty() : tensor<2x3x8x1xf32>
    %17 = linalg.fill ins(%cst : f32) outs(%16 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%15 : tensor<2x3x8x8xf32>) outs(%17 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %31 = arith.addf %in, %out : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x1xf32>
    %19 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%15, %18 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%7 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %31 = arith.divf %in, %in_9 : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x8xf32>
    %20 = tensor.empty() : tensor<2x3x8x8xi1>
    %21 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8 : tensor<2x3x8x8xf32>) outs(%20 : tensor<2x3x8x8xi1>) {
    ^bb0(%in: f32, %out: i1):
      %31 = arith.extf %in : f32 to f64
      %32 = arith.cmpf oeq, %31, %cst_2 : f64
      linalg.yield %32 : i1
    } -> tensor<2x3x8x8xi1>
    %22 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%21 : tensor<2x3x8x8xi1>) outs(%20 : tensor<2x3x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      %31 = arith.cmpi eq, %in, %false : i1
      linalg.yield %31 : i1
    } -> tensor<2x3x8x8xi1>
    %23 = tensor.empty() : tensor<2x3x8x1xi1>
    %24 = linalg.fill ins(%false : i1) outs(%23 : tensor<2x3x8x1xi1>) -> tensor<2x3x8x1xi1>
    %25 = linalg.generic {indexing_maps = [#map, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%22 : tensor<2x3x8x8xi1>) outs(%24 : tensor<2x3x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %31 = arith.ori %in, %out : i1
      linalg.yield %31 : i1
    } -> tensor<2x3x8x1xi1>
    %26 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%25 : tensor<2x3x8x1xi1>) outs(%23 : tensor<2x3x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %31 = arith.cmpi eq, %in, %false : i1
      linalg.yield %31 : i1
    } -> tensor<2x3x8x1xi1>
    %27 = linalg.generic {indexing_maps = [#map3, #map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%26, %cst_1, %19 : tensor<2x3x8x1xi1>, tensor<2x3x8x8xf32>, tensor<2x3x8x8xf32>) outs(%7 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_9: f32, %in_10: f32, %out: f32):
      %31 = arith.select %in, %in_9, %in_10 : f32
      linalg.yield %31 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_6 = tensor.collapse_shape %27 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_7 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %28 = tensor.empty() : tensor<6x8x4xf32>
    %29 = linalg.fill ins(%cst : f32) outs(%28 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %30 = linalg.batch_matmul ins(%collapsed_6, %collapsed_7 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%29 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_8 = tensor.expand_shape %30 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_8 : tensor<2x3x8x4xf32>
  }
}
