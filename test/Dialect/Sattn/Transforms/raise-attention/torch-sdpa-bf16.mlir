// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// scaled_dot_product_attention in bf16.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_sdpa_bf16(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xbf16>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xbf16>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xbf16>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xbf16>)  -> tensor<2x3x8x4xbf16>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @torch_sdpa_bf16(%arg0: tensor<2x3x8x4xbf16>, %arg1: tensor<2x3x8x4xbf16>, %arg2: tensor<2x3x8x4xbf16>) -> tensor<2x3x8x4xbf16> {
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i64 = arith.constant 0 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<2x3x8x8xf32>
    %cst_2 = arith.constant 0xFFF0000000000000 : f64
    %cst_3 = arith.constant 0.70710678118654757 : f64
    %0 = tensor.empty() : tensor<2x3x8x4xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<2x3x8x4xbf16>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %35 = arith.extf %in : bf16 to f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x4xf32>
    %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x3x8x4xbf16>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %35 = arith.extf %in : bf16 to f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x4xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x3x8x4xbf16>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %35 = arith.extf %in : bf16 to f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x4xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<2x3x8x4xf32>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %35 = arith.truncf %cst_3 : f64 to f32
      %36 = arith.mulf %in, %35 : f32
      linalg.yield %36 : f32
    } -> tensor<2x3x8x4xf32>
    %5 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%2 : tensor<2x3x8x4xf32>) outs(%5 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %6 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed : tensor<2x3x4x8xf32>) outs(%5 : tensor<2x3x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %35 = arith.truncf %cst_3 : f64 to f32
      %36 = arith.mulf %in, %35 : f32
      linalg.yield %36 : f32
    } -> tensor<2x3x4x8xf32>
    %collapsed = tensor.collapse_shape %4 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %collapsed_4 = tensor.collapse_shape %6 [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %7 = tensor.empty() : tensor<6x8x8xf32>
    %8 = linalg.fill ins(%cst : f32) outs(%7 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %9 = linalg.batch_matmul ins(%collapsed, %collapsed_4 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%8 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded = tensor.expand_shape %9 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %10 = tensor.empty() : tensor<2x3x8xi64>
    %11 = linalg.fill ins(%c0_i64 : i64) outs(%10 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %12 = tensor.empty() : tensor<2x3x8xf32>
    %13 = linalg.fill ins(%cst_0 : f32) outs(%12 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %14:2 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%expanded : tensor<2x3x8x8xf32>) outs(%13, %11 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_9: i64):
      %35 = linalg.index 3 : index
      %36 = arith.index_cast %35 : index to i64
      %37 = arith.maximumf %in, %out : f32
      %38 = arith.cmpf ogt, %in, %out : f32
      %39 = arith.select %38, %36, %out_9 : i64
      linalg.yield %37, %39 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_5 = tensor.expand_shape %14#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %15 = tensor.empty() : tensor<2x3x8x8xf32>
    %16 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_5 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%15 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %35 = arith.subf %in, %in_9 : f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x8xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%16 : tensor<2x3x8x8xf32>) outs(%15 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %35 = math.exp %in : f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x8xf32>
    %18 = tensor.empty() : tensor<2x3x8x1xf32>
    %19 = linalg.fill ins(%cst : f32) outs(%18 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %20 = linalg.generic {indexing_maps = [#map, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%17 : tensor<2x3x8x8xf32>) outs(%19 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %35 = arith.addf %in, %out : f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x1xf32>
    %21 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%17, %20 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%15 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %35 = arith.divf %in, %in_9 : f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x8xf32>
    %22 = tensor.empty() : tensor<2x3x8x8xi1>
    %23 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x3x8x8xf32>) outs(%22 : tensor<2x3x8x8xi1>) {
    ^bb0(%in: f32, %out: i1):
      %35 = arith.extf %in : f32 to f64
      %36 = arith.cmpf oeq, %35, %cst_2 : f64
      linalg.yield %36 : i1
    } -> tensor<2x3x8x8xi1>
    %24 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%23 : tensor<2x3x8x8xi1>) outs(%22 : tensor<2x3x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      %35 = arith.cmpi eq, %in, %false : i1
      linalg.yield %35 : i1
    } -> tensor<2x3x8x8xi1>
    %25 = tensor.empty() : tensor<2x3x8x1xi1>
    %26 = linalg.fill ins(%false : i1) outs(%25 : tensor<2x3x8x1xi1>) -> tensor<2x3x8x1xi1>
    %27 = linalg.generic {indexing_maps = [#map, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%24 : tensor<2x3x8x8xi1>) outs(%26 : tensor<2x3x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %35 = arith.ori %in, %out : i1
      linalg.yield %35 : i1
    } -> tensor<2x3x8x1xi1>
    %28 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%27 : tensor<2x3x8x1xi1>) outs(%25 : tensor<2x3x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %35 = arith.cmpi eq, %in, %false : i1
      linalg.yield %35 : i1
    } -> tensor<2x3x8x1xi1>
    %29 = linalg.generic {indexing_maps = [#map2, #map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28, %cst_1, %21 : tensor<2x3x8x1xi1>, tensor<2x3x8x8xf32>, tensor<2x3x8x8xf32>) outs(%15 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_9: f32, %in_10: f32, %out: f32):
      %35 = arith.select %in, %in_9, %in_10 : f32
      linalg.yield %35 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_6 = tensor.collapse_shape %29 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_7 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %30 = tensor.empty() : tensor<6x8x4xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %32 = linalg.batch_matmul ins(%collapsed_6, %collapsed_7 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%31 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_8 = tensor.expand_shape %32 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    %33 = tensor.empty() : tensor<2x3x8x4xbf16>
    %34 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_8 : tensor<2x3x8x4xf32>) outs(%33 : tensor<2x3x8x4xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %35 = arith.truncf %in : f32 to bf16
      linalg.yield %35 : bf16
    } -> tensor<2x3x8x4xbf16>
    return %34 : tensor<2x3x8x4xbf16>
  }
}
