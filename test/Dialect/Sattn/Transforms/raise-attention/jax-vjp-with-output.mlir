// RUN: sattn-opt %s --sattn-raise-attention -o %t.after 2>&1 | FileCheck %s
// RUN: sattn-opt %s -o %t.before
// RUN: diff %t.before %t.after

// Attention and its gradients in one function: the weights are used by both.
// Exported from JAX 0.10.2 as StableHLO, lowered to linalg by IREE 3.13.0
// (--compile-to=input); printed by mlir-opt 22.1.

// CHECK: remark: [sattn-raise-attention] not raised: scores or weights are also read by 'func.return'
// CHECK: remark: [sattn-raise-attention] not raised: the divisor of the weights is not one per row
// CHECK: remark: [sattn-raise-attention] not raised: the weights are not a quotient of an exponential and its row sum
// CHECK: remark: [sattn-raise-attention] not raised: the weights are not a quotient of an exponential and its row sum
// CHECK-NOT: remark:
#map = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3, d2)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map7 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
module @jit__lambda {
  func.func @jax_vjp_with_output(%arg0: tensor<2x8x4x4xf32>, %arg1: tensor<2x8x4x4xf32>, %arg2: tensor<2x8x4x4xf32>, %arg3: tensor<2x8x4x4xf32>) -> (tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>) {
    %cst = arith.constant 1.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %cst_2 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<2x4x8x4xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<2x8x4x4xf32>) outs(%0 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %2 = tensor.empty() : tensor<2x4x4x8xf32>
    %3 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%2 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %collapsed = tensor.collapse_shape %1 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %collapsed_3 = tensor.collapse_shape %3 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %4 = tensor.empty() : tensor<8x8x8xf32>
    %5 = linalg.fill ins(%cst_2 : f32) outs(%4 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %6 = linalg.batch_matmul ins(%collapsed, %collapsed_3 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%5 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded = tensor.expand_shape %6 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %7 = tensor.empty() : tensor<2x4x8x8xf32>
    %8 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<2x4x8x8xf32>) outs(%7 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.mulf %in, %cst_1 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %9 = tensor.empty() : tensor<2x4x8xf32>
    %10 = linalg.fill ins(%cst_0 : f32) outs(%9 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %11 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%8 : tensor<2x4x8x8xf32>) outs(%10 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.maximumf %out, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8xf32>
    %12 = tensor.empty() : tensor<2x4x8x8xf32>
    %13 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%11 : tensor<2x4x8xf32>) outs(%12 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %14 = tensor.empty() : tensor<2x4x8x8xf32>
    %15 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %13 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%14 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.subf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %16 = tensor.empty() : tensor<2x4x8x8xf32>
    %17 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%15 : tensor<2x4x8x8xf32>) outs(%16 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = math.exp %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %18 = tensor.empty() : tensor<2x4x8xf32>
    %19 = linalg.fill ins(%cst_2 : f32) outs(%18 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%17 : tensor<2x4x8x8xf32>) outs(%19 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.addf %out, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8xf32>
    %expanded_4 = tensor.expand_shape %20 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %21 = tensor.empty() : tensor<2x4x8x8xf32>
    %22 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%20 : tensor<2x4x8xf32>) outs(%21 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %23 = tensor.empty() : tensor<2x4x8x8xf32>
    %24 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%17, %22 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%23 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.divf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %25 = tensor.empty() : tensor<2x4x8x1xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_4 : tensor<2x4x8x1xf32>) outs(%25 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.mulf %in, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x1xf32>
    %27 = tensor.empty() : tensor<2x4x8x1xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%26 : tensor<2x4x8x1xf32>) outs(%27 : tensor<2x4x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.divf %cst, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x1xf32>
    %29 = tensor.empty() : tensor<2x4x4x8xf32>
    %30 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg2 : tensor<2x8x4x4xf32>) outs(%29 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %31 = tensor.empty() : tensor<2x4x8x8xf32>
    %32 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%24 : tensor<2x4x8x8xf32>) outs(%31 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_5 = tensor.collapse_shape %30 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_6 = tensor.collapse_shape %32 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %33 = tensor.empty() : tensor<8x4x8xf32>
    %34 = linalg.fill ins(%cst_2 : f32) outs(%33 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %35 = linalg.batch_matmul ins(%collapsed_5, %collapsed_6 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%34 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_7 = tensor.expand_shape %35 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xf32> into tensor<2x4x4x8xf32>
    %36 = tensor.empty() : tensor<2x8x4x4xf32>
    %37 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_7 : tensor<2x4x4x8xf32>) outs(%36 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %38 = tensor.empty() : tensor<2x4x4x8xf32>
    %39 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg3 : tensor<2x8x4x4xf32>) outs(%38 : tensor<2x4x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x4x8xf32>
    %40 = tensor.empty() : tensor<2x4x8x4xf32>
    %41 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%39 : tensor<2x4x4x8xf32>) outs(%40 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %collapsed_8 = tensor.collapse_shape %41 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %42 = tensor.empty() : tensor<8x8x8xf32>
    %43 = linalg.fill ins(%cst_2 : f32) outs(%42 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %44 = linalg.batch_matmul ins(%collapsed_8, %collapsed_5 : tensor<8x8x4xf32>, tensor<8x4x8xf32>) outs(%43 : tensor<8x8x8xf32>) -> tensor<8x8x8xf32>
    %expanded_9 = tensor.expand_shape %44 [[0, 1], [2], [3]] output_shape [2, 4, 8, 8] : tensor<8x8x8xf32> into tensor<2x4x8x8xf32>
    %collapsed_10 = tensor.collapse_shape %39 [[0, 1], [2], [3]] : tensor<2x4x4x8xf32> into tensor<8x4x8xf32>
    %collapsed_11 = tensor.collapse_shape %24 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %45 = tensor.empty() : tensor<8x4x8xf32>
    %46 = linalg.fill ins(%cst_2 : f32) outs(%45 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %47 = linalg.batch_matmul ins(%collapsed_10, %collapsed_11 : tensor<8x4x8xf32>, tensor<8x8x8xf32>) outs(%46 : tensor<8x4x8xf32>) -> tensor<8x4x8xf32>
    %expanded_12 = tensor.expand_shape %47 [[0, 1], [2], [3]] output_shape [2, 4, 4, 8] : tensor<8x4x8xf32> into tensor<2x4x4x8xf32>
    %48 = tensor.empty() : tensor<2x8x4x4xf32>
    %49 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12 : tensor<2x4x4x8xf32>) outs(%48 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %50 = tensor.empty() : tensor<2x4x8x8xf32>
    %51 = linalg.generic {indexing_maps = [#map6, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%28 : tensor<2x4x8x1xf32>) outs(%50 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %52 = tensor.empty() : tensor<2x4x8x8xf32>
    %53 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_9, %51 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%52 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.mulf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %54 = tensor.empty() : tensor<2x4x8x8xf32>
    %55 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%53, %17 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%54 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.mulf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %56 = tensor.empty() : tensor<2x4x8xf32>
    %57 = linalg.fill ins(%cst_2 : f32) outs(%56 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %58 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%55 : tensor<2x4x8x8xf32>) outs(%57 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.addf %out, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8xf32>
    %59 = tensor.empty() : tensor<2x4x8xf32>
    %60 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel", "parallel", "parallel"]} ins(%58 : tensor<2x4x8xf32>) outs(%59 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.negf %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8xf32>
    %expanded_13 = tensor.expand_shape %60 [[0], [1], [2, 3]] output_shape [2, 4, 8, 1] : tensor<2x4x8xf32> into tensor<2x4x8x1xf32>
    %61 = tensor.empty() : tensor<2x4x8x8xf32>
    %62 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_9, %22 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%61 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.divf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %63 = tensor.empty() : tensor<2x4x8xf32>
    %64 = linalg.fill ins(%cst_2 : f32) outs(%63 : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
    %65 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%expanded_13 : tensor<2x4x8x1xf32>) outs(%64 : tensor<2x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.addf %out, %in : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8xf32>
    %66 = tensor.empty() : tensor<2x4x8x8xf32>
    %67 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%65 : tensor<2x4x8xf32>) outs(%66 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %68 = tensor.empty() : tensor<2x4x8x8xf32>
    %69 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%62, %67 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%68 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.addf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %70 = tensor.empty() : tensor<2x4x8x8xf32>
    %71 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%69, %17 : tensor<2x4x8x8xf32>, tensor<2x4x8x8xf32>) outs(%70 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %in_19: f32, %out: f32):
      %88 = arith.mulf %in, %in_19 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %72 = tensor.empty() : tensor<2x4x8x8xf32>
    %73 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%71 : tensor<2x4x8x8xf32>) outs(%72 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %88 = arith.mulf %in, %cst_1 : f32
      linalg.yield %88 : f32
    } -> tensor<2x4x8x8xf32>
    %74 = tensor.empty() : tensor<2x4x8x8xf32>
    %75 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%73 : tensor<2x4x8x8xf32>) outs(%74 : tensor<2x4x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x8xf32>
    %collapsed_14 = tensor.collapse_shape %75 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %76 = tensor.empty() : tensor<8x8x4xf32>
    %77 = linalg.fill ins(%cst_2 : f32) outs(%76 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %78 = linalg.batch_matmul ins(%collapsed_14, %collapsed : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%77 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_15 = tensor.expand_shape %78 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xf32> into tensor<2x4x8x4xf32>
    %79 = tensor.empty() : tensor<2x8x4x4xf32>
    %80 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_15 : tensor<2x4x8x4xf32>) outs(%79 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    %81 = tensor.empty() : tensor<2x4x8x4xf32>
    %82 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg1 : tensor<2x8x4x4xf32>) outs(%81 : tensor<2x4x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x4x8x4xf32>
    %collapsed_16 = tensor.collapse_shape %73 [[0, 1], [2], [3]] : tensor<2x4x8x8xf32> into tensor<8x8x8xf32>
    %collapsed_17 = tensor.collapse_shape %82 [[0, 1], [2], [3]] : tensor<2x4x8x4xf32> into tensor<8x8x4xf32>
    %83 = tensor.empty() : tensor<8x8x4xf32>
    %84 = linalg.fill ins(%cst_2 : f32) outs(%83 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %85 = linalg.batch_matmul ins(%collapsed_16, %collapsed_17 : tensor<8x8x8xf32>, tensor<8x8x4xf32>) outs(%84 : tensor<8x8x4xf32>) -> tensor<8x8x4xf32>
    %expanded_18 = tensor.expand_shape %85 [[0, 1], [2], [3]] output_shape [2, 4, 8, 4] : tensor<8x8x4xf32> into tensor<2x4x8x4xf32>
    %86 = tensor.empty() : tensor<2x8x4x4xf32>
    %87 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_18 : tensor<2x4x8x4xf32>) outs(%86 : tensor<2x8x4x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<2x8x4x4xf32>
    return %37, %87, %80, %49 : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>
  }
}
