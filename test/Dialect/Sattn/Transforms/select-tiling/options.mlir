// RUN: sattn-opt %s --sattn-select-tiling="target=x86-64-v3 query=40 key=100 levels=rolled split=3" | FileCheck %s
// RUN: not sattn-opt %s --sattn-select-tiling=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not sattn-opt %s --sattn-select-tiling=target=x86-64-v3,cores=4 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not sattn-opt %s --sattn-select-tiling=levels=folded 2>&1 | FileCheck %s --check-prefix=LEVELS
// RUN: not sattn-opt %s --sattn-select-tiling=query=-3 2>&1 | FileCheck %s --check-prefix=SIZE

// CHECK: tiling <query = 40, key = 100, levels = rolled, split = 3>
// TARGET: error: expected a target of native, x86-64-v3, x86-64-v4, aarch64, got 'z80'
// KEY: error: expected one of vector-bits, {{.*}}, threads, {{.*}} in a target, got 'cores'
// LEVELS: error: expected levels to be 'unrolled' or 'rolled', got 'folded'
// SIZE: error: expected sizes of 0 (select) or more
!q = tensor<?x64xf32>
func.func @f(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 outs(%o : !q) -> !q
  return %r : !q
}
