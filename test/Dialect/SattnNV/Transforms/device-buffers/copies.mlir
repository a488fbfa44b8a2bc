// RUN: sattn-opt %s --pass-pipeline="builtin.module(sattn-nv-device-buffers)" | FileCheck %s

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = "">]

  // The view of %in is moved, %in is copied as a whole; only %out comes back. Two
  // pointers into one buffer are one copy.
  // CHECK-LABEL: func.func @view(
  // CHECK-SAME: %[[IN:.+]]: memref<?x64xf16>, %[[OUT:.+]]: memref<8x64xf16>)
  // CHECK-DAG: %[[VIEWED:.+]] = llvm.inttoptr {{.*}} : i64 to !llvm.ptr<1>
  // CHECK: %[[T0:.+]] = gpu.wait async
  // CHECK: %[[SIZE:.+]] = memref.dim %[[IN]], %{{.+}} : memref<?x64xf16>
  // CHECK: %[[DIN:.+]], %[[T1:.+]] = gpu.alloc async [%[[T0]]] (%[[SIZE]]) : memref<?x64xf16>
  // CHECK: %[[T2:.+]] = gpu.memcpy async [%[[T1]]] %[[DIN]], %[[IN]]
  // CHECK: %[[DOUT:.+]], %[[T3:.+]] = gpu.alloc async [%[[T2]]] () : memref<8x64xf16>
  // CHECK: %[[T4:.+]] = gpu.memcpy async [%[[T3]]] %[[DOUT]], %[[OUT]]
  // CHECK-NEXT: gpu.wait [%[[T4]]]
  // CHECK: %[[ADDRESS:.+]] = llvm.ptrtoint %[[VIEWED]]
  // CHECK: %[[HOST:.+]] = memref.extract_aligned_pointer_as_index %[[IN]]
  // CHECK: %[[HOST_ADDRESS:.+]] = arith.index_cast %[[HOST]]
  // CHECK: %[[OFFSET:.+]] = arith.subi %[[ADDRESS]], %[[HOST_ADDRESS]] : i64
  // CHECK: %[[DEVICE:.+]] = memref.extract_aligned_pointer_as_index %[[DIN]]
  // CHECK: %[[DEVICE_ADDRESS:.+]] = arith.index_cast %[[DEVICE]]
  // CHECK: %[[SUM:.+]] = arith.addi %[[DEVICE_ADDRESS]], %[[OFFSET]] : i64
  // CHECK: %[[MOVED:.+]] = llvm.inttoptr %[[SUM]] : i64 to !llvm.ptr<1>
  // CHECK-NOT: gpu.alloc
  // CHECK: gpu.launch_func @kernels::@f {{.*}} args(%[[MOVED]] : !llvm.ptr<1>, %{{.+}} : !llvm.ptr<1>, %{{.+}} : !llvm.ptr<1>)
  // CHECK: %[[T5:.+]] = gpu.wait async
  // CHECK: %[[T6:.+]] = gpu.dealloc async [%[[T5]]] %[[DIN]]
  // CHECK: %[[T7:.+]] = gpu.memcpy async [%[[T6]]] %[[OUT]], %[[DOUT]]
  // CHECK: %[[T8:.+]] = gpu.dealloc async [%[[T7]]] %[[DOUT]]
  // CHECK: gpu.wait [%[[T8]]]
  func.func @view(%in: memref<?x64xf16>, %out: memref<8x64xf16>) {
    %c1 = arith.constant 1 : index
    %c1024 = arith.constant 1024 : i64
    %view = memref.subview %in[8, 0] [8, 64] [1, 1] : memref<?x64xf16> to memref<8x64xf16, strided<[64, 1], offset: 512>>
    %view_index = memref.extract_aligned_pointer_as_index %view : memref<8x64xf16, strided<[64, 1], offset: 512>> -> index
    %view_base = arith.index_cast %view_index : index to i64
    %view_address = arith.addi %view_base, %c1024 : i64
    %p = llvm.inttoptr %view_address : i64 to !llvm.ptr<1>
    %whole_index = memref.extract_aligned_pointer_as_index %in : memref<?x64xf16> -> index
    %whole_address = arith.index_cast %whole_index : index to i64
    %q = llvm.inttoptr %whole_address : i64 to !llvm.ptr<1>
    %out_index = memref.extract_aligned_pointer_as_index %out : memref<8x64xf16> -> index
    %out_address = arith.index_cast %out_index : index to i64
    %r = llvm.inttoptr %out_address : i64 to !llvm.ptr<1>
    gpu.launch_func @kernels::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%p : !llvm.ptr<1>, %q : !llvm.ptr<1>, %r : !llvm.ptr<1>) {sattn_nv.written = array<i32: 2>}
    return
  }

  // Without the attribute everything comes back.
  // CHECK-LABEL: func.func @unknown(
  // CHECK-SAME: %[[BUFFER:.+]]: memref<8xf32>)
  // CHECK: gpu.launch_func
  // CHECK: gpu.memcpy async {{.*}} %[[BUFFER]], %{{.+}} : memref<8xf32>, memref<8xf32>
  func.func @unknown(%buffer: memref<8xf32>) {
    %c1 = arith.constant 1 : index
    %index = memref.extract_aligned_pointer_as_index %buffer : memref<8xf32> -> index
    %address = arith.index_cast %index : index to i64
    %p = llvm.inttoptr %address : i64 to !llvm.ptr<1>
    gpu.launch_func @kernels::@g blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%p : !llvm.ptr<1>)
    return
  }

  // CHECK-LABEL: func.func @no_pointer(
  // CHECK-NOT: gpu.alloc
  // CHECK: return
  func.func @no_pointer(%n: i32) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @kernels::@h blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i32)
    return
  }

  // The description is that of the copy.
  // CHECK-LABEL: func.func @map(
  // CHECK-SAME: %[[K:.+]]: memref<?x64xf16>)
  // CHECK: %[[MAP:.+]] = llvm.alloca {{.*}} x !llvm.array<16 x i64>
  // CHECK: %[[DK:.+]], %{{.+}} = gpu.alloc
  // CHECK: %[[TO:.+]] = memref.extract_aligned_pointer_as_index %[[DK]]
  // CHECK: %[[TO_ADDRESS:.+]] = arith.index_cast %[[TO]]
  // CHECK: %[[ADDRESS:.+]] = arith.addi %[[TO_ADDRESS]], %{{.+}} : i64
  // CHECK-NOT: sattn_nv.tensor_map
  // CHECK: llvm.call @sattnEncodeTensorMap(%[[MAP]], %[[ADDRESS]],
  // CHECK: %[[BYTES:.+]] = llvm.load %[[MAP]]
  // CHECK: gpu.launch_func {{.*}} args(%[[BYTES]] : !llvm.array<16 x i64>)
  func.func @map(%k: memref<?x64xf16>) {
    %c1 = arith.constant 1 : index
    %map = sattn_nv.tensor_map %k axis 0 rows 64 columns 64 : memref<?x64xf16> -> !llvm.array<16 x i64>
    gpu.launch_func @kernels::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%map : !llvm.array<16 x i64>) {sattn_nv.written = array<i32>}
    return
  }
}
