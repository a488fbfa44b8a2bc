// RUN: sattn-opt %s --sattn-raise-attention=assume-no-broadcast | FileCheck %s

// The same, causal, with the promise that extents do not decide about
// broadcasts.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_sdpa_dynamic_causal(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: key(%[[K]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: value(%[[V]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: scale 0.5 window <*, 0>
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<?x3x?x4xf32>)  -> tensor<?x3x?x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1) -> ()>
#map2 = affine_map<(d0, d1) -> (d0, d1)>
#map3 = affine_map<(d0) -> (d0)>
#map4 = affine_map<(d0, d1) -> (0, d1)>
#map5 = affine_map<(d0, d1) -> (d0, 0)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map7 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map8 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map9 = affine_map<(d0, d1, d2, d3) -> ()>
module {
  func.func @torch_sdpa_dynamic_causal(%arg0: tensor<?x3x?x4xf32>, %arg1: tensor<?x3x?x4xf32>, %arg2: tensor<?x3x?x4xf32>) -> tensor<?x3x?x4xf32> {
    %true = arith.constant true
    %c3_i64 = arith.constant 3 : i64
    %c1_i64 = arith.constant 1 : i64
    %c0_i64 = arith.constant 0 : i64
    %c4_i64 = arith.constant 4 : i64
    %c1 = arith.constant 1 : index
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_2 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_3 = arith.constant dense<true> : tensor<i1>
    %cst_4 = arith.constant 0xFFF0000000000000 : f64
    %cst_5 = arith.constant 0.70710678118654757 : f64
    %c12_i64 = arith.constant 12 : i64
    %dim = tensor.dim %arg0, %c0 : tensor<?x3x?x4xf32>
    %0 = arith.index_cast %dim : index to i64
    %dim_6 = tensor.dim %arg0, %c2 : tensor<?x3x?x4xf32>
    %1 = arith.index_cast %dim_6 : index to i64
    %2 = tensor.empty(%dim, %dim_6) : tensor<?x3x?x4xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<?x3x?x4xf32>) outs(%2 : tensor<?x3x?x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %132 = arith.truncf %cst_5 : f64 to f32
      %133 = arith.mulf %in, %132 : f32
      linalg.yield %133 : f32
    } -> tensor<?x3x?x4xf32>
    %4 = arith.cmpi sge, %1, %c0_i64 : i64
    cf.assert %4, "negative values not allowed in new dimensions"
    cf.assert %4, "negative values not allowed in new dimensions"
    %5 = tensor.empty(%dim_6, %dim_6) : tensor<?x?xi1>
    %6 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel"]} ins(%cst_3 : tensor<i1>) outs(%5 : tensor<?x?xi1>) {
    ^bb0(%in: i1, %out: i1):
      linalg.yield %in : i1
    } -> tensor<?x?xi1>
    %7 = tensor.empty(%dim_6) : tensor<?xi64>
    %8 = linalg.generic {indexing_maps = [#map3], iterator_types = ["parallel"]} outs(%7 : tensor<?xi64>) {
    ^bb0(%out: i64):
      %132 = linalg.index 0 : index
      %133 = arith.index_cast %132 : index to i64
      linalg.yield %133 : i64
    } -> tensor<?xi64>
    %expanded = tensor.expand_shape %8 [[0, 1]] output_shape [1, %dim_6] : tensor<?xi64> into tensor<1x?xi64>
    %expanded_7 = tensor.expand_shape %8 [[0, 1]] output_shape [%dim_6, 1] : tensor<?xi64> into tensor<?x1xi64>
    %9 = tensor.empty(%dim_6, %dim_6) : tensor<?x?xi64>
    %10 = linalg.generic {indexing_maps = [#map4, #map5, #map2], iterator_types = ["parallel", "parallel"]} ins(%expanded, %expanded_7 : tensor<1x?xi64>, tensor<?x1xi64>) outs(%9 : tensor<?x?xi64>) {
    ^bb0(%in: i64, %in_20: i64, %out: i64):
      %132 = arith.subi %in, %in_20 : i64
      linalg.yield %132 : i64
    } -> tensor<?x?xi64>
    %11 = tensor.empty(%dim_6, %dim_6) : tensor<?x?xi1>
    %12 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<?x?xi64>) outs(%11 : tensor<?x?xi1>) {
    ^bb0(%in: i64, %out: i1):
      %132 = arith.cmpi sle, %in, %c0_i64 : i64
      linalg.yield %132 : i1
    } -> tensor<?x?xi1>
    cf.assert %true, "mismatched size for broadcast"
    cf.assert %true, "mismatched size for broadcast"
    %13 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel"]} ins(%12, %6 : tensor<?x?xi1>, tensor<?x?xi1>) outs(%11 : tensor<?x?xi1>) {
    ^bb0(%in: i1, %in_20: i1, %out: i1):
      %132 = arith.andi %in, %in_20 : i1
      linalg.yield %132 : i1
    } -> tensor<?x?xi1>
    %14 = tensor.empty(%dim_6, %dim_6) : tensor<?x?xf32>
    %15 = linalg.generic {indexing_maps = [#map2, #map1, #map1, #map2], iterator_types = ["parallel", "parallel"]} ins(%13, %cst_1, %cst_2 : tensor<?x?xi1>, tensor<f32>, tensor<f32>) outs(%14 : tensor<?x?xf32>) {
    ^bb0(%in: i1, %in_20: f32, %in_21: f32, %out: f32):
      %132 = arith.select %in, %in_20, %in_21 : f32
      linalg.yield %132 : f32
    } -> tensor<?x?xf32>
    %dim_8 = tensor.dim %arg1, %c0 : tensor<?x3x?x4xf32>
    %dim_9 = tensor.dim %arg1, %c2 : tensor<?x3x?x4xf32>
    %16 = tensor.empty(%dim_8, %dim_9) : tensor<?x3x4x?xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<?x3x?x4xf32>) outs(%16 : tensor<?x3x4x?xf32>) permutation = [0, 1, 3, 2] 
    %17 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed : tensor<?x3x4x?xf32>) outs(%16 : tensor<?x3x4x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %132 = arith.truncf %cst_5 : f64 to f32
      %133 = arith.mulf %in, %132 : f32
      linalg.yield %133 : f32
    } -> tensor<?x3x4x?xf32>
    %18 = arith.muli %0, %c3_i64 : i64
    %19 = arith.cmpi sge, %0, %c0_i64 : i64
    cf.assert %19, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %4, "unimplemented: dynamic negative broadcast sizes"
    %20 = tensor.empty(%dim, %dim_6) : tensor<?x3x?x4xf32>
    %21 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%20 : tensor<?x3x?x4xf32>) {
    ^bb0(%out: f32):
      %132 = linalg.index 0 : index
      %133 = linalg.index 1 : index
      %134 = linalg.index 2 : index
      %135 = linalg.index 3 : index
      %136 = arith.cmpi eq, %dim, %c1 : index
      %137 = arith.select %136, %c0, %132 : index
      %138 = arith.cmpi eq, %dim_6, %c1 : index
      %139 = arith.select %138, %c0, %134 : index
      %extracted = tensor.extract %3[%137, %133, %139, %135] : tensor<?x3x?x4xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x4xf32>
    %22 = arith.cmpi slt, %18, %c0_i64 : i64
    %23 = arith.select %22, %c1_i64, %18 : i64
    %24 = arith.extui %22 : i1 to i64
    %25 = arith.muli %23, %1 : i64
    %26 = arith.addi %24, %c1_i64 : i64
    %27 = arith.cmpi slt, %1, %c0_i64 : i64
    %28 = arith.select %27, %23, %25 : i64
    %29 = arith.select %27, %26, %24 : i64
    %30 = arith.muli %28, %c4_i64 : i64
    %31 = arith.cmpi sle, %29, %c1_i64 : i64
    cf.assert %31, "must have at most one inferred (negative) dimension"
    %32 = arith.muli %18, %1 : i64
    %33 = arith.muli %32, %c4_i64 : i64
    %34 = arith.divsi %33, %30 : i64
    %35 = arith.select %22, %34, %18 : i64
    %36 = arith.select %27, %34, %1 : i64
    %from_elements = tensor.from_elements %35, %36, %c4_i64 : tensor<3xi64>
    %reshape = tensor.reshape %21(%from_elements) : (tensor<?x3x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
    cf.assert %19, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %4, "unimplemented: dynamic negative broadcast sizes"
    %37 = tensor.empty(%dim, %dim_6) : tensor<?x3x4x?xf32>
    %38 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%37 : tensor<?x3x4x?xf32>) {
    ^bb0(%out: f32):
      %132 = linalg.index 0 : index
      %133 = linalg.index 1 : index
      %134 = linalg.index 2 : index
      %135 = linalg.index 3 : index
      %136 = arith.cmpi eq, %dim_8, %c1 : index
      %137 = arith.select %136, %c0, %132 : index
      %138 = arith.cmpi eq, %dim_9, %c1 : index
      %139 = arith.select %138, %c0, %135 : index
      %extracted = tensor.extract %17[%137, %133, %134, %139] : tensor<?x3x4x?xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x4x?xf32>
    %39 = arith.muli %23, %c4_i64 : i64
    %40 = arith.muli %39, %1 : i64
    %41 = arith.select %27, %39, %40 : i64
    cf.assert %31, "must have at most one inferred (negative) dimension"
    %42 = arith.muli %0, %c12_i64 : i64
    %43 = arith.muli %42, %1 : i64
    %44 = arith.divsi %43, %41 : i64
    %45 = arith.select %22, %44, %18 : i64
    %46 = arith.select %27, %44, %1 : i64
    %from_elements_10 = tensor.from_elements %45, %c4_i64, %46 : tensor<3xi64>
    %reshape_11 = tensor.reshape %38(%from_elements_10) : (tensor<?x3x4x?xf32>, tensor<3xi64>) -> tensor<?x4x?xf32>
    %47 = arith.index_cast %35 : i64 to index
    %48 = arith.index_cast %36 : i64 to index
    %49 = arith.index_cast %46 : i64 to index
    %50 = arith.cmpi eq, %35, %45 : i64
    cf.assert %50, "mismatching contracting dimension"
    %51 = tensor.empty(%47, %48, %49) : tensor<?x?x?xf32>
    %52 = linalg.fill ins(%cst : f32) outs(%51 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %53 = linalg.batch_matmul ins(%reshape, %reshape_11 : tensor<?x?x4xf32>, tensor<?x4x?xf32>) outs(%52 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %54 = arith.cmpi slt, %0, %c0_i64 : i64
    %55 = arith.select %54, %c1_i64, %0 : i64
    %56 = arith.extui %54 : i1 to i64
    %57 = arith.muli %55, %c3_i64 : i64
    %58 = arith.muli %57, %1 : i64
    %59 = arith.addi %56, %c1_i64 : i64
    %60 = arith.select %27, %57, %58 : i64
    %61 = arith.select %27, %59, %56 : i64
    %62 = arith.muli %60, %1 : i64
    %63 = arith.addi %61, %c1_i64 : i64
    %64 = arith.select %27, %57, %62 : i64
    %65 = arith.select %27, %63, %56 : i64
    %66 = arith.cmpi sle, %65, %c1_i64 : i64
    cf.assert %66, "must have at most one inferred (negative) dimension"
    %67 = arith.muli %35, %36 : i64
    %68 = arith.muli %67, %46 : i64
    %69 = arith.divsi %68, %64 : i64
    %70 = arith.select %54, %69, %0 : i64
    %71 = arith.select %27, %69, %1 : i64
    %from_elements_12 = tensor.from_elements %70, %c3_i64, %71, %71 : tensor<4xi64>
    %reshape_13 = tensor.reshape %53(%from_elements_12) : (tensor<?x?x?xf32>, tensor<4xi64>) -> tensor<?x3x?x?xf32>
    %72 = arith.index_cast %70 : i64 to index
    %73 = arith.index_cast %71 : i64 to index
    %74 = arith.cmpi eq, %73, %dim_6 : index
    cf.assert %74, "mismatched size for broadcast"
    cf.assert %74, "mismatched size for broadcast"
    %75 = tensor.empty(%72, %73, %73) : tensor<?x3x?x?xf32>
    %76 = linalg.generic {indexing_maps = [#map, #map6, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%reshape_13, %15 : tensor<?x3x?x?xf32>, tensor<?x?xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_20: f32, %out: f32):
      %132 = arith.addf %in, %in_20 : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x?xf32>
    %77 = tensor.empty(%72, %73) : tensor<?x3x?xi64>
    %78 = linalg.fill ins(%c0_i64 : i64) outs(%77 : tensor<?x3x?xi64>) -> tensor<?x3x?xi64>
    %79 = tensor.empty(%72, %73) : tensor<?x3x?xf32>
    %80 = linalg.fill ins(%cst_0 : f32) outs(%79 : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
    %81:2 = linalg.generic {indexing_maps = [#map, #map7, #map7], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%76 : tensor<?x3x?x?xf32>) outs(%80, %78 : tensor<?x3x?xf32>, tensor<?x3x?xi64>) {
    ^bb0(%in: f32, %out: f32, %out_20: i64):
      %132 = linalg.index 3 : index
      %133 = arith.index_cast %132 : index to i64
      %134 = arith.maximumf %in, %out : f32
      %135 = arith.cmpf ogt, %in, %out : f32
      %136 = arith.select %135, %133, %out_20 : i64
      linalg.yield %134, %136 : f32, i64
    } -> (tensor<?x3x?xf32>, tensor<?x3x?xi64>)
    %expanded_14 = tensor.expand_shape %81#0 [[0], [1], [2, 3]] output_shape [%72, 3, %73, 1] : tensor<?x3x?xf32> into tensor<?x3x?x1xf32>
    %82 = linalg.generic {indexing_maps = [#map, #map8, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%76, %expanded_14 : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_20: f32, %out: f32):
      %132 = arith.subf %in, %in_20 : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x?xf32>
    %83 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%82 : tensor<?x3x?x?xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %132 = math.exp %in : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x?xf32>
    %84 = tensor.empty(%72, %73) : tensor<?x3x?x1xf32>
    %85 = linalg.fill ins(%cst : f32) outs(%84 : tensor<?x3x?x1xf32>) -> tensor<?x3x?x1xf32>
    %86 = linalg.generic {indexing_maps = [#map, #map8], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%83 : tensor<?x3x?x?xf32>) outs(%85 : tensor<?x3x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %132 = arith.addf %in, %out : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x1xf32>
    %87 = linalg.generic {indexing_maps = [#map, #map8, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%83, %86 : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_20: f32, %out: f32):
      %132 = arith.divf %in, %in_20 : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x?xf32>
    %88 = tensor.empty(%72, %73, %73) : tensor<?x3x?x?xi1>
    %89 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%76 : tensor<?x3x?x?xf32>) outs(%88 : tensor<?x3x?x?xi1>) {
    ^bb0(%in: f32, %out: i1):
      %132 = arith.extf %in : f32 to f64
      %133 = arith.cmpf oeq, %132, %cst_4 : f64
      linalg.yield %133 : i1
    } -> tensor<?x3x?x?xi1>
    %90 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%89 : tensor<?x3x?x?xi1>) outs(%88 : tensor<?x3x?x?xi1>) {
    ^bb0(%in: i1, %out: i1):
      %132 = arith.cmpi eq, %in, %false : i1
      linalg.yield %132 : i1
    } -> tensor<?x3x?x?xi1>
    %91 = tensor.empty(%72, %73) : tensor<?x3x?x1xi1>
    %92 = linalg.fill ins(%false : i1) outs(%91 : tensor<?x3x?x1xi1>) -> tensor<?x3x?x1xi1>
    %93 = linalg.generic {indexing_maps = [#map, #map8], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%90 : tensor<?x3x?x?xi1>) outs(%92 : tensor<?x3x?x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %132 = arith.ori %in, %out : i1
      linalg.yield %132 : i1
    } -> tensor<?x3x?x1xi1>
    %94 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%93 : tensor<?x3x?x1xi1>) outs(%91 : tensor<?x3x?x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %132 = arith.cmpi eq, %in, %false : i1
      linalg.yield %132 : i1
    } -> tensor<?x3x?x1xi1>
    %95 = arith.cmpi sge, %70, %c0_i64 : i64
    cf.assert %95, "negative values not allowed in new dimensions"
    %96 = arith.index_cast %70 : i64 to index
    %97 = arith.cmpi sge, %71, %c0_i64 : i64
    cf.assert %97, "negative values not allowed in new dimensions"
    %98 = arith.index_cast %71 : i64 to index
    cf.assert %97, "negative values not allowed in new dimensions"
    %99 = tensor.empty(%96, %98, %98) : tensor<?x3x?x?xf32>
    %100 = linalg.generic {indexing_maps = [#map9, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_1 : tensor<f32>) outs(%99 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x3x?x?xf32>
    %101 = arith.cmpi eq, %72, %96 : index
    cf.assert %101, "mismatched size for broadcast"
    %102 = arith.cmpi eq, %73, %98 : index
    cf.assert %102, "mismatched size for broadcast"
    %103 = arith.cmpi eq, %98, %73 : index
    cf.assert %103, "mismatched size for broadcast"
    %104 = tensor.empty(%72, %73, %98) : tensor<?x3x?x?xf32>
    %105 = linalg.generic {indexing_maps = [#map8, #map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%94, %100, %87 : tensor<?x3x?x1xi1>, tensor<?x3x?x?xf32>, tensor<?x3x?x?xf32>) outs(%104 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: i1, %in_20: f32, %in_21: f32, %out: f32):
      %132 = arith.select %in, %in_20, %in_21 : f32
      linalg.yield %132 : f32
    } -> tensor<?x3x?x?xf32>
    cf.assert %19, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %4, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %4, "unimplemented: dynamic negative broadcast sizes"
    %106 = tensor.empty(%dim, %dim_6, %dim_6) : tensor<?x3x?x?xf32>
    %107 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%106 : tensor<?x3x?x?xf32>) {
    ^bb0(%out: f32):
      %132 = linalg.index 0 : index
      %133 = linalg.index 1 : index
      %134 = linalg.index 2 : index
      %135 = linalg.index 3 : index
      %136 = arith.cmpi eq, %72, %c1 : index
      %137 = arith.select %136, %c0, %132 : index
      %138 = arith.cmpi eq, %73, %c1 : index
      %139 = arith.select %138, %c0, %134 : index
      %140 = arith.cmpi eq, %98, %c1 : index
      %141 = arith.select %140, %c0, %135 : index
      %extracted = tensor.extract %105[%137, %133, %139, %141] : tensor<?x3x?x?xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x?xf32>
    %108 = arith.muli %28, %1 : i64
    %109 = arith.addi %29, %c1_i64 : i64
    %110 = arith.select %27, %23, %108 : i64
    %111 = arith.select %27, %109, %24 : i64
    %112 = arith.cmpi sle, %111, %c1_i64 : i64
    cf.assert %112, "must have at most one inferred (negative) dimension"
    %113 = arith.muli %32, %1 : i64
    %114 = arith.divsi %113, %110 : i64
    %115 = arith.select %22, %114, %18 : i64
    %116 = arith.select %27, %114, %1 : i64
    %from_elements_15 = tensor.from_elements %115, %116, %116 : tensor<3xi64>
    %reshape_16 = tensor.reshape %107(%from_elements_15) : (tensor<?x3x?x?xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
    cf.assert %19, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %4, "unimplemented: dynamic negative broadcast sizes"
    %117 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%20 : tensor<?x3x?x4xf32>) {
    ^bb0(%out: f32):
      %132 = linalg.index 0 : index
      %133 = linalg.index 1 : index
      %134 = linalg.index 2 : index
      %135 = linalg.index 3 : index
      %dim_20 = tensor.dim %arg2, %c0 : tensor<?x3x?x4xf32>
      %136 = arith.cmpi eq, %dim_20, %c1 : index
      %137 = arith.select %136, %c0, %132 : index
      %dim_21 = tensor.dim %arg2, %c2 : tensor<?x3x?x4xf32>
      %138 = arith.cmpi eq, %dim_21, %c1 : index
      %139 = arith.select %138, %c0, %134 : index
      %extracted = tensor.extract %arg2[%137, %133, %139, %135] : tensor<?x3x?x4xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x4xf32>
    cf.assert %31, "must have at most one inferred (negative) dimension"
    %reshape_17 = tensor.reshape %117(%from_elements) : (tensor<?x3x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
    %118 = arith.index_cast %115 : i64 to index
    %119 = arith.index_cast %116 : i64 to index
    %120 = arith.cmpi eq, %115, %35 : i64
    cf.assert %120, "mismatching contracting dimension"
    %121 = arith.cmpi eq, %116, %36 : i64
    cf.assert %121, "mismatching contracting dimension"
    %122 = tensor.empty(%118, %119) : tensor<?x?x4xf32>
    %123 = linalg.fill ins(%cst : f32) outs(%122 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %124 = linalg.batch_matmul ins(%reshape_16, %reshape_17 : tensor<?x?x?xf32>, tensor<?x?x4xf32>) outs(%123 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %125 = arith.muli %60, %c4_i64 : i64
    %126 = arith.cmpi sle, %61, %c1_i64 : i64
    cf.assert %126, "must have at most one inferred (negative) dimension"
    %127 = arith.muli %115, %116 : i64
    %128 = arith.muli %127, %c4_i64 : i64
    %129 = arith.divsi %128, %125 : i64
    %130 = arith.select %54, %129, %0 : i64
    %131 = arith.select %27, %129, %1 : i64
    %from_elements_18 = tensor.from_elements %130, %c3_i64, %131, %c4_i64 : tensor<4xi64>
    %reshape_19 = tensor.reshape %124(%from_elements_18) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x3x?x4xf32>
    return %reshape_19 : tensor<?x3x?x4xf32>
  }
}
