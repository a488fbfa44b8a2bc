// RUN: sattn-opt %s --sattn-nv-outline --split-input-file --verify-diagnostics | FileCheck %s

!acc = !sattn_nv.frag<64x64xf32, acc, 4>

// Arguments: pointer, dynamic sizes, dynamic strides of each buffer in the function's
// order, then scalars. Sizes are computed in the kernel, not passed again.
// CHECK: gpu.module @sattn_kernels {
// CHECK-LABEL: llvm.func @store(
// CHECK-SAME: %[[P:.+]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias}, %[[B:[^:]+]]: i32, %[[M:[^:]+]]: i32, %[[STRIDE:[^:]+]]: i64, %[[X:[^:]+]]: f32)
// CHECK-SAME: gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 128, 1, 1>, sattn_nv.shared_bytes = 1024 : i32
// CHECK: %[[BI:.+]] = arith.index_cast %[[B]] : i32 to index
// CHECK: %[[MI:.+]] = arith.index_cast %[[M]] : i32 to index
// CHECK: %[[VIEW:.+]] = sattn_nv.view %[[P]] sizes[%[[BI]], %[[MI]]] strides[%[[STRIDE]]] : <1> -> memref<?x?x64xf16>
// CHECK: %[[IX:.+]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: %[[TILE:.+]] = arith.index_cast %[[IX]] : i32 to index
// CHECK: %[[IY:.+]] = nvvm.read.ptx.sreg.ctaid.y
// CHECK: memref.dim %[[VIEW]]
// CHECK: sattn_nv.store
// CHECK: llvm.return

// CHECK-LABEL: func.func @store(
// CHECK: gpu.launch_func @sattn_kernels::@store blocks in (%[[GX:.+]], %[[GY:.+]], %[[ONE:.+]]) threads in (%{{.+}}, %{{.+}}, %{{.+}}) dynamic_shared_memory_size %{{.+}} args(%{{.+}} : !llvm.ptr<1>, %{{.+}} : i32, %{{.+}} : i32, %{{.+}} : i64, %{{.+}} : f32) {sattn_nv.written = array<i32: 0>}
func.func @store(%o: memref<?x?x64xf16>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = memref.dim %o, %c0 : memref<?x?x64xf16>
  %m = memref.dim %o, %c1 : memref<?x?x64xf16>
  %t = affine.apply affine_map<()[s0] -> (s0 ceildiv 64)>()[%m]
  scf.forall (%i, %j) in (%b, %t) {
    %i0 = affine.apply affine_map<(d0) -> (d0 * 64)>(%j)
    %n = affine.min affine_map<(d0)[s0] -> (64, s0 - d0)>(%i0)[%m]
    %v = sattn_nv.fill %x : f32 -> !acc
    %s = memref.subview %o[%i, %i0, 0] [1, %n, 64] [1, 1, 1] : memref<?x?x64xf16> to memref<?x64xf16, strided<[64, 1], offset: ?>>
    sattn_nv.store %v into %s : !acc, memref<?x64xf16, strided<[64, 1], offset: ?>>
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>, sattn_nv.shared_bytes = 1024 : i32}
  return
}

// -----

// With more than three dimensions z is divided by the bounds of the inner ones; a
// second loop is a second kernel.
// CHECK: gpu.module @sattn_kernels {
// CHECK-LABEL: llvm.func @four(
// CHECK: nvvm.read.ptx.sreg.ctaid.z
// CHECK: %[[BOUND:.+]] = arith.constant 3 : index
// CHECK: arith.remui %{{.+}}, %[[BOUND]] : index
// CHECK: arith.divui %{{.+}}, %[[BOUND]] : index
// CHECK: llvm.func @four_1(
func.func @four(%o: memref<2x3x4x5xf32>) {
  %z = arith.constant 0.0 : f32
  scf.forall (%i, %j, %k, %l) in (2, 3, 4, 5) {
    memref.store %z, %o[%i, %j, %k, %l] : memref<2x3x4x5xf32>
  } {sattn_nv.config = #sattn_nv.config<warps = 1, stages = 1>}
  scf.forall (%i) in (2) {
    memref.store %z, %o[%i, %i, %i, %i] : memref<2x3x4x5xf32>
  } {sattn_nv.config = #sattn_nv.config<warps = 1, stages = 1>}
  return
}

// -----

func.func @steps(%o: memref<4xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error@+1 {{expected a loop from 0 in steps of 1}}
  scf.forall (%i) = (0) to (4) step (2) {
    memref.store %z, %o[%i] : memref<4xf32>
  } {sattn_nv.config = #sattn_nv.config<warps = 1, stages = 1>}
  return
}

// -----

func.func @tensors(%o: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expected a bufferized loop}}
  %r = scf.forall (%i) in (4) shared_outs(%x = %o) -> (tensor<4xf32>) {
  } {sattn_nv.config = #sattn_nv.config<warps = 1, stages = 1>}
  return %r : tensor<4xf32>
}

// -----

// A tensor map is passed by value, its 128 bytes behind the buffers; a kernel whose warps
// exchange registers says how many blocks fit (ptxas C7508).
// CHECK-LABEL: llvm.func @tensor_map(
// CHECK-SAME: %{{.+}}: !llvm.ptr<1> {{.*}}, %[[MAP:.+]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<16 x i64>, nvvm.grid_constant})
// CHECK-SAME: nvvm.maxntid = array<i32: 384, 1, 1>, nvvm.minctasm = 1 : i32
// CHECK: sattn_nv.push %[[MAP]][
// CHECK-LABEL: func.func @tensor_map(
// CHECK: %[[BYTES:.+]] = sattn_nv.tensor_map
// CHECK: gpu.launch_func {{.*}}args(%{{.+}} : !llvm.ptr<1>, %[[BYTES]] : !llvm.array<16 x i64>)
func.func @tensor_map(%k: memref<128x64xf16>, %o: memref<128xf32>, %x: !sattn_nv.frag<128xf32, row, 8>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %map = sattn_nv.tensor_map %k axis 0 rows 64 columns 64 : memref<128x64xf16> -> !llvm.array<16 x i64>
  scf.forall (%i) in (2) {
    %ring = sattn_nv.ring at 0 barriers 8192 : !sattn_nv.ring<1 x <64x64xf16>>
    sattn_nv.push %map[%i, %c0] panels 1 into %ring at %c0 : !llvm.array<16 x i64>, !sattn_nv.ring<1 x <64x64xf16>>
    %y = sattn_nv.fill %one : f32 -> !sattn_nv.frag<128xf32, row, 8>
    sattn_nv.store %y into %o : !sattn_nv.frag<128xf32, row, 8>, memref<128xf32>
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>, sattn_nv.shared_bytes = 8208 : i32}
  return
}
