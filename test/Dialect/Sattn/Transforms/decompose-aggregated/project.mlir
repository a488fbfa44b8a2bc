// RUN: sattn-opt %s -sattn-decompose-aggregated | FileCheck %s

// Two contractions per term. Loops: batch, head, row, axes of the result, sums.

// CHECK-DAG: #[[$BTT_X:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d2, d4, d6)>
// CHECK-DAG: #[[$BTT_R:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d6, d3, d5)>
// CHECK-DAG: #[[$BTT_T:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d4, d5)>
// CHECK-DAG: #[[$BTT_T2:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d4, d5, d6)>
// CHECK-DAG: #[[$BTT_L:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d3, d5, d6)>
// CHECK-DAG: #[[$BTT_Y:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d4)>

// CHECK-LABEL: func.func @btt(
// CHECK-SAME: %[[X:.+]]: tensor<2x?x24xf32>, %[[L:.+]]: tensor<3x6x4x16xf32>, %[[R:.+]]: tensor<3x8x3x12xf32>
// CHECK-DAG: %[[L2:.+]] = tensor.expand_shape %[[L]] {{\[\[}}0], [1], [2], [3, 4]] output_shape [3, 6, 4, 8, 2]
// CHECK-DAG: %[[R2:.+]] = tensor.expand_shape %[[R]] {{\[\[}}0], [1], [2], [3, 4]] output_shape [3, 8, 3, 6, 2]
// CHECK-DAG: %[[X2:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1], [2, 3]] output_shape [2, %{{.*}}, 8, 3]
// CHECK: %[[T:.+]] = linalg.generic {indexing_maps = [#[[$BTT_X]], #[[$BTT_R]], #[[$BTT_T]]]
// CHECK-SAME: ins(%[[X2]], %[[R2]] :
// CHECK: } -> tensor<2x3x?x6x8x2xf32>
// CHECK: %[[Y:.+]] = linalg.generic {indexing_maps = [#[[$BTT_T2]], #[[$BTT_L]], #[[$BTT_Y]]]
// CHECK-SAME: ins(%[[T]], %[[L2]] :
// CHECK: } -> tensor<2x3x?x4x6xf32>
// CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0], [1], [2], [3, 4]] : tensor<2x3x?x4x6xf32> into tensor<2x3x?x24xf32>
func.func @btt(%x: tensor<2x?x24xf32>, %l: tensor<3x6x4x16xf32>, %r: tensor<3x8x3x12xf32>) -> tensor<2x3x?x24xf32> {
  %y = sattn.project %x by #sattn.btt<query = [4, 6], key = [8, 3], rank = 2>(%l, %r : tensor<3x6x4x16xf32>, tensor<3x8x3x12xf32>) : tensor<2x?x24xf32> -> tensor<2x3x?x24xf32>
  return %y : tensor<2x3x?x24xf32>
}

// Half precision: products and sums in f32, one rounding at the end.
// CHECK-LABEL: func.func @low_rank_half(
// CHECK: linalg.generic
// CHECK: ^bb0(%[[A:.+]]: f16, %[[B:.+]]: f16, %[[C:.+]]: f32):
// CHECK-DAG: %[[AW:.+]] = arith.extf %[[A]] : f16 to f32
// CHECK-DAG: %[[BW:.+]] = arith.extf %[[B]] : f16 to f32
// CHECK: %[[P:.+]] = arith.mulf %[[AW]], %[[BW]] : f32
// CHECK: arith.addf %[[C]], %[[P]] : f32
// CHECK: } -> tensor<5x4x1xf32>
// CHECK: linalg.generic
// CHECK: } -> tensor<5x1x8xf32>
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: } -> tensor<5x8xf16>
func.func @low_rank_half(%x: tensor<5x6xf16>, %l: tensor<8x4xf16>, %r: tensor<6x4xf16>) -> tensor<5x8xf16> {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %r : tensor<8x4xf16>, tensor<6x4xf16>) : tensor<5x6xf16> -> tensor<5x8xf16>
  return %y : tensor<5x8xf16>
}

