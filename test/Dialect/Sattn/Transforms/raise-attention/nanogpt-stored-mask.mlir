// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// A boolean causal mask that is stored as a larger buffer of bytes
// (dense_resource) and sliced.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @nanogpt_stored_mask(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)  -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> ()>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @nanogpt_stored_mask(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %c0_i8 = arith.constant 0 : i8
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant 2.000000e+00 : f32
    %cst_3 = arith.constant dense_resource<torch_tensor_1_1_16_16_torch.uint8> : tensor<1x1x16x16xi8>
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
      %23 = arith.divf %in, %cst_2 : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x8xf32>
    %6 = tensor.empty() : tensor<1x1x16x16xi1>
    %7 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_3 : tensor<1x1x16x16xi8>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i8, %out: i1):
      %23 = arith.cmpi ne, %in, %c0_i8 : i8
      linalg.yield %23 : i1
    } -> tensor<1x1x16x16xi1>
    %extracted_slice = tensor.extract_slice %7[0, 0, 0, 0] [1, 1, 8, 16] [1, 1, 1, 1] : tensor<1x1x16x16xi1> to tensor<1x1x8x16xi1>
    %extracted_slice_5 = tensor.extract_slice %extracted_slice[0, 0, 0, 0] [1, 1, 8, 8] [1, 1, 1, 1] : tensor<1x1x8x16xi1> to tensor<1x1x8x8xi1>
    %8 = linalg.generic {indexing_maps = [#map1, #map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_5, %5, %cst_1 : tensor<1x1x8x8xi1>, tensor<2x3x8x8xf32>, tensor<f32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: i1, %in_10: f32, %in_11: f32, %out: f32):
      %23 = arith.select %in, %in_10, %in_11 : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x8xf32>
    %9 = tensor.empty() : tensor<2x3x8xi64>
    %10 = linalg.fill ins(%c0_i64 : i64) outs(%9 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %11 = tensor.empty() : tensor<2x3x8xf32>
    %12 = linalg.fill ins(%cst_0 : f32) outs(%11 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %13:2 = linalg.generic {indexing_maps = [#map, #map3, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%8 : tensor<2x3x8x8xf32>) outs(%12, %10 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_10: i64):
      %23 = linalg.index 3 : index
      %24 = arith.index_cast %23 : index to i64
      %25 = arith.maximumf %in, %out : f32
      %26 = arith.cmpf ogt, %in, %out : f32
      %27 = arith.select %26, %24, %out_10 : i64
      linalg.yield %25, %27 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_6 = tensor.expand_shape %13#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %expanded_6 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_10: f32, %out: f32):
      %23 = arith.subf %in, %in_10 : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x8xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14 : tensor<2x3x8x8xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %23 = math.exp %in : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x8xf32>
    %16 = tensor.empty() : tensor<2x3x8x1xf32>
    %17 = linalg.fill ins(%cst : f32) outs(%16 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%15 : tensor<2x3x8x8xf32>) outs(%17 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %23 = arith.addf %in, %out : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x1xf32>
    %19 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%15, %18 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%4 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_10: f32, %out: f32):
      %23 = arith.divf %in, %in_10 : f32
      linalg.yield %23 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_7 = tensor.collapse_shape %19 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_8 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %20 = tensor.empty() : tensor<6x8x4xf32>
    %21 = linalg.fill ins(%cst : f32) outs(%20 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %22 = linalg.batch_matmul ins(%collapsed_7, %collapsed_8 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%21 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_9 = tensor.expand_shape %22 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_9 : tensor<2x3x8x4xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_1_1_16_16_torch.uint8: "0x0100000001000000000000000000000000000000010100000000000000000000000000000101010000000000000000000000000001010101000000000000000000000000010101010100000000000000000000000101010101010000000000000000000001010101010101000000000000000000010101010101010100000000000000000101010101010101010000000000000001010101010101010101000000000000010101010101010101010100000000000101010101010101010101010000000001010101010101010101010101000000010101010101010101010101010100000101010101010101010101010101010001010101010101010101010101010101"
    }
  }
#-}
