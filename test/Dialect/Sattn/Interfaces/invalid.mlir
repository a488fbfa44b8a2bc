// RUN: sattn-opt %s --transform-interpreter -split-input-file -verify-diagnostics=only-expected

// Tilings that would give other results are refused, each with its reason. What the
// transform ops add to it is not checked.

!q = tensor<64x32xf32>
func.func @keys_in_a_loop(%q: !q) -> !q {
  // expected-error@+1 {{expected all keys in one tile (results of a part of the keys are normalised; use partial reduction, or online_attention)}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 outs(%q : !q) -> !q
  return %r : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %a tile_sizes [0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
!l = tensor<64xf32>
func.func @value_columns_with_lse(%q: !q, %l: !l) -> !q {
  // expected-error@+1 {{expected whole value rows with a log-sum-exp (each tile of 'e' would write all of it)}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 outs(%q, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_forall %a tile_sizes [0, 0, 0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
func.func @split_argmax(%q: !q) -> !q {
  // expected-error@+1 {{expected a link whose partial results can be merged, got 'argmax'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 link argmax outs(%q : !q) -> !q
  return %r : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %i, %s, %m, %l = transform.structured.tile_reduction_using_forall %a by num_threads = [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
func.func @split_without_lse(%q: !q) -> !q {
  // expected-error@+1 {{expected a log-sum-exp result to split the keys with link 'softmax' (parts are merged by it)}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 outs(%q : !q) -> !q
  return %r : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %i, %s, %m, %l = transform.structured.tile_reduction_using_forall %a by num_threads = [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
!k = tensor<64x16xf32>
!l = tensor<64xf32>
func.func @split_block_caches(%q: !q, %k: !k, %l: !l) -> !q {
  // expected-error@+1 {{expected keys that can be cut (a level's key of its own holds one block)}}
  %r:2 = sattn.attention query(%q : !q) key(%k, %k : !k, !k) value(%q : !q) scale 0.125
           structure #sattn.levels<ranks = [16, 16], blocks = [*, 64]> outs(%q, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %i:2, %s, %m, %l = transform.structured.tile_reduction_using_forall %a by num_threads = [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
!l = tensor<64xf32>
func.func @split_in_a_serial_loop(%q: !q, %l: !l) -> !q {
  // expected-error@+1 {{expected the parts of the keys in a parallel loop (partial results are normalised and cannot be carried on; use online_attention)}}
  %r:2 = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 0.125 outs(%q, %l : !q, !l) -> !q, !l
  return %r#0 : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %i:2, %s, %m, %l = transform.structured.tile_reduction_using_for %a by tile_sizes = [0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<64x32xf32>
func.func @rows_of_a_state(%q: !q, %c: f32) -> !q {
  // expected-error@+1 {{expected a tile size that divides the number of rows, 64}}
  %r = sattn.online_attention query(%q : !q) key(%q : !q) value(%q : !q) scale(%c : f32) link identity state(%q : !q) -> !q
  return %r : !q
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.structured.match ops{["sattn.online_attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %a tile_sizes [24] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
