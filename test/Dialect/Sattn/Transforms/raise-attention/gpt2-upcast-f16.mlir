// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// GPT-2 attention in f16 with reorder_and_upcast_attn: scores and softmax in
// f32.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @gpt2_upcast_f16(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf16>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf16>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf16>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e -> b m h e) -> tensor<2x8x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1) -> (0, d1)>
#map2 = affine_map<(d0, d1) -> (d0, 0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1) -> ()>
#map5 = affine_map<(d0, d1) -> (d1)>
#map6 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @gpt2_upcast_f16(%arg0: tensor<2x8x8xf16>, %arg1: tensor<8x24xf16>, %arg2: tensor<24xf16>, %arg3: tensor<8x8xf16>, %arg4: tensor<8xf16>) -> tensor<2x8x8xf16> {
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_3 = arith.constant 5.000000e-01 : f32
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %59 = linalg.index 0 : index
      %60 = arith.index_cast %59 : index to i64
      linalg.yield %60 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_4 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %2 = tensor.empty() : tensor<8x8xi1>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_4, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %in_24: i64, %out: i1):
      %59 = arith.cmpi sle, %in, %in_24 : i64
      linalg.yield %59 : i1
    } -> tensor<8x8xi1>
    %4 = tensor.empty() : tensor<8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map3, #map4, #map4, #map3], iterator_types = ["parallel", "parallel"]} ins(%3, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<f32>, tensor<f32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_24: f32, %in_25: f32, %out: f32):
      %59 = arith.select %in, %in_24, %in_25 : f32
      linalg.yield %59 : f32
    } -> tensor<8x8xf32>
    %expanded_5 = tensor.expand_shape %5 [[0, 1, 2], [3]] output_shape [1, 1, 8, 8] : tensor<8x8xf32> into tensor<1x1x8x8xf32>
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x8xf16> into tensor<16x8xf16>
    %6 = tensor.empty() : tensor<24xf32>
    %7 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]} ins(%arg2 : tensor<24xf16>) outs(%6 : tensor<24xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<24xf32>
    %8 = tensor.empty() : tensor<16x8xf32>
    %9 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%collapsed : tensor<16x8xf16>) outs(%8 : tensor<16x8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<16x8xf32>
    %10 = tensor.empty() : tensor<8x24xf32>
    %11 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<8x24xf16>) outs(%10 : tensor<8x24xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<8x24xf32>
    %12 = tensor.empty() : tensor<16x24xf32>
    %13 = linalg.fill ins(%cst : f32) outs(%12 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %14 = linalg.matmul ins(%9, %11 : tensor<16x8xf32>, tensor<8x24xf32>) outs(%13 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %15 = linalg.generic {indexing_maps = [#map5, #map3], iterator_types = ["parallel", "parallel"]} ins(%7 : tensor<24xf32>) outs(%12 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %16 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%14, %15 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%12 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_24: f32, %out: f32):
      %59 = arith.addf %in, %in_24 : f32
      linalg.yield %59 : f32
    } -> tensor<16x24xf32>
    %17 = tensor.empty() : tensor<16x24xf16>
    %18 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%16 : tensor<16x24xf32>) outs(%17 : tensor<16x24xf16>) {
    ^bb0(%in: f32, %out: f16):
      %59 = arith.truncf %in : f32 to f16
      linalg.yield %59 : f16
    } -> tensor<16x24xf16>
    %expanded_6 = tensor.expand_shape %18 [[0, 1], [2]] output_shape [2, 8, 24] : tensor<16x24xf16> into tensor<2x8x24xf16>
    %extracted_slice = tensor.extract_slice %expanded_6[0, 0, 0] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf16> to tensor<2x8x8xf16>
    %extracted_slice_7 = tensor.extract_slice %expanded_6[0, 0, 8] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf16> to tensor<2x8x8xf16>
    %extracted_slice_8 = tensor.extract_slice %expanded_6[0, 0, 16] [2, 8, 8] [1, 1, 1] : tensor<2x8x24xf16> to tensor<2x8x8xf16>
    %expanded_9 = tensor.expand_shape %extracted_slice_7 [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf16> into tensor<2x8x2x4xf16>
    %expanded_10 = tensor.expand_shape %extracted_slice_8 [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf16> into tensor<2x8x2x4xf16>
    %19 = tensor.empty() : tensor<2x2x8x4xf16>
    %transposed = linalg.transpose ins(%expanded_10 : tensor<2x8x2x4xf16>) outs(%19 : tensor<2x2x8x4xf16>) permutation = [0, 2, 1, 3] 
    %expanded_11 = tensor.expand_shape %extracted_slice [[0], [1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<2x8x8xf16> into tensor<2x8x2x4xf16>
    %transposed_12 = linalg.transpose ins(%expanded_11 : tensor<2x8x2x4xf16>) outs(%19 : tensor<2x2x8x4xf16>) permutation = [0, 2, 1, 3] 
    %collapsed_13 = tensor.collapse_shape %transposed_12 [[0, 1], [2], [3]] : tensor<2x2x8x4xf16> into tensor<4x8x4xf16>
    %20 = tensor.empty() : tensor<2x2x4x8xf16>
    %transposed_14 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xf16>) outs(%20 : tensor<2x2x4x8xf16>) permutation = [0, 2, 3, 1] 
    %collapsed_15 = tensor.collapse_shape %transposed_14 [[0, 1], [2], [3]] : tensor<2x2x4x8xf16> into tensor<4x4x8xf16>
    %21 = tensor.empty() : tensor<4x8x4xf32>
    %22 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_13 : tensor<4x8x4xf16>) outs(%21 : tensor<4x8x4xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<4x8x4xf32>
    %23 = tensor.empty() : tensor<4x4x8xf32>
    %24 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_15 : tensor<4x4x8xf16>) outs(%23 : tensor<4x4x8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<4x4x8xf32>
    %25 = tensor.empty() : tensor<4x8x8xf32>
    %26 = linalg.fill ins(%cst : f32) outs(%25 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %27 = linalg.batch_matmul ins(%22, %24 : tensor<4x8x4xf32>, tensor<4x4x8xf32>) outs(%26 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %28 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%27 : tensor<4x8x8xf32>) outs(%25 : tensor<4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %59 = arith.mulf %in, %cst_3 : f32
      linalg.yield %59 : f32
    } -> tensor<4x8x8xf32>
    %expanded_16 = tensor.expand_shape %28 [[0, 1], [2], [3]] output_shape [2, 2, 8, 8] : tensor<4x8x8xf32> into tensor<2x2x8x8xf32>
    %29 = tensor.empty() : tensor<2x2x8x8xf32>
    %30 = linalg.generic {indexing_maps = [#map7, #map8, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_16, %expanded_5 : tensor<2x2x8x8xf32>, tensor<1x1x8x8xf32>) outs(%29 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_24: f32, %out: f32):
      %59 = arith.addf %in, %in_24 : f32
      linalg.yield %59 : f32
    } -> tensor<2x2x8x8xf32>
    %31 = tensor.empty() : tensor<2x2x8xi64>
    %32 = linalg.fill ins(%c0_i64 : i64) outs(%31 : tensor<2x2x8xi64>) -> tensor<2x2x8xi64>
    %33 = tensor.empty() : tensor<2x2x8xf32>
    %34 = linalg.fill ins(%cst_0 : f32) outs(%33 : tensor<2x2x8xf32>) -> tensor<2x2x8xf32>
    %35:2 = linalg.generic {indexing_maps = [#map7, #map9, #map9], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%30 : tensor<2x2x8x8xf32>) outs(%34, %32 : tensor<2x2x8xf32>, tensor<2x2x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_24: i64):
      %59 = linalg.index 3 : index
      %60 = arith.index_cast %59 : index to i64
      %61 = arith.maximumf %in, %out : f32
      %62 = arith.cmpf ogt, %in, %out : f32
      %63 = arith.select %62, %60, %out_24 : i64
      linalg.yield %61, %63 : f32, i64
    } -> (tensor<2x2x8xf32>, tensor<2x2x8xi64>)
    %expanded_17 = tensor.expand_shape %35#0 [[0], [1], [2, 3]] output_shape [2, 2, 8, 1] : tensor<2x2x8xf32> into tensor<2x2x8x1xf32>
    %36 = linalg.generic {indexing_maps = [#map7, #map10, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%30, %expanded_17 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%29 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_24: f32, %out: f32):
      %59 = arith.subf %in, %in_24 : f32
      linalg.yield %59 : f32
    } -> tensor<2x2x8x8xf32>
    %37 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%36 : tensor<2x2x8x8xf32>) outs(%29 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %59 = math.exp %in : f32
      linalg.yield %59 : f32
    } -> tensor<2x2x8x8xf32>
    %38 = tensor.empty() : tensor<2x2x8x1xf32>
    %39 = linalg.fill ins(%cst : f32) outs(%38 : tensor<2x2x8x1xf32>) -> tensor<2x2x8x1xf32>
    %40 = linalg.generic {indexing_maps = [#map7, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%37 : tensor<2x2x8x8xf32>) outs(%39 : tensor<2x2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %59 = arith.addf %in, %out : f32
      linalg.yield %59 : f32
    } -> tensor<2x2x8x1xf32>
    %41 = linalg.generic {indexing_maps = [#map7, #map10, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%37, %40 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%29 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_24: f32, %out: f32):
      %59 = arith.divf %in, %in_24 : f32
      linalg.yield %59 : f32
    } -> tensor<2x2x8x8xf32>
    %42 = tensor.empty() : tensor<2x2x8x8xf16>
    %43 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%41 : tensor<2x2x8x8xf32>) outs(%42 : tensor<2x2x8x8xf16>) {
    ^bb0(%in: f32, %out: f16):
      %59 = arith.truncf %in : f32 to f16
      linalg.yield %59 : f16
    } -> tensor<2x2x8x8xf16>
    %collapsed_18 = tensor.collapse_shape %43 [[0, 1], [2], [3]] : tensor<2x2x8x8xf16> into tensor<4x8x8xf16>
    %collapsed_19 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<2x2x8x4xf16> into tensor<4x8x4xf16>
    %44 = linalg.fill ins(%cst : f32) outs(%21 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %45 = linalg.batch_matmul ins(%collapsed_18, %collapsed_19 : tensor<4x8x8xf16>, tensor<4x8x4xf16>) outs(%44 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %46 = tensor.empty() : tensor<4x8x4xf16>
    %47 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%45 : tensor<4x8x4xf32>) outs(%46 : tensor<4x8x4xf16>) {
    ^bb0(%in: f32, %out: f16):
      %59 = arith.truncf %in : f32 to f16
      linalg.yield %59 : f16
    } -> tensor<4x8x4xf16>
    %expanded_20 = tensor.expand_shape %47 [[0, 1], [2], [3]] output_shape [2, 2, 8, 4] : tensor<4x8x4xf16> into tensor<2x2x8x4xf16>
    %48 = tensor.empty() : tensor<2x8x2x4xf16>
    %transposed_21 = linalg.transpose ins(%expanded_20 : tensor<2x2x8x4xf16>) outs(%48 : tensor<2x8x2x4xf16>) permutation = [0, 2, 1, 3] 
    %collapsed_22 = tensor.collapse_shape %transposed_21 [[0, 1], [2, 3]] : tensor<2x8x2x4xf16> into tensor<16x8xf16>
    %49 = tensor.empty() : tensor<8xf32>
    %50 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]} ins(%arg4 : tensor<8xf16>) outs(%49 : tensor<8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<8xf32>
    %51 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%collapsed_22 : tensor<16x8xf16>) outs(%8 : tensor<16x8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<16x8xf32>
    %52 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<8x8xf16>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %59 = arith.extf %in : f16 to f32
      linalg.yield %59 : f32
    } -> tensor<8x8xf32>
    %53 = linalg.fill ins(%cst : f32) outs(%8 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %54 = linalg.matmul ins(%51, %52 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%53 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %55 = linalg.generic {indexing_maps = [#map5, #map3], iterator_types = ["parallel", "parallel"]} ins(%50 : tensor<8xf32>) outs(%8 : tensor<16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x8xf32>
    %56 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%54, %55 : tensor<16x8xf32>, tensor<16x8xf32>) outs(%8 : tensor<16x8xf32>) {
    ^bb0(%in: f32, %in_24: f32, %out: f32):
      %59 = arith.addf %in, %in_24 : f32
      linalg.yield %59 : f32
    } -> tensor<16x8xf32>
    %57 = tensor.empty() : tensor<16x8xf16>
    %58 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%56 : tensor<16x8xf32>) outs(%57 : tensor<16x8xf16>) {
    ^bb0(%in: f32, %out: f16):
      %59 = arith.truncf %in : f32 to f16
      linalg.yield %59 : f16
    } -> tensor<16x8xf16>
    %expanded_23 = tensor.expand_shape %58 [[0, 1], [2]] output_shape [2, 8, 8] : tensor<16x8xf16> into tensor<2x8x8xf16>
    return %expanded_23 : tensor<2x8x8xf16>
  }
}
