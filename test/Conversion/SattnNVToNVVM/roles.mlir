// RUN: sattn-opt %s --convert-sattn-nv-to-nvvm --canonicalize --cse | FileCheck %s

!ring = !sattn_nv.ring<2 x <64x128xf16>>
!tile = !sattn_nv.tile<64x128xf16>
!acc = !sattn_nv.frag<128x64xf32, acc, 8>
!sum = !sattn_nv.frag<128x128xf32, acc, 8>
!a = !sattn_nv.frag<128x32xf16, a, 8>
!p = !sattn_nv.frag<128x64xf16, a, 8>

gpu.module @kernels {
  // One thread makes the barriers: full ones count its own arrival, empty ones those of
  // eight warps.
  // CHECK-LABEL: llvm.func @rings(
  // CHECK-DAG: %[[SMEM:.+]] = llvm.mlir.addressof @smem
  // CHECK-DAG: %[[ONE:.+]] = arith.constant 1 : i32
  // CHECK-DAG: %[[EIGHT:.+]] = arith.constant 8 : i32
  // CHECK: scf.if
  // CHECK: %[[FULL:.+]] = llvm.getelementptr inbounds %[[SMEM]][32768]
  // CHECK: nvvm.mbarrier.init %[[FULL]], %[[ONE]]
  // CHECK: nvvm.mbarrier.init %{{.+}}, %[[ONE]]
  // CHECK: %[[EMPTY:.+]] = llvm.getelementptr inbounds %[[SMEM]][32784]
  // CHECK: nvvm.mbarrier.init %[[EMPTY]], %[[EIGHT]]
  // CHECK: nvvm.mbarrier.init %{{.+}}, %[[EIGHT]]
  // CHECK: nvvm.fence.mbarrier.init
  // CHECK: nvvm.barrier0

  // A shuffle makes the branch the same for all lanes.
  // CHECK: %[[WARP:.+]] = nvvm.shfl.sync idx
  // CHECK: %[[CONSUMER:.+]] = arith.cmpi slt, %[[WARP]], %[[EIGHT]]
  // CHECK: scf.if %[[CONSUMER]] {
  // CHECK: nvvm.setmaxregister increase 240
  // CHECK: nvvm.mbarrier.try_wait.parity
  // CHECK: nvvm.bar.warp.sync
  // CHECK: scf.if
  // CHECK: nvvm.mbarrier.arrive %{{.+}} : !llvm.ptr<3>
  // CHECK: } else {
  // CHECK: nvvm.setmaxregister decrease 24
  // CHECK: scf.if

  // Two panels of 64 rows by 128 bytes; the second starts 64 columns on.
  // CHECK: nvvm.mbarrier.try_wait.parity
  // CHECK: nvvm.mbarrier.arrive.expect_tx %[[BARRIER:.+]], %[[BYTES:.+]] :
  // CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.+}}, %arg0, %[[BARRIER]], box[%[[C0:.+]], %[[ROW:.+]], %[[B:.+]]]
  // CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.+}}, %arg0, %[[BARRIER]], box[%[[C64:.+]], %[[ROW]], %[[B]]]
  llvm.func @rings(%map: !llvm.ptr, %bi: i32, %ji: i32, %ni: i32) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 384, 1, 1>} {
    %c0 = arith.constant 0 : index
    %b = arith.index_cast %bi : i32 to index
    %j = arith.index_cast %ji : i32 to index
    %n = arith.index_cast %ni : i32 to index
    %ring = sattn_nv.ring at 0 barriers 32768 : !ring
    sattn_nv.ring_init %ring consumers 8 : !ring
    sattn_nv.roles consumers 8 registers [24, 240] producer {
      sattn_nv.push %map[%b, %j, %c0] panels 2 into %ring at %n : !llvm.ptr, !ring
    } consumer {
      %t = sattn_nv.pop %ring at %n : !ring -> !tile
      sattn_nv.release %t : !tile
    }
    llvm.return
  }

  // The tile by columns: rows 8 apart are 1024 bytes apart, a step is 32 bytes (2 units
  // of 16) on. A fill of zero is not read: scale-d is 0. No register is touched before
  // the wait, which gives the values.
  // CHECK-LABEL: llvm.func @by_columns(
  // CHECK-DAG: %[[CONSTANT:.+]] = arith.constant 4611686293305360384 : i64
  // CHECK-DAG: %[[STEP:.+]] = arith.constant 2 : i64
  // CHECK: nvvm.wgmma.fence.aligned
  // CHECK: %[[TILE:.+]] = arith.ori %{{.+}}, %[[CONSTANT]] : i64
  // CHECK: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {$0,$1,{{.*}},$31}, {$32,$33,$34,$35}, $36, 0, 1, 1, 0;"
  // CHECK: arith.addi %[[TILE]], %[[STEP]] : i64
  // CHECK: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {$0,$1,{{.*}},$31}, {$64,$65,$66,$67}, $68, 1, 1, 1, 0;", "{{.*}},0,1,{{.*}},31,r,r,r,r,l"
  // CHECK: nvvm.wgmma.commit.group.sync.aligned
  // CHECK-NEXT: %[[WAITED:.+]] = llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;", "=f,{{.*}},0,{{.*}}"
  // CHECK-NEXT: llvm.extractvalue %[[WAITED]][0]
  llvm.func @by_columns(%out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 256, 1, 1>} {
    %zero = arith.constant 0.0 : f32
    %z = sattn_nv.fill %zero : f32 -> !acc
    %t = sattn_nv.alloc 1 at 0 : !sattn_nv.tile<128x32xf16>
    %k = sattn_nv.alloc 1 at 16384 : !tile
    %q = sattn_nv.load_a %t : !sattn_nv.tile<128x32xf16> -> !a
    %s = sattn_nv.mma warpgroup %q, %k, %z : !a, !tile, !acc
    %o = sattn_nv.view %out sizes [] strides [] : !llvm.ptr<1> -> memref<128x64xf32>
    sattn_nv.store %s into %o : !acc, memref<128x64xf32>
    llvm.return
  }

  // By rows: transposed, a step is 16 rows on. Asynchronous, the wait is another op.
  // CHECK-LABEL: llvm.func @by_rows(
  // CHECK: nvvm.wgmma.fence.aligned
  // CHECK: "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {{.*}}, $132, 1, 1, 1, 1;"
  // CHECK-COUNT-3: "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16
  // CHECK: nvvm.wgmma.commit.group.sync.aligned
  // CHECK-NEXT: nvvm.read.ptx.sreg.clock
  // CHECK: "wgmma.wait_group.sync.aligned 1;"
  llvm.func @by_rows(%out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 256, 1, 1>} {
    %one = arith.constant 1.0 : f32
    %x = sattn_nv.fill %one : f32 -> !sum
    %t = sattn_nv.alloc 1 at 0 : !sattn_nv.tile<128x64xf16>
    %v = sattn_nv.alloc 1 at 16384 : !tile
    %p = sattn_nv.load_a %t : !sattn_nv.tile<128x64xf16> -> !p
    %s = sattn_nv.mma warpgroup async %p, %v transposed, %x : !p, !tile, !sum
    %clock = nvvm.read.ptx.sreg.clock : i32
    %w = sattn_nv.mma_wait %s pending 1 : !sum
    %o = sattn_nv.view %out sizes [] strides [] : !llvm.ptr<1> -> memref<128x128xf32>
    sattn_nv.store %w into %o : !sum, memref<128x128xf32>
    llvm.return
  }

  // The wait for a product has synchronized the lanes of a warp. Where they have read the
  // tile by themselves, they wait for each other.
  // CHECK-LABEL: llvm.func @releases(
  // CHECK: "wgmma.wait_group.sync.aligned 0;"
  // CHECK-NOT: nvvm.bar.warp.sync
  // CHECK: nvvm.mbarrier.arrive
  // CHECK: nvvm.bar.warp.sync
  // CHECK: nvvm.mbarrier.arrive
  llvm.func @releases(%out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %m = sattn_nv.view %out sizes [] strides [] : !llvm.ptr<1> -> memref<128x64xf32>
    %ring = sattn_nv.ring at 0 barriers 65536 : !sattn_nv.ring<2 x <64x64xf16>>
    %qt = sattn_nv.alloc 1 at 32768 : !sattn_nv.tile<128x64xf16>
    %qa = sattn_nv.load_a %qt : !sattn_nv.tile<128x64xf16> -> !sattn_nv.frag<128x64xf16, a, 8>
    %z = sattn_nv.fill %zero : f32 -> !sattn_nv.frag<128x64xf32, acc, 8>
    %t = sattn_nv.pop %ring at %c0 : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x64xf16>
    %s = sattn_nv.mma warpgroup async %qa, %t, %z : !sattn_nv.frag<128x64xf16, a, 8>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<128x64xf32, acc, 8>
    %w = sattn_nv.mma_wait %s pending 0 : !sattn_nv.frag<128x64xf32, acc, 8>
    sattn_nv.release %t : !sattn_nv.tile<64x64xf16>
    %c1 = arith.constant 1 : index
    %u = sattn_nv.pop %ring at %c1 : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x64xf16>
    %r = sattn_nv.mma %qa, %u, %w : !sattn_nv.frag<128x64xf16, a, 8>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<128x64xf32, acc, 8>
    sattn_nv.release %u : !sattn_nv.tile<64x64xf16>
    sattn_nv.store %r into %m : !sattn_nv.frag<128x64xf32, acc, 8>, memref<128x64xf32>
    llvm.return
  }
}
