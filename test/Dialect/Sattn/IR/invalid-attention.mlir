// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// Conditions C1, C4, ... are those of the description of sattn.attention.

// C1
!t = tensor<8x64xf32>
func.func @ranks(%q: !t, %o: !t) -> !t {
  // expected-error@+1 {{expected the ranks of 'structure' to sum to the query depth 64, got 40}}
  %r = sattn.attention query(%q : !t) key(%q : !t) value(%q : !t) scale 1.0
         structure #sattn.levels<ranks = [32, 8], blocks = [*, 4]> outs(%o : !t) -> !t
  return %r : !t
}

// -----

// C4
!q = tensor<8x64xf32>
!k = tensor<8x32xf32>
func.func @extents(%q: !q, %k: !k, %o: !q) -> !q {
  // expected-error@+1 {{expected equal extents for dimension 'r', got 64 in 'query' and 32 in 'key'}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%q : !q) scale 1.0 outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C4, grouped heads
!q = tensor<2x32x?x64xf32>
!k = tensor<2x8x?x64xf32>
func.func @grouped_heads(%q: !q, %k: !k, %o: !q) -> !q {
  // expected-error@+2 {{expected equal extents for dimension 'h', got 32 in 'query' and 8 in 'key'}}
  // expected-note@+1 {{for grouped heads split the head axis with tensor.expand_shape and leave it out of the key (see dims)}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 1.0 outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C4, an extent of 1 is not a broadcast
!q = tensor<2x8x4xf32>
!m = tensor<1x8x8xi1>
func.func @no_implicit_broadcast(%q: !q, %m: !m, %o: !q) -> !q {
  // expected-error@+2 {{expected equal extents for dimension 'b', got 2 in 'query' and 1 in 'mask'}}
  // expected-note@+1 {{for grouped heads}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 mask(%m : !m) outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C4, log-sum-exp
!q = tensor<8x4xf32>
func.func @lse_rows(%q: !q, %o: !q, %l: tensor<7xf32>) -> !q {
  // expected-error@+1 {{expected equal extents for dimension 'm', got 8 in 'query' and 7 in 'lse'}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o, %l : !q, tensor<7xf32>) -> !q, tensor<7xf32>
  return %r#0 : !q
}

// -----

// C4, segments
!q = tensor<8x4xf32>
func.func @segment_rows(%q: !q, %o: !q, %a: tensor<8xi32>, %b: tensor<9xi32>) -> !q {
  // expected-error@+1 {{expected equal extents for dimension 'n', got 8 in 'key' and 9 in 'key_segments'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 segments(%a, %b : tensor<8xi32>, tensor<9xi32>) outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C4, positions
!q = tensor<2x8x4xf32>
func.func @position_rows(%q: !q, %o: !q, %p: tensor<3xindex>) -> !q {
  // expected-error@+1 {{expected equal extents for dimension 'b', got 2 in 'query' and 3 in 'key_limit'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 key_limit(%p : tensor<3xindex>) outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C5
!q = tensor<8x4xf32>
func.func @lse_of_identity(%q: !q, %o: !q, %l: tensor<8xf32>) -> !q {
  // expected-error@+1 {{expected one result with link 'identity' (it has no row normaliser), got 2}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 link identity outs(%o, %l : !q, tensor<8xf32>) -> !q, tensor<8xf32>
  return %r#0 : !q
}

// -----

// C5
!q = tensor<8x4xf32>
func.func @three_results(%q: !q, %o: !q, %l: tensor<8xf32>) -> !q {
  // expected-error@+1 {{expected one result or two (output and log-sum-exp), got 3}}
  %r:3 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o, %l, %l : !q, tensor<8xf32>, tensor<8xf32>) -> !q, tensor<8xf32>, tensor<8xf32>
  return %r#0 : !q
}

// -----

// C6
!q = tensor<8x4xf32>
func.func @exp_without_normalizer(%q: !q, %o: !q) -> !q {
  // expected-error@+1 {{expected a 'normalizer' operand with link 'exp'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 link exp outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C6
!q = tensor<8x4xf32>
func.func @softmax_with_normalizer(%q: !q, %o: !q, %l: tensor<8xf32>) -> !q {
  // expected-error@+1 {{expected no 'normalizer' with link 'softmax' (only 'exp' subtracts one)}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 normalizer(%l : tensor<8xf32>) outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C7
!q = tensor<1x64xf32>
!k = tensor<4096x64xf32>
func.func @window_without_offset(%q: !q, %k: !k, %o: !q) -> !q {
  // expected-error@+2 {{expected a 'query_offset' with a window or a structure and different static numbers of queries (1) and keys (4096)}}
  // expected-note@+1 {{the position of the first query: 0, or 4095 if the last query belongs to the last key}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 1.0 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C7
!q = tensor<1x64xf32>
!k = tensor<4096x64xf32>
func.func @structure_without_offset(%q: !q, %k: !k, %o: !q) -> !q {
  // expected-error@+2 {{expected a 'query_offset' with a window or a structure}}
  // expected-note@+1 {{the position of the first query}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 1.0
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 256]> outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C8 is in invalid-score-region.mlir. C10
!q = tensor<8x?xf32>
func.func @dynamic_depth(%q: !q, %o: !q) -> !q {
  // expected-error@+1 {{expected static depths 'r' and 'e', got 'tensor<8x?xf32>' for 'query'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o : !q) -> !q
  return %r : !q
}

// -----

// C10
!q = tensor<8x4xf32>
!o = tensor<8x?xf32>
func.func @dynamic_value_depth(%q: !q, %o: !o) -> !o {
  // expected-error@+1 {{expected static depths 'r' and 'e', got 'tensor<8x?xf32>' for 'output'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o : !o) -> !o
  return %r : !o
}

// -----

// C11
!t = tensor<8x64xf32>
!k = tensor<8x32xf32>
func.func @number_of_keys(%q: !t, %k: !k, %o: !t) -> !t {
  // expected-error@+1 {{expected 1 key or one key per level (3), got 2}}
  %r = sattn.attention query(%q : !t) key(%k, %k : !k, !k) value(%q : !t) scale 1.0
         structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, 4, 2]> outs(%o : !t) -> !t
  return %r : !t
}

// -----

// C11
!t = tensor<8x64xf32>
!k = tensor<8x32xf32>
func.func @keys_without_levels(%q: !t, %k: !k, %o: !t) -> !t {
  // expected-error@+1 {{expected 1 key (several need a 'structure' with one level per key), got 2}}
  %r = sattn.attention query(%q : !t) key(%k, %k : !k, !k) value(%q : !t) scale 1.0 outs(%o : !t) -> !t
  return %r : !t
}

// -----

// C11
!t = tensor<8x64xf32>
!k = tensor<8x32xf32>
func.func @columns_of_a_level(%q: !t, %k: !k, %o: !t) -> !t {
  // expected-error@+1 {{expected key 0 to have the columns of its level, 48, got 32}}
  %r = sattn.attention query(%q : !t) key(%k, %k : !k, !k) value(%q : !t) scale 1.0
         structure #sattn.levels<ranks = [48, 16], blocks = [*, 4]> outs(%o : !t) -> !t
  return %r : !t
}

// -----

// A level without bound has all keys, a finite one may have fewer.
!t = tensor<8x64xf32>
!k0 = tensor<7x32xf32>
!k1 = tensor<4x32xf32>
func.func @rows_of_a_level(%q: !t, %a: !k0, %b: !k1, %o: !t) -> !t {
  // expected-error@+1 {{expected equal extents for dimension 'n', got 7 in 'key 0' and 8 in 'value'}}
  %r = sattn.attention query(%q : !t) key(%a, %b : !k0, !k1) value(%q : !t) scale 1.0
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 8]> outs(%o : !t) -> !t
  return %r : !t
}

// -----

!q = tensor<8x4xbf16>
!l = tensor<8xbf16>
func.func @lse_type(%q: !q, %o: !q, %l: !l) -> !q {
  // expected-error@+1 {{expected log-sum-exp of type 'f32', got 'bf16'}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}

// -----

!q = tensor<8x4xf64>
!l = tensor<8xf32>
func.func @lse_type_f64(%q: !q, %o: !q, %l: !l) -> !q {
  // expected-error@+1 {{expected log-sum-exp of type 'f64', got 'f32'}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}

// -----

!q = tensor<2x8x4xf32>
!k = tensor<8x4xf32>
func.func @rank_of_key(%q: !q, %k: !k, %o: !q) -> !q {
  // expected-error@+1 {{expected 'key' of rank 3 (its dims are 'b n r'), got 'tensor<8x4xf32>'}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%q : !q) scale 1.0 outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<2x8x4xf32>
!l = tensor<2x8x1xf32>
func.func @rank_of_lse(%q: !q, %o: !q, %l: !l) -> !q {
  // expected-error@+1 {{expected 'lse' of rank 2 (its dims are 'b m'), got 'tensor<2x8x1xf32>'}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}

// -----

!q = tensor<2x8x4xf32>
!p = tensor<2x1xindex>
func.func @rank_of_position(%q: !q, %o: !q, %p: !p) -> !q {
  // expected-error@+1 {{expected 'query_offset' of rank 1 (its dims are 'b'), got 'tensor<2x1xindex>'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 query_offset(%p : !p) outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
!p = tensor<8xindex>
func.func @position_without_batch(%q: !q, %o: !q, %p: !p) -> !q {
  // expected-error@+1 {{expected 'key_offset' without a batch axis (the output has no batch-like dimension), got 'tensor<8xindex>'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 key_offset(%p : !p) outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @segment_types(%q: !q, %o: !q, %a: tensor<8xi32>, %b: tensor<8xi64>) -> !q {
  // expected-error@+1 {{expected segments of one element type, got 'i32' and 'i64'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 segments(%a, %b : tensor<8xi32>, tensor<8xi64>) outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @result_type(%q: !q, %o: !q) -> tensor<?x4xf32> {
  // expected-error@+1 {{expected type of operand #3 ('tensor<8x4xf32>') to match type of corresponding result ('tensor<?x4xf32>')}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 outs(%o : !q) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// -----

// C14
!t = tensor<8x64xf32>
!h = tensor<8x64xf16>
func.func @precision_of_value(%q: !t, %v: !h, %o: !h) -> !h {
  // expected-error@+1 {{expected query, keys and value of f32 with precision 'tf32', got 'f16'}}
  %r = sattn.attention query(%q : !t) key(%q : !t) value(%v : !h) scale 1.0 precision tf32 outs(%o : !h) -> !h
  return %r : !h
}
