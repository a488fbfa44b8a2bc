// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// T5 encoder attention: relative position bias gathered from a table and a
// padding mask, both added; no scale.
// Exported from transformers 5.23.0 (PyTorch 2.15.0) with torch-mlir 20261001
// (linalg on tensors); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @t5_encoder(
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: scale 1.0
// CHECK-SAME: score(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<8x8x2xf32>, tensor<2x8xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: f32, %[[S4:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S5:.+]] = arith.addf %[[S0]], %[[S3]] : f32
// CHECK-NEXT: %[[S6:.+]] = arith.addf %[[S5]], %[[S4]] : f32
// CHECK-NEXT: sattn.yield %[[S6]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x2x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e, m n h, b n -> b m h e) -> tensor<2x8x2x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1) -> (0, d1)>
#map2 = affine_map<(d0, d1) -> (d0, 0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map5 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map7 = affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  func.func @t5_encoder(%arg0: tensor<2x8x8xf32>, %arg1: tensor<2x1x1x8xf32>, %arg2: tensor<8x8xf32>, %arg3: tensor<8x8xf32>, %arg4: tensor<8x8xf32>, %arg5: tensor<8x8xf32>, %arg6: tensor<8x2xf32>) -> tensor<2x8x8xf32> {
    %c4_i64 = arith.constant 4 : i64
    %c2_i64 = arith.constant 2 : i64
    %c0_i64 = arith.constant 0 : i64
    %c8 = arith.constant 8 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 2.0794415416798357 : f64
    %cst_2 = arith.constant 2.000000e+00 : f32
    %cst_3 = arith.constant dense<3> : tensor<8x8xi64>
    %0 = tensor.empty() : tensor<8x8xf32>
    %transposed = linalg.transpose ins(%arg2 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %arg0 [[0, 1], [2]] : tensor<2x8x8xf32> into tensor<16x8xf32>
    %1 = tensor.empty() : tensor<16x8xf32>
    %2 = linalg.fill ins(%cst : f32) outs(%1 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %3 = linalg.matmul ins(%collapsed, %transposed : tensor<16x8xf32>, tensor<8x8xf32>) outs(%2 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded = tensor.expand_shape %3 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %4 = tensor.empty() : tensor<2x2x8x4xf32>
    %transposed_4 = linalg.transpose ins(%expanded : tensor<2x8x2x4xf32>) outs(%4 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_5 = linalg.transpose ins(%arg3 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) permutation = [1, 0] 
    %5 = linalg.matmul ins(%collapsed, %transposed_5 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%2 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_6 = tensor.expand_shape %5 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_7 = linalg.transpose ins(%arg4 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) permutation = [1, 0] 
    %6 = linalg.matmul ins(%collapsed, %transposed_7 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%2 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_8 = tensor.expand_shape %6 [[0, 1], [2, 3]] output_shape [2, 8, 2, 4] : tensor<16x8xf32> into tensor<2x8x2x4xf32>
    %transposed_9 = linalg.transpose ins(%expanded_8 : tensor<2x8x2x4xf32>) outs(%4 : tensor<2x2x8x4xf32>) permutation = [0, 2, 1, 3] 
    %7 = tensor.empty() : tensor<8xi64>
    %8 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%7 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %53 = linalg.index 0 : index
      %54 = arith.index_cast %53 : index to i64
      linalg.yield %54 : i64
    } -> tensor<8xi64>
    %expanded_10 = tensor.expand_shape %8 [[0, 1]] output_shape [8, 1] : tensor<8xi64> into tensor<8x1xi64>
    %expanded_11 = tensor.expand_shape %8 [[0, 1]] output_shape [1, 8] : tensor<8xi64> into tensor<1x8xi64>
    %9 = tensor.empty() : tensor<8x8xi64>
    %10 = linalg.generic {indexing_maps = [#map1, #map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%expanded_11, %expanded_10 : tensor<1x8xi64>, tensor<8x1xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_26: i64, %out: i64):
      %53 = arith.subi %in, %in_26 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %11 = tensor.empty() : tensor<8x8xi1>
    %12 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<8x8xi64>) outs(%11 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %53 = arith.cmpi sgt, %in, %c0_i64 : i64
      linalg.yield %53 : i1
    } -> tensor<8x8xi1>
    %13 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%12 : tensor<8x8xi1>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i1, %out: i64):
      %53 = arith.extui %in : i1 to i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %14 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%13 : tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %out: i64):
      %53 = arith.muli %in, %c4_i64 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %15 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %out: i64):
      %53 = math.absi %in : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %16 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<8x8xi64>) outs(%11 : tensor<8x8xi1>) {
    ^bb0(%in: i64, %out: i1):
      %53 = arith.cmpi slt, %in, %c2_i64 : i64
      linalg.yield %53 : i1
    } -> tensor<8x8xi1>
    %17 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<8x8xi64>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%in: i64, %out: f32):
      %53 = arith.sitofp %in : i64 to f32
      linalg.yield %53 : f32
    } -> tensor<8x8xf32>
    %18 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%17 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = arith.divf %in, %cst_2 : f32
      linalg.yield %53 : f32
    } -> tensor<8x8xf32>
    %19 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%18 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = math.log %in : f32
      linalg.yield %53 : f32
    } -> tensor<8x8xf32>
    %20 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%19 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = arith.truncf %cst_1 : f64 to f32
      %54 = arith.divf %in, %53 : f32
      linalg.yield %54 : f32
    } -> tensor<8x8xf32>
    %21 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%20 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = arith.mulf %in, %cst_2 : f32
      linalg.yield %53 : f32
    } -> tensor<8x8xf32>
    %22 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<8x8xf32>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: f32, %out: i64):
      %53 = arith.fptosi %in : f32 to i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %23 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%22 : tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %out: i64):
      %53 = arith.addi %in, %c2_i64 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %24 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%23, %cst_3 : tensor<8x8xi64>, tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_26: i64, %out: i64):
      %53 = arith.minsi %in, %in_26 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %25 = linalg.generic {indexing_maps = [#map3, #map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%16, %15, %24 : tensor<8x8xi1>, tensor<8x8xi64>, tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i1, %in_26: i64, %in_27: i64, %out: i64):
      %53 = arith.select %in, %in_26, %in_27 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %26 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%14, %25 : tensor<8x8xi64>, tensor<8x8xi64>) outs(%9 : tensor<8x8xi64>) {
    ^bb0(%in: i64, %in_26: i64, %out: i64):
      %53 = arith.addi %in, %in_26 : i64
      linalg.yield %53 : i64
    } -> tensor<8x8xi64>
    %27 = tensor.empty() : tensor<8x8x2xf32>
    %28 = linalg.generic {indexing_maps = [#map4, #map5], iterator_types = ["parallel", "parallel", "parallel"]} ins(%26 : tensor<8x8xi64>) outs(%27 : tensor<8x8x2xf32>) {
    ^bb0(%in: i64, %out: f32):
      %53 = arith.index_cast %in : i64 to index
      %54 = linalg.index 2 : index
      %55 = arith.cmpi slt, %53, %c8 : index
      cf.assert %55, "index must be smaller than dim size"
      %56 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %56, "index must be larger or equal to 0"
      %extracted = tensor.extract %arg6[%53, %54] : tensor<8x2xf32>
      linalg.yield %extracted : f32
    } -> tensor<8x8x2xf32>
    %29 = tensor.empty() : tensor<2x8x8xf32>
    %transposed_12 = linalg.transpose ins(%28 : tensor<8x8x2xf32>) outs(%29 : tensor<2x8x8xf32>) permutation = [2, 0, 1] 
    %expanded_13 = tensor.expand_shape %transposed_12 [[0, 1], [2], [3]] output_shape [1, 2, 8, 8] : tensor<2x8x8xf32> into tensor<1x2x8x8xf32>
    %30 = tensor.empty() : tensor<2x2x4x8xf32>
    %transposed_14 = linalg.transpose ins(%expanded_6 : tensor<2x8x2x4xf32>) outs(%30 : tensor<2x2x4x8xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_15 = tensor.collapse_shape %transposed_4 [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %collapsed_16 = tensor.collapse_shape %transposed_14 [[0, 1], [2], [3]] : tensor<2x2x4x8xf32> into tensor<4x4x8xf32>
    %31 = tensor.empty() : tensor<4x8x8xf32>
    %32 = linalg.fill ins(%cst : f32) outs(%31 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %33 = linalg.batch_matmul ins(%collapsed_15, %collapsed_16 : tensor<4x8x4xf32>, tensor<4x4x8xf32>) outs(%32 : tensor<4x8x8xf32>) -> tensor<4x8x8xf32>
    %expanded_17 = tensor.expand_shape %33 [[0, 1], [2], [3]] output_shape [2, 2, 8, 8] : tensor<4x8x8xf32> into tensor<2x2x8x8xf32>
    %34 = tensor.empty() : tensor<2x2x8x8xf32>
    %35 = linalg.generic {indexing_maps = [#map6, #map7, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_17, %expanded_13 : tensor<2x2x8x8xf32>, tensor<1x2x8x8xf32>) outs(%34 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %53 = arith.addf %in, %in_26 : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x8xf32>
    %36 = linalg.generic {indexing_maps = [#map6, #map8, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%35, %arg1 : tensor<2x2x8x8xf32>, tensor<2x1x1x8xf32>) outs(%34 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %53 = arith.addf %in, %in_26 : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x8xf32>
    %37 = tensor.empty() : tensor<2x2x8xi64>
    %38 = linalg.fill ins(%c0_i64 : i64) outs(%37 : tensor<2x2x8xi64>) -> tensor<2x2x8xi64>
    %39 = tensor.empty() : tensor<2x2x8xf32>
    %40 = linalg.fill ins(%cst_0 : f32) outs(%39 : tensor<2x2x8xf32>) -> tensor<2x2x8xf32>
    %41:2 = linalg.generic {indexing_maps = [#map6, #map9, #map9], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%36 : tensor<2x2x8x8xf32>) outs(%40, %38 : tensor<2x2x8xf32>, tensor<2x2x8xi64>) {
    ^bb0(%in: f32, %out: f32, %out_26: i64):
      %53 = linalg.index 3 : index
      %54 = arith.index_cast %53 : index to i64
      %55 = arith.maximumf %in, %out : f32
      %56 = arith.cmpf ogt, %in, %out : f32
      %57 = arith.select %56, %54, %out_26 : i64
      linalg.yield %55, %57 : f32, i64
    } -> (tensor<2x2x8xf32>, tensor<2x2x8xi64>)
    %expanded_18 = tensor.expand_shape %41#0 [[0], [1], [2, 3]] output_shape [2, 2, 8, 1] : tensor<2x2x8xf32> into tensor<2x2x8x1xf32>
    %42 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%36, %expanded_18 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%34 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %53 = arith.subf %in, %in_26 : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x8xf32>
    %43 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%42 : tensor<2x2x8x8xf32>) outs(%34 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = math.exp %in : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x8xf32>
    %44 = tensor.empty() : tensor<2x2x8x1xf32>
    %45 = linalg.fill ins(%cst : f32) outs(%44 : tensor<2x2x8x1xf32>) -> tensor<2x2x8x1xf32>
    %46 = linalg.generic {indexing_maps = [#map6, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%43 : tensor<2x2x8x8xf32>) outs(%45 : tensor<2x2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %53 = arith.addf %in, %out : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x1xf32>
    %47 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%43, %46 : tensor<2x2x8x8xf32>, tensor<2x2x8x1xf32>) outs(%34 : tensor<2x2x8x8xf32>) {
    ^bb0(%in: f32, %in_26: f32, %out: f32):
      %53 = arith.divf %in, %in_26 : f32
      linalg.yield %53 : f32
    } -> tensor<2x2x8x8xf32>
    %collapsed_19 = tensor.collapse_shape %47 [[0, 1], [2], [3]] : tensor<2x2x8x8xf32> into tensor<4x8x8xf32>
    %collapsed_20 = tensor.collapse_shape %transposed_9 [[0, 1], [2], [3]] : tensor<2x2x8x4xf32> into tensor<4x8x4xf32>
    %48 = tensor.empty() : tensor<4x8x4xf32>
    %49 = linalg.fill ins(%cst : f32) outs(%48 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %50 = linalg.batch_matmul ins(%collapsed_19, %collapsed_20 : tensor<4x8x8xf32>, tensor<4x8x4xf32>) outs(%49 : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
    %expanded_21 = tensor.expand_shape %50 [[0, 1], [2], [3]] output_shape [2, 2, 8, 4] : tensor<4x8x4xf32> into tensor<2x2x8x4xf32>
    %51 = tensor.empty() : tensor<2x8x2x4xf32>
    %transposed_22 = linalg.transpose ins(%expanded_21 : tensor<2x2x8x4xf32>) outs(%51 : tensor<2x8x2x4xf32>) permutation = [0, 2, 1, 3] 
    %transposed_23 = linalg.transpose ins(%arg5 : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) permutation = [1, 0] 
    %collapsed_24 = tensor.collapse_shape %transposed_22 [[0, 1], [2, 3]] : tensor<2x8x2x4xf32> into tensor<16x8xf32>
    %52 = linalg.matmul ins(%collapsed_24, %transposed_23 : tensor<16x8xf32>, tensor<8x8xf32>) outs(%2 : tensor<16x8xf32>) -> tensor<16x8xf32>
    %expanded_25 = tensor.expand_shape %52 [[0, 1], [2]] output_shape [2, 8, 8] : tensor<16x8xf32> into tensor<2x8x8xf32>
    return %expanded_25 : tensor<2x8x8xf32>
  }
}
