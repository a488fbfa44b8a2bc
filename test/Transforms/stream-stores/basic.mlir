// RUN: sattn-opt %s -sattn-stream-stores=min-bytes=4096 -split-input-file | FileCheck %s
// RUN: sattn-opt %s -sattn-stream-stores -split-input-file | FileCheck %s --check-prefix=NEVER

// Two loops: past the caches if the buffer is large and aligned, ordinary stores if not.

// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[OUT:.+]]: memref<?x256xf32>
// CHECK: %[[ROWS:.+]] = memref.dim %[[OUT]]
// CHECK: %[[BYTES:.+]] = arith.muli
// CHECK: %[[LARGE:.+]] = arith.cmpi sge, %{{.+}}, %{{.+}} : index
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: %[[MASK:.+]] = arith.constant 31 : index
// CHECK: %[[ALIGNED:.+]] = arith.cmpi eq
// CHECK: %[[STREAM:.+]] = arith.andi %[[LARGE]], %[[ALIGNED]] : i1
// CHECK: scf.if %[[STREAM]] {
// CHECK: scf.for
// CHECK: vector.store %{{.+}}, %{{.+}}[%{{.+}}] {alignment = 32 : i64, nontemporal = true}
// CHECK: } else {
// CHECK: scf.for
// CHECK: vector.transfer_write
// CHECK-NOT: sattn.stream
// CHECK: llvm.call_intrinsic "llvm.x86.sse.sfence"()
// CHECK: return

// NEVER-LABEL: func.func @rows(
// NEVER-NOT: nontemporal
// NEVER-NOT: sattn.stream
// NEVER: return
func.func @rows(%out: memref<?x256xf32>, %row: index, %x: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c256 = arith.constant 256 : index
  %view = memref.subview %out[%row, 0] [1, 256] [1, 1]
    : memref<?x256xf32> to memref<1x256xf32, strided<[256, 1], offset: ?>>
  scf.for %column = %c0 to %c256 step %c16 {
    vector.transfer_write %x, %view[%c0, %column] {in_bounds = [true]}
      : vector<8xf32>, memref<1x256xf32, strided<[256, 1], offset: ?>>
    %next = arith.addi %column, %c8 : index
    vector.transfer_write %x, %view[%c0, %next] {in_bounds = [true]}
      : vector<8xf32>, memref<1x256xf32, strided<[256, 1], offset: ?>>
  } {sattn.stream}
  return
}

// -----

// Rows of 100 elements are not all aligned; the loop stays, without its mark.

// CHECK-LABEL: func.func @odd_stride(
// CHECK-NOT: nontemporal
// CHECK-NOT: sattn.stream
// CHECK-NOT: sfence
// CHECK: return
func.func @odd_stride(%out: memref<?x100xf32>, %row: index, %x: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c96 = arith.constant 96 : index
  scf.for %column = %c0 to %c96 step %c8 {
    vector.transfer_write %x, %out[%row, %column] {in_bounds = [true]}
      : vector<8xf32>, memref<?x100xf32>
  } {sattn.stream}
  return
}

// -----

// A column that may be anything is not aligned either.

// CHECK-LABEL: func.func @any_column(
// CHECK-NOT: nontemporal
// CHECK: return
func.func @any_column(%out: memref<?x256xf32>, %first: index, %x: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c256 = arith.constant 256 : index
  scf.for %column = %c0 to %c256 step %c8 {
    %place = arith.addi %column, %first : index
    vector.transfer_write %x, %out[%c0, %place] {in_bounds = [true]}
      : vector<8xf32>, memref<?x256xf32>
  } {sattn.stream}
  return
}

// -----

// Each thread waits for its own stores.

// CHECK-LABEL: func.func @parallel(
// CHECK: omp.parallel {
// CHECK: nontemporal = true
// CHECK: llvm.call_intrinsic "llvm.x86.sse.sfence"()
// CHECK-NEXT: omp.terminator
// CHECK-NOT: sfence
// CHECK: return
func.func @parallel(%out: memref<?x256xf32>, %n: index, %x: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c256 = arith.constant 256 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%row) : index = (%c0) to (%n) step (%c1) {
        scf.for %column = %c0 to %c256 step %c8 {
          vector.transfer_write %x, %out[%row, %column] {in_bounds = [true]}
            : vector<8xf32>, memref<?x256xf32>
        } {sattn.stream}
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
