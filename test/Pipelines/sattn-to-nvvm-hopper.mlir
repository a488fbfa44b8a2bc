// RUN: sattn-compile %s --target=sm_90a -o %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: %python %S/Inputs/ptx-loops.py %t.ptx wgmma.mma wgmma.wait ldmatrix cp.async ex2 shfl bar.sync | FileCheck %s --check-prefix=LOOPS
// RUN: %if ptxas %{ ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PTXAS --implicit-check-not=C75 %}

// CHECK: .target sm_90a
// CHECK: .visible .entry dense(
// CHECK: .param .align 64 .b8 dense_param_1[128]
// CHECK: .maxntid 384
// CHECK: .minnctapersm 1
// CHECK: setmaxnreg.inc.sync.aligned.u32 240;
// CHECK: setmaxnreg.dec.sync.aligned.u32 24;
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global

// Per tile of 128 queries and 128 keys, for each of the four warps of a group: steps of
// Q K^T (of 16 columns) and 8 of P V, both started before the first of two waits, an exponential per score of a lane (64) and one per
// row (2). Depths of 64; 32, 40, 46 columns; 128; 128; 64, 80, 92 columns. Between them loops that fetch, and those
// that look for values that are not finite in the tile on the diagonal.
// LOOPS: loop 0: wgmma.mma 0, wgmma.wait 0, ldmatrix 4, cp.async 0,
// LOOPS: loop 1: wgmma.mma 0, wgmma.wait 0, ldmatrix 8, cp.async 0,
// LOOPS: loop 2: wgmma.mma 12, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: loop 3: wgmma.mma 0, wgmma.wait 0, ldmatrix 0, cp.async 2, ex2 0, shfl 0, bar.sync 0
// LOOPS: wgmma.mma 10, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 11, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 11, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 16, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 16, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 12, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 13, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 14, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 66, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 12, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 34, shfl 4, bar.sync 0
// LOOPS: wgmma.mma 12, wgmma.wait 2, ldmatrix 0, cp.async 0, ex2 34, shfl 4, bar.sync 0
// LOOPS-NOT: wgmma.mma {{[1-9]}}

// PTXAS-COUNT-7: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
// PTXAS: Used 168 registers

!q = tensor<2x4x1024x64xf16>

func.func @dense(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// The levels of a language model: the tile on the diagonal by single warps, the others
// with as many steps of Q K^T as their depth (32, 40 and 46 columns) takes.
// CHECK: .visible .entry levels(
#levels = #sattn.levels<ranks = [32, 8, 6, 4, 4, 4, 4, 2], blocks = [*, 512, 256, 128, 64, 32, 16, 8], mean>
func.func @levels(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// Width 128, every key: 8 and 8 steps.
// CHECK: .visible .entry wide(
!w = tensor<2x4x1024x128xf16>
func.func @wide(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 0.09 outs(%o : !w) -> !w
  return %r : !w
}

// With a tile on the diagonal, and with eight levels, four of them in that tile.
// CHECK: .visible .entry wide_causal(
func.func @wide_causal(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 0.09 window <*, 0> outs(%o : !w) -> !w
  return %r : !w
}

// CHECK: .visible .entry wide_levels(
#wide = #sattn.levels<ranks = [64, 16, 12, 8, 8, 8, 8, 4], blocks = [*, 512, 256, 128, 64, 32, 16, 8], mean>
func.func @wide_levels(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 structure #wide window <*, 0> outs(%o : !w) -> !w
  return %r : !w
}

// Masks at positions that only the run knows, or at two edges, leave registers for 64 keys:
// 8 steps and 4, an exponential for each of 32 scores.
// CHECK: .visible .entry wide_dynamic(
!d = tensor<2x4x?x128xf16>
func.func @wide_dynamic(%q: !d, %k: !d, %v: !d, %o: !d) -> !d {
  %r = sattn.attention query(%q : !d) key(%k : !d) value(%v : !d) scale 0.09 window <*, 0> outs(%o : !d) -> !d
  return %r : !d
}

// CHECK: .visible .entry wide_slide(
func.func @wide_slide(%q: !d, %k: !d, %v: !d, %o: !d) -> !d {
  %r = sattn.attention query(%q : !d) key(%k : !d) value(%v : !d) scale 0.09 window <256, 0> outs(%o : !d) -> !d
  return %r : !d
}
