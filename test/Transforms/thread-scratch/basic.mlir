// RUN: sattn-opt %s -convert-scf-to-openmp -sattn-thread-scratch -split-input-file | FileCheck %s

// The buffer of an iteration becomes one of the thread's, and iterations are
// handed out one by one.

// CHECK-LABEL: func.func @scratch(
// CHECK: omp.parallel {
// CHECK-NEXT: %[[BUFFER:.+]] = memref.alloca() : memref<64xf32>
// CHECK: omp.wsloop schedule(dynamic) {
// CHECK: omp.loop_nest
// CHECK-NOT: memref.alloca
// CHECK: memref.store %{{.+}}, %[[BUFFER]]
// CHECK: omp.yield
func.func @scratch(%n: index, %x: f32, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %buffer = memref.alloca() : memref<64xf32>
    memref.store %x, %buffer[%c0] : memref<64xf32>
    %y = memref.load %buffer[%c0] : memref<64xf32>
    memref.store %y, %out[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

// -----

// A buffer of dynamic size stays where it is, in the scope that frees it.

// CHECK-LABEL: func.func @dynamic(
// CHECK: omp.loop_nest
// CHECK: memref.alloca_scope {
// CHECK: memref.alloca(%{{.+}}) : memref<?xf32>
func.func @dynamic(%n: index, %x: f32, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %buffer = memref.alloca(%i) : memref<?xf32>
    memref.store %x, %buffer[%c0] : memref<?xf32>
    %y = memref.load %buffer[%c0] : memref<?xf32>
    memref.store %y, %out[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

// -----

// A buffer of a page is taken from one that is 512 bytes larger.

// CHECK-LABEL: func.func @page(
// CHECK: omp.parallel {
// CHECK-NEXT: %[[BYTES:.+]] = memref.alloca() {alignment = 64 : i64} : memref<4608xi8>
// CHECK: %[[BUFFER:.+]] = memref.view %[[BYTES]][%{{.+}}][] : memref<4608xi8> to memref<1024xf32>
// CHECK: omp.loop_nest
// CHECK: memref.store %{{.+}}, %[[BUFFER]]
func.func @page(%n: index, %x: f32, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %buffer = memref.alloca() {alignment = 64 : i64} : memref<1024xf32>
    memref.store %x, %buffer[%c0] : memref<1024xf32>
    %y = memref.load %buffer[%c0] : memref<1024xf32>
    memref.store %y, %out[%i] : memref<?xf32>
    scf.reduce
  }
  return
}
