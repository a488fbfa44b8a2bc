// RUN: sattn-opt %s --sattn-select-tiling=target=sm_80 --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: sattn-opt %s --sattn-select-tiling=target=sm_86 --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,SM86

// Tiles by widths; a chip with 99 KiB of shared memory per block takes fewer queries.

!a = tensor<?x64xf16>
// CHECK-LABEL: func.func @d64(
// CHECK: tiling <query = 64, key = 64>
func.func @d64(%q: !a, %k: !a, %o: !a) -> !a {
  %r = sattn.attention query(%q : !a) key(%k : !a) value(%k : !a) scale 1.0 outs(%o : !a) -> !a
  return %r : !a
}

!b = tensor<?x128xf16>
// CHECK-LABEL: func.func @d128(
// CHECK: tiling <query = 128, key = 64>
func.func @d128(%q: !b, %k: !b, %o: !b) -> !b {
  %r = sattn.attention query(%q : !b) key(%k : !b) value(%k : !b) scale 1.0 outs(%o : !b) -> !b
  return %r : !b
}

!c = tensor<?x256xf16>
// CHECK-LABEL: func.func @d256(
// SM80: tiling <query = 128, key = 32>
// SM86: tiling <query = 64, key = 32>
func.func @d256(%q: !c, %k: !c, %o: !c) -> !c {
  %r = sattn.attention query(%q : !c) key(%k : !c) value(%k : !c) scale 1.0 outs(%o : !c) -> !c
  return %r : !c
}

!d = tensor<?x512xf16>
// CHECK-LABEL: func.func @d512(
// CHECK-NOT: tiling
func.func @d512(%q: !d, %k: !d, %o: !d) -> !d {
  // expected-remark@+1 {{no tiling (no tiles of 'sm_8}}
  %r = sattn.attention query(%q : !d) key(%k : !d) value(%k : !d) scale 1.0 outs(%o : !d) -> !d
  return %r : !d
}
