// RUN: sattn-opt %s -sattn-reassociate="report" -split-input-file -verify-diagnostics
// RUN: sattn-opt %s -sattn-reassociate="report assume-extent=1024" -split-input-file -verify-diagnostics

!x = tensor<16x64xf32>
!w = tensor<64x8xf32>

// Scores of 16 x 16 pairs: 2 * 256 FLOPs per column. A projection of 16 rows by one factor: 2 * 16 * 512.
func.func @static(%x: !x, %y: !x, %l: !w, %r: !w, %o: !x) -> !x {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) : !x -> !x
  // expected-remark @+1 {{[sattn-reassociate] matrix on keys: 65536 FLOPs, 16384 bytes; queries: 65536 FLOPs, 16384 bytes; features: 36864 FLOPs, 10240 bytes; from keys to features}}
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%y : !x) scale 0.125 outs(%o : !x) -> !x
  return %a : !x
}

// -----

!x = tensor<16x64xf32>
!w = tensor<64x8xf32>

// The projection is a result, too: it is counted in every form.
func.func @kept(%x: !x, %y: !x, %l: !w, %r: !w, %o: !x) -> (!x, !x) {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) : !x -> !x
  // expected-remark @+1 {{[sattn-reassociate] matrix on keys: 65536 FLOPs, 16384 bytes; queries: 98304 FLOPs, 24576 bytes; features: 69632 FLOPs, 18432 bytes; from keys to keys}}
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%y : !x) scale 0.125 outs(%o : !x) -> !x
  return %a, %k : !x, !x
}

// -----

!x = tensor<?x8xf32>
!w = tensor<8x2xf32>

// 1024 x 1024 pairs are assumed.
func.func @dynamic(%x: !x, %y: !x, %l: !w, %r: !w, %o: !x) -> !x {
  %k = sattn.project %y by #sattn.low_rank<rank = 2>(%l, %r : !w, !w) : !x -> !x
  // expected-remark @+1 {{features: 4259840 FLOPs, 98304 bytes; from keys to features}}
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%y : !x) scale 0.125 outs(%o : !x) -> !x
  return %a : !x
}
