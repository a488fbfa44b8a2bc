// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s

// The examples of the op descriptions, word for word (test/Lint/op-descriptions.test).

!acc = !sattn_nv.frag<64x64xf32, acc, 4>
!a = !sattn_nv.frag<64x64xf16, a, 4>

// CHECK-LABEL: func.func @global(
func.func @global(%k: tensor<?x48xf16>, %bias: tensor<?xf32>, %o: tensor<?x64xf16>, %x: !acc) -> tensor<?x64xf16> {
  // CHECK: sattn_nv.stage streamed %{{.*}} : tensor<?x48xf16> -> <64x48xf16>
  %kt = sattn_nv.stage streamed %k : tensor<?x48xf16> -> !sattn_nv.tile<64x48xf16>
  // CHECK: sattn_nv.load %{{.*}} : tensor<?xf32> -> <64xf32, col, 4>
  %b = sattn_nv.load %bias : tensor<?xf32> -> !sattn_nv.frag<64xf32, col, 4>
  // CHECK: sattn_nv.store %{{.*}} into %{{.*}} : <64x64xf32, acc, 4>, tensor<?x64xf16> -> tensor<?x64xf16>
  %s = sattn_nv.store %x into %o : !sattn_nv.frag<64x64xf32, acc, 4>, tensor<?x64xf16> -> tensor<?x64xf16>
  return %s : tensor<?x64xf16>
}

// CHECK-LABEL: func.func @products(
func.func @products(%qt: !sattn_nv.tile<64x64xf16>, %kt: !sattn_nv.tile<64x64xf16>, %vt: !sattn_nv.tile<64x64xf16>, %k: !sattn_nv.frag<64x64xi1, acc, 4>) -> (!acc, !acc) {
  %zero = arith.constant 0.0 : f32
  // CHECK: sattn_nv.load_a %{{.*}} : <64x64xf16> -> <64x64xf16, a, 4>
  %qa = sattn_nv.load_a %qt : !sattn_nv.tile<64x64xf16> -> !sattn_nv.frag<64x64xf16, a, 4>
  // CHECK: sattn_nv.fill %{{.*}} : f32 -> <64x64xf32, acc, 4>
  %z = sattn_nv.fill %zero : f32 -> !sattn_nv.frag<64x64xf32, acc, 4>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}}, %{{.*}} : <64x64xf16, a, 4>, <64x64xf16>, <64x64xf32, acc, 4>
  %s = sattn_nv.mma %qa, %kt, %z : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  // CHECK: sattn_nv.to_a %{{.*}} : <64x64xf32, acc, 4> -> <64x64xf16, a, 4>
  %pa = sattn_nv.to_a %s : !acc -> !a
  // CHECK: sattn_nv.to_bits %{{.*}} : <64x64xi1, acc, 4> -> <64x64xi1, bits, 4>
  %keep = sattn_nv.to_bits %k : !sattn_nv.frag<64x64xi1, acc, 4> -> !sattn_nv.frag<64x64xi1, bits, 4>
  // CHECK: sattn_nv.sanitize %{{.*}}, %{{.*}}, %{{.*}} : <64x64xi1, bits, 4>, <64x64xf16>, <64x64xf32, acc, 4>
  %n = sattn_nv.sanitize %keep, %vt, %s : !sattn_nv.frag<64x64xi1, bits, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}} transposed, %{{.*}} : <64x64xf16, a, 4>, <64x64xf16>, <64x64xf32, acc, 4>
  %o = sattn_nv.mma %pa, %vt transposed, %n : !a, !sattn_nv.tile<64x64xf16>, !acc
  // CHECK: sattn_nv.columns %{{.*}}[40, 6] : <64x64xf16, a, 4> -> <64x16xf16, a, 4>
  %c = sattn_nv.columns %qa [40, 6] : !sattn_nv.frag<64x64xf16, a, 4> -> !sattn_nv.frag<64x16xf16, a, 4>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}}, %{{.*}} first 32 :
  %t = sattn_nv.mma %c, %kt, %z first 32 : !sattn_nv.frag<64x16xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !acc
  return %o, %t : !acc, !acc
}

