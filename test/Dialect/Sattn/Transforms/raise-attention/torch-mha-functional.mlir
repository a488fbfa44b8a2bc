// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// nn.MultiheadAttention written out: packed projection, heads folded into the
// batch, baddbmm with a mask.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_mha_functional(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<8x2x2x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<8x2x2x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<8x2x2x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%{{[a-z0-9_]+}} : tensor<2x2x8x8xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S4:.+]] = arith.addf %[[S0]], %[[S3]] : f32
// CHECK-NEXT: sattn.yield %[[S4]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<8x2x2x4xf32>)
// CHECK-SAME: dims(m b h r, n b h r, n b h e, b h m n -> m b h e) -> tensor<8x2x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2) -> (d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map2 = affine_map<(d0, d1, d2) -> (d2)>
#map3 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map4 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#map5 = affine_map<(d0, d1) -> (d1)>
#map6 = affine_map<(d0, d1) -> (d0, d1)>
module {
  func.func @torch_mha_functional(%arg0: tensor<2x8x8xf32>, %arg1: tensor<24x8xf32>, %arg2: tensor<24xf32>, %arg3: tensor<8x8xf32>, %arg4: tensor<8xf32>, %arg5: tensor<4x8x8xf32>) -> tensor<2x8x8xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<8x2x8xf32>
    %transposed = linalg.transpose ins(%arg0 : tensor<2x8x8xf32>) outs(%0 : tensor<8x2x8xf32>) permutation = [1, 0, 2] 
    %1 = tensor.empty() : tensor<8x24xf32>
    %transposed_2 = linalg.transpose ins(%arg1 : tensor<24x8xf32>) outs(%1 : tensor<8x24xf32>) permutation = [1, 0] 
    %2 = tensor.empty() : tensor<8x8x24xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%transposed_2 : tensor<8x24xf32>) outs(%2 : tensor<8x8x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<8x8x24xf32>
    %4 = tensor.empty() : tensor<8x2x24xf32>
    %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<8x2x24xf32>) -> tensor<8x2x24xf32>
    %6 = linalg.batch_matmul ins(%transposed, %3 : tensor<8x2x8xf32>, tensor<8x8x24xf32>) outs(%5 : tensor<8x2x24xf32>) -> tensor<8x2x24xf32>
    %7 = linalg.generic {indexing_maps = [#map1, #map2, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%6, %arg2 : tensor<8x2x24xf32>, tensor<24xf32>) outs(%4 : tensor<8x2x24xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %36 = arith.addf %in, %in_19 : f32
      linalg.yield %36 : f32
    } -> tensor<8x2x24xf32>
    %extracted_slice = tensor.extract_slice %7[0, 0, 0] [8, 2, 8] [1, 1, 1] : tensor<8x2x24xf32> to tensor<8x2x8xf32>
    %extracted_slice_3 = tensor.extract_slice %7[0, 0, 8] [8, 2, 8] [1, 1, 1] : tensor<8x2x24xf32> to tensor<8x2x8xf32>
    %extracted_slice_4 = tensor.extract_slice %7[0, 0, 16] [8, 2, 8] [1, 1, 1] : tensor<8x2x24xf32> to tensor<8x2x8xf32>
    %collapsed = tensor.collapse_shape %extracted_slice [[0], [1, 2]] : tensor<8x2x8xf32> into tensor<8x16xf32>
    %expanded = tensor.expand_shape %collapsed [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
    %8 = tensor.empty() : tensor<4x8x4xf32>
    %transposed_5 = linalg.transpose ins(%expanded : tensor<8x4x4xf32>) outs(%8 : tensor<4x8x4xf32>) permutation = [1, 0, 2] 
    %collapsed_6 = tensor.collapse_shape %extracted_slice_3 [[0], [1, 2]] : tensor<8x2x8xf32> into tensor<8x16xf32>
    %expanded_7 = tensor.expand_shape %collapsed_6 [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
    %collapsed_8 = tensor.collapse_shape %extracted_slice_4 [[0], [1, 2]] : tensor<8x2x8xf32> into tensor<8x16xf32>
    %expanded_9 = tensor.expand_shape %collapsed_8 [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
    %transposed_10 = linalg.transpose ins(%expanded_9 : tensor<8x4x4xf32>) outs(%8 : tensor<4x8x4xf32>) permutation = [1, 0, 2] 
    %9 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%transposed_5 : tensor<4x8x4xf32>) outs(%8 : tensor<4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %36 = arith.mulf %in, %cst_1 : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x4xf32>
    %10 = tensor.empty() : tensor<4x4x8xf32>
    %transposed_11 = linalg.transpose ins(%expanded_7 : tensor<8x4x4xf32>) outs(%10 : tensor<4x4x8xf32>) permutation = [1, 2, 0] 
    %11 = tensor.empty() : tensor<4x8x8xf32>
    %12 = linalg.fill ins(%cst : f32) outs(%11 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %13 = linalg.batch_matmul ins(%9, %transposed_11 : tensor<4x8x4xf32>, tensor<4x4x8xf32>) outs(%12 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %14 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg5, %13 : tensor<4x8x8xf32>, tensor<4x8x8xf32>) outs(%11 : tensor<4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %36 = arith.addf %in, %in_19 : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x8xf32>
    %15 = tensor.empty() : tensor<4x8xi64>
    %16 = linalg.fill ins(%c0_i64 : i64) outs(%15 : tensor<4x8xi64>) -> tensor<4x8xi64>
    %17 = tensor.empty() : tensor<4x8xf32>
    %18 = linalg.fill ins(%cst_0 : f32) outs(%17 : tensor<4x8xf32>) -> tensor<4x8xf32>
    %19:2 = linalg.generic {indexing_maps = [#map1, #map3, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%14 : tensor<4x8x8xf32>) outs(%18, %16 : tensor<4x8xf32>, tensor<4x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_19: i64):
      %36 = linalg.index 2 : index
      %37 = arith.index_cast %36 : index to i64
      %38 = arith.maximumf %in, %out : f32
      %39 = arith.cmpf ogt, %in, %out : f32
      %40 = arith.select %39, %37, %out_19 : i64
      linalg.yield %38, %40 : f32, i64
    } -> (tensor<4x8xf32>, tensor<4x8xi64>)
    %expanded_12 = tensor.expand_shape %19#0 [[0], [1, 2]] output_shape [4, 8, 1] : tensor<4x8xf32> into tensor<4x8x1xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map4, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%14, %expanded_12 : tensor<4x8x8xf32>, tensor<4x8x1xf32>) outs(%11 : tensor<4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %36 = arith.subf %in, %in_19 : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x8xf32>
    %21 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%20 : tensor<4x8x8xf32>) outs(%11 : tensor<4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %36 = math.exp %in : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x8xf32>
    %22 = tensor.empty() : tensor<4x8x1xf32>
    %23 = linalg.fill ins(%cst : f32) outs(%22 : tensor<4x8x1xf32>) -> tensor<4x8x1xf32>
    %24 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "parallel", "reduction"]} ins(%21 : tensor<4x8x8xf32>) outs(%23 : tensor<4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %36 = arith.addf %in, %out : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x1xf32>
    %25 = linalg.generic {indexing_maps = [#map1, #map4, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%21, %24 : tensor<4x8x8xf32>, tensor<4x8x1xf32>) outs(%11 : tensor<4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %36 = arith.divf %in, %in_19 : f32
      linalg.yield %36 : f32
    } -> tensor<4x8x8xf32>
    %26 = linalg.fill ins(%cst : f32) outs(%8 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %27 = linalg.batch_matmul ins(%25, %transposed_10 : tensor<4x8x8xf32>, tensor<4x8x4xf32>) outs(%26 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %28 = tensor.empty() : tensor<8x4x4xf32>
    %transposed_13 = linalg.transpose ins(%27 : tensor<4x8x4xf32>) outs(%28 : tensor<8x4x4xf32>) permutation = [1, 0, 2] 
    %collapsed_14 = tensor.collapse_shape %transposed_13 [[0, 1, 2]] : tensor<8x4x4xf32> into tensor<128xf32>
    %expanded_15 = tensor.expand_shape %collapsed_14 [[0, 1]] output_shape [16, 8] : tensor<128xf32> into tensor<16x8xf32>
    %29 = tensor.empty() : tensor<8x8xf32>
    %transposed_16 = linalg.transpose ins(%arg3 : tensor<8x8xf32>) outs(%29 : tensor<8x8xf32>) permutation = [1, 0] 
    %30 = tensor.empty() : tensor<16x8xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %32 = linalg.matmul ins(%expanded_15, %transposed_16 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%31 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %33 = linalg.generic {indexing_maps = [#map5, #map6], iterator_types = ["parallel", "parallel"]} ins(%arg4 : tensor<8xf32>) outs(%30 : tensor<16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x8xf32>
    %34 = linalg.generic {indexing_maps = [#map6, #map6, #map6], iterator_types = ["parallel", "parallel"]} ins(%32, %33 : tensor<16x8xf32>, tensor<16x8xf32>) outs(%30 : tensor<16x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %36 = arith.addf %in, %in_19 : f32
      linalg.yield %36 : f32
    } -> tensor<16x8xf32>
    %expanded_17 = tensor.expand_shape %34 [[0, 1], [2]] output_shape [8, 2, 8] : tensor<16x8xf32> into tensor<8x2x8xf32>
    %35 = tensor.empty() : tensor<2x8x8xf32>
    %transposed_18 = linalg.transpose ins(%expanded_17 : tensor<8x2x8xf32>) outs(%35 : tensor<2x8x8xf32>) permutation = [1, 0, 2] 
    return %transposed_18 : tensor<2x8x8xf32>
  }
}