// Levels follow each other in the features; within a level the rank is the outer axis.
// CHECK-LABEL: func.func @mlr_features(
// CHECK: %[[T0:.+]] = linalg.generic
// CHECK: } -> tensor<5x3x1xf32>
// CHECK: %[[F0:.+]] = tensor.collapse_shape %[[T0]] {{\[\[}}0], [1, 2]]
// CHECK: %[[T1:.+]] = linalg.generic
// CHECK: } -> tensor<5x2x4xf32>
// CHECK: %[[F1:.+]] = tensor.collapse_shape %[[T1]] {{\[\[}}0], [1, 2]]
// CHECK: %[[I0:.+]] = tensor.insert_slice %[[F0]] into %{{.*}}[0, 0] [5, 3] [1, 1]
// CHECK: tensor.insert_slice %[[F1]] into %[[I0]][0, 3] [5, 8] [1, 1]
func.func @mlr_features(%x: tensor<5x8xf32>, %w0: tensor<1x8x3xf32>, %w1: tensor<4x2x2xf32>) -> tensor<5x11xf32> {
  %y = sattn.project %x by #sattn.mlr<ranks = [3, 2], blocks = [1, 4]>(%w0, %w1, %w0, %w1 : tensor<1x8x3xf32>, tensor<4x2x2xf32>, tensor<1x8x3xf32>, tensor<4x2x2xf32>) part key : tensor<5x8xf32> -> tensor<5x11xf32>
  return %y : tensor<5x11xf32>
}

// Identity factors cost nothing: one contraction.
// CHECK-LABEL: func.func @block_diagonal(
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @block_diagonal(%x: tensor<5x12xf32>, %d: tensor<4x2x3xf32>) -> tensor<5x8xf32> {
  %y = sattn.project %x by #sattn.block_diagonal<blocks = 4>(%d : tensor<4x2x3xf32>) : tensor<5x12xf32> -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}

// Terms add up in one accumulator; alpha is on the query side of the features.
// CHECK-LABEL: func.func @mlbtc(
// CHECK: %[[S0:.+]] = linalg.generic
// CHECK: arith.constant 5.000000e-01 : f32
// CHECK: %[[Y0:.+]] = tensor.collapse_shape
// CHECK: %[[ACC:.+]] = tensor.expand_shape %[[Y0]]
// CHECK: linalg.generic
// CHECK-SAME: outs(%[[ACC]] :
func.func @mlbtc(%x: tensor<5x8xf32>, %a: tensor<2x4x4xf32>, %b: tensor<4x2x2xf32>, %c: tensor<2x4x3xf32>) -> tensor<5x8xf32> {
  %y = sattn.project %x by #sattn.mlbtc<[{alpha = 0.5, left = [2, 4, 4], right = [4, 2, 2], shuffled}, {alpha = 1.0, left = [2, 4, 3], right = [2, 4, 3]}]>
         (%a, %b, %c, %c : tensor<2x4x4xf32>, tensor<4x2x2xf32>, tensor<2x4x3xf32>, tensor<2x4x3xf32>) : tensor<5x8xf32> -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}

// CHECK-LABEL: func.func @alpha_on_query_features(
// CHECK: arith.constant 5.000000e-01 : f32
// CHECK: return
// CHECK-LABEL: func.func @no_alpha_on_key_features(
// CHECK-NOT: arith.constant 5.000000e-01 : f32
// CHECK: return
func.func @alpha_on_query_features(%x: tensor<5x8xf32>, %c: tensor<2x4x3xf32>) -> tensor<5x6xf32> {
  %y = sattn.project %x by #sattn.mlbtc<[{alpha = 0.5, left = [2, 4, 3], right = [2, 4, 3]}]>(%c, %c : tensor<2x4x3xf32>, tensor<2x4x3xf32>) part query : tensor<5x8xf32> -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}
func.func @no_alpha_on_key_features(%x: tensor<5x8xf32>, %c: tensor<2x4x3xf32>) -> tensor<5x6xf32> {
  %y = sattn.project %x by #sattn.mlbtc<[{alpha = 0.5, left = [2, 4, 3], right = [2, 4, 3]}]>(%c, %c : tensor<2x4x3xf32>, tensor<2x4x3xf32>) part key : tensor<5x8xf32> -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}
