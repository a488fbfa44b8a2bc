// RUN: sattn-opt %s --sattn-raise-attention | FileCheck %s

// scaled_dot_product_attention with dynamic batch and lengths. Shapes are
// computed; the key and the value are read through broadcasts that extents
// decide on at run time, which stay.
// Exported from PyTorch 2.15.0 with torch-mlir 20261001 (linalg on tensors);
// printed by mlir-opt 22.1.

// CHECK-LABEL: func.func @torch_sdpa_dynamic(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor
// CHECK-NOT: math.exp
// CHECK: sattn.attention query(%[[Q]] : tensor<?x3x?x4xf32>)
// CHECK-SAME: key(%{{[a-z0-9_]+}} : tensor<?x3x4x?xf32>)
// CHECK-SAME: value(%{{[a-z0-9_]+}} : tensor<?x3x?x4xf32>)
// CHECK-SAME: scale 0.7071067811865476
// CHECK-SAME: outs(%{{[a-z0-9_]+}} : tensor<?x3x?x4xf32>)
// CHECK-SAME: dims(b h m r, b h r n, b h n e -> b h m e) -> tensor<?x3x?x4xf32>
// CHECK-NOT: math.exp
// CHECK: return
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map2 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map3 = affine_map<(d0, d1, d2, d3) -> ()>
module {
  func.func @torch_sdpa_dynamic(%arg0: tensor<?x3x?x4xf32>, %arg1: tensor<?x3x?x4xf32>, %arg2: tensor<?x3x?x4xf32>) -> tensor<?x3x?x4xf32> {
    %c3_i64 = arith.constant 3 : i64
    %c0_i64 = arith.constant 0 : i64
    %c4_i64 = arith.constant 4 : i64
    %c1 = arith.constant 1 : index
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c1_i64 = arith.constant 1 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %false = arith.constant false
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_2 = arith.constant 0xFFF0000000000000 : f64
    %cst_3 = arith.constant 0.70710678118654757 : f64
    %c12_i64 = arith.constant 12 : i64
    %dim = tensor.dim %arg0, %c0 : tensor<?x3x?x4xf32>
    %0 = arith.index_cast %dim : index to i64
    %dim_4 = tensor.dim %arg0, %c2 : tensor<?x3x?x4xf32>
    %1 = arith.index_cast %dim_4 : index to i64
    %dim_5 = tensor.dim %arg2, %c2 : tensor<?x3x?x4xf32>
    %2 = arith.index_cast %dim_5 : index to i64
    %3 = tensor.empty(%dim, %dim_4) : tensor<?x3x?x4xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%arg0 : tensor<?x3x?x4xf32>) outs(%3 : tensor<?x3x?x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %138 = arith.truncf %cst_3 : f64 to f32
      %139 = arith.mulf %in, %138 : f32
      linalg.yield %139 : f32
    } -> tensor<?x3x?x4xf32>
    %dim_6 = tensor.dim %arg1, %c0 : tensor<?x3x?x4xf32>
    %dim_7 = tensor.dim %arg1, %c2 : tensor<?x3x?x4xf32>
    %5 = tensor.empty(%dim_6, %dim_7) : tensor<?x3x4x?xf32>
    %transposed = linalg.transpose ins(%arg1 : tensor<?x3x?x4xf32>) outs(%5 : tensor<?x3x4x?xf32>) permutation = [0, 1, 3, 2] 
    %6 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed : tensor<?x3x4x?xf32>) outs(%5 : tensor<?x3x4x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %138 = arith.truncf %cst_3 : f64 to f32
      %139 = arith.mulf %in, %138 : f32
      linalg.yield %139 : f32
    } -> tensor<?x3x4x?xf32>
    %7 = arith.muli %0, %c3_i64 : i64
    %8 = arith.cmpi sge, %0, %c0_i64 : i64
    cf.assert %8, "unimplemented: dynamic negative broadcast sizes"
    %9 = arith.cmpi sge, %1, %c0_i64 : i64
    cf.assert %9, "unimplemented: dynamic negative broadcast sizes"
    %10 = tensor.empty(%dim, %dim_4) : tensor<?x3x?x4xf32>
    %11 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%10 : tensor<?x3x?x4xf32>) {
    ^bb0(%out: f32):
      %138 = linalg.index 0 : index
      %139 = linalg.index 1 : index
      %140 = linalg.index 2 : index
      %141 = linalg.index 3 : index
      %142 = arith.cmpi eq, %dim, %c1 : index
      %143 = arith.select %142, %c0, %138 : index
      %144 = arith.cmpi eq, %dim_4, %c1 : index
      %145 = arith.select %144, %c0, %140 : index
      %extracted = tensor.extract %4[%143, %139, %145, %141] : tensor<?x3x?x4xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x4xf32>
    %12 = arith.cmpi slt, %7, %c0_i64 : i64
    %13 = arith.select %12, %c1_i64, %7 : i64
    %14 = arith.extui %12 : i1 to i64
    %15 = arith.muli %13, %1 : i64
    %16 = arith.addi %14, %c1_i64 : i64
    %17 = arith.cmpi slt, %1, %c0_i64 : i64
    %18 = arith.select %17, %13, %15 : i64
    %19 = arith.select %17, %16, %14 : i64
    %20 = arith.muli %18, %c4_i64 : i64
    %21 = arith.cmpi sle, %19, %c1_i64 : i64
    cf.assert %21, "must have at most one inferred (negative) dimension"
    %22 = arith.muli %7, %1 : i64
    %23 = arith.muli %22, %c4_i64 : i64
    %24 = arith.divsi %23, %20 : i64
    %25 = arith.select %12, %24, %7 : i64
    %26 = arith.select %17, %24, %1 : i64
    %from_elements = tensor.from_elements %25, %26, %c4_i64 : tensor<3xi64>
    %reshape = tensor.reshape %11(%from_elements) : (tensor<?x3x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
    cf.assert %8, "unimplemented: dynamic negative broadcast sizes"
    %27 = arith.cmpi sge, %2, %c0_i64 : i64
    cf.assert %27, "unimplemented: dynamic negative broadcast sizes"
    %28 = tensor.empty(%dim, %dim_5) : tensor<?x3x4x?xf32>
    %29 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%28 : tensor<?x3x4x?xf32>) {
    ^bb0(%out: f32):
      %138 = linalg.index 0 : index
      %139 = linalg.index 1 : index
      %140 = linalg.index 2 : index
      %141 = linalg.index 3 : index
      %142 = arith.cmpi eq, %dim_6, %c1 : index
      %143 = arith.select %142, %c0, %138 : index
      %144 = arith.cmpi eq, %dim_7, %c1 : index
      %145 = arith.select %144, %c0, %141 : index
      %extracted = tensor.extract %6[%143, %139, %140, %145] : tensor<?x3x4x?xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x4x?xf32>
    %30 = arith.muli %13, %c4_i64 : i64
    %31 = arith.muli %30, %2 : i64
    %32 = arith.cmpi slt, %2, %c0_i64 : i64
    %33 = arith.select %32, %30, %31 : i64
    %34 = arith.select %32, %16, %14 : i64
    %35 = arith.cmpi sle, %34, %c1_i64 : i64
    cf.assert %35, "must have at most one inferred (negative) dimension"
    %36 = arith.muli %0, %c12_i64 : i64
    %37 = arith.muli %36, %2 : i64
    %38 = arith.divsi %37, %33 : i64
    %39 = arith.select %12, %38, %7 : i64
    %40 = arith.select %32, %38, %2 : i64
    %from_elements_8 = tensor.from_elements %39, %c4_i64, %40 : tensor<3xi64>
    %reshape_9 = tensor.reshape %29(%from_elements_8) : (tensor<?x3x4x?xf32>, tensor<3xi64>) -> tensor<?x4x?xf32>
    %41 = arith.index_cast %25 : i64 to index
    %42 = arith.index_cast %26 : i64 to index
    %43 = arith.index_cast %40 : i64 to index
    %44 = arith.cmpi eq, %25, %39 : i64
    cf.assert %44, "mismatching contracting dimension"
    %45 = tensor.empty(%41, %42, %43) : tensor<?x?x?xf32>
    %46 = linalg.fill ins(%cst : f32) outs(%45 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %47 = linalg.batch_matmul ins(%reshape, %reshape_9 : tensor<?x?x4xf32>, tensor<?x4x?xf32>) outs(%46 : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
    %48 = arith.cmpi slt, %0, %c0_i64 : i64
    %49 = arith.select %48, %c1_i64, %0 : i64
    %50 = arith.extui %48 : i1 to i64
    %51 = arith.muli %49, %c3_i64 : i64
    %52 = arith.muli %51, %1 : i64
    %53 = arith.addi %50, %c1_i64 : i64
    %54 = arith.select %17, %51, %52 : i64
    %55 = arith.select %17, %53, %50 : i64
    %56 = arith.muli %54, %2 : i64
    %57 = arith.addi %55, %c1_i64 : i64
    %58 = arith.select %32, %54, %56 : i64
    %59 = arith.select %32, %57, %55 : i64
    %60 = arith.cmpi sle, %59, %c1_i64 : i64
    cf.assert %60, "must have at most one inferred (negative) dimension"
    %61 = arith.muli %25, %26 : i64
    %62 = arith.muli %61, %40 : i64
    %63 = arith.divsi %62, %58 : i64
    %64 = arith.select %48, %63, %0 : i64
    %65 = arith.select %17, %63, %1 : i64
    %66 = arith.select %32, %63, %2 : i64
    %from_elements_10 = tensor.from_elements %64, %c3_i64, %65, %66 : tensor<4xi64>
    %reshape_11 = tensor.reshape %47(%from_elements_10) : (tensor<?x?x?xf32>, tensor<4xi64>) -> tensor<?x3x?x?xf32>
    %67 = arith.index_cast %64 : i64 to index
    %68 = arith.index_cast %65 : i64 to index
    %69 = tensor.empty(%67, %68) : tensor<?x3x?xi64>
    %70 = linalg.fill ins(%c0_i64 : i64) outs(%69 : tensor<?x3x?xi64>) -> tensor<?x3x?xi64>
    %71 = tensor.empty(%67, %68) : tensor<?x3x?xf32>
    %72 = linalg.fill ins(%cst_0 : f32) outs(%71 : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
    %73:2 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%reshape_11 : tensor<?x3x?x?xf32>) outs(%72, %70 : tensor<?x3x?xf32>, tensor<?x3x?xi64>) {
    ^bb0(%in: f32, %out: f32, %out_18: i64):
      %138 = linalg.index 3 : index
      %139 = arith.index_cast %138 : index to i64
      %140 = arith.maximumf %in, %out : f32
      %141 = arith.cmpf ogt, %in, %out : f32
      %142 = arith.select %141, %139, %out_18 : i64
      linalg.yield %140, %142 : f32, i64
    } -> (tensor<?x3x?xf32>, tensor<?x3x?xi64>)
    %expanded = tensor.expand_shape %73#0 [[0], [1], [2, 3]] output_shape [%67, 3, %68, 1] : tensor<?x3x?xf32> into tensor<?x3x?x1xf32>
    %74 = arith.index_cast %66 : i64 to index
    %75 = tensor.empty(%67, %68, %74) : tensor<?x3x?x?xf32>
    %76 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%reshape_11, %expanded : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_18: f32, %out: f32):
      %138 = arith.subf %in, %in_18 : f32
      linalg.yield %138 : f32
    } -> tensor<?x3x?x?xf32>
    %77 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%76 : tensor<?x3x?x?xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %138 = math.exp %in : f32
      linalg.yield %138 : f32
    } -> tensor<?x3x?x?xf32>
    %78 = tensor.empty(%67, %68) : tensor<?x3x?x1xf32>
    %79 = linalg.fill ins(%cst : f32) outs(%78 : tensor<?x3x?x1xf32>) -> tensor<?x3x?x1xf32>
    %80 = linalg.generic {indexing_maps = [#map, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%77 : tensor<?x3x?x?xf32>) outs(%79 : tensor<?x3x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %138 = arith.addf %in, %out : f32
      linalg.yield %138 : f32
    } -> tensor<?x3x?x1xf32>
    %81 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%77, %80 : tensor<?x3x?x?xf32>, tensor<?x3x?x1xf32>) outs(%75 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %in_18: f32, %out: f32):
      %138 = arith.divf %in, %in_18 : f32
      linalg.yield %138 : f32
    } -> tensor<?x3x?x?xf32>
    %82 = tensor.empty(%67, %68, %74) : tensor<?x3x?x?xi1>
    %83 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%reshape_11 : tensor<?x3x?x?xf32>) outs(%82 : tensor<?x3x?x?xi1>) {
    ^bb0(%in: f32, %out: i1):
      %138 = arith.extf %in : f32 to f64
      %139 = arith.cmpf oeq, %138, %cst_2 : f64
      linalg.yield %139 : i1
    } -> tensor<?x3x?x?xi1>
    %84 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%83 : tensor<?x3x?x?xi1>) outs(%82 : tensor<?x3x?x?xi1>) {
    ^bb0(%in: i1, %out: i1):
      %138 = arith.cmpi eq, %in, %false : i1
      linalg.yield %138 : i1
    } -> tensor<?x3x?x?xi1>
    %85 = tensor.empty(%67, %68) : tensor<?x3x?x1xi1>
    %86 = linalg.fill ins(%false : i1) outs(%85 : tensor<?x3x?x1xi1>) -> tensor<?x3x?x1xi1>
    %87 = linalg.generic {indexing_maps = [#map, #map2], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%84 : tensor<?x3x?x?xi1>) outs(%86 : tensor<?x3x?x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %138 = arith.ori %in, %out : i1
      linalg.yield %138 : i1
    } -> tensor<?x3x?x1xi1>
    %88 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%87 : tensor<?x3x?x1xi1>) outs(%85 : tensor<?x3x?x1xi1>) {
    ^bb0(%in: i1, %out: i1):
      %138 = arith.cmpi eq, %in, %false : i1
      linalg.yield %138 : i1
    } -> tensor<?x3x?x1xi1>
    %89 = arith.cmpi sge, %64, %c0_i64 : i64
    cf.assert %89, "negative values not allowed in new dimensions"
    %90 = arith.index_cast %64 : i64 to index
    %91 = arith.cmpi sge, %65, %c0_i64 : i64
    cf.assert %91, "negative values not allowed in new dimensions"
    %92 = arith.index_cast %65 : i64 to index
    %93 = arith.cmpi sge, %66, %c0_i64 : i64
    cf.assert %93, "negative values not allowed in new dimensions"
    %94 = arith.index_cast %66 : i64 to index
    %95 = tensor.empty(%90, %92, %94) : tensor<?x3x?x?xf32>
    %96 = linalg.generic {indexing_maps = [#map3, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_1 : tensor<f32>) outs(%95 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x3x?x?xf32>
    %97 = arith.cmpi eq, %67, %90 : index
    cf.assert %97, "mismatched size for broadcast"
    %98 = arith.cmpi eq, %68, %92 : index
    cf.assert %98, "mismatched size for broadcast"
    %99 = arith.cmpi eq, %94, %74 : index
    cf.assert %99, "mismatched size for broadcast"
    %100 = tensor.empty(%67, %68, %94) : tensor<?x3x?x?xf32>
    %101 = linalg.generic {indexing_maps = [#map2, #map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%88, %96, %81 : tensor<?x3x?x1xi1>, tensor<?x3x?x?xf32>, tensor<?x3x?x?xf32>) outs(%100 : tensor<?x3x?x?xf32>) {
    ^bb0(%in: i1, %in_18: f32, %in_19: f32, %out: f32):
      %138 = arith.select %in, %in_18, %in_19 : f32
      linalg.yield %138 : f32
    } -> tensor<?x3x?x?xf32>
    cf.assert %8, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %9, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %27, "unimplemented: dynamic negative broadcast sizes"
    %102 = tensor.empty(%dim, %dim_4, %dim_5) : tensor<?x3x?x?xf32>
    %103 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%102 : tensor<?x3x?x?xf32>) {
    ^bb0(%out: f32):
      %138 = linalg.index 0 : index
      %139 = linalg.index 1 : index
      %140 = linalg.index 2 : index
      %141 = linalg.index 3 : index
      %142 = arith.cmpi eq, %67, %c1 : index
      %143 = arith.select %142, %c0, %138 : index
      %144 = arith.cmpi eq, %68, %c1 : index
      %145 = arith.select %144, %c0, %140 : index
      %146 = arith.cmpi eq, %94, %c1 : index
      %147 = arith.select %146, %c0, %141 : index
      %extracted = tensor.extract %101[%143, %139, %145, %147] : tensor<?x3x?x?xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x?xf32>
    %104 = arith.muli %18, %2 : i64
    %105 = arith.addi %19, %c1_i64 : i64
    %106 = arith.select %32, %18, %104 : i64
    %107 = arith.select %32, %105, %19 : i64
    %108 = arith.cmpi sle, %107, %c1_i64 : i64
    cf.assert %108, "must have at most one inferred (negative) dimension"
    %109 = arith.muli %22, %2 : i64
    %110 = arith.divsi %109, %106 : i64
    %111 = arith.select %12, %110, %7 : i64
    %112 = arith.select %17, %110, %1 : i64
    %113 = arith.select %32, %110, %2 : i64
    %from_elements_12 = tensor.from_elements %111, %112, %113 : tensor<3xi64>
    %reshape_13 = tensor.reshape %103(%from_elements_12) : (tensor<?x3x?x?xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
    cf.assert %8, "unimplemented: dynamic negative broadcast sizes"
    cf.assert %27, "unimplemented: dynamic negative broadcast sizes"
    %114 = tensor.empty(%dim, %dim_5) : tensor<?x3x?x4xf32>
    %115 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%114 : tensor<?x3x?x4xf32>) {
    ^bb0(%out: f32):
      %138 = linalg.index 0 : index
      %139 = linalg.index 1 : index
      %140 = linalg.index 2 : index
      %141 = linalg.index 3 : index
      %dim_18 = tensor.dim %arg2, %c0 : tensor<?x3x?x4xf32>
      %142 = arith.cmpi eq, %dim_18, %c1 : index
      %143 = arith.select %142, %c0, %138 : index
      %144 = arith.cmpi eq, %dim_5, %c1 : index
      %145 = arith.select %144, %c0, %140 : index
      %extracted = tensor.extract %arg2[%143, %139, %145, %141] : tensor<?x3x?x4xf32>
      linalg.yield %extracted : f32
    } -> tensor<?x3x?x4xf32>
    %116 = arith.muli %13, %2 : i64
    %117 = arith.select %32, %13, %116 : i64
    %118 = arith.muli %117, %c4_i64 : i64
    cf.assert %35, "must have at most one inferred (negative) dimension"
    %119 = arith.muli %7, %2 : i64
    %120 = arith.muli %119, %c4_i64 : i64
    %121 = arith.divsi %120, %118 : i64
    %122 = arith.select %12, %121, %7 : i64
    %123 = arith.select %32, %121, %2 : i64
    %from_elements_14 = tensor.from_elements %122, %123, %c4_i64 : tensor<3xi64>
    %reshape_15 = tensor.reshape %115(%from_elements_14) : (tensor<?x3x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
    %124 = arith.index_cast %111 : i64 to index
    %125 = arith.index_cast %112 : i64 to index
    %126 = arith.cmpi eq, %111, %122 : i64
    cf.assert %126, "mismatching contracting dimension"
    %127 = arith.cmpi eq, %113, %123 : i64
    cf.assert %127, "mismatching contracting dimension"
    %128 = tensor.empty(%124, %125) : tensor<?x?x4xf32>
    %129 = linalg.fill ins(%cst : f32) outs(%128 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %130 = linalg.batch_matmul ins(%reshape_13, %reshape_15 : tensor<?x?x?xf32>, tensor<?x?x4xf32>) outs(%129 : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %131 = arith.muli %54, %c4_i64 : i64
    %132 = arith.cmpi sle, %55, %c1_i64 : i64
    cf.assert %132, "must have at most one inferred (negative) dimension"
    %133 = arith.muli %111, %112 : i64
    %134 = arith.muli %133, %c4_i64 : i64
    %135 = arith.divsi %134, %131 : i64
    %136 = arith.select %48, %135, %0 : i64
    %137 = arith.select %17, %135, %1 : i64
    %from_elements_16 = tensor.from_elements %136, %c3_i64, %137, %c4_i64 : tensor<4xi64>
    %reshape_17 = tensor.reshape %130(%from_elements_16) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x3x?x4xf32>
    return %reshape_17 : tensor<?x3x?x4xf32>
  }
}
