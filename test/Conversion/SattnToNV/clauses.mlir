// RUN: sattn-opt %s --sattn-tile-attention --convert-sattn-to-nv --canonicalize --cse | FileCheck %s

!t = tensor<64x64xf16>
!b = tensor<64xf32>
!i = tensor<64xi32>

// The score region gets the scaled score, operands per row, per column and per pair.
// CHECK-LABEL: func.func @region(
// CHECK: %[[ROWS:.+]] = sattn_nv.load %{{.+}} : tensor<64xf32> -> <64xf32, row, 4>
// CHECK: %[[COLUMNS:.+]] = sattn_nv.load %{{.+}} : tensor<64xf32> -> <64xf32, col, 4>
// CHECK: sattn_nv.map(%{{.+}}, %[[ROWS]], %[[COLUMNS]] : {{.*}}) at
// CHECK: ^bb0(%[[S:.+]]: f32, %[[A:.+]]: f32, %[[B:.+]]: f32, %{{.+}}: index, %{{.+}}: index):
// CHECK:   %[[SCALED:.+]] = arith.mulf %[[S]]
// CHECK:   %[[SUM:.+]] = arith.addf %[[SCALED]], %[[A]]
// CHECK:   arith.mulf %[[SUM]], %[[B]]
func.func @region(%q: !t, %k: !t, %v: !t, %a: !b, %c: !b, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.5
    score(%a, %c : !b, !b) {
    ^bb0(%s: f32, %i: index, %j: index, %x: f32, %y: f32):
      %0 = arith.addf %s, %x : f32
      %1 = arith.mulf %0, %y : f32
      sattn.yield %1 : f32
    } tiling <query = 64, key = 64> outs(%o : !t)
    dims(m r, n r, n e, m, n -> m e) -> !t
  return %r : !t
}

// Documents and a mask: loaded like operands of the region.
// CHECK-LABEL: func.func @present(
// CHECK: sattn_nv.load %{{.+}} : tensor<64x64xi1> -> <64x64xi1, acc, 4>
// CHECK: sattn_nv.load %{{.+}} : tensor<64xi32> -> <64xi32, row, 4>
// CHECK: sattn_nv.load %{{.+}} : tensor<64xi32> -> <64xi32, col, 4>
// CHECK: arith.cmpi eq
// CHECK: arith.andi
// CHECK: sattn_nv.sanitize
func.func @present(%q: !t, %k: !t, %v: !t, %mask: tensor<64x64xi1>, %d: !i, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.5 mask(%mask : tensor<64x64xi1>)
    segments(%d, %d : !i, !i) tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// Links without a reference carry no maximum; only linear has a sum.
// CHECK-LABEL: func.func @linear(
// CHECK-NOT: reduce max
// CHECK: sattn_nv.reduce add
// CHECK: sattn_nv.across add
func.func @linear(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.5 link linear
    tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// CHECK-LABEL: func.func @sigmoid(
// CHECK-NOT: sattn_nv.reduce
// CHECK: math.exp2
// CHECK: arith.divf
func.func @sigmoid(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.5 link sigmoid
    tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// Rows of an operand that are not there are zero; nothing is padded in memory.
!f = tensor<?x64xf16>
!u = tensor<?xf32>
// CHECK-LABEL: func.func @ragged_operand(
// CHECK-NOT: tensor.pad
// CHECK: sattn_nv.load %{{.+}} : tensor<?xf32> -> <64xf32, row, 4>
// CHECK-NOT: tensor.pad
func.func @ragged_operand(%q: !f, %k: !f, %v: !f, %a: !u, %o: !f) -> !f {
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%v : !f) scale 0.5
    score(%a : !u) {
    ^bb0(%s: f32, %i: index, %j: index, %x: f32):
      %0 = arith.addf %s, %x : f32
      sattn.yield %0 : f32
    } tiling <query = 64, key = 64> outs(%o : !f)
    dims(m r, n r, n e, m -> m e) -> !f
  return %r : !f
}
