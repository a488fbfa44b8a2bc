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
// CHECK: gpu.launch_func @sattn_kernels::@store blocks in (%[[GX:.+]], %[[GY:.+]], %[[ONE:.+]]) threads in (%{{.+}}, %{{.+}}, %{{.+}}) dynamic_shared_memory_size %{{.+}} args(%{{.+}} : !llvm.ptr<1>, %{{.+}} : i32, %{{.+}} : i32, %{{.+}} : i64, %{{.+}} : f32)
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
