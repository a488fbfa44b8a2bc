// RUN: sattn-opt %s --sattn-tile-attention --convert-sattn-to-nv --split-input-file --verify-diagnostics

// What tensor cores do not take is named.

!t = tensor<64x64xf32>
func.func @f32(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  // expected-error@+1 {{has no form on tensor cores (expected query and key of one 16-bit type, or 'precision tf32')}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// -----

!t = tensor<64x64xf16>
!s = tensor<64x64xf32>
func.func @value(%q: !t, %k: !t, %v: !s, %o: !t) -> !t {
  // expected-error@+1 {{has no form on tensor cores (expected a value of a 16-bit type)}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !s) scale 1.0 tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// -----

!t = tensor<64x64xf16>
func.func @argmax(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  // expected-error@+1 {{has no form on tensor cores (expected another link than argmax)}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 link argmax tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// -----

!t = tensor<64x20xf16>
func.func @width(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  // expected-error@+1 {{has no form on tensor cores (expected static widths that are multiples of 8)}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// -----

!t = tensor<64x512xf16>
!v = tensor<64x64xf16>
func.func @wide(%q: !t, %k: !t, %v: !v, %o: !v) -> !v {
  // expected-error@+1 {{has no form on tensor cores (expected widths of at most 256)}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !v) scale 1.0 tiling <query = 64, key = 64> outs(%o : !v) -> !v
  return %r : !v
}

// -----

!t = tensor<64x64xf16>
!a = tensor<64x64xf32>
!r = tensor<64xf32>
func.func @no_loop(%q: !t, %k: !t, %v: !t, %acc: !a, %ref: !r, %sum: !r) -> !a {
  %one = arith.constant 1.0 : f32
  // expected-error@+1 {{expected a loop over query tiles (scf.forall) around it}}
  %s:3 = sattn.online_attention query(%q : !t) key(%k : !t) value(%v : !t) scale(%one : f32) state(%acc, %ref, %sum : !a, !r, !r) -> !a, !r, !r
  return %s#0 : !a
}

// -----

!t = tensor<24x64xf16>
func.func @rows(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  // expected-error@+1 {{expected query tiles of a multiple of 16 rows up to 512, got 24}}
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 tiling <query = 24, key = 24> outs(%o : !t) -> !t
  return %r : !t
}
