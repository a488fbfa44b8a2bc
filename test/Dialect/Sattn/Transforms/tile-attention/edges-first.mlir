// RUN: sattn-opt %s --sattn-tile-attention=edges-first | FileCheck %s
// RUN: sattn-opt %s --sattn-tile-attention | FileCheck %s --check-prefix=ORDER

!t = tensor<256x64xf32>

// The tile on the diagonal starts from the empty state; the loop goes on from there.
// CHECK-LABEL: func.func @causal(
// CHECK: %[[EMPTY:.+]] = linalg.fill {{.*}} -> tensor<64x64xf32>
// CHECK: %[[EDGE:.+]]:3 = sattn.online_attention {{.*}} window <*, 0>
// CHECK: scf.for {{.*}} iter_args(%{{.+}} = %[[EDGE]]#0,
// CHECK: sattn.online_attention
// CHECK-NOT: window
// CHECK: sattn.finalize

// ORDER-LABEL: func.func @causal(
// ORDER: scf.for
// ORDER: sattn.online_attention
// ORDER-NOT: window
// ORDER: }
// ORDER: sattn.online_attention {{.*}} window <*, 0>
func.func @causal(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0>
         tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// With argmax the first of equal scores counts: keys stay in order.
// CHECK-LABEL: func.func @argmax(
// CHECK: scf.for
// CHECK: sattn.online_attention
// CHECK: sattn.online_attention {{.*}} window <*, 0>
func.func @argmax(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link argmax
         tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}
