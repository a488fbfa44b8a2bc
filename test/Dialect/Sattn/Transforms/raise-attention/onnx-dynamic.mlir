// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// Transpose, MatMul, Mul, Softmax, MatMul with dynamic batch and length.
// ONNX 1.20 graph, imported and lowered to linalg on tensors by torch-mlir
// 20261001; printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @onnx_dynamic(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<?x3x?x4xf32>)  -> tensor<?x3x?x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> ()>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @onnx_dynamic(%arg0: tensor<?x3x?x4xf32>, %arg1: tensor<?x3x?x4xf32>, %arg2: tensor<?x3x?x4xf32>) -> tensor<?x3x?x4xf32> {
    %c0 = arith.constant 0 : index
    %c3 = arith.constant 3 : index
    %c2 = arith.constant 2 : index
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<5.000000e-01> : tensor<f32>
    %dim = tensor.dim %arg1, %c0 : tensor<?x3x?x4xf32>
    %dim_2 = tensor.dim %arg1, %c2 : tensor<?x3x?x4xf32>
    %0 = tensor.empty(%dim, %dim_2) : tensor<?x3x4x?xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<?x3x?x4xf32>) outs(%0 : tensor<?x3x4x?xf32>) permutation = [0, 1, 3, 2] 
    %dim_3 = tensor.dim %arg0, %c0 : tensor<?x3x?x4xf32>
    %1 = arith.maxui %dim_3, %dim : index
    %dim_4 = tensor.dim %arg0, %c2 : tensor<?x3x?x4xf32>
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2], [3]] : tensor<?x3x?x4xf32> into tensor<?x?x4xf32>
    %collapsed_5 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<?x3x4x?xf32> into tensor<?x4x?xf32>
    %2 = arith.muli %1, %c3 : index
    %3 = tensor.empty(%2, %dim_4, %dim_2) : tensor<?x?x?xf32>
    %4 = linalg.fill ins(%cst : f32) outs(%3 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %5 = linalg.batch_matmul ins(%collapsed, %collapsed_5 : tensor<?x?x4xf32>, tensor<?x4x?xf32>) outs(%4 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %6 = arith.divsi %2, %c3 : index
    %expanded = tensor.expand_shape %5 [[0, 1], [2], [3]] output_shape [%6, 3, %dim_4, %dim_2] : tensor<?x?x?xf32> into tensor<?x3x?x?xf32>
    %7 = tensor.empty(%6, %dim_4, %dim_2) : tensor<?x3x?x?xf32>
    %8 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %cst_1 : tensor<?x3x?x?xf32>, tensor<f32>) outs(%7 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %29 = arith.mulf %in, %in_12 : f32
      linalg.yield %29 : f32
    } -> tensor<?x3x?x?xf32>
    %9 = tensor.empty(%6, %dim_4) : tensor<?x3x?xi64>
    %10 = linalg.fill ins(%c0_i64 : i64) outs(%9 : tensor<?x3x?xi64>) -> tensor<?x3x?xi64>
    %11 = tensor.empty(%6, %dim_4) : tensor<?x3x?xf32>
    %12 = linalg.fill ins(%cst_0 : f32) outs(%11 : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
    %13:2 = linalg.generic {indexing_maps = [#map, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%8 : tensor<?x3x?x?xf32>) outs(%12, %10 : tensor<?x3x?xf32>, tensor<?x3x?xi64>) {
    ^bb0(%in: f32, %out: f32, %out_12: i64):
      %29 = linalg.index 3 : index
      %30 = arith.index_cast %29 : index to i64
      %31 = arith.maximumf %in, %out : f32
      %32 = arith.cmpf ogt, %in, %out : f32
      %33 = arith.select %32, %30, %out_12 : i64
      linalg.yield %31, %33 : f32, i64
    } -> (tensor<?x3x?xf32>, tensor<?x3x?xi64>)
    %expanded_6 = tensor.expand_shape %13#0 [[0], [1], [2, 3]] output_shape [%6, 3, %dim_4, 1] : tensor<?x3x?xf32> into tensor<?x3x?x1xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %expanded_6 : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%7 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %29 = arith.subf %in, %in_12 : f32
      linalg.yield %29 : f32
    } -> tensor<?x3x?x?xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14 : tensor<?x3x?x?xf32>) outs(%7 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %29 = math.exp %in : f32
      linalg.yield %29 : f32
    } -> tensor<?x3x?x?xf32>
    %16 = tensor.empty(%6, %dim_4) : tensor<?x3x?x1xf32>
    %17 = linalg.fill ins(%cst : f32) outs(%16 : tensor<?x3x?x1xf32>) -> tensor<?x3x?x1xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%15 : tensor<?x3x?x?xf32>) outs(%17 : tensor<?x3x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %29 = arith.addf %in, %out : f32
      linalg.yield %29 : f32
    } -> tensor<?x3x?x1xf32>
    %19 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%15, %18 : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%7 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %29 = arith.divf %in, %in_12 : f32
      linalg.yield %29 : f32
    } -> tensor<?x3x?x?xf32>
    %dim_7 = tensor.dim %arg2, %c0 : tensor<?x3x?x4xf32>
    %20 = arith.maxui %6, %dim_7 : index
    %dim_8 = tensor.dim %arg2, %c2 : tensor<?x3x?x4xf32>
    %21 = arith.index_cast %dim_2 : index to i64
    %22 = arith.index_cast %dim_8 : index to i64
    %23 = arith.cmpi eq, %21, %22 : i64
    cf.assert %23, "mismatching contracting dimension"
    %collapsed_9 = tensor.collapse_shape %19 [[0, 1], [2], [3]] : tensor<?x3x?x?xf32> into tensor<?x?x?xf32>
    %collapsed_10 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<?x3x?x4xf32> into tensor<?x?x4xf32>
    %24 = arith.muli %20, %c3 : index
    %25 = tensor.empty(%24, %dim_4) : tensor<?x?x4xf32>
    %26 = linalg.fill ins(%cst : f32) outs(%25 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %27 = linalg.batch_matmul ins(%collapsed_9, %collapsed_10 : tensor<?x?x?xf32>, tensor<?x?x4xf32>) outs(%26 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %28 = arith.divsi %24, %c3 : index
    %expanded_11 = tensor.expand_shape %27 [[0, 1], [2], [3]] output_shape [%28, 3, %dim_4, 4] : tensor<?x?x4xf32> into tensor<?x3x?x4xf32>
    return %expanded_11 : tensor<?x3x?x4xf32>
  }
}
