// RUN: sattn-opt %s --pass-pipeline="builtin.module(sattn-nv-device-buffers)" -split-input-file -verify-diagnostics

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = "">]
  func.func @unknown_address(%p: !llvm.ptr<1>) {
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected the address of one buffer as argument #0 of the kernel}}
    gpu.launch_func @kernels::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%p : !llvm.ptr<1>)
    return
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = "">]
  func.func @strided(%n: i32, %buffer: memref<8xf32, strided<[2]>>) {
    %c1 = arith.constant 1 : index
    %index = memref.extract_aligned_pointer_as_index %buffer : memref<8xf32, strided<[2]>> -> index
    %address = arith.index_cast %index : index to i64
    %p = llvm.inttoptr %address : i64 to !llvm.ptr<1>
    // expected-error @below {{expected a buffer with the identity layout as argument #1 of the kernel, got 'memref<8xf32, strided<[2]>>'}}
    gpu.launch_func @kernels::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i32, %p : !llvm.ptr<1>)
    return
  }
}
