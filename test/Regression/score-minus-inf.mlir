// RUN: sattn-run %s --input=20x4xf32=random:1 --input=9x4xf32=random:2 --input=9x8xf32=nan --input=9xf32=-inf --input=20xf32=0 | FileCheck %s
// RUN: sattn-run %s --input=2x4xf32=random:1 --input=9x4xf32=random:2 --input=9x8xf32=nan --input=9xf32=-inf --input=2xf32=0 | FileCheck %s

// A score region that returns -inf drops the pair for softmax and exp, whatever
// its value holds: rows of weights were multiplied with NaN.

// CHECK: result #0:
// CHECK-NOT: nan
// CHECK: result #1:
// CHECK-NOT: nan
!q = tensor<?x4xf32>
!k = tensor<9x4xf32>
!v = tensor<9x8xf32>
!o = tensor<?x8xf32>
func.func @excluded(%q: !q, %k: !k, %v: !v, %bias: tensor<9xf32>, %norm: tensor<?xf32>) -> (!o, !o) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %q, %c0 : !q
  %o = tensor.empty(%rows) : !o
  %a = sattn.attention query(%q : !q) key(%k : !k) value(%v : !v) scale 0.5 score(%bias : tensor<9xf32>) {
  ^bb0(%s: f32, %i: index, %j: index, %b: f32):
    %t = arith.addf %s, %b : f32
    sattn.yield %t : f32
  } outs(%o : !o) dims(m r, n r, n e, n -> m e) -> !o
  %e = sattn.attention query(%q : !q) key(%k : !k) value(%v : !v) scale 0.5 link exp normalizer(%norm : tensor<?xf32>) score(%bias : tensor<9xf32>) {
  ^bb0(%s: f32, %i: index, %j: index, %b: f32):
    %t = arith.addf %s, %b : f32
    sattn.yield %t : f32
  } outs(%o : !o) dims(m r, n r, n e, n -> m e) -> !o
  return %a, %e : !o, !o
}
