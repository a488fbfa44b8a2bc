// A mistake in a kernel ends the host program with the PTX line.

// REQUIRES: mlir-dylib
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa opt-level=3" -o %t.mlir
// RUN: not mlir-runner %t.mlir --entry-point-result=void --shared-libs=%gpu_runtime 2>&1 | FileCheck %s
// RUN: not env SATTN_DEVICE=emulated-sm_75 mlir-runner %t.mlir --entry-point-result=void --shared-libs=%gpu_runtime 2>&1 | FileCheck %s --check-prefix=TARGET

// CHECK: error: kernel 'main_kernel': ptx line {{[0-9]+}}: global memory access of 4 bytes at 0x{{.*}} is out of bounds
// CHECK-SAME: thread (4, 0, 0) of block (0, 0, 0)
// TARGET: error: the module is for sm_80, the device is sm_75
func.func @main() {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %t0 = gpu.wait async
  %out, %t1 = gpu.alloc async [%t0] () : memref<4xi32>
  gpu.wait [%t1]
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c5, %ny = %c1, %nz = %c1) {
    %v = arith.index_cast %tx : index to i32
    memref.store %v, %out[%tx] : memref<4xi32>
    gpu.terminator
  }
  return
}
