// RUN: sattn-compile %s --target=sm_80 -o %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: sattn-opt %s --sattn-to-nvvm=target=sm_90a 2>&1 | FileCheck %s --check-prefix=HOPPER
// RUN: %if ptxas %{ ptxas -v -arch=sm_80 %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PTXAS %}
// RUN: sattn-opt %s --sattn-to-cpu="target=x86-64-v3" | FileCheck %s --check-prefix=CPU

// f32 on tensor cores where the op allows it, at widths of 64 and 128 without spills. One
// that does not allow it is not rounded.

// CHECK: .entry width_64(
// CHECK: cvt.rna.tf32.f32
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK: .entry width_128(
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK: .entry exact(
// CHECK-NOT: tf32
// CHECK-NOT: mma.sync
// CHECK: ret;

// By the same way on sm_90a: no role, no wgmma.
// HOPPER-NOT: wgmma
// HOPPER: nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<tf32>
// HOPPER-NOT: wgmma

// PTXAS: Compiling entry function 'width_128'
// PTXAS: 0 bytes spill stores, 0 bytes spill loads
// PTXAS: Compiling entry function 'width_64'
// PTXAS: 0 bytes spill stores, 0 bytes spill loads

// The CPU multiplies f32.
// CPU-NOT: tf32
// CPU: llvm.func @width_64
// CPU-NOT: tf32

!q = tensor<?x?x?x64xf32>
func.func @width_64(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 precision tf32 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

!w = tensor<?x?x?x128xf32>
func.func @width_128(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 0.125 precision tf32 window <*, 0> outs(%o : !w) -> !w
  return %r : !w
}

func.func @exact(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 outs(%o : !q) -> !q
  return %r : !q
}
