// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// T5 decoder attention: relative position bias and an additive causal mask with
// the finite minimum.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @t5_decoder(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: scale 1.0 window <*, 0>
// CHECK-SAME: score(%{{[a-z0-9_]+}} : tensor<8x8x2xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S4:.+]] = arith.addf %[[S0]], %[[S3]] : f32
// CHECK-NEXT: sattn.yield %[[S4]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e, m n h -> b m h e) -> tensor<2x8x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1) -> (0, d1)>
#map2 = affine_map<(d0, d1) -> (d0, 0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1) -> ()>
#map5 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map6 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>
#map9 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @t5_decoder(%arg0: tensor<2x8x8xf32>, %arg1: tensor<8x8xf32>, %arg2: tensor<8x8xf32>, %arg3: tensor<8x8xf32>, %arg4: tensor<8x8xf32>, %arg5: tensor<8x2xf32>) -> tensor<2x8x8xf32> {
    %c4_i64 = arith.constant 4 : i64
    %c0_i64 = arith.constant 0 : i64
    %c8 = arith.constant 8 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_3 = arith.constant 1.3862943611198906 : f64
    %cst_4 = arith.constant 4.000000e+00 : f32
    %cst_5 = arith.constant dense<7> : tensor<8x8xi64>
    %cst_6 = arith.constant dense<0> : tensor<8x8xi64>
    %0 = tensor.empty() : tensor<8xi64>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %52 = linalg.index 0 : index
      %53 = arith.index_cast %52 : index to i64
      linalg.yield %53 : i64
    } -> tensor<8xi64>
    %expanded = tensor.expand_shape %1 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_7 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %2 = tensor.empty() : tensor<8x8xi1>
    %3 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_7, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %in_30: i64, %out: i1):
      %52 = arith.cmpi sle, %in, %in_30 : i64
      linalg.yield %52 : i1
    } -> tensor<8x8xi1>
    %4 = tensor.empty() : tensor<8x8xf32>
    %5 = linalg.generic {indexing_maps = [#map3, #map4, #map4, #map3], iterator_types = ["parallel", "parallel"]} ins(%3, %cst_2, %cst_1 : tensor<8x8xi1>, tensor<f32>, tensor<f32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i1, %in_30: f32, %in_31: f32, %out: f32):
      %52 = arith.select %in, %in_30, %in_31 : f32
      linalg.yield %52 : f32
    } -> tensor<8x8xf32>
    %expanded_8 = tensor.expand_shape %5 [[0, 1, 2], [3]] output_shape [1, 1, 8, 8] : tensor<8x8xf32> into tensor<1x1x8x8xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x8xf32> into tensor<16x8xf32>
    %6 = tensor.empty() : tensor<16x8xf32>
    %7 = linalg.fill ins(%cst : f32) outs(%6 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %8 = linalg.matmul ins(%collapsed, %transposed : tensor<16x8xf32>, tensor<8x8xf32>) outs(%7 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_9 = tensor.expand_shape %8 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %9 = tensor.empty() : tensor<2x2x8x4xf32>
    %transposed_10 = linalg.transpose ins(%expanded_9 : tensor<2x8x2x4xf32>) outs(%9 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_11 = linalg.transpose ins(%arg2 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) permutation = [1, 0] 
    %10 = linalg.matmul ins(%collapsed, %transposed_11 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%7 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_12 = tensor.expand_shape %10 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_13 = linalg.transpose ins(%arg3 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) permutation = [1, 0] 
    %11 = linalg.matmul ins(%collapsed, %transposed_13 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%7 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_14 = tensor.expand_shape %11 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_15 = linalg.transpose ins(%expanded_14 : tensor<2x8x2x4xf32>) outs(%9 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %12 = tensor.empty() : tensor<8x8xi64>
    %13 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_7, %expanded : tensor<1x8xi64>, tensor<8x1xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_30: i64, %out: i64):
      %52 = arith.subi %in, %in_30 : i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %14 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%13, %cst_6 : tensor<8x8xi64>, tensor<8x8xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_30: i64, %out: i64):
      %52 = arith.minsi %in, %in_30 : i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %15 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%14 : tensor<8x8xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %out: i64):
      %52 = arith.sitofp %in : i64 to f32
      %53 = arith.negf %52 : f32
      %54 = arith.fptosi %53 : f32 to i64
      linalg.yield %54 : i64
    } -> tensor<8x8xi64>
    %16 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<8x8xi64>) outs(%2 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %52 = arith.cmpi slt, %in, %c4_i64 : i64
      linalg.yield %52 : i1
    } -> tensor<8x8xi1>
    %17 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<8x8xi64>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: i64, %out: f32):
      %52 = arith.sitofp %in : i64 to f32
      linalg.yield %52 : f32
    } -> tensor<8x8xf32>
    %18 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%17 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = arith.divf %in, %cst_4 : f32
      linalg.yield %52 : f32
    } -> tensor<8x8xf32>
    %19 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%18 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = math.log %in : f32
      linalg.yield %52 : f32
    } -> tensor<8x8xf32>
    %20 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%19 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = arith.truncf %cst_3 : f64 to f32
      %53 = arith.divf %in, %52 : f32
      linalg.yield %53 : f32
    } -> tensor<8x8xf32>
    %21 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%20 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = arith.mulf %in, %cst_4 : f32
      linalg.yield %52 : f32
    } -> tensor<8x8xf32>
    %22 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<8x8xf32>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: f32, %out: i64):
      %52 = arith.fptosi %in : f32 to i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %23 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%22 : tensor<8x8xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %out: i64):
      %52 = arith.addi %in, %c4_i64 : i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %24 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%23, %cst_5 : tensor<8x8xi64>, tensor<8x8xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_30: i64, %out: i64):
      %52 = arith.minsi %in, %in_30 : i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %25 = linalg.generic {indexing_maps = [#map3, #map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%16, %15, %24 : tensor<8x8xi1>, tensor<8x8xi64>, tensor<8x8xi64>) outs(%12 : tensor<8x8xi64>) {
    ^bb0(%in: i1, %in_30: i64, %in_31: i64, %out: i64):
      %52 = arith.select %in, %in_30, %in_31 : i64
      linalg.yield %52 : i64
    } -> tensor<8x8xi64>
    %26 = tensor.empty() : tensor<8x8x2xf32>
    %27 = linalg.generic {indexing_maps = [#map5, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%25 : tensor<8x8xi64>) outs(%26 : tensor<8x8x2xf32>) {
    ^bb0(%in: i64, %out: f32):
      %52 = arith.index_cast %in : i64 to index
      %53 = linalg.index 2 : index
      %54 = arith.cmpi slt, %52, %c8 : index
      cf.assert %54, "index must be smaller than dim size"
      %55 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %55, "index must be larger or equal to 0"
      %extracted = tensor.extract %arg5[%52, %53] : tensor<8x2xf32>
      linalg.yield %extracted : f32
    } -> tensor<8x8x2xf32>
    %28 = tensor.empty() : tensor<2x8x8xf32>
    %transposed_16 = linalg.transpose ins(%27 : tensor<8x8x2xf32>) outs(%28 : tensor<2x8x8xf32>) permutation = [2, 0, 1] 
    %expanded_17 = tensor.expand_shape %transposed_16 [[0, 1], [2], [3]] output_shape [1, 2, 8, 8] : tensor<2x8x8xf32> into tensor<1x2x8x8xf32>
    %29 = tensor.empty() : tensor<2x2x4x8xf32>
    %transposed_18 = linalg.transpose ins(%expanded_12 : tensor<2x8x2x4xf32>) outs(%29 : tensor<2x2x4x8xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_19 = tensor.collapse_shape %transposed_10 [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %collapsed_20 = tensor.collapse_shape %transposed_18 [[0, 1], [2], [3]] : tensor<2x2x4x8xf32> into tensor<4x4x8xf32>
    %30 = tensor.empty() : tensor<4x8x8xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %32 = linalg.batch_matmul ins(%collapsed_19, %collapsed_20 : tensor<4x8x4xf32>, tensor<4x4x8xf32>) outs(%31 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %expanded_21 = tensor.expand_shape %32 [[0, 1], [2], [3]] output_shape [2, 2, 8, 8] : tensor<4x8x8xf32> into tensor<2x2x8x8xf32>
    %33 = tensor.empty() : tensor<2x2x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map7, #map8, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_21, %expanded_17 : tensor<2x2x8x8xf32>, tensor<1x2x8x8xf32>) outs(%33 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_30: f32, %out: f32):
      %52 = arith.addf %in, %in_30 : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x8xf32>
    %35 = linalg.generic {indexing_maps = [#map7, #map9, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%34, %expanded_8 : tensor<2x2x8x8xf32>, tensor<1x1x8x8xf32>) outs(%33 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_30: f32, %out: f32):
      %52 = arith.addf %in, %in_30 : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x8xf32>
    %36 = tensor.empty() : tensor<2x2x8xi64>
    %37 = linalg.fill ins(%c0_i64 : i64) outs(%36 : tensor<2x2x8xi64>) -> tensor<2x2x8xi64>
    %38 = tensor.empty() : tensor<2x2x8xf32>
    %39 = linalg.fill ins(%cst_0 : f32) outs(%38 : tensor<2x2x8xf32>) -> tensor<2x2x8xf32>
    %40:2 = linalg.generic {indexing_maps = [#map7, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%35 : tensor<2x2x8x8xf32>) outs(%39, %37 : tensor<2x2x8xf32>, tensor<2x2x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_30: i64):
      %52 = linalg.index 3 : index
      %53 = arith.index_cast %52 : index to i64
      %54 = arith.maximumf %in, %out : f32
      %55 = arith.cmpf ogt, %in, %out : f32
      %56 = arith.select %55, %53, %out_30 : i64
      linalg.yield %54, %56 : f32, i64
    } -> (tensor<2x2x8xf32>, tensor<2x2x8xi64>)
    %expanded_22 = tensor.expand_shape %40#0 [[0], [1], [2, 3]] output_shape [2, 2, 8, 1] : tensor<2x2x8xf32> into tensor<2x2x8x1xf32>
    %41 = linalg.generic {indexing_maps = [#map7, #map11, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%35, %expanded_22 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%33 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_30: f32, %out: f32):
      %52 = arith.subf %in, %in_30 : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x8xf32>
    %42 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%41 : tensor<2x2x8x8xf32>) outs(%33 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = math.exp %in : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x8xf32>
    %43 = tensor.empty() : tensor<2x2x8x1xf32>
    %44 = linalg.fill ins(%cst : f32) outs(%43 : tensor<2x2x8x1xf32>) -> tensor<2x2x8x1xf32>
    %45 = linalg.generic {indexing_maps = [#map7, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%42 : tensor<2x2x8x8xf32>) outs(%44 : tensor<2x2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %52 = arith.addf %in, %out : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x1xf32>
    %46 = linalg.generic {indexing_maps = [#map7, #map11, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%42, %45 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%33 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_30: f32, %out: f32):
      %52 = arith.divf %in, %in_30 : f32
      linalg.yield %52 : f32
    } -> tensor<2x2x8x8xf32>
    %collapsed_23 = tensor.collapse_shape %46 [[0, 1], [2], [3]] : tensor<2x2x8x8xf32> into tensor<4x8x8xf32>
    %collapsed_24 = tensor.collapse_shape %transposed_15 [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %47 = tensor.empty() : tensor<4x8x4xf32>
    %48 = linalg.fill ins(%cst : f32) outs(%47 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %49 = linalg.batch_matmul ins(%collapsed_23, %collapsed_24 : tensor<4x8x8xf32>, tensor<4x8x4xf32>) outs(%48 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %expanded_25 = tensor.expand_shape %49 [[0, 1], [2], [3]] output_shape [2, 2, 8, 4] : tensor<4x8x4xf32> into tensor<2x2x8x4xf32>
    %50 = tensor.empty() : tensor<2x8x2x4xf32>
    %transposed_26 = linalg.transpose ins(%expanded_25 : tensor<2x2x8x4xf32>) outs(%50 : tensor<2x8x2x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_27 = linalg.transpose ins(%arg4 : tensor<8x8xf32>) outs(%4 : tensor<8x8xf32>) permutation = [1, 0] 
    %collapsed_28 = tensor.collapse_shape %transposed_26 [[0, 1], [2, 3]] : tensor<2x8x2x4xf32> into tensor<16x8xf32>
    %51 = linalg.matmul ins(%collapsed_28, %transposed_27 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%7 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_29 = tensor.expand_shape %51 [[0, 1], [2]] output_shape [2, 8, 8] : tensor<16x8xf32> into tensor<2x8x8xf32>
    return %expanded_29 : tensor<2x8x8xf32>
  }
}
