// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// Llama attention in bf16, eager: softmax in f32 between casts.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @llama_eager_bf16(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x2x2x8x4xbf16>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x2x8x4xbf16>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xbf16>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x2x2x4xbf16>)
// CHECK-SAME: dims(b h g m r, b h n r, b n h e -> b m h g e) -> tensor<2x8x2x2x4xbf16>
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
#map9 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @llama_eager_bf16(%arg0: tensor<2x8x16xbf16>, %arg1: tensor<1x8x4xbf16>, %arg2: tensor<1x8x4xbf16>, %arg3: tensor<16x16xbf16>, %arg4: tensor<8x16xbf16>, %arg5: tensor<8x16xbf16>, %arg6: tensor<16x16xbf16>) -> tensor<2x8x16xbf16> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.389530e+38> : tensor<bf16>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<bf16>
    %cst_3 = arith.constant 5.000000e-01 : bf16
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %64 = linalg.index 0 : index
      %65 = arith.index_cast %64 : index to i64
      linalg.yield %65 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_4 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %2 = tensor.empty() : tensor<8x8xi1>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_4, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %in_33: i64, %out: i1):
      %64 = arith.cmpi sle, %in, %in_33 : i64
      linalg.yield %64 : i1
    } -> tensor<8x8xi1>
    %4 = tensor.empty() : tensor<8x8xbf16>
    %5 = linalg.generic {indexing_maps = [#map3, #map4, #map4, #map3], iterator_types = ["parallel", "parallel"]} ins(%3, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<bf16>, tensor<bf16>) outs(%4 : tensor<8x8xbf16>) {
    ^bb0(%in: i1, %in_33: bf16, %in_34: bf16, %out: bf16):
      %64 = arith.select %in, %in_33, %in_34 : bf16
      linalg.yield %64 : bf16
    } -> tensor<8x8xbf16>
    %expanded_5 = tensor.expand_shape %5 [[0, 1, 2], [3]] output_shape [1, 1, 8, 8] : tensor<8x8xbf16> into tensor<1x1x8x8xbf16>
    %6 = tensor.empty() : tensor<16x16xbf16>
    %transposed = linalg.transpose ins(%arg3 : tensor<16x16xbf16>) outs(%6 : tensor<16x16xbf16>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x16xbf16> into tensor<16x16xbf16>
    %7 = tensor.empty() : tensor<16x16xf32>
    %8 = linalg.fill ins(%cst : f32) outs(%7 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %9 = linalg.matmul ins(%collapsed, %transposed : tensor<16x16xbf16>, tensor<16x16xbf16>) outs(%8 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %10 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<16x16xf32>) outs(%6 : tensor<16x16xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<16x16xbf16>
    %expanded_6 = tensor.expand_shape %10 [[0, 1], [2, 3]] output_shape [2, 8, 4, 4] : tensor<16x16xbf16> into tensor<2x8x4x4xbf16>
    %11 = tensor.empty() : tensor<2x4x8x4xbf16>
    %transposed_7 = linalg.transpose ins(%expanded_6 : tensor<2x8x4x4xbf16>) outs(%11 : tensor<2x4x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %12 = tensor.empty() : tensor<16x8xbf16>
    %transposed_8 = linalg.transpose ins(%arg4 : tensor<8x16xbf16>) outs(%12 : tensor<16x8xbf16>) permutation = [1, 0] 
    %13 = tensor.empty() : tensor<16x8xf32>
    %14 = linalg.fill ins(%cst : f32) outs(%13 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %15 = linalg.matmul ins(%collapsed, %transposed_8 : tensor<16x16xbf16>, tensor<16x8xbf16>) outs(%14 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %16 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<16x8xf32>) outs(%12 : tensor<16x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<16x8xbf16>
    %expanded_9 = tensor.expand_shape %16 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xbf16> into tensor<2x8x2x4xbf16>
    %17 = tensor.empty() : tensor<2x2x8x4xbf16>
    %transposed_10 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xbf16>) outs(%17 : tensor<2x2x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %transposed_11 = linalg.transpose ins(%arg5 : tensor<8x16xbf16>) outs(%12 : tensor<16x8xbf16>) permutation = [1, 0] 
    %18 = linalg.matmul ins(%collapsed, %transposed_11 : tensor<16x16xbf16>, tensor<16x8xbf16>) outs(%14 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %19 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%18 : tensor<16x8xf32>) outs(%12 : tensor<16x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<16x8xbf16>
    %expanded_12 = tensor.expand_shape %19 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xbf16> into tensor<2x8x2x4xbf16>
    %transposed_13 = linalg.transpose ins(%expanded_12 : tensor<2x8x2x4xbf16>) outs(%17 : tensor<2x2x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %expanded_14 = tensor.expand_shape %arg1 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xbf16> into tensor<1x1x8x4xbf16>
    %expanded_15 = tensor.expand_shape %arg2 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xbf16> into tensor<1x1x8x4xbf16>
    %20 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_7, %expanded_14 : tensor<2x4x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%11 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.mulf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x4xbf16>
    %extracted_slice = tensor.extract_slice %transposed_7[0, 0, 0, 0] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xbf16> to tensor<2x4x8x2xbf16>
    %extracted_slice_16 = tensor.extract_slice %transposed_7[0, 0, 0, 2] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xbf16> to tensor<2x4x8x2xbf16>
    %21 = tensor.empty() : tensor<2x4x8x2xbf16>
    %22 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_16 : tensor<2x4x8x2xbf16>) outs(%21 : tensor<2x4x8x2xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %64 = arith.negf %in : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x2xbf16>
    %concat = tensor.concat dim(3) %22, %extracted_slice : (tensor<2x4x8x2xbf16>, tensor<2x4x8x2xbf16>) -> tensor<2x4x8x4xbf16>
    %23 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat, %expanded_15 : tensor<2x4x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%11 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.mulf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x4xbf16>
    %24 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%20, %23 : tensor<2x4x8x4xbf16>, tensor<2x4x8x4xbf16>) outs(%11 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.addf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x4xbf16>
    %25 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_10, %expanded_14 : tensor<2x2x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%17 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.mulf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x2x8x4xbf16>
    %extracted_slice_17 = tensor.extract_slice %transposed_10[0, 0, 0, 0] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xbf16> to tensor<2x2x8x2xbf16>
    %extracted_slice_18 = tensor.extract_slice %transposed_10[0, 0, 0, 2] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xbf16> to tensor<2x2x8x2xbf16>
    %26 = tensor.empty() : tensor<2x2x8x2xbf16>
    %27 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_18 : tensor<2x2x8x2xbf16>) outs(%26 : tensor<2x2x8x2xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %64 = arith.negf %in : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x2x8x2xbf16>
    %concat_19 = tensor.concat dim(3) %27, %extracted_slice_17 : (tensor<2x2x8x2xbf16>, tensor<2x2x8x2xbf16>) -> tensor<2x2x8x4xbf16>
    %28 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_19, %expanded_15 : tensor<2x2x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%17 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.mulf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x2x8x4xbf16>
    %29 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%25, %28 : tensor<2x2x8x4xbf16>, tensor<2x2x8x4xbf16>) outs(%17 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.addf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x2x8x4xbf16>
    %30 = tensor.empty() : tensor<2x2x2x8x4xbf16>
    %31 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%29 : tensor<2x2x8x4xbf16>) outs(%30 : tensor<2x2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x2x2x8x4xbf16>
    %collapsed_20 = tensor.collapse_shape %31 [[0], [1, 2], [3], [4]] : tensor<2x2x2x8x4xbf16> into tensor<2x4x8x4xbf16>
    %32 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_13 : tensor<2x2x8x4xbf16>) outs(%30 : tensor<2x2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x2x2x8x4xbf16>
    %33 = tensor.empty() : tensor<2x4x4x8xbf16>
    %transposed_21 = linalg.transpose ins(%collapsed_20 : tensor<2x4x8x4xbf16>) outs(%33 : tensor<2x4x4x8xbf16>) permutation = [0, 1, 3, 2] 
    %collapsed_22 = tensor.collapse_shape %24 [[0, 1], [2], [3]] : tensor<2x4x8x4xbf16> into tensor<8x8x4xbf16>
    %collapsed_23 = tensor.collapse_shape %transposed_21 [[0, 1], [2], [3]] : tensor<2x4x4x8xbf16> into tensor<8x4x8xbf16>
    %34 = tensor.empty() : tensor<8x8x8xf32>
    %35 = linalg.fill ins(%cst : f32) outs(%34 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %36 = linalg.batch_matmul ins(%collapsed_22, %collapsed_23 : tensor<8x8x4xbf16>, tensor<8x4x8xbf16>) outs(%35 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %37 = tensor.empty() : tensor<8x8x8xbf16>
    %38 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel"]} ins(%36 : tensor<8x8x8xf32>) outs(%37 : tensor<8x8x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<8x8x8xbf16>
    %expanded_24 = tensor.expand_shape %38 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xbf16> into tensor<2x4x8x8xbf16>
    %39 = tensor.empty() : tensor<2x4x8x8xbf16>
    %40 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_24 : tensor<2x4x8x8xbf16>) outs(%39 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %64 = arith.mulf %in, %cst_3 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x8xbf16>
    %41 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%40, %expanded_5 : tensor<2x4x8x8xbf16>, tensor<1x1x8x8xbf16>) outs(%39 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %in_33: bf16, %out: bf16):
      %64 = arith.addf %in, %in_33 : bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x8xbf16>
    %42 = tensor.empty() : tensor<2x4x8x8xf32>
    %43 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%41 : tensor<2x4x8x8xbf16>) outs(%42 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %64 = arith.extf %in : bf16 to f32
      linalg.yield %64 : f32
    } -> tensor<2x4x8x8xf32>
    %44 = tensor.empty() : tensor<2x4x8xi64>
    %45 = linalg.fill ins(%c0_i64 : i64) outs(%44 : tensor<2x4x8xi64>) -> tensor<2x4x8xi64>
    %46 = tensor.empty() : tensor<2x4x8xf32>
    %47 = linalg.fill ins(%cst_0 : f32) outs(%46 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %48:2 = linalg.generic {indexing_maps = [#map5, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%43 : tensor<2x4x8x8xf32>) outs(%47, %45 : tensor<2x4x8xf32>, tensor<2x4x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_33: i64):
      %64 = linalg.index 3 : index
      %65 = arith.index_cast %64 : index to i64
      %66 = arith.maximumf %in, %out : f32
      %67 = arith.cmpf ogt, %in, %out : f32
      %68 = arith.select %67, %65, %out_33 : i64
      linalg.yield %66, %68 : f32, i64
    } -> (tensor<2x4x8xf32>, tensor<2x4x8xi64>)
    %expanded_25 = tensor.expand_shape %48#0 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %49 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%43, %expanded_25 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%42 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %64 = arith.subf %in, %in_33 : f32
      linalg.yield %64 : f32
    } -> tensor<2x4x8x8xf32>
    %50 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%49 : tensor<2x4x8x8xf32>) outs(%42 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %64 = math.exp %in : f32
      linalg.yield %64 : f32
    } -> tensor<2x4x8x8xf32>
    %51 = tensor.empty() : tensor<2x4x8x1xf32>
    %52 = linalg.fill ins(%cst : f32) outs(%51 : tensor<2x4x8x1xf32>) -> tensor<2x4x8x1xf32>
    %53 = linalg.generic {indexing_maps = [#map5, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%50 : tensor<2x4x8x8xf32>) outs(%52 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %64 = arith.addf %in, %out : f32
      linalg.yield %64 : f32
    } -> tensor<2x4x8x1xf32>
    %54 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%50, %53 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%42 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_33: f32, %out: f32):
      %64 = arith.divf %in, %in_33 : f32
      linalg.yield %64 : f32
    } -> tensor<2x4x8x8xf32>
    %55 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%54 : tensor<2x4x8x8xf32>) outs(%39 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<2x4x8x8xbf16>
    %collapsed_26 = tensor.collapse_shape %55 [[0, 1], [2], [3]] : tensor<2x4x8x8xbf16> into tensor<8x8x8xbf16>
    %collapsed_27 = tensor.collapse_shape %32 [[0, 1, 2], [3], [4]] : tensor<2x2x2x8x4xbf16> into tensor<8x8x4xbf16>
    %56 = tensor.empty() : tensor<8x8x4xf32>
    %57 = linalg.fill ins(%cst : f32) outs(%56 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %58 = linalg.batch_matmul ins(%collapsed_26, %collapsed_27 : tensor<8x8x8xbf16>, tensor<8x8x4xbf16>) outs(%57 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %59 = tensor.empty() : tensor<8x8x4xbf16>
    %60 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel"]} ins(%58 : tensor<8x8x4xf32>) outs(%59 : tensor<8x8x4xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<8x8x4xbf16>
    %expanded_28 = tensor.expand_shape %60 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xbf16> into tensor<2x4x8x4xbf16>
    %61 = tensor.empty() : tensor<2x8x4x4xbf16>
    %transposed_29 = linalg.transpose ins(%expanded_28 : tensor<2x4x8x4xbf16>) outs(%61 : tensor<2x8x4x4xbf16>) permutation = [0, 2, 1, 3] 
    %transposed_30 = linalg.transpose ins(%arg6 : tensor<16x16xbf16>) outs(%6 : tensor<16x16xbf16>) permutation = [1, 0] 
    %collapsed_31 = tensor.collapse_shape %transposed_29 [[0, 1], [2, 3]] : tensor<2x8x4x4xbf16> into tensor<16x16xbf16>
    %62 = linalg.matmul ins(%collapsed_31, %transposed_30 : tensor<16x16xbf16>, tensor<16x16xbf16>) outs(%8 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %63 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%62 : tensor<16x16xf32>) outs(%6 : tensor<16x16xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %64 = arith.truncf %in : f32 to bf16
      linalg.yield %64 : bf16
    } -> tensor<16x16xbf16>
    %expanded_32 = tensor.expand_shape %63 [[0, 1], [2]] output_shape [2, 8, 16] : tensor<16x16xbf16> into tensor<2x8x16xbf16>
    return %expanded_32 : tensor<2x8x16xbf16>
  }
}
