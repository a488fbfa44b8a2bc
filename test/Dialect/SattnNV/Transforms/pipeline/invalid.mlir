// RUN: sattn-opt %s --sattn-nv-pipeline --split-input-file --verify-diagnostics

!t = !sattn_nv.tile<64x64xf16>
!s = memref<64x64xf16, strided<[64, 1], offset: ?>>

// The next tile's address must be known a step ahead.
func.func @address(%k: memref<1024x64xf16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  scf.forall (%i) in (4) {
    %r = scf.for %j = %c0 to %c64 step %c64 iter_args(%x = %c0) -> (index) {
      %ks = memref.subview %k[%x, 0] [64, 64] [1, 1] : memref<1024x64xf16> to !s
      // expected-error@+1 {{expected an address that depends on loop counters alone}}
      %kt = sattn_nv.stage streamed %ks : !s -> !t
      scf.yield %j : index
    }
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}
  return
}

// -----

!t = !sattn_nv.tile<64x64xf16>
func.func @nested(%k: memref<64x64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%i) in (4) {
    scf.for %j = %c0 to %c1 step %c1 {
      scf.for %l = %c0 to %c1 step %c1 {
        // expected-error@+1 {{expected a streamed tile directly in a loop over key tiles}}
        %kt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
      }
    }
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}
  return
}

// -----

!t = !sattn_nv.tile<64x64xf16>
func.func @count(%k: memref<64x64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%i) in (4) {
    scf.for %j = %c0 to %c1 step %c1 {
      %kt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
      %vt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
    }
    // expected-error@+1 {{expected 2 streamed tiles per step, got 1}}
    scf.for %j = %c0 to %c1 step %c1 {
      %kt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
    }
  } {sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>}
  return
}
