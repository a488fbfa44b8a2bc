// RUN: sattn-opt %s --pass-pipeline="builtin.module(sattn-to-nvvm{target=sm_80})" | FileCheck %s
// RUN: sattn-compile %s --target=sm_80 -o %t.ptx
// RUN: FileCheck %s --check-prefix=PTX < %t.ptx
// RUN: %python %S/Inputs/ptx-loops.py %t.ptx mma. ldmatrix ex2 cvt.rn.f16x2 shfl bar.sync | FileCheck %s --check-prefix=LOOPS
// RUN: %if ptxas %{ ptxas -v -arch=sm_80 %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PTXAS %}
// RUN: %if ptxas %{ ptxas -arch=sm_120 %t.ptx -o %t.cubin %}

// No stage calls a function that the PTX does not define.
// PTX: .target sm_80
// PTX-NOT: .extern .func
// PTX: .extern .shared .align 1024 .b8 smem[];
// PTX-NOT: call
// PTX: .visible .entry dense(
// PTX: .maxntid 128
// PTX-NOT: call
// PTX: .visible .entry levels(
// PTX-NOT: call
// PTX: .visible .entry wide(
// PTX: .maxntid 256
// PTX-NOT: call

// Per tile of 64 queries and 64 keys of width 64: 64 products of 16 x 8 x 16, a load of
// matrices for every two of them, an exponential per score of a warp's lane (32) and
// one per row (2), a barrier per operand. Levels: depth 32, 48 and 64. The small loops say
// where values that are not finite meet a pair, in the tile on the diagonal (two products
// per 16 keys), or look for such values.
// Width 256, tiles of 128 queries and 32 keys: the query is loaded in every step.
// LOOPS: loop 0: mma. 8, ldmatrix 4, ex2 0, cvt.rn.f16x2 0, shfl 0, bar.sync 0
// LOOPS-NEXT: loop 1: mma. 64, ldmatrix 32, ex2 34, cvt.rn.f16x2 16, shfl 4, bar.sync 2
// LOOPS-NEXT: loop 2: mma. 8, ldmatrix 4,
// LOOPS-NEXT: loop 3: mma. 48, ldmatrix 24, ex2 34, cvt.rn.f16x2 16, shfl 4, bar.sync 2
// LOOPS-NEXT: loop 4: mma. 56, ldmatrix 28, ex2 34, cvt.rn.f16x2 16, shfl 4, bar.sync 2
// LOOPS-NEXT: loop 5: mma. 32, ldmatrix 16, ex2 0,
// LOOPS-NEXT: loop 6: mma. 64, ldmatrix 32, ex2 34, cvt.rn.f16x2 16, shfl 4, bar.sync 2
// LOOPS-NEXT: loop 7: mma. 128, ldmatrix 80, ex2 18, cvt.rn.f16x2 8, shfl 4, bar.sync 2
// LOOPS-NOT: loop 8

// PTXAS: Compiling entry function '{{dense|levels|wide}}'
// PTXAS: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
// PTXAS: Compiling entry function '{{dense|levels|wide}}'
// PTXAS: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
// PTXAS: Compiling entry function '{{dense|levels|wide}}'
// PTXAS: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads

!q = tensor<2x4x1024x64xf16>
#levels = #sattn.levels<ranks = [32, 16, 16], blocks = [*, 512, 128], mean>

// CHECK: gpu.module @sattn_kernels [#nvvm.target<O = 3, chip = "sm_80", features = "+ptx80">] {
// CHECK-NOT: sattn_nv.mma
// CHECK-LABEL: llvm.func @dense(
// CHECK: nvvm.cp.async.shared.global
// CHECK: nvvm.mma.sync
// CHECK-LABEL: llvm.func @levels(
// CHECK-LABEL: func.func @dense(
// CHECK: gpu.launch_func @sattn_kernels::@dense
func.func @dense(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @levels(
func.func @levels(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 1.0 structure #levels window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

!w = tensor<2x4x1024x256xf16>
func.func @wide(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 0.0625 outs(%o : !w) -> !w
  return %r : !w
}
