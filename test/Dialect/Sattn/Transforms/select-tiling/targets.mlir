// RUN: sattn-opt %s --sattn-select-tiling=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3
// RUN: sattn-opt %s --sattn-select-tiling=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: sattn-opt %s --sattn-select-tiling=target=aarch64 | FileCheck %s --check-prefixes=CHECK,AARCH64

// Panels of the register tile, key tiles of whole register tiles.
// CHECK-LABEL: func.func @dynamic(
// V3: tiling <query = 128, key = 192>
// V4: tiling <query = 128, key = 182>
// AARCH64: tiling <query = 120, key = 192>
!q = tensor<?x8x?x64xf32>
func.func @dynamic(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// A tiling that is there is kept.
// CHECK-LABEL: func.func @given(
// CHECK: tiling <query = 7, key = 9>
func.func @given(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 tiling <query = 7, key = 9> outs(%o : !q) -> !q
  return %r : !q
}
