// RUN: sattn-opt %s --sattn-fuse-attention --split-input-file --verify-diagnostics -o /dev/null

// Scores that stay.

// The scores are asked for.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @only_scores(%q: !x, %k: !x, %v: !x, %es: !s) -> !s {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: no product with a value reads the scores through a link}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  return %s : !s
}

// -----

// The weights are a result, too.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @weights_are_read(%q: !x, %k: !x, %v: !x, %es: !s) -> (!x, !s) {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: scores or weights are also read by 'func.return'}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o, %p : !x, !s
}

// -----

// Softmax over the queries.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @other_axis(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: the softmax runs over another axis than the product with the value}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %p = linalg.softmax dimension(1) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The sum runs over the queries.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @transposed_product(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: the product with the value does not sum over the keys}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul indexing_maps = [affine_map<(b, m, e, n) -> (b, n, m)>, affine_map<(b, m, e, n) -> (b, n, e)>, affine_map<(b, m, e, n) -> (b, m, e)>]
         ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// Scores are doubled before the softmax.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @between(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: something lies between the scores and the softmax}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %d = linalg.add ins(%s, %es : !s, !s) outs(%es : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%d : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// A softmax counts pairs whose score is 0.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @zero_absent(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: absent pairs are 0 (zero_absent), which a softmax counts}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 window <*, 0> zero_absent outs(%es : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// Without a softmax absent pairs are -inf.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @absent(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: absent pairs are -inf, not 0 (zero_absent), without a softmax}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 window <*, 0> outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%s, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The product starts from something.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @added(%q: !x, %k: !x, %v: !x, %es: !s, %c: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: the product with the value is added to something}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%c : !x) -> !x
  return %o : !x
}

// -----

// An exponential without a division.
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
func.func @exponential(%q: !x, %k: !x, %v: !x, %es: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not fused: the weights are not divided by their row sum}}
  %s = sattn.score query(%q : !x) key(%k : !x) scale 0.5 outs(%es : !s) -> !s
  %p = linalg.exp ins(%s : !s) outs(%es : !s) -> !s
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}
