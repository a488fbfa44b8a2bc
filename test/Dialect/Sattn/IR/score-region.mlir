// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

!u = tensor<4x12x?x64xf16>
// CHECK-LABEL: func.func @alibi_softcap_keep(
// CHECK: window <*, 0> score(%{{.+}} : tensor<12xf32>) {
// CHECK-NEXT: ^bb0(%[[S:.+]]: f32, %[[I:.+]]: index, %[[J:.+]]: index, %[[A:.+]]: f32):
// CHECK: arith.subi %[[J]], %[[I]] : index
// CHECK: %[[T:.+]] = math.tanh
// CHECK: %[[S2:.+]] = arith.mulf %[[T]]
// CHECK: %[[KEEP:.+]] = arith.cmpi
// CHECK: sattn.yield %[[S2]], %[[KEEP]] : f32, i1
// CHECK-NEXT: } outs({{.*}}) dims(b h m r, b h n r, b h n e, h -> b h m e) ->
func.func @alibi_softcap_keep(%q: !u, %k: !u, %v: !u, %slope: tensor<12xf32>, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 window <*, 0> score(%slope : tensor<12xf32>) {
  ^bb0(%s: f32, %i: index, %j: index, %a: f32):
    %c50 = arith.constant 50.0 : f32
    %d = arith.subi %j, %i : index
    %di = arith.index_cast %d : index to i32
    %df = arith.sitofp %di : i32 to f32
    %b = arith.mulf %df, %a : f32
    %s1 = arith.addf %s, %b : f32
    %u = arith.divf %s1, %c50 : f32
    %t = math.tanh %u : f32
    %s2 = arith.mulf %t, %c50 : f32
    %c3 = arith.constant 3 : index
    %c0 = arith.constant 0 : index
    %m = arith.remui %j, %c3 : index
    %keep = arith.cmpi eq, %m, %c0 : index
    sattn.yield %s2, %keep : f32, i1
  } outs(%o : !u) dims(b h m r, b h n r, b h n e, h -> b h m e) -> !u
  return %r : !u
}

!y = tensor<64x8x?x256xf32>
!x = tensor<64x?x256xf32>
!s = tensor<64x8x?xf32>
!v = tensor<64x8x?x32xf32>
// LayerNorm of a shared key as statistics per key and row.
// CHECK-LABEL: func.func @layer_norm(
// CHECK: score(%{{.+}}, %{{.+}}, %{{.+}} : tensor<64x?xf32>, tensor<64x8x?xf32>, tensor<64x8x?xf32>) {
// CHECK: dims(b h m r, b n r, b h n e, b m, b h n, b h n -> b h m e)
func.func @layer_norm(%q2: !y, %x: !x, %wx: tensor<64x?xf32>, %mu: !s, %rs: !s, %v: !v, %o: !v) -> !v {
  %r = sattn.attention query(%q2 : !y) key(%x : !x) value(%v : !v) scale 0.0625 window <*, 0> score(%wx, %mu, %rs : tensor<64x?xf32>, !s, !s) {
  ^bb0(%s: f32, %i: index, %j: index, %w: f32, %m: f32, %c: f32):
    %t = arith.mulf %m, %w : f32
    %d = arith.subf %s, %t : f32
    %e = arith.mulf %d, %c : f32
    sattn.yield %e : f32
  } outs(%o : !v) dims(b h m r, b n r, b h n e, b m, b h n, b h n -> b h m e) -> !v
  return %r : !v
}

!d = tensor<8x4xf64>
// The identity is not printed; scores of f64 queries are f64.
// CHECK-LABEL: func.func @identity_f64(
// CHECK: scale 1.0 outs(
func.func @identity_f64(%t: !d) -> !d {
  %r = sattn.attention query(%t : !d) key(%t : !d) value(%t : !d) scale 1.0 score {
  ^bb0(%s: f64, %i: index, %j: index):
    sattn.yield %s : f64
  } outs(%t : !d) -> !d
  return %r : !d
}

// Names of the region are its own.
// CHECK-LABEL: func.func @names(
// CHECK: math.tanh
func.func @names(%q: !d, %k: !d, %v: !d) -> !d {
  %r = sattn.attention query(%q : !d) key(%k : !d) value(%v : !d) scale 1.0 score {
  ^bb0(%q: f64, %i: index, %k: index):
    %v = math.tanh %q : f64
    sattn.yield %v : f64
  } outs(%v : !d) -> !d
  return %r : !d
}

!q = tensor<64x48xf32>
!a = tensor<64x64xf32>
!r = tensor<64xf32>
// On a tile only m and n are left.
// CHECK-LABEL: func.func @tile(
// CHECK: score(%{{.+}}, %{{.+}}, %{{.+}} : tensor<64xf32>, tensor<?x64xf32>, tensor<f32>) {
// CHECK: } state({{.*}}) dims(m, n m, ) ->
func.func @tile(%q: !q, %k: tensor<?x48xf32>, %v: tensor<?x64xf32>, %c: f32, %bias: tensor<?x64xf32>, %x: tensor<f32>, %a: !a, %m: !r, %l: !r) -> !a {
  %s:3 = sattn.online_attention query(%q : !q) key(%k : tensor<?x48xf32>) value(%v : tensor<?x64xf32>) scale(%c : f32) score(%m, %bias, %x : !r, tensor<?x64xf32>, tensor<f32>) {
  ^bb0(%s: f32, %i: index, %j: index, %p: f32, %b: f32, %y: f32):
    %t = arith.addf %s, %p : f32
    %u = arith.addf %t, %b : f32
    sattn.yield %u : f32
  } state(%a, %m, %l : !a, !r, !r) dims(m, n m, ) -> !a, !r, !r
  return %s#0 : !a
}
