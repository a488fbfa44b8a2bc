// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// Mistakes in the label lists of `dims`, found while parsing.

!t = tensor<8x4xf32>
func.func @number_of_lists(%t: !t) {
  // expected-error@+1 {{expected 3 label lists before '->' (one per tensor, in operand order), got 2}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(m r, n r -> m e) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @missing_label(%t: !t) {
  // expected-error@+1 {{expected label 'r' in the dims of 'key'}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(m r, n, n e -> m e) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @misplaced_label(%t: !t) {
  // expected-error@+1 {{expected no label 'n' in the dims of 'output'}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(m r, n r, n e -> m n e) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
!b = tensor<2x8x4xf32>
func.func @reduced_label(%t: !t, %b: !b) {
  // expected-error@+1 {{expected label 'b' in the dims of the output (only n and r are reduced)}}
  %r = sattn.attention query(%b : !b) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(b m r, n r, n e -> m e) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @repeated_label(%t: !t) {
  // expected-error@+1 {{expected each label once per tensor, got 'm' twice}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) dims(m m, n r, n e -> m e) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @score_operand_without_dims(%t: !t) {
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score(%t : !t) {
  ^bb0(%x: f32, %i: index, %j: index, %a: f32):
    sattn.yield %x : f32
  // expected-error@+1 {{expected 'dims' (score operands have no canonical labels)}}
  } outs(%t : !t) -> !t
  return
}

// -----

!v = tensor<4xf32>
func.func @rank_1(%v: !v) {
  // expected-error@+1 {{expected 'query' to be a tensor of rank 2 or more, got 'tensor<4xf32>'}}
  %r = sattn.attention query(%v : !v) key(%v : !v) value(%v : !v) scale 1.0 outs(%v : !v) -> !v
  return
}

// -----

!t = tensor<8x4xf32>
func.func @batch_label_on_a_tile(%t: !t, %c: f32) {
  // expected-error@+4 {{expected only labels 'm' and 'n' on a tile, got 'b'}}
  %r = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link identity score(%t : !t) {
  ^bb0(%x: f32, %i: index, %j: index, %a: f32):
    sattn.yield %x : f32
  } state(%t : !t) dims(b m) -> !t
  return
}
