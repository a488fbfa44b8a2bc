// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// The same in bf16 with a causal mask at finfo.min and the softmax in f32.
// Exported from JAX 0.10.2 as StableHLO, lowered to linalg by IREE 3.13.0
// (--compile-to=input); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @jax_einsum_bf16_causal(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x8x4x4xbf16>)
// CHECK-SAME: key(%[[K]] : tensor<2x8x4x4xbf16>)
// CHECK-SAME: value(%[[V]] : tensor<2x8x4x4xbf16>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x4x4xbf16>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e -> b m h e) -> tensor<2x8x4x4xbf16>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3, d2)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>
module @jit_einsum_bf {
  func.func @jax_einsum_bf16_causal(%arg0: tensor<2x8x4x4xbf16>, %arg1: tensor<2x8x4x4xbf16>, %arg2: tensor<2x8x4x4xbf16>) -> tensor<2x8x4x4xbf16> {
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant -3.389530e+38 : bf16
    %cst_2 = arith.constant 5.000000e-01 : bf16
    %cst_3 = arith.constant 0.000000e+00 : bf16
    %0 = tensor.empty() : tensor<2x4x8x4xbf16>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<2x8x4x4xbf16>) outs(%0 : tensor<2x4x8x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x4x8x4xbf16>
    %2 = tensor.empty() : tensor<2x4x4x8xbf16>
    %3 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xbf16>) outs(%2 : tensor<2x4x4x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x4x4x8xbf16>
    %collapsed = tensor.collapse_shape %1 [[0, 1], [2], [3]] : tensor<2x4x8x4xbf16> into tensor<8x8x4xbf16>
    %collapsed_4 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x4x4x8xbf16> into tensor<8x4x8xbf16>
    %4 = tensor.empty() : tensor<8x8x8xbf16>
    %5 = linalg.fill ins(%cst_3 : bf16) outs(%4 : tensor<8x8x8xbf16>) -> tensor<8x8x8xbf16>
    %6 = linalg.batch_matmul ins(%collapsed, %collapsed_4 : tensor<8x8x4xbf16>, tensor<8x4x8xbf16>) outs(%5 : tensor<8x8x8xbf16>) -> tensor<8x8x8xbf16>
    %expanded = tensor.expand_shape %6 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xbf16> into tensor<2x4x8x8xbf16>
    %7 = tensor.empty() : tensor<2x4x8x8xbf16>
    %8 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x4x8x8xbf16>) outs(%7 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      %48 = arith.mulf %in, %cst_2 : bf16
      linalg.yield %48 : bf16
    } -> tensor<2x4x8x8xbf16>
    %9 = tensor.empty() : tensor<8x8xi32>
    %10 = linalg.generic {indexing_maps = [#map3], iterator_types = ["parallel", "parallel"]} outs(%9 : tensor<8x8xi32>) {
    ^bb0(%out: i32):
      %48 = linalg.index 0 : index
      %49 = arith.index_cast %48 : index to i32
      linalg.yield %49 : i32
    } -> tensor<8x8xi32>
    %11 = tensor.empty() : tensor<8x8xi32>
    %12 = linalg.generic {indexing_maps = [#map3], iterator_types = ["parallel", "parallel"]} outs(%11 : tensor<8x8xi32>) {
    ^bb0(%out: i32):
      %48 = linalg.index 1 : index
      %49 = arith.index_cast %48 : index to i32
      linalg.yield %49 : i32
    } -> tensor<8x8xi32>
    %13 = tensor.empty() : tensor<8x8xi1>
    %14 = linalg.generic {indexing_maps = [#map3, #map3, #map3], iterator_types = ["parallel", "parallel"]} ins(%10, %12 : tensor<8x8xi32>, tensor<8x8xi32>) outs(%13 : tensor<8x8xi1>) {
    ^bb0(%in: i32, %in_8: i32, %out: i1):
      %48 = arith.cmpi sge, %in, %in_8 : i32
      linalg.yield %48 : i1
    } -> tensor<8x8xi1>
    %15 = tensor.empty() : tensor<2x4x8x8xi1>
    %16 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14 : tensor<8x8xi1>) outs(%15 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x4x8x8xi1>
    %17 = tensor.empty() : tensor<2x4x8x8xbf16>
    %18 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%16, %8 : tensor<2x4x8x8xi1>, tensor<2x4x8x8xbf16>) outs(%17 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: i1, %in_8: bf16, %out: bf16):
      %48 = arith.select %in, %in_8, %cst_1 : bf16
      linalg.yield %48 : bf16
    } -> tensor<2x4x8x8xbf16>
    %19 = tensor.empty() : tensor<2x4x8x8xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%18 : tensor<2x4x8x8xbf16>) outs(%19 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: bf16, %out: f32):
      %48 = arith.extf %in : bf16 to f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8x8xf32>
    %21 = tensor.empty() : tensor<2x4x8xf32>
    %22 = linalg.fill ins(%cst_0 : f32) outs(%21 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map5], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%20 : tensor<2x4x8x8xf32>) outs(%22 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %48 = arith.maximumf %out, %in : f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8xf32>
    %24 = tensor.empty() : tensor<2x4x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%23 : tensor<2x4x8xf32>) outs(%24 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %26 = tensor.empty() : tensor<2x4x8x8xf32>
    %27 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%20, %25 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%26 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %48 = arith.subf %in, %in_8 : f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8x8xf32>
    %28 = tensor.empty() : tensor<2x4x8x8xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%27 : tensor<2x4x8x8xf32>) outs(%28 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %48 = math.exp %in : f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8x8xf32>
    %30 = tensor.empty() : tensor<2x4x8xf32>
    %31 = linalg.fill ins(%cst : f32) outs(%30 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %32 = linalg.generic {indexing_maps = [#map1, #map5], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%29 : tensor<2x4x8x8xf32>) outs(%31 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %48 = arith.addf %out, %in : f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8xf32>
    %33 = tensor.empty() : tensor<2x4x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%32 : tensor<2x4x8xf32>) outs(%33 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %35 = tensor.empty() : tensor<2x4x8x8xf32>
    %36 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%29, %34 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%35 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %48 = arith.divf %in, %in_8 : f32
      linalg.yield %48 : f32
    } -> tensor<2x4x8x8xf32>
    %37 = tensor.empty() : tensor<2x4x8x8xbf16>
    %38 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%36 : tensor<2x4x8x8xf32>) outs(%37 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: f32, %out: bf16):
      %48 = arith.truncf %in : f32 to bf16
      linalg.yield %48 : bf16
    } -> tensor<2x4x8x8xbf16>
    %39 = tensor.empty() : tensor<2x4x4x8xbf16>
    %40 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xbf16>) outs(%39 : tensor<2x4x4x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x4x4x8xbf16>
    %41 = tensor.empty() : tensor<2x4x8x8xbf16>
    %42 = linalg.generic {indexing_maps = [#map6, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%38 : tensor<2x4x8x8xbf16>) outs(%41 : tensor<2x4x8x8xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x4x8x8xbf16>
    %collapsed_5 = tensor.collapse_shape %40 [[0, 1], [2], [3]] : tensor<2x4x4x8xbf16> into tensor<8x4x8xbf16>
    %collapsed_6 = tensor.collapse_shape %42 [[0, 1], [2], [3]] : tensor<2x4x8x8xbf16> into tensor<8x8x8xbf16>
    %43 = tensor.empty() : tensor<8x4x8xbf16>
    %44 = linalg.fill ins(%cst_3 : bf16) outs(%43 : tensor<8x4x8xbf16>) -> tensor<8x4x8xbf16>
    %45 = linalg.batch_matmul ins(%collapsed_5, %collapsed_6 : tensor<8x4x8xbf16>, tensor<8x8x8xbf16>) outs(%44 : tensor<8x4x8xbf16>) -> tensor<8x4x8xbf16>
    %expanded_7 = tensor.expand_shape %45 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xbf16> into tensor<2x4x4x8xbf16>
    %46 = tensor.empty() : tensor<2x8x4x4xbf16>
    %47 = linalg.generic {indexing_maps = [#map7, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_7 : tensor<2x4x4x8xbf16>) outs(%46 : tensor<2x8x4x4xbf16>) {
    ^bb0(%in: bf16, %out: bf16):
      linalg.yield %in : bf16
    } -> tensor<2x8x4x4xbf16>
    return %47 : tensor<2x8x4x4xbf16>
  }
}
