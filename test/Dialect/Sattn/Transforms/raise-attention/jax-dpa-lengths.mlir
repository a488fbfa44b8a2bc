// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// jax.nn.dot_product_attention(query_seq_lengths, key_value_seq_lengths).
// Exported from JAX 0.10.2 as StableHLO, lowered to linalg by IREE 3.13.0
// (--compile-to=input); printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @jax_dpa_lengths(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x8x4x4xf32>)
// CHECK-SAME: scale 0.5
// CHECK-SAME: score(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<2x8xi1>, tensor<2x8xi1>) {
// CHECK-NEXT: ^bb0(%[[S0:[a-z0-9]+]]: f32, %[[S1:[a-z0-9]+]]: index, %[[S2:[a-z0-9]+]]: index, %[[S3:[a-z0-9]+]]: i1, %[[S4:[a-z0-9]+]]: i1):
// CHECK-NEXT: %[[S5:.+]] = arith.andi %[[S3]], %[[S4]] : i1
// CHECK-NEXT: %[[S6:.+]] = arith.constant -2.38197633E+38 : f32
// CHECK-NEXT: %[[S7:.+]] = arith.select %[[S5]], %[[S0]], %[[S6]] : f32
// CHECK-NEXT: sattn.yield %[[S7]] : f32
// CHECK-NEXT: } outs(%{{[a-z0-9_]+}} : tensor<2x8x4x4xf32>)
// CHECK-SAME: dims(b m h r, b n h r, b n h e, b m, b n -> b m h e) -> tensor<2x8x4x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d1, d3, d4)>
#map1 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map4 = affine_map<(d0) -> (d0)>
#map5 = affine_map<(d0, d1, d2) -> (d1)>
#map6 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map7 = affine_map<(d0, d1, d2) -> (d0)>
#map8 = affine_map<(d0, d1, d2) -> (d2)>
#map9 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#map10 = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#map12 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d3, d4)>
#map13 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
#map14 = affine_map<(d0, d1, d2, d3, d4) -> (d3, d0, d1, d4, d2)>
#map15 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d3, d4, d0, d2)>
#map16 = affine_map<(d0, d1) -> (d1)>
#map17 = affine_map<(d0, d1) -> (d0, d1)>
#map18 = affine_map<(d0, d1) -> (d0)>
#map19 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, 0, 0)>
module @jit__lambda {
  func.func @jax_dpa_lengths(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>, %arg3: tensor<2xi32>, %arg4: tensor<2xi32>) -> tensor<2x8x4x4xf32> {
    %cst = arith.constant 0xFF800000 : f32
    %cst_0 = arith.constant -2.38197633E+38 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %cst_2 = arith.constant 0.000000e+00 : f32
    %expanded = tensor.expand_shape %arg0 [[0], [1], [2], [3, 4]] output_shape [2, 8, 4, 1, 4] : tensor<2x8x4x4xf32> into tensor<2x8x4x1x4xf32>
    %0 = tensor.empty() : tensor<2x4x8x1x4xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x8x4x1x4xf32>) outs(%0 : tensor<2x4x8x1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x1x4xf32>
    %2 = tensor.empty() : tensor<2x4x4x8xf32>
    %3 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%2 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed = tensor.collapse_shape %1 [[0, 1], [2], [3, 4]] : tensor<2x4x8x1x4xf32> into tensor<8x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %4 = tensor.empty() : tensor<8x8x8xf32>
    %5 = linalg.fill ins(%cst_2 : f32) outs(%4 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %6 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%5 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_4 = tensor.expand_shape %6 [[0, 1], [2], [3, 4]] output_shape [2, 4, 8, 1, 8] : tensor<8x8x8xf32> into tensor<2x4x8x1x8xf32>
    %7 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %8 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_4 : tensor<2x4x8x1x8xf32>) outs(%7 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.mulf %in, %cst_1 : f32
      linalg.yield %72 : f32
    } -> tensor<2x4x8x1x8xf32>
    %9 = tensor.empty() : tensor<8xi32>
    %10 = linalg.generic {indexing_maps = [#map4], iterator_types = ["parallel"]} outs(%9 : tensor<8xi32>) {
    ^bb0(%out: i32):
      %72 = linalg.index 0 : index
      %73 = arith.index_cast %72 : index to i32
      linalg.yield %73 : i32
    } -> tensor<8xi32>
    %11 = tensor.empty() : tensor<2x8x1xi32>
    %12 = linalg.generic {indexing_maps = [#map5, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%10 : tensor<8xi32>) outs(%11 : tensor<2x8x1xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8x1xi32>
    %13 = tensor.empty() : tensor<2x8x1xi32>
    %14 = linalg.generic {indexing_maps = [#map7, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg3 : tensor<2xi32>) outs(%13 : tensor<2x8x1xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8x1xi32>
    %15 = tensor.empty() : tensor<2x8x1xi1>
    %16 = linalg.generic {indexing_maps = [#map6, #map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%12, %14 : tensor<2x8x1xi32>, tensor<2x8x1xi32>) outs(%15 : tensor<2x8x1xi1>) {
    ^bb0(%in: i32, %in_12: i32, %out: i1):
      %72 = arith.cmpi slt, %in, %in_12 : i32
      linalg.yield %72 : i1
    } -> tensor<2x8x1xi1>
    %17 = tensor.empty() : tensor<2x1x8xi32>
    %18 = linalg.generic {indexing_maps = [#map8, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%10 : tensor<8xi32>) outs(%17 : tensor<2x1x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x1x8xi32>
    %19 = tensor.empty() : tensor<2x1x8xi32>
    %20 = linalg.generic {indexing_maps = [#map7, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg4 : tensor<2xi32>) outs(%19 : tensor<2x1x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x1x8xi32>
    %21 = tensor.empty() : tensor<2x1x8xi1>
    %22 = linalg.generic {indexing_maps = [#map6, #map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%18, %20 : tensor<2x1x8xi32>, tensor<2x1x8xi32>) outs(%21 : tensor<2x1x8xi1>) {
    ^bb0(%in: i32, %in_12: i32, %out: i1):
      %72 = arith.cmpi slt, %in, %in_12 : i32
      linalg.yield %72 : i1
    } -> tensor<2x1x8xi1>
    %23 = tensor.empty() : tensor<2x8x8xi1>
    %24 = linalg.generic {indexing_maps = [#map9, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%16 : tensor<2x8x1xi1>) outs(%23 : tensor<2x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x8x8xi1>
    %25 = tensor.empty() : tensor<2x8x8xi1>
    %26 = linalg.generic {indexing_maps = [#map10, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%22 : tensor<2x1x8xi1>) outs(%25 : tensor<2x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x8x8xi1>
    %27 = tensor.empty() : tensor<2x8x8xi1>
    %28 = linalg.generic {indexing_maps = [#map6, #map6, #map6], iterator_types = ["parallel", "parallel", "parallel"]} ins(%24, %26 : tensor<2x8x8xi1>, tensor<2x8x8xi1>) outs(%27 : tensor<2x8x8xi1>) {
    ^bb0(%in: i1, %in_12: i1, %out: i1):
      %72 = arith.andi %in, %in_12 : i1
      linalg.yield %72 : i1
    } -> tensor<2x8x8xi1>
    %29 = tensor.empty() : tensor<2x4x8x8xi1>
    %30 = linalg.generic {indexing_maps = [#map11, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28 : tensor<2x8x8xi1>) outs(%29 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x4x8x8xi1>
    %31 = tensor.empty() : tensor<1x2x4x8x8xi1>
    %32 = linalg.generic {indexing_maps = [#map12, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%30 : tensor<2x4x8x8xi1>) outs(%31 : tensor<1x2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<1x2x4x8x8xi1>
    %collapsed_5 = tensor.collapse_shape %8 [[0, 1, 2, 3, 4]] : tensor<2x4x8x1x8xf32> into tensor<512xf32>
    %expanded_6 = tensor.expand_shape %collapsed_5 [[0, 1, 2, 3, 4]] output_shape [1, 2, 4, 8, 8] : tensor<512xf32> into tensor<1x2x4x8x8xf32>
    %33 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%32, %expanded_6 : tensor<1x2x4x8x8xi1>, tensor<1x2x4x8x8xf32>) outs(%33 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_12: f32, %out: f32):
      %72 = arith.select %in, %in_12, %cst_0 : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8x8xf32>
    %35 = tensor.empty() : tensor<1x2x4x8xf32>
    %36 = linalg.fill ins(%cst : f32) outs(%35 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %37 = linalg.generic {indexing_maps = [#map1, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%34 : tensor<1x2x4x8x8xf32>) outs(%36 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.maximumf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8xf32>
    %38 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %39 = linalg.generic {indexing_maps = [#map13, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%37 : tensor<1x2x4x8xf32>) outs(%38 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %40 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %41 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%34, %39 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%40 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %72 = arith.subf %in, %in_12 : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8x8xf32>
    %42 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %43 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%41 : tensor<1x2x4x8x8xf32>) outs(%42 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = math.exp %in : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8x8xf32>
    %44 = tensor.empty() : tensor<1x2x4x8xf32>
    %45 = linalg.fill ins(%cst_2 : f32) outs(%44 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %46 = linalg.generic {indexing_maps = [#map1, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%43 : tensor<1x2x4x8x8xf32>) outs(%45 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8xf32>
    %47 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %48 = linalg.generic {indexing_maps = [#map13, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%46 : tensor<1x2x4x8xf32>) outs(%47 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %49 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %50 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%43, %48 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%49 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %72 = arith.divf %in, %in_12 : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x4x8x8xf32>
    %51 = tensor.empty() : tensor<2x4x4x8xf32>
    %52 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%51 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %53 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %54 = linalg.generic {indexing_maps = [#map14, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%50 : tensor<1x2x4x8x8xf32>) outs(%53 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x1x8xf32>
    %collapsed_7 = tensor.collapse_shape %52 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_8 = tensor.collapse_shape %54 [[0, 1], [2], [3, 4]] : tensor<2x4x8x1x8xf32> into tensor<8x8x8xf32>
    %55 = tensor.empty() : tensor<8x4x8xf32>
    %56 = linalg.fill ins(%cst_2 : f32) outs(%55 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %57 = linalg.batch_matmul ins(%collapsed_7, %collapsed_8 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%56 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_9 = tensor.expand_shape %57 [[0, 1], [2], [3, 4]] output_shape [2, 4, 4, 1, 8] : tensor<8x4x8xf32> into tensor<2x4x4x1x8xf32>
    %58 = tensor.empty() : tensor<1x2x8x4x4xf32>
    %59 = linalg.generic {indexing_maps = [#map15, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_9 : tensor<2x4x4x1x8xf32>) outs(%58 : tensor<1x2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x8x4x4xf32>
    %60 = tensor.empty() : tensor<2x8xi32>
    %61 = linalg.generic {indexing_maps = [#map16, #map17], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<8xi32>) outs(%60 : tensor<2x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8xi32>
    %62 = tensor.empty() : tensor<2x8xi32>
    %63 = linalg.generic {indexing_maps = [#map18, #map17], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<2xi32>) outs(%62 : tensor<2x8xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<2x8xi32>
    %64 = tensor.empty() : tensor<2x8xi1>
    %65 = linalg.generic {indexing_maps = [#map17, #map17, #map17], iterator_types = ["parallel", "parallel"]} ins(%61, %63 : tensor<2x8xi32>, tensor<2x8xi32>) outs(%64 : tensor<2x8xi1>) {
    ^bb0(%in: i32, %in_12: i32, %out: i1):
      %72 = arith.cmpi slt, %in, %in_12 : i32
      linalg.yield %72 : i1
    } -> tensor<2x8xi1>
    %66 = tensor.empty() : tensor<2x8xf32>
    %67 = linalg.generic {indexing_maps = [#map17, #map17], iterator_types = ["parallel", "parallel"]} ins(%65 : tensor<2x8xi1>) outs(%66 : tensor<2x8xf32>) {
    ^bb0(%in: i1, %out: f32):
      %72 = arith.uitofp %in : i1 to f32
      linalg.yield %72 : f32
    } -> tensor<2x8xf32>
    %expanded_10 = tensor.expand_shape %67 [[0], [1, 2, 3]] output_shape [2, 8, 1, 1] : tensor<2x8xf32> into tensor<2x8x1x1xf32>
    %68 = tensor.empty() : tensor<1x2x8x4x4xf32>
    %69 = linalg.generic {indexing_maps = [#map19, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_10 : tensor<2x8x1x1xf32>) outs(%68 : tensor<1x2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x8x4x4xf32>
    %70 = tensor.empty() : tensor<1x2x8x4x4xf32>
    %71 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%59, %69 : tensor<1x2x8x4x4xf32>, tensor<1x2x8x4x4xf32>) outs(%70 : tensor<1x2x8x4x4xf32>) {
    ^bb0(%in: f32, %in_12: f32, %out: f32):
      %72 = arith.mulf %in, %in_12 : f32
      linalg.yield %72 : f32
    } -> tensor<1x2x8x4x4xf32>
    %collapsed_11 = tensor.collapse_shape %71 [[0, 1], [2], [3], [4]] : tensor<1x2x8x4x4xf32> into tensor<2x8x4x4xf32>
    return %collapsed_11 : tensor<2x8x4x4xf32>
  }
}
