// RUN: sattn-compile %s --target=sm_80 | FileCheck %s --check-prefix=PTX
// RUN: sattn-compile %s --target=sm_90 --emit=ptx -o %t.ptx && FileCheck %s --check-prefix=SM90 < %t.ptx
// RUN: sattn-compile %s --target=sm_80 --emit=tilings | FileCheck %s --check-prefix=TILINGS
// RUN: sattn-compile %s --target=sm_80 --emit=level-nest | FileCheck %s --check-prefix=NEST
// RUN: sattn-compile %s --target=sm_80 --emit=fragments | FileCheck %s --check-prefix=FRAGMENTS
// RUN: sattn-compile %s --target=sm_80 --emit=kernels | FileCheck %s --check-prefix=KERNELS
// RUN: not sattn-compile %s --target=sm_80 --emit=obj -o %t.o 2>&1 | FileCheck %s --check-prefix=STAGE
// RUN: sattn-compile %s --target=sm_80 --entry=g | FileCheck %s --check-prefix=ENTRY
// RUN: not sattn-compile %s --target=sm_80 --header=f.h 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not sattn-compile %s --target=sm_35 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: echo 'func.func @g() { return }' | not sattn-compile --target=sm_80 2>&1 | FileCheck %s --check-prefix=NONE

// PTX: .target sm_80
// PTX: .visible .entry f(
// SM90: .target sm_90
// TILINGS: tiling <query = 64, key = 64>
// NEST: sattn.online_attention
// FRAGMENTS: sattn_nv.mma
// FRAGMENTS-NOT: sattn.online_attention
// KERNELS: gpu.module @sattn_kernels
// KERNELS: sattn_nv.mma
// STAGE: expected --emit=tilings, level-nest, fragments, kernels, nvvm, ptx, cubin with --target=sm_80, got --emit=obj
// ENTRY-NOT: .entry f(
// ENTRY: .visible .entry g(
// ENTRY-NOT: .entry f(
// OPTION: expected no --pipeline or --header with --target=sm_80
// TARGET: got 'sm_35'
// NONE: expected an attention to compile, got none

!t = tensor<?x64xbf16>
func.func @f(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}

func.func @g(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}
