// RUN: sattn-opt %s | FileCheck %s --strict-whitespace --implicit-check-not="{{[[:alnum:]>),:]  }}"

// Words are one blank apart and lines end without one, whichever clauses are absent.

!t = tensor<8x4xf32>
!r = tensor<8xf32>
// CHECK-LABEL: func.func @attention(
// CHECK: = sattn.attention query(%arg0 : tensor<8x4xf32>) key(%arg0 : tensor<8x4xf32>) value(%arg0 : tensor<8x4xf32>) scale 1.0 outs(%arg0 : tensor<8x4xf32>) -> tensor<8x4xf32>{{$}}
// CHECK: scale 1.0 window <*, 0> link linear outs(%arg0, %arg1 : tensor<8x4xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>{{$}}
func.func @attention(%t: !t, %r: !r) -> !t {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 outs(%t : !t) -> !t
  %b:2 = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 window <*, 0> link linear outs(%t, %r : !t, !r) -> !t, !r
  return %a : !t
}

// CHECK-LABEL: func.func @region(
// CHECK: scale 1.0 score(%arg1 : tensor<8xf32>) {{{$}}
// CHECK: } outs(%arg0 : tensor<8x4xf32>) dims(m r, n r, n e, m -> m e) -> tensor<8x4xf32>{{$}}
func.func @region(%t: !t, %r: !r) -> !t {
  %a = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 score(%r : !r) {
  ^bb0(%s: f32, %i: index, %j: index, %x: f32):
    sattn.yield %x : f32
  } outs(%t : !t) dims(m r, n r, n e, m -> m e) -> !t
  return %a : !t
}

!s = tensor<8x8xf32>
// CHECK-LABEL: func.func @score(
// CHECK: scale 1.0 zero_absent outs(%arg1 : tensor<8x8xf32>) -> tensor<8x8xf32>{{$}}
func.func @score(%t: !t, %s: !s) -> !s {
  %a = sattn.score query(%t : !t) key(%t : !t) scale 1.0 zero_absent outs(%s : !s) -> !s
  return %a : !s
}

// CHECK-LABEL: func.func @tile(
// CHECK: scale(%arg1 : f32) link identity state(%arg0 : tensor<8x4xf32>) -> tensor<8x4xf32>{{$}}
// CHECK: sattn.finalize state(%{{[0-9]+}} : tensor<8x4xf32>) link identity outs(%arg0 : tensor<8x4xf32>) -> tensor<8x4xf32>{{$}}
func.func @tile(%t: !t, %c: f32) -> !t {
  %a = sattn.online_attention query(%t : !t) key(%t : !t) value(%t : !t) scale(%c : f32) link identity state(%t : !t) -> !t
  %b = sattn.finalize state(%a : !t) link identity outs(%t : !t) -> !t
  return %b : !t
}

// CHECK-LABEL: func.func @features(
// CHECK: sattn.norm layer %arg0 : tensor<8x4xf32>{{$}}
// CHECK: sattn.norm rms %arg0 gain(%arg1 : tensor<4xf32>) epsilon 1.0e-06 : tensor<8x4xf32>{{$}}
// CHECK: sattn.project %arg0 by #sattn.low_rank<rank = 2>(%arg2, %arg2 : tensor<4x2xf32>, tensor<4x2xf32>) : tensor<8x4xf32> -> tensor<8x4xf32>{{$}}
// CHECK: sattn.project %arg0 by #sattn.low_rank<rank = 2>(%arg2, %arg2 : tensor<4x2xf32>, tensor<4x2xf32>) part query : tensor<8x4xf32> -> tensor<8x2xf32>{{$}}
func.func @features(%t: !t, %g: tensor<4xf32>, %w: tensor<4x2xf32>) {
  %a = sattn.norm layer %t : !t
  %b = sattn.norm rms %t gain(%g : tensor<4xf32>) epsilon 0.000001 : !t
  %c = sattn.project %t by #sattn.low_rank<rank = 2>(%w, %w : tensor<4x2xf32>, tensor<4x2xf32>) : !t -> !t
  %d = sattn.project %t by #sattn.low_rank<rank = 2>(%w, %w : tensor<4x2xf32>, tensor<4x2xf32>) part query : !t -> tensor<8x2xf32>
  return
}
