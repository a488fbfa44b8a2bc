// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

// Clauses of attention besides the labels: which pairs, which link, which results.

!u = tensor<4x12x?x64xf16>
!l = tensor<4x12x?xf32>
// One normaliser over a sparse and a positive-feature attention.
// CHECK-LABEL: func.func @still(
// CHECK: %[[A:.+]]:2 = sattn.attention {{.*}} scale 0.125 mask(%{{.+}} : tensor<4x12x?x?xi1>) outs(
// CHECK: %[[B:.+]]:2 = sattn.attention {{.*}} scale 1.0 window <*, 0> link linear outs(
// CHECK: sattn.merge outputs(%[[A]]#0, %[[B]]#0 : {{.*}}) lse(%[[A]]#1, %[[B]]#1 :
func.func @still(%q: !u, %ks: !u, %vs: !u, %keep: tensor<4x12x?x?xi1>, %fq: !u, %fk: !u, %v: !u, %o: !u, %l: !l) -> !u {
  %a:2 = sattn.attention query(%q : !u) key(%ks : !u) value(%vs : !u) scale 0.125 mask(%keep : tensor<4x12x?x?xi1>) outs(%o, %l : !u, !l) -> !u, !l
  %b:2 = sattn.attention query(%fq : !u) key(%fk : !u) value(%v : !u) scale 1.0 window <*, 0> link linear outs(%o, %l : !u, !l) -> !u, !l
  %r, %n = sattn.merge outputs(%a#0, %b#0 : !u, !u) lse(%a#1, %b#1 : !l, !l) -> !u, !l
  return %r : !u
}

#csr = #sparse_tensor.encoding<{ map = (b, h, m, n) -> (b : dense, h : dense, m : dense, n : compressed) }>
// CHECK-LABEL: func.func @sparse_mask(
// CHECK: mask(%{{.+}} : tensor<4x12x?x?xi1, #{{.+}}>) outs(
func.func @sparse_mask(%q: !u, %k: !u, %v: !u, %m: tensor<4x12x?x?xi1, #csr>, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 mask(%m : tensor<4x12x?x?xi1, #csr>) outs(%o : !u) -> !u
  return %r : !u
}

!f = tensor<4x12x?x64xf32>
// Reduced precision is asked for here alone; `full` is the default.
// CHECK-LABEL: func.func @precision(
// CHECK: scale 0.125 precision tf32 window <*, 0> outs(
// CHECK: scale 0.125 outs(
func.func @precision(%q: !f, %k: !f, %o: !f) -> (!f, !f) {
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%k : !f) scale 0.125 precision tf32 window <*, 0> outs(%o : !f) -> !f
  %s = sattn.attention query(%q : !f) key(%k : !f) value(%k : !f) scale 0.125 precision full outs(%o : !f) -> !f
  return %r, %s : !f, !f
}

// CHECK-LABEL: func.func @nearest_key(
// CHECK: scale 1.0 link argmax outs(
func.func @nearest_key(%q: tensor<?x16xf32>, %k: tensor<4096x16xf32>, %v: tensor<4096x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %r = sattn.attention query(%q : tensor<?x16xf32>) key(%k : tensor<4096x16xf32>) value(%v : tensor<4096x8xf32>) scale 1.0 link argmax outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @exp(
// CHECK: link exp normalizer(%{{.+}} : tensor<4x12x?xf32>) outs(
func.func @exp(%q: !u, %k: !u, %v: !u, %n: !l, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 link exp normalizer(%n : !l) outs(%o : !u) -> !u
  return %r : !u
}

// CHECK-LABEL: func.func @sigmoid(
// CHECK: window <*, *> link sigmoid outs(
func.func @sigmoid(%q: !u, %k: !u, %v: !u, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 window <*, *> link sigmoid outs(%o : !u) -> !u
  return %r : !u
}

// Positions as one index, and as one per batch row; softmax is not printed.
// CHECK-LABEL: func.func @positions(
// CHECK: window <128, 7> segments(%{{.+}}, %{{.+}} : tensor<4x?xi64>, tensor<?xi64>) query_offset(%{{.+}} : index) key_offset(%{{.+}} : tensor<4xindex>) key_limit(%{{.+}} : tensor<?xindex>) tiling <query = 64, key = 128> outs(
func.func @positions(%q: !u, %k: !u, %v: !u, %sq: tensor<4x?xi64>, %sk: tensor<?xi64>, %t: index, %p: tensor<4xindex>, %n: tensor<?xindex>, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 window <128, 7>
         segments(%sq, %sk : tensor<4x?xi64>, tensor<?xi64>) query_offset(%t : index) key_offset(%p : tensor<4xindex>) key_limit(%n : tensor<?xindex>)
         link softmax tiling <query = 64, key = 128> outs(%o : !u) -> !u
  return %r : !u
}

// CHECK-LABEL: func.func @tiling(
// CHECK: tiling <query = 64, key = 128, levels = rolled, split = 4> outs({{.*}}) -> tensor<4x12x?x64xf16>
func.func @tiling(%q: !u, %k: !u, %v: !u, %o: !u) -> !u {
  %r = sattn.attention query(%q : !u) key(%k : !u) value(%v : !u) scale 0.125 tiling <query = 64, key = 128, levels = rolled, split = 4> outs(%o : !u) -> !u
  return %r : !u
}

// CHECK-LABEL: func.func @score(
// CHECK: sattn.score query({{.*}}) scale 0.125 window <*, 0> mask({{.*}}) key_limit(%{{.+}} : index) zero_absent outs(%{{.+}} : tensor<4x12x?x?xbf16>) -> tensor<4x12x?x?xbf16>
func.func @score(%q: !u, %k: !u, %m: tensor<4x12x?x?xi1>, %t: index, %o: tensor<4x12x?x?xbf16>) -> tensor<4x12x?x?xbf16> {
  %r = sattn.score query(%q : !u) key(%k : !u) scale 0.125 window <*, 0> mask(%m : tensor<4x12x?x?xi1>) key_limit(%t : index)
         zero_absent outs(%o : tensor<4x12x?x?xbf16>) -> tensor<4x12x?x?xbf16>
  return %r : tensor<4x12x?x?xbf16>
}
