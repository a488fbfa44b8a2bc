// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// Llama attention, SDPA, is_causal, grouped heads.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @llama_sdpa(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x2x2x8x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x2x8x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x2x2x4xf32>)
// CHECK-SAME: dims(b h g m r, b h n r, b n h e -> b m h g e) -> tensor<2x8x2x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
#map2 = affine_map<(d0) -> (d0)>
#map3 = affine_map<(d0, d1) -> (0, d1)>
#map4 = affine_map<(d0, d1) -> (d0, 0)>
#map5 = affine_map<(d0, d1) -> (d0, d1)>
#map6 = affine_map<(d0, d1) -> ()>
#map7 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>
#map8 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map12 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map13 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
module {
  func.func @llama_sdpa(%arg0: tensor<2x8x16xf32>, %arg1: tensor<1x8x4xf32>, %arg2: tensor<1x8x4xf32>, %arg3: tensor<16x16xf32>, %arg4: tensor<8x16xf32>, %arg5: tensor<8x16xf32>, %arg6: tensor<16x16xf32>) -> tensor<2x8x16xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<2x4x8x8xf32>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_3 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_4 = arith.constant dense<true> : tensor<8x8xi1>
    %cst_5 = arith.constant 0xFFF0000000000000 : f64
    %cst_6 = arith.constant 0.70710678118654757 : f64
    %0 = tensor.empty() : tensor<16x16xf32>
    %transposed = linalg.transpose ins(%arg3 : tensor<16x16xf32>) outs(%0 : tensor<16x16xf32>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x16xf32> into tensor<16x16xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %2 = linalg.matmul ins(%collapsed, %transposed : tensor<16x16xf32>, tensor<16x16xf32>) outs(%1 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded = tensor.expand_shape %2 [[0, 1], [2, 3]] output_shape [2, 8, 4, 4] : tensor<16x16xf32> into tensor<2x8x4x4xf32>
    %3 = tensor.empty() : tensor<2x4x8x4xf32>
    %transposed_7 = linalg.transpose ins(%expanded : tensor<2x8x4x4xf32>) outs(%3 : tensor<2x4x8x4xf32>) permutation = [0, 2, 1, 3] 
    %4 = tensor.empty() : tensor<16x8xf32>
    %transposed_8 = linalg.transpose ins(%arg4 : tensor<8x16xf32>) outs(%4 : tensor<16x8xf32>) permutation = [1, 0] 
    %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %6 = linalg.matmul ins(%collapsed, %transposed_8 : tensor<16x16xf32>, tensor<16x8xf32>) outs(%5 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_9 = tensor.expand_shape %6 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %7 = tensor.empty() : tensor<2x2x8x4xf32>
    %transposed_10 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xf32>) outs(%7 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_11 = linalg.transpose ins(%arg5 : tensor<8x16xf32>) outs(%4 : tensor<16x8xf32>) permutation = [1, 0] 
    %8 = linalg.matmul ins(%collapsed, %transposed_11 : tensor<16x16xf32>, tensor<16x8xf32>) outs(%5 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_12 = tensor.expand_shape %8 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_13 = linalg.transpose ins(%expanded_12 : tensor<2x8x2x4xf32>) outs(%7 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %expanded_14 = tensor.expand_shape %arg1 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xf32> into tensor<1x1x8x4xf32>
    %expanded_15 = tensor.expand_shape %arg2 [[0], [1, 2], [3]] output_shape [1, 1, 8, 4] : tensor<1x8x4xf32> into tensor<1x1x8x4xf32>
    %9 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_7, %expanded_14 : tensor<2x4x8x4xf32>, tensor<1x1x8x4xf32>) outs(%3 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.mulf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x4xf32>
    %extracted_slice = tensor.extract_slice %transposed_7[0, 0, 0, 0] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xf32> to tensor<2x4x8x2xf32>
    %extracted_slice_16 = tensor.extract_slice %transposed_7[0, 0, 0, 2] [2, 4, 8, 2] [1, 1, 1, 1] : tensor<2x4x8x4xf32> to tensor<2x4x8x2xf32>
    %10 = tensor.empty() : tensor<2x4x8x2xf32>
    %11 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_16 : tensor<2x4x8x2xf32>) outs(%10 : tensor<2x4x8x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = arith.negf %in : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x2xf32>
    %concat = tensor.concat dim(3) %11, %extracted_slice : (tensor<2x4x8x2xf32>, tensor<2x4x8x2xf32>) -> tensor<2x4x8x4xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat, %expanded_15 : tensor<2x4x8x4xf32>, tensor<1x1x8x4xf32>) outs(%3 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.mulf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x4xf32>
    %13 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%9, %12 : tensor<2x4x8x4xf32>, tensor<2x4x8x4xf32>) outs(%3 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.addf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x4xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_10, %expanded_14 : tensor<2x2x8x4xf32>, tensor<1x1x8x4xf32>) outs(%7 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.mulf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x2x8x4xf32>
    %extracted_slice_17 = tensor.extract_slice %transposed_10[0, 0, 0, 0] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xf32> to tensor<2x2x8x2xf32>
    %extracted_slice_18 = tensor.extract_slice %transposed_10[0, 0, 0, 2] [2, 2, 8, 2] [1, 1, 1, 1] : tensor<2x2x8x4xf32> to tensor<2x2x8x2xf32>
    %15 = tensor.empty() : tensor<2x2x8x2xf32>
    %16 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_18 : tensor<2x2x8x2xf32>) outs(%15 : tensor<2x2x8x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = arith.negf %in : f32
      linalg.yield %67 : f32
    } -> tensor<2x2x8x2xf32>
    %concat_19 = tensor.concat dim(3) %16, %extracted_slice_17 : (tensor<2x2x8x2xf32>, tensor<2x2x8x2xf32>) -> tensor<2x2x8x4xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_19, %expanded_15 : tensor<2x2x8x4xf32>, tensor<1x1x8x4xf32>) outs(%7 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.mulf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x2x8x4xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14, %17 : tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>) outs(%7 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.addf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x2x8x4xf32>
    %19 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13 : tensor<2x4x8x4xf32>) outs(%3 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = arith.truncf %cst_6 : f64 to f32
      %68 = arith.mulf %in, %67 : f32
      linalg.yield %68 : f32
    } -> tensor<2x4x8x4xf32>
    %20 = tensor.empty() : tensor<8xi64>
    %21 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%20 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %67 = linalg.index 0 : index
      %68 = arith.index_cast %67 : index to i64
      linalg.yield %68 : i64
    } -> tensor<8xi64>
    %expanded_20 = tensor.expand_shape %21 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %expanded_21 = tensor.expand_shape %21 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %22 = tensor.empty() : tensor<8x8xi64>
    %23 = linalg.generic {indexing_maps = [#map3, #map4, #map5], iterator_types = ["parallel", "parallel"]} ins(%expanded_20, %expanded_21 : tensor<1x8xi64>, tensor<8x1xi64>) outs(%22 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_34: i64, %out: i64):
      %67 = arith.subi %in, %in_34 : i64
      linalg.yield %67 : i64
    } -> tensor<8x8xi64>
    %24 = tensor.empty() : tensor<8x8xi1>
    %25 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel"]} ins(%23 : tensor<8x8xi64>) outs(%24 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %67 = arith.cmpi sle, %in, %c0_i64 : i64
      linalg.yield %67 : i1
    } -> tensor<8x8xi1>
    %26 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel"]} ins(%25, %cst_4 : tensor<8x8xi1>, tensor<8x8xi1>) outs(%24 : tensor<8x8xi1>) {
    ^bb0(%in: i1, %in_34: i1, %out: i1):
      %67 = arith.andi %in, %in_34 : i1
      linalg.yield %67 : i1
    } -> tensor<8x8xi1>
    %27 = tensor.empty() : tensor<8x8xf32>
    %28 = linalg.generic {indexing_maps = [#map5, #map6, #map6, #map5], iterator_types = ["parallel", "parallel"]} ins(%26, %cst_2, %cst_3 : tensor<8x8xi1>, tensor<f32>, tensor<f32>) outs(%27 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_34: f32, %in_35: f32, %out: f32):
      %67 = arith.select %in, %in_34, %in_35 : f32
      linalg.yield %67 : f32
    } -> tensor<8x8xf32>
    %29 = tensor.empty() : tensor<2x2x2x8x4xf32>
    %30 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%18 : tensor<2x2x8x4xf32>) outs(%29 : tensor<2x2x2x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x2x2x8x4xf32>
    %collapsed_22 = tensor.collapse_shape %30 [[0], [1, 2], [3], [4]] : tensor<2x2x2x8x4xf32> into tensor<2x4x8x4xf32>
    %31 = linalg.generic {indexing_maps = [#map7, #map8], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_13 : tensor<2x2x8x4xf32>) outs(%29 : tensor<2x2x2x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x2x2x8x4xf32>
    %32 = tensor.empty() : tensor<2x4x4x8xf32>
    %transposed_23 = linalg.transpose ins(%collapsed_22 : tensor<2x4x8x4xf32>) outs(%32 : tensor<2x4x4x8xf32>) permutation = [0, 1, 3, 2] 
    %33 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_23 : tensor<2x4x4x8xf32>) outs(%32 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = arith.truncf %cst_6 : f64 to f32
      %68 = arith.mulf %in, %67 : f32
      linalg.yield %68 : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed_24 = tensor.collapse_shape %19 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_25 = tensor.collapse_shape %33 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %34 = tensor.empty() : tensor<8x8x8xf32>
    %35 = linalg.fill ins(%cst : f32) outs(%34 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %36 = linalg.batch_matmul ins(%collapsed_24, %collapsed_25 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%35 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_26 = tensor.expand_shape %36 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %37 = tensor.empty() : tensor<2x4x8x8xf32>
    %38 = linalg.generic {indexing_maps = [#map, #map9, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_26, %28 : tensor<2x4x8x8xf32>, tensor<8x8xf32>) outs(%37 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.addf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x8xf32>
    %39 = tensor.empty() : tensor<2x4x8xi64>
    %40 = linalg.fill ins(%c0_i64 : i64) outs(%39 : tensor<2x4x8xi64>) -> tensor<2x4x8xi64>
    %41 = tensor.empty() : tensor<2x4x8xf32>
    %42 = linalg.fill ins(%cst_0 : f32) outs(%41 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %43:2 = linalg.generic {indexing_maps = [#map, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%38 : tensor<2x4x8x8xf32>) outs(%42, %40 : tensor<2x4x8xf32>, tensor<2x4x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_34: i64):
      %67 = linalg.index 3 : index
      %68 = arith.index_cast %67 : index to i64
      %69 = arith.maximumf %in, %out : f32
      %70 = arith.cmpf ogt, %in, %out : f32
      %71 = arith.select %70, %68, %out_34 : i64
      linalg.yield %69, %71 : f32, i64
    } -> (tensor<2x4x8xf32>, tensor<2x4x8xi64>)
    %expanded_27 = tensor.expand_shape %43#0 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %44 = linalg.generic {indexing_maps = [#map, #map11, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%38, %expanded_27 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%37 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.subf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x8xf32>
    %45 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%44 : tensor<2x4x8x8xf32>) outs(%37 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = math.exp %in : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x8xf32>
    %46 = tensor.empty() : tensor<2x4x8x1xf32>
    %47 = linalg.fill ins(%cst : f32) outs(%46 : tensor<2x4x8x1xf32>) -> tensor<2x4x8x1xf32>
    %48 = linalg.generic {indexing_maps = [#map, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%45 : tensor<2x4x8x8xf32>) outs(%47 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %67 = arith.addf %in, %out : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x1xf32>
    %49 = linalg.generic {indexing_maps = [#map, #map11, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%45, %48 : tensor<2x4x8x8xf32>, tensor<2x4x8x1xf32>) outs(%37 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_34: f32, %out: f32):
      %67 = arith.divf %in, %in_34 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x8xf32>
    %50 = tensor.empty() : tensor<2x4x8x8xi1>
    %51 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%38 : tensor<2x4x8x8xf32>) outs(%50 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: f32, %out: i1):
      %67 = arith.extf %in : f32 to f64
      %68 = arith.cmpf oeq, %67, %cst_5 : f64
      linalg.yield %68 : i1
    } -> tensor<2x4x8x8xi1>
    %52 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%51 : tensor<2x4x8x8xi1>) outs(%50 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      %67 = arith.cmpi eq, %in, %false : i1
      linalg.yield %67 : i1
    } -> tensor<2x4x8x8xi1>
    %53 = tensor.empty() : tensor<2x4x8x1xi1>
    %54 = linalg.fill ins(%false : i1) outs(%53 : tensor<2x4x8x1xi1>) -> tensor<2x4x8x1xi1>
    %55 = linalg.generic {indexing_maps = [#map, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%52 : tensor<2x4x8x8xi1>) outs(%54 : tensor<2x4x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %67 = arith.ori %in, %out : i1
      linalg.yield %67 : i1
    } -> tensor<2x4x8x1xi1>
    %56 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%55 : tensor<2x4x8x1xi1>) outs(%53 : tensor<2x4x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %67 = arith.cmpi eq, %in, %false : i1
      linalg.yield %67 : i1
    } -> tensor<2x4x8x1xi1>
    %57 = linalg.generic {indexing_maps = [#map11, #map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%56, %cst_1, %49 : tensor<2x4x8x1xi1>, tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%37 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_34: f32, %in_35: f32, %out: f32):
      %67 = arith.select %in, %in_34, %in_35 : f32
      linalg.yield %67 : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_28 = tensor.collapse_shape %57 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %collapsed_29 = tensor.collapse_shape %31 [[0, 1, 2], [3], [4]] : tensor<2x2x2x8x4xf32> into tensor<8x8x4xf32>
    %58 = tensor.empty() : tensor<8x8x4xf32>
    %59 = linalg.fill ins(%cst : f32) outs(%58 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %60 = linalg.batch_matmul ins(%collapsed_28, %collapsed_29 : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%59 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_30 = tensor.expand_shape %60 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xf32> into tensor<2x4x8x4xf32>
    %61 = tensor.empty() : tensor<2x8x4x4xf32>
    %transposed_31 = linalg.transpose ins(%expanded_30 : tensor<2x4x8x4xf32>) outs(%61 : tensor<2x8x4x4xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_32 = tensor.collapse_shape %transposed_31 [[0], [1], [2, 3]] : tensor<2x8x4x4xf32> into tensor<2x8x16xf32>
    %transposed_33 = linalg.transpose ins(%arg6 : tensor<16x16xf32>) outs(%0 : tensor<16x16xf32>) permutation = [1, 0] 
    %62 = tensor.empty() : tensor<2x16x16xf32>
    %63 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel"]} ins(%transposed_33 : tensor<16x16xf32>) outs(%62 : tensor<2x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x16x16xf32>
    %64 = tensor.empty() : tensor<2x8x16xf32>
    %65 = linalg.fill ins(%cst : f32) outs(%64 : tensor<2x8x16xf32>) -> tensor<2x8x16xf32>
    %66 = linalg.batch_matmul ins(%collapsed_32, %63 : tensor<2x8x16xf32>, tensor<2x16x16xf32>) outs(%65 : tensor<2x8x16xf32>) -> tensor<2x8x16xf32>
    return %66 : tensor<2x8x16xf32>
  }
}
