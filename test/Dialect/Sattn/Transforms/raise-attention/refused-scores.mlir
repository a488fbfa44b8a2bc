// RUN: sattn-opt %s --sattn-raise-attention --split-input-file --verify-diagnostics -o /dev/null

// Scores, axes and types that attention does not have.

// The scores are given.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @scores_are_given(%q: !x, %k: !x, %v: !x, %s: !s) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the scores do not come from a product of a query and a key}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// A product of two key tensors, broadcast over the queries.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @no_query(%q: !x, %k: !x, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %er = tensor.empty() : !r
  %zr = linalg.fill ins(%zero : f32) outs(%er : !r) -> !r
  %d = linalg.generic {indexing_maps = [#id, #id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
         ins(%q, %k : !x, !x) outs(%zr : !r) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> !r
  %s = linalg.broadcast ins(%d : !r) outs(%es : !s) dimensions = [1]
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the scores are no product of one query and one key tensor}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The query has an axis of its own that is summed over.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @other_sums(%q: tensor<2x8x4x3xf32>, %k: !x, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.generic {indexing_maps = [affine_map<(b, m, n, r, t) -> (b, m, r, t)>, affine_map<(b, m, n, r, t) -> (b, n, r)>, affine_map<(b, m, n, r, t) -> (b, m, n)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
         ins(%q, %k : tensor<2x8x4x3xf32>, !x) outs(%zs : !s) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: query and key are summed over different axes}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The depth is two axes in one order in the query and in another in the key.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @swapped_depth(%q: tensor<2x8x4x3xf32>, %k: tensor<2x8x3x4xf32>, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.generic {indexing_maps = [affine_map<(b, m, n, r, t) -> (b, m, r, t)>, affine_map<(b, m, n, r, t) -> (b, n, t, r)>, affine_map<(b, m, n, r, t) -> (b, m, n)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
         ins(%q, %k : tensor<2x8x4x3xf32>, tensor<2x8x3x4xf32>) outs(%zs : !s) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: an axis is stored in pieces that no reshape joins}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// A bias of which one row is read.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @part_of_a_bias(%q: !x, %k: !x, %v: !x, %c: tensor<8x8xf32>) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, !x) outs(%zs : !s) -> !s
  %g = linalg.generic {indexing_maps = [#id, affine_map<(b, m, n) -> (0, n)>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
         ins(%s, %c : !s, tensor<8x8xf32>) outs(%es : !s) {
  ^bb0(%in: f32, %d: f32, %out: f32):
    %0 = arith.addf %in, %d : f32
    linalg.yield %0 : f32
  } -> !s
  %p = linalg.softmax dimension(2) ins(%g : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the score reads a part of a tensor that no tensor holds on its own}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// A bias computed from the number of the head.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @head_position(%q: !x, %k: !x, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, !x) outs(%zs : !s) -> !s
  %g = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
         ins(%s : !s) outs(%es : !s) {
  ^bb0(%in: f32, %out: f32):
    %h = linalg.index 0 : index
    %i = arith.index_cast %h : index to i32
    %f = arith.sitofp %i : i32 to f32
    %0 = arith.mulf %in, %f : f32
    linalg.yield %0 : f32
  } -> !s
  %p = linalg.softmax dimension(2) ins(%g : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the score depends on a position that is no query and no key}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The depth is not known.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @dynamic_depth(%q: tensor<2x8x?xf32>, %k: tensor<2x8x?xf32>, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : tensor<2x8x?xf32>, tensor<2x8x?xf32>) outs(%zs : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the depth of query and key or of the value is dynamic}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// Query and key of different types.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @mixed_types(%q: tensor<2x8x4xf16>, %k: !x, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : tensor<2x8x4xf16>, !x) outs(%zs : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: query, key and value are not tensors of one float type that attention takes}}
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// One key: softmax is 1.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @single_key(%q: !x, %k: tensor<2x1x4xf32>, %v: tensor<2x1x4xf32>) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<2x8x1xf32>
  %zs = linalg.fill ins(%zero : f32) outs(%es : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, tensor<2x1x4xf32>) outs(%zs : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<2x8x1xf32>) outs(%es : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: there is a single key}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<2x8x1xf32>, tensor<2x1x4xf32>) outs(%zo : !x) -> !x
  return %o : !x
}

// -----

// The value is one row for all keys.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @value_without_keys(%q: !x, %k: !x, %v: tensor<2x4xf32>) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, !x) outs(%zs : !s) -> !s
  %p = linalg.softmax dimension(2) ins(%s : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  // expected-remark@+1 {{not raised: the value does not depend on the key axis}}
  %o = linalg.generic {indexing_maps = [affine_map<(b, m, e, n) -> (b, m, n)>, affine_map<(b, m, e, n) -> (b, e)>, affine_map<(b, m, e, n) -> (b, m, e)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
         ins(%p, %v : !s, tensor<2x4xf32>) outs(%zo : !x) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> !x
  return %o : !x
}

// -----

// No attention, no remark.
#id = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>
!r = tensor<2x8xf32>
func.func @no_attention(%q: !x, %k: !x, %v: !x) -> !x {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, !x) outs(%zs : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  %o = linalg.batch_matmul ins(%s, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}
