// RUN: sattn-opt %s --sattn-raise-attention -o %t.after 2>&1 | FileCheck %s
// RUN: sattn-opt %s -o %t.before
// RUN: diff %t.before %t.after

// Gradients of attention: the backward graph is left alone.
// Exported from JAX 0.10.2 as StableHLO, lowered to linalg by IREE 3.13.0
// (--compile-to=input); printed by mlir-opt 22.1.

// CHECK: remark: [sattn-raise-attention] not raised: the weights are not a quotient of an exponential and its row sum
// CHECK: remark: [sattn-raise-attention] not raised: the weights are not a quotient of an exponential and its row sum
// CHECK-NOT: remark:
#map = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d1, d3, d4)>
#map1 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map4 = affine_map<(d0, d1) -> (d0, d1)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map6 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d3, d4)>
#map7 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
#map8 = affine_map<(d0, d1, d2, d3, d4) -> (d3, d0, d4, d1, d2)>
#map9 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d2, d3)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>
#map11 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, 0)>
#map12 = affine_map<(d0, d1, d2, d3, d4) -> (d3, d0, d1, d2, d4)>
#map13 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2)>
#map14 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d3)>
#map15 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4, d2)>
#map16 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
module @jit__lambda {
  func.func @jax_grad(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>) -> (tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>) {
    %cst = arith.constant 1.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant -2.38197633E+38 : f32
    %cst_2 = arith.constant 5.000000e-01 : f32
    %cst_3 = arith.constant 0.000000e+00 : f32
    %cst_4 = arith.constant dense<1.000000e+00> : tensor<1x2x8x4x4xf32>
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
    %collapsed_5 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %4 = tensor.empty() : tensor<8x8x8xf32>
    %5 = linalg.fill ins(%cst_3 : f32) outs(%4 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %6 = linalg.batch_matmul ins(%collapsed, %collapsed_5 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%5 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_6 = tensor.expand_shape %6 [[0, 1], [2], [3, 4]] output_shape [2, 4, 8, 1, 8] : tensor<8x8x8xf32> into tensor<2x4x8x1x8xf32>
    %7 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %8 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_6 : tensor<2x4x8x1x8xf32>) outs(%7 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.mulf %in, %cst_2 : f32
      linalg.yield %95 : f32
    } -> tensor<2x4x8x1x8xf32>
    %9 = tensor.empty() : tensor<8x8xi32>
    %10 = linalg.generic {indexing_maps = [#map4], iterator_types = ["parallel", "parallel"]} outs(%9 : tensor<8x8xi32>) {
    ^bb0(%out: i32):
      %95 = linalg.index 0 : index
      %96 = arith.index_cast %95 : index to i32
      linalg.yield %96 : i32
    } -> tensor<8x8xi32>
    %11 = tensor.empty() : tensor<8x8xi32>
    %12 = linalg.generic {indexing_maps = [#map4], iterator_types = ["parallel", "parallel"]} outs(%11 : tensor<8x8xi32>) {
    ^bb0(%out: i32):
      %95 = linalg.index 1 : index
      %96 = arith.index_cast %95 : index to i32
      linalg.yield %96 : i32
    } -> tensor<8x8xi32>
    %13 = tensor.empty() : tensor<8x8xi1>
    %14 = linalg.generic {indexing_maps = [#map4, #map4, #map4], iterator_types = ["parallel", "parallel"]} ins(%10, %12 : tensor<8x8xi32>, tensor<8x8xi32>) outs(%13 : tensor<8x8xi1>) {
    ^bb0(%in: i32, %in_25: i32, %out: i1):
      %95 = arith.cmpi sge, %in, %in_25 : i32
      linalg.yield %95 : i1
    } -> tensor<8x8xi1>
    %15 = tensor.empty() : tensor<2x4x8x8xi1>
    %16 = linalg.generic {indexing_maps = [#map5, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%14 : tensor<8x8xi1>) outs(%15 : tensor<2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<2x4x8x8xi1>
    %17 = tensor.empty() : tensor<1x2x4x8x8xi1>
    %18 = linalg.generic {indexing_maps = [#map6, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%16 : tensor<2x4x8x8xi1>) outs(%17 : tensor<1x2x4x8x8xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<1x2x4x8x8xi1>
    %collapsed_7 = tensor.collapse_shape %8 [[0, 1, 2, 3, 4]] : tensor<2x4x8x1x8xf32> into tensor<512xf32>
    %expanded_8 = tensor.expand_shape %collapsed_7 [[0, 1, 2, 3, 4]] output_shape [1, 2, 4, 8, 8] : tensor<512xf32> into tensor<1x2x4x8x8xf32>
    %19 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%18, %expanded_8 : tensor<1x2x4x8x8xi1>, tensor<1x2x4x8x8xf32>) outs(%19 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_25: f32, %out: f32):
      %95 = arith.select %in, %in_25, %cst_1 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %21 = tensor.empty() : tensor<1x2x4x8xf32>
    %22 = linalg.fill ins(%cst_0 : f32) outs(%21 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%20 : tensor<1x2x4x8x8xf32>) outs(%22 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.maximumf %out, %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8xf32>
    %24 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %25 = linalg.generic {indexing_maps = [#map7, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%23 : tensor<1x2x4x8xf32>) outs(%24 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %26 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %27 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%20, %25 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%26 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.subf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %28 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%27 : tensor<1x2x4x8x8xf32>) outs(%28 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = math.exp %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %30 = tensor.empty() : tensor<1x2x4x8xf32>
    %31 = linalg.fill ins(%cst_3 : f32) outs(%30 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %32 = linalg.generic {indexing_maps = [#map1, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%29 : tensor<1x2x4x8x8xf32>) outs(%31 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.addf %out, %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8xf32>
    %expanded_9 = tensor.expand_shape %32 [[0], [1], [2], [3, 4]] output_shape [1, 2, 4, 8, 1] : tensor<1x2x4x8xf32> into tensor<1x2x4x8x1xf32>
    %33 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %34 = linalg.generic {indexing_maps = [#map7, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%32 : tensor<1x2x4x8xf32>) outs(%33 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %35 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %36 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%29, %34 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%35 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.divf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %37 = tensor.empty() : tensor<1x2x4x8x1xf32>
    %38 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_9 : tensor<1x2x4x8x1xf32>) outs(%37 : tensor<1x2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.mulf %in, %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x1xf32>
    %39 = tensor.empty() : tensor<1x2x4x8x1xf32>
    %40 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%38 : tensor<1x2x4x8x1xf32>) outs(%39 : tensor<1x2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.divf %cst, %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x1xf32>
    %41 = tensor.empty() : tensor<2x4x4x1x8xf32>
    %42 = linalg.generic {indexing_maps = [#map8, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%cst_4 : tensor<1x2x8x4x4xf32>) outs(%41 : tensor<2x4x4x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x1x8xf32>
    %43 = tensor.empty() : tensor<2x4x1x8x4xf32>
    %44 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%42 : tensor<2x4x4x1x8xf32>) outs(%43 : tensor<2x4x1x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x1x8x4xf32>
    %45 = tensor.empty() : tensor<2x4x4x8xf32>
    %46 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%45 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed_10 = tensor.collapse_shape %44 [[0, 1], [2, 3], [4]] : tensor<2x4x1x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_11 = tensor.collapse_shape %46 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %47 = tensor.empty() : tensor<8x8x8xf32>
    %48 = linalg.fill ins(%cst_3 : f32) outs(%47 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %49 = linalg.batch_matmul ins(%collapsed_10, %collapsed_11 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%48 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_12 = tensor.expand_shape %49 [[0, 1, 2], [3], [4]] output_shape [1, 2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<1x2x4x8x8xf32>
    %collapsed_13 = tensor.collapse_shape %42 [[0, 1], [2], [3, 4]] : tensor<2x4x4x1x8xf32> into tensor<8x4x8xf32>
    %collapsed_14 = tensor.collapse_shape %36 [[0, 1, 2], [3], [4]] : tensor<1x2x4x8x8xf32> into tensor<8x8x8xf32>
    %50 = tensor.empty() : tensor<8x4x8xf32>
    %51 = linalg.fill ins(%cst_3 : f32) outs(%50 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %52 = linalg.batch_matmul ins(%collapsed_13, %collapsed_14 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%51 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_15 = tensor.expand_shape %52 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xf32> into tensor<2x4x4x8xf32>
    %53 = tensor.empty() : tensor<2x8x4x4xf32>
    %54 = linalg.generic {indexing_maps = [#map10, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_15 : tensor<2x4x4x8xf32>) outs(%53 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %55 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %56 = linalg.generic {indexing_maps = [#map11, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%40 : tensor<1x2x4x8x1xf32>) outs(%55 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %57 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %58 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12, %56 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%57 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.mulf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %59 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %60 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%58, %29 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%59 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.mulf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %61 = tensor.empty() : tensor<1x2x4x8xf32>
    %62 = linalg.fill ins(%cst_3 : f32) outs(%61 : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %63 = linalg.generic {indexing_maps = [#map1, #map7], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%60 : tensor<1x2x4x8x8xf32>) outs(%62 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.addf %out, %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8xf32>
    %64 = tensor.empty() : tensor<1x2x4x8xf32>
    %65 = linalg.generic {indexing_maps = [#map3, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%63 : tensor<1x2x4x8xf32>) outs(%64 : tensor<1x2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.negf %in : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8xf32>
    %expanded_16 = tensor.expand_shape %65 [[0], [1], [2], [3, 4]] output_shape [1, 2, 4, 8, 1] : tensor<1x2x4x8xf32> into tensor<1x2x4x8x1xf32>
    %66 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %67 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12, %34 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%66 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.divf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %68 = tensor.empty() : tensor<2x4x8xf32>
    %69 = linalg.fill ins(%cst_3 : f32) outs(%68 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %70 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]} ins(%expanded_16 : tensor<1x2x4x8x1xf32>) outs(%69 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.addf %out, %in : f32
      linalg.yield %95 : f32
    } -> tensor<2x4x8xf32>
    %71 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %72 = linalg.generic {indexing_maps = [#map14, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%70 : tensor<2x4x8xf32>) outs(%71 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x4x8x8xf32>
    %73 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %74 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%67, %72 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%73 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.addf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %75 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %76 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%74, %29 : tensor<1x2x4x8x8xf32>, tensor<1x2x4x8x8xf32>) outs(%75 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_25: f32, %out: f32):
      %95 = arith.mulf %in, %in_25 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %77 = tensor.empty() : tensor<1x2x4x8x8xf32>
    %78 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%18, %76 : tensor<1x2x4x8x8xi1>, tensor<1x2x4x8x8xf32>) outs(%77 : tensor<1x2x4x8x8xf32>) {
    ^bb0(%in: i1, %in_25: f32, %out: f32):
      %95 = arith.select %in, %in_25, %cst_3 : f32
      linalg.yield %95 : f32
    } -> tensor<1x2x4x8x8xf32>
    %collapsed_17 = tensor.collapse_shape %78 [[0, 1, 2, 3, 4]] : tensor<1x2x4x8x8xf32> into tensor<512xf32>
    %expanded_18 = tensor.expand_shape %collapsed_17 [[0, 1, 2, 3, 4]] output_shape [2, 4, 8, 1, 8] : tensor<512xf32> into tensor<2x4x8x1x8xf32>
    %79 = tensor.empty() : tensor<2x4x8x1x8xf32>
    %80 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_18 : tensor<2x4x8x1x8xf32>) outs(%79 : tensor<2x4x8x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %95 = arith.mulf %in, %cst_2 : f32
      linalg.yield %95 : f32
    } -> tensor<2x4x8x1x8xf32>
    %81 = tensor.empty() : tensor<2x4x8x8x1xf32>
    %82 = linalg.generic {indexing_maps = [#map15, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%80 : tensor<2x4x8x1x8xf32>) outs(%81 : tensor<2x4x8x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8x1xf32>
    %collapsed_19 = tensor.collapse_shape %82 [[0, 1], [2], [3, 4]] : tensor<2x4x8x8x1xf32> into tensor<8x8x8xf32>
    %83 = tensor.empty() : tensor<8x8x4xf32>
    %84 = linalg.fill ins(%cst_3 : f32) outs(%83 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %85 = linalg.batch_matmul ins(%collapsed_19, %collapsed : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%84 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_20 = tensor.expand_shape %85 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xf32> into tensor<2x4x8x4xf32>
    %86 = tensor.empty() : tensor<2x8x4x4xf32>
    %87 = linalg.generic {indexing_maps = [#map16, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_20 : tensor<2x4x8x4xf32>) outs(%86 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %88 = tensor.empty() : tensor<2x4x8x4xf32>
    %89 = linalg.generic {indexing_maps = [#map16, #map3], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%88 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %collapsed_21 = tensor.collapse_shape %80 [[0, 1], [2], [3, 4]] : tensor<2x4x8x1x8xf32> into tensor<8x8x8xf32>
    %collapsed_22 = tensor.collapse_shape %89 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %90 = tensor.empty() : tensor<8x8x4xf32>
    %91 = linalg.fill ins(%cst_3 : f32) outs(%90 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %92 = linalg.batch_matmul ins(%collapsed_21, %collapsed_22 : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%91 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_23 = tensor.expand_shape %92 [[0, 1], [2], [3, 4]] output_shape [2, 4, 8, 1, 4] : tensor<8x8x4xf32> into tensor<2x4x8x1x4xf32>
    %93 = tensor.empty() : tensor<2x8x4x1x4xf32>
    %94 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%expanded_23 : tensor<2x4x8x1x4xf32>) outs(%93 : tensor<2x8x4x1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x1x4xf32>
    %collapsed_24 = tensor.collapse_shape %94 [[0], [1], [2], [3, 4]] : tensor<2x8x4x1x4xf32> into tensor<2x8x4x4xf32>
    return %collapsed_24, %87, %54 : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>
  }
}
