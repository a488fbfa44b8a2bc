// RUN: sattn-opt %s --sattn-nv-specialize --canonicalize --cse | FileCheck %s

!t = !sattn_nv.tile<64x64xf16>
!n = !sattn_nv.tile<64x48xf16>
!s = memref<64x64xf16, strided<[64, 1], offset: ?>>
!l = memref<64x40xf16, strided<[64, 1], offset: ?>>
!acc = !sattn_nv.frag<128x64xf32, acc, 8>
!a = !sattn_nv.frag<128x64xf16, a, 8>
!b = !sattn_nv.frag<128x48xf16, a, 8>

// A loop and a single step are one stream. A box per tensor, rows and columns: keys are
// read with 40 columns in the loop, with 64 behind it. Slots: 16384 bytes each of key and
// value, 16384 of the query, then the barriers.
// CHECK-LABEL: func.func @loop_and_step(
// CHECK-SAME: %[[Q:[^:]+]]: memref<1024x64xf16>, %[[K:[^:]+]]: memref<4x1024x64xf16>, %[[V:[^:]+]]: memref<4x1024x64xf16>
// CHECK: %[[MQ:.+]] = sattn_nv.tensor_map %[[Q]] axis 0 rows 128 columns 64
// CHECK: %[[MK:.+]] = sattn_nv.tensor_map %[[K]] axis 1 rows 64 columns 40
// CHECK: %[[MV:.+]] = sattn_nv.tensor_map %[[V]] axis 1 rows 64 columns 64
// CHECK: %[[MW:.+]] = sattn_nv.tensor_map %[[K]] axis 1 rows 64 columns 64
// CHECK-NOT: sattn_nv.tensor_map
// CHECK: scf.forall (%[[B:.+]], %[[I:.+]]) = 
// CHECK: %[[RK:.+]] = sattn_nv.ring at 0 barriers 49152 : !sattn_nv.ring<2 x <64x64xf16>>
// CHECK: %[[RV:.+]] = sattn_nv.ring at 16384 barriers 49184 : !sattn_nv.ring<2 x <64x64xf16>>
// CHECK: %[[RQ:.+]] = sattn_nv.ring at 32768 barriers 49216 : !sattn_nv.ring<1 x <128x64xf16>>
// CHECK: sattn_nv.ring_init %[[RK]], %[[RV]], %[[RQ]] consumers 8

// The producer fetches and does nothing else; its counter goes on behind the loop.
// CHECK: sattn_nv.roles consumers 8 registers[24, 240] producer {
// CHECK-NEXT: sattn_nv.push %[[MQ]][%[[I]], %[[C0:.+]]] panels 1 into %[[RQ]] at %[[C0]]
// CHECK-NEXT: %[[N:.+]] = scf.for %[[J:.+]] = %{{.+}} to %[[I]] step %{{.+}} iter_args(%[[C:.+]] = %[[C0]]) -> (index) {
// CHECK-NEXT: sattn_nv.push %[[MK]][%[[B]], %[[J]], %[[C0]]] panels 1 into %[[RK]] at %[[C]]
// CHECK-NEXT: sattn_nv.push %[[MV]][%[[B]], %[[J]], %[[C0]]] panels 1 into %[[RV]] at %[[C]]
// CHECK-NEXT: %[[C1:.+]] = arith.addi %[[C]], %{{.+}} : index
// CHECK-NEXT: scf.yield %[[C1]] : index
// CHECK-NEXT: }
// CHECK-NEXT: sattn_nv.push %[[MW]][%[[B]], %[[I]], %[[C0]]] panels 1 into %[[RK]] at %[[N]]
// CHECK-NEXT: sattn_nv.push %[[MV]][%[[B]], %[[I]], %[[C0]]] panels 1 into %[[RV]] at %[[N]]

