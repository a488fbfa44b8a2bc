// RUN: sattn-opt %s --pass-pipeline="builtin.module(gpu.module(convert-sattn-nv-to-nvvm))" --split-input-file | FileCheck %s

!acc = !sattn_nv.frag<16x16xf32, acc, 1>
!row = !sattn_nv.frag<16xf32, row, 1>
!part = !sattn_nv.frag<16xf32, part, 1>
!a = !sattn_nv.frag<16x16xf16, a, 1>
!t = !sattn_nv.tile<16x16xf16>

gpu.module @kernels {
  // CHECK: llvm.mlir.global external @smem() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>

  // One ldmatrix.x4 for 16 columns by 16 keys, two products of 16 x 8 x 16.
  // CHECK-LABEL: llvm.func @product(
  // CHECK-COUNT-2: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32,
  // CHECK-COUNT-2: nvvm.mma.sync A[%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}] B[%{{.+}}, %{{.+}}] C[%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}] {{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 16>}
  // CHECK-NOT: nvvm.mma.sync
  // Rounded in pairs, then the transposing ldmatrix.
  // CHECK-COUNT-4: llvm.fptrunc %{{.+}} : vector<2xf32> to vector<2xf16>
  // CHECK: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<col>, num = 4 : i32,
  // CHECK-COUNT-2: nvvm.mma.sync
  llvm.func @product(%o: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %m = sattn_nv.view %o sizes [] strides [] : !llvm.ptr<1> -> memref<16x16xf32>
    %t = sattn_nv.alloc 1 at 0 : !t
    %q = sattn_nv.load_a %t : !t -> !a
    %z = sattn_nv.fill %zero : f32 -> !acc
    %s = sattn_nv.mma %q, %t, %z : !a, !t, !acc
    %p = sattn_nv.to_a %s : !acc -> !a
    %r = sattn_nv.mma %p, %t transposed, %z : !a, !t, !acc
    sattn_nv.store %r into %m : !acc, memref<16x16xf32>
    llvm.return
  }

  // A maximum over 16 columns: each of the two rows combines its four values, then two
  // shuffles with the other lanes of the quad. No function of a library.
  // CHECK-LABEL: llvm.func @maximum(
  // CHECK-COUNT-6: llvm.intr.maxnum
  // CHECK: nvvm.shfl.sync bfly
  // CHECK: llvm.intr.maxnum
  // CHECK: nvvm.shfl.sync bfly
  // CHECK: llvm.intr.maxnum
  // CHECK-COUNT-2: nvvm.shfl.sync bfly
  // CHECK-NOT: nvvm.shfl
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
  // CHECK-NOT: ex2
  // Only the first lane of a quad stores a row's value.
  // CHECK: scf.if
  // CHECK: llvm.store
  // CHECK: llvm.return
  llvm.func @maximum(%o: !llvm.ptr<1>, %x: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32, 1, 1>} {
    %m = sattn_nv.view %o sizes [] strides [] : !llvm.ptr<1> -> memref<16xf32>
    %v = sattn_nv.view %x sizes [] strides [] : !llvm.ptr<1> -> memref<16x16xf32>
    %s = sattn_nv.load %v : memref<16x16xf32> -> !acc
    %p = sattn_nv.reduce max %s : !acc -> !part
    %r = sattn_nv.across max %p : !part -> !row
    %e = sattn_nv.map(%r : !row) -> !row {
    ^bb0(%y: f32):
      %z = math.exp2 %y : f32
      sattn_nv.yield %z : f32
    }
    sattn_nv.store %e into %m : !row, memref<16xf32>
    llvm.return
  }
}