// CHECK-LABEL: func.func @strips(
func.func @strips(%a: !a, %kt: !sattn_nv.tile<64x64xf16>, %z: !sattn_nv.frag<64x16xf32, acc, 4>, %w: !sattn_nv.frag<64x16xi1, acc, 4>) -> !sattn_nv.frag<64x32xf32, acc, 4> {
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}}, %{{.*}} : <64x64xf16, a, 4>
  %s0 = sattn_nv.mma %a, %kt, %z : !a, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x16xf32, acc, 4>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}}, %{{.*}} strip 16 where %{{.*}} : <64x64xf16, a, 4>, <64x64xf16>, <64x16xf32, acc, 4>, !sattn_nv.frag<64x16xi1, acc, 4>
  %s1 = sattn_nv.mma %a, %kt, %z strip 16 where %w : !a, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x16xi1, acc, 4>
  // CHECK: sattn_nv.concat %{{.*}}, %{{.*}} : !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x16xf32, acc, 4> -> <64x32xf32, acc, 4>
  %s = sattn_nv.concat %s0, %s1 : !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x16xf32, acc, 4> -> !sattn_nv.frag<64x32xf32, acc, 4>
  return %s : !sattn_nv.frag<64x32xf32, acc, 4>
}

// CHECK-LABEL: func.func @piece(
func.func @piece(%qt: !sattn_nv.tile<64x256xf16>) -> !a {
  // CHECK: sattn_nv.load_a %{{.*}} first 64 : <64x256xf16> -> <64x64xf16, a, 4>
  %qa = sattn_nv.load_a %qt first 64 : !sattn_nv.tile<64x256xf16> -> !a
  return %qa : !a
}

