// RUN: sattn-opt %s --sattn-fuse-attention | FileCheck %s

!q = tensor<2x4x?x8xf32>
!v = tensor<2x4x?x6xf32>
!s = tensor<2x4x?x?xf32>
#row = affine_map<(b, h, m, n) -> (b, h, m)>
#all = affine_map<(b, h, m, n) -> (b, h, m, n)>
#w = affine_map<(b, h, m, e, n) -> (b, h, m, n)>
#x = affine_map<(b, h, m, e, n) -> (b, h, n, e)>
#o = affine_map<(b, h, m, e, n) -> (b, h, m, e)>

// The product with the value, as a contraction over n.
// CHECK-LABEL: func.func @softmax_op(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x?x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x?x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x?x6xf32>
// CHECK-NOT: linalg.softmax
// CHECK: %[[R:.+]] = sattn.attention query(%[[Q]] : tensor<2x4x?x8xf32>) key(%[[K]] : tensor<2x4x?x8xf32>)
// CHECK-SAME: value(%[[V]] : tensor<2x4x?x6xf32>) scale 0.25 window <*, 0> outs(
// CHECK-NOT: dims(
// CHECK: return %[[R]]
func.func @softmax_op(%q: !q, %k: !q, %v: !v, %es: !s, %zo: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %o0 = linalg.fill ins(%zero : f32) outs(%zo : !v) -> !v
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.25 window <*, 0> outs(%es : !s) -> !s
  %p = linalg.softmax dimension(3) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.contract indexing_maps = [#w, #x, #o] ins(%p, %v : !s, !v) outs(%o0 : !v) -> !v
  return %o : !v
}

// The clauses go along; the division comes last.
// CHECK-LABEL: func.func @softmax_written_out(
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<4x?x?xi1>, %[[BIAS:[a-z0-9]+]]: tensor<4xf32>
// CHECK-NOT: math.exp
// CHECK: sattn.attention {{.*}} mask(%[[M]] : tensor<4x?x?xi1>) score(%[[BIAS]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[S:[a-z0-9]+]]: f32, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %[[A:[a-z0-9]+]]: f32):
// CHECK-NEXT: %[[T:.+]] = arith.addf %[[S]], %[[A]] : f32
// CHECK-NEXT: sattn.yield %[[T]] : f32
// CHECK-NEXT: } outs({{.*}}) dims(b h m r, b h n r, b h n e, h m n, h -> b h m e)
// CHECK-NOT: arith.divf
// CHECK: return
func.func @softmax_written_out(%q: !q, %k: !q, %v: !v, %m: tensor<4x?x?xi1>, %bias: tensor<4xf32>, %es: !s, %er: tensor<2x4x?xf32>, %zo: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %o0 = linalg.fill ins(%zero : f32) outs(%zo : !v) -> !v
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.25 mask(%m : tensor<4x?x?xi1>) score(%bias : tensor<4xf32>) {
  ^bb0(%a: f32, %i: index, %j: index, %b: f32):
    %t = arith.addf %a, %b : f32
    sattn.yield %t : f32
  } outs(%es : !s) dims(b h m r, b h n r, h m n, h -> b h m n) -> !s
  %c0 = linalg.fill ins(%ninf : f32) outs(%er : tensor<2x4x?xf32>) -> tensor<2x4x?xf32>
  %c = linalg.reduce { arith.maximumf } ins(%s : !s) outs(%c0 : tensor<2x4x?xf32>) dimensions = [3]
  %x = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%s, %c : !s, tensor<2x4x?xf32>) outs(%es : !s) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.subf %a, %b : f32
    %e = math.exp %d : f32
    linalg.yield %e : f32
  } -> !s
  %z0 = linalg.fill ins(%zero : f32) outs(%er : tensor<2x4x?xf32>) -> tensor<2x4x?xf32>
  %z = linalg.reduce { arith.addf } ins(%x : !s) outs(%z0 : tensor<2x4x?xf32>) dimensions = [3]
  %u = linalg.contract indexing_maps = [#w, #x, #o] ins(%x, %v : !s, !v) outs(%o0 : !v) -> !v
  %o = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%u, %z : !v, tensor<2x4x?xf32>) outs(%zo : !v) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.divf %a, %b : f32
    linalg.yield %d : f32
  } -> !v
  return %o : !v
}

// CHECK-LABEL: func.func @identity(
// CHECK: sattn.attention {{.*}} window <*, 0> link identity outs(
// CHECK-NOT: sattn.score
// CHECK: return
func.func @identity(%q: !q, %k: !q, %v: !v, %es: !s, %zo: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %o0 = linalg.fill ins(%zero : f32) outs(%zo : !v) -> !v
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.25 window <*, 0> zero_absent outs(%es : !s) -> !s
  %o = linalg.contract indexing_maps = [#w, #x, #o] ins(%s, %v : !s, !v) outs(%o0 : !v) -> !v
  return %o : !v
}

// CHECK-LABEL: func.func @linear(
// CHECK: sattn.attention {{.*}} scale 0.25 link linear outs(
// CHECK-NOT: sattn.score
// CHECK: return
func.func @linear(%q: !q, %k: !q, %v: !v, %es: !s, %er: tensor<2x4x?xf32>, %zo: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %o0 = linalg.fill ins(%zero : f32) outs(%zo : !v) -> !v
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.25 outs(%es : !s) -> !s
  %z0 = linalg.fill ins(%zero : f32) outs(%er : tensor<2x4x?xf32>) -> tensor<2x4x?xf32>
  %z = linalg.reduce { arith.addf } ins(%s : !s) outs(%z0 : tensor<2x4x?xf32>) dimensions = [3]
  %p = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%s, %z : !s, tensor<2x4x?xf32>) outs(%es : !s) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.divf %a, %b : f32
    linalg.yield %d : f32
  } -> !s
  %o = linalg.contract indexing_maps = [#w, #x, #o] ins(%p, %v : !s, !v) outs(%o0 : !v) -> !v
  return %o : !v
}

// CHECK-LABEL: func.func @sigmoid(
// CHECK: sattn.attention {{.*}} window <3, 0> link sigmoid outs(
// CHECK-NOT: sattn.score
// CHECK: return
func.func @sigmoid(%q: !q, %k: !q, %v: !v, %es: !s, %zo: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %o0 = linalg.fill ins(%zero : f32) outs(%zo : !v) -> !v
  %s = sattn.score query(%q : !q) key(%k : !q) scale 0.25 window <3, 0> outs(%es : !s) -> !s
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%s : !s) outs(%es : !s) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.negf %a : f32
    %c = math.exp %b : f32
    %d = arith.addf %one, %c : f32
    %e = arith.divf %one, %d : f32
    linalg.yield %e : f32
  } -> !s
  %o = linalg.contract indexing_maps = [#w, #x, #o] ins(%p, %v : !s, !v) outs(%o0 : !v) -> !v
  return %o : !v
}
