// RUN: sattn-opt %s --sattn-nv-map-threads --split-input-file --verify-diagnostics | FileCheck %s

// Iterations are numbered; 64 of them are a block. The number is divided by the extents.

// CHECK-LABEL: func.func @loop(
// CHECK-SAME: %[[M:.+]]: memref<?x?xf32>, %[[A:.+]]: index, %[[B:.+]]: index)
// CHECK: %[[TOTAL:.+]] = arith.muli
// CHECK: %[[BLOCKS:.+]] = arith.ceildivui %{{.+}}, %c64
// CHECK: scf.forall (%[[BLOCK:.+]]) in (%[[BLOCKS]])
// CHECK:   %[[SCRATCH:.+]] = memref.alloca() : memref<4xf32>
// CHECK:   %[[THREAD:.+]] = gpu.thread_id x
// CHECK:   %[[NUMBER:.+]] = arith.addi %{{.+}}, %{{.+}} : i64
// CHECK:   %[[EXISTS:.+]] = arith.cmpi ult, %[[NUMBER]], %{{.+}} : i64
// CHECK:   scf.if %[[EXISTS]] {
// CHECK:     %[[EXTENT:.+]] = arith.index_cast %[[B]] : index to i64
// CHECK:     %[[REM:.+]] = arith.remui %[[NUMBER]], %[[EXTENT]]
// CHECK:     %[[DIV:.+]] = arith.divui %[[NUMBER]], %[[EXTENT]]
// CHECK:     %[[J:.+]] = arith.index_cast %[[REM]] : i64 to index
// CHECK:     %[[I:.+]] = arith.index_cast %[[DIV]] : i64 to index
// CHECK:     memref.load %[[SCRATCH]]
// CHECK:     memref.store %{{.+}}, %[[M]][%[[I]], %[[J]]]
// CHECK: mapping = [#gpu.block<linear_dim_0>], sattn_nv.config = #sattn_nv.config<warps = 2, stages = 1>
func.func @loop(%m: memref<?x?xf32>, %a: index, %b: index) {
  %c0 = arith.constant 0 : index
  scf.forall (%i, %j) in (%a, %b) {
    %scratch = memref.alloc() : memref<4xf32>
    %x = memref.load %scratch[%c0] : memref<4xf32>
    memref.store %x, %m[%i, %j] : memref<?x?xf32>
  } {mapping = [#gpu.thread<linear_dim_1>, #gpu.thread<linear_dim_0>]}
  return
}

// -----

// A thread computes an element of the result; reductions are its loops.

// CHECK-LABEL: func.func @product(
// CHECK: scf.forall
// CHECK:   scf.if
// CHECK:     memref.subview %{{.+}}[%[[I:.+]], 0] [1, 16] [1, 1]
// CHECK:     memref.subview %{{.+}}[0, %[[J:.+]]] [16, 1] [1, 1]
// CHECK:     memref.subview %{{.+}}[%[[I]], %[[J]]] [1, 1] [1, 1]
// CHECK:     linalg.matmul
func.func @product(%a: memref<8x16xf32>, %b: memref<16x4xf32>, %c: memref<8x4xf32>) {
  linalg.matmul ins(%a, %b : memref<8x16xf32>, memref<16x4xf32>) outs(%c : memref<8x4xf32>)
  return
}

// -----

// CHECK-LABEL: func.func @copy(
// CHECK-NOT: memref.copy
// CHECK: scf.forall
// CHECK:   linalg.generic
func.func @copy(%a: memref<?x8xf32>, %b: memref<?x8xf32>) {
  memref.copy %a, %b : memref<?x8xf32> to memref<?x8xf32>
  return
}

// -----

// A sum of everything is one thread's work.

// CHECK-LABEL: func.func @sum(
// CHECK: scf.forall
// CHECK:   scf.if
// CHECK:     linalg.generic
func.func @sum(%a: memref<8xf32>, %b: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
    ins(%a : memref<8xf32>) outs(%b : memref<f32>) {
  ^bb0(%x: f32, %s: f32):
    %0 = arith.addf %x, %s : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @dynamic(%m: memref<?xf32>, %a: index) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (%a) {
    // expected-error@+1 {{expected a scratch buffer of static size in a kernel, got 'memref<?xf32>'}}
    %scratch = memref.alloc(%i) : memref<?xf32>
    %x = memref.load %scratch[%c0] : memref<?xf32>
    memref.store %x, %m[%i] : memref<?xf32>
  } {mapping = [#gpu.thread<linear_dim_0>]}
  return
}

// -----

func.func @exchanged(%m: memref<?xf32>, %a: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%i) in (%a) {
    %first = memref.alloc() : memref<1xf32>
    // expected-error@+1 {{expected a loop in a kernel that updates its buffers in place}}
    %last = scf.for %j = %c0 to %a step %c1 iter_args(%old = %first) -> memref<1xf32> {
      %new = memref.alloc() : memref<1xf32>
      linalg.copy ins(%old : memref<1xf32>) outs(%new : memref<1xf32>)
      scf.yield %new : memref<1xf32>
    }
    %x = memref.load %last[%c0] : memref<1xf32>
    memref.store %x, %m[%i] : memref<?xf32>
  } {mapping = [#gpu.thread<linear_dim_0>]}
  return
}
