// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s

// The examples of the op descriptions, word for word (test/Lint/op-descriptions.test).

// CHECK-LABEL: func.func @host(
func.func @host(%k: memref<4x?x64xf16>) -> !llvm.array<16 x i64> {
  // CHECK: sattn_nv.tensor_map %{{.*}} axis 1 rows 64 columns 40 : memref<4x?x64xf16> -> !llvm.array<16 x i64>
  %map = sattn_nv.tensor_map %k axis 1 rows 64 columns 40 : memref<4x?x64xf16> -> !llvm.array<16 x i64>
  return %map : !llvm.array<16 x i64>
}

// CHECK-LABEL: func.func @block(
func.func @block(%map: !llvm.ptr, %b: index, %j: index) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[RING:.+]] = sattn_nv.ring at 8192 barriers 40960 : !sattn_nv.ring<2 x <64x64xf16>>
  %ring = sattn_nv.ring at 8192 barriers 40960 : !sattn_nv.ring<2 x <64x64xf16>>
  // CHECK: sattn_nv.ring_init %[[RING]] consumers 8 : !sattn_nv.ring<2 x <64x64xf16>>
  sattn_nv.ring_init %ring consumers 8 : !sattn_nv.ring<2 x <64x64xf16>>
  // CHECK: sattn_nv.roles consumers 8 registers[24, 240] producer {
  // CHECK: sattn_nv.push %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] panels 1 into %[[RING]] at %{{.*}} : !llvm.ptr, !sattn_nv.ring<2 x <64x64xf16>>
  // CHECK: } consumer {
  // CHECK: %[[TILE:.+]] = sattn_nv.pop %[[RING]] at %{{.*}} : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x48xf16>
  // CHECK: sattn_nv.release %[[TILE]] : !sattn_nv.tile<64x48xf16>
  sattn_nv.roles consumers 8 registers [24, 240] producer {
    sattn_nv.push %map[%b, %j, %c0] panels 1 into %ring at %c0 : !llvm.ptr, !sattn_nv.ring<2 x <64x64xf16>>
  } consumer {
    %kt = sattn_nv.pop %ring at %c0 : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x48xf16>
    sattn_nv.release %kt : !sattn_nv.tile<64x48xf16>
  }
  return
}

// CHECK-LABEL: func.func @products(
func.func @products(%a: !sattn_nv.frag<128x64xf16, a, 8>, %b: !sattn_nv.tile<64x64xf16>, %z: !sattn_nv.frag<128x64xf32, acc, 8>) -> !sattn_nv.frag<128x64xf32, acc, 8> {
  // CHECK: sattn_nv.mma warpgroup %{{.*}}, %{{.*}}, %{{.*}} :
  %x = sattn_nv.mma warpgroup %a, %b, %z : !sattn_nv.frag<128x64xf16, a, 8>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<128x64xf32, acc, 8>
  // CHECK: %[[STARTED:.+]] = sattn_nv.mma warpgroup async %{{.*}}, %{{.*}} transposed, %{{.*}} :
  %started = sattn_nv.mma warpgroup async %a, %b transposed, %x : !sattn_nv.frag<128x64xf16, a, 8>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<128x64xf32, acc, 8>
  // CHECK: sattn_nv.mma_wait %[[STARTED]] pending 1 : !sattn_nv.frag<128x64xf32, acc, 8>
  %s = sattn_nv.mma_wait %started pending 1 : !sattn_nv.frag<128x64xf32, acc, 8>
  return %s : !sattn_nv.frag<128x64xf32, acc, 8>
}

// CHECK: #sattn_nv.config<warps = 8, stages = 2, producers = 4>
func.func private @config() attributes {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