// The consumers count alike.
// CHECK-NEXT: } consumer {
// CHECK-NEXT: %[[QT:.+]] = sattn_nv.pop %[[RQ]] at %[[C0]]
// CHECK-NEXT: sattn_nv.load_a %[[QT]]
// CHECK: %[[R:.+]]:2 = scf.for %{{.+}} = %{{.+}} to %[[I]] step %{{.+}} iter_args(%{{.+}} = %{{.+}}, %[[D:.+]] = %[[C0]]) -> (!sattn_nv.frag<128x64xf32, acc, 8>, index) {
// CHECK: %[[KT:.+]] = sattn_nv.pop %[[RK]] at %[[D]] : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x48xf16>
// CHECK: sattn_nv.release %[[KT]]
// CHECK: %[[VT:.+]] = sattn_nv.pop %[[RV]] at %[[D]]
// CHECK: sattn_nv.release %[[VT]]
// CHECK: %[[D1:.+]] = arith.addi %[[D]], %{{.+}} : index
// CHECK-NEXT: scf.yield %{{.+}}, %[[D1]]
// CHECK: sattn_nv.pop %[[RK]] at %[[R]]#1
// CHECK: sattn_nv.pop %[[RV]] at %[[R]]#1
// CHECK: sattn_nv.store
// CHECK: sattn_nv.shared_bytes = 49232 : i32
func.func @loop_and_step(%q: memref<1024x64xf16>, %k: memref<4x1024x64xf16>, %v: memref<4x1024x64xf16>, %o: memref<1024x64xf16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.forall (%b, %i) = (0, 0) to (4, 1024) step (1, 128) {
    %qs = memref.subview %q[%i, 0] [128, 64] [1, 1] : memref<1024x64xf16> to memref<128x64xf16, strided<[64, 1], offset: ?>>
    %qt = sattn_nv.stage resident %qs : memref<128x64xf16, strided<[64, 1], offset: ?>> -> !sattn_nv.tile<128x64xf16>
    %qa = sattn_nv.load_a %qt : !sattn_nv.tile<128x64xf16> -> !a
    %qb = sattn_nv.columns %qa [0, 40] : !a -> !b
    %z = sattn_nv.fill %zero : f32 -> !acc
    %r = scf.for %j = %c0 to %i step %c64 iter_args(%x = %z) -> (!acc) {
      %ks = memref.subview %k[%b, %j, 0] [1, 64, 40] [1, 1, 1] : memref<4x1024x64xf16> to !l
      %kt = sattn_nv.stage streamed %ks : !l -> !n
      %s = sattn_nv.mma warpgroup %qb, %kt, %z : !b, !n, !acc
      sattn_nv.release %kt : !n
      %p = sattn_nv.to_a %s : !acc -> !a
      %vs = memref.subview %v[%b, %j, 0] [1, 64, 64] [1, 1, 1] : memref<4x1024x64xf16> to !s
      %vt = sattn_nv.stage streamed %vs : !s -> !t
      %y = sattn_nv.mma warpgroup %p, %vt transposed, %x : !a, !t, !acc
      sattn_nv.release %vt : !t
      scf.yield %y : !acc
    }
    %ks = memref.subview %k[%b, %i, 0] [1, 64, 64] [1, 1, 1] : memref<4x1024x64xf16> to !s
    %kt = sattn_nv.stage streamed %ks : !s -> !t
    %s = sattn_nv.mma warpgroup %qa, %kt, %z : !a, !t, !acc
    sattn_nv.release %kt : !t
    %p = sattn_nv.to_a %s : !acc -> !a
    %vs = memref.subview %v[%b, %i, 0] [1, 64, 64] [1, 1, 1] : memref<4x1024x64xf16> to !s
    %vt = sattn_nv.stage streamed %vs : !s -> !t
    %y = sattn_nv.mma warpgroup %p, %vt transposed, %r : !a, !t, !acc
    sattn_nv.release %vt : !t
    %os = memref.subview %o[%i, 0] [128, 64] [1, 1] : memref<1024x64xf16> to memref<128x64xf16, strided<[64, 1], offset: ?>>
    sattn_nv.store %y into %os : !acc, memref<128x64xf16, strided<[64, 1], offset: ?>>
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}

// A slice of no row is fetched in front of the tensor, where everything is zero; a value
// tile may go from step to step.
// CHECK-LABEL: func.func @no_row(
// CHECK-DAG: %[[BEFORE:.+]] = arith.constant -64 : index
// CHECK: producer {
// CHECK-NEXT: sattn_nv.push %[[MK:.+]][%[[C0:.+]], %[[BEFORE]], %[[C0]]] panels 1 into %[[RK:.+]] at %[[C0]]
// CHECK-NEXT: sattn_nv.push %[[MV:.+]][%[[C0]], %[[BEFORE]], %[[C0]]] panels 1 into %[[RV:.+]] at %[[C0]]
// CHECK-NEXT: scf.for %[[J:.+]] = %{{.+}} iter_args(%[[C:.+]] = %{{.+}}) -> (index) {
// CHECK-NEXT: sattn_nv.push %[[MK]][%[[B:.+]], %[[J]], %[[C0]]] panels 1 into %[[RK]] at %[[C]]
// CHECK: } consumer {
// CHECK: sattn_nv.pop %[[RK]] at %[[C0]]
// CHECK-NEXT: sattn_nv.release
// CHECK-NEXT: %[[V0:.+]] = sattn_nv.pop %[[RV]] at %[[C0]]
// CHECK-NEXT: %[[R:.+]]:2 = scf.for %{{.+}} iter_args(%[[V:.+]] = %[[V0]], %[[N:.+]] = %{{.+}}) -> (!sattn_nv.tile<64x64xf16>, index) {
// CHECK: sattn_nv.release %[[V]]
// CHECK-NEXT: %[[V1:.+]] = sattn_nv.pop %[[RV]] at %[[N]]
// CHECK: scf.yield %[[V1]],
// CHECK: sattn_nv.release %[[R]]#0
func.func @no_row(%k: memref<4x1024x64xf16>, %v: memref<4x1024x64xf16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  scf.forall (%b, %i) = (0, 0) to (4, 1024) step (1, 128) {
    %k0 = memref.subview %k[0, 0, 0] [1, 0, 64] [1, 1, 1] : memref<4x1024x64xf16> to memref<0x64xf16, strided<[64, 1]>>
    %kt0 = sattn_nv.stage streamed %k0 : memref<0x64xf16, strided<[64, 1]>> -> !t
    sattn_nv.release %kt0 : !t
    %v0 = memref.subview %v[0, 0, 0] [1, 0, 64] [1, 1, 1] : memref<4x1024x64xf16> to memref<0x64xf16, strided<[64, 1]>>
    %vt0 = sattn_nv.stage streamed %v0 : memref<0x64xf16, strided<[64, 1]>> -> !t
    %r = scf.for %j = %c0 to %i step %c64 iter_args(%x = %vt0) -> (!t) {
      %ks = memref.subview %k[%b, %j, 0] [1, 64, 64] [1, 1, 1] : memref<4x1024x64xf16> to !s
      %kt = sattn_nv.stage streamed %ks : !s -> !t
      sattn_nv.release %kt : !t
      sattn_nv.release %x : !t
      %vs = memref.subview %v[%b, %j, 0] [1, 64, 64] [1, 1, 1] : memref<4x1024x64xf16> to !s
      %vt = sattn_nv.stage streamed %vs : !s -> !t
      scf.yield %vt : !t
    }
    sattn_nv.release %r : !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}

// A loop without producers stays.
// CHECK-LABEL: func.func @no_producers(
// CHECK: sattn_nv.stage streamed
func.func @no_producers(%k: memref<64x64xf16>) {
  scf.forall (%i) in (4) {
    %kt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
    %vt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
    sattn_nv.release %kt : !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2>}
  return
}
