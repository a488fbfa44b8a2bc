// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// flax.linen.dot_product_attention(mask=make_causal_mask(x)).
// Exported from Flax 0.12.8 (JAX 0.10.2) as StableHLO, lowered to linalg by
// IREE 3.13.0 (--compile-to=input); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @flax_dpa_causal(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<2x8x4x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e -> b m h e) -> tensor<2x8x4x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0, d1, d2) -> (d1)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map3 = affine_map<(d0, d1, d2) -> (d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map6 = affine_map<() -> ()>
#map7 = affine_map<(d0, d1, d2, d3) -> ()>
#map8 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map12 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3, d2)>
#map13 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>
module @jit__lambda {
  func.func @flax_dpa_causal(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>) -> tensor<2x8x4x4xf32> {
    %cst = arith.constant 2.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant -3.40282347E+38 : f32
    %cst_2 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<8xi32>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%0 : tensor<8xi32>) {
    ^bb0(%out: i32):
      %56 = linalg.index 0 : index
      %57 = arith.index_cast %56 : index to i32
      linalg.yield %57 : i32
    } -> tensor<8xi32>
    %2 = tensor.empty() : tensor<2x8x8xi32>
    %3 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1 : tensor<8xi32>) outs(%2 : tensor<2x8x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8x8xi32>
    %4 = tensor.empty() : tensor<2x8x8xi32>
    %5 = linalg.generic {indexing_maps = [#map3, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1 : tensor<8xi32>) outs(%4 : tensor<2x8x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8x8xi32>
    %6 = tensor.empty() : tensor<2x8x8xi1>
    %7 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%3, %5 : tensor<2x8x8xi32>, tensor<2x8x8xi32>) outs(%6 : tensor<2x8x8xi1>) {
    ^bb0(%in: i32, %in_7: i32, %out: i1):
      %56 = arith.cmpi sge, %in, %in_7 : i32
      linalg.yield %56 : i1
    } -> tensor<2x8x8xi1>
    %8 = tensor.empty() : tensor<2x8x8xf32>
    %9 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%7 : tensor<2x8x8xi1>) outs(%8 : tensor<2x8x8xf32>) {
    ^bb0(%in: i1, %out: f32):
      %56 = arith.uitofp %in : i1 to f32
      linalg.yield %56 : f32
    } -> tensor<2x8x8xf32>
    %10 = tensor.empty() : tensor<2x1x8x8xf32>
    %11 = linalg.generic {indexing_maps = [#map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%9 : tensor<2x8x8xf32>) outs(%10 : tensor<2x1x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x1x8x8xf32>
    %12 = tensor.empty() : tensor<f32>
    %13 = linalg.generic {indexing_maps = [#map6], iterator_types = []} outs(%12 : tensor<f32>) {
    ^bb0(%out: f32):
      linalg.yield %cst : f32
    } -> tensor<f32>
    %14 = tensor.empty() : tensor<2x8x4x4xf32>
    %15 = linalg.generic {indexing_maps = [#map7, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13 : tensor<f32>) outs(%14 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %16 = tensor.empty() : tensor<2x8x4x4xf32>
    %17 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0, %15 : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>) outs(%16 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %56 = arith.divf %in, %in_7 : f32
      linalg.yield %56 : f32
    } -> tensor<2x8x4x4xf32>
    %18 = tensor.empty() : tensor<2x4x8x4xf32>
    %19 = linalg.generic {indexing_maps = [#map8, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%17 : tensor<2x8x4x4xf32>) outs(%18 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %20 = tensor.empty() : tensor<2x4x4x8xf32>
    %21 = linalg.generic {indexing_maps = [#map9, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%20 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed = tensor.collapse_shape %19 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %21 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %22 = tensor.empty() : tensor<8x8x8xf32>
    %23 = linalg.fill ins(%cst_2 : f32) outs(%22 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %24 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%23 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded = tensor.expand_shape %24 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %25 = tensor.empty() : tensor<2x1x8x8xi1>
    %26 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%11 : tensor<2x1x8x8xf32>) outs(%25 : tensor<2x1x8x8xi1>) {
    ^bb0(%in: f32, %out: i1):
      %56 = arith.cmpf une, %in, %cst_2 : f32
      linalg.yield %56 : i1
    } -> tensor<2x1x8x8xi1>
    %27 = tensor.empty() : tensor<2x4x8x8xi1>
    %28 = linalg.generic {indexing_maps = [#map10, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%26 : tensor<2x1x8x8xi1>) outs(%27 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x4x8x8xi1>
    %29 = tensor.empty() : tensor<2x4x8x8xf32>
    %30 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28, %expanded : tensor<2x4x8x8xi1>, tensor<2x4x8x8xf32>) outs(%29 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_7: f32, %out: f32):
      %56 = arith.select %in, %in_7, %cst_1 : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8x8xf32>
    %31 = tensor.empty() : tensor<2x4x8xf32>
    %32 = linalg.fill ins(%cst_0 : f32) outs(%31 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %33 = linalg.generic {indexing_maps = [#map5, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%30 : tensor<2x4x8x8xf32>) outs(%32 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %56 = arith.maximumf %out, %in : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8xf32>
    %34 = tensor.empty() : tensor<2x4x8x8xf32>
    %35 = linalg.generic {indexing_maps = [#map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%33 : tensor<2x4x8xf32>) outs(%34 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %36 = tensor.empty() : tensor<2x4x8x8xf32>
    %37 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%30, %35 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%36 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %56 = arith.subf %in, %in_7 : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8x8xf32>
    %38 = tensor.empty() : tensor<2x4x8x8xf32>
    %39 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%37 : tensor<2x4x8x8xf32>) outs(%38 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %56 = math.exp %in : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8x8xf32>
    %40 = tensor.empty() : tensor<2x4x8xf32>
    %41 = linalg.fill ins(%cst_2 : f32) outs(%40 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %42 = linalg.generic {indexing_maps = [#map5, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%39 : tensor<2x4x8x8xf32>) outs(%41 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %56 = arith.addf %out, %in : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8xf32>
    %43 = tensor.empty() : tensor<2x4x8x8xf32>
    %44 = linalg.generic {indexing_maps = [#map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%42 : tensor<2x4x8xf32>) outs(%43 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %45 = tensor.empty() : tensor<2x4x8x8xf32>
    %46 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%39, %44 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%45 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %56 = arith.divf %in, %in_7 : f32
      linalg.yield %56 : f32
    } -> tensor<2x4x8x8xf32>
    %47 = tensor.empty() : tensor<2x4x4x8xf32>
    %48 = linalg.generic {indexing_maps = [#map9, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%47 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %49 = tensor.empty() : tensor<2x4x8x8xf32>
    %50 = linalg.generic {indexing_maps = [#map12, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%46 : tensor<2x4x8x8xf32>) outs(%49 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_4 = tensor.collapse_shape %48 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_5 = tensor.collapse_shape %50 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %51 = tensor.empty() : tensor<8x4x8xf32>
    %52 = linalg.fill ins(%cst_2 : f32) outs(%51 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %53 = linalg.batch_matmul ins(%collapsed_4, %collapsed_5 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%52 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_6 = tensor.expand_shape %53 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xf32> into tensor<2x4x4x8xf32>
    %54 = tensor.empty() : tensor<2x8x4x4xf32>
    %55 = linalg.generic {indexing_maps = [#map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_6 : tensor<2x4x4x8xf32>) outs(%54 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    return %55 : tensor<2x8x4x4xf32>
  }
}