// CHECK-LABEL: func.func @scale_columns(
func.func @scale_columns(%qa: !sattn_nv.frag<64x16xf16, a, 4>) -> !sattn_nv.frag<64x16xf16, a, 4> {
  // CHECK: sattn_nv.scale_columns %{{.*}} by [1.000000e+00, {{.*}}, 5.000000e-01] : <64x16xf16, a, 4>
  %c = sattn_nv.scale_columns %qa by [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
         : !sattn_nv.frag<64x16xf16, a, 4>
  return %c : !sattn_nv.frag<64x16xf16, a, 4>
}

// CHECK-LABEL: func.func @to_a(
func.func @to_a(%p: !acc) -> !a {
  // CHECK: sattn_nv.to_a
  %pa = sattn_nv.to_a %p : !sattn_nv.frag<64x64xf32, acc, 4> -> !sattn_nv.frag<64x64xf16, a, 4>
  return %pa : !a
}

// CHECK-LABEL: func.func @map(
func.func @map(%s: !acc, %i: index, %j: index) -> (!acc, !acc) {
  // CHECK: sattn_nv.reduce max %{{.*}} : <64x64xf32, acc, 4> -> <64xf32, part, 4>
  %r = sattn_nv.reduce max %s : !sattn_nv.frag<64x64xf32, acc, 4> -> !sattn_nv.frag<64xf32, part, 4>
  // CHECK: sattn_nv.across max %{{.*}} : <64xf32, part, 4> -> <64xf32, row, 4>
  %m = sattn_nv.across max %r : !sattn_nv.frag<64xf32, part, 4> -> !sattn_nv.frag<64xf32, row, 4>
  // CHECK: sattn_nv.map(%{{.*}}, %{{.*}} : !sattn_nv.frag<64x64xf32, acc, 4>, !sattn_nv.frag<64xf32, row, 4>) -> <64x64xf32, acc, 4> {
  %p = sattn_nv.map(%s, %m : !sattn_nv.frag<64x64xf32, acc, 4>, !sattn_nv.frag<64xf32, row, 4>) -> !sattn_nv.frag<64x64xf32, acc, 4> {
  ^bb0(%x: f32, %r0: f32):
    %d = arith.subf %x, %r0 : f32
    // CHECK: sattn_nv.yield %{{.*}} : f32
    sattn_nv.yield %d : f32
  }
  // CHECK: sattn_nv.map() at %{{.*}}, %{{.*}} -> <64x64xf32, acc, 4> {
  %q = sattn_nv.map() at %i, %j -> !acc {
  ^bb0(%row: index, %column: index):
    %distance = arith.subi %row, %column : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    sattn_nv.yield %f : f32
  }
  return %p, %q : !acc, !acc
}

// CHECK-LABEL: func.func @subtract(
func.func @subtract(%s: !acc, %m: !sattn_nv.frag<64xf32, row, 4>) -> !acc {
  // CHECK: sattn_nv.map
  %p = sattn_nv.map(%s, %m : !sattn_nv.frag<64x64xf32, acc, 4>, !sattn_nv.frag<64xf32, row, 4>) -> !sattn_nv.frag<64x64xf32, acc, 4> {
  ^bb0(%x: f32, %r: f32):
    %d = arith.subf %x, %r : f32
    sattn_nv.yield %d : f32
  }
  return %p : !acc
}

// CHECK-LABEL: func.func @shared(
func.func @shared(%m: memref<?x48xf16, strided<[64, 1], offset: ?>>, %i: index) {
  // CHECK: sattn_nv.alloc 2 at 8192 : <64x64xf16>
  %ring = sattn_nv.alloc 2 at 8192 : !sattn_nv.tile<64x64xf16>
  // CHECK: sattn_nv.slot %{{.*}}[%{{.*}}] : <64x64xf16> -> <64x48xf16>
  %slot = sattn_nv.slot %ring[%i] : !sattn_nv.tile<64x64xf16> -> !sattn_nv.tile<64x48xf16>
  // CHECK: sattn_nv.copy_async %{{.*}} into %{{.*}} : memref<?x48xf16, strided<[64, 1], offset: ?>>, <64x48xf16>
  sattn_nv.copy_async %m into %slot : memref<?x48xf16, strided<[64, 1], offset: ?>>, !sattn_nv.tile<64x48xf16>
  // CHECK: sattn_nv.commit
  sattn_nv.commit
  // CHECK: sattn_nv.wait 1
  sattn_nv.wait 1
  // CHECK: sattn_nv.barrier
  sattn_nv.barrier
  return
}

// CHECK-LABEL: func.func @view(
func.func @view(%p: !llvm.ptr<1>, %n: index, %s: i64) -> memref<?x64xf16, strided<[?, 1]>> {
  // CHECK: sattn_nv.view %{{.*}} sizes[%{{.*}}] strides[%{{.*}}] : <1> -> memref<?x64xf16, strided<[?, 1]>>
  %q = sattn_nv.view %p sizes [%n] strides [%s] : !llvm.ptr<1> -> memref<?x64xf16, strided<[?, 1]>>
  return %q : memref<?x64xf16, strided<[?, 1]>>
}

// CHECK: #sattn_nv.config<warps = 4, stages = 2>
func.func private @config() attributes {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}

// Products of f32 as tf32: the weights keep the accumulator's layout.
// CHECK-LABEL: func.func @tf32(
func.func @tf32(%t: !sattn_nv.tile<16x16xf32>, %s: !sattn_nv.frag<16x16xf32, acc, 1>, %keep: !sattn_nv.frag<16x16xi1, bits, 1>) {
  // CHECK: sattn_nv.load_a %{{.*}} : <16x16xf32> -> <16x16xtf32, a, 1>
  %q = sattn_nv.load_a %t : !sattn_nv.tile<16x16xf32> -> !sattn_nv.frag<16x16xtf32, a, 1>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}}, %{{.*}} : <16x16xtf32, a, 1>, <16x16xf32>, <16x16xf32, acc, 1>
  %x = sattn_nv.mma %q, %t, %s : !sattn_nv.frag<16x16xtf32, a, 1>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<16x16xf32, acc, 1>
  // CHECK: sattn_nv.to_a %{{.*}} : <16x16xf32, acc, 1> -> <16x16xtf32, acc, 1>
  %p = sattn_nv.to_a %x : !sattn_nv.frag<16x16xf32, acc, 1> -> !sattn_nv.frag<16x16xtf32, acc, 1>
  // CHECK: sattn_nv.sanitize %{{.*}} : <16x16xi1, bits, 1>, <16x16xf32>, <16x16xf32, acc, 1>
  %n = sattn_nv.sanitize %keep, %t, %s : !sattn_nv.frag<16x16xi1, bits, 1>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<16x16xf32, acc, 1>
  // CHECK: sattn_nv.mma %{{.*}}, %{{.*}} transposed, %{{.*}} : <16x16xtf32, acc, 1>, <16x16xf32>, <16x16xf32, acc, 1>
  %r = sattn_nv.mma %p, %t transposed, %n : !sattn_nv.frag<16x16xtf32, acc, 1>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<16x16xf32, acc, 1>
  return
}
