// RUN: sattn-opt %s --sattn-nv-specialize --split-input-file --verify-diagnostics

!t = !sattn_nv.tile<64x64xf16>

func.func @kept(%k: memref<64x64xf16>) {
  scf.forall (%i) in (4) {
    // expected-error@+1 {{expected a streamed tile to be released (its slot would stay full)}}
    %kt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
    %vt = sattn_nv.stage streamed %k : memref<64x64xf16> -> !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}

// -----

!t = !sattn_nv.tile<64x64xf16>

func.func @first_column(%k: memref<64x128xf16>) {
  scf.forall (%i) in (4) {
    %ks = memref.subview %k[0, 64] [64, 64] [1, 1] : memref<64x128xf16> to memref<64x64xf16, strided<[128, 1], offset: 64>>
    // expected-error@+1 {{expected a slice from the first column on}}
    %kt = sattn_nv.stage resident %ks : memref<64x64xf16, strided<[128, 1], offset: 64>> -> !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}

// -----

!t = !sattn_nv.tile<64x64xf16>

func.func @inside(%m: memref<64x64xf16>) {
  scf.forall (%i) in (4) {
    %k = memref.reinterpret_cast %m to offset: [0], sizes: [64, 64], strides: [64, 1] : memref<64x64xf16> to memref<64x64xf16>
    // expected-error@+1 {{expected a slice of a tensor from outside the loop}}
    %kt = sattn_nv.stage resident %k : memref<64x64xf16> -> !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}

// -----

!t = !sattn_nv.tile<64x64xf16>

func.func @columns(%k: memref<64x?xf16>) {
  scf.forall (%i) in (4) {
    // expected-error@+1 {{expected a static number of columns}}
    %kt = sattn_nv.stage resident %k : memref<64x?xf16> -> !t
  } {sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>}
  return
}
