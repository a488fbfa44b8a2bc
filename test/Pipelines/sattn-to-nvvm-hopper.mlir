// RUN: sattn-compile %s --target=sm_90a -o %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: %python %S/Inputs/ptx-loops.py %t.ptx wgmma.mma ldmatrix cp.async ex2 shfl bar.sync | FileCheck %s --check-prefix=LOOPS
// RUN: %if ptxas %{ ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PTXAS --implicit-check-not=C75 %}

// CHECK: .target sm_90a
// CHECK: .visible .entry dense(
// CHECK: .param .align 64 .b8 dense_param_1[128]
// CHECK: .maxntid 384
// CHECK: .minnctapersm 1
// CHECK: setmaxnreg.inc.sync.aligned.u32 240;
// CHECK: setmaxnreg.dec.sync.aligned.u32 24;
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global

// Per tile of 128 queries and 128 keys of width 64, for each of the four warps of a group: 4
// steps of Q K^T and 8 of P V, an exponential per score of a lane (64) and one per row (2).
// LOOPS: wgmma.mma 12, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0

// PTXAS: Compiling entry function 'dense'
// PTXAS: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
// PTXAS: Used 168 registers

!q = tensor<2x4x1024x64xf16>

func.func @dense(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}
