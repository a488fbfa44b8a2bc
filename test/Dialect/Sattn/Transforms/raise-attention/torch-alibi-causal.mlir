// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// ALiBi: (j - i) slope_h is added, computed from positions; full(-inf).triu(1)
// is added as the causal mask.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_alibi_causal(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[X0:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: score(%[[X0]] : tensor<3xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S4:.+]] = arith.index_cast %[[S2]] : index to i64
// CHECK-NEXT: %[[S5:.+]] = arith.index_cast %[[S1]] : index to i64
// CHECK-NEXT: %[[S6:.+]] = arith.subi %[[S4]], %[[S5]] : i64
// CHECK-NEXT: %[[S7:.+]] = arith.sitofp %[[S6]] : i64 to f32
// CHECK-NEXT: %[[S8:.+]] = arith.mulf %[[S7]], %[[S3]] : f32
// CHECK-NEXT: %[[S9:.+]] = arith.addf %[[S0]], %[[S8]] : f32
// CHECK-NEXT: sattn.yield %[[S9]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: dims(b h m r, b h n r, b h n e, h -> b h m e) -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1) -> (0, d1)>
#map2 = affine_map<(d0, d1) -> (d0, 0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map5 = affine_map<(d0, d1, d2) -> (d0, 0, 0)>
#map6 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
#map9 = affine_map<(d0, d1) -> ()>
#map10 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map12 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @torch_alibi_causal(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>, %arg3: tensor<3xf32>) -> tensor<2x3x8x4xf32> {
    %c0_i64 = arith.constant 0 : i64
    %c1_i64 = arith.constant 1 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_2 = arith.constant dense<0xFF800000> : tensor<8x8xf32>
    %cst_3 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %33 = linalg.index 0 : index
      %34 = arith.index_cast %33 : index to i64
      linalg.yield %34 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %expanded_4 = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %2 = tensor.empty() : tensor<8x8xi64>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded, %expanded_4 : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_12: i64, %out: i64):
      %33 = arith.subi %in, %in_12 : i64
      linalg.yield %33 : i64
    } -> tensor<8x8xi64>
    %4 = tensor.empty() : tensor<8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<8x8xi64>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i64, %out: f32):
      %33 = arith.sitofp %in : i64 to f32
      linalg.yield %33 : f32
    } -> tensor<8x8xf32>
    %expanded_5 = tensor.expand_shape %arg3 [[0, 1, 2]] output_shape [3, 1, 1] : tensor<3xf32> into tensor<3x1x1xf32>
    %6 = tensor.empty() : tensor<3x8x8xf32>
    %7 = linalg.generic {indexing_maps = [#map4, #map5, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%5, %expanded_5 : tensor<8x8xf32>, tensor<3x1x1xf32>) outs(%6 : tensor<3x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %33 = arith.mulf %in, %in_12 : f32
      linalg.yield %33 : f32
    } -> tensor<3x8x8xf32>
    %8 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<2x3x8x4xf32>) outs(%8 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %collapsed_6 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %9 = tensor.empty() : tensor<6x8x8xf32>
    %10 = linalg.fill ins(%cst : f32) outs(%9 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %11 = linalg.batch_matmul ins(%collapsed, %collapsed_6 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%10 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded_7 = tensor.expand_shape %11 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %12 = tensor.empty() : tensor<2x3x8x8xf32>
    %13 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_7 : tensor<2x3x8x8xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = arith.mulf %in, %cst_3 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %14 = linalg.generic {indexing_maps = [#map7, #map8, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13, %7 : tensor<2x3x8x8xf32>, tensor<3x8x8xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %33 = arith.addf %in, %in_12 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %15 = tensor.empty() : tensor<8x8xi1>
    %16 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<8x8xi64>) outs(%15 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %33 = arith.cmpi sge, %in, %c1_i64 : i64
      linalg.yield %33 : i1
    } -> tensor<8x8xi1>
    %17 = linalg.generic {indexing_maps = [#map3, #map3, #map9, #map3], iterator_types = ["parallel", "parallel"]} ins(%16, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<8x8xf32>, tensor<f32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_12: f32, %in_13: f32, %out: f32):
      %33 = arith.select %in, %in_12, %in_13 : f32
      linalg.yield %33 : f32
    } -> tensor<8x8xf32>
    %18 = linalg.generic {indexing_maps = [#map7, #map10, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14, %17 : tensor<2x3x8x8xf32>, tensor<8x8xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %33 = arith.addf %in, %in_12 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %19 = tensor.empty() : tensor<2x3x8xi64>
    %20 = linalg.fill ins(%c0_i64 : i64) outs(%19 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %21 = tensor.empty() : tensor<2x3x8xf32>
    %22 = linalg.fill ins(%cst_0 : f32) outs(%21 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %23:2 = linalg.generic {indexing_maps = [#map7, #map11, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%18 : tensor<2x3x8x8xf32>) outs(%22, %20 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_12: i64):
      %33 = linalg.index 3 : index
      %34 = arith.index_cast %33 : index to i64
      %35 = arith.maximumf %in, %out : f32
      %36 = arith.cmpf ogt, %in, %out : f32
      %37 = arith.select %36, %34, %out_12 : i64
      linalg.yield %35, %37 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_8 = tensor.expand_shape %23#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %24 = linalg.generic {indexing_maps = [#map7, #map12, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%18, %expanded_8 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %33 = arith.subf %in, %in_12 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%24 : tensor<2x3x8x8xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = math.exp %in : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %26 = tensor.empty() : tensor<2x3x8x1xf32>
    %27 = linalg.fill ins(%cst : f32) outs(%26 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %28 = linalg.generic {indexing_maps = [#map7, #map12], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%25 : tensor<2x3x8x8xf32>) outs(%27 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = arith.addf %in, %out : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x1xf32>
    %29 = linalg.generic {indexing_maps = [#map7, #map12, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%25, %28 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%12 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %33 = arith.divf %in, %in_12 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_9 = tensor.collapse_shape %29 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_10 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %30 = tensor.empty() : tensor<6x8x4xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %32 = linalg.batch_matmul ins(%collapsed_9, %collapsed_10 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%31 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_11 = tensor.expand_shape %32 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_11 : tensor<2x3x8x4xf32>
  }
}
