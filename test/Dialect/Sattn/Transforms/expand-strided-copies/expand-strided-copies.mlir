// RUN: sattn-opt %s --sattn-expand-strided-copies | FileCheck %s

// CHECK-LABEL: func.func @contiguous(
// CHECK: memref.copy
func.func @contiguous(%a: memref<4x?xf32>, %b: memref<4x?xf32>) {
  memref.copy %a, %b : memref<4x?xf32> to memref<4x?xf32>
  return
}

// CHECK-LABEL: func.func @from_strided(
// CHECK-SAME: %[[A:.+]]: memref<4x8xf32, strided<[16, 1]>>, %[[B:.+]]: memref<4x8xf32>)
// CHECK-NEXT: linalg.copy ins(%[[A]] : {{.*}}) outs(%[[B]] :
// CHECK-NEXT: return
func.func @from_strided(%a: memref<4x8xf32, strided<[16, 1]>>, %b: memref<4x8xf32>) {
  memref.copy %a, %b : memref<4x8xf32, strided<[16, 1]>> to memref<4x8xf32>
  return
}

// CHECK-LABEL: func.func @to_strided(
// CHECK-SAME: %[[A:.+]]: memref<4x8xf32>, %[[B:.+]]: memref<4x8xf32, strided<[16, 1]>>)
// CHECK-NEXT: linalg.copy ins(%[[A]] : {{.*}}) outs(%[[B]] :
// CHECK-NEXT: return
func.func @to_strided(%a: memref<4x8xf32>, %b: memref<4x8xf32, strided<[16, 1]>>) {
  memref.copy %a, %b : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
  return
}
