// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

// Several ops that belong together: bilinear forms, sums of attentions, one part of
// a level nest.

!x = tensor<64x?x256xf32>
!y = tensor<64x8x?x256xf32>
!v = tensor<64x8x?x32xf32>
// CHECK-LABEL: func.func @bilinear_btt(
// CHECK: %[[Y:.+]] = sattn.project %{{.+}} by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(
// CHECK: %[[K:.+]] = sattn.norm layer %[[Y]] gain(
// CHECK: sattn.attention query({{.*}}) key(%[[K]] : {{.*}}) {{.*}} dims(b m r, b h n r, b h n e -> b h m e)
func.func @bilinear_btt(%x: !x, %wl: tensor<8x32x8x8xf32>, %wr: tensor<8x8x32x32xf32>, %g: tensor<256xf32>, %v: !v, %o: !v) -> !v {
  %y = sattn.project %x by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(%wl, %wr : tensor<8x32x8x8xf32>, tensor<8x8x32x32xf32>) : !x -> !y
  %k = sattn.norm layer %y gain(%g : tensor<256xf32>) : !y
  %r = sattn.attention query(%x : !x) key(%k : !y) value(%v : !v) scale 0.0625 window <*, 0> outs(%o : !v) dims(b m r, b h n r, b h n e -> b h m e) -> !v
  return %r : !v
}

!z = tensor<64x256x256xf32>
!f = tensor<64x8x256x24xf32>
!u = tensor<64x8x256x32xf32>
!w0 = tensor<8x1x256x8xf32>
!w1 = tensor<8x2x128x8xf32>
// CHECK-LABEL: func.func @bilinear_mlr(
// CHECK: %[[Q0:.+]] = sattn.project %[[X:.+]] by #sattn.mlr<ranks = [8, 8], blocks = [1, 2]>({{.*}}) part query :
// CHECK: %[[K0:.+]] = sattn.project %[[X]] by #sattn.mlr<ranks = [8, 8], blocks = [1, 2]>({{.*}}) part key :
// CHECK: %[[Q:.+]] = sattn.norm layer %[[Q0]] gain({{.*}}) segments [8, 16]
// CHECK: %[[K:.+]] = sattn.norm layer %[[K0]] gain({{.*}}) segments [8, 16]
// CHECK: sattn.attention query(%[[Q]] : {{.*}}) key(%[[K]] : {{.*}}) value({{.*}}) scale 1.0 window <*, 0> outs(
func.func @bilinear_mlr(%x: !z, %q1: !w0, %q2: !w1, %k1: !w0, %k2: !w1, %g: tensor<24xf32>, %v: !u, %o: !u) -> !u {
  %q0 = sattn.project %x by #sattn.mlr<ranks = [8, 8], blocks = [1, 2]>(%q1, %q2, %k1, %k2 : !w0, !w1, !w0, !w1) part query : !z -> !f
  %k0 = sattn.project %x by #sattn.mlr<ranks = [8, 8], blocks = [1, 2]>(%q1, %q2, %k1, %k2 : !w0, !w1, !w0, !w1) part key : !z -> !f
  %q = sattn.norm layer %q0 gain(%g : tensor<24xf32>) segments [8, 16] : !f
  %k = sattn.norm layer %k0 gain(%g : tensor<24xf32>) segments [8, 16] : !f
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%v : !u) scale 1.0 window <*, 0> outs(%o : !u) -> !u
  return %r : !u
}

!h = tensor<4x12x?x32xf16>
!t = tensor<4x12x?x64xf16>
// Two softmaxes over one value: an ordinary sum.
// CHECK-LABEL: func.func @gswa(
// CHECK: %[[A:.+]] = sattn.attention {{.*}} window <*, 0> outs(
// CHECK: %[[B:.+]] = sattn.attention {{.*}} window <128, 0> outs(
// CHECK: linalg.add ins(%[[A]], %[[B]] :
func.func @gswa(%qg: !h, %kg: !h, %ql: !h, %kl: !h, %v: !t, %o: !t) -> !t {
  %a = sattn.attention query(%qg : !h) key(%kg : !h) value(%v : !t) scale 0.25 window <*, 0> outs(%o : !t) -> !t
  %b = sattn.attention query(%ql : !h) key(%kl : !h) value(%v : !t) scale 0.25 window <128, 0> outs(%o : !t) -> !t
  %r = linalg.add ins(%a, %b : !t, !t) outs(%o : !t) -> !t
  return %r : !t
}

!q = tensor<64x64xbf16>
!c = tensor<64x48xbf16>
!a = tensor<64x64xf32>
!r = tensor<64xf32>
// A step of constant depth, the diagonal, and the end of a query tile.
// CHECK-LABEL: func.func @nest(
// CHECK: %[[S:.+]]:3 = sattn.online_attention query(%{{.+}} : tensor<64x48xbf16>) {{.*}} state(
// CHECK: %[[D:.+]]:3 = sattn.online_attention query(%{{.+}} : tensor<64x64xbf16>) {{.*}} window <*, 0> query_offset(%[[I:.+]] : index) key_offset(%[[I]] : index) state(%[[S]]#0, %[[S]]#1, %[[S]]#2 :
// CHECK: sattn.finalize state(%[[D]]#0, %[[D]]#1, %[[D]]#2 : {{.*}}) outs({{.*}}) -> tensor<?x64xbf16>
func.func @nest(%q: !q, %qc: !c, %kc: !c, %k: !q, %v: !q, %c: f32, %d: f32, %i: index, %acc: !a, %ref: !r, %sum: !r, %o: tensor<?x64xbf16>) -> tensor<?x64xbf16> {
  %s:3 = sattn.online_attention query(%qc : !c) key(%kc : !c) value(%v : !q) scale(%c : f32) state(%acc, %ref, %sum : !a, !r, !r) -> !a, !r, !r
  %t:3 = sattn.online_attention query(%q : !q) key(%k : !q) value(%v : !q) scale(%d : f32) window <*, 0> query_offset(%i : index) key_offset(%i : index)
           state(%s#0, %s#1, %s#2 : !a, !r, !r) -> !a, !r, !r
  %f = sattn.finalize state(%t#0, %t#1, %t#2 : !a, !r, !r) outs(%o : tensor<?x64xbf16>) -> tensor<?x64xbf16>
  return %f : tensor<?x64xbf16>
}
