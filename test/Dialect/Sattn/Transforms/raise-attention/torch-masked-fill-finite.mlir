// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s
// RUN: sattn-opt %s --sattn-raise-attention=assume-live-rows | FileCheck %s --check-prefix=LIVE

// scores.masked_fill(padding, finfo.min): rows without keys are the mean, so
// the mask stays in the score.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_masked_fill_finite(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[X0:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%[[X0]] : tensor<2x8xi1>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: i1):
// CHECK-NEXT: %[[S4:.+]] = arith.constant -3.40282347E+38 : f32
// CHECK-NEXT: %[[S5:.+]] = arith.select %[[S3]], %[[S4]], %[[S0]] : f32
// CHECK-NEXT: sattn.yield %[[S5]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: dims(b h m r, b h n r, b h n e, b n -> b h m e) -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return

// With the promise that each row keeps a key the mask drops pairs.
// LIVE-LABEL: func.func @torch_masked_fill_finite(
// LIVE: sattn.attention
// LIVE: %[[DROP:.+]] = arith.constant true
// LIVE-NEXT: %[[KEEP:.+]] = arith.xori %{{[a-z0-9_]+}}, %[[DROP]] : i1
// LIVE-NEXT: sattn.yield %{{[a-z0-9_]+}}, %[[KEEP]] : f32, i1
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> ()>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @torch_masked_fill_finite(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>, %arg3: tensor<2x8xi1>) -> tensor<2x3x8x4xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i64 = arith.constant 0 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<2x3x8x4xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<2x3x8x4xf32>) outs(%0 : tensor<2x3x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %22 = arith.mulf %in, %cst_2 : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x4xf32>
    %2 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<2x3x8x4xf32>) outs(%2 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %collapsed = tensor.collapse_shape %1 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %3 = tensor.empty() : tensor<6x8x8xf32>
    %4 = linalg.fill ins(%cst : f32) outs(%3 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %5 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%4 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded = tensor.expand_shape %5 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %expanded_4 = tensor.expand_shape %arg3 [[0], [1, 2, 3]] output_shape [2, 1, 1, 8] : tensor<2x8xi1> into tensor<2x1x1x8xi1>
    %6 = tensor.empty() : tensor<2x3x8x8xf32>
    %7 = linalg.generic {indexing_maps = [#map1, #map2, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_4, %cst_1, %expanded : tensor<2x1x1x8xi1>, tensor<f32>, tensor<2x3x8x8xf32>) outs(%6 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_9: f32, %in_10: f32, %out: f32):
      %22 = arith.select %in, %in_9, %in_10 : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x8xf32>
    %8 = tensor.empty() : tensor<2x3x8xi64>
    %9 = linalg.fill ins(%c0_i64 : i64) outs(%8 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %10 = tensor.empty() : tensor<2x3x8xf32>
    %11 = linalg.fill ins(%cst_0 : f32) outs(%10 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %12:2 = linalg.generic {indexing_maps = [#map, #map3, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%7 : tensor<2x3x8x8xf32>) outs(%11, %9 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_9: i64):
      %22 = linalg.index 3 : index
      %23 = arith.index_cast %22 : index to i64
      %24 = arith.maximumf %in, %out : f32
      %25 = arith.cmpf ogt, %in, %out : f32
      %26 = arith.select %25, %23, %out_9 : i64
      linalg.yield %24, %26 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_5 = tensor.expand_shape %12#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %13 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%7, %expanded_5 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%6 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %22 = arith.subf %in, %in_9 : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x8xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13 : tensor<2x3x8x8xf32>) outs(%6 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %22 = math.exp %in : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x8xf32>
    %15 = tensor.empty() : tensor<2x3x8x1xf32>
    %16 = linalg.fill ins(%cst : f32) outs(%15 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%14 : tensor<2x3x8x8xf32>) outs(%16 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %22 = arith.addf %in, %out : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x1xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14, %17 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%6 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_9: f32, %out: f32):
      %22 = arith.divf %in, %in_9 : f32
      linalg.yield %22 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_6 = tensor.collapse_shape %18 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_7 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %19 = tensor.empty() : tensor<6x8x4xf32>
    %20 = linalg.fill ins(%cst : f32) outs(%19 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %21 = linalg.batch_matmul ins(%collapsed_6, %collapsed_7 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%20 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_8 = tensor.expand_shape %21 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_8 : tensor<2x3x8x4xf32>
  }
}
