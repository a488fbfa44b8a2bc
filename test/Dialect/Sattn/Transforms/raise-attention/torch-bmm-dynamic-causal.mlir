// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// The same with a causal mask: triu of ones, filled with -inf.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_bmm_dynamic_causal(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<6x?x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<6x?x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<6x?x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<6x?x4xf32>)  -> tensor<6x?x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1) -> ()>
#map2 = affine_map<(d0, d1) -> (d0, d1)>
#map3 = affine_map<(d0) -> (d0)>
#map4 = affine_map<(d0, d1) -> (0, d1)>
#map5 = affine_map<(d0, d1) -> (d0, 0)>
#map6 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map7 = affine_map<(d0, d1, d2) -> ()>
#map8 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map9 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
module {
  func.func @torch_bmm_dynamic_causal(%arg0: tensor<6x?x4xf32>, %arg1: tensor<6x?x4xf32>, %arg2: tensor<6x?x4xf32>) -> tensor<6x?x4xf32> {
    %true = arith.constant true
    %c0_i64 = arith.constant 0 : i64
    %c1_i64 = arith.constant 1 : i64
    %c1 = arith.constant 1 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_2 = arith.constant dense<true> : tensor<i1>
    %cst_3 = arith.constant 5.000000e-01 : f32
    %dim = tensor.dim %arg2, %c1 : tensor<6x?x4xf32>
    %0 = arith.index_cast %dim : index to i64
    %dim_4 = tensor.dim %arg1, %c1 : tensor<6x?x4xf32>
    %1 = tensor.empty(%dim_4) : tensor<6x4x?xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<6x?x4xf32>) outs(%1 : tensor<6x4x?xf32>) permutation = [0, 2, 1] 
    %dim_5 = tensor.dim %arg0, %c1 : tensor<6x?x4xf32>
    %2 = tensor.empty(%dim_5, %dim_4) : tensor<6x?x?xf32>
    %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<6x?x?xf32>) -> tensor<6x?x?xf32>
    %4 = linalg.batch_matmul ins(%arg0, %transposed : tensor<6x?x4xf32>, tensor<6x4x?xf32>) outs(%3 : tensor<6x?x?xf32>) -> tensor<6x?x?xf32>
    %5 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%4 : tensor<6x?x?xf32>) outs(%2 : tensor<6x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %34 = arith.mulf %in, %cst_3 : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x?xf32>
    %6 = arith.cmpi sge, %0, %c0_i64 : i64
    cf.assert %6, "negative values not allowed in new dimensions"
    cf.assert %6, "negative values not allowed in new dimensions"
    %7 = tensor.empty(%dim, %dim) : tensor<?x?xi1>
    %8 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel"]} ins(%cst_2 : tensor<i1>) outs(%7 : tensor<?x?xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<?x?xi1>
    %9 = tensor.empty(%dim) : tensor<?xi64>
    %10 = linalg.generic {indexing_maps = [#map3], iterator_types = ["parallel"]} outs(%9 : tensor<?xi64>) {
    ^bb0(%out: i64):
      %34 = linalg.index 0 : index
      %35 = arith.index_cast %34 : index to i64
      linalg.yield %35 : i64
    } -> tensor<?xi64>
    %expanded = tensor.expand_shape %10 [[0, 1]] output_shape [1, %dim] : tensor<?xi64> into tensor<1x?xi64>
    %expanded_6 = tensor.expand_shape %10 [[0, 1]] output_shape [%dim, 1] : tensor<?xi64> into tensor<?x1xi64>
    %11 = tensor.empty(%dim, %dim) : tensor<?x?xi64>
    %12 = linalg.generic {indexing_maps = [#map4, #map5, #map2], iterator_types = ["parallel", "parallel"]} ins(%expanded, %expanded_6 : tensor<1x?xi64>, tensor<?x1xi64>) outs(%11 : tensor<?x?xi64>) {
    ^bb0(%in: i64, %in_8: i64, %out: i64):
      %34 = arith.subi %in, %in_8 : i64
      linalg.yield %34 : i64
    } -> tensor<?x?xi64>
    %13 = tensor.empty(%dim, %dim) : tensor<?x?xi1>
    %14 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel"]} ins(%12 : tensor<?x?xi64>) outs(%13 : tensor<?x?xi1>) {
    ^bb0(%in: i64, %out: i1):
      %34 = arith.cmpi sge, %in, %c1_i64 : i64
      linalg.yield %34 : i1
    } -> tensor<?x?xi1>
    cf.assert %true, "mismatched size for broadcast"
    cf.assert %true, "mismatched size for broadcast"
    %15 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel"]} ins(%14, %8 : tensor<?x?xi1>, tensor<?x?xi1>) outs(%13 : tensor<?x?xi1>) {
    ^bb0(%in: i1, %in_8: i1, %out: i1):
      %34 = arith.andi %in, %in_8 : i1
      linalg.yield %34 : i1
    } -> tensor<?x?xi1>
    %16 = arith.cmpi eq, %dim, %dim_5 : index
    cf.assert %16, "mismatched size for broadcast"
    %17 = arith.cmpi eq, %dim, %dim_4 : index
    cf.assert %17, "mismatched size for broadcast"
    %18 = tensor.empty(%dim, %dim) : tensor<6x?x?xf32>
    %19 = linalg.generic {indexing_maps = [#map6, #map7, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%15, %cst_1, %5 : tensor<?x?xi1>, tensor<f32>, tensor<6x?x?xf32>) outs(%18 : tensor<6x?x?xf32>) {
    ^bb0(%in: i1, %in_8: f32, %in_9: f32, %out: f32):
      %34 = arith.select %in, %in_8, %in_9 : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x?xf32>
    %20 = tensor.empty(%dim) : tensor<6x?xi64>
    %21 = linalg.fill ins(%c0_i64 : i64) outs(%20 : tensor<6x?xi64>) -> tensor<6x?xi64>
    %22 = tensor.empty(%dim) : tensor<6x?xf32>
    %23 = linalg.fill ins(%cst_0 : f32) outs(%22 : tensor<6x?xf32>) -> tensor<6x?xf32>
    %24:2 = linalg.generic {indexing_maps = [#map, #map8, #map8], iterator_types = ["parallel", "parallel", "reduction"]} ins(%19 : tensor<6x?x?xf32>) outs(%23, %21 : tensor<6x?xf32>, tensor<6x?xi64>) {
    ^bb0(%in: f32, %out: f32, %out_8: i64):
      %34 = linalg.index 2 : index
      %35 = arith.index_cast %34 : index to i64
      %36 = arith.maximumf %in, %out : f32
      %37 = arith.cmpf ogt, %in, %out : f32
      %38 = arith.select %37, %35, %out_8 : i64
      linalg.yield %36, %38 : f32, i64
    } -> (tensor<6x?xf32>, tensor<6x?xi64>)
    %expanded_7 = tensor.expand_shape %24#0 [[0], [1, 2]] output_shape [6, %dim, 1] : tensor<6x?xf32> into tensor<6x?x1xf32>
    %25 = linalg.generic {indexing_maps = [#map, #map9, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%19, %expanded_7 : tensor<6x?x?xf32>, tensor<6x?x1xf32>) outs(%18 : tensor<6x?x?xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %34 = arith.subf %in, %in_8 : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x?xf32>
    %26 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%25 : tensor<6x?x?xf32>) outs(%18 : tensor<6x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %34 = math.exp %in : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x?xf32>
    %27 = tensor.empty(%dim) : tensor<6x?x1xf32>
    %28 = linalg.fill ins(%cst : f32) outs(%27 : tensor<6x?x1xf32>) -> tensor<6x?x1xf32>
    %29 = linalg.generic {indexing_maps = [#map, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%26 : tensor<6x?x?xf32>) outs(%28 : tensor<6x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %34 = arith.addf %in, %out : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x1xf32>
    %30 = linalg.generic {indexing_maps = [#map, #map9, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%26, %29 : tensor<6x?x?xf32>, tensor<6x?x1xf32>) outs(%18 : tensor<6x?x?xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %34 = arith.divf %in, %in_8 : f32
      linalg.yield %34 : f32
    } -> tensor<6x?x?xf32>
    %31 = tensor.empty(%dim) : tensor<6x?x4xf32>
    %32 = linalg.fill ins(%cst : f32) outs(%31 : tensor<6x?x4xf32>) -> tensor<6x?x4xf32>
    %33 = linalg.batch_matmul ins(%30, %arg2 : tensor<6x?x?xf32>, tensor<6x?x4xf32>) outs(%32 : tensor<6x?x4xf32>) -> tensor<6x?x4xf32>
    return %33 : tensor<6x?x4xf32>
  }
}
