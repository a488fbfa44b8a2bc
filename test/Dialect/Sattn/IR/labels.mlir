// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

// Axes are labelled: what a tensor lacks is broadcast, the order is free. Letters
// of batch-like labels are not kept, their order in the output is.

!x = tensor<64x?x256xf32>
!y = tensor<64x8x?x256xf32>
!v = tensor<64x8x?x32xf32>
// CHECK-LABEL: func.func @shared_query(
// CHECK: outs({{.*}}) dims(b m r, b h n r, b h n e -> b h m e) -> tensor<64x8x?x32xf32>
func.func @shared_query(%x: !x, %k: !y, %v: !v, %o: !v) -> !v {
  %r = sattn.attention query(%x : !x) key(%k : !y) value(%v : !v) scale 0.0625 window <*, 0> outs(%o : !v) dims(b m r, b h n r, b h n e -> b h m e) -> !v
  return %r : !v
}

!g = tensor<2x?x8x128xbf16>
!gq = tensor<2x?x8x4x128xbf16>
// 32 query heads as 8 x 4 that share 8 key heads, layout B T heads depth.
// CHECK-LABEL: func.func @grouped_heads(
// CHECK: dims(b m h g r, b n h r, b n h e -> b m h g e)
func.func @grouped_heads(%q: !gq, %k: !g, %v: !g, %o: !gq) -> !gq {
  %r = sattn.attention query(%q : !gq) key(%k : !g) value(%v : !g) scale 0.088388347648318447 window <*, 0>
         outs(%o : !gq) dims(b m kv group r, b n kv r, b n kv e -> b m kv group e) -> !gq
  return %r : !gq
}

!u = tensor<4x12x?x64xf16>
!c = tensor<4x12x64x64xf16>
// Keys and values compressed by learned queries.
// CHECK-LABEL: func.func @dba(
// CHECK: dims(h m r, b h n r, b h n e -> b h m e)
func.func @dba(%q: !u, %p: tensor<12x64x64xf16>, %k: !u, %v: !u, %c: !c, %o: !u) -> !u {
  %kc = sattn.attention query(%p : tensor<12x64x64xf16>) key(%k : !u) value(%k : !u) scale 0.125 outs(%c : !c) dims(h m r, b h n r, b h n e -> b h m e) -> !c
  %vc = sattn.attention query(%p : tensor<12x64x64xf16>) key(%k : !u) value(%v : !u) scale 0.125 outs(%c : !c) dims(h m r, b h n r, b h n e -> b h m e) -> !c
  %r = sattn.attention query(%q : !u) key(%kc : !c) value(%vc : !c) scale 0.125 outs(%o : !u) -> !u
  return %r : !u
}

!t = tensor<8x4xf32>
// Spelled-out canonical labels are not printed.
// CHECK-LABEL: func.func @canonical(
// CHECK: outs(%{{[^:]+}} : tensor<8x4xf32>) -> tensor<8x4xf32>
func.func @canonical(%t: !t) -> !t {
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(m r, n r, n e -> m e) -> !t
  return %r : !t
}

!m = tensor<8x8x2xi1>
!h = tensor<2x8x4xf32>
// CHECK-LABEL: func.func @transposed(
// CHECK: dims(b m r, b r n, b n e, m n b -> b m e)
func.func @transposed(%q: !h, %k: tensor<2x4x8xf32>, %v: !h, %m: !m, %o: !h) -> !h {
  %r = sattn.attention query(%q : !h) key(%k : tensor<2x4x8xf32>) value(%v : !h) scale 1.0 mask(%m : !m)
         outs(%o : !h) dims(h m r, h r n, h n e, m n h -> h m e) -> !h
  return %r : !h
}

// A scalar has no labels.
// CHECK-LABEL: func.func @scalar_operand(
// CHECK: dims(m r, n r, n e, -> m e)
func.func @scalar_operand(%t: !t, %c: tensor<f32>) -> !t {
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score(%c : tensor<f32>) {
  ^bb0(%s: f32, %i: index, %j: index, %x: f32):
    %y = arith.mulf %s, %x : f32
    sattn.yield %y : f32
  } outs(%t : !t) dims(m r, n r, n e, -> m e) -> !t
  return %r : !t
}

!p = tensor<2x3x4x5x6x7x8x9x4xf32>
// CHECK-LABEL: func.func @many_labels(
// CHECK: dims(b h g p s t b6 m r, b h g p s t b6 n r -> b h g p s t b6 n m)
func.func @many_labels(%q: !p, %o: tensor<2x3x4x5x6x7x8x9x9xf32>) -> tensor<2x3x4x5x6x7x8x9x9xf32> {
  %r = sattn.score query(%q : !p) key(%q : !p) scale 1.0
         outs(%o : tensor<2x3x4x5x6x7x8x9x9xf32>) dims(a b c d f g h m r, a b c d f g h n r -> a b c d f g h n m) -> tensor<2x3x4x5x6x7x8x9x9xf32>
  return %r : tensor<2x3x4x5x6x7x8x9x9xf32>
}
