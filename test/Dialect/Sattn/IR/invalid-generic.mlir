// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// What only the generic form can get wrong. None of it may crash.

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#ne = affine_map<(m, n, r, e) -> (n, e)>
!t = tensor<8x4xf32>
func.func @number_of_maps(%t: !t) {
  // expected-error@+1 {{expected 4 indexing maps (query, key, value, output), got 3}}
  %r = "sattn.attention"(%t, %t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #ne], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t, !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
!m = tensor<8x8xi1>
func.func @no_maps(%t: !t, %m: !m) {
  // expected-error@+1 {{expected 5 indexing maps (query, key, value, mask, output), got 0}}
  %r = "sattn.attention"(%t, %t, %t, %m, %t) <{scale = 1.0, indexing_maps = [], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t, !m, !t) -> !t
  return
}

// -----

#d = affine_map<(m, n) -> (m, n)>
!t = tensor<8x4xf32>
func.func @too_few_dims(%t: !t) {
  // expected-error@+1 {{expected indexing maps with 4 or more dimensions (batch-like ones, m, n, r, e), got 2}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#d, #d, #d], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(b, m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @different_spaces(%t: !t) {
  // expected-error@+1 {{expected indexing maps over the same dimensions, got 4 for 'query' and 5 for 'key'}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#sym = affine_map<(m, n, r, e)[s] -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @symbols(%t: !t) {
  // expected-error@+1 {{expected the indexing map of 'key' to be a projected permutation without symbols, got affine_map<(d0, d1, d2, d3)[s0] -> (d1, d2)>}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #sym, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#zero = affine_map<(m, n, r, e) -> (0, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @constants(%t: !t) {
  // expected-error@+1 {{expected the indexing map of 'key' to be a projected permutation without symbols, got affine_map<(d0, d1, d2, d3) -> (0, d2)>}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #zero, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#twice = affine_map<(m, n, r, e) -> (n, n)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @repeated(%t: !t) {
  // expected-error@+1 {{expected the indexing map of 'key' to be a projected permutation}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #twice, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#n = affine_map<(m, n, r, e) -> (n)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @missing_dim(%t: !t) {
  // expected-error@+1 {{expected dimension 'r' in the dims of 'key'}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #n, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mne = affine_map<(m, n, r, e) -> (m, n, e)>
!t = tensor<8x8xf32>
func.func @misplaced_dim(%t: !t) {
  // expected-error@+1 {{expected no dimension 'e' in the dims of 'output'}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mne], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#q = affine_map<(b, m, n, r, e) -> (b, m, r)>
#k = affine_map<(b, m, n, r, e) -> (b, n, r)>
#o = affine_map<(b, m, n, r, e) -> (m, n)>
!t = tensor<2x8x8xf32>
!o = tensor<8x8xf32>
func.func @reduced_batch(%t: !t, %o: !o) {
  // expected-error@+1 {{expected dimension 'b' in the dims of the output (only n and r are reduced)}}
  %r = "sattn.score"(%t, %t, %o) <{scale = 1.0, indexing_maps = [#q, #k, #o], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !o) -> !o
  return
}

// -----

#q = affine_map<(b, h, m, n, r, e) -> (b, h, m, r)>
#k = affine_map<(b, h, m, n, r, e) -> (b, h, n, r)>
#o = affine_map<(b, h, m, n, r, e) -> (h, b, m, n)>
!t = tensor<2x2x8x8xf32>
func.func @order_of_batch(%t: !t) {
  // expected-error@+1 {{expected batch-like dimensions in the order of the output}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#q, #k, #o], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @no_key(%t: !t) {
  // expected-error@+1 {{expected 1 key (several need a 'structure' with one level per key), got 0}}
  %r = "sattn.score"(%t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#ne = affine_map<(m, n, r, e) -> (n, e)>
#me = affine_map<(m, n, r, e) -> (m, e)>
!t = tensor<8x8xf32>
func.func @no_result(%t: !t) {
  // expected-error@+1 {{expected one result or two (output and log-sum-exp), got 0}}
  "sattn.attention"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #ne, #me], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t) -> ()
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @no_scores(%t: !t) {
  // expected-error@+1 {{expected one result (the scores), got 0}}
  "sattn.score"(%t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0>}> ({
  ^bb0(%s: f32, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t) -> ()
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @one_segment(%t: !t, %s: tensor<8xi32>) {
  // expected-error@+1 {{expected segments of query and key, got only those of the query}}
  %r = "sattn.score"(%t, %t, %s, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%x: f32, %i: index, %j: index):
    sattn.yield %x : f32
  }) : (!t, !t, tensor<8xi32>, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @no_block(%t: !t) {
  // expected-error@+1 {{region #0 ('score') failed to verify constraint: region with 1 blocks}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({}) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
!t = tensor<8x8xf32>
func.func @empty_block(%t: !t) {
  // expected-error@+1 {{empty block: expect at least a terminator}}
  %r = "sattn.score"(%t, %t, %t) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%x: f32, %i: index, %j: index):
  }) : (!t, !t, !t) -> !t
  return
}

// -----

#mr = affine_map<(m, n, r, e) -> (m, r)>
#nr = affine_map<(m, n, r, e) -> (n, r)>
#mn = affine_map<(m, n, r, e) -> (m, n)>
func.func @unranked(%u: tensor<*xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor}}
  %r = "sattn.score"(%u, %u, %u) <{scale = 1.0, indexing_maps = [#mr, #nr, #mn], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%x: f32, %i: index, %j: index):
    sattn.yield %x : f32
  }) : (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  return
}
