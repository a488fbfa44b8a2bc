// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// RoPE on interleaved pairs in front of attention.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @rope_interleaved(
// CHECK-SAME: %{{[a-z0-9]+}}: tensor
// CHECK-SAME: %{{[a-z0-9]+}}: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x3x8x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x3x8x4xf32>)  -> tensor<2x3x8x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @rope_interleaved(%arg0: tensor<2x3x8x4xf32>, %arg1: tensor<2x3x8x4xf32>, %arg2: tensor<2x3x8x4xf32>, %arg3: tensor<8x2xf32>, %arg4: tensor<8x2xf32>) -> tensor<2x3x8x4xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %expanded = tensor.expand_shape %arg0 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 2] : tensor<2x3x8x4xf32> into tensor<2x3x8x2x2xf32>
    %extracted_slice = tensor.extract_slice %expanded[0, 0, 0, 0, 0] [2, 3, 8, 2, 1] [1, 1, 1, 1, 1] : tensor<2x3x8x2x2xf32> to tensor<2x3x8x2x1xf32>
    %collapsed = tensor.collapse_shape %extracted_slice [[0], [1], [2], [3, 4]] : tensor<2x3x8x2x1xf32> into tensor<2x3x8x2xf32>
    %extracted_slice_2 = tensor.extract_slice %expanded[0, 0, 0, 0, 1] [2, 3, 8, 2, 1] [1, 1, 1, 1, 1] : tensor<2x3x8x2x2xf32> to tensor<2x3x8x2x1xf32>
    %collapsed_3 = tensor.collapse_shape %extracted_slice_2 [[0], [1], [2], [3, 4]] : tensor<2x3x8x2x1xf32> into tensor<2x3x8x2xf32>
    %0 = tensor.empty() : tensor<2x3x8x2xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed, %arg3 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %2 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_3, %arg4 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1, %2 : tensor<2x3x8x2xf32>, tensor<2x3x8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.subf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed, %arg4 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %5 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_3, %arg3 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %6 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%4, %5 : tensor<2x3x8x2xf32>, tensor<2x3x8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.addf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %expanded_4 = tensor.expand_shape %3 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 1] : tensor<2x3x8x2xf32> into tensor<2x3x8x2x1xf32>
    %expanded_5 = tensor.expand_shape %6 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 1] : tensor<2x3x8x2xf32> into tensor<2x3x8x2x1xf32>
    %concat = tensor.concat dim(4) %expanded_4, %expanded_5 : (tensor<2x3x8x2x1xf32>, tensor<2x3x8x2x1xf32>) -> tensor<2x3x8x2x2xf32>
    %expanded_6 = tensor.expand_shape %arg1 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 2] : tensor<2x3x8x4xf32> into tensor<2x3x8x2x2xf32>
    %extracted_slice_7 = tensor.extract_slice %expanded_6[0, 0, 0, 0, 0] [2, 3, 8, 2, 1] [1, 1, 1, 1, 1] : tensor<2x3x8x2x2xf32> to tensor<2x3x8x2x1xf32>
    %collapsed_8 = tensor.collapse_shape %extracted_slice_7 [[0], [1], [2], [3, 4]] : tensor<2x3x8x2x1xf32> into tensor<2x3x8x2xf32>
    %extracted_slice_9 = tensor.extract_slice %expanded_6[0, 0, 0, 0, 1] [2, 3, 8, 2, 1] [1, 1, 1, 1, 1] : tensor<2x3x8x2x2xf32> to tensor<2x3x8x2x1xf32>
    %collapsed_10 = tensor.collapse_shape %extracted_slice_9 [[0], [1], [2], [3, 4]] : tensor<2x3x8x2x1xf32> into tensor<2x3x8x2xf32>
    %7 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_8, %arg3 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %8 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_10, %arg4 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %9 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%7, %8 : tensor<2x3x8x2xf32>, tensor<2x3x8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.subf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %10 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_8, %arg4 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %11 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_10, %arg3 : tensor<2x3x8x2xf32>, tensor<8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.mulf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%10, %11 : tensor<2x3x8x2xf32>, tensor<2x3x8x2xf32>) outs(%0 : tensor<2x3x8x2xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.addf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x2xf32>
    %expanded_11 = tensor.expand_shape %9 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 1] : tensor<2x3x8x2xf32> into tensor<2x3x8x2x1xf32>
    %expanded_12 = tensor.expand_shape %12 [[0], [1], [2], [3, 4]] output_shape [2, 3, 8, 2, 1] : tensor<2x3x8x2xf32> into tensor<2x3x8x2x1xf32>
    %concat_13 = tensor.concat dim(4) %expanded_11, %expanded_12 : (tensor<2x3x8x2x1xf32>, tensor<2x3x8x2x1xf32>) -> tensor<2x3x8x2x2xf32>
    %collapsed_14 = tensor.collapse_shape %concat_13 [[0], [1], [2], [3, 4]] : tensor<2x3x8x2x2xf32> into tensor<2x3x8x4xf32>
    %13 = tensor.empty() : tensor<2x3x4x8xf32>
    %transposed = linalg.transpose ins(%collapsed_14 : tensor<2x3x8x4xf32>) outs(%13 : tensor<2x3x4x8xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_15 = tensor.collapse_shape %concat [[0, 1], [2], [3, 4]] : tensor<2x3x8x2x2xf32> into tensor<6x8x4xf32>
    %collapsed_16 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x3x4x8xf32> into tensor<6x4x8xf32>
    %14 = tensor.empty() : tensor<6x8x8xf32>
    %15 = linalg.fill ins(%cst : f32) outs(%14 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %16 = linalg.batch_matmul ins(%collapsed_15, %collapsed_16 : tensor<6x8x4xf32>, tensor<6x4x8xf32>) outs(%15 : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
    %expanded_17 = tensor.expand_shape %16 [[0, 1], [2], [3]] output_shape [2, 3, 8, 8] : tensor<6x8x8xf32> into tensor<2x3x8x8xf32>
    %17 = tensor.empty() : tensor<2x3x8x8xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_17 : tensor<2x3x8x8xf32>) outs(%17 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = arith.mulf %in, %cst_1 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %19 = tensor.empty() : tensor<2x3x8xi64>
    %20 = linalg.fill ins(%c0_i64 : i64) outs(%19 : tensor<2x3x8xi64>) -> tensor<2x3x8xi64>
    %21 = tensor.empty() : tensor<2x3x8xf32>
    %22 = linalg.fill ins(%cst_0 : f32) outs(%21 : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
    %23:2 = linalg.generic {indexing_maps = [#map, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%18 : tensor<2x3x8x8xf32>) outs(%22, %20 : tensor<2x3x8xf32>, tensor<2x3x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_22: i64):
      %33 = linalg.index 3 : index
      %34 = arith.index_cast %33 : index to i64
      %35 = arith.maximumf %in, %out : f32
      %36 = arith.cmpf ogt, %in, %out : f32
      %37 = arith.select %36, %34, %out_22 : i64
      linalg.yield %35, %37 : f32, i64
    } -> (tensor<2x3x8xf32>, tensor<2x3x8xi64>)
    %expanded_18 = tensor.expand_shape %23#0 [[0], [1], [2, 3]] output_shape [2, 3, 8, 1] : tensor<2x3x8xf32> into tensor<2x3x8x1xf32>
    %24 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%18, %expanded_18 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%17 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.subf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%24 : tensor<2x3x8x8xf32>) outs(%17 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = math.exp %in : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %26 = tensor.empty() : tensor<2x3x8x1xf32>
    %27 = linalg.fill ins(%cst : f32) outs(%26 : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
    %28 = linalg.generic {indexing_maps = [#map, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%25 : tensor<2x3x8x8xf32>) outs(%27 : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %33 = arith.addf %in, %out : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x1xf32>
    %29 = linalg.generic {indexing_maps = [#map, #map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%25, %28 : tensor<2x3x8x8xf32>, tensor<2x3x8x1xf32>) outs(%17 : tensor<2x3x8x8xf32>) {
    ^bb0(%in: f32, %in_22: f32, %out: f32):
      %33 = arith.divf %in, %in_22 : f32
      linalg.yield %33 : f32
    } -> tensor<2x3x8x8xf32>
    %collapsed_19 = tensor.collapse_shape %29 [[0, 1], [2], [3]] : tensor<2x3x8x8xf32> into tensor<6x8x8xf32>
    %collapsed_20 = tensor.collapse_shape %arg2 [[0, 1], [2], [3]] : tensor<2x3x8x4xf32> into tensor<6x8x4xf32>
    %30 = tensor.empty() : tensor<6x8x4xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %32 = linalg.batch_matmul ins(%collapsed_19, %collapsed_20 : tensor<6x8x8xf32>, tensor<6x8x4xf32>) outs(%31 : tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
    %expanded_21 = tensor.expand_shape %32 [[0, 1], [2], [3]] output_shape [2, 3, 8, 4] : tensor<6x8x4xf32> into tensor<2x3x8x4xf32>
    return %expanded_21 : tensor<2x3x8x4xf32>
  }
}
