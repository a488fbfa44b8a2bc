// RUN: sattn-opt %s --sattn-linearize-attention=report --split-input-file --verify-diagnostics

// Work is proportional to the number of tokens: twice the rows, twice the FLOPs of
// the second order, four times those of the first.
!t = tensor<65536x64xf32>
func.func @causal(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  // expected-remark @+1 {{[sattn-linearize-attention] (Q K^T) V: 549764202496 FLOPs; Q (K^T V) in chunks of 128: 4294967296 FLOPs; the second is taken}}
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link identity outs(%init : !t) -> !t
  return %o : !t
}

// -----

!t = tensor<131072x64xf32>
func.func @causal_twice(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  // expected-remark @+1 {{(Q K^T) V: 2199040032768 FLOPs; Q (K^T V) in chunks of 128: 8589934592 FLOPs; the second is taken}}
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link identity outs(%init : !t) -> !t
  return %o : !t
}

// -----

!t = tensor<65536x64xf32>
func.func @full(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  // expected-remark @+1 {{(Q K^T) V: 1099511627776 FLOPs; Q (K^T V) in chunks of 128: 2147483648 FLOPs; the second is taken}}
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 link linear outs(%init : !t) -> !t
  return %o : !t
}

// -----

// Two levels are summed, the finer two scored inside a chunk.
!t = tensor<65536x64xf32>
#levels = #sattn.levels<ranks = [32, 16, 8, 8], blocks = [*, 512, 128, 32]>
func.func @levels(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  // expected-remark @+1 {{Q (K^T V) in chunks of 128: 3758096384 FLOPs; the second is taken}}
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 structure #levels window <*, 0> link identity outs(%init : !t) -> !t
  return %o : !t
}

// -----

// A few rows are scored faster than summed.
!t = tensor<32x64xf32>
func.func @short(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  // expected-remark @+1 {{(Q K^T) V: 135168 FLOPs; Q (K^T V) in chunks of 128: 2097152 FLOPs; the first stays}}
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link identity outs(%init : !t) -> !t
  return %o : !t
}
