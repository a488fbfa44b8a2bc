// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// Llama attention, eager: RoPE on halves, repeated key heads, additive causal
// mask.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @llama_eager(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x2x2x8x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x2x8x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x2x2x4xf32>)
// CHECK-SAME: dims(b h g m r, b h n r, b n h e -> b m h g e) -> tensor<2x8x2x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1) -> (0, d1)>
#map2 = affine_map<(d0, d1) -> (d0, 0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1) -> ()>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map6 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
#map7 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>
#map8 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @llama_eager(%arg0: tensor<2x8x16xf32>, %arg1: tensor<1x8x4xf32>, %arg2: tensor<1x8x4xf32>, %arg3: tensor<16x16xf32>, %arg4: tensor<8x16xf32>, %arg5: tensor<8x16xf32>, %arg6: tensor<16x16xf32>) -> tensor<2x8x16xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_3 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %51 = linalg.index 0 : index
      %52 = arith.index_cast %51 : index to i64
      linalg.yield %52 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_4 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %2 = tensor.empty() : tensor<8x8xi1>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_4, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %in_33: i64, %out: i1):
      %51 = arith.cmpi sle, %in, %in_33 : i64
      linalg.yield %51 : i1
    } -> tensor<8x8xi1>
    %4 = tensor.empty() : tensor<8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map3, #map4, #map4, #map3], iterator_types = ["parallel", "parallel"]} ins(%3, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<f32>, tensor<f32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_33: f32, %in_34: f32, %out: f32):
      %51 = arith.select %in, %in_33, %in_34 : f32
      linalg.yield %51 : f32
    } -> tensor<8x8xf32>
    %expanded_5 = tensor.expand_shape %5 [[0, 1, 2], [3]] output_shape [1, 1, 8, 8] : tensor<8x8xf32> into tensor<1x1x8x8xf32>
    %6 = tensor.empty() : tensor<16x16xf32>
    %transposed = linalg.transpose ins(%arg3 : tensor<16x16xf32>) outs(%6 : tensor<16x16xf32>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x16xf32> into tensor<16x16xf32>
    %7 = linalg.fill ins(%cst : f32) outs(%6 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %8 = linalg.matmul ins(%collapsed, %transposed : tensor<16x16xf32>, tensor<16x16xf32>) outs(%7 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_6 = tensor.expand_shape %8 [[0, 1], [2, 3]] output_shape [2, 8, 4, 4] : tensor<16x16xf32> into tensor<2x8x4x4xf32>
    %9 = tensor.empty() : tensor<2x4x8x4xf32>
    %transposed_7 = linalg.transpose ins(%expanded_6 : tensor<2x8x4x4xf32>) outs(%9 : tensor<2x4x8x4xf32>) permutation = [0, 2, 1, 3] 
    %10 = tensor.empty() : tensor<16x8xf32>
    %transposed_8 = linalg.transpose ins(%arg4 : tensor<8x16xf32>) outs(%10 : tensor<16x8xf32>) permutation = [1, 0] 
    %11 = linalg.fill ins(%cst : f32) outs(%10 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %12 = linalg.matmul ins(%collapsed, %transposed_8 : tensor<16x16xf32>, tensor<16x8xf32>) outs(%11 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_9 = tensor.expand_shape %12 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %13 = tensor.empty() : tensor<2x2x8x4xf32>
    %transposed_10 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xf32>) outs(%13 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_11 = linalg.transpose ins(%arg5 : tensor<8x16xf32>) outs(%10 : tensor<16x8xf32>) permutation = [1, 0] 
    %14 = linalg.matmul ins(%collapsed, %transposed_11 : tensor<16x16xf32>, tensor<16x8xf32>) outs(%11 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_12 = tensor.expand_shape %14 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_13 = linalg.transpose ins(%expanded_12 : tensor<2x8x2x4xf32>) outs(%13 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %expanded_14 = tensor.expand_shape %arg1 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xf32> into tensor<1x1x8x4xf32>
    %expanded_15 = tensor.expand_shape %arg2 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xf32> into tensor<1x1x8x4xf32>
    %15 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_7, %expanded_14 : tensor<2x4x8x4xf32>, tensor<1x1x8x4xf32>) outs(%9 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.mulf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x4xf32>
    %extracted_slice = tensor.extract_slice %transposed_7[0, 0, 0, 0] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xf32> to tensor<2x4x8x2xf32>
    %extracted_slice_16 = tensor.extract_slice %transposed_7[0, 0, 0, 2] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xf32> to tensor<2x4x8x2xf32>
    %16 = tensor.empty() : tensor<2x4x8x2xf32>
    %17 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_16 : tensor<2x4x8x2xf32>) outs(%16 : tensor<2x4x8x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %51 = arith.negf %in : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x2xf32>
    %concat = tensor.concat dim(3) %17, %extracted_slice : (tensor<2x4x8x2xf32>, tensor<2x4x8x2xf32>) -> tensor<2x4x8x4xf32>
    %18 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat, %expanded_15 : tensor<2x4x8x4xf32>, tensor<1x1x8x4xf32>) outs(%9 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.mulf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x4xf32>
    %19 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%15, %18 : tensor<2x4x8x4xf32>, tensor<2x4x8x4xf32>) outs(%9 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.addf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x4xf32>
    %20 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_10, %expanded_14 : tensor<2x2x8x4xf32>, tensor<1x1x8x4xf32>) outs(%13 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.mulf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x2x8x4xf32>
    %extracted_slice_17 = tensor.extract_slice %transposed_10[0, 0, 0, 0] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xf32> to tensor<2x2x8x2xf32>
    %extracted_slice_18 = tensor.extract_slice %transposed_10[0, 0, 0, 2] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xf32> to tensor<2x2x8x2xf32>
    %21 = tensor.empty() : tensor<2x2x8x2xf32>
    %22 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_18 : tensor<2x2x8x2xf32>) outs(%21 : tensor<2x2x8x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %51 = arith.negf %in : f32
      linalg.yield %51 : f32
    } -> tensor<2x2x8x2xf32>
    %concat_19 = tensor.concat dim(3) %22, %extracted_slice_17 : (tensor<2x2x8x2xf32>, tensor<2x2x8x2xf32>) -> tensor<2x2x8x4xf32>
    %23 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_19, %expanded_15 : tensor<2x2x8x4xf32>, tensor<1x1x8x4xf32>) outs(%13 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.mulf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x2x8x4xf32>
    %24 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%20, %23 : tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>) outs(%13 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.addf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x2x8x4xf32>
    %25 = tensor.empty() : tensor<2x2x2x8x4xf32>
    %26 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%24 : tensor<2x2x8x4xf32>) outs(%25 : tensor<2x2x2x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x2x2x8x4xf32>
    %collapsed_20 = tensor.collapse_shape %26 [[0], [1, 2], [3], [4]] : tensor<2x2x2x8x4xf32> into tensor<2x4x8x4xf32>
    %27 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_13 : tensor<2x2x8x4xf32>) outs(%25 : tensor<2x2x2x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x2x2x8x4xf32>
    %28 = tensor.empty() : tensor<2x4x4x8xf32>
    %transposed_21 = linalg.transpose ins(%collapsed_20 : tensor<2x4x8x4xf32>) outs(%28 : tensor<2x4x4x8xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_22 = tensor.collapse_shape %19 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_23 = tensor.collapse_shape %transposed_21 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %29 = tensor.empty() : tensor<8x8x8xf32>
    %30 = linalg.fill ins(%cst : f32) outs(%29 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %31 = linalg.batch_matmul ins(%collapsed_22, %collapsed_23 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%30 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_24 = tensor.expand_shape %31 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %32 = tensor.empty() : tensor<2x4x8x8xf32>
    %33 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_24 : tensor<2x4x8x8xf32>) outs(%32 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %51 = arith.mulf %in, %cst_3 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%33, %expanded_5 : tensor<2x4x8x8xf32>, tensor<1x1x8x8xf32>) outs(%32 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.addf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x8xf32>
    %35 = tensor.empty() : tensor<2x4x8xi64>
    %36 = linalg.fill ins(%c0_i64 : i64) outs(%35 : tensor<2x4x8xi64>) -> tensor<2x4x8xi64>
    %37 = tensor.empty() : tensor<2x4x8xf32>
    %38 = linalg.fill ins(%cst_0 : f32) outs(%37 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %39:2 = linalg.generic {indexing_maps = [#map5, #map9, #map9], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%34 : tensor<2x4x8x8xf32>) outs(%38, %36 : tensor<2x4x8xf32>, tensor<2x4x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_33: i64):
      %51 = linalg.index 3 : index
      %52 = arith.index_cast %51 : index to i64
      %53 = arith.maximumf %in, %out : f32
      %54 = arith.cmpf ogt, %in, %out : f32
      %55 = arith.select %54, %52, %out_33 : i64
      linalg.yield %53, %55 : f32, i64
    } -> (tensor<2x4x8xf32>, tensor<2x4x8xi64>)
    %expanded_25 = tensor.expand_shape %39#0 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %40 = linalg.generic {indexing_maps = [#map5, #map10, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%34, %expanded_25 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%32 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.subf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x8xf32>
    %41 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%40 : tensor<2x4x8x8xf32>) outs(%32 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %51 = math.exp %in : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x8xf32>
    %42 = tensor.empty() : tensor<2x4x8x1xf32>
    %43 = linalg.fill ins(%cst : f32) outs(%42 : tensor<2x4x8x1xf32>) -> tensor<2x4x8x1xf32>
    %44 = linalg.generic {indexing_maps = [#map5, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%41 : tensor<2x4x8x8xf32>) outs(%43 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %51 = arith.addf %in, %out : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x1xf32>
    %45 = linalg.generic {indexing_maps = [#map5, #map10, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%41, %44 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%32 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %51 = arith.divf %in, %in_33 : f32
      linalg.yield %51 : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_26 = tensor.collapse_shape %45 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %collapsed_27 = tensor.collapse_shape %27 [[0, 1, 2], [3], [4]] : tensor<2x2x2x8x4xf32> into tensor<8x8x4xf32>
    %46 = tensor.empty() : tensor<8x8x4xf32>
    %47 = linalg.fill ins(%cst : f32) outs(%46 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %48 = linalg.batch_matmul ins(%collapsed_26, %collapsed_27 : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%47 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_28 = tensor.expand_shape %48 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xf32> into tensor<2x4x8x4xf32>
    %49 = tensor.empty() : tensor<2x8x4x4xf32>
    %transposed_29 = linalg.transpose ins(%expanded_28 : tensor<2x4x8x4xf32>) outs(%49 : tensor<2x8x4x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_30 = linalg.transpose ins(%arg6 : tensor<16x16xf32>) outs(%6 : tensor<16x16xf32>) permutation = [1, 0] 
    %collapsed_31 = tensor.collapse_shape %transposed_29 [[0, 1], [2, 3]] : tensor<2x8x4x4xf32> into tensor<16x16xf32>
    %50 = linalg.matmul ins(%collapsed_31, %transposed_30 : tensor<16x16xf32>, tensor<16x16xf32>) outs(%7 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_32 = tensor.expand_shape %50 [[0, 1], [2]] output_shape [2, 8, 16] : tensor<16x16xf32> into tensor<2x8x16xf32>
    return %expanded_32 : tensor<2x8x16xf32>
  }
}
