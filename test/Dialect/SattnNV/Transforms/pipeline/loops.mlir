// RUN: sattn-opt %s --sattn-nv-pipeline --canonicalize --cse | FileCheck %s
// RUN: sed 's/stages = 2/stages = 1/' %s | sattn-opt --sattn-nv-pipeline --canonicalize --cse | FileCheck %s --check-prefix=ONE

!t = !sattn_nv.tile<64x64xf16>
!s = memref<64x64xf16, strided<[64, 1], offset: ?>>
!acc = !sattn_nv.frag<64x64xf32, acc, 4>
!a = !sattn_nv.frag<64x64xf16, a, 4>

// A loop and a single step are one stream. Two slots each of key and value, then the
// query: 16384 + 16384 + 8192 bytes.
// CHECK-LABEL: func.func @loop_and_step(
// CHECK-SAME: %[[Q:[^:]+]]: memref<1024x64xf16>, %[[K:[^:]+]]: memref<1024x64xf16>, %[[V:[^:]+]]: memref<1024x64xf16>
// CHECK: scf.forall (%[[IT:.+]]) = 
// CHECK: %[[RK:.+]] = sattn_nv.alloc 2 at 0 : <64x64xf16>
// CHECK: %[[RV:.+]] = sattn_nv.alloc 2 at 16384 : <64x64xf16>
// CHECK: %[[RQ:.+]] = sattn_nv.alloc 1 at 32768 : <64x64xf16>

// Prologue: the query, the first key, the first value; wait for the query only.
// CHECK: sattn_nv.copy_async %{{.+}} into %[[RQ]]
// CHECK-NEXT: sattn_nv.commit
// CHECK: scf.if
// CHECK:   memref.subview %[[K]][0, 0]
// CHECK: } else {
// CHECK:   memref.subview %[[K]][%[[IT]], 0]
// CHECK: }
// CHECK-NEXT: sattn_nv.commit
// CHECK: scf.if
// CHECK:   memref.subview %[[V]][0, 0]
// CHECK: sattn_nv.commit
// CHECK-NEXT: sattn_nv.wait 2
// CHECK-NEXT: sattn_nv.barrier
// CHECK-NEXT: sattn_nv.load_a %[[RQ]]

// The loop: the last iteration fetches the tile of the single step.
// CHECK: = scf.for %[[J:.+]] = %{{.+}} to %[[IT]] step %[[STEP:.+]] iter_args(%{{.+}} = %{{.+}}, %[[SLOT:.+]] = %{{.+}}) -> (!sattn_nv.frag<64x64xf32, acc, 4>, index)
// CHECK: %[[NEXT:.+]] = arith.subi %{{.+}}, %[[SLOT]] : index
// CHECK: %[[J1:.+]] = arith.addi %[[J]], %[[STEP]] : index
// CHECK: sattn_nv.wait 1
// CHECK-NEXT: sattn_nv.barrier
// CHECK: %[[MORE:.+]] = arith.cmpi slt, %[[J1]], %[[IT]]
// CHECK: scf.if %[[MORE]] {
// CHECK:   %[[NEXTK:.+]] = memref.subview %[[K]][%[[J1]], 0]
// CHECK:   %[[TARGET:.+]] = sattn_nv.slot %[[RK]][%[[NEXT]]]
// CHECK:   sattn_nv.copy_async %[[NEXTK]] into %[[TARGET]]
// CHECK: } else {
// CHECK:   memref.subview %[[K]][%[[IT]], 0]
// CHECK: }
// CHECK-NEXT: sattn_nv.commit
// CHECK-NEXT: %[[KT:.+]] = sattn_nv.slot %[[RK]][%[[SLOT]]]
// CHECK-NEXT: %[[S:.+]] = sattn_nv.mma %{{.+}}, %[[KT]]
// CHECK: sattn_nv.wait 1
// CHECK-NEXT: sattn_nv.barrier
// CHECK: sattn_nv.commit
// CHECK-NEXT: %[[VT:.+]] = sattn_nv.slot %[[RV]][%[[SLOT]]]
// CHECK-NEXT: sattn_nv.mma %{{.+}}, %[[VT]] transposed
// CHECK: scf.yield %{{.+}}, %[[NEXT]]

