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

  // tf32: an 8 x 8 matrix is 8 rows by 4 columns, so that there are twice as many; every
  // number is rounded to the nearest once it has been read. Rows are read one by one,
  // since ldmatrix transposes pairs of bytes.
  // CHECK-LABEL: llvm.func @tf32(
  // CHECK-COUNT-2: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32,
  // CHECK-COUNT-8: nvvm.convert.float.to.tf32 %{{.+}} {rnd = #nvvm.fp_rnd_mode<rna>}
  // CHECK: nvvm.ldmatrix
  // CHECK-COUNT-4: nvvm.convert.float.to.tf32
  // CHECK-COUNT-2: nvvm.mma.sync A[%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}] B[%{{.+}}, %{{.+}}] C[%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}] {{.*}}multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 8>}
  // CHECK: nvvm.ldmatrix
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK-COUNT-8: nvvm.convert.float.to.tf32
  // CHECK-COUNT-4: llvm.load %{{.+}} : !llvm.ptr<3> -> i32
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-COUNT-4: llvm.load %{{.+}} : !llvm.ptr<3> -> i32
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: llvm.return
  llvm.func @tf32(%o: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %m = sattn_nv.view %o sizes [] strides [] : !llvm.ptr<1> -> memref<16x16xf32>
    %t = sattn_nv.alloc 1 at 0 : !sattn_nv.tile<16x16xf32>
    %q = sattn_nv.load_a %t : !sattn_nv.tile<16x16xf32> -> !sattn_nv.frag<16x16xtf32, a, 1>
    %z = sattn_nv.fill %zero : f32 -> !acc
    %s = sattn_nv.mma %q, %t, %z : !sattn_nv.frag<16x16xtf32, a, 1>, !sattn_nv.tile<16x16xf32>, !acc
    %p = sattn_nv.to_a %s : !acc -> !sattn_nv.frag<16x16xtf32, acc, 1>
    %r = sattn_nv.mma %p, %t transposed, %z : !sattn_nv.frag<16x16xtf32, acc, 1>, !sattn_nv.tile<16x16xf32>, !acc
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

  // A warp with no marked element skips the product of the second strip. Strips are
  // computed one after the other: each has its values before the next begins.
  // CHECK-LABEL: llvm.func @strips(
  // CHECK: nvvm.ldmatrix
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-COUNT-8: llvm.inline_asm has_side_effects asm_dialect = att "", "=f,0"
  // CHECK: %[[ANY:.+]] = nvvm.vote.sync any
  // CHECK: scf.if %[[ANY]]
  // CHECK: nvvm.ldmatrix
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-COUNT-8: arith.select
  // CHECK: } else {
  // CHECK-COUNT-8: llvm.inline_asm has_side_effects asm_dialect = att "", "=f,0"
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: llvm.return
  llvm.func @strips(%o: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %c0 = arith.constant 0 : index
    %m = sattn_nv.view %o sizes [] strides [] : !llvm.ptr<1> -> memref<16x32xf32>
    %t = sattn_nv.alloc 1 at 0 : !sattn_nv.tile<32x16xf16>
    %qt = sattn_nv.alloc 1 at 1024 : !t
    %q = sattn_nv.load_a %qt : !t -> !a
    %z = sattn_nv.fill %zero : f32 -> !acc
    %s0 = sattn_nv.mma %q, %t, %z : !a, !sattn_nv.tile<32x16xf16>, !acc
    %w = sattn_nv.map() at %c0, %c0 -> !sattn_nv.frag<16x16xi1, acc, 1> {
    ^bb0(%i: index, %j: index):
      %x = arith.cmpi eq, %i, %j : index
      sattn_nv.yield %x : i1
    }
    %s1 = sattn_nv.mma %q, %t, %z strip 16 where %w : !a, !sattn_nv.tile<32x16xf16>, !acc, !sattn_nv.frag<16x16xi1, acc, 1>
    %s = sattn_nv.concat %s0, %s1 : !acc, !acc -> !sattn_nv.frag<16x32xf32, acc, 1>
    sattn_nv.store %s into %m : !sattn_nv.frag<16x32xf32, acc, 1>, memref<16x32xf32>
    llvm.return
  }

  // Pairs to keep take one register for 32 elements, made before the check of the tile;
  // in the rare branch a loop over columns makes 8 bits per iteration of two products.
  // CHECK-LABEL: llvm.func @sanitize(
  // CHECK: llvm.inline_asm has_side_effects asm_dialect = att "", "=r,0"
  // CHECK-NOT: "=r,0"
  // CHECK: scf.for
  // CHECK: nvvm.vote.sync any
  // CHECK: scf.if
  // CHECK: scf.for
  // CHECK: nvvm.ldmatrix
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: scf.yield
  // CHECK-COUNT-8: arith.select
  // CHECK: nvvm.barrier
  llvm.func @sanitize(%o: !llvm.ptr<1>, %x: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %m = sattn_nv.view %o sizes [] strides [] : !llvm.ptr<1> -> memref<16x16xf32>
    %v = sattn_nv.view %x sizes [] strides [] : !llvm.ptr<1> -> memref<16x16xf32>
    %s = sattn_nv.load %v : memref<16x16xf32> -> !acc
    %t = sattn_nv.alloc 1 at 0 : !t
    %k = sattn_nv.map(%s : !acc) -> !sattn_nv.frag<16x16xi1, acc, 1> {
    ^bb0(%y: f32):
      %b = arith.cmpf une, %y, %zero : f32
      sattn_nv.yield %b : i1
    }
    %keep = sattn_nv.to_bits %k : !sattn_nv.frag<16x16xi1, acc, 1> -> !sattn_nv.frag<16x16xi1, bits, 1>
    %r = sattn_nv.sanitize %keep, %t, %s : !sattn_nv.frag<16x16xi1, bits, 1>, !t, !acc
    sattn_nv.store %r into %m : !acc, memref<16x16xf32>
    llvm.return
  }
}
