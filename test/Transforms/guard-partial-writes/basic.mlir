// RUN: sattn-opt %s -sattn-guard-partial-writes -split-input-file | FileCheck %s
// RUN: sattn-opt %s -sattn-guard-partial-writes -one-shot-bufferize='bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map' -cse -canonicalize -split-input-file | FileCheck %s --check-prefix=BUFFER

// A row of a tensor of higher rank: the rest of the copy must be there.

// CHECK-LABEL: func.func @row(
// CHECK: %[[ZERO:.+]] = affine.apply
// CHECK: vector.transfer_write %{{.+}}, %{{.+}}[%[[ZERO]], %{{.+}}, %{{.+}}]
// BUFFER-LABEL: func.func @row(
// BUFFER-SAME: %[[ROW:.+]]: vector<16xf32>, %[[OLD:.+]]: memref<1x13x16xf32>
// BUFFER: %[[NEW:.+]] = memref.alloc()
// BUFFER: memref.copy %[[OLD]], %[[NEW]]
// BUFFER: vector.transfer_write %[[ROW]], %[[NEW]][%c0, %c0, %c0] {in_bounds = [true]}
func.func @row(%row: vector<16xf32>, %t: tensor<1x13x16xf32>) -> (tensor<1x13x16xf32>, tensor<1x13x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %row, %t[%c0, %c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<1x13x16xf32>
  return %0, %t : tensor<1x13x16xf32>, tensor<1x13x16xf32>
}

// -----

// A masked write leaves elements alone.

// CHECK-LABEL: func.func @masked(
// CHECK: affine.apply
// BUFFER-LABEL: func.func @masked(
// BUFFER: memref.copy
func.func @masked(%row: vector<16xf32>, %mask: vector<16xi1>, %t: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %row, %t[%c0], %mask {in_bounds = [true]} : vector<16xf32>, tensor<16xf32>
  return %0, %t : tensor<16xf32>, tensor<16xf32>
}

// -----

// The column of a tensor, which a permutation map says.

// CHECK-LABEL: func.func @column(
// CHECK: affine.apply
// BUFFER-LABEL: func.func @column(
// BUFFER: memref.copy
func.func @column(%column: vector<16xf32>, %t: tensor<16x2xf32>) -> (tensor<16x2xf32>, tensor<16x2xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %column, %t[%c0, %c0] {in_bounds = [true], permutation_map = affine_map<(i, j) -> (i)>} : vector<16xf32>, tensor<16x2xf32>
  return %0, %t : tensor<16x2xf32>, tensor<16x2xf32>
}

// -----

// What overwrites everything stays as it is and needs no copy. Writes elsewhere
// are no problem, nor are those to tensors of unknown extents.

// CHECK-LABEL: func.func @whole(
// CHECK-NOT: affine.apply
// BUFFER-LABEL: func.func @whole(
// BUFFER-NOT: memref.copy
// BUFFER: return
func.func @whole(%v: vector<8x16xf32>, %t: tensor<8x13xf32>) -> (tensor<8x13xf32>, tensor<8x13xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %v, %t[%c0, %c0] {in_bounds = [true, false]} : vector<8x16xf32>, tensor<8x13xf32>
  return %0, %t : tensor<8x13xf32>, tensor<8x13xf32>
}

// CHECK-LABEL: func.func @elsewhere(
// CHECK-NOT: affine.apply
func.func @elsewhere(%row: vector<16xf32>, %s: tensor<2x16xf32>, %d: tensor<?x16xf32>) -> (tensor<2x16xf32>, tensor<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = vector.transfer_write %row, %s[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  %1 = vector.transfer_write %row, %d[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<?x16xf32>
  return %0, %1 : tensor<2x16xf32>, tensor<?x16xf32>
}
