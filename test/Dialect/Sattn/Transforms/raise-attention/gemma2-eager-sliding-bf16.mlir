// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// Gemma 2 attention in bf16, eager: tanh soft-cap, causal sliding window of 4,
// softmax in f32, grouped heads.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @gemma2_eager_sliding_bf16(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x2x2x8x4xbf16>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x2x8x4xbf16>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xbf16>)
// CHECK-SAME: scale 0.01 window <3, 0>
// CHECK-SAME: score {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index):
// CHECK-NEXT: %[[S3:.+]] = math.tanh %[[S0]] : f32
// CHECK-NEXT: %[[S4:.+]] = arith.constant 5.000000e+01 : f32
// CHECK-NEXT: %[[S5:.+]] = arith.mulf %[[S3]], %[[S4]] : f32
// CHECK-NEXT: sattn.yield %[[S5]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x2x2x4xbf16>)
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
  func.func @gemma2_eager_sliding_bf16(%arg0: tensor<2x8x16xbf16>, %arg1: tensor<1x8x4xbf16>, %arg2: tensor<1x8x4xbf16>, %arg3: tensor<16x16xbf16>, %arg4: tensor<8x16xbf16>, %arg5: tensor<8x16xbf16>, %arg6: tensor<16x16xbf16>) -> tensor<2x8x16xbf16> {
    %c4_i64 = arith.constant 4 : i64
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.389530e+38> : tensor<bf16>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<bf16>
    %cst_3 = arith.constant 5.000000e-01 : bf16
    %cst_4 = arith.constant 5.000000e+01 : bf16
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %71 = linalg.index 0 : index
      %72 = arith.index_cast %71 : index to i64
      linalg.yield %72 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_5 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %2 = tensor.empty() : tensor<8x8xi1>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_5, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %in_34: i64, %out: i1):
      %71 = arith.cmpi sle, %in, %in_34 : i64
      linalg.yield %71 : i1
    } -> tensor<8x8xi1>
    %4 = tensor.empty() : tensor<8x8xi64>
    %5 = linalg.generic {indexing_maps = [#map2, #map1, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded, %expanded_5 : tensor<8x1xi64>, tensor<1x8xi64>) outs(%4 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_34: i64, %out: i64):
      %71 = arith.subi %in, %in_34 : i64
      linalg.yield %71 : i64
    } -> tensor<8x8xi64>
    %6 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%5 : tensor<8x8xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %71 = arith.cmpi slt, %in, %c4_i64 : i64
      linalg.yield %71 : i1
    } -> tensor<8x8xi1>
    %7 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%3, %6 : tensor<8x8xi1>, tensor<8x8xi1>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i1, %in_34: i1, %out: i1):
      %71 = arith.andi %in, %in_34 : i1
      linalg.yield %71 : i1
    } -> tensor<8x8xi1>
    %8 = tensor.empty() : tensor<8x8xbf16>
    %9 = linalg.generic {indexing_maps = [#map3, #map4, #map4, #map3], iterator_types = ["parallel", "parallel"]} ins(%7, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<bf16>, tensor<bf16>) outs(%8 : tensor<8x8xbf16>) {
    ^bb0(%in: i1, %in_34: bf16, %in_35: bf16, %out: bf16):
      %71 = arith.select %in, %in_34, %in_35 : bf16
      linalg.yield %71 : bf16
    } -> tensor<8x8xbf16>
    %expanded_6 = tensor.expand_shape %9 [[0, 1, 2], [3]] output_shape [1, 1, 8, 8] : tensor<8x8xbf16> into tensor<1x1x8x8xbf16>
    %10 = tensor.empty() : tensor<16x16xbf16>
    %transposed = linalg.transpose ins(%arg3 : tensor<16x16xbf16>) outs(%10 : tensor<16x16xbf16>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x16xbf16> into tensor<16x16xbf16>
    %11 = tensor.empty() : tensor<16x16xf32>
    %12 = linalg.fill ins(%cst : f32) outs(%11 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %13 = linalg.matmul ins(%collapsed, %transposed : tensor<16x16xbf16>, tensor<16x16xbf16>) outs(%12 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %14 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%13 : tensor<16x16xf32>) outs(%10 : tensor<16x16xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<16x16xbf16>
    %expanded_7 = tensor.expand_shape %14 [[0, 1], [2, 3]] output_shape [2, 8, 4, 4] : tensor<16x16xbf16> into tensor<2x8x4x4xbf16>
    %15 = tensor.empty() : tensor<2x4x8x4xbf16>
    %transposed_8 = linalg.transpose ins(%expanded_7 : tensor<2x8x4x4xbf16>) outs(%15 : tensor<2x4x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %16 = tensor.empty() : tensor<16x8xbf16>
    %transposed_9 = linalg.transpose ins(%arg4 : tensor<8x16xbf16>) outs(%16 : tensor<16x8xbf16>) permutation = [1, 0] 
    %17 = tensor.empty() : tensor<16x8xf32>
    %18 = linalg.fill ins(%cst : f32) outs(%17 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %19 = linalg.matmul ins(%collapsed, %transposed_9 : tensor<16x16xbf16>, tensor<16x8xbf16>) outs(%18 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %20 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%19 : tensor<16x8xf32>) outs(%16 : tensor<16x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<16x8xbf16>
    %expanded_10 = tensor.expand_shape %20 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xbf16> into tensor<2x8x2x4xbf16>
    %21 = tensor.empty() : tensor<2x2x8x4xbf16>
    %transposed_11 = linalg.transpose ins(%expanded_10 : tensor<2x8x2x4xbf16>) outs(%21 : tensor<2x2x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %transposed_12 = linalg.transpose ins(%arg5 : tensor<8x16xbf16>) outs(%16 : tensor<16x8xbf16>) permutation = [1, 0] 
    %22 = linalg.matmul ins(%collapsed, %transposed_12 : tensor<16x16xbf16>, tensor<16x8xbf16>) outs(%18 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %23 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%22 : tensor<16x8xf32>) outs(%16 : tensor<16x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<16x8xbf16>
    %expanded_13 = tensor.expand_shape %23 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xbf16> into tensor<2x8x2x4xbf16>
    %transposed_14 = linalg.transpose ins(%expanded_13 : tensor<2x8x2x4xbf16>) outs(%21 : tensor<2x2x8x4xbf16>) permutation = [0, 2, 1, 3] 
    %expanded_15 = tensor.expand_shape %arg1 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xbf16> into tensor<1x1x8x4xbf16>
    %expanded_16 = tensor.expand_shape %arg2 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xbf16> into tensor<1x1x8x4xbf16>
    %24 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_8, %expanded_15 : tensor<2x4x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%15 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.mulf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x4xbf16>
    %extracted_slice = tensor.extract_slice %transposed_8[0, 0, 0, 0] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xbf16> to tensor<2x4x8x2xbf16>
    %extracted_slice_17 = tensor.extract_slice %transposed_8[0, 0, 0, 2] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xbf16> to tensor<2x4x8x2xbf16>
    %25 = tensor.empty() : tensor<2x4x8x2xbf16>
    %26 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_17 : tensor<2x4x8x2xbf16>) outs(%25 : tensor<2x4x8x2xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = arith.negf %in : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x2xbf16>
    %concat = tensor.concat dim(3) %26, %extracted_slice : (tensor<2x4x8x2xbf16>, tensor<2x4x8x2xbf16>) -> tensor<2x4x8x4xbf16>
    %27 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat, %expanded_16 : tensor<2x4x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%15 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.mulf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x4xbf16>
    %28 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%24, %27 : tensor<2x4x8x4xbf16>, tensor<2x4x8x4xbf16>) outs(%15 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.addf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x4xbf16>
    %29 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_11, %expanded_15 : tensor<2x2x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%21 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.mulf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x2x8x4xbf16>
    %extracted_slice_18 = tensor.extract_slice %transposed_11[0, 0, 0, 0] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xbf16> to tensor<2x2x8x2xbf16>
    %extracted_slice_19 = tensor.extract_slice %transposed_11[0, 0, 0, 2] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xbf16> to tensor<2x2x8x2xbf16>
    %30 = tensor.empty() : tensor<2x2x8x2xbf16>
    %31 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_19 : tensor<2x2x8x2xbf16>) outs(%30 : tensor<2x2x8x2xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = arith.negf %in : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x2x8x2xbf16>
    %concat_20 = tensor.concat dim(3) %31, %extracted_slice_18 : (tensor<2x2x8x2xbf16>, tensor<2x2x8x2xbf16>) -> tensor<2x2x8x4xbf16>
    %32 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_20, %expanded_16 : tensor<2x2x8x4xbf16>, tensor<1x1x8x4xbf16>) outs(%21 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.mulf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x2x8x4xbf16>
    %33 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%29, %32 : tensor<2x2x8x4xbf16>, tensor<2x2x8x4xbf16>) outs(%21 : tensor<2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.addf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x2x8x4xbf16>
    %34 = tensor.empty() : tensor<2x2x2x8x4xbf16>
    %35 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%33 : tensor<2x2x8x4xbf16>) outs(%34 : tensor<2x2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x2x2x8x4xbf16>
    %collapsed_21 = tensor.collapse_shape %35 [[0], [1, 2], [3], [4]] : tensor<2x2x2x8x4xbf16> into tensor<2x4x8x4xbf16>
    %36 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_14 : tensor<2x2x8x4xbf16>) outs(%34 : tensor<2x2x2x8x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x2x2x8x4xbf16>
    %37 = tensor.empty() : tensor<2x4x4x8xbf16>
    %transposed_22 = linalg.transpose ins(%collapsed_21 : tensor<2x4x8x4xbf16>) outs(%37 : tensor<2x4x4x8xbf16>) permutation = [0, 1, 3, 2] 
    %collapsed_23 = tensor.collapse_shape %28 [[0, 1], [2], [3]] : tensor<2x4x8x4xbf16> into tensor<8x8x4xbf16>
    %collapsed_24 = tensor.collapse_shape %transposed_22 [[0, 1], [2], [3]] : tensor<2x4x4x8xbf16> into tensor<8x4x8xbf16>
    %38 = tensor.empty() : tensor<8x8x8xf32>
    %39 = linalg.fill ins(%cst : f32) outs(%38 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %40 = linalg.batch_matmul ins(%collapsed_23, %collapsed_24 : tensor<8x8x4xbf16>, tensor<8x4x8xbf16>) outs(%39 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %41 = tensor.empty() : tensor<8x8x8xbf16>
    %42 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel"]} ins(%40 : tensor<8x8x8xf32>) outs(%41 : tensor<8x8x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<8x8x8xbf16>
    %expanded_25 = tensor.expand_shape %42 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xbf16> into tensor<2x4x8x8xbf16>
    %43 = tensor.empty() : tensor<2x4x8x8xbf16>
    %44 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_25 : tensor<2x4x8x8xbf16>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = arith.mulf %in, %cst_3 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %45 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%44 : tensor<2x4x8x8xbf16>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = arith.divf %in, %cst_4 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %46 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%45 : tensor<2x4x8x8xbf16>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = math.tanh %in : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %47 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%46 : tensor<2x4x8x8xbf16>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %71 = arith.mulf %in, %cst_4 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %48 = linalg.generic {indexing_maps = [#map5, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%47, %expanded_6 : tensor<2x4x8x8xbf16>, tensor<1x1x8x8xbf16>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %in_34: bf16, %out: bf16):
      %71 = arith.addf %in, %in_34 : bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %49 = tensor.empty() : tensor<2x4x8x8xf32>
    %50 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%48 : tensor<2x4x8x8xbf16>) outs(%49 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %71 = arith.extf %in : bf16 to f32
      linalg.yield %71 : f32
    } -> tensor<2x4x8x8xf32>
    %51 = tensor.empty() : tensor<2x4x8xi64>
    %52 = linalg.fill ins(%c0_i64 : i64) outs(%51 : tensor<2x4x8xi64>) -> tensor<2x4x8xi64>
    %53 = tensor.empty() : tensor<2x4x8xf32>
    %54 = linalg.fill ins(%cst_0 : f32) outs(%53 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %55:2 = linalg.generic {indexing_maps = [#map5, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%50 : tensor<2x4x8x8xf32>) outs(%54, %52 : tensor<2x4x8xf32>, tensor<2x4x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_34: i64):
      %71 = linalg.index 3 : index
      %72 = arith.index_cast %71 : index to i64
      %73 = arith.maximumf %in, %out : f32
      %74 = arith.cmpf ogt, %in, %out : f32
      %75 = arith.select %74, %72, %out_34 : i64
      linalg.yield %73, %75 : f32, i64
    } -> (tensor<2x4x8xf32>, tensor<2x4x8xi64>)
    %expanded_26 = tensor.expand_shape %55#0 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %56 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%50, %expanded_26 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%49 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %71 = arith.subf %in, %in_34 : f32
      linalg.yield %71 : f32
    } -> tensor<2x4x8x8xf32>
    %57 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%56 : tensor<2x4x8x8xf32>) outs(%49 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %71 = math.exp %in : f32
      linalg.yield %71 : f32
    } -> tensor<2x4x8x8xf32>
    %58 = tensor.empty() : tensor<2x4x8x1xf32>
    %59 = linalg.fill ins(%cst : f32) outs(%58 : tensor<2x4x8x1xf32>) -> tensor<2x4x8x1xf32>
    %60 = linalg.generic {indexing_maps = [#map5, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%57 : tensor<2x4x8x8xf32>) outs(%59 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %71 = arith.addf %in, %out : f32
      linalg.yield %71 : f32
    } -> tensor<2x4x8x1xf32>
    %61 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%57, %60 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%49 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %71 = arith.divf %in, %in_34 : f32
      linalg.yield %71 : f32
    } -> tensor<2x4x8x8xf32>
    %62 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%61 : tensor<2x4x8x8xf32>) outs(%43 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<2x4x8x8xbf16>
    %collapsed_27 = tensor.collapse_shape %62 [[0, 1], [2], [3]] : tensor<2x4x8x8xbf16> into tensor<8x8x8xbf16>
    %collapsed_28 = tensor.collapse_shape %36 [[0, 1, 2], [3], [4]] : tensor<2x2x2x8x4xbf16> into tensor<8x8x4xbf16>
    %63 = tensor.empty() : tensor<8x8x4xf32>
    %64 = linalg.fill ins(%cst : f32) outs(%63 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %65 = linalg.batch_matmul ins(%collapsed_27, %collapsed_28 : tensor<8x8x8xbf16>, tensor<8x8x4xbf16>) outs(%64 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %66 = tensor.empty() : tensor<8x8x4xbf16>
    %67 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel"]} ins(%65 : tensor<8x8x4xf32>) outs(%66 : tensor<8x8x4xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<8x8x4xbf16>
    %expanded_29 = tensor.expand_shape %67 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xbf16> into tensor<2x4x8x4xbf16>
    %68 = tensor.empty() : tensor<2x8x4x4xbf16>
    %transposed_30 = linalg.transpose ins(%expanded_29 : tensor<2x4x8x4xbf16>) outs(%68 : tensor<2x8x4x4xbf16>) permutation = [0, 2, 1, 3] 
    %transposed_31 = linalg.transpose ins(%arg6 : tensor<16x16xbf16>) outs(%10 : tensor<16x16xbf16>) permutation = [1, 0] 
    %collapsed_32 = tensor.collapse_shape %transposed_30 [[0, 1], [2, 3]] : tensor<2x8x4x4xbf16> into tensor<16x16xbf16>
    %69 = linalg.matmul ins(%collapsed_32, %transposed_31 : tensor<16x16xbf16>, tensor<16x16xbf16>) outs(%12 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %70 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%69 : tensor<16x16xf32>) outs(%10 : tensor<16x16xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %71 = arith.truncf %in : f32 to bf16
      linalg.yield %71 : bf16
    } -> tensor<16x16xbf16>
    %expanded_33 = tensor.expand_shape %70 [[0, 1], [2]] output_shape [2, 8, 16] : tensor<16x16xbf16> into tensor<2x8x16xbf16>
    return %expanded_33 : tensor<2x8x16xbf16>
  }
}
