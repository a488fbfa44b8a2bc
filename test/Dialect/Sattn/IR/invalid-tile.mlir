// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// online_attention and finalize.

!t = tensor<8x4xf32>
!r = tensor<8xf32>
func.func @state_of_softmax(%t: !t, %c: f32, %r: !r) {
  // expected-error@+1 {{expected the state (acc, ref, sum) with link 'softmax', got 1 tensor}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<8xf32>
func.func @state_of_sigmoid(%t: !t, %c: f32, %r: !r) {
  // expected-error@+1 {{expected the state (acc) with link 'sigmoid', got 2 tensors}}
  %s:2 = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link sigmoid state(%t, %r : !t, !r) -> !t, !r
  return
}

// -----

!t = tensor<2x8x4xf32>
!a = tensor<8x4xf32>
func.func @rank(%t: !t, %a: !a, %c: f32) {
  // expected-error@+1 {{expected 'query' of rank 2 (its dims are 'm r'), got 'tensor<2x8x4xf32>'}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link identity state(%a : !a) -> !a
  return
}

// -----

!t = tensor<8x4xf32>
!k = tensor<8x5xf32>
func.func @depth(%t: !t, %k: !k, %c: f32) {
  // expected-error@+1 {{expected equal extents for dimension 'r', got 4 in 'query' and 5 in 'key'}}
  %s = sattn.online_attention query(%t : !t) key(%k : !k) value(%t : !t) scale(%c : f32) link identity state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<7xf32>
func.func @state_rows(%t: !t, %r: !r, %c: f32) {
  // expected-error@+1 {{expected equal extents for dimension 'm', got 8 in 'query' and 7 in 'state 1'}}
  %s:2 = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link linear state(%t, %r : !t, !r) -> !t, !r
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<8x1xf32>
func.func @state_rank(%t: !t, %r: !r, %c: f32) {
  // expected-error@+1 {{expected 'state 1' of rank 1 (its dims are 'm'), got 'tensor<8x1xf32>'}}
  %s:2 = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link linear state(%t, %r : !t, !r) -> !t, !r
  return
}

// -----

// C10
!t = tensor<?x4xf32>
func.func @dynamic_state(%t: !t, %c: f32) {
  // expected-error@+1 {{expected a state of static shape (it is kept in registers), got 'tensor<?x4xf32>'}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link identity state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xbf16>
func.func @state_type(%t: !t, %c: f32) {
  // expected-error@+1 {{expected a state of element type 'f32', got 'tensor<8x4xbf16>'}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link identity state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @scale_type(%t: !t, %c: f16) {
  // expected-error@+1 {{expected a scale of type 'f32', got 'f16'}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f16) link identity state(%t : !t) -> !t
  return
}

// -----

// C1
!t = tensor<8x64xf32>
func.func @ranks(%t: !t, %c: f32) {
  // expected-error@+1 {{expected the ranks of 'structure' to sum to the query depth 64, got 40}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32)
         structure #sattn.levels<ranks = [32, 8], blocks = [*, 4]> link identity state(%t : !t) -> !t
  return
}

// -----

// C11
!t = tensor<8x64xf32>
!k = tensor<8x16xf32>
func.func @columns(%t: !t, %k: !k, %c: f32) {
  // expected-error@+1 {{expected the columns of all keys to sum to the query depth 64, got 32}}
  %s = sattn.online_attention query(%t : !t) key(%k, %k : !k, !k) value(%t : !t) scale(%c : f32) link identity state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
!m = tensor<8x9xi1>
func.func @mask(%t: !t, %m: !m, %c: f32) {
  // expected-error@+1 {{expected equal extents for dimension 'n', got 8 in 'key' and 9 in 'mask'}}
  %s = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) mask(%m : !m) link identity state(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @number_of_score_maps(%t: !t, %c: f32) {
  // expected-error@+1 {{expected one score map per score operand (1), got 0}}
  %s = "sattn.online_attention"(%t, %t, %t, %c, %t, %t) <{link = #sattn<link identity>, score_maps = [], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1>}> ({
  ^bb0(%x: f32, %i: index, %j: index, %a: f32):
    sattn.yield %x : f32
  }) : (!t, !t, !t, f32, !t, !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @score_map(%t: !t, %c: f32) {
  // expected-error@+1 {{expected score map 0 to be a projected permutation of (m, n), got affine_map<(d0, d1, d2) -> (d0, d1)>}}
  %s = "sattn.online_attention"(%t, %t, %t, %c, %t, %t) <{link = #sattn<link identity>, score_maps = [affine_map<(m, n, r) -> (m, n)>], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1>}> ({
  ^bb0(%x: f32, %i: index, %j: index, %a: f32):
    sattn.yield %x : f32
  }) : (!t, !t, !t, f32, !t, !t) -> !t
  return
}

// -----

// C5
!t = tensor<8x4xf32>
!r = tensor<8xf32>
func.func @finalize_argmax(%t: !t, %r: !r) {
  // expected-error@+1 {{expected one result with link 'argmax' (it has no row normaliser), got 2}}
  %s:2 = sattn.finalize state(%t, %r : !t, !r) link argmax outs(%t, %r : !t, !r) -> !t, !r
  return
}

// -----

!t = tensor<8x4xf32>
!o = tensor<9x4xf32>
func.func @finalize_rows(%t: !t, %o: !o) {
  // expected-error@+1 {{expected at most the rows of the state, 8, got 9}}
  %s = sattn.finalize state(%t : !t) link identity outs(%o : !o) -> !o
  return
}

// -----

!t = tensor<8x4xf32>
!o = tensor<8x5xf32>
func.func @finalize_depth(%t: !t, %o: !o) {
  // expected-error@+1 {{expected equal extents for dimension 'e', got 4 in 'acc' and 5 in 'output'}}
  %s = sattn.finalize state(%t : !t) link identity outs(%o : !o) -> !o
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<8xf32>
!o = tensor<7x4xbf16>
func.func @finalize_lse_rows(%t: !t, %r: !r, %o: !o) {
  // expected-error@+1 {{expected equal extents for dimension 'm', got 7 in 'output' and 8 in 'lse'}}
  %s:2 = sattn.finalize state(%t, %r, %r : !t, !r, !r) outs(%o, %r : !o, !r) -> !o, !r
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<8xf32>
!l = tensor<8xf16>
func.func @finalize_lse_type(%t: !t, %r: !r, %l: !l) {
  // expected-error@+1 {{expected log-sum-exp of type 'f32', got 'f16'}}
  %s:2 = sattn.finalize state(%t, %r, %r : !t, !r, !r) outs(%t, %l : !t, !l) -> !t, !l
  return
}

// -----

!t = tensor<8x4xf32>
!r = tensor<8xf64>
func.func @finalize_state_types(%t: !t, %r: !r) {
  // expected-error@+1 {{expected a state of one element type, got 'tensor<8x4xf32>' and 'tensor<8xf64>'}}
  %s = sattn.finalize state(%t, %r : !t, !r) link linear outs(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xbf16>
func.func @finalize_state_type(%t: !t) {
  // expected-error@+1 {{expected a state of element type 'f32' or 'f64', got 'tensor<8x4xbf16>'}}
  %s = sattn.finalize state(%t : !t) link identity outs(%t : !t) -> !t
  return
}

// -----

// C14
!t = tensor<8x4xf64>
!s = tensor<8xf64>
func.func @tile_precision(%t: !t, %s: !s, %c: f64) {
  // expected-error@+1 {{expected query, keys and value of f32 with precision 'tf32', got 'f64'}}
  %r:3 = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f64) precision tf32
           state(%t, %s, %s : !t, !s, !s) -> !t, !s, !s
  return
}