// The single step: nothing is left to fetch, but each use still commits a group.
// CHECK: sattn_nv.wait 1
// CHECK-NEXT: sattn_nv.barrier
// CHECK-NEXT: sattn_nv.commit
// CHECK: sattn_nv.wait 1
// CHECK-NEXT: sattn_nv.barrier
// CHECK-NEXT: sattn_nv.commit
// CHECK: sattn_nv.shared_bytes = 40960 : i32

// One slot: copy, wait, use; half the shared memory for keys and values.
// ONE-LABEL: func.func @loop_and_step(
// ONE: = scf.for
// ONE: sattn_nv.barrier
// ONE-NEXT: sattn_nv.copy_async
// ONE-NEXT: sattn_nv.commit
// ONE-NEXT: sattn_nv.wait 0
// ONE-NEXT: sattn_nv.barrier
// ONE-NEXT: sattn_nv.mma
// ONE: sattn_nv.shared_bytes = 24576 : i32
func.func @loop_and_step(%q: memref<1024x64xf16>, %k: memref<1024x64xf16>, %v: memref<1024x64xf16>, %o: memref<1024x64xf16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.forall (%i) = (0) to (1024) step (64) {
    %qs = memref.subview %q[%i, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
    %qt = sattn_nv.stage resident %qs : !s -> !t
    %qa = sattn_nv.load_a %qt : !t -> !a
    %z = sattn_nv.fill %zero : f32 -> !acc
    %r = scf.for %j = %c0 to %i step %c64 iter_args(%x = %z) -> (!acc) {
      %ks = memref.subview %k[%j, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
      %kt = sattn_nv.stage streamed %ks : !s -> !t
      %s = sattn_nv.mma %qa, %kt, %z : !a, !t, !acc
      %p = sattn_nv.to_a %s : !acc -> !a
      %vs = memref.subview %v[%j, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
      %vt = sattn_nv.stage streamed %vs : !s -> !t
      %y = sattn_nv.mma %p, %vt transposed, %x : !a, !t, !acc
      scf.yield %y : !acc
    }
    %ks = memref.subview %k[%i, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
    %kt = sattn_nv.stage streamed %ks : !s -> !t
    %s = sattn_nv.mma %qa, %kt, %z : !a, !t, !acc
    %p = sattn_nv.to_a %s : !acc -> !a
    %vs = memref.subview %v[%i, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
    %vt = sattn_nv.stage streamed %vs : !s -> !t
    %y = sattn_nv.mma %p, %vt transposed, %r : !a, !t, !acc
    %os = memref.subview %o[%i, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
    sattn_nv.store %y into %os : !acc, !s
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}
  return
}

// A size that is read from a buffer is read again where the tile's address is computed early.
// CHECK-LABEL: func.func @lengths(
// CHECK-SAME: , %[[LENGTHS:.+]]: memref<4xindex>)
// CHECK: scf.forall (%[[I:.+]]) in (4)
// CHECK: memref.load %[[LENGTHS]][%[[I]]]
// CHECK: sattn_nv.copy_async
// CHECK: scf.for
// CHECK: sattn_nv.copy_async
func.func @lengths(%k: memref<1024x64xf16>, %lengths: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  scf.forall (%i) in (4) {
    %end = memref.load %lengths[%i] : memref<4xindex>
    scf.for %j = %c0 to %end step %c64 {
      %size = affine.min affine_map<(d0)[s0] -> (s0 - d0, 64)>(%j)[%end]
      %ks = memref.subview %k[%j, 0] [%size, 64] [1, 1] : memref<1024x64xf16> to memref<?x64xf16, strided<[64, 1], offset: ?>>
      %kt = sattn_nv.stage streamed %ks : memref<?x64xf16, strided<[64, 1], offset: ?>> -> !sattn_nv.tile<64x64xf16>
    }
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}
  return
}
