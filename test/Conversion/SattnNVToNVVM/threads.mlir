// RUN: sattn-opt %s --convert-sattn-nv-to-nvvm --split-input-file | FileCheck %s

// Kernels without shared memory have generic pointers, since some buffers are a
// thread's own; constants are in global memory.

gpu.module @kernels {
  // CHECK: llvm.mlir.global private constant @table(dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>) {addr_space = 1 : i32, alignment = 16 : i64} : !llvm.array<2 x f32>
  memref.global "private" constant @table : memref<1x2xf32> = dense<[[1.0, 2.0]]>
  // CHECK: llvm.mlir.global private constant @flags(dense<[1, 0]> : tensor<2xi8>)
  memref.global "private" constant @flags : memref<2xi1> = dense<[true, false]>

  // CHECK-LABEL: llvm.func @memory(
  // CHECK-SAME: %[[P:.+]]: !llvm.ptr<1>, %[[S:.+]]: i64
  llvm.func @memory(%p: !llvm.ptr<1>, %s: i64) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK: %[[GENERIC:.+]] = llvm.addrspacecast %[[P]] : !llvm.ptr<1> to !llvm.ptr
    %m = sattn_nv.view %p sizes[] strides[%s] : <1> -> memref<4x8xi1, strided<[?, 1]>>
    // CHECK: %[[COUNT:.+]] = llvm.mlir.constant(6 : i32)
    // CHECK: %[[STACK:.+]] = llvm.alloca %[[COUNT]] x f32 : (i32) -> !llvm.ptr
    %a = memref.alloca() : memref<2x3xf32>
    // CHECK: llvm.mlir.addressof @table : !llvm.ptr<1>
    // CHECK: llvm.addrspacecast
    %t = memref.get_global @table : memref<1x2xf32>
    // CHECK: llvm.load %{{.+}} : !llvm.ptr -> f32
    %x = memref.load %t[%c0, %c1] : memref<1x2xf32>
    // CHECK: %[[PLACE:.+]] = llvm.getelementptr %[[STACK]]
    // CHECK: llvm.store %{{.+}}, %[[PLACE]] : f32, !llvm.ptr
    memref.store %x, %a[%c1, %c0] : memref<2x3xf32>
    // Booleans are bytes.
    // CHECK: %[[BYTE:.+]] = arith.extui %{{.+}} : i1 to i8
    // CHECK: llvm.store %[[BYTE]]
    %b = arith.constant true
    memref.store %b, %m[%c0, %c1] : memref<4x8xi1, strided<[?, 1]>>
    llvm.return
  }
}

// -----

// Functions of f64 are polynomials: no call is left.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @functions(
  // CHECK-NOT: math.
  // CHECK-NOT: llvm.call @
  // CHECK: llvm.return
  llvm.func @functions(%x: f64) -> f64 {
    %0 = math.exp %x : f64
    %1 = math.exp2 %0 : f64
    %2 = math.log %1 : f64
    %3 = math.log2 %2 : f64
    %4 = math.log10 %3 : f64
    %5 = math.log1p %4 : f64
    %6 = math.expm1 %5 : f64
    %7 = math.tanh %6 : f64
    %8 = math.sin %7 : f64
    %9 = math.cos %8 : f64
    %10 = math.sqrt %9 : f64
    %11 = math.rsqrt %10 : f64
    llvm.return %11 : f64
  }
}

// -----

// In f32 tanh near 0 and logarithms near 1 have small relative errors.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @f32(
  // CHECK-NOT: lg2.approx
  // CHECK-NOT: ex2.approx
  // CHECK: llvm.return
  llvm.func @f32(%x: f32) -> f32 {
    %0 = math.tanh %x : f32
    %1 = math.log %0 : f32
    %2 = math.log2 %1 : f32
    llvm.return %2 : f32
  }
}

// -----

// Error functions, angles, integer powers, kinds of numbers and bits: no call is left.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @others(
  // CHECK-NOT: math.
  // CHECK-NOT: llvm.call @
  // CHECK: scf.while
  // CHECK-NOT: math.
  // CHECK: llvm.intr.ctlz
  // CHECK: llvm.intr.cttz
  // CHECK: llvm.intr.ctpop
  // CHECK-NOT: math.
  // CHECK: llvm.return
  llvm.func @others(%x: f64, %n: i32) -> (f64) {
    %0 = math.erf %x : f64
    %1 = math.erfc %0 : f64
    %2 = math.atan2 %1, %x : f64
    %s, %c = math.sincos %2 : f64
    %3 = math.clampf %s to [%c, %2] : f64
    %4 = math.fpowi %3, %n : f64, i32
    %5 = math.ctlz %n : i32
    %6 = math.cttz %5 : i32
    %7 = math.ctpop %6 : i32
    %8 = math.absi %7 : i32
    %9 = math.isnan %4 : f64
    %10 = math.isinf %4 : f64
    %11 = math.isfinite %4 : f64
    %12 = math.isnormal %4 : f64
    %13 = arith.andi %9, %10 : i1
    %14 = arith.andi %11, %12 : i1
    %15 = arith.andi %13, %14 : i1
    %16 = arith.sitofp %8 : i32 to f64
    %17 = arith.select %15, %16, %4 : f64
    llvm.return %17 : f64
  }
}
