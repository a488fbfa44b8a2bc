// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// C8: arguments, yielded values and ops of the score region. The three ops share
// the check.

!q = tensor<8x4xf32>
func.func @number_of_arguments(%q: !q, %s: tensor<8xf32>, %o: !q) -> !q {
  // expected-error@+1 {{expected 4 score region arguments (score, query position, key position, one per operand), got 3}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score(%s : tensor<8xf32>) {
  ^bb0(%x: f32, %i: index, %j: index):
    sattn.yield %x : f32
  } outs(%o : !q) dims(m r, n r, n e, m -> m e) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf16>
func.func @score_type(%q: !q, %o: tensor<8x8xf16>) -> tensor<8x8xf16> {
  // expected-error@+1 {{expected score region argument 0 of type 'f32', got 'f16'}}
  %r = sattn.score query(%q : !q) key(%q : !q) scale 1.0 score {
  ^bb0(%x: f16, %i: index, %j: index):
    sattn.yield %x : f16
  } outs(%o : tensor<8x8xf16>) -> tensor<8x8xf16>
  return %r : tensor<8x8xf16>
}

// -----

!q = tensor<8x4xf64>
func.func @score_type_f64(%q: !q, %o: !q) -> !q {
  // expected-error@+1 {{expected score region argument 0 of type 'f64', got 'f32'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    sattn.yield %x : f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @position_type(%q: !q, %o: !q) -> !q {
  // expected-error@+1 {{expected score region argument 2 of type 'index', got 'i64'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: i64):
    sattn.yield %x : f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @operand_type(%q: !q, %s: tensor<8xbf16>, %o: !q) -> !q {
  // expected-error@+1 {{expected score region argument 3 of type 'bf16', got 'f32'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score(%s : tensor<8xbf16>) {
  ^bb0(%x: f32, %i: index, %j: index, %b: f32):
    sattn.yield %x : f32
  } outs(%o : !q) dims(m r, n r, n e, m -> m e) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @operand_not_scalar(%q: !q, %s: tensor<8xcomplex<f32>>, %o: !q) -> !q {
  // expected-error@+1 {{expected score operands of integers, indices or floats, got elements of type 'complex<f32>'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score(%s : tensor<8xcomplex<f32>>) {
  ^bb0(%x: f32, %i: index, %j: index, %b: complex<f32>):
    sattn.yield %x : f32
  } outs(%o : !q) dims(m r, n r, n e, m -> m e) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @yield_type(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    // expected-error@+1 {{expected a score of type 'f32', got 'index'}}
    sattn.yield %i : index
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @keep_type(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    // expected-error@+1 {{expected a second value of type 'i1' (keep this pair?), got 'f32'}}
    sattn.yield %x, %x : f32, f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @number_of_yields(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    // expected-error@+1 {{expected the score and, at most, whether to keep the pair, got 3 values}}
    sattn.yield %x, %x, %x : f32, f32, f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @terminator(%q: !q, %o: !q) -> !q {
  // expected-error@+1 {{expected the score region to end in 'sattn.yield', got 'llvm.unreachable'}}
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    llvm.unreachable
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @side_effect(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    // expected-error@+1 {{expected only ops without side effects in a score region}}
    vector.print %x : f32
    sattn.yield %x : f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
func.func @not_scalar(%q: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%q : !q) value(%q : !q) scale 1.0 score {
  ^bb0(%x: f32, %i: index, %j: index):
    // expected-error@+1 {{expected only scalar ops without regions in a score region}}
    %v = vector.broadcast %x : f32 to vector<4xf32>
    sattn.yield %x : f32
  } outs(%o : !q) -> !q
  return %r : !q
}

// -----

!q = tensor<8x4xf32>
!s = tensor<8xf32>
func.func @on_a_tile(%q: !q, %scale: f32, %a: !q, %s: !s) -> !q {
  // expected-error@+1 {{expected 3 score region arguments (score, query position, key position, one per operand), got 1}}
  %r:3 = sattn.online_attention query(%q : !q) key(%q : !q) value(%q : !q) scale(%scale : f32) score {
  ^bb0(%x: f32):
    sattn.yield %x : f32
  } state(%a, %s, %s : !q, !s, !s) -> !q, !s, !s
  return %r#0 : !q
}
