// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// jax.nn.dot_product_attention(bias=b, mask=m): a mask with a finite score
// stays in the score.
// Exported from JAX 0.10.2 as StableHLO, lowered to linalg by IREE 3.13.0
// (--compile-to=input); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @jax_dpa_bias_mask(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<2x8x8xi1>, tensor<4x8x8xf32>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: i1, %[[S4:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[S5:.+]] = arith.addf %[[S0]], %[[S4]] : f32
// CHECK-NEXT: %[[S6:.+]] = arith.constant -2.38197633E+38 : f32
// CHECK-NEXT: %[[S7:.+]] = arith.select %[[S3]], %[[S5]], %[[S6]] : f32
// CHECK-NEXT: sattn.yield %[[S7]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x4x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e, b m n, h m n -> b m h e) -> tensor<2x8x4x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>
#map1 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map2 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d1, d3, d4)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map5 = affine_map<(d0, d1, d2, d3, d4) -> (d0, 0, d2, d3, d4)>
#map6 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, 0, d3, d4)>
#map7 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3, d4) -> (d3, d0, d1, d4, d2)>
#map9 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d3, d4, d0, d2)>
module @jit__lambda {
  func.func @jax_dpa_bias_mask(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>, %arg3: tensor<1x4x8x8xf32>, %arg4: tensor<2x1x8x8xi1>) -> tensor<2x8x4x4xf32> {
    %cst = arith.constant 0xFF800000 : f32
    %cst_0 = arith.constant -2.38197633E+38 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %cst_2 = arith.constant 0.000000e+00 : f32
    %expanded = tensor.expand_shape %arg0 [[0], [1], [2], [3, 4]] output_shape [2, 8, 4, 1, 4] : tensor<2x8x4x4xf32> into tensor<2x8x4x1x4xf32>
    %0 = tensor.empty() : tensor<2x1x1x8x8xi1>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%arg4 : tensor<2x1x8x8xi1>) outs(%0 : tensor<2x1x1x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x1x1x8x8xi1>
    %2 = tensor.empty() : tensor<2x4x8x1x4xf32>
    %3 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x8x4x1x4xf32>) outs(%2 : tensor<2x4x8x1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x1x4xf32>
    %4 = tensor.empty() : tensor<2x4x4x8xf32>
    %5 = linalg.generic {indexing_maps = [#map3, #map4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%4 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed = tensor.collapse_shape %3 [[0, 1], [2], [3, 4]] : tensor<2x4x8x1x4xf32> into tensor<8x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %5 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %6 = tensor.empty() : tensor<8x8x8xf32>
    %7 = linalg.fill ins(%cst_2 : f32) outs(%6 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %8 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%7 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_4 = tensor.expand_shape %8 [[0, 1], [2], [3, 4]] output_shape [2, 4, 8, 1, 8] : tensor<8x8x8xf32> into tensor<2x4x8x1x8xf32>
    %9 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %10 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_4 : tensor<2x4x8x1x8xf32>) outs(%9 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %44 = arith.mulf %in, %cst_1 : f32
      linalg.yield %44 : f32
    } -> tensor<2x4x8x1x8xf32>
    %collapsed_5 = tensor.collapse_shape %10 [[0, 1, 2, 3, 4]] : tensor<2x4x8x1x8xf32> into tensor<512xf32>
    %expanded_6 = tensor.expand_shape %collapsed_5 [[0, 1, 2, 3, 4]] output_shape [1, 2, 4, 8, 8] : tensor<512xf32> into tensor<1x2x4x8x8xf32>
    %expanded_7 = tensor.expand_shape %arg3 [[0], [1, 2], [3], [4]] output_shape [1, 1, 4, 8, 8] : tensor<1x4x8x8xf32> into tensor<1x1x4x8x8xf32>
    %11 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %12 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_7 : tensor<1x1x4x8x8xf32>) outs(%11 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %13 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %14 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_6, %12 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%13 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_14: f32, %out: f32):
      %44 = arith.addf %in, %in_14 : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8x8xf32>
    %collapsed_8 = tensor.collapse_shape %1 [[0, 1, 2, 3, 4]] : tensor<2x1x1x8x8xi1> into tensor<128xi1>
    %expanded_9 = tensor.expand_shape %collapsed_8 [[0, 1, 2, 3, 4]] output_shape [1, 2, 1, 8, 8] : tensor<128xi1> into tensor<1x2x1x8x8xi1>
    %15 = tensor.empty() : tensor<1x2x4x8x8xi1>
    %16 = linalg.generic {indexing_maps = [#map6, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_9 : tensor<1x2x1x8x8xi1>) outs(%15 : tensor<1x2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<1x2x4x8x8xi1>
    %17 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %18 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%16, %14 : tensor<1x2x4x8x8xi1>, tensor<1x2x4x8x8xf32>) outs(%17 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_14: f32, %out: f32):
      %44 = arith.select %in, %in_14, %cst_0 : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8x8xf32>
    %19 = tensor.empty() : tensor<1x2x4x8xf32>
    %20 = linalg.fill ins(%cst : f32) outs(%19 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %21 = linalg.generic {indexing_maps = [#map1, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%18 : tensor<1x2x4x8x8xf32>) outs(%20 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %44 = arith.maximumf %out, %in : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8xf32>
    %22 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %23 = linalg.generic {indexing_maps = [#map7, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%21 : tensor<1x2x4x8xf32>) outs(%22 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %24 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%18, %23 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%24 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_14: f32, %out: f32):
      %44 = arith.subf %in, %in_14 : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8x8xf32>
    %26 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %27 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%25 : tensor<1x2x4x8x8xf32>) outs(%26 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %44 = math.exp %in : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8x8xf32>
    %28 = tensor.empty() : tensor<1x2x4x8xf32>
    %29 = linalg.fill ins(%cst_2 : f32) outs(%28 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%27 : tensor<1x2x4x8x8xf32>) outs(%29 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %44 = arith.addf %out, %in : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8xf32>
    %31 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %32 = linalg.generic {indexing_maps = [#map7, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%30 : tensor<1x2x4x8xf32>) outs(%31 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %33 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%27, %32 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%33 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_14: f32, %out: f32):
      %44 = arith.divf %in, %in_14 : f32
      linalg.yield %44 : f32
    } -> tensor<1x2x4x8x8xf32>
    %35 = tensor.empty() : tensor<2x4x4x8xf32>
    %36 = linalg.generic {indexing_maps = [#map3, #map4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%35 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %37 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %38 = linalg.generic {indexing_maps = [#map8, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%34 : tensor<1x2x4x8x8xf32>) outs(%37 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x1x8xf32>
    %collapsed_10 = tensor.collapse_shape %36 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_11 = tensor.collapse_shape %38 [[0, 1], [2], [3, 4]] : tensor<2x4x8x1x8xf32> into tensor<8x8x8xf32>
    %39 = tensor.empty() : tensor<8x4x8xf32>
    %40 = linalg.fill ins(%cst_2 : f32) outs(%39 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %41 = linalg.batch_matmul ins(%collapsed_10, %collapsed_11 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%40 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_12 = tensor.expand_shape %41 [[0, 1], [2], [3, 4]] output_shape [2, 4, 4, 1, 8] : tensor<8x4x8xf32> into tensor<2x4x4x1x8xf32>
    %42 = tensor.empty() : tensor<1x2x8x4x4xf32>
    %43 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12 : tensor<2x4x4x1x8xf32>) outs(%42 : tensor<1x2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x8x4x4xf32>
    %collapsed_13 = tensor.collapse_shape %43 [[0, 1], [2], [3], [4]] : tensor<1x2x8x4x4xf32> into tensor<2x8x4x4xf32>
    return %collapsed_13 : tensor<2x8x4x4xf32>
  }
}
