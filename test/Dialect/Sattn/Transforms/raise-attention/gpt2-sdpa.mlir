// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// GPT-2 attention, SDPA, is_causal.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @gpt2_sdpa(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e -> b m h e) -> tensor<2x8x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map3 = affine_map<(d0) -> (d0)>
#map4 = affine_map<(d0, d1) -> (0, d1)>
#map5 = affine_map<(d0, d1) -> (d0, 0)>
#map6 = affine_map<(d0, d1) -> ()>
#map7 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @gpt2_sdpa(%arg0: tensor<2x8x8xf32>, %arg1: tensor<8x24xf32>, %arg2: tensor<24xf32>, %arg3: tensor<8x8xf32>, %arg4: tensor<8xf32>) -> tensor<2x8x8xf32> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<2x2x8x8xf32>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_3 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_4 = arith.constant dense<true> : tensor<8x8xi1>
    %cst_5 = arith.constant 0xFFF0000000000000 : f64
    %cst_6 = arith.constant 0.70710678118654757 : f64
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x8xf32> into tensor<16x8xf32>
    %0 = tensor.empty() : tensor<16x24xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %2 = linalg.matmul ins(%collapsed, %arg1 : tensor<16x8xf32>, tensor<8x24xf32>) outs(%1 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg2, %2 : tensor<24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %49 = arith.addf %in, %in_26 : f32
      linalg.yield %49 : f32
    } -> tensor<16x24xf32>
    %expanded = tensor.expand_shape %3 [[0, 1], [2]] output_shape [2, 8, 24] : tensor<16x24xf32> into tensor<2x8x24xf32>
    %extracted_slice = tensor.extract_slice %expanded[0, 0, 0] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf32> to tensor<2x8x8xf32>
    %extracted_slice_7 = tensor.extract_slice %expanded[0, 0, 8] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf32> to tensor<2x8x8xf32>
    %extracted_slice_8 = tensor.extract_slice %expanded[0, 0, 16] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf32> to tensor<2x8x8xf32>
    %expanded_9 = tensor.expand_shape %extracted_slice_7 [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf32> into tensor<2x8x2x4xf32>
    %expanded_10 = tensor.expand_shape %extracted_slice_8 [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf32> into tensor<2x8x2x4xf32>
    %4 = tensor.empty() : tensor<2x2x8x4xf32>
    %transposed = linalg.transpose ins(%expanded_10 : tensor<2x8x2x4xf32>) outs(%4 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %expanded_11 = tensor.expand_shape %extracted_slice [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf32> into tensor<2x8x2x4xf32>
    %transposed_12 = linalg.transpose ins(%expanded_11 : tensor<2x8x2x4xf32>) outs(%4 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %5 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_12 : tensor<2x2x8x4xf32>) outs(%4 : tensor<2x2x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %49 = arith.truncf %cst_6 : f64 to f32
      %50 = arith.mulf %in, %49 : f32
      linalg.yield %50 : f32
    } -> tensor<2x2x8x4xf32>
    %6 = tensor.empty() : tensor<8xi64>
    %7 = linalg.generic {indexing_maps = [#map3], iterator_types = ["parallel"]} outs(%6 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %49 = linalg.index 0 : index
      %50 = arith.index_cast %49 : index to i64
      linalg.yield %50 : i64
    } -> tensor<8xi64>
    %expanded_13 = tensor.expand_shape %7 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %expanded_14 = tensor.expand_shape %7 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %8 = tensor.empty() : tensor<8x8xi64>
    %9 = linalg.generic {indexing_maps = [#map4, #map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%expanded_13, %expanded_14 : tensor<1x8xi64>, tensor<8x1xi64>) outs(%8 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_26: i64, %out: i64):
      %49 = arith.subi %in, %in_26 : i64
      linalg.yield %49 : i64
    } -> tensor<8x8xi64>
    %10 = tensor.empty() : tensor<8x8xi1>
    %11 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<8x8xi64>) outs(%10 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %49 = arith.cmpi sle, %in, %c0_i64 : i64
      linalg.yield %49 : i1
    } -> tensor<8x8xi1>
    %12 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%11, %cst_4 : tensor<8x8xi1>, tensor<8x8xi1>) outs(%10 : tensor<8x8xi1>) {
    ^bb0(%in: i1, %in_26: i1, %out: i1):
      %49 = arith.andi %in, %in_26 : i1
      linalg.yield %49 : i1
    } -> tensor<8x8xi1>
    %13 = tensor.empty() : tensor<8x8xf32>
    %14 = linalg.generic {indexing_maps = [#map1, #map6, #map6, #map1], iterator_types = ["parallel", "parallel"]} ins(%12, %cst_2, %cst_3 : tensor<8x8xi1>, tensor<f32>, tensor<f32>) outs(%13 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_26: f32, %in_27: f32, %out: f32):
      %49 = arith.select %in, %in_26, %in_27 : f32
      linalg.yield %49 : f32
    } -> tensor<8x8xf32>
    %15 = tensor.empty() : tensor<2x2x4x8xf32>
    %transposed_15 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xf32>) outs(%15 : tensor<2x2x4x8xf32>) permutation = [0, 2, 3, 1] 
    %16 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_15 : tensor<2x2x4x8xf32>) outs(%15 : tensor<2x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %49 = arith.truncf %cst_6 : f64 to f32
      %50 = arith.mulf %in, %49 : f32
      linalg.yield %50 : f32
    } -> tensor<2x2x4x8xf32>
    %collapsed_16 = tensor.collapse_shape %5 [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %collapsed_17 = tensor.collapse_shape %16 [[0, 1], [2], [3]] : tensor<2x2x4x8xf32> into tensor<4x4x8xf32>
    %17 = tensor.empty() : tensor<4x8x8xf32>
    %18 = linalg.fill ins(%cst : f32) outs(%17 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %19 = linalg.batch_matmul ins(%collapsed_16, %collapsed_17 : tensor<4x8x4xf32>, tensor<4x4x8xf32>) outs(%18 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %expanded_18 = tensor.expand_shape %19 [[0, 1], [2], [3]] output_shape [2, 2, 8, 8] : tensor<4x8x8xf32> into tensor<2x2x8x8xf32>
    %20 = tensor.empty() : tensor<2x2x8x8xf32>
    %21 = linalg.generic {indexing_maps = [#map2, #map7, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_18, %14 : tensor<2x2x8x8xf32>, tensor<8x8xf32>) outs(%20 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %49 = arith.addf %in, %in_26 : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x8xf32>
    %22 = tensor.empty() : tensor<2x2x8xi64>
    %23 = linalg.fill ins(%c0_i64 : i64) outs(%22 : tensor<2x2x8xi64>) -> tensor<2x2x8xi64>
    %24 = tensor.empty() : tensor<2x2x8xf32>
    %25 = linalg.fill ins(%cst_0 : f32) outs(%24 : tensor<2x2x8xf32>) -> tensor<2x2x8xf32>
    %26:2 = linalg.generic {indexing_maps = [#map2, #map8, #map8], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%21 : tensor<2x2x8x8xf32>) outs(%25, %23 : tensor<2x2x8xf32>, tensor<2x2x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_26: i64):
      %49 = linalg.index 3 : index
      %50 = arith.index_cast %49 : index to i64
      %51 = arith.maximumf %in, %out : f32
      %52 = arith.cmpf ogt, %in, %out : f32
      %53 = arith.select %52, %50, %out_26 : i64
      linalg.yield %51, %53 : f32, i64
    } -> (tensor<2x2x8xf32>, tensor<2x2x8xi64>)
    %expanded_19 = tensor.expand_shape %26#0 [[0], [1], [2, 3]] output_shape [2, 2, 8, 1] : tensor<2x2x8xf32> into tensor<2x2x8x1xf32>
    %27 = linalg.generic {indexing_maps = [#map2, #map9, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%21, %expanded_19 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%20 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %49 = arith.subf %in, %in_26 : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x8xf32>
    %28 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%27 : tensor<2x2x8x8xf32>) outs(%20 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %49 = math.exp %in : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x8xf32>
    %29 = tensor.empty() : tensor<2x2x8x1xf32>
    %30 = linalg.fill ins(%cst : f32) outs(%29 : tensor<2x2x8x1xf32>) -> tensor<2x2x8x1xf32>
    %31 = linalg.generic {indexing_maps = [#map2, #map9], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%28 : tensor<2x2x8x8xf32>) outs(%30 : tensor<2x2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %49 = arith.addf %in, %out : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x1xf32>
    %32 = linalg.generic {indexing_maps = [#map2, #map9, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28, %31 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%20 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %49 = arith.divf %in, %in_26 : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x8xf32>
    %33 = tensor.empty() : tensor<2x2x8x8xi1>
    %34 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%21 : tensor<2x2x8x8xf32>) outs(%33 : tensor<2x2x8x8xi1>) {
    ^bb0(%in: f32, %out: i1):
      %49 = arith.extf %in : f32 to f64
      %50 = arith.cmpf oeq, %49, %cst_5 : f64
      linalg.yield %50 : i1
    } -> tensor<2x2x8x8xi1>
    %35 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%34 : tensor<2x2x8x8xi1>) outs(%33 : tensor<2x2x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      %49 = arith.cmpi eq, %in, %false : i1
      linalg.yield %49 : i1
    } -> tensor<2x2x8x8xi1>
    %36 = tensor.empty() : tensor<2x2x8x1xi1>
    %37 = linalg.fill ins(%false : i1) outs(%36 : tensor<2x2x8x1xi1>) -> tensor<2x2x8x1xi1>
    %38 = linalg.generic {indexing_maps = [#map2, #map9], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%35 : tensor<2x2x8x8xi1>) outs(%37 : tensor<2x2x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %49 = arith.ori %in, %out : i1
      linalg.yield %49 : i1
    } -> tensor<2x2x8x1xi1>
    %39 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%38 : tensor<2x2x8x1xi1>) outs(%36 : tensor<2x2x8x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %49 = arith.cmpi eq, %in, %false : i1
      linalg.yield %49 : i1
    } -> tensor<2x2x8x1xi1>
    %40 = linalg.generic {indexing_maps = [#map9, #map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%39, %cst_1, %32 : tensor<2x2x8x1xi1>, tensor<2x2x8x8xf32>, tensor<2x2x8x8xf32>) outs(%20 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: i1, %in_26: f32, %in_27: f32, %out: f32):
      %49 = arith.select %in, %in_26, %in_27 : f32
      linalg.yield %49 : f32
    } -> tensor<2x2x8x8xf32>
    %collapsed_20 = tensor.collapse_shape %40 [[0, 1], [2], [3]] : tensor<2x2x8x8xf32> into tensor<4x8x8xf32>
    %collapsed_21 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %41 = tensor.empty() : tensor<4x8x4xf32>
    %42 = linalg.fill ins(%cst : f32) outs(%41 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %43 = linalg.batch_matmul ins(%collapsed_20, %collapsed_21 : tensor<4x8x8xf32>, tensor<4x8x4xf32>) outs(%42 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %expanded_22 = tensor.expand_shape %43 [[0, 1], [2], [3]] output_shape [2, 2, 8, 4] : tensor<4x8x4xf32> into tensor<2x2x8x4xf32>
    %44 = tensor.empty() : tensor<2x8x2x4xf32>
    %transposed_23 = linalg.transpose ins(%expanded_22 : tensor<2x2x8x4xf32>) outs(%44 : tensor<2x8x2x4xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_24 = tensor.collapse_shape %transposed_23 [[0, 1], [2, 3]] : tensor<2x8x2x4xf32> into tensor<16x8xf32>
    %45 = tensor.empty() : tensor<16x8xf32>
    %46 = linalg.fill ins(%cst : f32) outs(%45 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %47 = linalg.matmul ins(%collapsed_24, %arg3 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%46 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %48 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg4, %47 : tensor<8xf32>, tensor<16x8xf32>) outs(%45 : tensor<16x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %49 = arith.addf %in, %in_26 : f32
      linalg.yield %49 : f32
    } -> tensor<16x8xf32>
    %expanded_25 = tensor.expand_shape %48 [[0, 1], [2]] output_shape [2, 8, 8] : tensor<16x8xf32> into tensor<2x8x8xf32>
    return %expanded_25 : tensor<2x8x8xf32>
  }
}
