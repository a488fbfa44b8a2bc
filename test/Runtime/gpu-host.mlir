// Host code that upstream's passes lower runs in the interpreter, over the
// runtime library: modules, streams, device memory, a launch.

// REQUIRES: mlir-dylib
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa opt-level=3" \
// RUN:   | mlir-runner --entry-point-result=void --shared-libs=%gpu_runtime,%llvm_library_dir/libmlir_runner_utils.so,%llvm_library_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

// Every thread adds the numbers of its block that come before its own.
// CHECK: [0, 1, 3, 6, 10, 15, 21, 28, 8, 17, 27, 38, 50, 63, 77, 92]
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %host = memref.alloc() : memref<16xi32>
  scf.for %i = %c0 to %c16 step %c1 {
    %v = arith.index_cast %i : index to i32
    memref.store %v, %host[%i] : memref<16xi32>
  }
  %t0 = gpu.wait async
  %in, %t1 = gpu.alloc async [%t0] () : memref<16xi32>
  %out, %t2 = gpu.alloc async [%t1] () : memref<16xi32>
  %t3 = gpu.memcpy async [%t2] %in, %host : memref<16xi32>, memref<16xi32>
  gpu.wait [%t3]
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c8, %ny = %c1, %nz = %c1) {
    %first = arith.muli %bx, %c8 : index
    %own = arith.addi %first, %tx : index
    %end = arith.addi %own, %c1 : index
    %zero = arith.constant 0 : i32
    %sum = scf.for %i = %first to %end step %c1 iter_args(%s = %zero) -> (i32) {
      %v = memref.load %in[%i] : memref<16xi32>
      %n = arith.addi %s, %v : i32
      scf.yield %n : i32
    }
    memref.store %sum, %out[%own] : memref<16xi32>
    gpu.terminator
  }
  %t4 = gpu.wait async
  %t5 = gpu.memcpy async [%t4] %host, %out : memref<16xi32>, memref<16xi32>
  %t6 = gpu.dealloc async [%t5] %in : memref<16xi32>
  %t7 = gpu.dealloc async [%t6] %out : memref<16xi32>
  gpu.wait [%t7]
  %printed = memref.cast %host : memref<16xi32> to memref<*xi32>
  call @printMemrefI32(%printed) : (memref<*xi32>) -> ()
  memref.dealloc %host : memref<16xi32>
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
