// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s
// RUN: sattn-opt %s --sattn-raise-attention=assume-live-rows | FileCheck %s --check-prefix=LIVE

// flax.linen.dot_product_attention(mask=m): a mask with a finite score stays in
// the score.
// Exported from Flax 0.12.8 (JAX 0.10.2) as StableHLO, lowered to linalg by
// IREE 3.13.0 (--compile-to=input); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @flax_dpa_mask(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%{{[a-z0-9_]+}} : tensor<2x8x8xi1>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: i1):
// CHECK-NEXT: %[[S4:.+]] = arith.constant -3.40282347E+38 : f32
// CHECK-NEXT: %[[S5:.+]] = arith.select %[[S3]], %[[S0]], %[[S4]] : f32
// CHECK-NEXT: sattn.yield %[[S5]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x4x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e, b m n -> b m h e) -> tensor<2x8x4x4xf32>
// CHECK-NOT: math.exp
// CHECK: return

// With the promise that each row keeps a key the mask drops pairs.
// LIVE-LABEL: func.func @flax_dpa_mask(
// LIVE: sattn.attention {{.*}} scale 0.5 mask(%{{[a-z0-9_]+}} : tensor<2x8x8xi1>)
#map = affine_map<() -> ()>
#map1 = affine_map<(d0, d1, d2, d3) -> ()>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3, d2)>
#map8 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>
module @jit__lambda {
  func.func @flax_dpa_mask(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>, %arg3: tensor<2x1x8x8xi1>) -> tensor<2x8x4x4xf32> {
    %cst = arith.constant 2.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant -3.40282347E+38 : f32
    %cst_2 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<f32>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = []} outs(%0 : tensor<f32>) {
    ^bb0(%out: f32):
      linalg.yield %cst : f32
    } -> tensor<f32>
    %2 = tensor.empty() : tensor<2x8x4x4xf32>
    %3 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<f32>) outs(%2 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %4 = tensor.empty() : tensor<2x8x4x4xf32>
    %5 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0, %3 : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>) outs(%4 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %42 = arith.divf %in, %in_7 : f32
      linalg.yield %42 : f32
    } -> tensor<2x8x4x4xf32>
    %6 = tensor.empty() : tensor<2x4x8x4xf32>
    %7 = linalg.generic {indexing_maps = [#map3, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%5 : tensor<2x8x4x4xf32>) outs(%6 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %8 = tensor.empty() : tensor<2x4x4x8xf32>
    %9 = linalg.generic {indexing_maps = [#map4, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%8 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed = tensor.collapse_shape %7 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %9 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %10 = tensor.empty() : tensor<8x8x8xf32>
    %11 = linalg.fill ins(%cst_2 : f32) outs(%10 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %12 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%11 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded = tensor.expand_shape %12 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %13 = tensor.empty() : tensor<2x4x8x8xi1>
    %14 = linalg.generic {indexing_maps = [#map5, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg3 : tensor<2x1x8x8xi1>) outs(%13 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x4x8x8xi1>
    %15 = tensor.empty() : tensor<2x4x8x8xf32>
    %16 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14, %expanded : tensor<2x4x8x8xi1>, tensor<2x4x8x8xf32>) outs(%15 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_7: f32, %out: f32):
      %42 = arith.select %in, %in_7, %cst_1 : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8x8xf32>
    %17 = tensor.empty() : tensor<2x4x8xf32>
    %18 = linalg.fill ins(%cst_0 : f32) outs(%17 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %19 = linalg.generic {indexing_maps = [#map2, #map6], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%16 : tensor<2x4x8x8xf32>) outs(%18 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %42 = arith.maximumf %out, %in : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8xf32>
    %20 = tensor.empty() : tensor<2x4x8x8xf32>
    %21 = linalg.generic {indexing_maps = [#map6, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%19 : tensor<2x4x8xf32>) outs(%20 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %22 = tensor.empty() : tensor<2x4x8x8xf32>
    %23 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%16, %21 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%22 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %42 = arith.subf %in, %in_7 : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8x8xf32>
    %24 = tensor.empty() : tensor<2x4x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%23 : tensor<2x4x8x8xf32>) outs(%24 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %42 = math.exp %in : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8x8xf32>
    %26 = tensor.empty() : tensor<2x4x8xf32>
    %27 = linalg.fill ins(%cst_2 : f32) outs(%26 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %28 = linalg.generic {indexing_maps = [#map2, #map6], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%25 : tensor<2x4x8x8xf32>) outs(%27 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %42 = arith.addf %out, %in : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8xf32>
    %29 = tensor.empty() : tensor<2x4x8x8xf32>
    %30 = linalg.generic {indexing_maps = [#map6, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28 : tensor<2x4x8xf32>) outs(%29 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %31 = tensor.empty() : tensor<2x4x8x8xf32>
    %32 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%25, %30 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%31 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_7: f32, %out: f32):
      %42 = arith.divf %in, %in_7 : f32
      linalg.yield %42 : f32
    } -> tensor<2x4x8x8xf32>
    %33 = tensor.empty() : tensor<2x4x4x8xf32>
    %34 = linalg.generic {indexing_maps = [#map4, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%33 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %35 = tensor.empty() : tensor<2x4x8x8xf32>
    %36 = linalg.generic {indexing_maps = [#map7, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%32 : tensor<2x4x8x8xf32>) outs(%35 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_4 = tensor.collapse_shape %34 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_5 = tensor.collapse_shape %36 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %37 = tensor.empty() : tensor<8x4x8xf32>
    %38 = linalg.fill ins(%cst_2 : f32) outs(%37 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %39 = linalg.batch_matmul ins(%collapsed_4, %collapsed_5 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%38 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_6 = tensor.expand_shape %39 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xf32> into tensor<2x4x4x8xf32>
    %40 = tensor.empty() : tensor<2x8x4x4xf32>
    %41 = linalg.generic {indexing_maps = [#map8, #map2], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_6 : tensor<2x4x4x8xf32>) outs(%40 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    return %41 : tensor<2x8x4x4xf32>
  }
}
